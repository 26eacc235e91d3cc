"""Who may buy what, and why not (PPI-1 to PPI-3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from pactdesk.kernel.decisions import ALLOWED, Decision, Reason
from pactdesk.purchases.rules.payments import Card, Money

PERSONAL: Final = "personal"

# Failed orders of one account within `WINDOW`, after which its cards are not tried any more: stolen ones are tried so.
MOST_FAILED: Final = 10
WINDOW: Final = timedelta(minutes=60)

# So long somebody has to confirm a payment, or a crash may have lasted, before it is given up.
PATIENCE: Final = timedelta(hours=1)
# So long one hand works on a purchase before another takes it up.
LEASE: Final = timedelta(seconds=25)

FIRST_NUMBER: Final = 100_000


def number_of(purchase_id: int) -> str:
    """ "P-100001", as people call it."""
    return f"P-{FIRST_NUMBER + purchase_id}"


def may_buy(*, kind: str, is_sold_here: bool) -> Decision:
    """May an account of this `kind` buy at all (PPI-1)? `is_sold_here`: the installation takes payments."""
    if not is_sold_here:
        return Decision((Reason("purchase.nothing-sold"),))
    if kind != PERSONAL:
        return Decision((Reason("purchase.work-account"),))
    return ALLOWED


@dataclass(frozen=True, slots=True)
class Ware:
    """An offer in the region of a buyer. `tax_note` is what was shown with the price, in the buyer's language."""

    offer_code: str
    programme_code: str
    units: int
    money: Money
    tax_note: str


def may_order(
    ware: Ware | None,
    *,
    shown: Money,
    card: Card | None,
    terms_accepted: bool,
    failed_lately: int,
    today: date,
) -> Decision:
    """May this be ordered now? Collects every reason.

    `ware` is None where the offer is not sold to the buyer's country (PPI-2); `shown` is the price on the page, which
    may be an old one; `card` is None where none was chosen or it is not the buyer's.
    """
    refusals: list[Reason] = []
    if ware is None:
        refusals.append(Reason("purchase.not-sold-here"))
    elif ware.money != shown:
        refusals.append(Reason("purchase.price-changed"))
    if card is None:
        refusals.append(Reason("purchase.no-card"))
    elif card.last_day < today:
        refusals.append(Reason("purchase.card-expired", {"last_four": card.last_four}))
    if not terms_accepted:
        refusals.append(Reason("purchase.terms-not-accepted"))
    if failed_lately >= MOST_FAILED:
        refusals.append(Reason("purchase.too-many-attempts", {"minutes": int(WINDOW.total_seconds() // 60)}))
    return Decision(tuple(refusals))
