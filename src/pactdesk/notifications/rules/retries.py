"""When an endpoint is called again, and when it is not called any more."""

from __future__ import annotations

from datetime import datetime, timedelta

GIVE_UP_AFTER = timedelta(days=3)
DISABLE_AFTER = timedelta(days=5)
# Seconds after the first, second … failure of a delivery; the last one goes on.
WAITS = (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 43200)
JITTER = 0.2
# An endpoint that fails so often in a row is spared: it is tried with one delivery at a time, ever more seldom.
SPARED_FROM = 3
_SPARED = (30, 60, 120, 300, 600, 1800, 3600)
_LONGEST_ASKED = timedelta(hours=6)


def next_attempt(failures: int, *, give_up_at: datetime, at: datetime, jitter: float) -> datetime | None:
    """When to try a delivery again that failed for the `failures`-th time at `at`; None: not any more.

    `jitter` is a random number from 0 to 1 that spreads what failed together.
    """
    if at >= give_up_at:
        return None
    wait = WAITS[min(failures, len(WAITS)) - 1] * _spread(jitter)
    return min(at + timedelta(seconds=wait), give_up_at)


def resume_after(
    consecutive: int, *, at: datetime, jitter: float, asked_for: timedelta | None = None
) -> datetime | None:
    """Until when an endpoint is spared after so many failures in a row; None: not at all.

    `asked_for` is what it said itself (Retry-After), heeded up to six hours.
    """
    wait = timedelta(0)
    if consecutive >= SPARED_FROM:
        seconds = _SPARED[min(consecutive - SPARED_FROM, len(_SPARED) - 1)]
        wait = timedelta(seconds=seconds * _spread(jitter))
    if asked_for is not None:
        wait = max(wait, min(asked_for, _LONGEST_ASKED))
    return at + wait if wait else None


def asked_to_wait(status: int, retry_after: str) -> timedelta | None:
    """What an answer that asks for patience (429, 503) says in Retry-After, if it is a number of seconds."""
    if status in {429, 503} and retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 8:
        return timedelta(seconds=int(retry_after))
    return None


def failed_too_long(failing_since: datetime, *, at: datetime) -> bool:
    """True where nothing but failures since then is reason enough to switch an endpoint off."""
    return at - failing_since >= DISABLE_AFTER


def _spread(jitter: float) -> float:
    return 1 - JITTER + 2 * JITTER * jitter
