"""Asking for a manager, going on by time, and taking up (ESC-1, ESC-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.access import case_for, desk_case
from pactdesk.cases.facts import CaseEscalated, EscalationTakenUp
from pactdesk.cases.models import Case, Escalation
from pactdesk.cases.queries.escalation import ladder_of, may_ask
from pactdesk.cases.rules.escalation import TIME_TO_TAKE_UP, Step, goes_on, next_step
from pactdesk.cases.rules.messages import MOST_REASON, sayable
from pactdesk.cases.rules.status import CLOSED, Side
from pactdesk.cases.services.changing import keep
from pactdesk.journal import services as journal
from pactdesk.kernel.decisions import Refused
from pactdesk.kernel.text import tidy


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
    coming = _coming(case)
    if refusals := tuple(may_ask(case, coming.step, was_told=coming.was_told)):
        raise CannotEscalate(*refusals)
    assert coming.step is not None  # allowed, so somebody stands there
    _take(case, coming, reason, actor_id=actor.account_id, side=Side.REQUESTER, at=at)
    return coming.step


@transaction.atomic
def take_up(number: int | None, *, actor: Viewer, at: datetime) -> None:
    """Somebody at the desk takes care of what was escalated, with a name. Again changes nothing. Raises Http404."""
    case = desk_case(actor, number, lock=True)
    waiting = list(Escalation.objects.filter(case=case, taken_up_at=None).order_by("pk"))
    for each in waiting:
        each.taken_up_by_id, each.taken_up_at = actor.account_id, at
        each.save(update_fields=["taken_up_by", "taken_up_at"])
    if waiting:
        last = waiting[-1]
        fact = EscalationTakenUp(case.pk, escalation=last.pk, step=last.step, name=actor.name)
        journal.record(fact, actor_id=actor.account_id, at=at)
        keep(case, at=at)


@transaction.atomic
def escalate(number: int, *, at: datetime) -> Step | None:
    """Escalate a request because its promise is in danger or broken, not because somebody asked; answers who was told.

    None where everybody has been told already, or the request is closed.
    """
    case = Case.objects.select_for_update(of=("self",)).filter(pk=number).first()
    if case is None or case.status == CLOSED:
        return None
    return _take_next_step(case, "", actor_id=None, side=Side.NOBODY, at=at)


def go_on(*, at: datetime) -> int:
    """Tell the managers of what the engineers did not take up in time; answers how many. Safe to repeat."""
    waiting = Escalation.objects.filter(
        taken_up_at=None, step=Step.ENGINEERS, at__lte=at - TIME_TO_TAKE_UP
    ).order_by("at")
    told = 0
    for number in dict.fromkeys(waiting.values_list("case_id", flat=True)):
        with transaction.atomic():
            case = Case.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=number).first()
            last = Escalation.objects.filter(case_id=number).order_by("-pk").first()
            if case is None or last is None or case.status == CLOSED:
                continue
            if goes_on(Step(last.step), told_at=last.at, taken_up=last.taken_up_at is not None, at=at):
                told += bool(_take_next_step(case, last.reason, actor_id=None, side=Side.NOBODY, at=at))
    return told


@dataclass(frozen=True, slots=True)
class _Coming:
    """The step that would be taken next, None where nobody is left to tell; in which round, and who stands there."""

    round: int
    step: Step | None
    told: tuple[int, ...]
    was_told: bool


def _coming(case: Case) -> _Coming:
    """What comes next. Four queries."""
    last = Escalation.objects.filter(case=case).order_by("-pk").first()
    is_over = last is not None and last.taken_up_at is not None
    current = 1 if last is None else last.round + is_over
    taken = Escalation.objects.filter(case=case, round=current).values_list("step", flat=True)
    ladder = ladder_of(case)
    step = next_step(ladder, taken={Step(each) for each in taken})
    told = ladder.on(step) if step else ()
    return _Coming(current, step, told, was_told=last is not None and not is_over)


def _take_next_step(
    case: Case, reason: str, *, actor_id: int | None, side: Side, at: datetime
) -> Step | None:
    coming = _coming(case)
    if coming.step is not None:
        _take(case, coming, reason, actor_id=actor_id, side=side, at=at)
    return coming.step


def _take(
    case: Case, coming: _Coming, reason: str, *, actor_id: int | None, side: Side, at: datetime
) -> None:
    step, told = coming.step, list(coming.told)
    assert step is not None
    escalation = Escalation.objects.create(
        case=case, round=coming.round, step=step, reason=reason, asked_by_id=actor_id, told=told, at=at
    )
    fact = CaseEscalated(
        case.pk, escalation=escalation.pk, step=step.value, told=told, reason=reason, side=side.value
    )
    journal.record(fact, actor_id=actor_id, at=at)
    keep(case, at=at)
