"""What narrows the list of customers and of their requests, and how a customer is named that is not in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from pactdesk.delegation.queries.customers import RIGHTS, Rights, Sought
from pactdesk.delegation.rules import TIERS
from pactdesk.pages.fields import CleanText
from pactdesk.pages.forms import RefusableForm
from pactdesk.pages.searching import SearchField, words_in

TIERS_IN_WORDS = {
    "provider": _("We are its indirect provider"),
    "reseller": _("We are its indirect reseller"),
    "direct": _("We are its direct partner"),
}
RIGHTS_IN_WORDS = {
    "in-force": _("In force"),
    "ending": _("End within 30 days"),
    "none": _("None"),
}


class CustomersForm(forms.Form):
    """Words and filters, out of an address. What is not on offer narrows nothing; nothing here is ever refused.

    `chosen` is what narrows the list, by the names of the address.
    """

    q = SearchField(
        label=_("Search your customers"),
        help_text=_("Words of the name, or how a domain name or a number begins."),
    )
    tier = forms.ChoiceField(
        required=False, label=_("How you look after them"), choices=[("", _("Any")), *TIERS_IN_WORDS.items()]
    )
    rights = forms.ChoiceField(
        required=False, label=_("Rights that you hold"), choices=[("", _("Any")), *RIGHTS_IN_WORDS.items()]
    )

    def __init__(self, asked: Mapping[str, Any]) -> None:
        super().__init__()
        tier, rights = str(asked.get("tier", "")), str(asked.get("rights", ""))
        found = {
            "q": words_in(asked),
            "tier": tier if tier in TIERS else "",
            "rights": rights if rights in RIGHTS else "",
        }
        self.chosen = {name: value for name, value in found.items() if value}
        self.initial = dict(self.chosen)

    @property
    def sought(self) -> Sought:
        chosen = self.chosen
        return Sought(chosen.get("q", ""), chosen.get("tier", ""), cast("Rights", chosen.get("rights", "")))


class ReachForm(RefusableForm):
    """A customer by its domain name and one of its subscriptions (OBO-5)."""

    domain = CleanText(
        most=253,
        label=_("Domain name of the customer"),
        help_text=_("For example olive-grove-foods.example."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={"required": _("Enter the domain name.")},
    )
    subscription = CleanText(
        most=64,
        label=_("Number of the subscription"),
        help_text=_("One on which you have a role yourself, or through a support group."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={"required": _("Enter the number of the subscription.")},
    )
