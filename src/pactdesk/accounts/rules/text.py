"""What people and programs may type: tidy text of a bounded length, without characters that nobody can see. Pure."""

from __future__ import annotations

from functools import cache
from typing import Final

from babel import Locale

from pactdesk.kernel.decisions import Reason
from pactdesk.kernel.text import hidden_characters, tidy, tidy_line

# In CLDR, but not places where somebody works.
_NO_LAND: Final = frozenset({"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"})
_SHOWN_AT_MOST: Final = 5


def read_text(text: str, *, most: int, lines: bool = False) -> str | Reason:
    """`text` made tidy, as one line or with its `lines`, or why it cannot be kept. Length is counted after tidying."""
    if (refusal := hidden_refusal(text)) is not None:
        return refusal
    clean = tidy(text) if lines else tidy_line(text)
    return length_refusal(clean, most) or clean


def hidden_refusal(text: str) -> Reason | None:
    """None where everything in `text` can be seen."""
    found = hidden_characters(text)
    return Reason("typed.hidden-characters", {"found": ", ".join(found[:_SHOWN_AT_MOST])}) if found else None


def length_refusal(text: str, most: int) -> Reason | None:
    """None where `text` has no more than `most` characters."""
    return Reason("typed.too-long", {"length": len(text), "most": most}) if len(text) > most else None


@cache
def known_countries() -> frozenset[str]:
    """The ISO 3166 codes of places where somebody works."""
    return frozenset(
        code
        for code in map(str, Locale.parse("en").territories)
        if len(code) == 2 and code.isalpha() and code not in _NO_LAND
    )
