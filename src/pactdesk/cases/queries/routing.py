"""What routing knows of a request, and why it stands with its team."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pactdesk.accounts import queries as accounts
from pactdesk.agreements.access import programme_of
from pactdesk.cases.models import Case
from pactdesk.cases.queries.intake import Setting
from pactdesk.cases.rules.answers import Answers
from pactdesk.catalog import queries as catalog
from pactdesk.routing.rules import Traits


@dataclass(frozen=True, slots=True)
class WhyThisTeam:
    """The rule that chose the team, "" where none applied and the default team answers; `because` names the traits that
    decided, with the request's values. `team` is the worded name of the team with which it stands, None for nobody's;
    `handed_over`: it came to another one first."""

    rule: str
    because: tuple[tuple[str, str], ...]
    team: Mapping[str, str] | None = None
    handed_over: bool = False


def traits_of(case: Case) -> Traits:
    """What a request is about, as routing asks for it. At most one query."""
    catalogue = catalog.current()
    product = catalogue.product_by_id(case.product_id)
    return Traits(
        problem_type=catalogue.problem_by_id(case.problem_id).problem_type.code,
        family=product.family.code,
        product=product.code,
        programme=programme_of(case.agreement.programme_id).code if case.agreement else "",
        severity=case.severity,
        language=case.language,
        country=case.country,
        time_zone=case.time_zone,
    )


def why_this_team(case: Case) -> WhyThisTeam:
    """Why the request came to the team that it came to first (RTE-1). No query beside its team."""
    route: Mapping[str, object] = case.explanation.get("route") or {}
    because = route.get("because")
    pairs = because if isinstance(because, list) else []
    return WhyThisTeam(
        rule=str(route.get("rule", "")),
        because=tuple((str(trait), str(value)) for trait, value in pairs),
        team=case.team.name if case.team else None,
        handed_over="team" in route and route["team"] != case.team_id,
    )


def team_for(setting: Setting, answers: Answers) -> WhyThisTeam:
    """Which team a draft would come to if it were sent now, and why (RTE-1). Two queries."""
    route = setting.route(answers)
    team = next(iter(accounts.teams(only=[route.team_id])), None) if route.team_id is not None else None
    return WhyThisTeam(route.rule, route.because, team.name if team else None)
