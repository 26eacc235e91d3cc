"""Purchases for operators, who look at what was ordered, taken and paid back. It moves in the services only."""

from __future__ import annotations

from django.contrib import admin
from unfold.admin import ModelAdmin

from pactdesk.kernel.read_only import ReadOnly
from pactdesk.purchases.models import PaymentEvent, Purchase


@admin.register(Purchase)
class PurchaseAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Each with its payment; those of another amount wait for an operator to look at the provider's pages."""

    list_display = (
        "number",
        "account",
        "offer_code",
        "amount_minor",
        "currency",
        "state",
        "dispute",
        "ordered_at",
        "differs_at",
    )
    list_filter = ("state", "dispute", ("differs_at", admin.EmptyFieldListFilter), "offer_code")
    list_select_related = ("account",)
    search_fields = ("=payment", "account__email", "=agreement__id")
    date_hierarchy = "ordered_at"
    ordering = ("-id",)
    fields = (
        "account",
        "offer_code",
        "programme",
        "units",
        "amount_minor",
        "currency",
        "tax_note",
        "country",
        "terms_version",
        "terms_accepted_at",
        "card",
        "program",
        "provider",
        "payment",
        "state",
        "failure",
        "captured_minor",
        "agreement",
        "dispute",
        "disputed_at",
        "refund_cause",
        "refunded_minor",
        "refunded_at",
        "ordered_at",
        "paid_at",
        "differs_at",
    )


@admin.register(PaymentEvent)
class PaymentEventAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """What the provider announced, and what it came to."""

    list_display = ("received_at", "kind", "purchase", "amount_minor", "currency", "outcome", "handled_at")
    list_filter = ("outcome", "kind", ("handled_at", admin.EmptyFieldListFilter))
    list_select_related = ("purchase",)
    search_fields = ("=event_id", "=payment")
    ordering = ("-id",)
