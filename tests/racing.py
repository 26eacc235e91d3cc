"""Doing things at the same moment, each on a connection of its own. Only for tests that commit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from time import monotonic
from typing import Any

from django.db import connection, transaction

Deed = Callable[[], Any]
SECONDS = 60.0


def at_once(deeds: Sequence[Deed]) -> list[Any]:
    """Do all at the same moment; for each, in order, what it answered or the exception that it raised."""
    together = threading.Barrier(len(deeds))

    def run(deed: Deed) -> Any:
        try:
            connection.ensure_connection()
            together.wait(timeout=SECONDS)
            return deed()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(deeds)) as racers:
        return list(racers.map(run, deeds))


@contextmanager
def behind(first: Deed, *others: Deed) -> Iterator[list[Future[Any]]]:
    """Do `first` in a transaction and, before it is committed, each of `others` until it is done or stands still.

    In the block, `first` is done and not committed. Afterwards the others can be asked for what became of them.
    """

    def aside(deed: Deed) -> Any:
        try:
            return deed()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=max(len(others), 1)) as threads, transaction.atomic():
        first()
        waiting: list[Future[Any]] = []
        for deed in others:
            waiting.append(threads.submit(aside, deed))
            until = monotonic() + SECONDS
            while standing_still() < sum(not each.done() for each in waiting):
                assert monotonic() < until, "somebody neither finishes nor waits"
        yield waiting


def outcome(waiting: Future[Any]) -> Any:
    """What it answered or the exception that it raised."""
    try:
        return waiting.result(timeout=SECONDS)
    except Exception as error:
        return error


def standing_still() -> int:
    """How many connections to this test's database wait because somebody else holds a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])
