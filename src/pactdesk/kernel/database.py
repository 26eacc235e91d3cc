"""Statements sent together: several rooms write in one transaction with one trip to the database.

Ordinary code uses the ORM. Only the hot verbs (submitting a request) come here, because there the trips between
process and database cost more than the work itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connection, connections, transaction

Row = tuple[Any, ...]
Params = Sequence[Any] | Mapping[str, Any]

# The server went away, refuses more connections, or gave up: whatever was asked may be asked again.
LOST = (psycopg.OperationalError, psycopg.InterfaceError, OperationalError, InterfaceError)


def execute(sql: str, params: Params = ()) -> psycopg.Cursor[Row]:
    """Run one prepared statement on the current connection and answer its cursor.

    Inside `sent_together` the statement only joins the queue: asking the cursor for rows, or leaving the block, is what
    sends it. Raises psycopg errors, untranslated, so that `constraint_of` can name the guard that refused.
    """
    # Once by name: each look through `django.db.connection` is a call of its own.
    current = connections[DEFAULT_DB_ALIAS]
    if current.connection is None:
        current.ensure_connection()
    cursor: psycopg.Cursor[Row] = psycopg.Cursor(current.connection)
    return cursor.execute(sql, params, prepare=True)


@contextmanager
def sent_together() -> Iterator[None]:
    """Everything `execute`d in the block is sent in one go and stands or falls together.

    Outside a transaction the database itself makes one transaction of what arrives between two synchronisation points
    (the implicit transaction of a pipeline), so neither BEGIN nor COMMIT costs a trip. Inside `transaction.atomic` a
    savepoint takes that place, and the caller's transaction decides.
    """
    current = connections[DEFAULT_DB_ALIAS]
    current.ensure_connection()
    if current.in_atomic_block:
        with transaction.atomic(), current.connection.pipeline():
            yield
    else:
        with current.connection.pipeline():
            yield


def forget_lost_connections() -> None:
    """Give up the current connection, and those kept in reserve that are dead.

    A restart of the server kills all of them at once. Without this, each would fail one more caller.
    """
    connection.close()
    pool = getattr(connection, "pool", None)  # the stubs know only what all databases have
    if pool is not None:
        pool.check()


def constraint_of(error: BaseException) -> str:
    """The name of the constraint that refused a statement, or "" where the error has none."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, psycopg.Error):
            return cause.diag.constraint_name or ""
        cause = cause.__cause__
    return ""
