"""Who is told of what two people of the service centre do together. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

ASKED: Final = "approval-asked"
DECIDED: Final = "approval-decided"
KINDS: Final = (ASKED, DECIDED)
CORRECTION_ASKED: Final = "agreement.correction-asked"
CORRECTION_DECIDED: Final = "agreement.correction-decided"
ISSUANCE_ASKED: Final = "issuance.asked"
ISSUANCE_DECIDED: Final = "issuance.decided"
FACT_CODES: Final = (CORRECTION_ASKED, CORRECTION_DECIDED, ISSUANCE_ASKED, ISSUANCE_DECIDED)


def readers_of(
    *, asked_by: int, needs_second: bool, outcome: str, decided_by: int | None, centre: Iterable[int]
) -> frozenset[int]:
    """Who is told: of what waits (`outcome` ""), everybody else of the service centre; of yes or no, who asked, while
    still there. Of what one person did alone, or took back, nobody."""
    there = frozenset(centre)
    if not needs_second:
        return frozenset()
    if not outcome:
        return there - {asked_by}
    return frozenset() if decided_by == asked_by else there & {asked_by}
