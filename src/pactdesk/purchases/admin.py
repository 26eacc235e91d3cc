"""Purchases for operators, who look at what was ordered, taken and paid back. It moves in the services only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from pactdesk.purchases.models import PaymentEvent, Purchase


class LookedAt(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """What buyers, their banks and the provider do: operators look at it."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Purchase)
class PurchaseAdmin(LookedAt):
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
class PaymentEventAdmin(LookedAt):
    """What the provider announced, and what it came to."""

    list_display = ("received_at", "kind", "purchase", "amount_minor", "currency", "outcome", "handled_at")
    list_filter = ("outcome", "kind", ("handled_at", admin.EmptyFieldListFilter))
    list_select_related = ("purchase",)
    search_fields = ("=event_id", "=payment")
    ordering = ("-id",)
