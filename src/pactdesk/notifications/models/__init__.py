"""The tables of this room, by noun."""

from pactdesk.notifications.models.outbox import AgreementLetterChoice, LetterChoice, OutgoingMail, ToldFact
from pactdesk.notifications.models.webhooks import WebhookDelivery, WebhookEndpoint

__all__ = [
    "AgreementLetterChoice",
    "LetterChoice",
    "OutgoingMail",
    "ToldFact",
    "WebhookDelivery",
    "WebhookEndpoint",
]
