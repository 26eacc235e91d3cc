"""What the owner of a card lets programs charge to it. Nobody but a person at a screen opens one (PPI-3)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.journal import services as journal
from pactdesk.purchases.access import cards_of
from pactdesk.purchases.facts import CardClosed, CardOpened
from pactdesk.purchases.models import SavedCard
from pactdesk.purchases.providers import provider
from pactdesk.purchases.rules.buying import may_buy
from pactdesk.purchases.rules.payments import Money
from pactdesk.purchases.rules.programs import may_allow
from pactdesk.purchases.services.cards import CannotSaveCard


@transaction.atomic
def open_card(card_id: int, most: Money, *, terms_accepted: bool, actor: Viewer, at: datetime) -> None:
    """Let programs of the actor's account charge a card, up to `most` within 30 days, under the service agreement.

    Raises Http404 where the card is not the actor's, and `CannotSaveCard`.
    """
    card = _locked(actor, card_id)
    decision = may_buy(kind=actor.kind, is_sold_here=provider() is not None)
    decision = decision.and_also(may_allow(most, terms_accepted=terms_accepted))
    if not decision.allowed:
        raise CannotSaveCard(*decision)
    if (card.programs_minor, card.programs_currency) == (most.minor, most.currency):
        return
    card.programs_minor, card.programs_currency = most.minor, most.currency
    card.save(update_fields=["programs_minor", "programs_currency"])
    fact = CardOpened(actor.account_id, card.brand, card.last_four, most.minor, most.currency)
    journal.record(fact, actor_id=actor.account_id, at=at)


@transaction.atomic
def close_card(card_id: int, *, actor: Viewer, at: datetime) -> None:
    """Let no program charge a card any more; once more changes nothing. Raises Http404."""
    card = _locked(actor, card_id)
    if card.programs_minor is None:
        return
    card.programs_minor, card.programs_currency = None, ""
    card.save(update_fields=["programs_minor", "programs_currency"])
    fact = CardClosed(actor.account_id, card.brand, card.last_four)
    journal.record(fact, actor_id=actor.account_id, at=at)


def _locked(actor: Viewer, card_id: int) -> SavedCard:
    card = cards_of(actor).select_for_update().filter(pk=card_id).first()
    if card is None:
        raise Http404
    return card
