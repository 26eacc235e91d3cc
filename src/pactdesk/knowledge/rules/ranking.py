"""Which articles come first for a request (WIZ-1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

# How much one word of the text counts that stands in the title, the summary or the body (PostgreSQL's ts_rank).
IN_TITLE: Final = 1.0
IN_SUMMARY: Final = 0.4
IN_BODY: Final = 0.1
# An article that names neither the product nor the category has to match by about one word of its title.
ENOUGH: Final = 0.6
# Naming both the product and the category counts like a word of the summary.
NAMES_BOTH: Final = 0.4
MOST_WITH_MORE: Final = 12


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article that applies to what was chosen so far.

    `names_product` and `names_category`: it names the one that was chosen. `names_other_categories`: it names
    categories, but not that one. `match` is how much of the requester's text it holds: each word counts as 0.6 to
    1.0 in the title, less in the summary, least in the body.
    """

    number: int
    names_product: bool
    names_category: bool
    names_other_categories: bool
    match: float


def in_order(candidates: Iterable[Candidate], *, limit: int, more: bool) -> tuple[int, ...]:
    """The numbers of the articles to suggest, best first (WIZ-1).

    Those that name the product or the category come first, in the order of how well they match the text. The others
    have to match it to be suggested at all, unless the requester asks for more. The first `limit` stay the same then.
    """
    fitting: list[Candidate] = []
    others: list[Candidate] = []
    for candidate in candidates:
        named = candidate.names_product or candidate.names_category
        (fitting if named and not candidate.names_other_categories else others).append(candidate)
    matching = [candidate for candidate in others if candidate.match >= ENOUGH]
    ordered = sorted(fitting, key=_merit) + sorted(matching, key=_merit)
    if more:
        rest = [candidate for candidate in others if candidate.match < ENOUGH]
        ordered += sorted(rest, key=_merit)
    most = max(limit, MOST_WITH_MORE) if more else limit
    return tuple(candidate.number for candidate in ordered[:most])


def _merit(candidate: Candidate) -> tuple[float, bool, int]:
    bonus = NAMES_BOTH if candidate.names_product and candidate.names_category else 0.0
    return -(candidate.match + bonus), not candidate.names_product, candidate.number
