"""Worded values: text that operators keep in several languages, as a mapping from language code to text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from babel.lists import format_list

Worded = Mapping[str, str]

LANGUAGES = ("en", "el", "vi", "pl", "cs", "fr")
FALLBACK = "en"


def text_in(worded: Worded, language: str) -> str:
    """`worded` in `language` ("cs"); a regional form ("fr-CA") takes its language; English where there is none.

    Raises KeyError for a value without English: the catalogue and the database both refuse to store one.
    """
    language = language.replace("_", "-").lower()
    return worded.get(language) or worded.get(language.partition("-")[0]) or worded[FALLBACK]


def names_in_words(names: Sequence[str], language: str) -> str:
    """Names as a sentence lists them, in its language: "Ana, Bo and Cem". "" where there are none."""
    return str(format_list(list(names), locale=language)) if names else ""
