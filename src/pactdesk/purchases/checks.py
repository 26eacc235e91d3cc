"""What is worth a word at start: it works, and somebody could use it against us."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register


@register()
def money_is_taken_where_it_is_meant(**options: Any) -> list[CheckMessage]:
    """The sandbox gives incidents away, and events that nobody can sign are events that nobody hears."""
    if settings.PAYMENT_PROVIDER.endswith(".Sandbox") and not settings.DEMO:
        return [
            Warning(
                "Whoever buys an incident gets it for nothing.",
                hint="Set PACTDESK_PAYMENTS to stripe or none, unless this installation is for trying out.",
                id="pactdesk.W003",
            )
        ]
    if settings.PAYMENT_PROVIDER.endswith(".Stripe") and not settings.STRIPE_WEBHOOK_SECRET:
        return [
            Warning(
                "Every event of Stripe is refused: disputes are never heard of.",
                hint="Set PACTDESK_STRIPE_WEBHOOK_SECRET to the signing secret of the endpoint.",
                id="pactdesk.W004",
            )
        ]
    return []
