"""Who of a team would get a request now, and why not the others (SEV-5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from pactdesk.accounts import queries as accounts
from pactdesk.accounts.queries import Colleague
from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.access import desk_case
from pactdesk.cases.models import Case
from pactdesk.cases.queries.routing import traits_of
from pactdesk.cases.rules.status import CLOSED, RESOLVED, WAITING
from pactdesk.catalog import queries as catalog
from pactdesk.routing import queries as routing
from pactdesk.routing.rules import Choice, Engineer, PassedOver, choose_engineer


@dataclass(frozen=True, slots=True)
class Candidate:
    """An engineer of the request's team, with what is in hand of how much. `passed_over` is why they do not get it;
    None for whoever does, and for who could have."""

    account_id: int
    name: str
    in_hand: int
    capacity: int
    passed_over: PassedOver | None


@dataclass(frozen=True, slots=True)
class Choosing:
    """Who would get a request at the moment that was asked about, None where nobody can take it; how to reach them; and
    everybody else of the team. `speaks`: whoever gets it speaks the request's language. `is_critical`: a call about it
    is put through."""

    chosen: Candidate | None
    reach: Colleague | None
    speaks: bool
    others: tuple[Candidate, ...]
    is_critical: bool


def choosing(viewer: Viewer, number: int | None, *, at: datetime) -> Choosing:
    """Who would get a request at `at`, apart from whoever owns it. Raises Http404. Six queries."""
    case = desk_case(viewer, number)
    engineers = _engineers(case)
    counts = in_hand(each.account_id for each in engineers)
    choice = _choose(case, engineers, counts, at)
    candidates = {
        each.account_id: Candidate(
            account_id=each.account_id,
            name=each.name,
            in_hand=counts.get(each.account_id, 0),
            capacity=each.capacity,
            passed_over=choice.passed_over.get(each.account_id),
        )
        for each in engineers
        if each.account_id != case.owner_id
    }
    chosen = candidates.pop(choice.account_id or 0, None)
    spoken = {each.account_id: each.languages for each in engineers}
    languages = spoken.get(choice.account_id or 0, frozenset())
    return Choosing(
        chosen=chosen,
        reach=accounts.colleagues([chosen.account_id]).get(chosen.account_id) if chosen else None,
        speaks=not languages or case.language in languages,
        others=tuple(sorted(candidates.values(), key=lambda each: (each.passed_over is not None, each.name))),
        is_critical=case.severity == catalog.current().offered_severities()[0].code,
    )


def choice_for(case: Case, *, at: datetime, without: int | None = None) -> Choice:
    """Who of the request's team gets it at `at`, apart from whoever owns it and the account `without`, and why not the
    others. Four queries."""
    engineers = tuple(each for each in _engineers(case) if each.account_id != without)
    return _choose(case, engineers, in_hand(each.account_id for each in engineers), at)


def in_hand(account_ids: Iterable[int]) -> Mapping[int, int]:
    """How many requests each of these accounts has to do something about, by account. One query.

    What waits for the requester or is resolved is not in hand.
    """
    rows = (
        Case.objects.filter(owner__in=list(account_ids), is_test=False)
        .exclude(status__in=[CLOSED, WAITING, RESOLVED])
        .values_list("owner")
        .annotate(Count("pk"))
    )
    return dict(rows)


def _engineers(case: Case) -> tuple[Engineer, ...]:
    return routing.engineers_of(case.team_id) if case.team_id is not None else ()


def _choose(case: Case, engineers: Iterable[Engineer], counts: Mapping[int, int], at: datetime) -> Choice:
    others = [each for each in engineers if each.account_id != case.owner_id]
    return choose_engineer(traits_of(case), others, in_hand=counts, at=at)
