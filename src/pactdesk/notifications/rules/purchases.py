"""Which letter a buyer gets when something happens to a purchase. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

PAID: Final = "purchase-paid"
REFUNDED: Final = "purchase-refunded"
DISPUTED: Final = "purchase-disputed"
DISPUTE_WON: Final = "purchase-dispute-won"
DISPUTE_LOST: Final = "purchase-dispute-lost"
FAILED: Final = "purchase-failed"

_LETTERS: Final[Mapping[str, str]] = {
    "purchase.granted": PAID,
    "purchase.refunded": REFUNDED,
    "purchase.disputed": DISPUTED,
    "purchase.dispute-won": DISPUTE_WON,
    "purchase.dispute-lost": DISPUTE_LOST,
    "purchase.failed": FAILED,
}
FACT_CODES: Final = frozenset(_LETTERS)
KINDS: Final = tuple(_LETTERS.values())


def letter_about(code: str, payload: Mapping[str, Any]) -> str | None:
    """The letter about a fact with this code and payload; None: nobody is told.

    What failed while its buyer looked on was told on the page; only what failed later is news.
    """
    if code == "purchase.failed" and not payload["late"]:
        return None
    return _LETTERS.get(code)
