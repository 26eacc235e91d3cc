"""Ordering: an offer, a card, one charge at once (PPI-1 to PPI-3)."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.http import Http404
from procrastinate.contrib.django import app

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.rules import SERVICE_AGREEMENT
from pactdesk.catalog import queries as catalog
from pactdesk.journal import services as journal
from pactdesk.kernel.decisions import Decision, Reason, Refused
from pactdesk.kernel.ids import new_key
from pactdesk.purchases.access import allowances_of, cards_of, purchase_for
from pactdesk.purchases.facts import PurchaseOrdered
from pactdesk.purchases.models import Payer, Purchase, SavedCard
from pactdesk.purchases.providers import PaymentProvider, Unreachable, provider, provider_called
from pactdesk.purchases.queries.offers import offer_in
from pactdesk.purchases.rules.buying import WINDOW, Ware, may_buy, may_order
from pactdesk.purchases.rules.payments import WITHDRAWN, Card, Dispute, Money, PaymentState
from pactdesk.purchases.rules.programs import may_charge
from pactdesk.purchases.rules.states import NOT_PAID, State
from pactdesk.purchases.services import completing, phases

COMPLETE_TASK = "pactdesk.purchases.tasks.complete_purchase"
# After so many seconds somebody looks whether whoever took the order came to an end with it.
LOOK_AFTER = 30


class CannotBuy(Refused):
    """Nothing was ordered and nothing is charged."""


class CannotCancel(Refused):
    """The order stays as it is."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program that orders for its account. `key` names its token ("token:12"), `name` is what its owner calls it."""

    key: str
    name: str


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

    A card that is declined raises nothing: the purchase is there, with the reason. Never in a transaction. The rest is
    as in `place`.
    """
    purchase_id, is_new = place(
        ware,
        key=key,
        shown=shown,
        card_id=card_id,
        terms_accepted=terms_accepted,
        return_url=return_url,
        actor=actor,
        at=at,
    )
    if is_new:
        charge(purchase_id, at=at)
    return purchase_id


@transaction.atomic
def place(
    ware: Ware | None,
    *,
    key: str,
    shown: Money,
    card_id: int | None,
    terms_accepted: bool,
    return_url: str,
    program: Program | None = None,
    actor: Viewer,
    at: datetime,
) -> tuple[int, bool]:
    """Write an order down and charge nothing yet; answers its id, and whether it is new.

    The same `key` again answers the same purchase. `shown` is the price that the buyer saw; `return_url` holds "{id}"
    where the purchase's goes, and is where the provider leads back to. A `program` may order only with a card that its
    owner has opened to programs, as far as that reaches. Orders of one account take turns here. Whoever places an order
    charges it, once that is committed; where nobody does, a job does half a minute later. Raises `CannotBuy`.
    """
    selling = provider()
    decision = may_buy(kind=actor.kind, is_sold_here=selling is not None)
    if not decision.allowed or selling is None:
        raise CannotBuy(*decision)
    Payer.objects.select_for_update().filter(account_id=actor.account_id, provider=selling.code).first()
    if (found := Purchase.objects.filter(account_id=actor.account_id, key=key).first()) is not None:
        if ware is not None and found.offer_code != ware.offer_code:
            raise CannotBuy(Reason("purchase.key-used-otherwise"))
        return found.pk, False
    decision, card = _judged(selling, ware, shown, card_id, terms_accepted, program, actor=actor, at=at)
    if not decision.allowed or ware is None or card is None:
        raise CannotBuy(*decision)
    return _created(selling, ware, key, card, return_url, program, actor=actor, at=at), True


def charge(purchase_id: int, *, at: datetime) -> None:
    """Take an order that was placed as far as it goes, while its buyer waits. Never in a transaction."""
    completing.advance(purchase_id, at=at, late=False)


def may_place(
    ware: Ware | None,
    *,
    shown: Money,
    card_id: int | None,
    terms_accepted: bool,
    program: Program | None = None,
    actor: Viewer,
    at: datetime,
) -> Decision:
    """What `place` would answer now. Writes nothing."""
    selling = provider()
    decision = may_buy(kind=actor.kind, is_sold_here=selling is not None)
    if not decision.allowed or selling is None:
        return decision
    return _judged(selling, ware, shown, card_id, terms_accepted, program, actor=actor, at=at)[0]


def _judged(
    selling: PaymentProvider,
    ware: Ware | None,
    shown: Money,
    card_id: int | None,
    terms_accepted: bool,
    program: Program | None,
    *,
    actor: Viewer,
    at: datetime,
) -> tuple[Decision, SavedCard | None]:
    card = cards_of(actor).filter(pk=card_id, provider=selling.code).first() if card_id else None
    since = Purchase.objects.filter(account_id=actor.account_id, ordered_at__gt=at - WINDOW)
    decision = may_order(
        ware,
        shown=shown,
        card=_known(card),
        terms_accepted=terms_accepted,
        failed_lately=since.filter(state__in=[state.value for state in NOT_PAID]).count(),
        today=at.astimezone(actor.zone).date(),
    )
    if program is not None and ware is not None and card is not None:
        allowances = allowances_of([card], at=at)
        decision = decision.and_also(may_charge(ware.money, allowances.get(card.pk)))
    return decision, card


def _created(
    selling: PaymentProvider,
    ware: Ware,
    key: str,
    card: SavedCard,
    return_url: str,
    program: Program | None,
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
        program=program.name if program else "",
        provider_key=new_key(),
        state=State.ORDERED.value,
        ordered_at=at,
        worked_on_at=at,
    )
    purchase.return_url = return_url.replace("{id}", str(purchase.pk))
    purchase.save(update_fields=["return_url"])
    fact = PurchaseOrdered(
        purchase.pk,
        ware.offer_code,
        ware.money.minor,
        ware.money.currency,
        program.key if program else "",
    )
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


def cancel(purchase_id: int, *, actor: Viewer, at: datetime) -> None:
    """Give up an order that waits for its buyer to confirm it; once more changes nothing. Never in a transaction.

    What the bank was faster with is paid, and stays so. Raises Http404 and `CannotCancel`.
    """
    purchase = purchase_for(actor, purchase_id)
    if (purchase.state, purchase.failure) == (State.FAILED, WITHDRAWN):
        return
    asked = provider_called(purchase.provider)
    if purchase.state != State.PAYING or not purchase.action_url or asked is None:
        raise CannotCancel(Reason("purchase.not-waiting"))
    try:
        found = asked.cancel(purchase.payment)
    except Unreachable as error:
        raise CannotCancel(Reason("card.unreachable")) from error
    if found.state is PaymentState.CANCELLED:
        found = replace(found, failure=WITHDRAWN)
    phases.settle(purchase_id, found, at=at, late=False)
    completing.take_in(purchase_id, found, at=at)
    purchase.refresh_from_db()
    if purchase.state != State.FAILED:
        raise CannotCancel(Reason("purchase.paid-meanwhile"))
