"""Limits on subscriptions, on the roles on them and on support groups. Pure."""

from __future__ import annotations

import re
from typing import Final

from pactdesk.kernel.decisions import Decision, Reason

MOST_SUBSCRIPTIONS: Final = 1_000
MOST_ROLES: Final = 500
MOST_GROUPS: Final = 100
MOST_MEMBERS: Final = 500

MOST_NUMBER: Final = 64
MOST_SUBSCRIPTION_NAME: Final = 200
MOST_GROUP_NAME: Final = 100
_NUMBER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{3,63}")

# Addresses to which nobody with an account is found, or customers that are not found, of one account in an hour (A20).
MOST_WRONG_ADDRESSES: Final = 20


def number_refusal(number: str) -> Reason | None:
    """None where `number` looks like one that was issued."""
    return None if _NUMBER.fullmatch(number) else Reason("subscription.number-invalid")


def may_try_an_address(wrong: int) -> Decision:
    """May somebody who tried so many wrong addresses within the hour try another one?"""
    if wrong >= MOST_WRONG_ADDRESSES:
        return Decision((Reason("role.too-many-addresses"),))
    return Decision()


def may_try_a_customer(wrong: int) -> Decision:
    """May somebody who named so many wrong customers within the hour name another one (A20)?"""
    if wrong >= MOST_WRONG_ADDRESSES:
        return Decision((Reason("customer.too-many-tried"),))
    return Decision()
