"""Whose purchases and cards a Viewer may see: the own ones. And what programs may charge to them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet, Sum
from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.purchases.models import Purchase, SavedCard
from pactdesk.purchases.rules.payments import Money
from pactdesk.purchases.rules.programs import PERIOD, Allowance
from pactdesk.purchases.rules.states import State


def visible_purchases(viewer: Viewer) -> QuerySet[Purchase]:
    """What the viewer's account has ordered."""
    return Purchase.objects.filter(account_id=viewer.account_id)


def purchase_for(viewer: Viewer, purchase_id: int) -> Purchase:
    """The purchase with this id. Raises Http404 where it is not the viewer's."""
    found = visible_purchases(viewer).filter(pk=purchase_id).first()
    if found is None:
        raise Http404
    return found


def cards_of(viewer: Viewer) -> QuerySet[SavedCard]:
    """The cards that are saved with the viewer's account."""
    return SavedCard.objects.filter(account_id=viewer.account_id, removed_at=None)


def card_for(viewer: Viewer, card_id: int) -> SavedCard:
    """The card with this id. Raises Http404 where it is not the viewer's."""
    found = cards_of(viewer).filter(pk=card_id).first()
    if found is None:
        raise Http404
    return found


def allowances_of(cards: Iterable[SavedCard], *, at: datetime) -> dict[int, Allowance]:
    """What programs may charge to these cards at `at`, by card; none stands for a closed one. One query, none where all
    are closed.

    Orders that failed have cost nothing and do not count; those that were paid back do, so that nothing is bought and
    paid back in a circle."""
    open_ones = {card.pk: card for card in cards if card.programs_minor is not None}
    if not open_ones:
        return {}
    ordered = {
        (card, currency): minor
        for card, currency, minor in Purchase.objects.filter(card__in=open_ones, ordered_at__gt=at - PERIOD)
        .exclude(program="")
        .exclude(state=State.FAILED.value)
        .values_list("card_id", "currency")
        .annotate(Sum("amount_minor"))
    }
    return {
        pk: Allowance(
            Money(card.programs_minor or 0, card.programs_currency),
            ordered.get((pk, card.programs_currency), 0),
        )
        for pk, card in open_ones.items()
    }
