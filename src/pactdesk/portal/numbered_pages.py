"""Leading from one page of a list to the next where pages have numbers: in lists that hardly change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Steps:
    """`place` says which page of how many, "" where there is one only; the addresses of those beside it, "": none."""

    place: str
    previous_url: str
    next_url: str


def steps(number: int, pages: int, url: Callable[[int], str]) -> Steps:
    """From page `number` of `pages`; `url` answers the address of a page."""
    return Steps(
        place=_("Page %(number)s of %(pages)s") % {"number": number, "pages": pages} if pages > 1 else "",
        previous_url=url(number - 1) if number > 1 else "",
        next_url=url(number + 1) if number < pages else "",
    )
