"""How often somebody may try what is none, so that nobody finds out by trying what there is (A20). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from pactdesk.kernel.decisions import Decision, Reason


class Tried(StrEnum):
    """What is tried."""

    ADDRESS = "address"
    CUSTOMER = "customer"
    PARTNER_NUMBER = "partner-number"
    SUBSCRIPTION_NUMBER = "subscription-number"


# So many of each that are none, of one account in an hour.
MOST_WRONG: Final = 20
_REASONS: Final[Mapping[Tried, str]] = {
    Tried.ADDRESS: "role.too-many-addresses",
    Tried.CUSTOMER: "customer.too-many-tried",
    Tried.PARTNER_NUMBER: "asking.too-many-providers",
    Tried.SUBSCRIPTION_NUMBER: "subscription.too-many-tried",
}


def may_try(what: Tried, wrong: int) -> Decision:
    """May somebody who tried so many within the hour that are none try another one?"""
    if wrong >= MOST_WRONG:
        return Decision((Reason(_REASONS[what]),))
    return Decision()
