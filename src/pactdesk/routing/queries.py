"""Which team answers, out of rules that are kept in memory; and who of it could."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pactdesk.accounts import queries as accounts
from pactdesk.accounts.models import Team, TeamMember
from pactdesk.accounts.queries import TeamLine
from pactdesk.catalog import queries as catalog
from pactdesk.catalog.queries import Catalogue
from pactdesk.routing import models
from pactdesk.routing.rules import Condition, Engineer, Route, RoutingRule, Traits, choose_team
from pactdesk.routing.rules.teams import TRAITS
from pactdesk.routing.rules.terms import Terms, shifts_of
from pactdesk.servicelevels.rules import AROUND_THE_CLOCK, CalendarData

_CAPACITY: Final = 8


@dataclass(frozen=True, slots=True)
class Routing:
    """All rules in the order in which they are tried, and the team for the rest."""

    rules: tuple[RoutingRule, ...]
    default: int | None


_memory: tuple[Catalogue, Routing] | None = None


def current() -> Routing:
    """The rules as they are now. They are read anew with the catalogue, whose revision grows with theirs, too."""
    global _memory
    catalogue = catalog.current()
    remembered = _memory
    if remembered is None or remembered[0] is not catalogue:
        remembered = _memory = (catalogue, _read())
    return remembered[1]


def forget() -> None:
    """Make the next question read the tables."""
    global _memory
    _memory = None


def route_for(traits: Traits) -> Route:
    """The team for a request like this, and why (RTE-1). No query once the rules are in memory."""
    routing = current()
    return choose_team(traits, routing.rules, default=routing.default)


def engineers_of(team_id: int) -> tuple[Engineer, ...]:
    """Who answers for a team and on which terms, by account. Two queries.

    Whoever has no terms of their own works around the clock, on everything.
    """
    members = {
        account_id: name for team in accounts.teams(only=[team_id]) for account_id, name in team.members
    }
    terms = {
        row.account_id: row
        for row in models.Engineer.objects.filter(account__in=members).select_related("account")
    }
    return tuple(
        _engineer(account_id, members[account_id], terms.get(account_id)) for account_id in sorted(members)
    )


def on_shift(teams: Iterable[TeamLine], *, at: datetime) -> Mapping[int, int]:
    """How many engineers of each of these teams work at `at`, by team. One query."""
    teams = list(teams)
    members = {account_id: name for team in teams for account_id, name in team.members}
    terms = {
        row.account_id: row
        for row in models.Engineer.objects.filter(account__in=members).select_related("account")
    }
    working = {
        account_id
        for account_id, name in members.items()
        if _engineer(account_id, name, terms.get(account_id)).on_shift(at)
    }
    return {team.id: sum(account_id in working for account_id, _name in team.members) for team in teams}


def terms_of(account_ids: Iterable[int]) -> dict[int, Terms]:
    """On which terms these accounts work, by account; who has none of their own is missing. One query."""
    found = {}
    for row in models.Engineer.objects.filter(account__in=set(account_ids)):
        shifts, is_plain = shifts_of(row.weekly)
        found[row.account_id] = Terms(
            languages=frozenset(row.languages),
            products=frozenset(row.products),
            problem_types=frozenset(row.problem_types),
            shifts=shifts,
            capacity=row.capacity,
            backup_id=row.backup_id,
            away_from=row.away_from,
            away_until=row.away_until,
            is_plain=is_plain,
        )
    return found


def backup_of(account_id: int, team_id: int) -> int | None:
    """Who stands in for an engineer of this team, being one of it, too; None where nobody does. One query."""
    of_team = TeamMember.objects.filter(team=team_id).values("account_id")
    named = models.Engineer.objects.filter(account_id=account_id, backup_id__in=of_team)
    return named.values_list("backup_id", flat=True).first()


def _engineer(account_id: int, name: str, terms: models.Engineer | None) -> Engineer:
    if terms is None:
        return Engineer(account_id, name, AROUND_THE_CLOCK)
    zone = terms.account.time_zone or "UTC"
    return Engineer(
        account_id=account_id,
        name=name,
        shift=CalendarData.from_data({"tz": zone, "weekly": terms.weekly}),
        languages=frozenset(terms.languages),
        products=frozenset(terms.products),
        problem_types=frozenset(terms.problem_types),
        capacity=terms.capacity,
        backup_id=terms.backup_id,
        away_from=terms.away_from,
        away_until=terms.away_until,
    )


def _read() -> Routing:
    rules = tuple(
        RoutingRule(
            code=row.code,
            team_id=row.team_id,
            conditions=tuple(
                Condition(trait, frozenset(row.conditions[trait]))
                for trait in TRAITS
                if trait in row.conditions
            ),
        )
        for row in models.Rule.objects.order_by("position", "code")
    )
    default = Team.objects.filter(is_default=True).values_list("pk", flat=True).first()
    return Routing(rules, default)
