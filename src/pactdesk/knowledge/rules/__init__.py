"""Which articles come first for a request, and text as the search index knows it."""

from pactdesk.knowledge.rules.ranking import IN_BODY, IN_SUMMARY, IN_TITLE, Candidate, in_order
from pactdesk.knowledge.rules.words import (
    WORDS_VERSION,
    asked_words,
    folded,
    known_language,
    search_words,
)

__all__ = [
    "IN_BODY",
    "IN_SUMMARY",
    "IN_TITLE",
    "WORDS_VERSION",
    "Candidate",
    "asked_words",
    "folded",
    "in_order",
    "known_language",
    "search_words",
]
