"""The reference of the API names what there is, and nothing else."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from pactdesk.accounts.rules.tokens import SCOPES
from pactdesk.api import idempotency, problems
from pactdesk.api.reference import openapi
from pactdesk.project.installation import ROOT, Installation

PAGE = (ROOT / "docs" / "reference" / "api.md").read_text(encoding="utf-8")


def test_the_table_of_operations_is_what_the_document_says() -> None:
    path = Path(ROOT / "tools" / "operations.py")
    spec = importlib.util.spec_from_file_location("operations", path)
    assert spec is not None
    assert spec.loader is not None
    operations = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(operations)
    assert operations.page(PAGE, openapi()) == PAGE, "python tools/operations.py"


def test_every_scope_is_explained() -> None:
    assert set(re.findall(r"^\| `([a-z]+:[a-z]+)` \| [a-z]", PAGE, re.MULTILINE)) == set(SCOPES)


def test_the_kinds_of_problems_that_it_names_are_there() -> None:
    assert set(re.findall(r"\d{3} `([a-z-]+)`", PAGE)) <= set(problems.STATUSES)


def test_the_figures_are_those_of_the_code() -> None:
    told = " ".join(PAGE.split())
    fields = Installation.model_fields
    assert f"{fields['api_rate_of_token'].default} requests for each token" in told
    assert f"{fields['api_rate_of_account'].default} for each account" in told
    assert f"kept for {idempotency.KEPT_FOR.total_seconds() / 3600:.0f} hours" in told
