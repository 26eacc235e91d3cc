"""Outbox and webhooks for operators: what is owed, what was sent, what is parked and why.

All of it can be read only, but deliveries can be sent again and endpoints switched off and on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin

from pactdesk.kernel.read_only import ReadOnly
from pactdesk.notifications import tasks
from pactdesk.notifications.models import OutgoingMail, WebhookDelivery, WebhookEndpoint
from pactdesk.notifications.services import endpoints


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Mails without their text: those about accounts hold codes with which one could sign in as somebody else."""

    list_display = ("created_at", "kind", "to_address", "subject", "state", "attempts", "sent_at")
    list_filter = ("state", "kind", "language")
    search_fields = ("to_address", "subject", "message_id")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)

    actions = ("try_again",)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("notifications.change_outgoingmail")

    @admin.action(description=_("Try parked mails again"), permissions=["retry"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[OutgoingMail]) -> None:
        count = tasks.try_parked_again(list(chosen.values_list("pk", flat=True)))
        text = ngettext("%(count)s mail is tried again.", "%(count)s mails are tried again.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)

    def get_fieldsets(self, request: HttpRequest, obj: OutgoingMail | None = None) -> Sequence[Any]:
        return (
            (
                None,
                {"fields": ("kind", "to_address", "language", "subject", "state", "created_at", "sent_at")},
            ),
            (_("Handing over"), {"fields": ("attempts", "last_error", "message_id", "key")}),
        )


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Endpoints without their secrets, and without the query of the URL, which may be one."""

    list_display = ("account", "address", "is_active", "disabled_reason", "failing_since", "created_at")
    list_filter = ("is_active", "disabled_reason", ("failing_since", admin.EmptyFieldListFilter))
    list_select_related = ("account",)
    search_fields = ("account__email", "url", "description")
    ordering = ("-created_at",)
    actions = ("switch_off", "switch_on")

    @admin.display(description=_("address"), ordering="url")
    def address(self, endpoint: WebhookEndpoint) -> str:
        return str(endpoint)

    def get_fieldsets(self, request: HttpRequest, obj: WebhookEndpoint | None = None) -> Sequence[Any]:
        return (
            (None, {"fields": ("account", "address", "description", "events", "created_at")}),
            (
                _("Calling"),
                {
                    "fields": (
                        "is_active",
                        "disabled_reason",
                        "disabled_at",
                        "consecutive_failures",
                        "failing_since",
                        "resume_at",
                        "last_sequence",
                        "previous_until",
                    )
                },
            ),
        )

    def has_switch_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("notifications.change_webhookendpoint")

    @admin.action(description=_("Switch off"), permissions=["switch"])
    def switch_off(self, request: HttpRequest, chosen: QuerySet[WebhookEndpoint]) -> None:
        self._each(request, chosen, endpoints.switch_off_as_operator)

    @admin.action(description=_("Switch on"), permissions=["switch"])
    def switch_on(self, request: HttpRequest, chosen: QuerySet[WebhookEndpoint]) -> None:
        self._each(request, chosen, endpoints.switch_on_as_operator)

    def _each(
        self, request: HttpRequest, chosen: QuerySet[WebhookEndpoint], verb: Callable[..., None]
    ) -> None:
        for endpoint_id in chosen.order_by("pk").values_list("pk", flat=True):
            verb(endpoint_id, actor_id=request.user.pk, at=timezone.now())


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """What was told to whom, without what it said: that is for those who see the request."""

    list_display = (
        "created_at",
        "type",
        "endpoint",
        "account",
        "state",
        "attempts",
        "last_status",
        "last_error",
        "delivered_at",
    )
    list_filter = ("state", "type", "last_status")
    list_select_related = ("endpoint__account",)
    search_fields = ("=event_id", "endpoint__account__email", "endpoint__url", "=case__id")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    show_full_result_count = False
    actions = ("replay",)

    @admin.display(description=_("account"), ordering="endpoint__account__email")
    def account(self, delivery: WebhookDelivery) -> str:
        return delivery.endpoint.account.email

    def get_fieldsets(self, request: HttpRequest, obj: WebhookDelivery | None = None) -> Sequence[Any]:
        return (
            (None, {"fields": ("event_id", "type", "sequence", "endpoint", "account", "created_at")}),
            (
                _("Handing over"),
                {
                    "fields": (
                        "state",
                        "attempts",
                        "attempted_at",
                        "next_attempt_at",
                        "give_up_at",
                        "last_status",
                        "last_error",
                        "last_milliseconds",
                        "delivered_at",
                    )
                },
            ),
        )

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("notifications.change_webhookdelivery")

    @admin.action(description=_("Send again"), permissions=["replay"])
    def replay(self, request: HttpRequest, chosen: QuerySet[WebhookDelivery]) -> None:
        count = endpoints.replay_as_operator(
            list(chosen.values_list("pk", flat=True)), actor_id=request.user.pk or 0, at=timezone.now()
        )
        text = ngettext("%(count)s event is sent again.", "%(count)s events are sent again.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)
