"""The pair as people type it, the owner's limit on how many may add it, and what the owner is told of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from pactdesk.kernel.decisions import Reason
from pactdesk.pages.fields import CleanText
from pactdesk.pages.forms import RefusableForm
from pactdesk.pages.reasons import worded

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


def _field_of(reason: Reason) -> str | None:
    for field in ("access-id", "contract-id"):
        if reason.code.startswith(f"pair.{field}-"):
            return field.replace("-", "_")
    return None
