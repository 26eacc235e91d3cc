"""Which requests follow a calendar that was edited (SEV-6)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pactdesk.cases.rules.status import CLOSED


class Follow(StrEnum):
    """Which of the open requests are counted by the new version: none, those where nothing is late yet, or all."""

    NONE = "none"
    NOT_YET_DUE = "not-yet-due"
    ALL = "all"


def follows(which: Follow, *, status: str, due_at: datetime | None, at: datetime) -> bool:
    """Whether a request follows, at `at`. What is closed never does; what has ended in the others never changes."""
    if which is Follow.NONE or status == CLOSED:
        return False
    return which is Follow.ALL or due_at is None or due_at >= at
