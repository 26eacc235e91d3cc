"""Names that files come with: what is left of one when nothing in it can mislead a person or a program."""

from __future__ import annotations

import re
import unicodedata

MOST_CHARACTERS = 120
MOST_BYTES = 200  # in UTF-8: file systems end at 255, and a download may get " (1)" added
LONGEST_ENDING = 12

# Control and format characters (direction marks, zero-width ones), halves of pairs, and what means nothing yet.
_REMOVED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
# Drawn as nothing although they count as letters or marks: fillers of Hangul, variation selectors, the grapheme joiner.
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
# Read as a slash, a colon or a dot by programs that fold look-alikes before they open a file.
_FOLDED = str.maketrans(
    "\uff0f\u2044\u2215\u29f8\uff3c\u29f5\ufe68\uff1a\ufe55\ua789\uff0e\u2024\ufe52", "////\\\\\\:::..."
)
_MEANS_SOMETHING = re.compile(r'[<>:"|?*]')  # to Windows, or in a header
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9¹²³])", re.IGNORECASE)


def clean_filename(given: str, *, otherwise: str = "file") -> str:
    """The name to show and to save by, from a name that came from outside; `otherwise` where nothing is left of it.

    One part of a path, in NFC, at most `MOST_CHARACTERS` and `MOST_BYTES` long. What nobody can see is removed before
    anything is looked at (trust A14: a zero-width character in front hid `.htaccess` from a check). No leading dots, no
    dots or spaces at the end, no name that Windows keeps for a device, nothing that needs quoting. A clean name stays
    as it is. It is for people only: what a file is stored under is random.
    """
    # Twice, because removing a character can let its neighbours combine.
    name = unicodedata.normalize("NFC", given[: 16 * MOST_CHARACTERS])
    name = unicodedata.normalize("NFC", _visible(name)).translate(_FOLDED)
    name = re.split(r"[/\\]", name.rstrip("/\\ "))[-1]
    name = _trimmed(_MEANS_SOMETHING.sub("_", name))
    name = _trimmed(_shortened(name))
    if _RESERVED.fullmatch(name.partition(".")[0].rstrip()):
        name = _trimmed(_shortened(f"_{name}"))
    return name or otherwise


def _visible(name: str) -> str:
    """`name` with every white space as one plain space, and without what cannot be seen."""
    name = "".join(" " if character.isspace() else character for character in name)
    return _BLANK.sub("", "".join(c for c in name if unicodedata.category(c) not in _REMOVED))


def _trimmed(name: str) -> str:
    return " ".join(name.split()).lstrip(". ").rstrip(". ")


def _shortened(name: str) -> str:
    """`name` within both limits; it is the stem that gives way, so that the ending still says what the file is."""
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > LONGEST_ENDING:
        stem, ending = name, ""
    ending = dot + ending if ending else ""
    stem = stem[: MOST_CHARACTERS - len(ending)]
    while len((stem + ending).encode()) > MOST_BYTES:
        stem = stem[:-1]
    return stem + ending
