"""Paying back: first the units are taken away, then the money goes (PPI-5).

So there is a moment at which somebody has neither, and none at which somebody has both. A crash in that moment is
finished by `completing`.
"""

from __future__ import annotations

from datetime import datetime

import psycopg
from django.db import transaction

from pactdesk.agreements import ledger
from pactdesk.agreements.models import Agreement
from pactdesk.agreements.services import bought
from pactdesk.journal import services as journal
from pactdesk.kernel.database import constraint_of
from pactdesk.kernel.decisions import Reason, Refused
from pactdesk.purchases.facts import PurchaseRefunded, RefundBegun
from pactdesk.purchases.models import Purchase
from pactdesk.purchases.providers import PaymentProvider
from pactdesk.purchases.queries import refundable
from pactdesk.purchases.rules.payments import Payment
from pactdesk.purchases.rules.refunds import Cause
from pactdesk.purchases.rules.states import State
from pactdesk.purchases.services.phases import locked

MOST_NOTE = 500


class CannotRefund(Refused):
    """No unit was taken away and nothing is paid back."""


@transaction.atomic
def begin(purchase_id: int, *, cause: Cause, note: str, actor_id: int | None, at: datetime) -> None:
    """Take the units of an unused purchase away; from then on its money is owed. Raises `CannotRefund`."""
    purchase = locked(purchase_id)
    agreement = None
    if purchase.agreement_id is not None:
        agreement = Agreement.objects.select_for_update().get(pk=purchase.agreement_id)
    decision = refundable(purchase, agreement, at=at)
    if not decision.allowed or agreement is None:
        raise CannotRefund(*decision)
    try:
        with transaction.atomic():
            bought.take_back(
                agreement.pk,
                units=purchase.units,
                key=f"refund:{purchase.pk}",
                note=cause.value,
                actor_id=actor_id,
                at=at,
            )
    except psycopg.Error as error:
        if constraint_of(error) != ledger.BALANCE_GUARD:
            raise
        raise CannotRefund(Reason("refund.used", {"used": 1})) from error
    purchase.state, purchase.refund_cause, purchase.worked_on_at = State.REFUNDING.value, cause.value, at
    purchase.save(update_fields=["state", "refund_cause", "worked_on_at"])
    journal.record(RefundBegun(purchase.pk, cause.value, note[:MOST_NOTE]), actor_id=actor_id, at=at)


def pay_back(purchase_id: int, provider: PaymentProvider, *, at: datetime) -> None:
    """Have the money of a refund paid back that was begun. Again pays nothing. Raises `providers.Unreachable`."""
    purchase = Purchase.objects.get(pk=purchase_id)
    if purchase.state != State.REFUNDING:
        return
    found = provider.look(purchase.payment)
    if found.refunded_minor < purchase.amount_minor:
        found = provider.refund(
            purchase.payment,
            amount_minor=purchase.amount_minor - found.refunded_minor,
            key=f"refund-{purchase.provider_key}",
        )
    hear(purchase_id, found, at=at)


@transaction.atomic
def hear(purchase_id: int, found: Payment, *, at: datetime) -> None:
    """Take in how much the provider has paid back. Again changes nothing.

    Whoever pays all of it back at the provider's takes what is left of the incidents away with it. What is used then
    stays used, and is frozen, because nothing of it may be used once more.
    """
    purchase = locked(purchase_id)
    if purchase.state not in {State.GRANTED, State.REFUNDING}:
        return
    returned = min(found.refunded_minor, purchase.captured_minor)
    if returned <= purchase.refunded_minor:
        return
    purchase.refunded_minor = returned
    if returned == purchase.amount_minor:
        if purchase.state == State.GRANTED and purchase.agreement_id is not None:
            purchase.refund_cause = Cause.PROVIDER.value
            taken = bought.take_back(
                purchase.agreement_id,
                units=None,
                key=f"refund:{purchase.pk}",
                note=Cause.PROVIDER.value,
                actor_id=None,
                at=at,
            )
            if taken < purchase.units:
                bought.freeze(purchase.agreement_id, at=at)
        purchase.state, purchase.refunded_at = State.REFUNDED.value, at
        fact = PurchaseRefunded(purchase.pk, returned, purchase.currency, purchase.refund_cause)
        journal.record(fact, actor_id=None, at=at)
    purchase.save(update_fields=["refunded_minor", "state", "refund_cause", "refunded_at"])
