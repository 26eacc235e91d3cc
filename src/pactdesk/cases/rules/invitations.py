"""When somebody can be invited, and what an invitation looks like (A20)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from pactdesk.kernel.decisions import Decision, Reason

LIFETIME: Final = timedelta(hours=72)
# Nobody is written to more often than this, whoever asks, and no request asks more often (A6).
MOST_TO_AN_ADDRESS: Final = 1
MOST_FROM_A_REQUEST: Final = 20
COUNTED: Final = timedelta(days=1)

# What tokens are sealed for.
PURPOSE: Final = b"invitation"
TOKEN_BYTES: Final = 24  # 192 bits
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{32}")


def is_token(text: str) -> bool:
    """Whether `text` has the form of a token. Whatever has not is looked up nowhere."""
    return _TOKEN.fullmatch(text) is not None


def may_invite(*, has_account: bool, is_test: bool, to_address: int, from_request: int) -> Decision:
    """Whether a letter may go to a contact; both numbers count invitations of the last day."""
    refusals: list[Reason] = []
    if has_account:
        refusals.append(Reason("invitation.sees-it-already"))
    if is_test:
        refusals.append(Reason("invitation.only-a-test"))
    if to_address >= MOST_TO_AN_ADDRESS or from_request >= MOST_FROM_A_REQUEST:
        refusals.append(Reason("invitation.too-many"))
    return Decision(tuple(refusals))
