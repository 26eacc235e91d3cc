"""The outbox for operators: what is owed, what was sent, what is parked and why. It can be read only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from pactdesk.notifications.models import OutgoingMail


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Mails without their text: those about accounts hold codes with which one could sign in as somebody else."""

    list_display = ("created_at", "kind", "to_address", "subject", "state", "attempts", "sent_at")
    list_filter = ("state", "kind", "language")
    search_fields = ("to_address", "subject", "message_id")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)

    def get_fieldsets(self, request: HttpRequest, obj: OutgoingMail | None = None) -> Sequence[Any]:
        return (
            (
                None,
                {"fields": ("kind", "to_address", "language", "subject", "state", "created_at", "sent_at")},
            ),
            (_("Handing over"), {"fields": ("attempts", "last_error", "message_id", "key")}),
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: OutgoingMail | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: OutgoingMail | None = None) -> bool:
        return False
