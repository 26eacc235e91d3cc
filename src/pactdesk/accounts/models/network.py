"""How organizations stand in the partner network, and what their locations have earned there."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pactdesk.accounts.models.organizations import Location, Organization


class Level(models.TextChoices):
    """The levels of the partner network."""

    GOLD = "gold", _("Gold")
    SILVER = "silver", _("Silver")
    ACTION_PACK = "action-pack", _("Action pack")


class Enrolment(models.Model):
    """One term of an organization in the partner network. A renewal is a row of its own (BEN-2).

    `ends_on` is its last day.
    """

    organization = models.ForeignKey(
        Organization, verbose_name=_("organization"), on_delete=models.PROTECT, related_name="enrolments"
    )
    level = models.CharField(_("level"), max_length=12, choices=Level)
    renewed_on = models.DateField(_("renewed on"))
    ends_on = models.DateField(_("last day"))

    class Meta:
        ordering = ("organization", "-renewed_on")
        verbose_name = _("enrolment in the partner network")
        verbose_name_plural = _("enrolments in the partner network")
        constraints = (
            models.UniqueConstraint(fields=["organization", "level", "renewed_on"], name="enrolment_once"),
            models.CheckConstraint(
                condition=models.Q(ends_on__gt=models.F("renewed_on")), name="enrolment_ends_after_start"
            ),
            models.CheckConstraint(
                condition=models.Q(level__in=["gold", "silver", "action-pack"]), name="enrolment_level_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.organization_id} {self.level} {self.renewed_on}"


class Competency(models.Model):
    """What a location has earned; with it, it may have a benefit kit of its own (BEN-3)."""

    location = models.ForeignKey(
        Location, verbose_name=_("location"), on_delete=models.CASCADE, related_name="competencies"
    )
    name = models.CharField(_("name"), max_length=100)
    earned_on = models.DateField(_("earned on"))

    class Meta:
        ordering = ("location", "name")
        verbose_name = _("competency")
        verbose_name_plural = _("competencies")
        constraints = (models.UniqueConstraint(fields=["location", "name"], name="competency_once"),)

    def __str__(self) -> str:
        return self.name
