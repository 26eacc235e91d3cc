"""The tables of this room, by noun."""

from pactdesk.notifications.models.outbox import OutgoingMail
from pactdesk.notifications.models.webhooks import WebhookDelivery, WebhookEndpoint

__all__ = ["OutgoingMail", "WebhookDelivery", "WebhookEndpoint"]
