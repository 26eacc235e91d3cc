"""What can be found in a request, and what to look for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pactdesk.knowledge.rules.words import known_language, plain_words, search_words, stem

MOST_FOUND_BY: Final = 5_000
MOST_ASKED: Final = 12


def found_by(texts: Iterable[tuple[str, str]]) -> list[str]:
    """The words by which a request is found, out of its (text, language) pairs: as written, and without endings.

    Sorted, each once; of very long requests only the first ones.
    """
    words: dict[str, None] = {}
    for text, language in texts:
        for word in (*plain_words(text), *search_words(text, known_language(language))):
            words[word] = None
            if len(words) >= MOST_FOUND_BY:
                return sorted(words)
    return sorted(words)


def asked_for(text: str, language: str) -> str:
    """A PostgreSQL text query for requests in which every word of `text` stands; "" where no word was asked for.

    A word matches as it was typed or without the endings of the asker's `language`; the last one also matches where it
    is only the beginning, because somebody may still be typing.
    """
    language = known_language(language)
    words = list(dict.fromkeys(plain_words(text)))[:MOST_ASKED]
    parts = []
    for place, word in enumerate(words):
        forms = dict.fromkeys((f"'{word}'", f"'{stem(word, language)}'"))
        if place == len(words) - 1:
            forms = {**forms, f"'{word}':*": None}
        parts.append(f"({' | '.join(forms)})")
    return " & ".join(parts)
