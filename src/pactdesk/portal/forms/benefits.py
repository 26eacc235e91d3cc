"""The pair as people type it, what its owner decides about an agreement, and what narrows agreements and statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.utils.dateparse import parse_date
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from pactdesk.agreements.queries.statements import NOBODY, Sought, kinds
from pactdesk.kernel.decisions import Reason
from pactdesk.pages.fields import CleanText, LongSelect
from pactdesk.pages.forms import RefusableForm
from pactdesk.pages.links import number_in
from pactdesk.pages.reasons import worded
from pactdesk.pages.searching import SearchField, words_in

_MOST_TYPED = 200  # more than any ID with its grouping; what is too long as an ID is the room's to say


def _digits() -> forms.TextInput:
    # Not a password field: people compare what they typed with what they were sent.
    return forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "spellcheck": "false"})


class PairForm(forms.Form):
    """Access ID and Contract ID, kept as typed. What makes a pair is decided by `agreements`, and `refuse` shows it."""

    access_id = CleanText(
        most=_MOST_TYPED,
        required=False,
        label=_("Access ID"),
        help_text=_("Every digit counts, also zeros at the start. Spaces and dashes do not matter."),
        widget=_digits(),
    )
    contract_id = CleanText(
        most=_MOST_TYPED,
        required=False,
        label=_("Contract ID"),
        help_text=_("It came in the same e-mail as the Access ID, as a longer row of digits."),
        widget=_digits(),
    )

    def refuse(self, reasons: Iterable[Reason], *, zone: str) -> None:
        """Show why the pair was not accepted: at the field that is wrong, or above the form with the way out."""
        for reason in reasons:
            told = worded(reason, zone=zone)
            field = _field_of(reason)
            if field is None and told.remedy_url:
                text = format_html(
                    '{}<br><a href="{}">{}</a>', told.sentence, told.remedy_url, told.remedy_label
                )
                self.add_error(None, text)
            else:
                self.add_error(field, told.sentence)


class SeatLimitForm(RefusableForm):
    """How many accounts may add an agreement. What is allowed is decided by `agreements`, and `refuse` shows it."""

    limit = forms.IntegerField(
        label=_("Accounts that may add it"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "required": _("Enter how many accounts may add the agreement."),
            "invalid": _("Enter a whole number, such as 5."),
        },
    )

    def place_of(self, reason: Reason) -> str:
        return "limit"


_AS_ALL: Final = "all"
_ANSWERS: Final[Mapping[str, bool | None]] = {_AS_ALL: None, "yes": True, "no": False}


class AgreementLettersForm(forms.Form):
    """Whether the owner of an agreement is told of it by e-mail: as of all agreements, or otherwise for this one."""

    registrations = forms.ChoiceField(
        label=_("When somebody adds it"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of these."), "invalid_choice": _("Choose one of these.")},
    )
    uses = forms.ChoiceField(
        label=_("When somebody else's request is paid by it"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of these."), "invalid_choice": _("Choose one of these.")},
    )

    def __init__(self, data: Any, *, of_all: Mapping[str, bool], here: Mapping[str, bool]) -> None:
        """`of_all` and `here`: whether the owner is told, by the code of the choice, of all agreements and of this
        one."""
        chosen = {name: "yes" if wanted else "no" for name, wanted in here.items()}
        super().__init__(data, initial={name: chosen.get(name, _AS_ALL) for name in self.base_fields})
        for name, field in self.fields.items():
            assert isinstance(field, forms.ChoiceField)
            field.choices = [
                (
                    _AS_ALL,
                    _("As of all my agreements: tell me")
                    if of_all[name]
                    else _("As of all my agreements: do not tell me"),
                ),
                ("yes", _("Tell me")),
                ("no", _("Do not tell me")),
            ]

    @property
    def wanted(self) -> dict[str, bool | None]:
        """What was chosen for this agreement, by the code of the choice; None: as of all."""
        return {name: _ANSWERS[value] for name, value in self.cleaned_data.items()}


class HoldingsForm(forms.Form):
    """Words and a programme that narrow a list of agreements, out of an address. What is not on offer narrows nothing;
    nothing here is ever refused. `chosen` is what narrows the list, by the names of the address."""

    q = SearchField(
        label=_("Search your agreements"),
        help_text=_("A part of its name or of its Access ID, or who set it aside."),
    )
    programme = forms.ChoiceField(required=False, label=_("Programme"), widget=LongSelect)

    def __init__(self, asked: Mapping[str, Any], *, programmes: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        found = {"q": words_in(asked), "programme": _on_offer(self, "programme", programmes, asked)}
        self.chosen = {name: value for name, value in found.items() if value}
        self.initial = dict(self.chosen)


def _day() -> forms.DateField:
    return forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class StatementForm(forms.Form):
    """What narrows a statement, out of an address: a kind of entry, days as they are in `zone`, and a person of those
    who stand in it. What makes no sense narrows nothing; nothing here is ever refused."""

    kind = forms.ChoiceField(required=False, label=_("What"))
    since = _day()
    until = _day()
    person = forms.ChoiceField(required=False, label=_("Who"), widget=LongSelect)

    def __init__(
        self, asked: Mapping[str, Any], *, zone: ZoneInfo, people: Sequence[tuple[int, str]] | None = None
    ) -> None:
        """Without `people`, it is not asked for a person."""
        super().__init__()
        self.fields["since"].label, self.fields["until"].label = _("From"), _("Until")
        found = {"kind": _on_offer(self, "kind", kinds(), asked)}
        days = {name: _day_in(str(asked.get(name, ""))) for name in ("since", "until")}
        found.update({name: day.isoformat() for name, day in days.items() if day})
        if people is None:
            del self.fields["person"]
        else:
            offered = [(str(id_), name) for id_, name in ((NOBODY, _("Automatic")), *people)]
            found["person"] = _on_offer(self, "person", offered, asked)
        self.chosen = {name: value for name, value in found.items() if value}
        self.initial = dict(self.chosen)
        self.sought = Sought(
            kind=found["kind"],
            since=_begin(days["since"], zone),
            until=_begin(days["until"] + timedelta(days=1) if days["until"] else None, zone),
            person=number_in(found.get("person", "")),
        )


def _on_offer(
    form: forms.Form, name: str, offered: Sequence[tuple[Any, Any]], asked: Mapping[str, Any]
) -> str:
    """Offer these in a field, beside all of them; answers the one that is asked for."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [("", _("Any")), *offered]
    value = str(asked.get(name, ""))
    return value if field.valid_value(value) else ""


def _day_in(text: str) -> date | None:
    """A day of a year that clocks know in every zone."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day and 1970 <= day.year <= 9000 else None


def _begin(day: date | None, zone: ZoneInfo) -> datetime | None:
    return datetime.combine(day, time(), tzinfo=zone) if day else None


def _field_of(reason: Reason) -> str | None:
    for field in ("access-id", "contract-id"):
        if reason.code.startswith(f"pair.{field}-"):
            return field.replace("-", "_")
    return None
