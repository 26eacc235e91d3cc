"""What can be bought, where and for how much, as its buyers see it."""

from __future__ import annotations

from dataclasses import dataclass

from pactdesk.catalog import queries as catalog
from pactdesk.catalog.rules import Offer, Price
from pactdesk.kernel.worded import text_in
from pactdesk.purchases.rules.buying import Ware
from pactdesk.purchases.rules.payments import Money


@dataclass(frozen=True, slots=True)
class OfferLine:
    """An offer in a country. `programme` is worded; `ware` is what an order of it buys; benefits last `length_months`.
    `single`: one incident, not a pack."""

    ware: Ware
    programme: dict[str, str]
    single: bool
    length_months: int


def offers_in(country: str, *, language: str) -> tuple[OfferLine, ...]:
    """What is sold in `country` (ISO 3166), in the order of the catalogue; tax notes in `language` (PPI-2)."""
    return tuple(_line(offer, price, language) for offer, price in catalog.current().offers_in(country))


def offer_in(country: str, offer_code: str, *, language: str) -> OfferLine | None:
    """One offer in `country`; None where it is not sold there."""
    return next(
        (line for line in offers_in(country, language=language) if line.ware.offer_code == offer_code), None
    )


def _line(offer: Offer, price: Price, language: str) -> OfferLine:
    money = Money(price.amount_minor, price.currency)
    ware = Ware(offer.code, offer.programme.code, offer.units, money, text_in(price.tax_note, language) or "")
    return OfferLine(ware, dict(offer.programme.name), offer.single, offer.programme.length_months)
