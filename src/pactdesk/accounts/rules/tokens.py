"""What a program's token looks like, what it may be made for, and for how long. Pure."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Collection
from typing import Final

from pactdesk.kernel.decisions import Decision, Reason
from pactdesk.kernel.ids import LETTERS_AND_DIGITS

# All that a program can be allowed. One does not include another.
SCOPES: Final = (
    "agreements:read",
    "agreements:write",
    "catalogue:read",
    "delegations:read",
    "delegations:write",
    "purchases:read",
    "purchases:write",
    "requests:read",
    "requests:write",
    "webhooks:manage",
)

TOKEN: Final = "pd_"  # noqa: S105 - what all tokens begin with
CLIENT_SECRET: Final = "pds_"  # noqa: S105 - likewise
RANDOM_LENGTH: Final = 30  # of 62 signs: 178 bits
_CHECKSUM_LENGTH = 6
_VISIBLE_LENGTH = 5

LIFETIMES: Final = (30, 90, 180, 365)  # days
MOST_IN_USE: Final = 50  # of one account
MOST_NAME: Final = 100  # characters


def marked(kind: str, random: str) -> str:
    """`random` as a secret of this kind ("pd_…"), with a checksum, so that scanners of leaked files know ours."""
    return f"{kind}{random}{_checksum(random)}"


def is_token(text: str) -> bool:
    """Whether `text` can be one of our tokens; nobody looks for what cannot."""
    random, checksum = text[len(TOKEN) : -_CHECKSUM_LENGTH], text[-_CHECKSUM_LENGTH:]
    return (
        text.startswith(TOKEN)
        and len(random) == RANDOM_LENGTH
        and set(random) <= set(LETTERS_AND_DIGITS)
        and checksum == _checksum(random)
    )


def digest_of(token: str) -> bytes:
    """What is stored instead of a token. With so many random bits a plain hash cannot be tried through (ASVS 6.5.2)."""
    return hashlib.sha256(token.encode()).digest()


def visible_part(token: str) -> str:
    """How people tell their tokens apart: "pd_4fK1x"."""
    return token[: len(TOKEN) + _VISIBLE_LENGTH]


def may_be_issued(name: str, scopes: Collection[str], *, in_use: int) -> Decision:
    """May one more token or client with this name and these scopes be made, where `in_use` are usable already?"""
    refusals: list[Reason] = []
    if not name:
        refusals.append(Reason("token.name-missing"))
    elif len(name) > MOST_NAME:
        refusals.append(Reason("typed.too-long", {"length": len(name), "most": MOST_NAME}))
    if not scopes:
        refusals.append(Reason("token.scope-missing"))
    if unknown := sorted(set(scopes) - set(SCOPES)):
        refusals.append(Reason("token.scope-unknown", {"scopes": ", ".join(unknown)}))
    if in_use >= MOST_IN_USE:
        refusals.append(Reason("token.too-many", {"most": MOST_IN_USE}))
    return Decision(tuple(refusals))


def may_live(days: int) -> Decision:
    """May a token live for so many days?"""
    if days in LIFETIMES:
        return Decision()
    return Decision((Reason("token.lifetime-unknown", {"days": ", ".join(map(str, LIFETIMES))}),))


def _checksum(text: str) -> str:
    number, signs = zlib.crc32(text.encode()), ""
    for _position in range(_CHECKSUM_LENGTH):
        number, rest = divmod(number, len(LETTERS_AND_DIGITS))
        signs = LETTERS_AND_DIGITS[rest] + signs
    return signs
