"""The catalogue for operators: to look at, and to edit between two files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, StackedInline, TabularInline

from pactdesk.catalog import models, queries
from pactdesk.catalog.services.tables import programmes_in_use
from pactdesk.kernel.read_only import ReadOnly
from pactdesk.servicelevels.admin import EntryAdmin as LevelsEntryAdmin
from pactdesk.servicelevels.admin import WordedForms


class EntryAdmin(LevelsEntryAdmin):
    """Entries of this room. What was edited is seen at once by the process that did it."""

    def after_change(self) -> None:
        transaction.on_commit(queries.forget)


class EntryInline(WordedForms, StackedInline):  # type: ignore[misc]  # unfold has no types
    """Entries that belong to the one on the page, each of which can be unfolded."""

    extra = 0
    can_delete = False
    collapsible = True
    readonly_fields: Sequence[str] = ("retired_at", "edited_at")


@admin.register(models.Channel)
class ChannelAdmin(EntryAdmin):
    worded = {
        "name": 1,
        "explanation": 2,
        "instead_of_pair": 1,
        "front_door_label": 1,
        "category_label": 1,
        "feature_label": 1,
        "problem_label": 1,
    }
    list_display = (
        "code",
        "in_english",
        "sign_in",
        "needs_pair",
        "open",
        "front_door_url",
        "edited_at",
        "retired_at",
    )
    list_filter = ("open", "sign_in", *EntryAdmin.list_filter)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "front_door_url":
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(models.ProductFamily)
class ProductFamilyAdmin(EntryAdmin):
    list_display = ("code", "in_english", "position", "edited_at", "retired_at")


class ProductVersionInline(EntryInline):
    model = models.ProductVersion
    fields = (
        ("code", "position"),
        "name",
        ("mainstream_until", "extended_until"),
        ("retired_at", "edited_at"),
    )


@admin.register(models.Product)
class ProductAdmin(EntryAdmin):
    list_display = ("code", "in_english", "family", "channel", "asks_usage", "edited_at", "retired_at")
    list_filter = ("channel", "family", *EntryAdmin.list_filter)
    list_select_related = ("family", "channel")
    search_fields = ("code", "name__en__icontains", "versions__code")
    inlines = (ProductVersionInline,)


@admin.register(models.ProductVersion)
class ProductVersionAdmin(EntryAdmin):
    list_display = (
        "code",
        "in_english",
        "product",
        "mainstream_until",
        "extended_until",
        "edited_at",
        "retired_at",
    )
    list_filter = ("product", *EntryAdmin.list_filter)
    list_select_related = ("product",)
    search_fields = ("code", "name__en__icontains", "product__code")
    date_hierarchy = "mainstream_until"


@admin.register(models.ProblemType)
class ProblemTypeAdmin(EntryAdmin):
    worded = {"name": 1, "explanation": 2}
    list_display = ("code", "in_english", "draws", "break_fix", "edited_at", "retired_at")


class FeatureInline(EntryInline):
    model = models.Feature
    fields = (("code", "position"), "name", ("retired_at", "edited_at"))


class ProblemInline(EntryInline):
    model = models.Problem
    fields = (("code", "position"), "name", ("problem_type", "feature"), ("retired_at", "edited_at"))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "feature":
            # Those of the category on the page; a new category has none yet.
            category = request.resolver_match.kwargs.get("object_id") if request.resolver_match else None
            kwargs["queryset"] = models.Feature.objects.filter(category_id=int(category or 0))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(models.Category)
class CategoryAdmin(EntryAdmin):
    list_display = ("code", "in_english", "position", "edited_at", "retired_at")
    list_filter = ("families", *EntryAdmin.list_filter)
    search_fields = ("code", "name__en__icontains", "problems__name__en__icontains")
    filter_horizontal = ("families", "products")
    inlines = (FeatureInline, ProblemInline)


@admin.register(models.Question)
class QuestionAdmin(EntryAdmin):
    worded = {"name": 1, "help": 2}
    list_display = ("code", "in_english", "kind", "required", "position", "edited_at", "retired_at")
    list_filter = ("channels", "kind", *EntryAdmin.list_filter)
    filter_horizontal = ("channels", "products", "problem_types")


class VersionRuleInline(TabularInline):  # type: ignore[misc]  # unfold has no types
    model = models.ProgrammeVersionRule
    extra = 0
    autocomplete_fields = ("version",)


@admin.register(models.Programme)
class ProgrammeAdmin(EntryAdmin):
    worded = {"name": 1, "draws": 1}
    list_display = (
        "code",
        "in_english",
        "short_code",
        "held_as",
        "unit",
        "quantity",
        "overdraft",
        "carries_over",
        "length_months",
        "extra_days",
        "policy",
        "edited_at",
        "retired_at",
    )
    list_filter = ("held_as", "unit", "partner_network", "channels", *EntryAdmin.list_filter)
    list_select_related = ("policy",)
    search_fields = ("code", "short_code", "name__en__icontains")
    filter_horizontal = ("channels", "excluded_products")
    inlines = (VersionRuleInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        """What agreements count stays what it is."""
        fixed = obj is not None and bool(programmes_in_use([obj.code]))
        return (*super().get_readonly_fields(request, obj), *(("unit",) if fixed else ()))


@admin.register(models.Region)
class RegionAdmin(EntryAdmin):
    list_display = (
        "code",
        "in_english",
        "calendar",
        "may_mail_ids_to_any_contact",
        "edited_at",
        "retired_at",
    )
    list_select_related = ("calendar",)


class OfferPriceInline(WordedForms, StackedInline):  # type: ignore[misc]  # unfold has no types
    model = models.OfferPrice
    worded = {"tax_note": 1}
    extra = 0
    fields = ("region", ("amount_minor", "currency"), "tax_note")


@admin.register(models.Offer)
class OfferAdmin(EntryAdmin):
    worded = {}
    search_fields = ("code", "programme__code")
    list_display = ("code", "programme", "position", "edited_at", "retired_at")
    list_select_related = ("programme",)
    inlines = (OfferPriceInline,)


@admin.register(models.CatalogRevision)
class CatalogRevisionAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Which file was applied last, and how often the catalogue has changed. It can be read only."""

    list_display = ("number", "changed_at", "applied_at", "applied_by", "short_digest")
    list_select_related = ("applied_by",)

    @admin.display(description=_("file"))
    def short_digest(self, revision: models.CatalogRevision) -> str:
        return revision.digest[:12]
