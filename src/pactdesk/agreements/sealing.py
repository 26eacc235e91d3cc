"""Contract IDs at rest: encrypted, because they have to be mailed again (BEN-4), and found by a keyed hash (AGR-11)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import cache

from cryptography.fernet import Fernet
from django.conf import settings

from pactdesk.agreements.rules import Pair


def seal(contract_id: str) -> bytes:
    """`contract_id`, encrypted."""
    return _cipher().encrypt(contract_id.encode("ascii"))


def unseal(sealed: bytes) -> str:
    """The Contract ID in `sealed`. Raises `cryptography.fernet.InvalidToken` where the key is another one."""
    return _cipher().decrypt(bytes(sealed)).decode("ascii")


def pair_digest(pair: Pair) -> bytes:
    """The keyed hash under which a pair is found. Both halves go in, so nobody can tell which one was wrong."""
    return _keyed(b"pair", f"{pair.access_id}:{pair.contract_id}")


def address_digest(address: str) -> bytes:
    """A network address as a keyed hash of 16 bytes, so that guessing can be counted without keeping addresses."""
    return _keyed(b"address", address)[:16]


def _keyed(purpose: bytes, text: str) -> bytes:
    return hmac.digest(_key(purpose), text.encode("utf-8"), hashlib.sha256)


@cache
def _key(purpose: bytes) -> bytes:
    return hmac.digest(settings.CONTRACT_KEY.encode("utf-8"), purpose, hashlib.sha256)


@cache
def _cipher() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_key(b"seal")))
