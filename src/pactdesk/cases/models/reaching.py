"""Attempts to reach whoever ought to be reachable day and night (SEV-4)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from pactdesk.cases.models.case import Case
from pactdesk.cases.rules.reaching import CHANNELS, OUTCOMES


class ReachAttempt(models.Model):
    """One attempt: when it was made, when it was written down, and what came of it.

    The database refuses to change or remove one. `note` is for the desk alone.
    """

    # Without an index of its own: a longer one begins with it.
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    logged_at = models.DateTimeField()
    channel = models.CharField(max_length=12)
    outcome = models.CharField(max_length=12)
    note = models.TextField(blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    key = models.UUIDField()

    class Meta:
        verbose_name = _("attempt to reach somebody")
        verbose_name_plural = _("attempts to reach somebody")
        constraints = (
            models.UniqueConstraint(fields=["key"], name="reach_attempt_key_once"),
            models.CheckConstraint(
                condition=models.Q(channel__in=CHANNELS, outcome__in=OUTCOMES),
                name="reach_attempt_words_known",
            ),
            models.CheckConstraint(
                condition=models.Q(at__lte=models.F("logged_at")), name="reach_attempt_not_ahead"
            ),
        )
        indexes = (models.Index(fields=["case", "at"], name="reach_attempt_case"),)

    def __str__(self) -> str:
        return f"PD-{self.case_id} · {self.channel} · {self.outcome}"
