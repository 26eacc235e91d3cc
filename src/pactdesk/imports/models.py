"""Tables. An import that has been applied is never changed: the database sees to that (migration `0001`)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Import(models.Model):
    """One file, how it was read, and what came of it.

    `content_sealed` is the file, as long as it may still be confirmed; it holds Contract IDs. `file_digest` and
    `plan_digest` are keyed hashes: of the file, and of what it would do as it was shown. `mistakes`, `left_out` and
    `notices` hold the first of each, in words without IDs; `counts` says how many rows there are of which kind.
    `by_programme` is what would come about: {code: [agreements, units granted, units left]}.
    """

    class State(models.TextChoices):
        REFUSED = "refused", _("With mistakes")
        READY = "ready", _("To be confirmed")
        APPLIED = "applied", _("Imported")
        DISCARDED = "discarded", _("Discarded")

    state = models.CharField(max_length=10, choices=State)
    form = models.CharField(max_length=30)
    file_name = models.CharField(max_length=200)
    file_digest = models.BinaryField(max_length=32)
    content_sealed = models.BinaryField(null=True)
    options = models.JSONField(default=dict)
    encoding = models.CharField(max_length=20, blank=True)
    unread_columns = models.JSONField(default=list)
    kinds = models.JSONField(default=list)
    counts = models.JSONField(default=dict)
    by_programme = models.JSONField(default=dict)
    units = models.BigIntegerField(default=0)
    mistakes = models.JSONField(default=list)
    left_out = models.JSONField(default=list)
    notices = models.JSONField(default=list)
    plan_digest = models.BinaryField(max_length=32, null=True)
    needs_second = models.BooleanField(default=False)
    brought_at = models.DateTimeField()
    brought_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = (
            models.UniqueConstraint(
                fields=["file_digest"], condition=models.Q(state="applied"), name="import_file_applied_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["refused", "ready", "applied", "discarded"]),
                name="import_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["refused", "ready"], decided_at__isnull=True)
                | models.Q(
                    state__in=["applied", "discarded"], decided_at__isnull=False, content_sealed__isnull=True
                ),
                name="import_decided_keeps_no_file",
            ),
            # Whoever brings much may not confirm it, too.
            models.CheckConstraint(
                condition=~models.Q(state="applied", needs_second=True)
                | (
                    models.Q(brought_by__isnull=False, decided_by__isnull=False)
                    & ~models.Q(decided_by=models.F("brought_by"))
                ),
                name="import_confirmed_by_another",
            ),
        )
        indexes = (
            models.Index(fields=["-brought_at"], name="import_newest"),
            models.Index(
                fields=["brought_at"],
                condition=models.Q(content_sealed__isnull=False),
                name="import_file_kept",
            ),
        )

    def __str__(self) -> str:
        return f"{self.pk} {self.file_name}"


class Line(models.Model):
    """An agreement that came by an import, and in which row it stood. `reference` is how another system names it, by
    which it is known again; "" where the row named a pair."""

    imported = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="lines")
    row = models.IntegerField()
    agreement = models.OneToOneField("agreements.Agreement", on_delete=models.PROTECT, related_name="+")
    form = models.CharField(max_length=30)
    reference = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["imported", "row"], name="import_row_once"),
            models.UniqueConstraint(
                fields=["form", "reference"],
                condition=~models.Q(reference=""),
                name="import_reference_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.imported_id}:{self.row}"
