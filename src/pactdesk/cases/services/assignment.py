"""Giving a request to an engineer by the rules of routing (SEV-5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Count

from pactdesk.accounts import queries as accounts
from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.access import desk_case
from pactdesk.cases.facts import CaseAssigned
from pactdesk.cases.models import Case
from pactdesk.cases.queries.routing import traits_of
from pactdesk.cases.rules.status import CLOSED, NEW, RESOLVED, WAITING, Move, Side
from pactdesk.cases.services.changing import keep, move
from pactdesk.catalog import queries as catalog
from pactdesk.journal import services as journal
from pactdesk.routing import queries as routing
from pactdesk.routing.rules import Choice, choose_engineer


@transaction.atomic
def assign_critical(number: int, *, at: datetime) -> int | None:
    """Give a new request of the first severity to the next free engineer of its team; answers whose it is now.

    Requests of other severities stay in the queue, and so does one that nobody can take now (None). Again changes
    nothing (SEV-5).
    """
    case = Case.objects.select_for_update(of=("self",)).filter(pk=number).first()
    if case is None or case.severity != catalog.current().offered_severities()[0].code or case.is_test:
        return None
    if case.owner_id is None and case.status == NEW:
        _give(case, choice_for(case, at=at), at)
    return case.owner_id


@transaction.atomic
def assign_next(number: int | None, *, actor: Viewer, at: datetime) -> Choice:
    """Give a request that nobody owns to whoever fits best, and say who was passed over and why; nobody may be able to.

    A request that somebody owns stays with them. Raises Http404 where the actor does not work on it.
    """
    case = desk_case(actor, number, lock=True)
    choice = choice_for(case, at=at)
    if case.owner_id is None and case.status != CLOSED:
        _give(case, choice, at, actor_id=actor.account_id)
    return choice


def choice_for(case: Case, *, at: datetime) -> Choice:
    """Who of the request's team would get it at `at`, and why not the others. Three queries."""
    if case.team_id is None:
        return Choice(None, {})
    engineers = routing.engineers_of(case.team_id)
    return choose_engineer(
        traits_of(case), engineers, in_hand=in_hand(each.account_id for each in engineers), at=at
    )


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


def _give(case: Case, choice: Choice, at: datetime, *, actor_id: int | None = None) -> None:
    if choice.account_id is None:
        return
    case.owner_id = choice.account_id
    if case.status == NEW:
        move(case, Move.ASSIGN, side=Side.VENDOR, actor_id=actor_id, at=at, quietly=True)
    fact = CaseAssigned(
        case.pk,
        owner=choice.account_id,
        owner_name=accounts.names_of([choice.account_id])[choice.account_id],
        before=None,
    )
    journal.record(fact, actor_id=actor_id, at=at)
    keep(case, at=at)
