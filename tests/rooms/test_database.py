"""Statements sent together stand or fall together, and are prepared (kernel.database)."""

from __future__ import annotations

import psycopg
import pytest
from django.db import connection, transaction

from pactdesk.kernel.database import constraint_of, execute, sent_together

TABLE = "sent_together_test"


@pytest.fixture(autouse=True)
def table(transactional_db: None) -> None:
    """A table that only this connection sees and that ends with it."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
        cursor.execute(f"CREATE TEMPORARY TABLE {TABLE} (n int CONSTRAINT n_once UNIQUE)")


def rows() -> list[int]:
    return [n for (n,) in execute(f"SELECT n FROM {TABLE} ORDER BY n").fetchall()]


def insert(*numbers: int) -> None:
    for n in numbers:
        execute(f"INSERT INTO {TABLE} VALUES (%s)", (n,))


def insert_together(*numbers: int) -> None:
    with sent_together():
        insert(*numbers)


def test_all_of_it_is_written_without_a_transaction_of_the_caller() -> None:
    insert_together(1, 2)
    assert rows() == [1, 2]


def test_nothing_of_it_stays_when_the_last_one_is_refused() -> None:
    with pytest.raises(psycopg.Error) as refused:
        insert_together(1, 2, 1)
    assert constraint_of(refused.value) == "n_once"
    assert rows() == []


def test_a_refusal_leaves_the_callers_transaction_usable() -> None:
    with transaction.atomic():
        insert(5)
        with pytest.raises(psycopg.Error):
            insert_together(6, 5)
        insert(7)
    assert rows() == [5, 7]


def test_the_callers_transaction_decides() -> None:
    with transaction.atomic():
        insert_together(1)
        transaction.set_rollback(True)
    assert rows() == []


def test_statements_are_prepared_once_and_kept() -> None:
    insert(1, 2, 3)
    kept = execute(
        "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", (f"INSERT INTO {TABLE}%",)
    ).fetchone()
    assert kept == (1,)
