"""What the service centre looks for among agreements, and what it corrects on one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from pactdesk.agreements.queries.centre import STATES, Sought
from pactdesk.agreements.rules.corrections import Change, Kind
from pactdesk.desk.words import Words
from pactdesk.kernel.decisions import Reason
from pactdesk.pages.fields import CleanText
from pactdesk.pages.forms import RefusableForm
from pactdesk.pages.searching import SearchField, words_in

STATES_IN_WORDS: Final[Mapping[str, Words]] = {
    "": _("All"),
    "ends-soon": _("Ends within 60 days"),
    "used-up": _("Nothing left"),
    "suspended": _("Suspended"),
    "frozen": _("Payment disputed"),
    "ended": _("Ended"),
}
_MOST_REASON: Final = 480
_SIGNED: Final = re.compile(r"[+\-−]?[0-9]{1,9}")


class AgreementsForm(forms.Form):
    """Words and a state, out of the address of the list. Nothing is ever refused: what makes no sense asks for
    nothing."""

    q = SearchField(
        label=_("Find an agreement"),
        help_text=_("By its whole Access ID, the name of an organization, or an owner's address."),
    )
    state = forms.ChoiceField(label=_("State"), required=False, choices=[*STATES_IN_WORDS.items()])

    def __init__(self, asked: Mapping[str, Any]) -> None:
        state = asked.get("state", "")
        self.sought = Sought(words_in(asked), state if state in STATES else "")
        super().__init__(initial=self.chosen)

    @property
    def chosen(self) -> dict[str, str]:
        """What is asked for, as it stands in an address."""
        given = {"q": self.sought.words, "state": self.sought.state}
        return {name: value for name, value in given.items() if value}


class _ReasonField(CleanText):
    def __init__(self, *, help_text: Words) -> None:
        super().__init__(
            most=_MOST_REASON,
            label=_("Reason"),
            help_text=help_text,
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
            error_messages={"required": _("Say why, in a few words.")},
        )


class GivenReason(RefusableForm):
    """Why something is done. The people of the service centre read it, and the holders in the statement."""

    reason = _ReasonField(help_text=_("It stands in the statement, for everybody who may see it."))


class ReasonForm(RefusableForm):
    """Why something is done, for the people of the service centre alone."""

    reason = _ReasonField(help_text=_("The people of the service centre read it."))


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


class WholeNumberField(forms.IntegerField):
    """A whole number from 1 to `most` that people type, or nothing."""

    def __init__(self, *, most: int, **about: Any) -> None:
        super().__init__(
            required=False,
            min_value=1,
            max_value=most,
            widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
            error_messages={"invalid": _("Enter a whole number, such as 5.")},
            **about,
        )


class SuspensionForm(GivenReason):
    """Why nobody may draw on it any more, or may again."""


class CorrectionForm(GivenReason):
    """A correction with its reason; `key` makes the same form sent twice one."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    kind: Kind
    field: str

    def __init__(
        self, data: Mapping[str, Any] | None, *, zone: str, initial: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.zone = ZoneInfo(zone)

    def change(self) -> Change:
        """What is to be corrected. Only after `is_valid`."""
        return Change(self.kind, units=self.cleaned_data["units"])

    def place_of(self, reason: Reason) -> str | None:
        """What is corrected is one field; only that the form was sent before is about all of it."""
        return None if reason.code == "correction.key-used-otherwise" else self.field


class AddForm(CorrectionForm):
    """Units that come on top of what was granted."""

    kind = "add"
    field = "units"
    field_order = ("units", "reason")
    units = forms.IntegerField(
        label=_("How many come on top"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "required": _("Enter a whole number, such as 5."),
            "invalid": _("Enter a whole number, such as 5."),
        },
    )


class AdjustForm(CorrectionForm):
    """By how much the balance is wrong."""

    kind = "adjust"
    field = "units"
    field_order = ("units", "reason")
    units = forms.CharField(
        label=_("By how much"),
        help_text=_("With a sign: +2 gives two back, -2 takes two away."),
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter a whole number with a sign, such as -2.")},
    )

    def only_takes(self) -> None:
        """It was bought: units come with a purchase, so that nothing is given back here."""
        self.fields["units"].help_text = _("With a minus sign: -2 takes two away. It was bought.")

    def clean_units(self) -> int:
        typed = str(self.cleaned_data["units"]).replace(" ", "")
        if (not typed.isascii() and "−" not in typed) or not _SIGNED.fullmatch(typed):
            raise forms.ValidationError(_("Enter a whole number with a sign, such as -2."))
        return int(typed.replace("−", "-"))


class ExtendForm(CorrectionForm):
    """A later last day, in the zone in which the agreement counts its days."""

    kind = "extend"
    field = "last_day"
    field_order = ("last_day", "reason")
    last_day = DayField(label=_("Last day"))

    def change(self) -> Change:
        after = self.cleaned_data["last_day"] + timedelta(days=1)
        return Change("extend", ends_at=datetime.combine(after, time(), tzinfo=self.zone))


class DecisionForm(RefusableForm):
    """Yes or no to what somebody else asked for, with words for that person."""

    words = CleanText(
        most=_MOST_REASON,
        required=False,
        label=_("Words for whoever asked"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
