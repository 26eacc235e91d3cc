"""Why a purchase is paid back."""

from __future__ import annotations

from typing import Final

from django import forms
from django.utils.translation import gettext_lazy as _

from pactdesk.desk.forms.agreements import ReasonForm
from pactdesk.desk.words import Words
from pactdesk.purchases.rules.refunds import BY_HAND, Cause

_CAUSES: Final[dict[Cause, Words]] = {
    Cause.SERVICE_CENTRE: _("The service centre has decided so"),
    Cause.INELIGIBLE: _("What was asked is not what paid incidents are for"),
}


class RefundForm(ReasonForm):
    """Why the money goes back: one of the causes that somebody may name, and words."""

    field_order = ("cause", "reason")
    cause = forms.ChoiceField(
        label=_("Cause"),
        choices=[(cause.value, _CAUSES[cause]) for cause in BY_HAND],
        widget=forms.RadioSelect,
        initial=Cause.SERVICE_CENTRE.value,
        error_messages={"required": _("Choose a cause."), "invalid_choice": _("Choose a cause.")},
    )
