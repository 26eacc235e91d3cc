"""What came in by mail."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ReceivedMail(models.Model):
    """A mail as it came, and what became of it.

    `digest` is over envelope and bytes, so that handing over or fetching again makes no second row. `envelope_from` is
    "" for a bounce and None where the door does not know it. `reasons` are all that kept it from becoming a message, as
    kernel reasons; `reason_code` is the first of them. `overridden` holds the codes that an operator set aside.
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        TAKEN = "taken", _("Taken as a message")
        IGNORED = "ignored", _("Ignored, a machine wrote it")
        QUARANTINED = "quarantined", _("In quarantine")
        RELEASED = "released", _("Released")
        DISCARDED = "discarded", _("Discarded")

    class Door(models.TextChoices):
        LMTP = "lmtp", "LMTP"
        IMAP = "imap", "IMAP"

    digest = models.CharField(max_length=64)
    door = models.CharField(max_length=4, choices=Door)
    envelope_from = models.CharField(max_length=1000, null=True, blank=True)  # noqa: DJ001 - "" means a bounce
    envelope_to = models.JSONField(default=list)
    raw = models.BinaryField()
    size = models.PositiveIntegerField()
    is_whole = models.BooleanField(default=True)
    state = models.CharField(_("state"), max_length=11, choices=State, default=State.RECEIVED)
    reasons = models.JSONField(default=list)
    reason_code = models.CharField(max_length=60, blank=True)
    overridden = models.JSONField(default=list)
    attempts = models.PositiveSmallIntegerField(default=0)
    from_address = models.CharField(_("from"), max_length=400, blank=True)
    to_address = models.CharField(_("to"), max_length=400, blank=True)
    subject = models.CharField(_("subject"), max_length=400, blank=True)
    case_number = models.BigIntegerField(_("request"), null=True, blank=True)
    contact_id = models.BigIntegerField(null=True, blank=True)
    words_digest = models.CharField(max_length=64, blank=True)
    received_at = models.DateTimeField(_("received"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = _("received mail")
        verbose_name_plural = _("received mails")
        constraints = (models.UniqueConstraint(fields=["digest"], name="received_mail_once"),)
        indexes = (
            models.Index(fields=["state", "-received_at"], name="received_mail_by_state"),
            models.Index(fields=["-received_at"], name="received_mail_newest"),
            models.Index(
                fields=["contact_id", "received_at"],
                condition=models.Q(contact_id__isnull=False),
                name="received_mail_by_contact",
            ),
        )

    def __str__(self) -> str:
        return f"{self.from_address or self.door} · {self.pk}"
