"""The outbox."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class OutgoingMail(models.Model):
    """A mail that is owed to one person. `key` says why it is owed, so that it is never owed twice."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENT = "sent", _("Sent")
        KEPT = "kept", _("Kept, no mail server is set")
        PARKED = "parked", _("Parked after too many failures")

    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    to_address = models.CharField(max_length=320)
    language = models.CharField(max_length=8)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    message_id = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("outbox")
        constraints = (models.UniqueConstraint(fields=["key"], name="outgoing_mail_key_once"),)
        indexes = (
            models.Index(fields=["-created_at"], name="outgoing_mail_newest"),
            models.Index(
                fields=["created_at"],
                condition=models.Q(state__in=["queued", "parked"]),
                name="outgoing_mail_unsent",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} → {self.to_address}"
