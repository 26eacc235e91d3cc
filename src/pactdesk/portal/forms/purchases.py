"""Forms for buying incidents, and for what programs may charge to a card."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pactdesk.kernel.money import digits_of
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


class ProgramsForm(RefusableForm):
    """How much programs may charge to a card within 30 days: typed in whole units of `currency`."""

    places = {
        "card.allowance-out-of-range": "most",
        "purchase.terms-not-accepted": "terms_accepted",
    }

    most = forms.IntegerField(
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "required": SENTENCES["card.allowance-out-of-range"],
            "invalid": _("Write a whole number."),
        },
    )
    terms_accepted = forms.BooleanField(
        label=_(
            "I accept the service agreement for what programs order, and that my card is charged at once"
        ),
        error_messages={"required": SENTENCES["purchase.terms-not-accepted"]},
    )

    def __init__(self, data: Any = None, *, currency: str, initial: Money | None = None) -> None:
        self.unit = 10 ** digits_of(currency)
        self.currency = currency
        typed = {"most": initial.minor // self.unit} if initial and initial.currency == currency else None
        super().__init__(data, initial=typed)
        self.fields["most"].label = _("At most within 30 days, in %(currency)s") % {"currency": currency}

    @property
    def allowed(self) -> Money:
        """What programs may charge."""
        return Money(self.cleaned_data["most"] * self.unit, self.currency)
