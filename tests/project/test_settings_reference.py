"""The reference names everything that an installation can be told, and nothing that it cannot."""

from __future__ import annotations

import re

import pytest
from pydantic.fields import FieldInfo

from pactdesk.project.installation import ROOT, Installation

REFERENCE = (ROOT / "docs" / "reference" / "settings.md").read_text()
ROWS = dict(re.findall(r"^\| `([A-Z_]+)`[^|]*\| ([^|]*) \|", REFERENCE, re.MULTILINE))
# Read by `pactdesk serve` and by the web server itself.
OTHERS = {"HOST", "GRANIAN_WORKERS", "GRANIAN_BLOCKING_THREADS"}


def variable(name: str, field: FieldInfo) -> str:
    """The environment variable behind a field."""
    alias = field.validation_alias
    return alias if isinstance(alias, str) else f"PACTDESK_{name.upper()}"


VARIABLES = {variable(name, field): field for name, field in Installation.model_fields.items()}


@pytest.mark.parametrize("name", VARIABLES)
def test_every_setting_stands_in_the_reference(name: str) -> None:
    assert name in ROWS


def test_the_reference_names_nothing_that_is_not_read() -> None:
    assert set(ROWS) == set(VARIABLES) | OTHERS


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in VARIABLES
        if name not in {"PACTDESK_DATA", "PACTDESK_SECRET_KEY", "PACTDESK_CONTRACT_KEY"}
    ],
)
def test_the_reference_tells_the_default_of(name: str) -> None:
    default = VARIABLES[name].default
    told = ROWS[name].split(";")[0].strip("`")
    assert told == (
        "empty" if default == "" else str(int(default)) if isinstance(default, bool) else str(default)
    )


def test_the_secrets_of_the_reference_are_kept_where_it_says(tmp_path, monkeypatch) -> None:
    for name in ("secret_key", "contract_key"):
        monkeypatch.delenv(f"PACTDESK_{name.upper()}", raising=False)
        Installation(data=tmp_path).secret(name)
    assert {path.name for path in tmp_path.iterdir()} == {"secret-key.txt", "contract-key.txt"}
    assert all(path.stat().st_mode & 0o777 == 0o600 and path.name in REFERENCE for path in tmp_path.iterdir())
