"""How an organization stands in the partner network: terms, competencies, kits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from pactdesk.accounts.rules.network import LEVELS, Term, last_day_of
from pactdesk.desk.forms.agreements import GivenReason
from pactdesk.pages.fields import CleanText
from pactdesk.pages.forms import RefusableForm
from pactdesk.pages.words import level_name


class DayField(forms.DateField):
    """A day, as browsers send it."""

    def __init__(self, **about: Any) -> None:
        wrong = _("Enter a day, such as 2027-03-31.")
        super().__init__(
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            input_formats=["%Y-%m-%d"],
            error_messages={"required": wrong, "invalid": wrong},
            **about,
        )

    def clean(self, value: Any) -> Any:
        day: date | None = super().clean(value)
        if day is not None and not 2000 <= day.year <= 2999:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return day


class _ForTheCentre(GivenReason):
    def __init__(self, data: Mapping[str, Any] | None, *, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.fields["reason"].help_text = _("The people of the service centre read it.")


class ReasonForm(_ForTheCentre):
    """Why something is done, and nothing else."""


class EnrolForm(_ForTheCentre):
    """One more term, as it was renewed."""

    places: ClassVar[Mapping[str, str]] = {
        "enrolment.ends-before-it-begins": "ends_on",
        "enrolment.too-long": "ends_on",
        "enrolment.too-far-away": "renewed_on",
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


class EndTermForm(_ForTheCentre):
    """An earlier last day of a term."""

    places: ClassVar[Mapping[str, str]] = {"enrolment.not-within": "last_day"}
    field_order = ("last_day", "reason")
    last_day = DayField(label=_("Last day"))


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
