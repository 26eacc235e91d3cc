"""Giving a request to an engineer by the rules of routing (SEV-5)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pactdesk.accounts import queries as accounts
from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.access import desk_case
from pactdesk.cases.facts import CaseAssigned
from pactdesk.cases.models import Case
from pactdesk.cases.queries.assignment import choice_for
from pactdesk.cases.rules.status import CLOSED, NEW, Move, Side
from pactdesk.cases.services.changing import CannotChange, keep, move, require_unchanged
from pactdesk.catalog import queries as catalog
from pactdesk.journal import services as journal
from pactdesk.kernel.decisions import Reason
from pactdesk.routing.rules import Choice


@transaction.atomic
def assign_critical(number: int, *, at: datetime, without: int | None = None) -> int | None:
    """Give a new request of the first severity to the next free engineer of its team, other than the account `without`;
    answers whose it is now.

    Requests of other severities stay in the queue, and so does one that nobody can take now (None). Again changes
    nothing (SEV-5).
    """
    case = Case.objects.select_for_update(of=("self",)).filter(pk=number).first()
    if case is None or case.severity != catalog.current().offered_severities()[0].code or case.is_test:
        return None
    if case.owner_id is None and case.status == NEW:
        _give(case, choice_for(case, at=at, without=without), at)
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


@transaction.atomic
def hand_on(number: int | None, *, seen: int | None, actor: Viewer, at: datetime) -> Choice:
    """Give an open request that somebody owns to the next free engineer beside them, to whom a call about it is put
    through (ESC-1); nobody may be able to take it, and it stays where it is then.

    Raises Http404, and `CannotChange` where it was changed since revision `seen`, or is closed.
    """
    case = desk_case(actor, number, lock=True)
    require_unchanged(case, seen)
    if case.status == CLOSED:
        raise CannotChange(Reason("case.is-closed"))
    choice = choice_for(case, at=at)
    _give(case, choice, at, actor_id=actor.account_id)
    return choice


def _give(case: Case, choice: Choice, at: datetime, *, actor_id: int | None = None) -> None:
    if choice.account_id is None:
        return
    before, case.owner_id = case.owner_id, choice.account_id
    if case.status == NEW:
        move(case, Move.ASSIGN, side=Side.VENDOR, actor_id=actor_id, at=at, quietly=True)
    fact = CaseAssigned(
        case.pk,
        owner=choice.account_id,
        owner_name=accounts.names_of([choice.account_id])[choice.account_id],
        before=before,
    )
    journal.record(fact, actor_id=actor_id, at=at)
    keep(case, at=at)
