"""The cards that are saved with an account (PPI-3). Their numbers never come here: the provider asks for them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.journal import services as journal
from pactdesk.kernel.decisions import Reason, Refused
from pactdesk.purchases import models
from pactdesk.purchases.access import card_for
from pactdesk.purchases.facts import CardRemoved, CardSaved
from pactdesk.purchases.models import Purchase, SavedCard
from pactdesk.purchases.providers import CardRefused, PaymentProvider, Unreachable, provider
from pactdesk.purchases.rules.buying import may_buy
from pactdesk.purchases.rules.payments import CardSetup, Payer
from pactdesk.purchases.rules.states import UNFINISHED


class CannotSaveCard(Refused):
    """No card was saved or removed."""


def begin_card(*, actor: Viewer, at: datetime) -> CardSetup:
    """Let the actor give the provider a card, on our page and past us. Raises `CannotSaveCard`."""
    asked = _provider(actor)
    try:
        return asked.begin_card(_payer(asked, actor))
    except Unreachable as error:
        raise CannotSaveCard(Reason("card.unreachable")) from error


def finish_card(setup: str, *, actor: Viewer, at: datetime) -> int:
    """Keep the card that came of a setup of the actor's; answers its id, again the same. Raises `CannotSaveCard`."""
    asked = _provider(actor)
    try:
        card = asked.card_of(setup, _payer(asked, actor))
    except CardRefused as refused:
        raise CannotSaveCard(Reason(refused.args[0])) from refused
    except Unreachable as error:
        raise CannotSaveCard(Reason("card.unreachable")) from error
    with transaction.atomic():
        saved, is_new = SavedCard.objects.get_or_create(
            provider=asked.code,
            reference=card.reference,
            defaults={
                "account_id": actor.account_id,
                "brand": card.brand,
                "last_four": card.last_four,
                "last_day": card.last_day,
                "saved_at": at,
            },
        )
        if saved.account_id != actor.account_id or saved.removed_at is not None:
            raise CannotSaveCard(Reason("card.refused"))
        if is_new:
            fact = CardSaved(actor.account_id, card.brand, card.last_four)
            journal.record(fact, actor_id=actor.account_id, at=at)
    return saved.pk


def save_test_card(code: str, *, actor: Viewer, at: datetime) -> int:
    """Keep a test card of the provider's; answers its id. Raises Http404 where there is none, and `CannotSaveCard`."""
    asked = _provider(actor)
    if code not in {card.code for card in asked.test_cards}:
        raise Http404
    return finish_card(f"{asked.begin_card(_payer(asked, actor)).reference}:{code}", actor=actor, at=at)


def remove_card(card_id: int, *, actor: Viewer, at: datetime) -> None:
    """Have the provider forget a card. Raises Http404 where it is not the actor's, and `CannotSaveCard` while a payment
    with it is not finished."""
    card = card_for(actor, card_id)
    if Purchase.objects.filter(card=card, state__in=[state.value for state in UNFINISHED]).exists():
        raise CannotSaveCard(Reason("card.in-use"))
    asked = provider()
    try:
        if asked is not None and asked.code == card.provider:
            asked.forget_card(card.reference)
    except Unreachable as error:
        raise CannotSaveCard(Reason("card.unreachable")) from error
    with transaction.atomic():
        kept = SavedCard.objects.filter(pk=card_id, removed_at=None)
        if kept.update(removed_at=at, programs_minor=None, programs_currency=""):
            fact = CardRemoved(actor.account_id, card.brand, card.last_four)
            journal.record(fact, actor_id=actor.account_id, at=at)


def _provider(actor: Viewer) -> PaymentProvider:
    found = provider()
    decision = may_buy(kind=actor.kind, is_sold_here=found is not None)
    if not decision.allowed or found is None:
        raise CannotSaveCard(*decision)
    return found


def _payer(asked: PaymentProvider, actor: Viewer) -> Payer:
    """The account as the provider knows it, which is told of it once."""
    known = models.Payer.objects.filter(account_id=actor.account_id, provider=asked.code).first()
    if known is None:
        reference = asked.know(Payer(actor.account_id, actor.name, actor.email))
        known, _is_new = models.Payer.objects.get_or_create(
            account_id=actor.account_id, provider=asked.code, defaults={"reference": reference}
        )
    return Payer(actor.account_id, actor.name, actor.email, known.reference)
