"""What the brands of cards are called. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_BRANDS: Final[Mapping[str, str]] = {
    "amex": "American Express",
    "cartes_bancaires": "Cartes Bancaires",
    "diners": "Diners Club",
    "discover": "Discover",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "unionpay": "UnionPay",
    "visa": "Visa",
}


def brand_name(brand: str) -> str:
    """What a brand calls itself, by the provider's code; one that is not known by its code, as a name."""
    return _BRANDS.get(brand) or brand.replace("_", " ").title()
