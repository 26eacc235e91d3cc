"""Ordering: an offer, a card, one charge at once (PPI-1 to PPI-3)."""

from __future__ import annotations

import contextlib
from datetime import datetime

from django.db import transaction
from django.http import Http404
from procrastinate.contrib.django import app

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.rules import SERVICE_AGREEMENT
from pactdesk.catalog import queries as catalog
from pactdesk.journal import services as journal
from pactdesk.kernel.decisions import Reason, Refused
from pactdesk.kernel.ids import new_key
from pactdesk.purchases.access import cards_of, purchase_for
from pactdesk.purchases.facts import PurchaseOrdered
from pactdesk.purchases.models import Payer, Purchase, SavedCard
from pactdesk.purchases.providers import PaymentProvider, Unreachable, provider, provider_called
from pactdesk.purchases.queries.offers import offer_in
from pactdesk.purchases.rules.buying import WINDOW, Ware, may_buy, may_order
from pactdesk.purchases.rules.payments import Card, Dispute, Money
from pactdesk.purchases.rules.states import NOT_PAID, State
from pactdesk.purchases.services import completing

COMPLETE_TASK = "pactdesk.purchases.tasks.complete_purchase"
# After so many seconds somebody looks whether whoever took the order came to an end with it.
LOOK_AFTER = 30


class CannotBuy(Refused):
    """Nothing was ordered and nothing is charged."""


def order(
    offer_code: str,
    *,
    key: str,
    shown: Money,
    card_id: int | None,
    terms_accepted: bool,
    return_url: str,
    language: str,
    actor: Viewer,
    at: datetime,
) -> int:
    """Order an offer of the catalogue as it is sold in the actor's country (PPI-2); the rest is as in `order_ware`.

    `language` is the one in which its tax note was shown.
    """
    line = offer_in(actor.country, offer_code, language=language)
    return order_ware(
        line.ware if line else None,
        key=key,
        shown=shown,
        card_id=card_id,
        terms_accepted=terms_accepted,
        return_url=return_url,
        actor=actor,
        at=at,
    )


def order_ware(
    ware: Ware | None,
    *,
    key: str,
    shown: Money,
    card_id: int | None,
    terms_accepted: bool,
    return_url: str,
    actor: Viewer,
    at: datetime,
) -> int:
    """Order `ware`, charge the card at once and grant what is paid; answers the id of the purchase.

    The same `key` again answers the same purchase and charges nothing. `shown` is the price that the buyer saw;
    `return_url` holds "{id}" where the purchase's goes, and is where the provider leads back to. A card that is
    declined raises nothing: the purchase is there, with the reason. Never in a transaction. Raises `CannotBuy`.
    """
    selling = provider()
    decision = may_buy(kind=actor.kind, is_sold_here=selling is not None)
    if not decision.allowed or selling is None:
        raise CannotBuy(*decision)
    purchase_id, is_new = _write(
        selling, ware, key, shown, card_id, terms_accepted, return_url, actor=actor, at=at
    )
    if is_new:
        completing.advance(purchase_id, at=at, late=False)
    return purchase_id


@transaction.atomic
def _write(
    selling: PaymentProvider,
    ware: Ware | None,
    key: str,
    shown: Money,
    card_id: int | None,
    terms_accepted: bool,
    return_url: str,
    *,
    actor: Viewer,
    at: datetime,
) -> tuple[int, bool]:
    """Write the order down, or find it; says which. Orders of one account take turns here."""
    payer = (
        Payer.objects.select_for_update().filter(account_id=actor.account_id, provider=selling.code).first()
    )
    if (found := Purchase.objects.filter(account_id=actor.account_id, key=key).first()) is not None:
        if ware is not None and found.offer_code != ware.offer_code:
            raise CannotBuy(Reason("purchase.key-used-otherwise"))
        return found.pk, False
    card = cards_of(actor).filter(pk=card_id, provider=selling.code).first() if card_id and payer else None
    since = Purchase.objects.filter(account_id=actor.account_id, ordered_at__gt=at - WINDOW)
    decision = may_order(
        ware,
        shown=shown,
        card=_known(card),
        terms_accepted=terms_accepted,
        failed_lately=since.filter(state__in=[state.value for state in NOT_PAID]).count(),
        today=at.astimezone(actor.zone).date(),
    )
    if not decision.allowed or ware is None or card is None:
        raise CannotBuy(*decision)
    return _created(selling, ware, key, card, return_url, actor=actor, at=at), True


def _created(
    selling: PaymentProvider,
    ware: Ware,
    key: str,
    card: SavedCard,
    return_url: str,
    *,
    actor: Viewer,
    at: datetime,
) -> int:
    purchase = Purchase.objects.create(
        account_id=actor.account_id,
        key=key,
        offer_code=ware.offer_code,
        programme_id=catalog.current().programme(ware.programme_code).id,
        units=ware.units,
        amount_minor=ware.money.minor,
        currency=ware.money.currency,
        tax_note=ware.tax_note,
        country=actor.country,
        time_zone=actor.time_zone or "UTC",
        terms_version=SERVICE_AGREEMENT,
        terms_accepted_at=at,
        card=card,
        provider=selling.code,
        provider_key=new_key(),
        state=State.ORDERED.value,
        ordered_at=at,
        worked_on_at=at,
    )
    purchase.return_url = return_url.replace("{id}", str(purchase.pk))
    purchase.save(update_fields=["return_url"])
    fact = PurchaseOrdered(purchase.pk, ware.offer_code, ware.money.minor, ware.money.currency)
    journal.record(fact, actor_id=actor.account_id, at=at)
    app.configure_task(COMPLETE_TASK, queue="payments", schedule_in={"seconds": LOOK_AFTER}).defer(
        purchase_id=purchase.pk
    )
    return purchase.pk


def _known(card: SavedCard | None) -> Card | None:
    return Card(card.reference, card.brand, card.last_four, card.last_day) if card else None


def look_again(purchase_id: int, *, actor: Viewer, at: datetime) -> None:
    """Ask the provider how a payment stands, because its buyer is back from confirming it. Raises Http404.

    Where the provider cannot be reached it stays as it was; it is looked at again by itself.
    """
    purchase = purchase_for(actor, purchase_id)
    asked = provider_called(purchase.provider)
    if asked is None:
        raise Http404
    with contextlib.suppress(Unreachable):
        completing.look_again(purchase_id, asked, told=Dispute.NONE, at=at, late=False)
