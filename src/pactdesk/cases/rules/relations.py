"""Which requests may be one."""

from __future__ import annotations

from pactdesk.cases.rules.status import CLOSED
from pactdesk.kernel.decisions import Decision, Reason


def same_customer(
    *,
    organizations: tuple[int | None, int | None],
    submitters: tuple[int, int],
    customers: tuple[int | None, int | None],
) -> bool:
    """Whether two requests are of one customer: of one organization or, where none is known, of one person.

    What a partner made for two of its `customers`, or for one and for itself, is never of one.
    """
    if customers[0] != customers[1]:
        return False
    if organizations != (None, None):
        return organizations[0] == organizations[1]
    return submitters[0] == submitters[1]


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
