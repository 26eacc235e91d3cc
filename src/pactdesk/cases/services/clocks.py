"""Keeping the clocks of requests: what happened is noted, folded, and the result kept (SEV-6).

`happened` belongs into the transaction of what happened, on a locked request; `changing.keep` folds it in. Nothing else
writes timers, and folding again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, OuterRef

from pactdesk.cases.models import Case, ClockEvent, Pause, ToldStep
from pactdesk.cases.models import Timer as TimerRow
from pactdesk.cases.queries.clocks import calendars_for, events_of, folded, has_terms, promised_to
from pactdesk.kernel.database import execute
from pactdesk.servicelevels.rules.promises import Hours, Promise
from pactdesk.servicelevels.rules.steps import Step, earliest_look, next_look, to_tell
from pactdesk.servicelevels.rules.timers import OPEN_STATES, Kind, Metric, State, Timer, next_due, timers_of

_OPEN: Final = sorted(state.value for state in OPEN_STATES)
# The columns that a fold fills, each by the field of the same name; `calendar_id` is its `calendar`.
FOLDED: Final = (
    "state",
    "severity",
    "hours",
    "calendar_id",
    "started_at",
    "counted_from",
    "target_seconds",
    "business_days",
    "pausable",
    "due_at",
    "met_at",
    "breached_at",
    "cancelled_at",
    "cancel_reason",
    "elapsed_seconds",
)


_START = f"""
INSERT INTO cases_timer (
  case_id, metric, number, state, severity, hours, calendar_id, started_at, counted_from, target_seconds, business_days,
  pausable, due_at, next_at
) VALUES (
  %(number)s, '{Metric.INITIAL_RESPONSE.value}', 1, '{State.RUNNING.value}', %(severity)s, %(hours)s, %(calendar)s,
  %(at)s, %(at)s, %(seconds)s, %(days)s, true, %(due)s, %(next)s
)
"""  # noqa: S608 - our own constants


def start(number: int, made: Promise, steps: Iterable[Step], *, calendar_id: int) -> None:
    """The timer of a request that is being submitted: what folding its opening alone would make of it.

    One statement, to be sent together with the others of a submission.
    """
    execute(
        _START,
        {
            "number": number,
            "severity": made.severity,
            "hours": made.hours,
            "calendar": None if made.hours == "24x7" else calendar_id,
            "at": made.submitted_at,
            "seconds": made.target_seconds,
            "days": made.business_days,
            "due": made.first_response_due,
            "next": earliest_look(made, steps),
        },
    )


def happened(
    case: Case,
    kind: Kind,
    *,
    at: datetime,
    actor_id: int | None,
    reason: str = "",
    severity: str = "",
    hours: Hours | None = None,
    calendar: int | None = None,
    until: datetime | None = None,
    start: datetime | None = None,
) -> None:
    """Note what happened to the clocks of a locked request. `changing.keep` folds it in, in the same transaction.

    `severity` and `hours` belong to a change of severity, `calendar` to one of the calendar's version, `until` to a
    pause that ends by itself, `start` to a clock that is set back.
    """
    given = {
        "severity": severity or None,
        "hours": hours,
        "calendar": calendar,
        "until": until.isoformat() if until else None,
        "start": start.isoformat() if start else None,
    }
    ClockEvent.objects.create(
        case=case,
        kind=kind.value,
        at=at,
        actor_id=actor_id,
        reason=reason,
        data={name: value for name, value in given.items() if value is not None},
    )
    case.clock_moved = True


def fold_in(case: Case, *, at: datetime) -> None:
    """Fold what happened to a locked request, keep its timers, and set in memory what it repeats of them."""
    case.clock_moved = False
    if not has_terms(case):
        return
    timers = folded(case, at=at)
    _keep(case, timers, at=at)
    case.due_at = next_due(timers)
    first = [timer for timer in timers if timer.metric is Metric.INITIAL_RESPONSE]
    if first and first[-1].due_at is not None:
        case.first_response_due_at = first[-1].due_at


@dataclass(frozen=True, slots=True)
class Difference:
    """Where what is kept is not what folding gives: "PD-100123 update 2 due_at" with both values in words."""

    number: int
    what: str
    kept: str
    folded: str


@transaction.atomic
def acknowledge(case: Case, *, actor_id: int, at: datetime) -> int:
    """Note who takes care of what was told of the open timer of a locked request; answers how many steps that are."""
    told = ToldStep.objects.filter(timer__case=case, timer__state__in=_OPEN, taken_up_at=None)
    return told.update(taken_up_by=actor_id, taken_up_at=at)


def recompute(number: int, *, at: datetime) -> tuple[Difference, ...]:
    """Fold one request from its events as of `at` and keep the result; answers what had been otherwise.

    Raises `Case.DoesNotExist`.
    """
    case = Case.objects.select_for_update(of=("self",)).get(pk=number)
    found = differences([case], at=at)
    if found:
        fold_in(case, at=at)
        Case.objects.filter(pk=number).update(
            due_at=case.due_at, first_response_due_at=case.first_response_due_at
        )
    return found


def differences(cases: Sequence[Case], *, at: datetime) -> tuple[Difference, ...]:
    """Where the timers, pauses and due instants of these requests are not what their events make as of `at`. Three
    queries. What has become due and was not marked yet is no difference."""
    cases = [case for case in cases if has_terms(case)]
    events, known = events_of(cases), calendars_for(cases)
    kept: dict[int, dict[tuple[str, int], TimerRow]] = {case.pk: {} for case in cases}
    for row in TimerRow.objects.filter(case__in=cases):
        kept[row.case_id][row.metric, row.number] = row
    pauses = _pauses_of(row.pk for rows in kept.values() for row in rows.values())
    found: list[Difference] = []
    for case in cases:
        timers = {
            timer.key: timer for timer in timers_of(events[case.pk], promised_to(case).terms, known, at=at)
        }
        unmarked = {timer.key: timer for timer in timers_of(events[case.pk], promised_to(case).terms, known)}
        for key in sorted(timers.keys() | kept[case.pk].keys()):
            there, made = kept[case.pk].get(key), timers.get(key)
            if there is not None and made is not None and there.state != made.state.value:
                made = unmarked.get(key, made)
            found += _compare(case, key, there, made, pauses.get(there.pk, []) if there else [])
        due = next_due(timers.values())
        if case.due_at != due:
            found.append(Difference(case.pk, "due_at", str(case.due_at), str(due)))
    return tuple(found)


def _compare(
    case: Case, key: tuple[str, int], row: TimerRow | None, timer: Timer | None, pauses: list[Pause]
) -> list[Difference]:
    name = f"{key[0]} {key[1]}"
    if row is None or timer is None:
        return [Difference(case.pk, name, "there" if row else "missing", "there" if timer else "none")]
    found = [
        Difference(case.pk, f"{name} {field}", str(getattr(row, field)), str(value))
        for field, value in _fields(timer).items()
        if getattr(row, field) != value
    ]
    kept = [(pause.since, pause.until, pause.reason) for pause in pauses]
    made = [(pause.since, pause.until, pause.reason) for pause in timer.pauses]
    return found if kept == made else [*found, Difference(case.pk, f"{name} pauses", str(kept), str(made))]


def start_missing(most: int, *, at: datetime) -> int:
    """Make the timers of at most so many requests that have none, the newest first; answers how many.

    They came before there were timers. What they have missed by then is marked, and nobody is told of it any more.
    """
    missing = Case.objects.filter(
        ~Exists(TimerRow.objects.filter(case=OuterRef("pk"))), terms__has_key="policy"
    )
    numbers = list(missing.order_by("-pk").values_list("pk", flat=True)[:most])
    for number in numbers:
        with transaction.atomic():
            case = Case.objects.select_for_update(of=("self",)).get(pk=number)
            fold_in(case, at=at)
            _tell_nobody(case, at=at)
            Case.objects.filter(pk=number).update(
                due_at=case.due_at, first_response_due_at=case.first_response_due_at
            )
    return len(numbers)


def _tell_nobody(case: Case, *, at: datetime) -> None:
    by_key = {timer.key: timer for timer in folded(case, at=at) if timer.is_open}
    known, steps = calendars_for([case]), promised_to(case).steps
    for row in TimerRow.objects.filter(case=case, next_at__isnull=False):
        timer = by_key[row.metric, row.number]
        passed = to_tell(timer, steps, known, (), at=at)
        ToldStep.objects.bulk_create(
            ToldStep(timer=row, step=each.step.code, audience=each.step.audience, at=each.at, told_at=at)
            for each in passed
        )
        row.next_at = next_look(timer, steps, known, {each.step.code for each in passed}, at=at)
        row.save(update_fields=["next_at"])


def _keep(case: Case, timers: Sequence[Timer], *, at: datetime) -> None:
    """Make the rows of a request what the fold says, touching only those that differ."""
    rows = {(row.metric, row.number): row for row in TimerRow.objects.filter(case=case)}
    gone = [row.pk for key, row in rows.items() if key not in {timer.key for timer in timers}]
    if gone:
        TimerRow.objects.filter(pk__in=gone).delete()
    known, steps = calendars_for([case]), promised_to(case).steps
    told = _told(rows.values())
    # Those that have ended first, because only one timer of a request is open.
    for timer in sorted(timers, key=lambda each: each.is_open):
        row = rows.get(timer.key)
        fields = _fields(timer)
        fields["next_at"] = (
            next_look(timer, steps, known, told.get(row.pk, ()) if row else (), at=at)
            if timer.is_open
            else None
        )
        if row is None:
            rows[timer.key] = TimerRow.objects.create(
                case=case, metric=timer.metric.value, number=timer.number, **fields
            )
        elif changed := [name for name, value in fields.items() if getattr(row, name) != value]:
            if row.breached_at is not None and timer.breached_at is None:
                # Another calendar took the miss back; should it be missed again, that is told again.
                ToldStep.objects.filter(timer=row, at__gte=row.breached_at).delete()
            for name in changed:
                setattr(row, name, fields[name])
            row.save(update_fields=[name.removesuffix("_id") for name in changed])
    _keep_pauses([(rows[timer.key].pk, timer) for timer in timers])


def _keep_pauses(timers: Sequence[tuple[int, Timer]]) -> None:
    kept = _pauses_of(pk for pk, _timer in timers)
    for pk, timer in timers:
        rows = {row.since: row for row in kept.get(pk, [])}
        wanted = {pause.since: pause for pause in timer.pauses}
        if gone := [row.pk for since, row in rows.items() if since not in wanted]:
            Pause.objects.filter(pk__in=gone).delete()
        for since, pause in wanted.items():
            row = rows.get(since)
            if row is None:
                Pause.objects.create(timer_id=pk, since=since, until=pause.until, reason=pause.reason)
            elif (row.until, row.reason) != (pause.until, pause.reason):
                row.until, row.reason = pause.until, pause.reason
                row.save(update_fields=["until", "reason"])


def _pauses_of(timer_ids: Iterable[int]) -> Mapping[int, list[Pause]]:
    found: dict[int, list[Pause]] = {}
    for pause in Pause.objects.filter(timer__in=list(timer_ids)).order_by("since"):
        found.setdefault(pause.timer_id, []).append(pause)
    return found


def _told(rows: Iterable[TimerRow]) -> Mapping[int, set[str]]:
    running = [row.pk for row in rows if row.met_at is None and row.cancelled_at is None]
    found: dict[int, set[str]] = {}
    if running:
        for timer_id, step in ToldStep.objects.filter(timer__in=running).values_list("timer_id", "step"):
            found.setdefault(timer_id, set()).add(step)
    return found


def _fields(timer: Timer) -> dict[str, Any]:
    """A timer of the fold as the columns of its row."""
    values = asdict(timer)
    values["calendar_id"] = timer.calendar
    values["state"] = timer.state.value
    return {name: values[name] for name in FOLDED}
