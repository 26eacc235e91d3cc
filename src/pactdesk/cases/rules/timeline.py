"""Which facts of a request its contacts may read. Everything else is for the desk only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

# Said to everybody.
FOR_CONTACTS: Final = frozenset(
    {
        "case.opened",
        "case.assigned",
        "case.status-changed",
        "case.contact-added",
        "case.contact-removed",
        "case.invitation-accepted",
        "case.closed",
        "case.reopened",
        "case.merged",
        "case.escalated",
        "case.escalation-taken-up",
        "case.file-added",
        "case.file-removed",
        "case.severity-changed",
        "case.reaching-tried",
        "case.severity-lowered",
        "case.severity-restored",
        "case.clock-set-back",
        "case.calendar-changed",
        "case.time-written",
        "case.time-corrected",
        "case.time-removed",
    }
)
# What only the desk reads.
FOR_THE_DESK_ALONE: Final = frozenset(
    {
        "case.released",
        "case.transferred",
        "case.contact-invited",
        "case.linked",
        "case.unlinked",
        "case.promise-at-risk",
        "case.danger-taken-up",
        "case.promise-broken",
    }
)
FOR_THE_DESK: Final = FOR_CONTACTS | FOR_THE_DESK_ALONE


def readable(code: str, payload: Mapping[str, Any], *, at_desk: bool) -> bool:
    """Whether a fact stands in this side's timeline. What is marked internal stays at the desk, whatever its code.

    Messages are facts, too, but stand there themselves.
    """
    if at_desk:
        return code in FOR_THE_DESK
    return code in FOR_CONTACTS and not payload.get("internal")
