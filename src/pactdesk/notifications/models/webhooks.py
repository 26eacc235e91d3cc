"""Programs that are told: where they listen, and what each was told."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class WebhookEndpoint(models.Model):
    """A URL of somebody's that is called when something happens to a request which that account can see, or to an
    agreement for which it answers.

    The secret is sealed; for a day after it was replaced the one before signs, too. `failing_since` is the first
    failure since the last success. `resume_at` spares an endpoint that does not answer. `busy_until` says that a worker
    is calling it, so that one endpoint never takes two of them.
    """

    class DisabledReason(models.TextChoices):
        FAILING = "failing", _("Nothing but failures for five days")
        GONE = "gone", _("It answered that it is gone (410)")
        OWNER = "owner", _("Switched off by its owner")
        OPERATOR = "operator", _("Switched off by an operator")

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    url = models.CharField(max_length=1000)
    description = models.CharField(max_length=200, blank=True)
    events = models.JSONField(default=list)
    secret_sealed = models.BinaryField()
    previous_secret_sealed = models.BinaryField(null=True)
    previous_until = models.DateTimeField(null=True)
    is_active = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=10, choices=DisabledReason, blank=True)
    disabled_at = models.DateTimeField(null=True)
    consecutive_failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    resume_at = models.DateTimeField(null=True)
    busy_until = models.DateTimeField(null=True)
    last_sequence = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(is_active=True, disabled_reason="", disabled_at=None)
                | (models.Q(is_active=False, disabled_at__isnull=False) & ~models.Q(disabled_reason="")),
                name="webhook_disabled_with_reason",
            ),
        )

    def __str__(self) -> str:
        return self.url.partition("?")[0]


class WebhookDelivery(models.Model):
    """One event for one endpoint. `body` is what is sent, byte for byte the same however often.

    `sequence` counts the events of the endpoint. `case` is the request that the event is about, or `agreement` the
    agreement; both are None for tests of the endpoint. `give_up_at` is when it is parked, counted from when it became
    due, or was asked for again.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        DELIVERED = "delivered", _("Delivered")
        PARKED = "parked", _("Parked after too many failures")
        WITHHELD = "withheld", _("Not sent, the owner no longer sees the request")

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    event_id = models.CharField(max_length=40)
    type = models.CharField(max_length=40)
    case = models.ForeignKey("cases.Case", null=True, on_delete=models.CASCADE, related_name="+")
    agreement = models.ForeignKey(
        "agreements.Agreement", null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    body = models.TextField(blank=True)
    sequence = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    give_up_at = models.DateTimeField()
    attempted_at = models.DateTimeField(null=True)
    last_status = models.PositiveSmallIntegerField(null=True)
    last_error = models.CharField(max_length=60, blank=True)
    last_answer = models.CharField(max_length=2000, blank=True)
    last_milliseconds = models.PositiveIntegerField(null=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        constraints = (
            models.UniqueConstraint(fields=["endpoint", "event_id"], name="webhook_event_once"),
            models.UniqueConstraint(fields=["endpoint", "sequence"], name="webhook_sequence_once"),
        )
        indexes = (
            models.Index(
                fields=["endpoint", "next_attempt_at"],
                condition=models.Q(state="queued"),
                name="webhook_due",
            ),
            models.Index(fields=["created_at"], name="webhook_oldest"),
        )

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
