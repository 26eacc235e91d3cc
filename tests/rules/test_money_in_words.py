"""Amounts of money as people read them."""

from __future__ import annotations

import pytest

from pactdesk.kernel.money import money_in_words


@pytest.mark.parametrize(
    ("minor", "currency", "language", "words"),
    [
        (45_900, "EUR", "en", "€459.00"),
        (45_900, "EUR", "cs", "459,00 €"),
        (749, "JPY", "en", "¥749"),
        (12_500_000, "VND", "vi", "12.500.000 ₫"),
        (469_500, "KWD", "en", "KWD469.500"),
        # CLDR shows no paras of a dinar and no fils of an Iraqi one; what is charged has them.
        (46_950, "RSD", "en", "RSD469.50"),
        (46_950, "IQD", "en", "IQD46.950"),
        (5, "EUR", "fr-CA", "0,05 €"),
    ],
)
def test_an_amount_has_the_digits_of_its_currency_and_the_signs_of_the_language(
    minor: int, currency: str, language: str, words: str
) -> None:
    plain = money_in_words(minor, currency, language).replace("\xa0", " ").replace("\u202f", " ")
    # Whether a space stands between a code and its number differs from one release of CLDR to the next.
    assert plain.replace(f"{currency} ", currency) == words
