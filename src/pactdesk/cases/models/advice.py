"""The time that consultants spend on requests of advice."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from pactdesk.cases.models.case import Case


class AdvisoryTime(models.Model):
    """So many `minutes` of a `day` that a consultant spent on a request, with a note that its contacts read.

    What was corrected is as it now is; the journal keeps how it was. What was removed stays, and counts no more.
    """

    # Without an index of its own: a longer one begins with it.
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", db_index=False)
    consultant = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    day = models.DateField()
    minutes = models.PositiveSmallIntegerField()
    note = models.CharField(max_length=500)
    written_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    key = models.UUIDField()

    class Meta:
        verbose_name = _("advisory time")
        verbose_name_plural = _("advisory times")
        constraints = (
            models.UniqueConstraint(fields=["key"], name="advisory_time_key_once"),
            models.CheckConstraint(
                condition=models.Q(minutes__gte=1, minutes__lte=24 * 60), name="advisory_time_of_a_day"
            ),
        )
        indexes = (models.Index(fields=["case", "day", "id"], name="advisory_time_case"),)

    def __str__(self) -> str:
        return f"PD-{self.case_id} · {self.minutes}"
