"""Working on a request: who owns it, in whose queue it stands, and where it stands."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pactdesk.accounts import queries as accounts
from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.access import desk_case
from pactdesk.cases.facts import CaseAssigned, CaseReleased, CaseTransferred, StatusChanged
from pactdesk.cases.rules.clock_events import clock_event_of
from pactdesk.cases.rules.messages import MOST_REASON, sayable
from pactdesk.cases.rules.status import ASSIGNED, CLOSED, IN_PROGRESS, NEW, RESOLVED, Move, Side, taken_back
from pactdesk.cases.services import clocks
from pactdesk.cases.services.changing import (
    CannotChange,
    keep,
    move,
    own_if_unowned,
    require_still_to_come,
    require_unchanged,
)
from pactdesk.journal import services as journal
from pactdesk.kernel.decisions import Reason
from pactdesk.kernel.text import tidy
from pactdesk.servicelevels.rules import Kind


@transaction.atomic
def assign(number: int | None, owner_id: int, *, seen: int | None, actor: Viewer, at: datetime) -> None:
    """Let an engineer of the request's team own it; the actor may be meant. Again changes nothing.

    Raises Http404, and `CannotChange` where the account does not answer for the team, the request is closed, or it was
    changed since revision `seen`.
    """
    case = desk_case(actor, number, lock=True)
    if case.owner_id == owner_id:
        return
    require_unchanged(case, seen)
    if case.status == CLOSED:
        raise CannotChange(Reason("case.is-closed"))
    if case.team_id is None or not accounts.answers_for(owner_id, case.team_id):
        raise CannotChange(Reason("case.owner-not-in-team"))
    before, case.owner_id = case.owner_id, owner_id
    if case.status == NEW:
        move(case, Move.ASSIGN, side=Side.VENDOR, actor_id=actor.account_id, at=at, quietly=True)
    name = accounts.names_of([owner_id])[owner_id]
    fact = CaseAssigned(case.pk, owner=owner_id, owner_name=name, before=before)
    journal.record(fact, actor_id=actor.account_id, at=at)
    keep(case, at=at)


@transaction.atomic
def release(number: int | None, *, seen: int | None, actor: Viewer, at: datetime) -> None:
    """Give the request back to the team's queue. Again changes nothing. Raises Http404, `CannotChange`."""
    case = desk_case(actor, number, lock=True)
    if case.owner_id is None:
        return
    require_unchanged(case, seen)
    if case.status == CLOSED:
        raise CannotChange(Reason("case.is-closed"))
    before, case.owner_id = case.owner_id, None
    if case.status in {ASSIGNED, IN_PROGRESS}:
        move(case, Move.RELEASE, side=Side.VENDOR, actor_id=actor.account_id, at=at, quietly=True)
    fact = CaseReleased(case.pk, before=before, before_name=accounts.names_of([before])[before])
    journal.record(fact, actor_id=actor.account_id, at=at)
    keep(case, at=at, publicly=False)


@transaction.atomic
def transfer(
    number: int | None, team_id: int, *, note: str, seen: int | None, actor: Viewer, at: datetime
) -> None:
    """Put the request into another team's queue, where nobody owns it yet; `note` tells that team why.

    What was promised stays promised. Raises Http404, `CannotChange`.
    """
    case = desk_case(actor, number, lock=True)
    if case.team_id == team_id:
        return
    require_unchanged(case, seen)
    note = tidy(note)
    if refusals := sayable(note, most=MOST_REASON).refusals:
        raise CannotChange(*refusals)
    if case.status == CLOSED:
        raise CannotChange(Reason("case.is-closed"))
    team = next(iter(accounts.teams(only=[team_id])), None)
    if team is None:
        raise CannotChange(Reason("case.team-gone"))
    before, case.team_id = case.team_id, team.id
    case.owner_id = None
    if case.status in {ASSIGNED, IN_PROGRESS}:
        move(case, Move.RELEASE, side=Side.VENDOR, actor_id=actor.account_id, at=at, quietly=True)
    clocks.happened(case, Kind.TRANSFERRED, at=at, actor_id=actor.account_id)
    fact = CaseTransferred(case.pk, team=team.id, team_code=team.code, before=before, note=note)
    journal.record(fact, actor_id=actor.account_id, at=at)
    keep(case, at=at, publicly=False)


@transaction.atomic
def set_status(
    number: int | None,
    step: Move,
    *,
    seen: int | None,
    until: datetime | None = None,
    actor: Viewer,
    at: datetime,
) -> None:
    """Move the request: START, ASK or RESOLVE. Closing and reopening are verbs of their own (`ending`).

    Whoever starts with a request that nobody owns owns it. `until`: waiting for the requester (ASK) ends by itself
    then.

    Raises Http404, `CannotChange`, and `ValueError` for a move that another verb makes.
    """
    if step not in {Move.START, Move.ASK, Move.RESOLVE}:
        raise ValueError(f"{step} is not a status that is set")
    case = desk_case(actor, number, lock=True)
    require_unchanged(case, seen)
    if step == Move.START:
        own_if_unowned(case, actor=actor, at=at)
    require_still_to_come(until, at=at)
    move(case, step, side=Side.VENDOR, actor_id=actor.account_id, at=at, until=until)
    keep(case, at=at)


@transaction.atomic
def take_back(number: int | None, before: str, *, seen: int, actor: Viewer, at: datetime) -> None:
    """Undo a change of status that was just made: the request is back in the status `before`.

    Only while nothing else has changed since, which `seen` says: the revision that the change made. Raises Http404,
    `CannotChange`.
    """
    case = desk_case(actor, number, lock=True)
    require_unchanged(case, seen)
    after = case.status
    if not taken_back(after=after, before=before):
        raise CannotChange(Reason("case.cannot-take-back", {"status": after}))
    # Whoever began owns it since.
    case.status = ASSIGNED if before == NEW and case.owner_id is not None else before
    case.resolved_at = at if case.status == RESOLVED else None
    case.waiting_until = None
    if (kind := clock_event_of(after, case.status)) is not None:
        clocks.happened(case, kind, at=at, actor_id=actor.account_id)
    fact = StatusChanged(case.pk, before=after, after=case.status, side=Side.VENDOR.value)
    journal.record(fact, actor_id=actor.account_id, at=at)
    keep(case, at=at)
