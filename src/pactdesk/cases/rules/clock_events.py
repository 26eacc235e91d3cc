"""What a change of status does to the clocks of a request (SEV-6)."""

from __future__ import annotations

from pactdesk.cases.rules.status import CLOSED, RESOLVED, WAITING
from pactdesk.servicelevels.rules.timers import Kind


def clock_event_of(before: str, after: str) -> Kind | None:
    """The event that moving from one status to another is; None where it does nothing to the clocks."""
    if before == after:
        return None
    if after == CLOSED:
        return Kind.CLOSED
    if after == RESOLVED:
        return Kind.RESOLVED
    if before in {RESOLVED, CLOSED}:
        return Kind.REOPENED
    if after == WAITING:
        return Kind.PAUSED
    return Kind.RESUMED if before == WAITING else None
