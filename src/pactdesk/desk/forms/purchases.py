"""What the service centre looks for among purchases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from pactdesk.desk.words import Words
from pactdesk.pages.searching import SearchField, words_in
from pactdesk.purchases.queries.centre import STANDINGS, Standing

_IN_WORDS: Final[Mapping[Standing, Words]] = {
    "": _("All"),
    "paid": _("Paid"),
    "refunded": _("Paid back"),
    "disputed": _("Disputed"),
    "failed": _("Not paid"),
    "waiting": _("Being paid"),
}


class PurchasesForm(forms.Form):
    """Words and a state, out of the address of the list. Nothing is ever refused: what makes no sense asks for
    nothing."""

    q = SearchField(
        label=_("Find a purchase"),
        help_text=_(
            "By the number of the purchase, of its receipt or of a request, the buyer's whole address, or the "
            "beginning of the buyer's name."
        ),
    )
    state = forms.ChoiceField(label=_("State"), required=False, choices=[*_IN_WORDS.items()])

    def __init__(self, asked: Mapping[str, Any]) -> None:
        state = asked.get("state", "")
        self.words = words_in(asked)
        self.standing: Standing = state if state in STANDINGS else ""
        super().__init__(initial=self.chosen)

    @property
    def chosen(self) -> dict[str, str]:
        """What is asked for, as it stands in an address."""
        given = {"q": self.words, "state": self.standing}
        return {name: value for name, value in given.items() if value}
