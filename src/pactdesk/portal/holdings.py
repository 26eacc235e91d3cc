"""A page of the agreements that somebody holds, out of as many as a distributor has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.urls import reverse

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.amounts import amount
from pactdesk.agreements.queries import AgreementLine
from pactdesk.kernel.worded import text_in
from pactdesk.pages.links import link, number_in
from pactdesk.portal.numbered_pages import Steps, steps
from pactdesk.portal.plans import PlanCard, language, plan_card, plan_label

PAGE: Final = 24
# Fewer than these are seen at a glance, and nobody has to search.
FEW: Final = 8


@dataclass(frozen=True, slots=True)
class Part:
    """A page of a list of agreements: `count` there are in all; `steps` lead to the pages beside it."""

    cards: tuple[PlanCard, ...]
    count: int
    steps: Steps


def programmes_of(lines: Iterable[AgreementLine]) -> list[tuple[str, str]]:
    """The programmes of these agreements, by code and name, in the order of names."""
    found = {line.programme_code: text_in(line.programme, language()) for line in lines}
    return sorted(found.items(), key=lambda each: each[1].casefold())


def matching(lines: Iterable[AgreementLine], chosen: Mapping[str, str]) -> list[AgreementLine]:
    """Those of the agreements in whose names all words of `chosen` stand, and which are of its programme."""
    words = chosen.get("q", "").casefold().split()
    programme = chosen.get("programme", "")
    return [
        line
        for line in lines
        if programme in ("", line.programme_code) and all(word in _told(line) for word in words)
    ]


def _told(line: AgreementLine) -> str:
    """What a reader may search in: what lists show of the agreement, and its own Access ID."""
    return " ".join((plan_label(line), line.access_id, line.set_aside_by)).casefold()


def part(
    lines: Sequence[AgreementLine],
    name: str,
    asked: Mapping[str, str],
    viewer: Viewer,
    *,
    at: datetime,
    anchor: str = "",
) -> Part:
    """The page of `lines` that the parameter `name` of the address asks for, the last one where it asks for more.
    `asked` is all that the address asks."""
    pages = max(-(-len(lines) // PAGE), 1)
    number = min(max(number_in(asked.get(name, ""), digits=6) or 1, 1), pages)
    shown = lines[(number - 1) * PAGE : number * PAGE]

    here = reverse("portal:benefits")
    return Part(
        cards=tuple(plan_card(line, viewer, at=at) for line in shown),
        count=len(lines),
        steps=steps(number, pages, lambda other: link(here, {**asked, name: str(other)}) + anchor),
    )


def in_all(lines: Iterable[AgreementLine]) -> str:
    """What is left on all of these together, by what they count: "37 incidents, 12 h of advice"; "" where that is
    what a single one says (AGR-7)."""
    counted = [line for line in lines if line.counted]
    left: dict[str, int] = {}
    for line in counted:
        left[line.unit] = left.get(line.unit, 0) + max(line.units_left, 0)
    return (
        ", ".join(amount(unit, left[unit]) for unit in sorted(left, reverse=True)) if len(counted) > 1 else ""
    )
