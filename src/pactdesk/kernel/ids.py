"""Identifiers: unguessable keys and strings of random digits."""

from __future__ import annotations

import secrets
import uuid


def new_key() -> uuid.UUID:
    """A random key of 122 bits that nobody can guess."""
    return uuid.uuid4()


def random_digits(length: int) -> str:
    """`length` random decimal digits, leading zeros included."""
    return "".join(secrets.choice("0123456789") for _ in range(length))
