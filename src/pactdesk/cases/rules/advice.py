"""Advisory time: what a consultant may write on a request, and what the request then costs (AGR-7, RTE-2). Pure.

All numbers are minutes.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from pactdesk.cases.rules.status import CLOSED
from pactdesk.kernel.decisions import Decision, Reason

MOST_MINUTES: Final = 24 * 60
MOST_TOGETHER: Final = 30_000
MOST_NOTE: Final = 500


def cost(*, reserved: int, spent: int) -> int:
    """What is deducted for a request while it counts: what was set aside, or what was spent where that is more."""
    return max(reserved, spent)


def reopening_takes_more(takes: int) -> Reason:
    """Why a request of advice cannot be reopened where less is left on its plan than the minutes that this takes."""
    return Reason("advice.reopening-takes-more", {"takes": takes})


def writable(
    *, status: str, minutes: int, together: int, day: date, opened_on: date, today: date, takes_advice: bool
) -> Decision:
    """Whether `minutes` of `day` can be written on a request; `together` is all of its time with them."""
    if not takes_advice:
        return Decision((Reason("advice.not-paid-in-hours"),))
    if status == CLOSED:
        return Decision((Reason("case.is-closed"),))
    refusals = []
    if not 1 <= minutes <= MOST_MINUTES:
        refusals.append(Reason("advice.minutes-out-of-range", {"most": MOST_MINUTES}))
    if together > MOST_TOGETHER:
        refusals.append(Reason("advice.too-much-together", {"most": MOST_TOGETHER // 60}))
    if not opened_on <= day <= today:
        refusals.append(Reason("advice.day-out-of-time"))
    return Decision(tuple(refusals))
