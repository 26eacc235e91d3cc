"""Amounts of money in words."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_currency, get_currency_precision


def money_in_words(minor: int, currency: str, language: str) -> str:
    """ "€459.00" or "459,00 €": `minor` smallest units of `currency` (ISO 4217) as `language` writes them."""
    amount = Decimal(minor).scaleb(-get_currency_precision(currency))
    return format_currency(amount, currency, locale=language)
