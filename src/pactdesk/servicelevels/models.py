"""Severities, calendars and policies. What was promised once never changes: calendars and policies have versions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from pactdesk.servicelevels.rules.steps import DEFAULT_STEPS


class Entry(models.Model):
    """Something that operators keep, in the catalogue file or in the admin.

    Its code names it for good. An entry is never deleted: it is retired, and comes back when the file names it again.
    `edited_at` is set by an edit in the admin and cleared when a catalogue file overwrites the edit.
    """

    code = models.SlugField(_("code"), max_length=60, unique=True)
    position = models.PositiveIntegerField(
        _("position"), default=0, help_text=_("Lists are shown in this order.")
    )
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True, editable=False)
    edited_at = models.DateTimeField(_("edited in the admin"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True
        ordering: ClassVar[Sequence[str]] = ("position", "code")

    def __str__(self) -> str:
        return self.code


def in_english(field: str, name: str, *, optional: bool = False) -> models.CheckConstraint:
    """The database refuses a worded value without English, since every other language falls back to it.

    An `optional` one may be left out. Forms look at that as a JSON null, in the database it is none at all.
    """
    condition = models.Q(**{f"{field}__has_key": "en"})
    if optional:
        condition |= models.Q(**{field: None})
    return models.CheckConstraint(condition=condition, name=name)


class Severity(Entry):
    """How badly the business suffers, in the requester's words (SEV-1). The first in the order is the critical one."""

    name = models.JSONField(_("name"), help_text=_("The consequence for the business."))
    meaning = models.JSONField(_("what it means"))
    asks = models.JSONField(_("what it asks of the requester"))
    examples = models.JSONField(
        _("examples"), default=list, blank=True, help_text=_("A list of worded values.")
    )

    class Meta(Entry.Meta):
        verbose_name = _("severity")
        verbose_name_plural = _("severities")
        constraints = (
            in_english("name", "severity_name_in_english"),
            in_english("meaning", "severity_meaning_in_english"),
            in_english("asks", "severity_asks_in_english"),
        )


class Calendar(Entry):
    """The working time of one place. Its terms stand in its versions; the one with the highest number is in force."""

    name = models.JSONField(_("name"))

    class Meta(Entry.Meta):
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")
        constraints = (in_english("name", "calendar_name_in_english"),)


class CalendarVersion(models.Model):
    """Terms of a calendar. The database refuses to change or remove one, since promises were made by it.

    `weekly` maps mon…sun to windows [["09:00", "17:00"]] in local time; a window may end at "24:00".
    `holidays` lists {"day", "name"} for the years `holidays_from` to `holidays_to`, as they were known when the version
    was made; a day of the form "--12-24" comes back every year.
    """

    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    time_zone = models.CharField(_("time zone"), max_length=64)
    weekly = models.JSONField(_("weekly hours"))
    holiday_country = models.CharField(
        _("public holidays of"), max_length=12, blank=True, help_text=_("A country code, as in CZ or GB-ENG.")
    )
    holiday_overrides = models.JSONField(
        _("holiday overrides"),
        default=dict,
        blank=True,
        help_text=_("Days to add, with names, and days to leave out."),
    )
    holidays = models.JSONField(_("holidays"), default=list, editable=False)
    holidays_from = models.PositiveSmallIntegerField(_("holidays from year"), editable=False)
    holidays_to = models.PositiveSmallIntegerField(_("holidays to year"), editable=False)
    created_at = models.DateTimeField(_("made"), editable=False)

    class Meta:
        ordering = ("calendar", "-number")
        verbose_name = _("calendar version")
        verbose_name_plural = _("calendar versions")
        constraints = (
            models.UniqueConstraint(fields=["calendar", "number"], name="calendar_version_once"),
            models.CheckConstraint(
                condition=models.Q(holidays_to__gte=models.F("holidays_from")),
                name="calendar_version_years_in_order",
            ),
        )

    def __str__(self) -> str:
        return f"{self.calendar.code}/{self.number}"


class CalendarUse(models.Model):
    """Which calendar serves a country, a time zone of it, or a time zone wherever it is; both empty: everybody else."""

    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="uses")
    country = models.CharField(_("country"), max_length=2, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)

    class Meta:
        ordering = ("country", "time_zone")
        verbose_name = _("use of a calendar")
        verbose_name_plural = _("uses of calendars")
        constraints = (models.UniqueConstraint(fields=["country", "time_zone"], name="calendar_use_once"),)

    def __str__(self) -> str:
        return f"{self.country} {self.time_zone}".strip() or "*"


class Policy(Entry):
    """What a programme promises. Its terms stand in its versions."""

    name = models.JSONField(_("name"))

    class Meta(Entry.Meta):
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        constraints = (in_english("name", "policy_name_in_english"),)


def default_steps() -> list[dict[str, Any]]:
    """The steps of a policy that names none."""
    return [step.as_data() for step in DEFAULT_STEPS]


class PolicyVersion(models.Model):
    """Terms of a policy, in force from `effective_from` on. Never changed and never removed."""

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    effective_from = models.DateTimeField(_("in force from"))
    around_the_clock_languages = models.JSONField(
        _("languages served around the clock"),
        default=list,
        blank=True,
        help_text=_("Language codes. Empty: all. Requests in other languages keep to business hours."),
    )
    other_work_business_days = models.PositiveSmallIntegerField(
        _("business days for other work"),
        null=True,
        blank=True,
        help_text=_("Initial response to a request that is not break-fix. Empty: as for break-fix."),
    )
    steps = models.JSONField(
        _("steps"),
        default=default_steps,
        blank=True,
        help_text=_(
            "Who is told on the way to a due instant, and past it. Audiences: engineer, team-lead, manager, "
            "head-of-support."
        ),
    )
    unreachable_attempts = models.PositiveSmallIntegerField(
        _("attempts to reach somebody"),
        default=2,
        db_default=2,
        help_text=_("So many, before a request whose contact is not reachable may be lowered (SEV-4)."),
    )
    unreachable_minutes_apart = models.PositiveSmallIntegerField(
        _("minutes between the attempts"), default=30, db_default=30
    )
    created_at = models.DateTimeField(_("made"), editable=False)

    class Meta:
        ordering = ("policy", "-number")
        verbose_name = _("policy version")
        verbose_name_plural = _("policy versions")
        constraints = (
            models.UniqueConstraint(fields=["policy", "number"], name="policy_version_once"),
            models.CheckConstraint(
                condition=models.Q(unreachable_attempts__gt=0), name="policy_version_attempts_positive"
            ),
        )

    def __str__(self) -> str:
        return f"{self.policy.code}/{self.number}"


class Target(models.Model):
    """What one version of a policy promises for one severity (SEV-2, SEV-3). Never changed and never removed.

    A severity without a target is not offered.
    """

    class Hours(models.TextChoices):
        AROUND_THE_CLOCK = "24x7", _("Around the clock")
        BUSINESS = "business", _("Business hours")

    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="targets")
    severity = models.ForeignKey(Severity, on_delete=models.PROTECT, related_name="targets")
    hours = models.CharField(_("hours"), max_length=8, choices=Hours)
    initial_response_minutes = models.PositiveIntegerField(_("initial response, minutes"))
    update_every_minutes = models.PositiveIntegerField(_("update every … minutes"), null=True, blank=True)
    update_every_business_days = models.PositiveSmallIntegerField(
        _("update every … business days"), null=True, blank=True
    )
    needs_contact_around_the_clock = models.BooleanField(_("needs a contact day and night"), default=False)
    lowered_to = models.ForeignKey(
        Severity,
        verbose_name=_("lowered to"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Where nobody can be reached day and night (SEV-4)."),
    )

    class Meta:
        ordering = ("version", "severity__position")
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        constraints = (
            models.UniqueConstraint(fields=["version", "severity"], name="target_once_for_each_severity"),
            models.CheckConstraint(
                condition=models.Q(hours__in=["24x7", "business"]), name="target_hours_known"
            ),
            models.CheckConstraint(
                condition=models.Q(initial_response_minutes__gt=0), name="target_initial_response_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(update_every_minutes__isnull=True)
                | models.Q(update_every_business_days__isnull=True),
                name="target_one_update_cadence",
            ),
            models.CheckConstraint(
                condition=(models.Q(update_every_minutes__isnull=True) | models.Q(update_every_minutes__gt=0))
                & (
                    models.Q(update_every_business_days__isnull=True)
                    | models.Q(update_every_business_days__gt=0)
                ),
                name="target_update_cadence_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(needs_contact_around_the_clock=False) | models.Q(hours="24x7"),
                name="target_contact_only_around_the_clock",
            ),
            models.CheckConstraint(
                condition=models.Q(hours="business") | models.Q(update_every_business_days__isnull=True),
                name="target_around_the_clock_updates_in_minutes",
            ),
        )

    def __str__(self) -> str:
        return f"{self.severity.code}"
