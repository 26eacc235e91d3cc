"""Clocks of requests: kept with what happens to them, and always what folding their events gives (SEV-6)."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from pactdesk.cases.models import Case, ClockEvent, Pause, Timer
from pactdesk.cases.queries.clocks import folded
from pactdesk.cases.rules.answers import AROUND_THE_CLOCK, Support
from pactdesk.cases.rules.status import Move
from pactdesk.cases.services import clocks, ending, relations, work
from pactdesk.cases.services.changing import CannotChange
from pactdesk.cases.services.conversation import CannotReply, answer, note, reply
from pactdesk.cases.services.submission import submit
from pactdesk.kernel.ids import new_key
from pactdesk.servicelevels.rules import Kind
from pactdesk.servicelevels.rules.timers import Timer as FoldedTimer
from tests import world
from tests.drafts import problem, ready
from tests.effort import tries

# A Friday, 14:02 in Prague, where people work from nine to five.
NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan() -> world.Agreement:
    world.team("support", "ines")
    return world.agreement(units=5_000, registered=["nora"], at=NOW)


@pytest.fixture
def number(plan: world.Agreement) -> int:
    return sent(plan)


def sent(plan: world.Agreement, severity: str = "B", *, at: datetime = NOW) -> int:
    """A request from Prague; severity A around the clock."""
    nora = world.viewer("nora")
    night = ("Night desk", "+420 601 123 999") if severity == "A" else ("", "")
    support = Support(
        plan.id, severity, AROUND_THE_CLOCK if severity == "A" else "", *night, "CZ", "Europe/Prague"
    )
    draft = ready(nora, plan.id, at=at, support=support)
    return submit(draft, terms_accepted=True, actor=nora, at=at).number


def case(number: int) -> Case:
    return Case.objects.get(pk=number)


def shown(number: int) -> list[str]:
    """Each timer as it is kept: "initial-response 1 met", in the order in which they began."""
    rows = Timer.objects.filter(case_id=number).order_by("started_at", "pk")
    return [f"{row.metric} {row.number} {row.state}" for row in rows]


def open_timer(number: int) -> Timer:
    return Timer.objects.get(case_id=number, met_at=None, cancelled_at=None)


def answered(number: int, at: datetime, *, then: Move | None = None, until: datetime | None = None) -> None:
    ines = world.viewer("ines")
    answer(number, "Try this.", key=new_key(), seen=None, then=then, until=until, actor=ines, at=at)


def replied(number: int, at: datetime) -> None:
    reply(number, "Here is the log.", key=new_key(), actor=world.viewer("nora"), at=at)


def closed(number: int, at: datetime, *, reason: str = "Solved.") -> None:
    ines = world.viewer("ines")
    ending.close(number, outcome="decrement", cause="", reason=reason, seen=None, actor=ines, at=at)


def is_kept_as_folded(number: int, at: datetime) -> bool:
    return clocks.differences([case(number)], at=at) == ()


@pytest.mark.req("SEV-6")
@pytest.mark.parametrize("severity", ["A", "B", "C"])
def test_a_request_starts_its_clock_when_it_is_submitted(plan: world.Agreement, severity: str) -> None:
    number = sent(plan, severity)
    timer = open_timer(number)
    assert (timer.metric, timer.started_at) == ("initial-response", NOW)
    assert timer.due_at == case(number).due_at == case(number).first_response_due_at
    assert timer.calendar_id == (None if severity == "A" else case(number).calendar_id)
    assert timer.next_at is not None
    assert NOW <= timer.next_at <= timer.due_at
    assert is_kept_as_folded(number, NOW)


@pytest.mark.req("SEV-3")
def test_other_work_starts_its_clock_in_business_days(plan: world.Agreement) -> None:
    nora = world.viewer("nora")
    advice = world.agreement("partner-advisory-hours-20", registered=["nora"], at=NOW)
    asked = problem(category="advice", problem="deployment-planning")
    number = submit(
        ready(nora, advice.id, at=NOW, problem_answer=asked), terms_accepted=True, actor=nora, at=NOW
    ).number
    assert open_timer(number).business_days == 1
    assert is_kept_as_folded(number, NOW)


@pytest.mark.req("SEV-6")
def test_each_answer_meets_what_is_owed_and_the_next_is_owed_from_then_on(number: int) -> None:
    answered(number, NOW + HOUR)
    answered(number, NOW + 3 * DAY)
    assert shown(number) == ["initial-response 1 met", "update 1 met", "update 2 running"]
    assert case(number).due_at == open_timer(number).due_at == datetime(2026, 11, 24, 16, 0, tzinfo=UTC)


@pytest.mark.req("SEV-6")
def test_a_note_and_an_owner_are_no_answer(number: int) -> None:
    ines = world.viewer("ines")
    note(number, "Known bug", key=new_key(), actor=ines, at=NOW + HOUR)
    work.assign(number, ines.account_id, seen=None, actor=ines, at=NOW + HOUR)
    assert shown(number) == ["initial-response 1 running"]


@pytest.mark.req("SEV-6")
def test_nothing_is_due_while_it_waits_for_the_requester(number: int) -> None:
    answered(number, NOW + HOUR, then=Move.ASK)
    assert shown(number) == ["initial-response 1 met", "update 1 paused"]
    assert case(number).due_at is None
    replied(number, NOW + 4 * DAY)
    assert shown(number)[-1] == "update 1 running"
    # A business day's news, owed by Monday's close, less what was left of Friday and all of Monday: Thursday noon.
    assert case(number).due_at == open_timer(number).due_at
    assert Pause.objects.get().reason == "waiting"


@pytest.mark.req("SEV-6")
def test_news_about_severity_a_is_due_while_it_waits_too(plan: world.Agreement) -> None:
    number = sent(plan, "A")
    answered(number, NOW + HOUR, then=Move.ASK)
    assert case(number).due_at == NOW + 5 * HOUR
    assert case(number).status == "waiting"


@pytest.mark.req("SEV-6")
def test_waiting_may_end_at_a_chosen_time(number: int) -> None:
    until = NOW + 4 * DAY
    with pytest.raises(CannotChange, match=r"case\.until-in-the-past"):
        answered(number, NOW + HOUR, then=Move.ASK, until=NOW)
    answered(number, NOW + HOUR, then=Move.ASK, until=until)
    assert case(number).waiting_until == until
    assert open_timer(number).state == "paused"
    later = folded(case(number), at=until + HOUR)
    assert later[-1].state == "running"
    answered(number, NOW + 2 * HOUR, then=Move.ASK, until=until + DAY)
    assert case(number).waiting_until == until + DAY
    replied(number, NOW + 3 * HOUR)
    assert case(number).waiting_until is None
    assert is_kept_as_folded(number, NOW + 3 * HOUR)


@pytest.mark.req("SEV-6")
def test_what_is_resolved_owes_nothing_until_it_is_taken_up_again(number: int) -> None:
    answered(number, NOW + HOUR, then=Move.RESOLVE)
    assert shown(number) == ["initial-response 1 met"]
    assert case(number).due_at is None
    replied(number, NOW + 2 * HOUR)
    assert shown(number) == ["initial-response 1 met", "update 1 running"]


@pytest.mark.req("SEV-6")
def test_closing_with_a_word_to_the_contacts_is_an_answer(number: int) -> None:
    closed(number, NOW + HOUR)
    assert shown(number) == ["initial-response 1 met"]
    assert case(number).first_response_at == NOW + HOUR


@pytest.mark.req("SEV-6")
def test_a_request_that_its_contact_closed_goes_on_where_it_was_when_it_is_reopened(number: int) -> None:
    nora = world.viewer("nora")
    ending.close_by_contact(number, reason="Found it.", actor=nora, at=NOW + HOUR)
    assert shown(number) == ["initial-response 1 cancelled"]
    assert case(number).due_at is None
    ending.reopen_by_contact(number, reason="Not quite.", actor=nora, at=NOW + 3 * DAY)
    assert shown(number) == ["initial-response 1 running"]
    # Four hours of B: one was used on Friday, Monday takes all but two minutes of the other three.
    assert case(number).due_at == datetime(2026, 11, 24, 8, 2, tzinfo=UTC)


@pytest.mark.req("SEV-6")
def test_a_transfer_changes_nothing_that_is_owed(number: int) -> None:
    before = case(number).due_at
    ines = world.viewer("ines")
    work.transfer(number, world.team("billing").pk, note="About money", seen=None, actor=ines, at=NOW + HOUR)
    assert case(number).due_at == before
    assert ClockEvent.objects.get(case_id=number).kind == "transferred"


def test_a_merged_duplicate_owes_nothing(plan: world.Agreement) -> None:
    number, into = sent(plan), sent(plan)
    relations.merge(number, into, seen=None, actor=world.viewer("ines"), at=NOW + HOUR)
    assert shown(number) == ["initial-response 1 cancelled"]
    assert shown(into) == ["initial-response 1 running"]


@pytest.mark.req("SEV-6")
def test_an_answer_that_comes_late_says_since_when_it_was_late(number: int) -> None:
    due = case(number).due_at
    answered(number, NOW + 5 * DAY)
    first = Timer.objects.get(case_id=number, metric="initial-response")
    assert (first.state, first.breached_at) == ("met-late", due)


# --- Always what folding gives ---

GAPS = (0, 60, 1800, 7200, 40_000, 200_000)


def _status(step: Move) -> Callable[[int, datetime], object]:
    return lambda number, at: work.set_status(number, step, seen=None, actor=world.viewer("ines"), at=at)


VERBS: Sequence[Callable[[int, datetime], object]] = (
    answered,
    partial(answered, then=Move.RESOLVE),
    partial(answered, then=Move.ASK),
    lambda number, at: answered(number, at, then=Move.ASK, until=at + 7 * HOUR),
    _status(Move.START),
    _status(Move.ASK),
    replied,
    closed,
    lambda number, at: ending.close_by_contact(number, reason="Over.", actor=world.viewer("nora"), at=at),
    lambda number, at: ending.reopen_by_contact(number, reason="Again.", actor=world.viewer("nora"), at=at),
)


def live(number: int, seed: int) -> datetime:
    """Let a request live through some of its verbs, whatever the seed says; answers when the last was done."""
    chance = random.Random(seed)
    moment = NOW
    for _ in range(chance.randrange(3, 9)):
        moment += timedelta(seconds=chance.choice(GAPS))
        # What cannot be done in this status is refused, and leaves nothing behind.
        with suppress(CannotChange, CannotReply):
            chance.choice(VERBS)(number, moment)
    return moment


@pytest.mark.req("SEV-6")
@pytest.mark.parametrize("seed", range(40))
def test_what_the_verbs_keep_is_what_folding_gives(plan: world.Agreement, seed: int) -> None:
    number = sent(plan, "ABC"[seed % 3])
    moment = live(number, seed)
    assert is_kept_as_folded(number, moment)
    assert clocks.recompute(number, at=moment) == ()


def kept(number: int) -> list[tuple[object, ...]]:
    """All that stands in the tables, but the numbers of rows."""
    timers = Timer.objects.filter(case_id=number).order_by("metric", "number")
    pauses = Pause.objects.filter(timer__case_id=number)
    return [
        *timers.values_list(*clocks.FOLDED, "metric", "number", "next_at"),
        *pauses.order_by("timer__metric", "timer__number", "since").values_list("since", "until", "reason"),
    ]


@pytest.mark.req("SEV-6")
def test_histories_kept_step_by_step_are_kept_as_folded_from_scratch(
    plan: world.Agreement,
) -> None:
    """Events of all kinds, in any order. After the last, the rows are taken away and made anew, and are the same.

    The fold itself is tested over thousands of histories in tests/rules/test_timers.py.
    """
    numbers = {severity: sent(plan, severity) for severity in "ABC"}
    calendar_id = case(numbers["B"]).calendar_id
    for seed in range(tries(80, 5_000)):
        number = numbers["ABC"[seed % 3]]
        with transaction.atomic():
            subject = Case.objects.select_for_update().get(pk=number)
            at = _some_events(subject, random.Random(seed), calendar_id)
            step_by_step = kept(number)
            assert is_kept_as_folded(number, at), seed
            Timer.objects.filter(case_id=number).delete()
            clocks.fold_in(subject, at=at)
            assert kept(number) == step_by_step, seed
            transaction.set_rollback(True)


def _some_events(subject: Case, chance: random.Random, calendar_id: int | None) -> datetime:
    moment = NOW
    for _ in range(chance.randrange(1, 7)):
        moment += timedelta(seconds=chance.choice(GAPS))
        kind = chance.choice([kind for kind in Kind if kind is not Kind.OPENED])
        severity = chance.choice("ABC")
        clocks.happened(
            subject,
            kind,
            at=moment,
            actor_id=None,
            severity=severity,
            hours="24x7" if severity == "A" and chance.random() < 0.7 else "business",
            calendar=calendar_id,
            until=moment + HOUR if chance.random() < 0.3 else None,
            start=NOW - HOUR,
        )
        clocks.fold_in(subject, at=moment)
    subject.save(update_fields=["due_at"])
    return moment


def test_recomputing_says_what_was_wrong_and_mends_it(number: int) -> None:
    answered(number, NOW + HOUR)
    Timer.objects.filter(case_id=number, metric="update").update(due_at=NOW + 90 * DAY)
    Case.objects.filter(pk=number).update(due_at=None)
    found = clocks.recompute(number, at=NOW + HOUR)
    assert [each.what for each in found] == ["update 1 due_at", "due_at"]
    assert is_kept_as_folded(number, NOW + HOUR)
    assert case(number).due_at == open_timer(number).due_at


def test_requests_from_before_there_were_timers_get_theirs(number: int) -> None:
    answered(number, NOW + HOUR, then=Move.ASK)
    before = kept(number)
    Timer.objects.filter(case_id=number).delete()
    assert clocks.start_missing(10, at=NOW + HOUR) == 1
    assert kept(number) == before
    assert clocks.start_missing(10, at=NOW + HOUR) == 0


# --- What the database itself refuses ---


@pytest.mark.parametrize(
    "statement", ["UPDATE cases_clockevent SET kind = 'closed'", "DELETE FROM cases_clockevent"]
)
def test_what_happened_to_a_clock_is_written_once(number: int, statement: str) -> None:
    answered(number, NOW + HOUR)
    with (
        pytest.raises(IntegrityError, match="written once"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.parametrize(
    ("change", "guard"),
    [
        ({"due_at": None}, "timer_due_unless_paused"),
        ({"state": "asleep", "next_at": None}, "timer_words_known"),
        ({"met_at": NOW}, "timer_met_with_an_instant"),
        ({"cancelled_at": NOW}, "timer_cancelled_with_a_reason"),
        ({"breached_at": NOW}, "timer_breached_when_due"),
        ({"state": "met", "met_at": NOW}, "timer_looked_at_while_it_runs"),
    ],
)
def test_a_timer_that_contradicts_itself_is_refused(
    number: int, change: dict[str, object], guard: str
) -> None:
    with pytest.raises(IntegrityError, match=guard), transaction.atomic():
        Timer.objects.filter(case_id=number).update(**change)


def test_only_one_timer_of_a_request_is_open(number: int) -> None:
    row = open_timer(number)
    row.pk, row.number = None, 2
    with pytest.raises(IntegrityError, match="timer_one_open"), transaction.atomic():
        row.save(force_insert=True)


def test_what_is_folded_is_all_that_a_timer_has() -> None:
    """A field that the fold comes to have is kept, too."""
    fields = set(FoldedTimer.__dataclass_fields__)
    assert fields - {"metric", "number", "pauses", "calendar"} == set(clocks.FOLDED) - {"calendar_id"}
