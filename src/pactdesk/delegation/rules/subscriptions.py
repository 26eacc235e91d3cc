"""Limits on subscriptions, on the roles on them and on support groups. Pure."""

from __future__ import annotations

import re
from typing import Final

from pactdesk.kernel.decisions import Reason

MOST_SUBSCRIPTIONS: Final = 1_000
MOST_ROLES: Final = 500
MOST_GROUPS: Final = 100
MOST_MEMBERS: Final = 500

MOST_NUMBER: Final = 64
MOST_SUBSCRIPTION_NAME: Final = 200
MOST_GROUP_NAME: Final = 100
_NUMBER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{3,63}")


def number_refusal(number: str) -> Reason | None:
    """None where `number` looks like one that was issued."""
    return None if _NUMBER.fullmatch(number) else Reason("subscription.number-invalid")
