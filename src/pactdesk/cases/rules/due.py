"""How a request stands against what is owed next."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from pactdesk.cases.rules.status import CLOSED, RESOLVED, WAITING

# Less than this is soon.
SOON: Final = timedelta(minutes=30)


class Standing(StrEnum):
    """LATE, SOON and DUE: something is owed. PAUSED: the requester's turn. MET and MISSED: the first answer was given,
    and nothing is owed at the moment. OVER: nothing will be."""

    LATE = "late"
    SOON = "soon"
    DUE = "due"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"
    OVER = "over"


def standing(
    *,
    status: str,
    due_at: datetime | None,
    first_response_at: datetime | None,
    first_response_due_at: datetime,
    at: datetime,
) -> Standing:
    """How a request stands at `at`. All are instants: that they count business time is in `due_at` already (SEV-6)."""
    if status in {RESOLVED, CLOSED}:
        return Standing.OVER
    # Around the clock, news is owed while the request waits, too (SEV-6).
    if due_at is not None:
        if due_at < at:
            return Standing.LATE
        return Standing.SOON if due_at - at < SOON else Standing.DUE
    if status == WAITING:
        return Standing.PAUSED
    if first_response_at is not None and first_response_at > first_response_due_at:
        return Standing.MISSED
    return Standing.MET
