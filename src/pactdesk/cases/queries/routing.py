"""What routing knows of a request, and why it stands with its team."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pactdesk.agreements.access import programme_of
from pactdesk.cases.models import Case
from pactdesk.catalog import queries as catalog
from pactdesk.routing.rules import Traits


@dataclass(frozen=True, slots=True)
class WhyThisTeam:
    """The rule that chose the team, "" where none applied and the default team answers; `because` names the traits that
    decided, with the request's values."""

    rule: str
    because: tuple[tuple[str, str], ...]


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
    """Why the request came to the team that it came to first (RTE-1). No query."""
    route: Mapping[str, object] = case.explanation.get("route") or {}
    because = route.get("because")
    pairs = because if isinstance(because, list) else []
    return WhyThisTeam(str(route.get("rule", "")), tuple((str(trait), str(value)) for trait, value in pairs))
