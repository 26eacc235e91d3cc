"""Tables. Of a card they hold its brand, its last four digits, its last day and the provider's name for it: no more."""

from __future__ import annotations

from pactdesk.purchases.models.cards import Payer, SavedCard
from pactdesk.purchases.models.events import PaymentEvent
from pactdesk.purchases.models.purchases import Purchase
from pactdesk.purchases.models.sandbox import SandboxEvent, SandboxPayment

__all__ = ["Payer", "PaymentEvent", "Purchase", "SandboxEvent", "SandboxPayment", "SavedCard"]
