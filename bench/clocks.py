"""The sweep of clocks: how long it takes to find, mark and tell what became due, beside how much is running.

Time is simulated: the sweep is asked for a moment long after now, at which just so many of our timers have passed their
due instant. All others run on.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import connection

from bench.place import CannotMeasure, Place
from bench.report import Table, say
from bench.world import World, run_asleep
from pactdesk.cases.services.sweeping import sweep

SCRIPT = Path(__file__).with_name("clocks.sql")
FIRST = 50_000_000  # above every number that the other measurements use
START = datetime(2036, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
LONG_BEFORE = START - 10_000 * HOUR
TARGET = 2 * HOUR


def measure(place: Place, world: World, table: Table, *, timers: int, due: int = 10_000) -> None:
    """Sweep `due` timers while a tenth of `timers` runs, and again while all of them do; then a tenth of `due`."""
    table.heading("Sweeping clocks: what became due is marked and told")
    table.row("running", "due", "seconds", "a second", "a sweep that finds nothing")
    number, at = FIRST, START
    sweep(at=LONG_BEFORE)  # what other measurements have left
    for running, passed in ((timers // 10, due), (timers, due), (timers, due // 10)):
        say(f"{running:,} timers running, {passed:,} of them due")
        number = _add(place, world, number, running - passed - _running(), opened=START + 10_000 * HOUR)
        number = _add(place, world, number, passed, opened=at - TARGET - HOUR / 2)
        nothing = _seconds(LONG_BEFORE, expected=0)
        taken = _seconds(at, expected=passed)
        table.row(
            f"{_running() + passed:,}",
            f"{passed:,}",
            f"{taken:.2f}",
            f"{passed / taken:,.0f}",
            f"{nothing * 1000:.1f} ms",
        )
        at += HOUR / 6
    _check(due * 2 + due // 10)


def _add(place: Place, world: World, number: int, count: int, *, opened: datetime) -> int:
    """So many requests with a running timer, numbered from `number`; the next free number."""
    if count <= 0:
        return number
    values = {
        "first": number,
        "last": number + count - 1,
        "model": world.model_case,
        "opened": opened.isoformat(),
    }
    run_asleep(place, SCRIPT.read_text(), values)
    with place.superuser() as own:
        # Both tables, so that no round pays for the tidying up after its own filling.
        own.execute("VACUUM (ANALYZE) cases_timer, cases_case")
        own.execute("CHECKPOINT")
    return number + count


def _running() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cases_timer WHERE case_id >= %s AND state = 'running'", [FIRST])
        return int(cursor.fetchone()[0])


def _seconds(at: datetime, *, expected: int) -> float:
    started = time.monotonic()
    done = sweep(at=at)
    taken = time.monotonic() - started
    if (done.missed, done.told) != (expected, expected):
        raise CannotMeasure(f"The sweep has found {done} where {expected} timers were due.")
    return taken


def _check(missed: int) -> None:
    """Every timer that was due is marked as of that instant and told of once, and no other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE state = 'breached-open' AND breached_at = due_at),"
            " count(*) FILTER (WHERE breached_at IS NOT NULL),"
            " (SELECT count(*) FROM cases_toldstep WHERE told_at >= %s)"
            " FROM cases_timer WHERE case_id >= %s",
            [START, FIRST],
        )
        if cursor.fetchone() != (missed, missed, missed):
            raise CannotMeasure("What the sweep has marked is not what was due.")
