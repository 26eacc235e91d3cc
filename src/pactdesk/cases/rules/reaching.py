"""Attempts to reach the contact of a request: how, and what comes of it (SEV-4)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pactdesk.cases.rules.status import CLOSED
from pactdesk.kernel.decisions import Decision, Reason

PHONE, E_MAIL, CHAT = CHANNELS = ("phone", "e-mail", "chat")
# The first is a conversation; after all others nobody has been spoken to.
REACHED, NO_ANSWER, LEFT_MESSAGE, WRONG_NUMBER = OUTCOMES = (
    "reached",
    "no-answer",
    "left-message",
    "wrong-number",
)
MOST_NOTE: Final = 1_000


def loggable(*, status: str, made_at: datetime, opened_at: datetime, at: datetime) -> Decision:
    """Whether an attempt made at `made_at` can be written down at `at`."""
    if status == CLOSED:
        return Decision((Reason("case.is-closed"),))
    # People tell the time in minutes.
    if not opened_at.replace(second=0, microsecond=0) <= made_at <= at:
        return Decision((Reason("case.attempt-out-of-time"),))
    return Decision()
