"""Contract IDs at rest: encrypted, because they have to be mailed again (BEN-4), and found by a keyed hash (AGR-11)."""

from __future__ import annotations

from pactdesk.agreements.rules import Pair
from pactdesk.kernel import sealing
from pactdesk.kernel.addresses import caller_of

_PURPOSE = b"seal"


def seal(contract_id: str) -> bytes:
    """`contract_id`, encrypted."""
    return sealing.seal(_PURPOSE, contract_id)


def unseal(sealed: bytes) -> str:
    """The Contract ID in `sealed`. Raises `cryptography.fernet.InvalidToken` where the key is another one."""
    return sealing.unseal(_PURPOSE, sealed)


def pair_digest(pair: Pair) -> bytes:
    """The keyed hash under which a pair is found. Both halves go in, so nobody can tell which one was wrong."""
    return sealing.keyed_hash(b"pair", f"{pair.access_id}:{pair.contract_id}")


def address_digest(address: str) -> bytes:
    """Whose network address it is, as a keyed hash of 16 bytes, so that guessing can be counted without keeping
    addresses."""
    return sealing.keyed_hash(b"address", caller_of(address))[:16]
