"""When a request goes wrong: who is told, step by step, each once, and who took it up (ESC-1, ESC-2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.http import Http404

from pactdesk.accounts.models import Team
from pactdesk.cases.models import Case, Escalation
from pactdesk.cases.queries.timeline import timeline_of
from pactdesk.cases.rules.escalation import TIME_TO_TAKE_UP, Ladder, Step, goes_on_to, next_step
from pactdesk.cases.services import ending, work
from pactdesk.cases.services.escalation import (
    CannotEscalate,
    ask_for_manager,
    go_further,
    go_on,
    take_up,
)
from pactdesk.cases.services.submission import submit
from pactdesk.routing.models import Engineer
from pactdesk.servicelevels.rules import CalendarData
from tests import world
from tests.drafts import ready

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)


@pytest.mark.req("ESC-1")
@pytest.mark.parametrize(
    ("ladder", "taken", "step", "told"),
    [
        (Ladder(1, 2, 3), [], Step.ENGINEERS, (1, 2)),
        (Ladder(1, None, 3), [], Step.ENGINEERS, (1,)),
        (Ladder(1, 1, 3), [], Step.ENGINEERS, (1,)),
        (Ladder(1, 2, 3), [Step.ENGINEERS], Step.MANAGER, (3,)),
        (Ladder(None, None, 3), [], Step.MANAGER, (3,)),
        (Ladder(1, 2, None), [Step.ENGINEERS], None, ()),
        (Ladder(), [], None, ()),
        (Ladder(1, 2, 3), [Step.ENGINEERS, Step.MANAGER], None, ()),
    ],
)
def test_each_step_is_taken_once_and_only_where_somebody_stands(
    ladder: Ladder, taken: list[Step], step: Step | None, told: tuple[int, ...]
) -> None:
    assert next_step(ladder, taken=taken) == step
    assert (ladder.on(step) if step else ()) == told


OFFICE = CalendarData.from_data(
    {
        "tz": "Europe/Prague",
        "weekly": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    }
)


@pytest.mark.parametrize("step", Step)
def test_only_what_those_who_were_told_first_left_lying_goes_on_by_itself(step: Step) -> None:
    first = step in {Step.ENGINEERS, Step.LEAD}
    late, soon = NOW + TIME_TO_TAKE_UP, NOW + TIME_TO_TAKE_UP - timedelta(seconds=1)
    assert goes_on_to(step, told_at=NOW, taken_up=False, at=late) == (Step.MANAGER if first else None)
    assert goes_on_to(step, told_at=NOW, taken_up=False, at=soon) is None
    assert goes_on_to(step, told_at=NOW, taken_up=True, at=NOW + timedelta(days=9)) is None


def test_the_time_to_take_up_is_counted_in_the_hours_of_the_request() -> None:
    evening = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)  # a Friday, half past four in Prague
    for at, expected in (
        (datetime(2026, 11, 21, 15, 30, tzinfo=UTC), None),
        (datetime(2026, 11, 23, 8, 29, tzinfo=UTC), None),
        (datetime(2026, 11, 23, 8, 30, tzinfo=UTC), Step.MANAGER),
    ):
        assert goes_on_to(Step.ENGINEERS, told_at=evening, taken_up=False, at=at, calendar=OFFICE) == expected


@pytest.mark.req("ESC-1")
@pytest.mark.parametrize(
    ("audience", "ladder", "told"),
    [
        ("engineer", Ladder(1, 2, 3, 4, (5,)), (1,)),
        ("engineer", Ladder(1, 2, 3, 4, (5,), away=True), (1, 2)),
        ("engineer", Ladder(None, None, 3, 4, (5, 6)), (5, 6)),
        ("team-lead", Ladder(1, 2, 3, 4, (5, 6)), (5, 6)),
        ("team-lead", Ladder(1, 2, 3, 4), (3,)),
        ("manager", Ladder(1, 2, 3, 4, (5,)), (3,)),
        ("manager", Ladder(1, 2, None, 4, (5,)), (4,)),
        ("head-of-support", Ladder(1, 2, 3, 4, (5,)), (4,)),
        ("head-of-support", Ladder(1, 2, 3, None, (5,)), ()),
        ("engineer", Ladder(), ()),
    ],
)
def test_a_step_of_a_timer_reaches_whom_it_names_or_whoever_comes_above(
    audience: str, ladder: Ladder, told: tuple[int, ...]
) -> None:
    assert ladder.for_audience(audience) == told


@pytest.fixture
def number(db: None) -> int:
    team = world.team("support", "ines", "nora")
    Team.objects.filter(pk=team.pk).update(manager=world.person("marta"))
    Engineer.objects.create(account=world.person("ines"), backup=world.person("nora"))
    carla = world.viewer("carla")
    plan = world.agreement(registered=["carla"], at=NOW)
    number = submit(ready(carla, plan.id, at=NOW), terms_accepted=True, actor=carla, at=NOW).number
    work.assign(number, world.person("ines").pk, seen=None, actor=world.viewer("ines"), at=NOW)
    return number


def ask(number: int, *, who: str = "carla", at: datetime = NOW) -> Step:
    return ask_for_manager(number, reason="Nobody has called.", actor=world.viewer(who), at=at)


def told(number: int) -> list[tuple[int, str, list[int]]]:
    rows = Escalation.objects.filter(case_id=number).order_by("pk")
    return [(row.round, row.step, row.told) for row in rows]


@pytest.mark.req("ESC-1", "ESC-2")
def test_asking_reaches_engineer_and_backup_and_asking_again_their_manager(number: int) -> None:
    ines, nora, marta = (world.person(name).pk for name in ("ines", "nora", "marta"))
    assert ask(number) == Step.ENGINEERS
    assert ask(number) == Step.MANAGER
    with pytest.raises(CannotEscalate, match=r"escalation\.everybody-told"):
        ask(number)
    assert told(number) == [(1, "engineers", [ines, nora]), (1, "manager", [marta])]


@pytest.mark.req("ESC-1")
def test_what_nobody_takes_up_goes_to_the_manager_once(number: int) -> None:
    ask(number)
    assert go_on(at=NOW + timedelta(minutes=59)) == 0
    assert go_on(at=NOW + TIME_TO_TAKE_UP) == 1
    assert go_on(at=NOW + TIME_TO_TAKE_UP) == 0
    assert [step for _round, step, _told in told(number)] == ["engineers", "manager"]


@pytest.mark.req("ESC-1")
def test_taking_up_stops_it_and_the_requester_reads_by_whom(number: int) -> None:
    ask(number)
    take_up(number, actor=world.viewer("nora"), at=NOW)
    take_up(number, actor=world.viewer("ines"), at=NOW)
    assert go_on(at=NOW + timedelta(days=1)) == 0
    events = timeline_of(Case.objects.get(pk=number), at_desk=False).entries
    names = [each.payload["name"] for each in events if each.payload and each.code.endswith("taken-up")]
    assert names == ["Nora Dvořáková"]
    assert ask(number) == Step.ENGINEERS, "a new round begins where the last one was taken up"


def test_a_closed_request_is_not_escalated_neither_by_hand_nor_by_time(number: int) -> None:
    ask(number)
    ending.close_by_contact(number, reason="Solved.", actor=world.viewer("carla"), at=NOW)
    assert go_on(at=NOW + timedelta(days=1)) == 0
    with pytest.raises(CannotEscalate, match=r"case\.is-closed"):
        go_further(number, reason="Please.", actor=world.viewer("ines"), at=NOW)
    with pytest.raises(CannotEscalate, match=r"case\.is-closed"):
        ask(number)


@pytest.mark.parametrize("who", ["cem", "ines", "olaf"])
def test_only_a_contact_asks(number: int, who: str) -> None:
    with pytest.raises(Http404):
        ask(number, who=who)


def test_only_the_desk_takes_up(number: int) -> None:
    ask(number)
    with pytest.raises(Http404):
        take_up(number, actor=world.viewer("carla"), at=NOW)


def test_asking_needs_a_reason(number: int) -> None:
    with pytest.raises(CannotEscalate, match=r"message\.empty"):
        ask_for_manager(number, reason="  ", actor=world.viewer("carla"), at=NOW)


@pytest.mark.req("ESC-2")
def test_the_desk_takes_it_to_the_manager_and_then_to_the_head_of_support(number: int) -> None:
    Team.objects.update(head=world.person("olaf"))
    ines = world.viewer("ines")
    ask(number)
    for expected in (Step.MANAGER, Step.HEAD):
        assert go_further(number, reason="They need an answer today.", actor=ines, at=NOW) == expected
    with pytest.raises(CannotEscalate, match=r"escalation\.nobody-above"):
        go_further(number, reason="Again.", actor=ines, at=NOW)
    assert [step for _round, step, _told in told(number)] == ["engineers", "manager", "head"]
    with pytest.raises(CannotEscalate, match=r"message\.empty"):
        go_further(number, reason=" ", actor=ines, at=NOW)
    with pytest.raises(Http404):
        go_further(number, reason="Please.", actor=world.viewer("carla"), at=NOW)


@pytest.mark.req("ESC-1")
def test_a_backup_who_does_not_answer_for_the_team_is_not_told(number: int) -> None:
    Engineer.objects.update(backup=world.person("olaf"))
    ask(number)
    assert told(number) == [(1, "engineers", [world.person("ines").pk])]


def test_whoever_manages_a_team_or_heads_it_works_at_its_desk(number: int) -> None:
    team = Team.objects.get(code="support")
    Team.objects.update(head=world.person("olaf"))
    for who, teams in (("marta", {team.pk}), ("olaf", {team.pk}), ("carla", set())):
        assert world.viewer(who).teams == teams, who
    ask(number)
    take_up(number, actor=world.viewer("marta"), at=NOW)
    assert Escalation.objects.get().taken_up_by_id == world.person("marta").pk
