"""Which requests may be one."""

from __future__ import annotations

from pactdesk.cases.rules.status import CLOSED
from pactdesk.kernel.decisions import Decision, Reason


def mergeable(*, same: bool, same_customer: bool, statuses: tuple[str, str], test: bool) -> Decision:
    """Whether the first of two requests may go on as the second. `test`: only one of them is a test."""
    refusals = []
    if same:
        refusals.append(Reason("case.same-request"))
    if not same_customer:
        refusals.append(Reason("case.other-customer"))
    if CLOSED in statuses:
        refusals.append(Reason("case.is-closed"))
    if test:
        refusals.append(Reason("case.only-one-is-a-test"))
    return Decision(tuple(refusals))
