"""What is said in a case."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from pactdesk.cases.models.case import Case


class Message(models.Model):
    """Something that was said in a case: to everybody, or an internal note that only the desk sees.

    `key` is chosen by whoever sends it, so that sending again says nothing twice. `author_name` is kept as it was.
    """

    class Kind(models.TextChoices):
        PUBLIC = "public", _("Message")
        INTERNAL = "internal", _("Internal note")

    class Side(models.TextChoices):
        REQUESTER = "requester", _("Requester")
        VENDOR = "vendor", _("Vendor")

    class Via(models.TextChoices):
        PORTAL = "portal", _("Portal")
        DESK = "desk", _("Desk")
        MAIL = "mail", _("E-mail")
        API = "api", _("API")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=8, choices=Kind)
    side = models.CharField(max_length=9, choices=Side)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    author_name = models.CharField(max_length=254)
    text = models.TextField()
    language = models.CharField(max_length=8, blank=True)
    via = models.CharField(max_length=6, choices=Via)
    at = models.DateTimeField()
    key = models.UUIDField()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = (
            models.UniqueConstraint(fields=["key"], name="message_key_once"),
            models.CheckConstraint(
                condition=models.Q(kind="public") | models.Q(side="vendor"), name="message_notes_are_ours"
            ),
        )
        indexes = (models.Index(fields=["case", "id"], name="message_case"),)

    def __str__(self) -> str:
        return f"{self.kind} · PD-{self.case_id}"
