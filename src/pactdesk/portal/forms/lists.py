"""What narrows the list of requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pactdesk.catalog import queries as catalog
from pactdesk.pages.fields import LongSelect
from pactdesk.pages.searching import SearchField, words_in
from pactdesk.portal.forms.intake import product_choices
from pactdesk.portal.standing import ROLES

_GROUPS = {"yours": _("Waiting for you"), "ours": _("Waiting on us, or in progress"), "solved": _("Solved")}


class ListForm(forms.Form):
    """Words and filters, out of an address. What is not on offer narrows nothing; nothing here is ever refused.

    `chosen` is what narrows the list, by the names of the address.
    """

    q = SearchField(
        label=_("Search your requests"),
        help_text=_("A number, or words that stand in it."),
    )
    status = forms.ChoiceField(required=False, label=_("Status"))
    severity = forms.ChoiceField(required=False, label=_("Severity"))
    product = forms.ChoiceField(required=False, label=_("Product"), widget=LongSelect)
    role = forms.ChoiceField(required=False, label=_("Your role"))

    def __init__(self, asked: Mapping[str, Any], *, language: str) -> None:
        super().__init__()
        severities = [(code, code) for code in catalog.current().severities]
        products = product_choices(catalog.current(), language, empty=_("Any"))
        for name, choices in (
            ("status", [("", _("Any")), *_GROUPS.items()]),
            ("severity", [("", _("Any")), *severities]),
            ("product", products),
            ("role", [("", _("Any")), *ROLES.items()]),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices

        self.chosen = self._chosen(asked)
        self.initial = dict(self.chosen)

    def _chosen(self, asked: Mapping[str, Any]) -> dict[str, str]:
        found = {"q": words_in(asked)}
        for name in ("status", "severity", "product", "role"):
            field, value = self.fields[name], str(asked.get(name, ""))
            assert isinstance(field, forms.ChoiceField)
            found[name] = value if field.valid_value(value) else ""
        return {name: value for name, value in found.items() if value}
