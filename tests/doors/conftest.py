"""What the tests of the doors have in common."""

from __future__ import annotations

import time
from typing import Any

import psycopg
import pytest

from pactdesk.catalog import queries as catalog


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that is sent to the database from now on, whether the ORM sends it or not."""
    sent: list[str] = []
    # Whether the catalogue has changed would be one statement more, now and then; a change made here is still noticed.
    monkeypatch.setattr(catalog, "SECONDS_BETWEEN_CHECKS", 3600.0)
    monkeypatch.setattr(catalog._memory, "check_after", time.monotonic() + 3600.0)
    execute = psycopg.Cursor.execute

    def noted(self: psycopg.Cursor[Any], query: Any, *args: Any, **kwargs: Any) -> Any:
        sent.append(str(query))
        return execute(self, query, *args, **kwargs)

    monkeypatch.setattr(psycopg.Cursor, "execute", noted)
    return sent
