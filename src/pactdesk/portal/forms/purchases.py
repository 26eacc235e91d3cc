"""Forms for buying incidents and keeping cards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pactdesk.notifications.wording import SENTENCES
from pactdesk.pages.forms import RefusableForm
from pactdesk.purchases.rules.payments import Money


class OrderForm(RefusableForm):
    """Which card pays, and that it may be charged. `key` makes the same form sent twice one order; `amount_minor` and
    `currency` are the price that was shown."""

    places = {
        "purchase.no-card": "card",
        "purchase.card-expired": "card",
        "purchase.terms-not-accepted": "terms_accepted",
    }

    key = forms.UUIDField(widget=forms.HiddenInput)
    amount_minor = forms.IntegerField(min_value=0, max_value=10**15, widget=forms.HiddenInput)
    currency = forms.CharField(max_length=3, widget=forms.HiddenInput)
    card = forms.TypedChoiceField(
        label=_("Card"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={
            "required": SENTENCES["purchase.no-card"],
            "invalid_choice": SENTENCES["purchase.no-card"],
        },
    )
    terms_accepted = forms.BooleanField(
        label=_("I accept the service agreement, and that my card is charged at once"),
        error_messages={"required": SENTENCES["purchase.terms-not-accepted"]},
    )

    def __init__(self, data: Any = None, *, cards: Iterable[int], initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        field = self.fields["card"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(card), str(card)) for card in cards]

    @property
    def shown(self) -> Money:
        """The price that the buyer saw."""
        return Money(self.cleaned_data["amount_minor"], self.cleaned_data["currency"])
