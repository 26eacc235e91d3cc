"""Whose purchases and cards a Viewer may see: the own ones."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.purchases.models import Purchase, SavedCard


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
