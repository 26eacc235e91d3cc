"""What engineers choose when they work on a request. What was seen comes along, so that nobody overwrites anybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pactdesk.cases.rules.messages import MOST_REASON
from pactdesk.cases.rules.outcomes import CAUSES, DECREMENT, NON_DECREMENT
from pactdesk.desk.words import CAUSES as CAUSES_IN_WORDS
from pactdesk.desk.words import OUTCOMES
from pactdesk.pages.fields import CleanEmail, CleanText
from pactdesk.pages.forms import RefusableForm

Choices = Iterable[tuple[Any, Any]]


class WorkForm(RefusableForm):
    """A form about one request; `seen` is the revision that its page showed."""

    @property
    def seen(self) -> int:
        return seen_in(self.data)


class OwnerForm(WorkForm):
    """Who is to own it."""

    owner = forms.TypedChoiceField(
        label=_("Owner"), coerce=int, error_messages={"required": _("Choose an engineer.")}
    )

    def __init__(self, data: Mapping[str, Any] | None, *, members: Choices, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["owner"].choices = [("", _("Choose an engineer")), *members]  # type: ignore[attr-defined]


class StatusForm(WorkForm):
    """Where it is to stand."""

    move = forms.ChoiceField(
        label=_("Status"), widget=forms.RadioSelect, error_messages={"required": _("Choose a status.")}
    )

    def __init__(self, data: Mapping[str, Any] | None, *, moves: Choices, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["move"].choices = list(moves)  # type: ignore[attr-defined]


class TransferForm(WorkForm):
    """Which team is to answer, and why."""

    team = forms.TypedChoiceField(
        label=_("Team"), coerce=int, error_messages={"required": _("Choose a team.")}
    )
    note = CleanText(
        most=MOST_REASON,
        lines=True,
        label=_("Note for the team"),
        help_text=_("Only the desk reads it: what you found, and why it is theirs."),
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Say why, in a few words.")},
    )

    def __init__(self, data: Mapping[str, Any] | None, *, teams: Choices, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["team"].choices = [("", _("Choose a team")), *teams]  # type: ignore[attr-defined]


class ReasonForm(WorkForm):
    """Why it is reopened, for everybody who sees the request."""

    reason = CleanText(
        most=MOST_REASON,
        lines=True,
        label=_("Reason for the contacts"),
        help_text=_("Everybody who sees the request reads it."),
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Say why, in a few words.")},
    )


class TellForm(WorkForm):
    """Why somebody above is told, for everybody who sees the request."""

    reason = CleanText(
        most=MOST_REASON,
        lines=True,
        label=_("What they have to know"),
        help_text=_("Everybody who sees the request reads it."),
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Say why, in a few words.")},
    )


class CloseForm(ReasonForm):
    """How it ends for the plan, and why it is closed."""

    outcome = forms.ChoiceField(
        label=_("Does it count?"),
        choices=list(OUTCOMES.items()),
        widget=forms.RadioSelect,
        error_messages={"required": _("Say whether the request counts.")},
    )
    cause = forms.ChoiceField(
        label=_("Why it does not count"),
        required=False,
        choices=[("", _("Choose a cause")), *((code, CAUSES_IN_WORDS[code]) for code in CAUSES)],
    )

    field_order = ("outcome", "cause", "reason")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("outcome") == DECREMENT:
            cleaned["cause"] = ""  # its field is hidden, whatever was chosen in it before
        elif cleaned.get("outcome") == NON_DECREMENT and not cleaned.get("cause"):
            self.add_error("cause", _("Say why the request does not count."))
        return cleaned


class OtherRequestForm(WorkForm):
    """Another request, by its number."""

    other = CleanText(
        most=20,
        label=_("Number of the request"),
        help_text=_("For example PD-100123."),
        error_messages={"required": _("Enter the number of a request.")},
    )

    def refuse_number(self) -> None:
        """The number is none, or of no request at this desk: one answer for both."""
        self.add_error("other", _("No request with this number stands with your teams."))


class ContactForm(WorkForm):
    """Somebody who is to see it."""

    name = CleanText(most=200, label=_("Name"), error_messages={"required": _("Enter the person's name.")})
    email = CleanEmail(
        max_length=254,
        label=_("E-mail"),
        error_messages={"required": _("Enter the person's e-mail address.")},
    )


def seen_in(data: Mapping[str, Any]) -> int:
    """The revision that a form names. One that names none has seen none, and so is refused as out of date."""
    text = str(data.get("seen", ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
