"""What the service centre does with agreements, alone or by two people."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Outcome(models.TextChoices):
    """What became of something that was asked for."""

    OPEN = "", _("Waiting")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


_DECIDED_OR_OPEN = models.Q(outcome="", decided_by__isnull=True, decided_at__isnull=True) | (
    models.Q(outcome__in=["done", "refused", "withdrawn"])
    & models.Q(decided_by__isnull=False, decided_at__isnull=False)
)
_BY_TWO_PEOPLE = (
    ~models.Q(outcome="done") | models.Q(needs_second=False) | ~models.Q(decided_by=models.F("asked_by"))
)


class Correction(models.Model):
    """What somebody of the service centre wants corrected, as it was asked. More than one person does alone waits for
    another one; the database refuses that who asked says yes, and a decision that is changed."""

    class Kind(models.TextChoices):
        ADD = "add", _("Add units")
        ADJUST = "adjust", _("Adjust the balance")
        EXTEND = "extend", _("Extend the benefits")

    agreement = models.ForeignKey(
        "agreements.Agreement", on_delete=models.PROTECT, related_name="corrections"
    )
    key = models.UUIDField()
    kind = models.CharField(max_length=10, choices=Kind)
    units = models.IntegerField(null=True)
    ends_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500)
    needs_second = models.BooleanField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, default="")
    words = models.CharField(max_length=500, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        constraints = (
            models.UniqueConstraint(fields=["key"], name="correction_key_once"),
            models.CheckConstraint(
                condition=models.Q(kind="extend", ends_at__isnull=False, units__isnull=True)
                | (
                    models.Q(kind__in=["add", "adjust"], ends_at__isnull=True, units__isnull=False)
                    & ~models.Q(units=0)
                ),
                name="correction_says_what",
            ),
            models.CheckConstraint(condition=_DECIDED_OR_OPEN, name="correction_decided_or_open"),
            models.CheckConstraint(condition=_BY_TWO_PEOPLE, name="correction_by_two_people"),
        )
        indexes = (
            models.Index(fields=["asked_at"], condition=models.Q(outcome=""), name="correction_waiting"),
            models.Index(fields=["agreement", "-asked_at"], name="correction_of_agreement"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.agreement_id}"


class Issuance(models.Model):
    """An agreement that somebody of the service centre wants issued, as it was asked: for an `organization`, or for one
    person, who is its `owner`. More units than one person makes alone wait for another one, as with a `Correction`.

    One that `activates` is what a term in the partner network brings the organization: for its headquarters, or as a
    kit for a `location`. `agreement` is what came of it. `starts_on` is a day in `time_zone`: the first one, or that on
    which it was asked for, because what is activated begins on the day of it.
    """

    key = models.UUIDField()
    programme = models.ForeignKey("catalog.Programme", on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey(
        "accounts.Organization", null=True, on_delete=models.PROTECT, related_name="+"
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    activates = models.BooleanField(default=False, db_default=False)
    location = models.ForeignKey("accounts.Location", null=True, on_delete=models.PROTECT, related_name="+")
    units = models.PositiveIntegerField()
    seat_limit = models.PositiveIntegerField(null=True)
    starts_on = models.DateField()
    time_zone = models.CharField(max_length=64)
    reason = models.CharField(max_length=500)
    needs_second = models.BooleanField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, default="")
    words = models.CharField(max_length=500, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    agreement = models.OneToOneField(
        "agreements.Agreement", null=True, on_delete=models.PROTECT, related_name="issuance"
    )

    class Meta:
        verbose_name = _("issuance")
        verbose_name_plural = _("issuances")
        constraints = (
            models.UniqueConstraint(fields=["key"], name="issuance_key_once"),
            models.CheckConstraint(
                condition=models.Q(organization__isnull=False) | models.Q(owner__isnull=False),
                name="issuance_for_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(activates=False, location__isnull=True)
                | models.Q(
                    activates=True,
                    organization__isnull=False,
                    owner__isnull=True,
                    seat_limit__isnull=True,
                ),
                name="issuance_activates_for_an_organization",
            ),
            models.UniqueConstraint(
                fields=["organization", "programme", "location"],
                condition=models.Q(activates=True, outcome=""),
                nulls_distinct=False,
                name="issuance_activation_waits_once",
            ),
            models.CheckConstraint(condition=_DECIDED_OR_OPEN, name="issuance_decided_or_open"),
            models.CheckConstraint(condition=_BY_TWO_PEOPLE, name="issuance_by_two_people"),
            models.CheckConstraint(
                condition=models.Q(outcome="done", agreement__isnull=False)
                | (~models.Q(outcome="done") & models.Q(agreement__isnull=True)),
                name="issuance_done_with_an_agreement",
            ),
        )
        indexes = (
            models.Index(fields=["asked_at"], condition=models.Q(outcome=""), name="issuance_waiting"),
            models.Index(
                fields=["-decided_at"], condition=models.Q(needs_second=True), name="issuance_decided"
            ),
        )

    def __str__(self) -> str:
        return f"{self.programme_id} {self.key}"


class UnitsAlone(models.Model):
    """Units that one person of the service centre has moved or made alone: corrected, issued or imported. What it comes
    to within a day is limited, because many small ones would do what one large one may not."""

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    units = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("units moved alone")
        verbose_name_plural = _("units moved alone")
        indexes = (models.Index(fields=["account", "at"], name="units_alone_lately"),)

    def __str__(self) -> str:
        return f"{self.account_id} {self.units}"
