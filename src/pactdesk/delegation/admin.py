"""Rights for operators: they say who looks after whom, mend subscriptions, and look at what was granted."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import ModelAdmin

from pactdesk.delegation.models import Delegation, Relationship, RoleAssignment, Subscription
from pactdesk.kernel.read_only import ReadOnly


@admin.register(Relationship)
class RelationshipAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Which partner looks after which customer. It grants nothing; what is over gets an end and stays."""

    list_display = ("partner", "customer", "tier", "provider", "since", "ended_at")
    list_filter = ("tier",)
    list_select_related = ("partner", "customer", "provider")
    search_fields = ("partner__name", "customer__name")
    autocomplete_fields = ("partner", "customer", "provider")
    fields = ("partner", "customer", "tier", "provider", "ended_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Relationship | None = None) -> tuple[str, ...]:
        return ("partner", "customer") if obj is not None else ()

    def has_delete_permission(self, request: HttpRequest, obj: Relationship | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Relationship, form: Any, change: bool) -> None:
        if obj.since is None:
            obj.since = timezone.now()
        obj.customer_name = obj.customer.name.lower()
        super().save_model(request, obj, form, change)


@admin.register(Delegation)
class DelegationAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """What was granted to whom, by whom, until when."""

    list_display = ("customer", "partner", "grantor", "granted_at", "ends_at", "revoked_at")
    list_select_related = ("customer", "partner", "grantor")
    search_fields = ("customer__name", "partner__name")
    date_hierarchy = "granted_at"


@admin.register(Subscription)
class SubscriptionAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Subscriptions. One that was ended by mistake is opened again by taking its end away."""

    list_display = ("number", "name", "organization", "ended_at")
    list_select_related = ("organization",)
    search_fields = ("number", "name", "organization__name")
    autocomplete_fields = ("organization",)
    fields = ("organization", "number", "name", "ended_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Subscription | None = None) -> tuple[str, ...]:
        return ("organization", "number") if obj is not None else ()

    def has_delete_permission(self, request: HttpRequest, obj: Subscription | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Subscription, form: Any, change: bool) -> None:
        if obj.created_at is None:
            obj.created_at = timezone.now()
        super().save_model(request, obj, form, change)


@admin.register(RoleAssignment)
class RoleAssignmentAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Who has, or had, which role on which subscription."""

    list_display = ("subscription", "account", "group", "role", "under", "assigned_at", "revoked_at")
    list_select_related = ("subscription", "account", "group", "under")
    search_fields = ("subscription__number", "account__email", "group__name")
