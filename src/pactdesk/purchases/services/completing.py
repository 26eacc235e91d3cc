"""Going on where somebody left off: the buyer's own hand, an event, or whoever comes after a crash (PPI-5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog

from pactdesk.purchases.models import Purchase
from pactdesk.purchases.providers import PaymentProvider, Unreachable, provider_called
from pactdesk.purchases.rules.buying import LEASE
from pactdesk.purchases.rules.payments import Dispute, Payment
from pactdesk.purchases.rules.states import UNFINISHED, State
from pactdesk.purchases.services import disputes, phases, returning

log = structlog.get_logger(__name__)

_STATES = [state.value for state in UNFINISHED]


@dataclass(frozen=True, slots=True)
class Completed:
    """How many purchases were taken up, and how many of them are finished now."""

    taken_up: int
    finished: int


def advance(purchase_id: int, *, at: datetime, late: bool) -> State:
    """Take a purchase as far as it goes now; answers where it stands. `late`: its buyer is not there any more.

    Never in a transaction: each phase has its own. Where the provider cannot be reached it stays where it is.
    """
    purchase = Purchase.objects.get(pk=purchase_id)
    provider = provider_called(purchase.provider)
    if provider is None:
        log.error(
            "purchase of another payment provider", purchase=purchase.number, provider=purchase.provider
        )
        return State(purchase.state)
    try:
        found = phases.pay(purchase_id, provider, at=at, late=late)
        take_in(purchase_id, found, at=at)
        returning.pay_back(purchase_id, provider, at=at)
    except Unreachable as error:
        log.warning("payment provider out of reach", purchase=purchase.number, why=str(error))
    return State(Purchase.objects.values_list("state", flat=True).get(pk=purchase_id))


def look_again(
    purchase_id: int, provider: PaymentProvider, *, told: Dispute, at: datetime, late: bool
) -> None:
    """Ask the provider how the payment stands and take it in, with what was `told` of a dispute.

    Raises `Unreachable`.
    """
    purchase = Purchase.objects.get(pk=purchase_id)
    if not purchase.payment:
        return
    found = provider.look(purchase.payment)
    phases.settle(purchase_id, found, at=at, late=late)
    take_in(purchase_id, found, at=at)
    disputes.hear(purchase_id, told, at=at)


def take_in(purchase_id: int, found: Payment | None, *, at: datetime) -> None:
    """Grant what is paid, and take in what else the provider says of the payment."""
    phases.grant(purchase_id, at=at)
    if found is not None:
        disputes.hear(purchase_id, found.dispute, at=at)
        returning.hear(purchase_id, found, at=at)


def complete(*, at: datetime, most: int = 500) -> Completed:
    """Finish what was left unfinished, at most so many purchases; safe to repeat, and to do by several at once."""
    left = Purchase.objects.filter(state__in=_STATES, worked_on_at__lte=at - LEASE)
    taken_up = finished = 0
    for purchase_id in list(left.order_by("worked_on_at").values_list("pk", flat=True)[:most]):
        if _take_up(purchase_id, at=at):
            taken_up += 1
            finished += advance(purchase_id, at=at, late=True) not in UNFINISHED
    return Completed(taken_up, finished)


def complete_one(purchase_id: int, *, at: datetime) -> None:
    """Finish one purchase, unless somebody is at it or it is finished."""
    if _take_up(purchase_id, at=at):
        advance(purchase_id, at=at, late=True)


def _take_up(purchase_id: int, *, at: datetime) -> bool:
    """Whether the purchase is the caller's for a while. One statement, so that only one hand gets it."""
    waiting = Purchase.objects.filter(pk=purchase_id, state__in=_STATES, worked_on_at__lte=at - LEASE)
    return bool(waiting.update(worked_on_at=at))
