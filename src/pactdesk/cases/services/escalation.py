"""Asking for a manager, going on by time, and taking up (ESC-1, ESC-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.access import case_for, desk_case
from pactdesk.cases.facts import CaseEscalated, DangerTakenUp, EscalationTakenUp
from pactdesk.cases.models import Case, Escalation, Timer
from pactdesk.cases.queries.clocks import calendar_of
from pactdesk.cases.queries.escalation import ladder_of, may_ask
from pactdesk.cases.rules.escalation import (
    ABOVE,
    ESCALATED,
    TIME_TO_TAKE_UP,
    Ladder,
    Step,
    goes_on_to,
    next_step,
)
from pactdesk.cases.rules.messages import MOST_REASON, sayable
from pactdesk.cases.rules.queues import AT_REST
from pactdesk.cases.rules.status import CLOSED, Side
from pactdesk.cases.services import clocks
from pactdesk.cases.services.changing import keep
from pactdesk.catalog import queries as catalog
from pactdesk.journal import services as journal
from pactdesk.kernel.decisions import Reason, Refused
from pactdesk.kernel.text import tidy
from pactdesk.servicelevels.rules.timers import State


class CannotEscalate(Refused):
    """Nobody was told anything."""


@transaction.atomic
def ask_for_manager(number: int | None, *, reason: str, actor: Viewer, at: datetime) -> Step:
    """A contact is not content; answers who was told: first the engineer and the backup, and on asking again, or where
    nobody owns the request, their manager (ESC-1).

    Raises Http404 where the actor is no contact, and `CannotEscalate`.
    """
    case = case_for(actor, number, lock=True)
    reason = tidy(reason)
    if refusals := sayable(reason, most=MOST_REASON).refusals:
        raise CannotEscalate(*refusals)
    stands = _stands(case)
    step = next_step(stands.ladder, taken=stands.taken)
    refusals = tuple(may_ask(case, step, was_told=stands.was_told))
    if refusals or step is None:
        raise CannotEscalate(*refusals)
    _take(case, stands, step, reason, actor_id=actor.account_id, side=Side.REQUESTER, at=at)
    return step


@transaction.atomic
def go_further(number: int | None, *, reason: str, actor: Viewer, at: datetime) -> Step:
    """Somebody at the desk takes it to the manager or, where the manager knows already, to the head of support.

    Raises Http404, and `CannotEscalate`.
    """
    case = desk_case(actor, number, lock=True)
    reason = tidy(reason)
    if refusals := sayable(reason, most=MOST_REASON).refusals:
        raise CannotEscalate(*refusals)
    if case.status == CLOSED:
        raise CannotEscalate(Reason("case.is-closed"))
    stands = _stands(case)
    step = next_step(stands.ladder, taken=stands.taken, among=ABOVE)
    if step is None:
        raise CannotEscalate(Reason("escalation.nobody-above"))
    _take(case, stands, step, reason, actor_id=actor.account_id, side=Side.VENDOR, at=at)
    return step


@transaction.atomic
def take_up(number: int | None, *, actor: Viewer, at: datetime) -> None:
    """Somebody at the desk takes care of what was escalated or is in danger, with a name. Again changes nothing.

    The clock runs on; what would still be told of the same danger is not. Raises Http404.
    """
    case = desk_case(actor, number, lock=True)
    waiting = list(Escalation.objects.filter(case=case, taken_up_at=None).order_by("pk"))
    for each in waiting:
        each.taken_up_by_id, each.taken_up_at = actor.account_id, at
        each.save(update_fields=["taken_up_by", "taken_up_at"])
    acknowledged = clocks.acknowledge(case, actor_id=actor.account_id, at=at)
    if waiting:
        last = waiting[-1]
        taken = EscalationTakenUp(case.pk, escalation=last.pk, step=last.step, name=actor.name)
        journal.record(taken, actor_id=actor.account_id, at=at)
        keep(case, at=at)
    elif acknowledged:
        journal.record(DangerTakenUp(case.pk, name=actor.name), actor_id=actor.account_id, at=at)
        keep(case, at=at, publicly=False)


@transaction.atomic
def escalate(number: int, audience: str, *, metric: str, timer: int, at: datetime) -> Step | None:
    """Escalate a request because a promise of it is broken, not because somebody asked; answers who was told.

    `audience` is whom the step of the timer names. None where an escalation is not how they are told, where the promise
    was kept meanwhile, where everybody has been told already, or where somebody takes care of it since it broke.
    """
    step = ESCALATED.get(audience)
    case = _locked(number)
    broken = Timer.objects.filter(case=number, metric=metric, number=timer, state=State.BREACHED_OPEN).first()
    if step is None or case is None or broken is None or broken.breached_at is None:
        return None
    stands = _stands(case, at=at)
    if stands.taken_up_at is not None and stands.taken_up_at >= broken.breached_at:
        return None
    return _take_for(case, stands, step, audience, at=at)


@transaction.atomic
def page_lead(number: int, *, at: datetime) -> Step | None:
    """Tell the lead at once of a request of the first severity that nobody owns; again, once somebody does, or while it
    is not the desk's turn, tells nobody (None)."""
    case = _locked(number)
    if case is None or case.owner_id is not None or case.status in AT_REST:
        return None
    if case.severity != catalog.current().offered_severities()[0].code:
        return None
    return _take_for(case, _stands(case, at=at), Step.LEAD, "team-lead", at=at)


def go_on(*, at: datetime) -> int:
    """Tell the managers of what was not taken up in time, in the hours of each request; answers how many. Safe to
    repeat."""
    waiting = Escalation.objects.filter(
        taken_up_at=None, step__in=[Step.ENGINEERS, Step.LEAD], at__lte=at - TIME_TO_TAKE_UP
    ).order_by("at")
    told = 0
    for number in dict.fromkeys(waiting.values_list("case_id", flat=True)):
        with transaction.atomic():
            case = _locked(number, skip=True)
            last = Escalation.objects.filter(case_id=number).order_by("-pk").first()
            if case is None or last is None or (last.step == Step.LEAD and case.owner_id is not None):
                continue
            step = goes_on_to(
                Step(last.step),
                told_at=last.at,
                taken_up=last.taken_up_at is not None,
                at=at,
                calendar=calendar_of(case),
            )
            if step is None:
                continue
            stands = _stands(case)
            # A broken promise may have told them before whoever stands below.
            if step not in stands.taken and (people := stands.ladder.on(step)):
                _take(case, stands, step, last.reason, actor_id=None, side=Side.NOBODY, at=at, told=people)
                told += 1
    return told


@dataclass(frozen=True, slots=True)
class _Stands:
    """How far a request was escalated: in which round the next step is, what that has taken, who stands where; when the
    last round was taken up, None while it is not."""

    round: int
    taken: frozenset[Step]
    ladder: Ladder
    was_told: bool
    taken_up_at: datetime | None


def _stands(case: Case, *, at: datetime | None = None) -> _Stands:
    """Five queries at most, with `at` two more."""
    last = Escalation.objects.filter(case=case).order_by("-pk").first()
    over = last.taken_up_at if last is not None else None
    current = 1 if last is None else last.round + (over is not None)
    taken = Escalation.objects.filter(case=case, round=current).values_list("step", flat=True)
    return _Stands(
        round=current,
        taken=frozenset(Step(each) for each in taken),
        ladder=ladder_of(case, at=at),
        was_told=last is not None and over is None,
        taken_up_at=over,
    )


def _take_for(case: Case, stands: _Stands, step: Step, audience: str, *, at: datetime) -> Step | None:
    """Take this step because time alone asks for it; None where it was taken, or nobody stands there or above."""
    people = stands.ladder.for_audience(audience)
    if step in stands.taken or not people:
        return None
    _take(case, stands, step, "", actor_id=None, side=Side.NOBODY, at=at, told=people)
    return step


def _take(
    case: Case,
    stands: _Stands,
    step: Step,
    reason: str,
    *,
    actor_id: int | None,
    side: Side,
    at: datetime,
    told: tuple[int, ...] = (),
) -> None:
    people = list(told or stands.ladder.on(step))
    escalation = Escalation.objects.create(
        case=case, round=stands.round, step=step, reason=reason, asked_by_id=actor_id, told=people, at=at
    )
    fact = CaseEscalated(
        case.pk, escalation=escalation.pk, step=step.value, told=people, reason=reason, side=side.value
    )
    journal.record(fact, actor_id=actor_id, at=at)
    keep(case, at=at)


def _locked(number: int, *, skip: bool = False) -> Case | None:
    """The request, locked, unless it is closed, or a test, which reaches nobody."""
    cases = Case.objects.select_for_update(of=("self",), skip_locked=skip).select_related("team")
    return cases.filter(pk=number, is_test=False).exclude(status=CLOSED).first()
