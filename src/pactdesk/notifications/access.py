"""Whose endpoints are whose. What is not theirs does not exist for them: 404."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.notifications.models import WebhookDelivery, WebhookEndpoint


def endpoints_of(viewer: Viewer) -> QuerySet[WebhookEndpoint]:
    """The viewer's own endpoints."""
    return WebhookEndpoint.objects.filter(account_id=viewer.account_id)


def endpoint_for(viewer: Viewer, endpoint_id: int, *, lock: bool = False) -> WebhookEndpoint:
    """The viewer's endpoint with this id. Raises Http404. `lock` holds its row until the transaction ends."""
    mine = endpoints_of(viewer)
    found = (mine.select_for_update() if lock else mine).filter(pk=endpoint_id).first()
    if found is None:
        raise Http404
    return found


def delivery_for(viewer: Viewer, endpoint_id: int, delivery_id: int) -> WebhookDelivery:
    """A delivery to one of the viewer's endpoints. Raises Http404."""
    found = (
        WebhookDelivery.objects.select_related("endpoint")
        .filter(pk=delivery_id, endpoint_id=endpoint_id, endpoint__account_id=viewer.account_id)
        .first()
    )
    if found is None:
        raise Http404
    return found
