"""What this room announces. Nothing of a card stands in a fact but its brand and its last four digits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pactdesk.journal.facts import Fact


@dataclass(frozen=True)
class PurchaseFact(Fact):
    """Something that happened to a purchase. `purchase` is its primary key; amounts are minor units of the currency."""

    subject_type: ClassVar[str] = "purchase"

    purchase: int

    @property
    def subject_id(self) -> int:
        return self.purchase


@dataclass(frozen=True)
class PurchaseOrdered(PurchaseFact):
    """Somebody ordered an offer and accepted the service agreement; the card is charged next (PPI-3).

    `program` names the token that ordered ("token:12"), "" where a person did."""

    code: ClassVar[str] = "purchase.ordered"

    offer: str
    amount_minor: int
    currency: str
    program: str = ""


@dataclass(frozen=True)
class PurchasePaid(PurchaseFact):
    """The provider has taken exactly what was ordered."""

    code: ClassVar[str] = "purchase.paid"

    amount_minor: int
    currency: str


@dataclass(frozen=True)
class PurchaseGranted(PurchaseFact):
    """The paid incidents can be used: they are in `agreement`."""

    code: ClassVar[str] = "purchase.granted"

    agreement: int
    units: int


@dataclass(frozen=True)
class PurchaseFailed(PurchaseFact):
    """Nothing was taken. `reason` is the code of a reason; `late`: the buyer was not there to see it."""

    code: ClassVar[str] = "purchase.failed"

    reason: str
    late: bool


@dataclass(frozen=True)
class PurchaseDiffers(PurchaseFact):
    """The provider speaks of another amount than was ordered. Nothing is granted until an operator has looked."""

    code: ClassVar[str] = "purchase.amount-differs"

    expected_minor: int
    expected_currency: str
    found_minor: int
    found_currency: str


@dataclass(frozen=True)
class RefundBegun(PurchaseFact):
    """Its units are taken away and the money is on its way back. `cause` says why (`rules.refunds`)."""

    code: ClassVar[str] = "purchase.refund-begun"

    cause: str
    note: str


@dataclass(frozen=True)
class PurchaseRefunded(PurchaseFact):
    """The provider has paid `amount_minor` back."""

    code: ClassVar[str] = "purchase.refunded"

    amount_minor: int
    currency: str
    cause: str


@dataclass(frozen=True)
class PurchaseDisputed(PurchaseFact):
    """The buyer's bank asks for the money; what was bought is frozen (PPI-5)."""

    code: ClassVar[str] = "purchase.disputed"


@dataclass(frozen=True)
class DisputeWon(PurchaseFact):
    """The money stays here; what was bought can be used again."""

    code: ClassVar[str] = "purchase.dispute-won"


@dataclass(frozen=True)
class DisputeLost(PurchaseFact):
    """The money is gone, and with it the `units` that were left."""

    code: ClassVar[str] = "purchase.dispute-lost"

    units: int


@dataclass(frozen=True)
class CardFact(Fact):
    """Something about a card of an account. `account` is a primary key."""

    subject_type: ClassVar[str] = "account"

    account: int
    brand: str
    last_four: str

    @property
    def subject_id(self) -> int:
        return self.account


@dataclass(frozen=True)
class CardSaved(CardFact):
    """A card is kept with the account from now on (PPI-3)."""

    code: ClassVar[str] = "card.saved"


@dataclass(frozen=True)
class CardRemoved(CardFact):
    """The provider has forgotten the card, and nothing can be charged to it any more."""

    code: ClassVar[str] = "card.removed"


@dataclass(frozen=True)
class CardOpened(CardFact):
    """Programs of the account may charge the card, up to `most_minor` within 30 days."""

    code: ClassVar[str] = "card.opened"

    most_minor: int
    currency: str


@dataclass(frozen=True)
class CardClosed(CardFact):
    """No program may charge the card any more."""

    code: ClassVar[str] = "card.closed"
