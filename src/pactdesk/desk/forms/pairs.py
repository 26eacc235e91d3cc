"""Sending and replacing the pair of an agreement, and how many accounts may add it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from pactdesk.agreements.rules import MOST_SEATS
from pactdesk.desk.forms.agreements import ReasonForm, WholeNumberField
from pactdesk.pages.fields import CleanEmail
from pactdesk.pages.forms import RefusableForm


class SendForm(RefusableForm):
    """To whom the pair is mailed once more."""

    to = forms.IntegerField(
        min_value=1,
        max_value=2**62,
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), _("Choose who is mailed the IDs.")
        ),
    )


class ReplaceForm(ReasonForm):
    """Why the pair is replaced. `access_id` is that of the pair to be replaced: the form sent twice replaces once."""

    field_order = ("reason", "access_id")
    access_id = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, data: Mapping[str, Any] | None, *, access_id: str) -> None:
        super().__init__(data, initial={"access_id": access_id})


class OwnerForm(ReasonForm):
    """Who owns an agreement from now on."""

    places: ClassVar[Mapping[str, str]] = {
        "agreement.owner-elsewhere": "owner",
        "agreement.owner-needed": "owner",
        "agreement.for-oneself": "owner",
    }
    field_order = ("owner", "reason")
    owner = CleanEmail(label=_("Owner of the agreement"), required=False)

    def __init__(self, data: Mapping[str, Any] | None, *, owner: str, of_organization: bool) -> None:
        super().__init__(data, initial={"owner": owner})
        self.fields["owner"].help_text = (
            _("The address of an account of the organization. Empty: nobody.")
            if of_organization
            else _("The address of an account.")
        )


class SeatLimitForm(ReasonForm):
    """How many accounts may have added an agreement at a time."""

    places: ClassVar[Mapping[str, str]] = {
        "agreement.seat-limit-out-of-range": "limit",
        "agreement.seat-limit-below-taken": "limit",
    }
    field_order = ("limit", "reason")
    limit = WholeNumberField(
        most=MOST_SEATS, label=_("Accounts that may add it"), help_text=_("Empty: any number.")
    )

    def __init__(self, data: Mapping[str, Any] | None, *, limit: int | None) -> None:
        super().__init__(data, initial={"limit": limit})
