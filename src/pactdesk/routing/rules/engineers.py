"""The engineer: on shift, with room for more, by skill, language and load (SEV-5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pactdesk.routing.rules.teams import Traits
from pactdesk.servicelevels.rules import CalendarData, next_open


class PassedOver(StrEnum):
    """Why an engineer does not get a request now."""

    AWAY = "away"
    OFF_SHIFT = "off-shift"
    FULL = "full"
    LANGUAGE = "language"
    SKILL = "skill"


@dataclass(frozen=True, slots=True)
class Engineer:
    """Somebody of a team and on which terms. Empty sets ask for nothing: every language, every product, every kind.

    `capacity` is how many open requests one may have in hand; `away_from` and `away_until` (UTC) bound an absence.
    """

    account_id: int
    name: str
    shift: CalendarData
    languages: frozenset[str] = field(default_factory=frozenset)
    products: frozenset[str] = field(default_factory=frozenset)
    problem_types: frozenset[str] = field(default_factory=frozenset)
    capacity: int = 8
    backup_id: int | None = None
    away_from: datetime | None = None
    away_until: datetime | None = None

    def away(self, at: datetime) -> bool:
        """Whether an absence is entered for this instant; one without an end goes on."""
        begun = self.away_from is not None and self.away_from <= at
        return begun and (self.away_until is None or at < self.away_until)

    def on_shift(self, at: datetime) -> bool:
        """Whether this is working time of theirs: in the shift and not away."""
        return not self.away(at) and next_open(self.shift, at) == at

    def skilled(self, traits: Traits) -> bool:
        return (not self.products or traits.product in self.products) and (
            not self.problem_types or traits.problem_type in self.problem_types
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """Who gets the request, None where nobody can take it now; and for everybody else of the team, why not.

    Who could have taken it, but had more in hand or fitted less, is in neither.
    """

    account_id: int | None
    passed_over: Mapping[int, PassedOver]


def choose_engineer(
    traits: Traits, engineers: Iterable[Engineer], *, in_hand: Mapping[int, int], at: datetime
) -> Choice:
    """Who of `engineers` gets a request at `at`: never somebody off shift, away, full, or of another skill.

    Among those who can take it, whoever speaks the request's language goes before those who do not, then whoever has
    the smaller share of the capacity in hand (`in_hand` counts open requests by account), then the lower account. Where
    nobody speaks the language, somebody else takes it rather than nobody.
    """
    passed: dict[int, PassedOver] = {}
    able: list[Engineer] = []
    for engineer in engineers:
        reason = _reason(engineer, traits, in_hand, at)
        if reason is None:
            able.append(engineer)
        else:
            passed[engineer.account_id] = reason
    speaking = [each for each in able if not each.languages or traits.language in each.languages]
    if speaking:
        passed |= {each.account_id: PassedOver.LANGUAGE for each in able if each not in speaking}
    best = min(
        speaking or able,
        key=lambda each: (in_hand.get(each.account_id, 0) / each.capacity, each.account_id),
        default=None,
    )
    return Choice(best.account_id if best else None, passed)


def _reason(
    engineer: Engineer, traits: Traits, in_hand: Mapping[int, int], at: datetime
) -> PassedOver | None:
    if engineer.away(at):
        return PassedOver.AWAY
    if not engineer.on_shift(at):
        return PassedOver.OFF_SHIFT
    if not engineer.skilled(traits):
        return PassedOver.SKILL
    if in_hand.get(engineer.account_id, 0) >= engineer.capacity:
        return PassedOver.FULL
    return None
