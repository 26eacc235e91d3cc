"""Looking: every check, on one and the same state of the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from pactdesk.project.verification import (
    clocks,
    delivery,
    files,
    guards,
    ledger,
    purchases,
    requests,
    rights,
    shelf,
    work,
)
from pactdesk.project.verification.check import MOST_EXAMPLES, Check, Outcome

GROUPS: Mapping[str, tuple[Check, ...]] = {
    "Guards": guards.CHECKS,
    "Ledger": ledger.CHECKS,
    "Requests": requests.CHECKS,
    "Work on requests": work.CHECKS,
    "Rights": rights.CHECKS,
    "Purchases": purchases.CHECKS,
    "Clocks": clocks.CHECKS,
    "Journal and outbox": delivery.CHECKS,
    "Files": (*files.CHECKS, *shelf.CHECKS),
}

# By then a mail that is owed has been handed over, unless something is wrong.
LATE = timedelta(minutes=15)

_FIND = """
SELECT what, count(*) OVER () FROM ({finds}) AS found ORDER BY place, what LIMIT %(most)s
"""


def prove(*, at: datetime, read_files: bool = False) -> Iterator[tuple[str, Outcome]]:
    """Each outcome with the name of its group, as soon as it is known.

    All checks see the database as it was at the first, whatever people do meanwhile; nothing is locked or written.
    Those of the shelf come last, when that is over; `read_files`: every file is read and compared with its digest.
    `at` (UTC) says what is late. Inside a transaction of the caller, that transaction is what is looked at.
    """
    parameters = {"late": at - LATE, "most": MOST_EXAMPLES, **guards.expected()}
    with _one_state():
        for group, checks in GROUPS.items():
            for check in checks:
                if check.finds:
                    yield group, _outcome(check, parameters)
                elif check in clocks.CHECKS:
                    yield group, clocks.look(at=at)
    for outcome in shelf.look(at=at, read=read_files):
        yield "Files", outcome


@contextmanager
def _one_state() -> Iterator[None]:
    joins = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if not joins:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        # Room for sorting a million rows, and no time lost on compiling queries that run once.
        cursor.execute("SET LOCAL work_mem = '64MB'; SET LOCAL jit = off")
        yield


def _outcome(check: Check, parameters: Mapping[str, Any]) -> Outcome:
    with connection.cursor() as cursor:
        cursor.execute(check.counts, parameters)
        (looked_at,) = cursor.fetchone()
        cursor.execute(_FIND.format(finds=check.finds), parameters)
        rows = cursor.fetchall()
    wrong = rows[0][1] if rows else 0
    return Outcome(check, looked_at, wrong, tuple(what for what, _ in rows))
