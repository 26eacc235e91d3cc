"""What the provider announces: kept once, handled once, in whatever order it comes (PPI-5).

An event says that something happened, not how things stand; that the provider is asked itself. So old news do no harm,
and an event that came before our own commit finds what it needs when it is handled.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

import structlog
from django.db import transaction
from procrastinate.contrib.django import app

from pactdesk.purchases.models import PaymentEvent, Purchase
from pactdesk.purchases.providers import NotFromProvider, Unreachable, provider_called
from pactdesk.purchases.rules.payments import Dispute, Money
from pactdesk.purchases.services import completing, phases

log = structlog.get_logger(__name__)

HANDLE_TASK = "pactdesk.purchases.tasks.handle_event"
# An event that nobody handled by then has lost its job.
LOST_AFTER = timedelta(minutes=2)


class Outcome(StrEnum):
    """What an event came to."""

    APPLIED = "applied"
    UNKNOWN = "unknown"  # it is about no payment of ours
    DIFFERS = "differs"  # it speaks of another amount: nothing is credited


def receive(provider_code: str, body: bytes, headers: Mapping[str, str], *, at: datetime) -> bool:
    """Keep an event that came in, and queue its handling; answers whether the provider may be told that it arrived.

    False where it is not the provider's own word, or there is no such provider: nothing is kept then. The same event
    again is kept once.
    """
    asked = provider_called(provider_code)
    if asked is None:
        return False
    try:
        told = asked.read_event(body, headers)
    except NotFromProvider:
        log.warning("payment event not from the provider", provider=provider_code, bytes=len(body))
        return False
    with transaction.atomic():
        event, is_new = PaymentEvent.objects.get_or_create(
            provider=provider_code,
            event_id=told.event_id,
            defaults={
                "kind": told.kind,
                "payment": told.payment,
                "amount_minor": told.money.minor if told.money else None,
                "currency": told.money.currency if told.money else "",
                "dispute": told.dispute.value,
                "received_at": at,
            },
        )
        if is_new:
            app.configure_task(HANDLE_TASK, queue="payments").defer(event_id=event.pk)
    return True


def handle(event_id: int, *, at: datetime) -> None:
    """Take in what an event is about. Once: the second time changes nothing. Raises `Unreachable`."""
    event = PaymentEvent.objects.get(pk=event_id)
    if event.handled_at is not None:
        return
    purchase = None
    if event.payment:
        purchase = Purchase.objects.filter(provider=event.provider, payment=event.payment).first()
    outcome = Outcome.UNKNOWN if purchase is None else _applied(event, purchase.pk, at=at)
    PaymentEvent.objects.filter(pk=event_id, handled_at=None).update(
        handled_at=at, outcome=outcome.value, purchase=purchase
    )


def _applied(event: PaymentEvent, purchase_id: int, *, at: datetime) -> Outcome:
    told = Money(event.amount_minor, event.currency) if event.amount_minor is not None else None
    if told is not None and phases.differs(purchase_id, told, at=at):
        return Outcome.DIFFERS
    asked = provider_called(event.provider)
    if asked is None:
        raise Unreachable(event.provider)
    completing.look_again(purchase_id, asked, told=Dispute(event.dispute), at=at, late=True)
    return Outcome.APPLIED


def handle_waiting(*, at: datetime, most: int = 500) -> int:
    """Handle what nobody has handled; answers how many. For events whose job was lost. Safe to repeat."""
    handled = 0
    waiting = PaymentEvent.objects.filter(handled_at=None, received_at__lte=at - LOST_AFTER)
    for event_id in list(waiting.order_by("received_at").values_list("pk", flat=True)[:most]):
        try:
            handle(event_id, at=at)
        except Unreachable as error:
            log.warning("payment provider out of reach", event=event_id, why=str(error))
        else:
            handled += 1
    return handled
