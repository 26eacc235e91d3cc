"""Amounts of money in words. They are kept in the smallest units of their currency, as whole numbers."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Final

from babel import Locale

# Digits after the point by ISO 4217 where they are not two. Babel has those of CLDR, which say how many are commonly
# shown, and that is another thing: CLDR shows a Serbian dinar without its paras, so that 469.50 would read 46950.
_WITHOUT: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_WITH_THREE: Final = "BHD IQD JOD KWD LYD OMR TND"
_DIGITS: Final = {**dict.fromkeys(_WITHOUT.split(), 0), **dict.fromkeys(_WITH_THREE.split(), 3)}


def digits_of(currency: str) -> int:
    """How many digits an amount in `currency` has after its point: 10 to their power smallest units are one."""
    return _DIGITS.get(currency, 2)


def money_in_words(minor: int, currency: str, language: str) -> str:
    """ "€459.00" or "459,00 €": `minor` smallest units of `currency` (ISO 4217) as `language` writes them."""
    digits = digits_of(currency)
    locale = Locale.parse(language.replace("-", "_"))
    pattern = copy.copy(locale.currency_formats["standard"])
    pattern.frac_prec = (digits, digits)
    amount = Decimal(minor).scaleb(-digits)
    return str(pattern.apply(amount, locale, currency=currency, currency_digits=False))
