"""Agreements for operators, to look at. They are issued and changed at the desk of the service centre."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from pactdesk.agreements.access import programme_of
from pactdesk.agreements.models import Activation, Agreement, LedgerEntry, PairMailing, Registration
from pactdesk.kernel.read_only import ReadOnly
from pactdesk.kernel.worded import text_in


class ReadOnlyInline(ReadOnly, TabularInline):  # type: ignore[misc]  # unfold has no types
    extra = 0
    can_delete = False


class RegistrationInline(ReadOnlyInline):
    """Who may draw on it. Its owner withdraws access, in the portal."""

    model = Registration
    fk_name = "agreement"
    fields = ("account", "registered_at", "revoked_at", "revoked_by")


class LedgerEntryInline(ReadOnlyInline):
    """The statement, newest line first."""

    model = LedgerEntry
    fk_name = "agreement"
    fields = (
        "position",
        "kind",
        "units",
        "balance_after",
        "at",
        "actor",
        "case_number",
        "counterpart",
        "note",
    )
    ordering = ("-position",)
    per_page = 50


@admin.register(Agreement)
class AgreementAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Agreements to look at. The service centre issues and changes them at its desk: with a reason and a fact, and
    where it is much by two people. The Contract ID and its digest never appear."""

    list_display = (
        "access_id",
        "programme_name",
        "owner",
        "organization",
        "units_left",
        "ends_at",
        "suspended_at",
    )
    list_filter = (("suspended_at", admin.EmptyFieldListFilter), "ends_at", "programme")
    list_select_related = ("owner", "organization")
    search_fields = ("=access_id", "owner__email", "organization__name")
    ordering = ("-created_at",)
    inlines = (RegistrationInline, LedgerEntryInline)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "programme_name",
                    "access_id",
                    "starts_at",
                    "ends_at",
                    "time_zone",
                    "units_left",
                    "suspended_at",
                    "created_at",
                )
            },
        ),
        (_("Whose it is"), {"fields": ("owner", "organization", "seat_limit")}),
    )

    @admin.display(description=_("programme"), ordering="programme")
    def programme_name(self, agreement: Agreement) -> str:
        return text_in(programme_of(agreement.programme_id).name, get_language() or "en")


@admin.register(Activation)
class ActivationAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """What was activated for whom; those nobody could be mailed to are found by the filter."""

    list_display = ("activated_at", "enrolment", "location", "programme", "agreement")
    list_filter = (("agreement__mailings", admin.EmptyFieldListFilter), "enrolment__level")
    list_select_related = ("enrolment", "location", "programme", "agreement")
    search_fields = ("enrolment__organization__name", "location__name", "=agreement__access_id")
    ordering = ("-activated_at",)


@admin.register(PairMailing)
class PairMailingAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """To whom pairs were mailed. Whether the letter was taken stands in the outbox."""

    list_display = ("at", "agreement", "account", "occasion", "asked_by")
    list_filter = ("occasion",)
    list_select_related = ("agreement", "account", "asked_by")
    search_fields = ("account__email", "=agreement__access_id")
    ordering = ("-at",)
