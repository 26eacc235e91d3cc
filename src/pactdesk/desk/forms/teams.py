"""On which terms somebody works at the desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from pactdesk.catalog import queries as catalog
from pactdesk.desk.words import language
from pactdesk.kernel.worded import text_in
from pactdesk.pages.context import OWN_NAMES
from pactdesk.pages.fields import Instant
from pactdesk.pages.forms import RefusableForm
from pactdesk.routing.rules.terms import Shift, Terms

DAYS: Mapping[str, Any] = {
    "mon": _("Monday"),
    "tue": _("Tuesday"),
    "wed": _("Wednesday"),
    "thu": _("Thursday"),
    "fri": _("Friday"),
    "sat": _("Saturday"),
    "sun": _("Sunday"),
}
_FROM, _UNTIL = _("%(day)s, from"), _("%(day)s, until")


class AwayForm(RefusableForm):
    """From when until when, by the clock of whoever is away."""

    away_from = Instant(label=_("Away from"), required=False)
    away_until = Instant(label=_("Until"), required=False)

    def __init__(self, data: Any = None, *, zone: str, terms: Terms) -> None:
        super().__init__(data, initial={"away_from": terms.away_from, "away_until": terms.away_until})
        for field in self.fields.values():
            assert isinstance(field, Instant)
            field.zone = ZoneInfo(zone)


class TermsForm(RefusableForm):
    """Languages, skills, shift, capacity and backup. What is not ticked anywhere stands for everything."""

    languages = forms.MultipleChoiceField(
        label=_("Languages"),
        required=False,
        choices=OWN_NAMES,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: every language."),
    )
    problem_types = forms.MultipleChoiceField(
        label=_("Kinds of questions"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: every kind."),
    )
    products = forms.MultipleChoiceField(
        label=_("Products"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text=_("None: every product."),
    )
    capacity = forms.IntegerField(
        label=_("Requests in hand at most"),
        min_value=1,
        max_value=99,
        error_messages={
            code: _("Enter a number from 1 to 99.")
            for code in ("required", "invalid", "min_value", "max_value")
        },
    )
    backup = forms.TypedChoiceField(
        label=_("Who stands in"),
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": _("Choose somebody of the same team.")},
    )

    def __init__(self, data: Any = None, *, terms: Terms, colleagues: Sequence[tuple[int, str]]) -> None:
        super().__init__(
            data,
            initial={
                "languages": sorted(terms.languages),
                "products": sorted(terms.products),
                "problem_types": sorted(terms.problem_types),
                "capacity": terms.capacity,
                "backup": terms.backup_id,
            },
        )
        catalogue = catalog.current()
        for name, entries in (("problem_types", catalogue.problem_types), ("products", catalogue.products)):
            self._offer(name, [(code, text_in(each.name, language())) for code, each in entries.items()])
        self._offer("backup", [("", _("Nobody")), *colleagues])
        for day, name in DAYS.items():
            begin, end = terms.shifts.get(day, ("", ""))
            for part, value, label in (("from", begin, _FROM), ("until", end, _UNTIL)):
                self.fields[f"{day}_{part}"] = forms.RegexField(
                    r"^([01][0-9]|2[0-3]):[0-5][0-9]$",
                    label=label % {"day": name},
                    required=False,
                    initial="00:00" if value == "24:00" else value,
                    widget=_TimeInput,
                    error_messages={"invalid": _("Enter a time, such as 09:00.")},
                )

    @property
    def days(self) -> list[tuple[Any, Any, Any]]:
        """The fields of each day: its name, from, until."""
        return [(name, self[f"{day}_from"], self[f"{day}_until"]) for day, name in DAYS.items()]

    def answer(self) -> Terms:
        """The terms, once the form is valid. A day of which one half is empty is kept as such, and refused."""
        cleaned = self.cleaned_data
        shifts: dict[str, Shift] = {}
        for day in DAYS:
            begin, end = cleaned[f"{day}_from"], cleaned[f"{day}_until"]
            if begin or end:
                shifts[day] = (begin, "24:00" if end == "00:00" else end)
        return Terms(
            languages=frozenset(cleaned["languages"]),
            products=frozenset(cleaned["products"]),
            problem_types=frozenset(cleaned["problem_types"]),
            shifts=shifts,
            capacity=cleaned["capacity"],
            backup_id=cleaned["backup"],
        )

    def _offer(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


class _TimeInput(forms.TextInput):
    input_type = "time"
