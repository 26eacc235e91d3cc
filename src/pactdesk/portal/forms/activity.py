"""What narrows the activity of an organization."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pactdesk.pages.fields import LongSelect
from pactdesk.pages.links import number_in
from pactdesk.pages.searching import SearchField, words_in


class ActivityForm(forms.Form):
    """Words and filters, out of an address. What is not on offer narrows nothing; nothing here is ever refused.

    `chosen` is what narrows the list, by the names of the address.
    """

    q = SearchField(
        label=_("Search requests of the organization"), help_text=_("A number, or the name of who sent it.")
    )
    location = forms.ChoiceField(required=False, label=_("Location"))
    person = forms.ChoiceField(required=False, label=_("Person"), widget=LongSelect)
    agreement = forms.ChoiceField(required=False, label=_("Agreement"), widget=LongSelect)

    def __init__(
        self,
        asked: Mapping[str, Any],
        *,
        locations: Sequence[tuple[int, str]],
        people: Sequence[tuple[int, str]],
        agreements: Sequence[tuple[int, str]],
    ) -> None:
        super().__init__()
        found = {"q": words_in(asked)}
        for name, choices in (("location", locations), ("person", people), ("agreement", agreements)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("Any")), *((str(id_), label) for id_, label in choices)]
            value = str(asked.get(name, ""))
            found[name] = value if field.valid_value(value) else ""
        self.chosen = {name: value for name, value in found.items() if value}
        self.initial = dict(self.chosen)

    def id_of(self, name: str) -> int | None:
        """The id that was chosen in a field."""
        return number_in(self.chosen.get(name, ""))
