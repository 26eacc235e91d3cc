"""Support requests and drafts for operators. They can be read only: the desk is where one works on them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from pactdesk.cases.models import Case, Contact, Draft
from pactdesk.cases.rules.numbers import shown_number


class ReadOnly:
    """No adding, no changing, no deleting."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ContactInline(ReadOnly, TabularInline):  # type: ignore[misc]  # unfold has no types
    model = Contact
    fields = ("role", "name", "email", "phone", "time_zone", "language", "account")
    extra = 0


@admin.register(Case)
class CaseAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Support requests with their contacts."""

    inlines = (ContactInline,)
    list_display = (
        "number",
        "summary",
        "severity",
        "status",
        "submitter",
        "opened_at",
        "first_response_due_at",
    )
    list_filter = ("status", "severity", "hours")
    list_select_related = ("submitter",)
    search_fields = ("=id", "summary", "contacts__email")
    ordering = ("-id",)
    show_full_result_count = False
    exclude = ("draft_key",)

    @admin.display(description=_("number"), ordering="id")
    def number(self, case: Case) -> str:
        return shown_number(case.pk)


@admin.register(Draft)
class DraftAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Whether there is a draft and since when. What was written into it is nobody's business before it is sent."""

    list_display = ("id", "account", "saved_at", "expires_at", "discarded_at", "case")
    list_select_related = ("account", "case")
    search_fields = ("=id", "account__email")
    ordering = ("-saved_at",)
    exclude = ("answers",)
