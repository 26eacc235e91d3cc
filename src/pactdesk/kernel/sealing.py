"""Secrets at rest: sealed where they have to be read again, a keyed hash where they only have to be known again.

Everything hangs on the installation's key (`PACTDESK_CONTRACT_KEY`), which is not in the database. Each purpose has a
key of its own, derived from it, so that what was made for one means nothing to another.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import cache

from cryptography.fernet import Fernet
from django.conf import settings


def seal(purpose: bytes, text: str) -> bytes:
    """`text`, encrypted for `purpose`; another time the same text looks different."""
    return _cipher(purpose).encrypt(text.encode("utf-8"))


def unseal(purpose: bytes, sealed: bytes | memoryview) -> str:
    """The text in `sealed`.

    Raises `cryptography.fernet.InvalidToken` where the key or the purpose is another one.
    """
    return _cipher(purpose).decrypt(bytes(sealed)).decode("utf-8")


def keyed_hash(purpose: bytes, text: str) -> bytes:
    """32 bytes by which `text` is known again, and from which nobody without the key can guess it."""
    return hmac.digest(_key(purpose), text.encode("utf-8"), hashlib.sha256)


def forget_keys() -> None:
    """Derive the keys anew, because the installation's key is another one now."""
    _key.cache_clear()
    _cipher.cache_clear()


@cache
def _key(purpose: bytes) -> bytes:
    return hmac.digest(settings.CONTRACT_KEY.encode("utf-8"), purpose, hashlib.sha256)


@cache
def _cipher(purpose: bytes) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_key(purpose)))
