"""What programs may charge to a card: as much as its owner has allowed, and without that nothing (PPI-3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from pactdesk.kernel.decisions import ALLOWED, Decision, Reason
from pactdesk.purchases.rules.payments import Money

# So far back counts what programs have ordered with a card.
PERIOD: Final = timedelta(days=30)
# No more than this may be allowed, in minor units of any currency: beyond it somebody has mistyped.
MOST_MINOR: Final = 10**9


@dataclass(frozen=True, slots=True)
class Allowance:
    """What programs may charge to a card within `PERIOD`, and what of it they have ordered, in minor units."""

    most: Money
    ordered_minor: int

    @property
    def left(self) -> Money:
        """What they may still order; never less than nothing."""
        return Money(max(self.most.minor - self.ordered_minor, 0), self.most.currency)


def may_charge(price: Money, allowance: Allowance | None) -> Decision:
    """May a program charge `price` to a card with this allowance? None: its owner allows none."""
    if allowance is None:
        return Decision((Reason("purchase.card-closed-to-programs"),))
    if allowance.most.currency != price.currency:
        return Decision(
            (Reason("purchase.allowed-in-other-currency", {"currency": allowance.most.currency}),)
        )
    if price.minor > allowance.left.minor:
        params = {"left_minor": allowance.left.minor, "currency": price.currency}
        return Decision((Reason("purchase.above-allowance", params),))
    return ALLOWED


def may_allow(most: Money, *, terms_accepted: bool) -> Decision:
    """May a card be opened to programs up to this?"""
    refusals: list[Reason] = []
    if not 0 < most.minor <= MOST_MINOR:
        refusals.append(Reason("card.allowance-out-of-range"))
    if not terms_accepted:
        refusals.append(Reason("purchase.terms-not-accepted"))
    return Decision(tuple(refusals))
