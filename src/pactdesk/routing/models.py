"""Rules as data, and the terms on which engineers work."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from pactdesk.kernel.worded import LANGUAGES
from pactdesk.routing.rules.teams import TRAITS
from pactdesk.servicelevels.rules import CalendarData, InvalidCalendar
from pactdesk.servicelevels.rules.calendars import WEEKDAYS


# Around the clock, until somebody says otherwise: nobody is kept from work by a form that was not filled in.
def always() -> dict[str, list[list[str]]]:
    """A week without an end of work."""
    return {day: [["00:00", "24:00"]] for day in WEEKDAYS}


def check_conditions(value: object) -> None:
    """Raises ValidationError unless `value` maps traits to lists of codes, none of them empty."""
    if not isinstance(value, dict):
        raise ValidationError(_('This has to be a mapping, such as {"problem_type": ["billing"]}.'))
    for trait, values in value.items():
        if trait not in TRAITS:
            raise ValidationError(
                _("%(trait)s is nothing a rule can ask about. Use one of: %(traits)s."),
                params={"trait": trait, "traits": ", ".join(TRAITS)},
            )
        if (
            not isinstance(values, list)
            or not values
            or not all(isinstance(each, str) and each for each in values)
        ):
            raise ValidationError(_("%(trait)s needs a list of at least one code."), params={"trait": trait})


def check_languages(value: object) -> None:
    """Raises ValidationError unless `value` is a list of languages of ours."""
    if not isinstance(value, list) or not set(value) <= set(LANGUAGES):
        raise ValidationError(
            _("This has to be a list of languages: %(languages)s."),
            params={"languages": ", ".join(LANGUAGES)},
        )


def check_week(value: object) -> None:
    """Raises ValidationError unless `value` is a week of working hours."""
    try:
        CalendarData.from_data({"tz": "UTC", "weekly": value})
    except InvalidCalendar as error:
        raise ValidationError(str(error)) from error


class Rule(models.Model):
    """Requests that fulfil all conditions go to a team; the first rule that applies decides (RTE-1)."""

    code = models.SlugField(_("code"), max_length=60)
    position = models.PositiveIntegerField(_("position"), help_text=_("Lower numbers are tried first."))
    team = models.ForeignKey(
        "accounts.Team", verbose_name=_("team"), on_delete=models.PROTECT, related_name="+"
    )
    conditions = models.JSONField(
        _("conditions"),
        default=dict,
        blank=True,
        help_text=_("For each trait the codes of which it has to have one; all traits have to fit."),
    )

    class Meta:
        ordering = ("position", "code")
        verbose_name = _("routing rule")
        verbose_name_plural = _("routing rules")
        constraints = (models.UniqueConstraint(fields=["code"], name="routing_rule_code_once"),)

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        # Field validators are not asked about what is empty, such as a list.
        check_conditions(self.conditions)


class Engineer(models.Model):
    """On which terms an account works at the desk. Hours are in the account's own time zone."""

    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, verbose_name=_("account"), on_delete=models.CASCADE, related_name="+"
    )
    languages = models.JSONField(_("languages"), default=list, blank=True, validators=[check_languages])
    products = models.JSONField(_("products"), default=list, blank=True)
    problem_types = models.JSONField(_("problem types"), default=list, blank=True)
    weekly = models.JSONField(_("working hours"), default=always, validators=[check_week])
    capacity = models.PositiveSmallIntegerField(_("requests in hand at most"), default=8)
    backup = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("backup"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    away_from = models.DateTimeField(_("away from"), null=True, blank=True)
    away_until = models.DateTimeField(_("away until"), null=True, blank=True)

    class Meta:
        verbose_name = _("engineer")
        verbose_name_plural = _("engineers")
        constraints = (
            models.CheckConstraint(condition=models.Q(capacity__gte=1), name="engineer_has_capacity"),
            models.CheckConstraint(
                condition=models.Q(away_until__isnull=True) | models.Q(away_until__gt=models.F("away_from")),
                name="engineer_away_in_order",
            ),
        )

    def __str__(self) -> str:
        return str(self.account_id)
