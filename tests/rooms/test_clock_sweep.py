"""The sweep: what became due is marked and told, once, also after the worker was down (SEV-6, ESC-1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pactdesk.cases.models import Case, Timer, ToldStep
from pactdesk.cases.queries.clocks import calendars, folded, promised_to
from pactdesk.cases.rules.status import Move
from pactdesk.cases.services import clocks, sweeping
from pactdesk.cases.services.changing import keep
from pactdesk.cases.services.sweeping import Swept, end_waiting, sweep
from pactdesk.journal.models import FactRow
from pactdesk.servicelevels.rules import Kind
from pactdesk.servicelevels.rules.steps import next_look
from tests import world
from tests.racing import behind, outcome
from tests.rooms.test_clocks import DAY, HOUR, NOW, answered, case, number, open_timer, plan, replied, sent

__all__ = ["number", "plan"]

MINUTE = timedelta(minutes=1)
# Four hours of B from Friday 14:02 in Prague: Monday 10:02.
DUE = datetime(2026, 11, 23, 9, 2, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def told() -> list[str]:
    """What was told of: "at-risk 50% engineer", in its order."""
    facts = FactRow.objects.filter(code__startswith="case.promise-").order_by("pk")
    return [
        f"{fact.code.removeprefix('case.promise-')} {fact.payload['step']} {fact.payload['audience']}"
        for fact in facts
    ]


@pytest.mark.req("ESC-1")
def test_each_step_is_told_once_and_as_soon_as_it_is_reached(number: int) -> None:
    for at, expected in (
        (NOW + 2 * HOUR - MINUTE, []),
        (NOW + 2 * HOUR + MINUTE, ["at-risk 50% engineer"]),
        (NOW + 2 * HOUR + MINUTE, ["at-risk 50% engineer"]),
        (DUE - MINUTE, ["at-risk 50% engineer", "at-risk 75% team-lead"]),
        (DUE, ["at-risk 50% engineer", "at-risk 75% team-lead"]),
    ):
        sweep(at=at)
        assert told() == expected
    assert open_timer(number).state == "running"
    assert sweep(at=DUE + MINUTE) == Swept(looked_at=1, missed=1, told=1)
    assert told()[2:] == ["broken 100% manager"]
    sweep(at=DUE + 3 * HOUR)
    assert told()[3:] == ["broken 150% head-of-support"]
    assert sweep(at=DUE + 30 * DAY) == Swept()


@pytest.mark.req("SEV-6")
def test_what_was_missed_is_marked_as_of_its_due_instant_though_the_worker_was_down(number: int) -> None:
    assert sweep(at=DUE + HOUR).missed == 1
    timer = open_timer(number)
    assert (timer.state, timer.breached_at, timer.due_at) == ("breached-open", DUE, DUE)
    assert case(number).due_at == DUE
    # What led up to it is of no use any more.
    assert told() == ["broken 100% manager"]
    assert clocks.differences([case(number)], at=DUE + HOUR) == ()


@pytest.mark.req("SEV-6")
def test_notices_of_business_hours_go_out_in_those_hours_only(number: int) -> None:
    # An hour of working time is left of Friday after three quarters of the target.
    replied(number, NOW)
    night = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)
    sweep(at=NOW + 2 * HOUR + MINUTE)
    with_friday_s = ["at-risk 50% engineer"]
    assert told() == with_friday_s
    # The second is reached on Monday at nine in the morning, two minutes later.
    sweep(at=night)
    assert told() == with_friday_s
    sweep(at=DUE + 9 * HOUR)
    # Monday, seven in the evening: marked at once, told in the morning.
    assert open_timer(number).breached_at == DUE
    assert told() == with_friday_s
    assert open_timer(number).next_at == datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    sweep(at=datetime(2026, 11, 24, 8, 0, 1, tzinfo=UTC))
    assert told()[1:] == ["broken 100% manager", "broken 150% head-of-support"]


@pytest.mark.req("SEV-6")
def test_notices_around_the_clock_go_out_at_night(plan: world.Agreement) -> None:
    at = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)
    number = sent(plan, "A", at=at)
    sweep(at=at + HOUR + MINUTE)
    assert told() == ["at-risk 50% engineer"]
    sweep(at=at + 2 * HOUR + MINUTE)
    assert told()[1:] == ["broken 100% manager"]
    assert open_timer(number).breached_at == at + 2 * HOUR


def test_what_was_answered_or_waits_is_not_looked_at(plan: world.Agreement) -> None:
    waiting, done = sent(plan), sent(plan)
    answered(waiting, NOW + HOUR, then=Move.ASK)
    answered(done, NOW + HOUR, then=Move.RESOLVE)
    assert sweep(at=NOW + 90 * DAY) == Swept()


def test_a_step_that_a_pause_moved_is_told_when_it_is_reached_and_not_twice(number: int) -> None:
    sweep(at=NOW + 2 * HOUR + MINUTE)
    subject = case(number)
    for kind, at in ((Kind.PAUSED, NOW + 2 * HOUR + 2 * MINUTE), (Kind.RESUMED, DUE + 2 * HOUR)):
        clocks.happened(subject, kind, at=at, actor_id=None)
        keep(subject, at=at)
    sweep(at=DUE + 2 * HOUR + 2 * MINUTE)
    assert told() == ["at-risk 50% engineer"]
    sweep(at=DUE + 3 * HOUR)
    assert told() == ["at-risk 50% engineer", "at-risk 75% team-lead"]


@pytest.mark.req("SEV-6")
def test_another_calendar_takes_a_miss_back_and_a_second_one_is_told_again(number: int) -> None:
    sweep(at=DUE + HOUR)
    assert told() == ["broken 100% manager"]
    subject = case(number)
    Timer.objects.filter(case_id=number).update(due_at=DUE - HOUR, breached_at=DUE - HOUR)
    ToldStep.objects.update(at=DUE - HOUR)
    # The events know of no such miss: folding takes it back, as another calendar would.
    clocks.happened(subject, Kind.TRANSFERRED, at=DUE - MINUTE, actor_id=None)
    keep(subject, at=DUE - MINUTE)
    assert not ToldStep.objects.exists()
    sweep(at=DUE + HOUR)
    assert told() == ["broken 100% manager", "broken 100% manager"]


def test_what_is_only_tried_is_marked_and_nobody_is_told(number: int) -> None:
    Case.objects.filter(pk=number).update(is_test=True)
    assert sweep(at=DUE + HOUR) == Swept(looked_at=1, missed=1)
    assert told() == []


@pytest.mark.req("SEV-6")
def test_waiting_ends_by_itself_at_the_time_that_was_chosen(number: int) -> None:
    until = NOW + 4 * DAY
    answered(number, NOW + HOUR, then=Move.ASK, until=until)
    assert end_waiting(at=until - MINUTE) == 0
    assert end_waiting(at=until + HOUR) == 1
    subject = case(number)
    assert (subject.status, subject.waiting_until) == ("in-progress", None)
    assert open_timer(number).state == "running"
    # The pause ended when it was to end, not when somebody noticed.
    assert subject.due_at == datetime(2026, 11, 25, 15, 0, tzinfo=UTC)
    assert end_waiting(at=until + HOUR) == 0


def test_a_sweep_costs_what_is_due_and_asks_in_batches(
    plan: world.Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "BATCH", 4)
    for _ in range(6):
        sent(plan)
    late = sent(plan, at=NOW - 10 * DAY)
    with CaptureQueriesContext(connection) as few:
        assert sweep(at=NOW + MINUTE).looked_at == 1
    assert open_timer(late).state == "breached-open"
    with CaptureQueriesContext(connection) as many:
        assert sweep(at=DUE + MINUTE).looked_at == 6
    # Two batches and a last look, of which each asks as much as the one before.
    assert len(many) < 2.5 * len(few)


@pytest.mark.django_db(transaction=True)
def test_a_request_that_somebody_works_on_is_left_for_the_next_time(plan: world.Agreement) -> None:
    number = sent(plan)
    with behind(
        lambda: Case.objects.select_for_update().get(pk=number), lambda: sweep(at=DUE + MINUTE)
    ) as others:
        assert outcome(others[0]) == Swept()
    assert sweep(at=DUE + MINUTE).missed == 1


def test_the_first_look_is_never_too_late(plan: world.Agreement) -> None:
    """What a submission writes without counting working time lies at or before what counting it would give."""
    for severity in "ABC":
        number = sent(plan, severity)
        subject, row = case(number), open_timer(number)
        [timer] = folded(subject, at=NOW)
        exact = next_look(timer, promised_to(subject).steps, calendars(), (), at=NOW)
        assert row.next_at is not None
        assert exact is not None
        assert row.next_at <= exact
