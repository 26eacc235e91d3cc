"""Texts that engineers keep ready."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SavedReply(models.Model):
    """A text for replies, in several languages, of one team or of everybody at the desk (`team` is None).

    `deleted_at`: it can be brought back for a while. `revision` grows with every change.
    """

    team = models.ForeignKey(
        "accounts.Team", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    name = models.CharField(max_length=80)
    texts = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("saved reply")
        verbose_name_plural = _("saved replies")
        constraints = (
            models.CheckConstraint(condition=models.Q(texts__has_key="en"), name="saved_reply_in_english"),
        )

    def __str__(self) -> str:
        return self.name
