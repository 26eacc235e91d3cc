"""Who takes the money: what a payment provider has to be able to do, and the one that the settings name.

A payment is opened first, which takes nothing, and confirmed when its reference is written down. So however often an
order is sent again after a crash, only one payment is ever confirmed for it, and a confirmed one is always known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from pactdesk.purchases.rules.payments import (
    Card,
    CardSetup,
    Payer,
    Payment,
    PaymentOrder,
    PaymentPage,
    ProviderEvent,
    TestCard,
)


class Unreachable(Exception):
    """The provider gave no answer that says what happened. Whatever was asked may be asked again."""


class CardRefused(Exception):
    """The provider does not save this card. `args[0]` is the code of a reason."""


class PaymentRefused(Exception):
    """The provider does not even prepare this payment. `args[0]` is the code of a reason."""


class NotFromProvider(Exception):
    """What came in as an event was not signed by the provider."""


class PaymentProvider(Protocol):
    """Takes money and gives it back. Every method but `page` may raise `Unreachable`."""

    @property
    def code(self) -> str:
        """What it is called in tables and addresses: "sandbox", "stripe"."""

    @property
    def test_cards(self) -> tuple[TestCard, ...]:
        """The cards that it offers for trying out; none where money is real."""

    def page(self) -> PaymentPage:
        """What the page on which a card is added needs of it."""

    def know(self, payer: Payer) -> str:
        """What it calls this account from now on. Asked once for each account."""

    def begin_card(self, payer: Payer) -> CardSetup:
        """Let the payer give it a card, on the page, without us."""

    def card_of(self, setup: str, payer: Payer) -> Card:
        """The card that came of a setup of this payer. Raises `CardRefused`."""

    def forget_card(self, card: str) -> None:
        """Never charge this card again. Again changes nothing."""

    def open_payment(self, order: PaymentOrder) -> str:
        """Prepare a payment that takes nothing yet, and answer its reference. Raises `PaymentRefused`."""

    def confirm(self, payment: str, *, return_url: str) -> Payment:
        """Charge the card now; one that was confirmed before is only looked at. The buyer may have to confirm it
        elsewhere, from where the provider leads back to `return_url`."""

    def look(self, payment: str) -> Payment:
        """The payment as it is now."""

    def cancel(self, payment: str) -> Payment:
        """See to it that an undecided payment takes nothing any more. One that is decided stays as it is."""

    def refund(self, payment: str, *, amount_minor: int, key: str) -> Payment:
        """Pay so much back, once for each `key`."""

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> ProviderEvent:
        """The event in a call of the provider. Raises `NotFromProvider` where it is forged, altered or too old."""


def provider() -> PaymentProvider | None:
    """The provider that the settings name; None where nothing is sold."""
    return _made(settings.PAYMENT_PROVIDER) if settings.PAYMENT_PROVIDER else None


def provider_called(code: str) -> PaymentProvider | None:
    """The provider with this code, None where the settings name another one or none."""
    found = provider()
    return found if found is not None and found.code == code else None


def _made(path: str) -> PaymentProvider:
    return cast(PaymentProvider, import_string(path)())
