"""One append-only table."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class FactRow(models.Model):
    """A fact as it was announced. The database refuses to change or remove one."""

    code = models.CharField(max_length=80)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
    )
    payload = models.JSONField(default=dict)

    class Meta:
        db_table = "journal_fact"
        indexes = (models.Index(fields=["subject_type", "subject_id", "id"], name="journal_fact_subject"),)
        verbose_name = "fact"

    def __str__(self) -> str:
        return f"{self.code} {self.subject_type}:{self.subject_id}"
