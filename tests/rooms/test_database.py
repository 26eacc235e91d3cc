"""Statements sent together stand or fall together, and are prepared (kernel.database)."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection, transaction

from pactdesk.kernel.database import constraint_of, execute, sent_together


@pytest.fixture
def table(transactional_db: None) -> Iterator[str]:
    name = "sent_together_test"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {name} (n int CONSTRAINT n_once UNIQUE)")
    yield name
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {name}")


def rows(table: str) -> list[int]:
    return [n for (n,) in execute(f"SELECT n FROM {table} ORDER BY n").fetchall()]  # noqa: S608 - our own name


def insert(table: str, n: int) -> None:
    execute(f"INSERT INTO {table} VALUES (%s)", (n,))  # noqa: S608 - our own name


def test_all_of_it_is_written_without_a_transaction_of_the_caller(table: str) -> None:
    with sent_together():
        insert(table, 1)
        insert(table, 2)
    assert rows(table) == [1, 2]


def test_nothing_of_it_stays_when_the_last_one_is_refused(table: str) -> None:
    with pytest.raises(psycopg.Error) as refused, sent_together():
        insert(table, 1)
        insert(table, 2)
        insert(table, 1)
    assert constraint_of(refused.value) == "n_once"
    assert rows(table) == []


def test_a_refusal_leaves_the_callers_transaction_usable(table: str) -> None:
    with transaction.atomic():
        insert(table, 5)
        with pytest.raises(psycopg.Error), sent_together():
            insert(table, 6)
            insert(table, 5)
        insert(table, 7)
    assert rows(table) == [5, 7]


def test_the_callers_transaction_decides(table: str) -> None:
    class Enough(Exception):
        pass

    with pytest.raises(Enough), transaction.atomic():
        with sent_together():
            insert(table, 1)
        raise Enough
    assert rows(table) == []


def test_statements_are_prepared_once_and_kept(table: str) -> None:
    for n in range(3):
        insert(table, n)
    (kept,) = execute(
        "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", (f"INSERT INTO {table}%",)
    ).fetchone() or (0,)
    assert kept == 1
