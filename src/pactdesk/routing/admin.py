"""Routing for operators: the rules in their order, and the terms of engineers."""

from __future__ import annotations

from django.contrib import admin
from unfold.admin import ModelAdmin

from pactdesk.routing.models import Engineer, Rule


@admin.register(Rule)
class RuleAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Which requests go to which team. The first rule that applies decides, else the default team answers."""

    list_display = ("position", "code", "team", "conditions")
    list_display_links = ("code",)
    list_select_related = ("team",)
    search_fields = ("code", "team__code")


@admin.register(Engineer)
class EngineerAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Languages, skills, hours and load of the people at the desk."""

    list_display = ("account", "languages", "capacity", "backup", "away_from", "away_until")
    list_select_related = ("account", "backup")
    search_fields = ("account__email", "account__first_name", "account__last_name")
    autocomplete_fields = ("account", "backup")
