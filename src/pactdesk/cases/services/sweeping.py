"""Looking at what time alone has changed: steps that were reached, promises that were broken, waiting that has ended.

What is looked at is found by indexes of what is due, so a sweep costs what is due and not what runs. Whenever it comes,
what it marks is the instant at which that was due, because it is folded from what happened (SEV-6).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from pactdesk.cases.facts import CaseFact, PromiseAtRisk, PromiseBroken
from pactdesk.cases.models import Case, Timer, ToldStep
from pactdesk.cases.queries.clocks import calendars_for, events_of, promised_to
from pactdesk.cases.rules.status import WAITING, Move, Side
from pactdesk.cases.services.changing import keep, move
from pactdesk.journal import services as journal
from pactdesk.kernel.database import execute, sent_together
from pactdesk.servicelevels.rules.steps import PlannedStep, next_look, to_tell
from pactdesk.servicelevels.rules.timers import Timer as FoldedTimer
from pactdesk.servicelevels.rules.timers import timers_of

# Requests that are looked at in one transaction.
BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Swept:
    """How many timers were looked at, how many of them had been missed, and how many steps were told."""

    looked_at: int = 0
    missed: int = 0
    told: int = 0

    def __add__(self, other: Swept) -> Swept:
        return Swept(self.looked_at + other.looked_at, self.missed + other.missed, self.told + other.told)


def sweep(*, at: datetime) -> Swept:
    """Look at every timer that has to be looked at by `at`. Safe to repeat, and to run twice at once.

    Requests that somebody works on in this moment are left for the next time.
    """
    done = Swept()
    while True:
        with transaction.atomic():
            numbers = list(
                Timer.objects.filter(next_at__lt=at)
                .order_by("next_at")
                .values_list("case_id", flat=True)[:BATCH]
            )
            cases = list(
                Case.objects.select_for_update(of=("self",), skip_locked=True)
                .filter(pk__in=numbers)
                .only("opened_at", "severity", "hours", "language", "calendar", "is_test", "terms")
                .order_by("pk")
            )
            if not cases:
                return done
            done += _look_at(cases, at=at)


def end_waiting(*, at: datetime) -> int:
    """Take up again what waited for its requester until a chosen time that has come; answers how many."""
    woken = 0
    due = Case.objects.filter(waiting_until__lte=at).order_by("pk")
    for number in list(due.values_list("pk", flat=True)):
        with transaction.atomic():
            case = Case.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=number).first()
            if (
                case is None
                or case.status != WAITING
                or case.waiting_until is None
                or case.waiting_until > at
            ):
                continue
            move(case, Move.WAKE, side=Side.NOBODY, actor_id=None, at=at)
            keep(case, at=at)
            woken += 1
    return woken


def _look_at(cases: Sequence[Case], *, at: datetime) -> Swept:
    """Mark and tell what has to be by `at`, for locked requests, each of which has one open timer at most."""
    rows = {row.case_id: row for row in Timer.objects.filter(case__in=cases, next_at__lt=at)}
    told = _told(row.pk for row in rows.values())
    events, known = events_of(cases), calendars_for(cases)
    done = Swept()
    marks: list[tuple[object, ...]] = []
    steps: list[tuple[object, ...]] = []
    facts: list[CaseFact] = []
    for case in cases:
        if (row := rows.get(case.pk)) is None:
            continue  # somebody was quicker
        promised = promised_to(case)
        timers = {timer.key: timer for timer in timers_of(events[case.pk], promised.terms, known, at=at)}
        timer = timers[row.metric, row.number]
        before = told.get(row.pk, set())
        now = to_tell(timer, promised.steps, known, before, at=at)
        after = before | {each.step.code for each in now}
        next_at = next_look(timer, promised.steps, known, after, at=at)
        marks.append((row.pk, timer.state.value, timer.due_at, timer.breached_at, next_at))
        steps += [(row.pk, each.step.code, each.step.audience, each.at, at) for each in now]
        facts += [_fact(case.pk, timer, each) for each in now]
        missed = row.breached_at is None and timer.breached_at is not None
        done += Swept(1, int(missed), len(now))
    if marks:
        with sent_together():
            execute(_MARK, [list(column) for column in zip(*marks, strict=True)])
            if steps:
                execute(_TELL, [list(column) for column in zip(*steps, strict=True)])
            journal.record_all(facts, actor_id=None, at=at)
    return done


_MARK = """
UPDATE cases_timer SET state = now.state, due_at = now.due_at, breached_at = now.breached_at, next_at = now.next_at
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[])
  AS now (id, state, due_at, breached_at, next_at)
WHERE cases_timer.id = now.id
"""
_TELL = """
INSERT INTO cases_toldstep (timer_id, step, audience, at, told_at)
SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[])
"""


def _fact(number: int, timer: FoldedTimer, planned: PlannedStep) -> CaseFact:
    """What those who listen are told of a step that was reached."""
    assert timer.due_at is not None  # what stands still has no steps
    step = planned.step
    kind: type[PromiseBroken] | type[PromiseAtRisk] = PromiseBroken if step.is_breach else PromiseAtRisk
    return kind(
        number,
        metric=timer.metric.value,
        number=timer.number,
        step=step.code,
        audience=step.audience,
        due_at=timer.due_at.isoformat(),
    )


def _told(timer_ids: Iterable[int]) -> Mapping[int, set[str]]:
    found: dict[int, set[str]] = {}
    for timer_id, step in ToldStep.objects.filter(timer__in=list(timer_ids)).values_list("timer_id", "step"):
        found.setdefault(timer_id, set()).add(step)
    return found
