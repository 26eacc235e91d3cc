"""When money goes back (PPI-5)."""

from __future__ import annotations

from enum import StrEnum

from pactdesk.kernel.decisions import ALLOWED, Decision, Reason
from pactdesk.purchases.rules.payments import Dispute
from pactdesk.purchases.rules.states import State


class Cause(StrEnum):
    """Why money goes back."""

    NON_DECREMENT = "non-decrement"  # the request that it paid for was closed without being counted
    INELIGIBLE = "ineligible"  # what was asked is not what paid incidents are for
    SERVICE_CENTRE = "service-centre"
    PROVIDER = "provider"  # somebody paid it back at the provider's


# What somebody of the service centre may name.
BY_HAND = (Cause.SERVICE_CENTRE, Cause.INELIGIBLE)


def may_refund(state: State, dispute: Dispute, *, units: int, left: int, has_ended: bool) -> Decision:
    """May a purchase of `units`, of which `left` are left, be refunded? Only as a whole: nothing of it may be used."""
    if state in {State.REFUNDING, State.REFUNDED}:
        return Decision((Reason("refund.already"),))
    if state is not State.GRANTED:
        return Decision((Reason("refund.not-paid"),))
    if dispute in {Dispute.OPEN, Dispute.LOST}:
        return Decision((Reason("refund.disputed"),))
    if has_ended:
        return Decision((Reason("refund.ended"),))
    if left < units:
        return Decision((Reason("refund.used", {"used": units - left}),))
    return ALLOWED


def cause_of_closing(*, cause: str, units: int) -> Cause | None:
    """Why closing a request that was not counted, for this `cause`, pays back a purchase of `units`; None: it does not.

    A single incident was bought for that request, so the money goes back with it. Of a pack the incident returns to the
    pack, which was bought for more than one request; the service centre pays it back where it is asked to.
    """
    if units != 1:
        return None
    return Cause.INELIGIBLE if cause == "out-of-scope" else Cause.NON_DECREMENT
