"""The team, by country, time zone, product, problem type, language and programme (RTE-1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

# What a rule may ask about a request, in the order in which people are told.
TRAITS: Final = (
    "problem_type",
    "family",
    "product",
    "programme",
    "severity",
    "language",
    "country",
    "time_zone",
)


@dataclass(frozen=True, slots=True)
class Traits:
    """What routing knows of a request. Codes of the catalogue; country ISO 3166, zone IANA; "" where there is none."""

    problem_type: str = ""
    family: str = ""
    product: str = ""
    programme: str = ""
    severity: str = ""
    language: str = ""
    country: str = ""
    time_zone: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """A trait, and the values of which it has to have one."""

    trait: str
    values: frozenset[str]

    def holds_for(self, traits: Traits) -> bool:
        return getattr(traits, self.trait) in self.values


@dataclass(frozen=True, slots=True)
class RoutingRule:
    """Requests for which all `conditions` hold go to this team. A rule without conditions is for everything."""

    code: str
    team_id: int
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """The team of a request. `rule` is the code of the rule that chose it, "" where none did and the default team
    answers; `because` names each trait that decided, with the request's own value."""

    team_id: int | None
    rule: str = ""
    because: tuple[tuple[str, str], ...] = ()

    def as_data(self) -> dict[str, Any]:
        """The form that is kept with the request, as the explanation of its team."""
        return {"rule": self.rule, "because": [list(each) for each in self.because], "team": self.team_id}


def choose_team(traits: Traits, rules: Iterable[RoutingRule], *, default: int | None) -> Route:
    """The team of the first rule that applies, and why; the `default` team where none does (RTE-1).

    `rules` in the order in which they are to be tried. A rule whose conditions name no values applies to nothing: a
    blank is a mistake and must not match everything.
    """
    for rule in rules:
        if all(condition.holds_for(traits) for condition in rule.conditions):
            return Route(
                rule.team_id,
                rule.code,
                tuple((condition.trait, getattr(traits, condition.trait)) for condition in rule.conditions),
            )
    return Route(default)
