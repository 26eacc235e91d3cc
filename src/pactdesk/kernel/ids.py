"""Identifiers: unguessable keys and strings of random digits."""

from __future__ import annotations

import secrets
import string
import uuid

LETTERS_AND_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase


def new_key() -> uuid.UUID:
    """A random key of 122 bits that nobody can guess."""
    return uuid.uuid4()


def random_digits(length: int) -> str:
    """`length` random decimal digits, leading zeros included."""
    return "".join(secrets.choice("0123456789") for _ in range(length))


def random_text(length: int) -> str:
    """`length` random letters and digits of ASCII, 5.95 bits each."""
    return "".join(secrets.choice(LETTERS_AND_DIGITS) for _ in range(length))
