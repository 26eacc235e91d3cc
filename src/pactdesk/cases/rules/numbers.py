"""How a support request is named to people: PD-100123."""

from __future__ import annotations

import re

_SHOWN = re.compile(r"(?:PD-)?([0-9]{1,15})", re.IGNORECASE)


def shown_number(number: int) -> str:
    """The number as people read it."""
    return f"PD-{number}"


def read_number(text: str) -> int | None:
    """The number in what somebody typed ("pd-100123", "100123"), or None."""
    match = _SHOWN.fullmatch(text.strip())
    return int(match.group(1)) if match else None
