"""What a payment provider is asked and answers, in our words. Amounts are minor units of the currency, ISO 4217."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

# Why a card was not charged: codes of reasons.
DECLINED: Final = "payment.declined"
NO_FUNDS: Final = "payment.insufficient-funds"
CARD_EXPIRED: Final = "payment.card-expired"
NOT_CONFIRMED: Final = "payment.not-confirmed"
ABANDONED: Final = "payment.abandoned"
WITHDRAWN: Final = "payment.withdrawn"
NOT_CHARGED: Final = "payment.not-charged"
REFUSED: Final = "payment.refused"


class PaymentState(StrEnum):
    """Where a payment stands at the provider."""

    OPEN = "open"  # nothing was asked of the card yet
    NEEDS_ACTION = "needs-action"  # the buyer has to confirm it (3-D-Secure)
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Dispute(StrEnum):
    """Whether the buyer's bank asks for the money back, and how that ended."""

    NONE = ""
    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount. `minor` is a whole number of the currency's smallest units: 49900 for 499.00 EUR, 500 for 500 JPY."""

    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Payer:
    """Whom a provider charges. `reference` is what it calls the account, "" before the first card."""

    account_id: int
    name: str
    email: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """What a provider is to take. `key` makes it once, however often it is asked; `number` is for people."""

    key: str
    number: str
    money: Money
    payer: str
    card: str


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as the provider sees it at this moment.

    `failure` is the code of a reason where it has failed; `action_url` is where the buyer confirms it.
    """

    reference: str
    state: PaymentState
    money: Money
    captured_minor: int = 0
    refunded_minor: int = 0
    failure: str = ""
    action_url: str = ""
    dispute: Dispute = Dispute.NONE


@dataclass(frozen=True, slots=True)
class CardSetup:
    """A card about to be saved. `client_secret` is for the provider's own script on the page, for this card only."""

    reference: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class Card:
    """All that we keep of a card. `last_day` is the last one on which it can be charged."""

    reference: str
    brand: str
    last_four: str
    last_day: date


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """Something that the provider announced, after its signature was checked.

    `money` is what the event itself speaks of, None where it speaks of none. `payment` is "" where it is not about one.
    """

    event_id: str
    kind: str
    payment: str
    money: Money | None = None
    dispute: Dispute = Dispute.NONE


@dataclass(frozen=True, slots=True)
class TestCard:
    """A card of the sandbox. `behaviour` is what it does: "succeeds", "declined", …"""

    code: str
    brand: str
    last_four: str
    behaviour: str


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """What the page on which a card is added needs for the provider's script; everything "" where it has none.

    `csp` names the hosts that this page alone has to allow, by directive.
    """

    provider: str
    publishable_key: str = ""
    script_url: str = ""
    csp: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
