"""Text that people type: brought into one form, and checked for characters that nobody can see."""

from __future__ import annotations

import re
import unicodedata

# Marks that an honest sentence never needs and that make a reader see another text than the one that is stored.
_DIRECTION_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Arrives by copy and paste, means nothing, and breaks comparisons.
_INVISIBLE_FILLERS = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad"))
_HIDDEN = re.compile(
    f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff{''.join(sorted(_DIRECTION_OVERRIDES))}]"
)
_LINE_BREAKS = {"\r\n": "\n", "\r": "\n", "\u2028": "\n", "\u2029": "\n\n"}


def tidy(text: str) -> str:
    """`text` in NFC, with plain line breaks, without invisible fillers and without white space at its ends."""
    for found, plain in _LINE_BREAKS.items():
        text = text.replace(found, plain)
    return unicodedata.normalize("NFC", text.translate(_INVISIBLE_FILLERS)).strip()


def tidy_line(text: str) -> str:
    """`text` as one tidy line: every run of white space becomes one space."""
    return " ".join(tidy(text).split())


def hidden_characters(text: str) -> tuple[str, ...]:
    """The control characters and direction overrides in `text`, as code points ("U+202E"), each once.

    Line breaks and tabs are not hidden characters.
    """
    found = {
        character
        for character in text
        if character in _DIRECTION_OVERRIDES
        or (unicodedata.category(character) in {"Cc", "Cs"} and character not in "\n\t\r")
    }
    return tuple(sorted(f"U+{ord(character):04X}" for character in found))


def without_hidden(text: str, *, instead: str = "") -> str:
    """`text` with `instead` for each of what `hidden_characters` finds: where nobody can be asked to type it again."""
    return _HIDDEN.sub(instead, text)
