"""Forms about units that are set aside."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pactdesk.delegation.queries import Receiver, receiver_named
from pactdesk.notifications.wording import SENTENCES
from pactdesk.pages.fields import CleanText

_UNITS = dict.fromkeys(("required", "invalid", "min_value", "max_value"), SENTENCES["set-aside.no-units"])


def _units(label: Any, *, required: bool = True, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=required,
        min_value=1,
        max_value=1_000_000,
        help_text=help_text,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages=_UNITS,
    )


class SetAsideForm(forms.Form):
    """For whom, how many, and how many at most. `key` makes the same form sent twice one transfer."""

    key = forms.CharField(max_length=40, widget=forms.HiddenInput)
    organization = CleanText(
        most=253,
        label=_("For which organization"),
        help_text=_("Its name, its partner number or its domain name: one of your customers or resellers."),
        widget=forms.TextInput(attrs={"list": "receivers", "autocomplete": "off"}),
        error_messages={"required": _("Enter the name of one of your customers or resellers.")},
    )
    units = _units(_("How many"))
    most_units = _units(
        _("At most"),
        required=False,
        help_text=_("How many may stand aside for it in all, used ones included. Left empty: any number."),
    )
    receiver: Receiver | None = None

    def __init__(self, data: Any = None, *, giver_id: int | None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.giver_id = giver_id

    def clean_organization(self) -> str:
        typed = str(self.cleaned_data["organization"])
        self.receiver = receiver_named(self.giver_id, typed) if self.giver_id is not None else None
        if self.receiver is None:
            raise forms.ValidationError(SENTENCES["set-aside.no-relationship"])
        return typed


class RecallForm(forms.Form):
    """How many are called back."""

    key = forms.CharField(max_length=40, widget=forms.HiddenInput)
    units = _units(_("How many to call back"))


class LimitForm(forms.Form):
    """How many may stand aside at most."""

    most_units = _units(_("At most"), required=False, help_text=_("Left empty: any number."))
