"""How an organization stands in the partner network: terms, competencies, kits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from pactdesk.accounts.rules.network import LEVELS, Term, last_day_of
from pactdesk.desk.forms.agreements import DayField, ReasonForm
from pactdesk.pages.fields import CleanText
from pactdesk.pages.forms import RefusableForm
from pactdesk.pages.words import level_name


class EnrolForm(ReasonForm):
    """One more term, as it was renewed."""

    places: ClassVar[Mapping[str, str]] = {
        "enrolment.ends-before-it-begins": "ends_on",
        "enrolment.too-long": "ends_on",
        "enrolment.too-far-away": "renewed_on",
        "enrolment.anew": "renewed_on",
        "enrolment.overlaps": "level",
    }
    field_order = ("level", "renewed_on", "ends_on", "reason")
    level = forms.ChoiceField(
        label=_("Level"),
        choices=lambda: [
            ("", str(_("Choose a level"))),
            *((each, level_name(each)) for each in LEVELS),
        ],
        error_messages={"required": _("Choose a level."), "invalid_choice": _("Choose a level.")},
    )
    renewed_on = DayField(label=_("Renewed on"))
    ends_on = DayField(label=_("Last day"), required=False, help_text=_("Empty: after a year."))

    @property
    def term(self) -> Term:
        """The term that is asked for. Only after `is_valid`."""
        given = self.cleaned_data
        return Term(given["level"], given["renewed_on"], given["ends_on"] or last_day_of(given["renewed_on"]))


class EndTermForm(ReasonForm):
    """An earlier last day of a term."""

    places: ClassVar[Mapping[str, str]] = {"enrolment.not-within": "last_day"}
    field_order = ("last_day", "reason")
    last_day = DayField(label=_("Last day"))


class ActivationForm(ReasonForm):
    """Why something is activated on behalf of an organization. `key` makes the same form sent twice one."""

    key = forms.UUIDField(widget=forms.HiddenInput)


class CompetencyForm(RefusableForm):
    """What a location has earned, and when."""

    places: ClassVar[Mapping[str, str]] = {"competency.known": "name", "competency.not-yet": "earned_on"}
    name = CleanText(
        most=100,
        label=_("Competency"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Say what it is called.")},
    )
    earned_on = DayField(label=_("Earned on"))
