"""What it takes to issue an agreement at the service centre."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from pactdesk.agreements.rules import MOST_SEATS
from pactdesk.agreements.rules.corrections import MOST_UNITS
from pactdesk.agreements.rules.issuing import may_be_granted
from pactdesk.catalog import queries as catalog
from pactdesk.desk.forms.agreements import DayField, ReasonForm, WholeNumberField
from pactdesk.desk.words import language
from pactdesk.kernel.worded import text_in
from pactdesk.pages.fields import CleanEmail


def _programmes() -> list[tuple[str, str]]:
    granted = [each for each in catalog.current().programmes.values() if may_be_granted(each)]
    named = sorted(
        ((each.code, text_in(each.name, language())) for each in granted), key=lambda each: each[1]
    )
    return [("", str(_("Choose a programme"))), *named]


class IssueForm(ReasonForm):
    """An agreement to be issued. `key` makes the same form sent twice one; for a person alone the owner has to be
    said."""

    places: ClassVar[Mapping[str, str]] = {
        "issuance.not-this-programme": "programme",
        "issuance.members-are-organizations": "programme",
        "issuance.membership-has-none": "programme",
        "issuance.owner-elsewhere": "owner",
        "issuance.for-nobody": "owner",
        "issuance.units-out-of-range": "units",
        "issuance.too-far-away": "starts_on",
        "agreement.seat-limit-out-of-range": "seat_limit",
    }
    field_order = ("programme", "units", "starts_on", "owner", "seat_limit", "reason", "key")
    programme = forms.ChoiceField(
        label=_("Programme"),
        choices=_programmes,
        error_messages={
            "required": _("Choose a programme."),
            "invalid_choice": _("Choose one of the programmes."),
        },
    )
    units = WholeNumberField(
        most=MOST_UNITS,
        label=_("How many incidents or hours"),
        help_text=_("Empty: as many as the programme has."),
    )
    starts_on = DayField(label=_("First day"), help_text=_("The last day follows from the programme."))
    owner = CleanEmail(label=_("Owner of the agreement"), required=False)
    seat_limit = WholeNumberField(
        most=MOST_SEATS, label=_("Accounts that may add it"), help_text=_("Empty: any number.")
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        for_organization: bool,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        owner = self.fields["owner"]
        owner.required = not for_organization
        owner.error_messages["required"] = _("Enter the address of an account.")
        owner.help_text = (
            _("The address of an account of the organization. Empty: the primary programme contact.")
            if for_organization
            else _("The address of an account. The pair is mailed there.")
        )

    @property
    def units_wanted(self) -> int:
        """What was typed, or what the programme has. Only after `is_valid`."""
        programme = catalog.current().programmes[self.cleaned_data["programme"]]
        typed: int | None = self.cleaned_data["units"]
        return (programme.quantity or 0) if typed is None else typed
