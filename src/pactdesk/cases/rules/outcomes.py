"""How a request ends for its plan: it counts, or it does not and the incident is given back (AGR-6)."""

from __future__ import annotations

from typing import Final

from pactdesk.cases.rules.status import CLOSED
from pactdesk.kernel.decisions import ALLOWED, Decision, Reason

DECREMENT: Final = "decrement"
NON_DECREMENT: Final = "non-decrement"

PRODUCT_FAULT: Final = "product-fault"
DOCUMENTATION: Final = "documentation"
DUPLICATE: Final = "duplicate"
OUR_ERROR: Final = "our-error"
OUT_OF_SCOPE: Final = "out-of-scope"
NOT_WORKED_ON: Final = "not-worked-on"
GOODWILL: Final = "goodwill"

# The closed list of why a request does not count.
CAUSES: Final = (
    PRODUCT_FAULT,
    DOCUMENTATION,
    DUPLICATE,
    OUR_ERROR,
    OUT_OF_SCOPE,
    NOT_WORKED_ON,
    GOODWILL,
)


def outcome_fits(outcome: str, cause: str) -> Decision:
    """Whether outcome and cause belong together: a cause is named exactly where the request does not count."""
    if outcome not in {DECREMENT, NON_DECREMENT}:
        return Decision((Reason("case.outcome-missing"),))
    if outcome == NON_DECREMENT and cause not in CAUSES:
        return Decision((Reason("case.cause-missing"),))
    if outcome == DECREMENT and cause:
        return Decision((Reason("case.cause-unwanted"),))
    return ALLOWED


def taken_again(*, status: str, charge_count: int, charged: int, due: int = 1) -> int:
    """How many units reopening a request takes: what is `due` for it while it is open, less what closing left `charged`
    (AGR-6). One incident is due, or of advice the hour that is set aside, or the minutes spent where they are more."""
    return max(due - charged, 0) if status == CLOSED and charge_count > 0 else 0
