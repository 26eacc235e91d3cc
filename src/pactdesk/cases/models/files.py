"""Files of drafts and requests."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from pactdesk.cases.models.case import Case
from pactdesk.cases.models.conversation import Message
from pactdesk.cases.models.draft import Draft


class Attachment(models.Model):
    """A file that came with a draft, and goes on with its request, or that was added to a request (WIZ-6, REQ-2).

    `added_at` is when it became part of the request; until then only its uploader sees it. A file of a draft is added
    by sending that. `internal`: only the desk sees it. `name` is clean and for people only; `content_type` is what the
    content looks like, never trusted. The bytes are on the shelf under `storage_key`, those of an unfinished upload
    under `pieces`; `mark` is how the browser knows the file again. `refusal` is a reason code.
    """

    class State(models.TextChoices):
        UPLOADING = "uploading", _("Being sent")
        HELD = "held", _("Waits for the virus check")
        READY = "ready", _("Ready")
        REFUSED = "refused", _("Refused")
        REMOVED = "removed", _("Removed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    draft = models.ForeignKey(Draft, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    case = models.ForeignKey(Case, null=True, blank=True, on_delete=models.CASCADE, related_name="files")
    message = models.ForeignKey(
        Message, null=True, blank=True, on_delete=models.CASCADE, related_name="files"
    )
    internal = models.BooleanField(default=False)
    name = models.CharField(max_length=120)
    size = models.PositiveBigIntegerField()
    received = models.PositiveBigIntegerField(default=0)
    pieces = models.JSONField(default=list, blank=True)
    mark = models.CharField(max_length=40, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    may_hold_secrets = models.BooleanField(default=False)
    sha256 = models.CharField(max_length=64, blank=True)
    storage_key = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=9, choices=State)
    refusal = models.CharField(max_length=40, blank=True)
    uploader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,  # the index by day begins with it
    )
    uploader_name = models.CharField(max_length=254)
    side = models.CharField(max_length=9, choices=Message.Side)
    started_at = models.DateTimeField()
    uploaded_at = models.DateTimeField(null=True, blank=True)
    added_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(draft__isnull=False) | models.Q(case__isnull=False),
                name="attachment_is_somewhere",
            ),
            models.CheckConstraint(
                condition=models.Q(message__isnull=True)
                | models.Q(case__isnull=False, added_at__isnull=False),
                name="attachment_of_message_is_added",
            ),
            models.CheckConstraint(
                condition=models.Q(added_at__isnull=True) | models.Q(case__isnull=False),
                name="attachment_added_to_request",
            ),
            models.CheckConstraint(
                condition=models.Q(internal=False) | models.Q(side="vendor"),
                name="attachment_internal_is_ours",
            ),
            models.CheckConstraint(
                condition=models.Q(received__lte=models.F("size")), name="attachment_not_longer_than_said"
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["held", "ready"])
                | (
                    ~models.Q(storage_key="")
                    & ~models.Q(sha256="")
                    & models.Q(received=models.F("size"), uploaded_at__isnull=False)
                ),
                name="attachment_whole_where_kept",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="refused") ^ ~models.Q(refusal=""),
                name="attachment_refused_for_a_reason",
            ),
            models.UniqueConstraint(
                fields=["storage_key"], condition=~models.Q(storage_key=""), name="attachment_key_once"
            ),
        )
        indexes = (
            models.Index(fields=["uploader", "started_at"], name="attachment_day"),
            models.Index(
                fields=["started_at"],
                condition=models.Q(state__in=["uploading", "held"]),
                name="attachment_unfinished",
            ),
            models.Index(
                fields=["uploaded_at"],
                condition=models.Q(added_at__isnull=True, draft__isnull=True)
                & ~models.Q(state__in=["uploading", "removed"]),
                name="attachment_not_added",
            ),
        )

    def __str__(self) -> str:
        return self.name
