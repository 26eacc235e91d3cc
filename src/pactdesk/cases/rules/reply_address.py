"""The address to which a contact answers a letter about a case: it names both, and only we can make one (trust A4).

    support+2597.16.uym5h47xyvt4cbgzqlyplprizi@reply.vendor.example

It says which case and which contact, never who may. A mail to it still has to be from that contact, provably.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_MAILBOX = 21  # so that the part before the "@" stays within the 64 characters of RFC 5321
_LONGEST_LOCAL_PART = 64
_PURPOSE = b"pactdesk reply address 1"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_MAC_BYTES = 16
_KEYED = re.compile(
    r"(?P<case>[1-9a-z][0-9a-z]{0,11})\.(?P<contact>[1-9a-z][0-9a-z]{0,11})\.(?P<mac>[a-z2-7]{26})"
)


@dataclass(frozen=True, slots=True)
class Addressed:
    """What a keyed address names: the number of a case and the id of one of its contacts."""

    case: int
    contact: int


def reply_key(secret: str) -> bytes:
    """The key for reply addresses out of the secret of an installation. It serves this purpose only."""
    return hmac.digest(secret.encode(), _PURPOSE, hashlib.sha256)


def keyed_address(base: str, addressed: Addressed, *, key: bytes) -> str:
    """The address for answers of this contact about this case; `base` is "support@reply.vendor.example".

    Lower case throughout, because mail servers fold it. Raises ValueError where it would be longer than mail allows.
    """
    mailbox, _, domain = base.lower().rpartition("@")
    local = f"{mailbox}+{_base36(addressed.case)}.{_base36(addressed.contact)}.{_mac(addressed, key)}"
    if not mailbox or len(local) > _LONGEST_LOCAL_PART:
        raise ValueError(f"{base} leaves no room for a key")
    return f"{local}@{domain}"


def read_address(address: str, *, base: str, keys: Sequence[bytes]) -> Addressed | None:
    """What `address` names, if it was made with one of `keys` (the present one, and those before it), else None."""
    mailbox, _, domain = base.lower().rpartition("@")
    local, _, at = address.strip().lower().rpartition("@")
    match = _KEYED.fullmatch(local.removeprefix(f"{mailbox}+"))
    if at != domain or not local.startswith(f"{mailbox}+") or match is None:
        return None
    addressed = Addressed(int(match["case"], 36), int(match["contact"], 36))
    good = False
    for key in keys:
        good |= hmac.compare_digest(_mac(addressed, key), match["mac"])
    return addressed if good else None


def _mac(addressed: Addressed, key: bytes) -> str:
    """128 bits in 26 characters that survive a change of case."""
    digest = hmac.digest(key, f"{addressed.case}.{addressed.contact}".encode(), hashlib.sha256)
    return base64.b32encode(digest[:_MAC_BYTES]).decode().rstrip("=").lower()


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits
