"""Reports count what happened, of one's own teams, once, in the right week."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from pactdesk.accounts.models import Team
from pactdesk.cases.models import Case, ClockEvent
from pactdesk.cases.queries import reports
from pactdesk.cases.queries.assignment import in_hand
from pactdesk.cases.queries.reports import Asked, DueHour
from pactdesk.cases.rules.reports import Cause, Kept, Week
from pactdesk.cases.services import work
from pactdesk.cases.services.sweeping import sweep
from tests import conversations, queues, world

HOUR = timedelta(hours=1)
# A Wednesday, 11:00 in Prague.
NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
TUESDAY_BEFORE = datetime(2026, 11, 17, 10, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def support() -> Team:
    return world.team("support", "ines", "marta")


def asked(*, weeks: int = 4, at: datetime = NOW, team: int | None = None) -> Asked:
    return reports.asked_by(world.viewer("ines"), team=team, weeks=weeks, at=at)


def test_only_ones_own_teams_are_counted(support: Team) -> None:
    queues.request(at=NOW - HOUR)
    other = world.team("identity", "olaf")
    assert asked().teams == (support.pk,)
    assert asked(team=other.pk).teams == ()
    assert reports.waiting_on(asked(team=other.pk)) == {"us": 0, "requester": 0, "solved": 0}
    olaf = reports.asked_by(world.viewer("olaf"), team=None, weeks=4, at=NOW)
    assert reports.waiting_on(olaf) == {"us": 0, "requester": 0, "solved": 0}
    assert reports.opened_and_closed(olaf)[-1] == Week(date(2026, 11, 23), 0, 0, 0)


def test_what_is_due_within_a_day_and_what_is_at_risk() -> None:
    first = queues.request(at=NOW - HOUR, severity="B")  # B: four hours
    queues.request(at=NOW - 2 * HOUR - HOUR / 2, severity="B")  # less than half left, and nobody owns it
    found = reports.due_soon(asked())
    assert found.hours == (DueHour(1, "B", 1, 1), DueHour(3, "B", 1, 0)) or found.hours == (
        DueHour(1, "B", 1, 1),
        DueHour(2, "B", 1, 0),
    )
    assert found.late == 0
    assert first.due_at is not None
    late = reports.due_soon(asked(at=first.due_at))
    assert (late.hours, late.late) == ((), 2)


@pytest.mark.req("SEV-6")
def test_first_answers_on_time_by_severity() -> None:
    in_time, too_late, never, out_of_reach = (
        queues.request(at=NOW - 24 * HOUR, severity=severity) for severity in ("B", "B", "C", "C")
    )
    conversations.answers(in_time, at=NOW - 23 * HOUR)
    sweep(at=NOW + 72 * HOUR)
    conversations.answers(too_late, at=NOW + 72 * HOUR)
    conversations.answers(out_of_reach, at=NOW - 22 * HOUR)
    assert never.due_at is not None
    assert reports.first_replies(asked(at=NOW + 96 * HOUR)) == {"B": Kept(1, 2), "C": Kept(1, 2)}
    # As of Wednesday the late answer was still owed; as of Tuesday nothing was missed yet.
    assert reports.first_replies(asked()) == {"B": Kept(1, 2), "C": Kept(1, 2)}
    assert reports.first_replies(asked(at=NOW - 22 * HOUR)) == {"B": Kept(1, 1), "C": Kept(1, 1)}


def test_how_long_first_answers_took_week_by_week() -> None:
    for hours in (1, 2, 3):
        conversations.answers(
            queues.request(at=TUESDAY_BEFORE, severity="B"), at=TUESDAY_BEFORE + hours * HOUR
        )
    conversations.answers(queues.request(at=NOW - HOUR, severity="B"), at=NOW - HOUR / 2)
    before, now = reports.answer_times(asked())
    assert (before.monday, before.answers, before.half, round(before.most)) == (
        date(2026, 11, 16),
        3,
        7200,
        10080,
    )
    assert (now.monday, now.answers, now.half) == (date(2026, 11, 23), 1, 1800)


def test_updates_on_time_by_programme() -> None:
    case = queues.request(at=NOW - 24 * HOUR, severity="B")
    conversations.answers(case, at=NOW - 23 * HOUR)
    conversations.answers(case, at=NOW - 22 * HOUR)
    [(programme, kept)] = reports.updates_kept(asked()).items()
    assert programme == "gold-partner-support-20"
    assert kept == Kept(1, 1)


def test_opened_and_closed_by_week_and_what_stood_open() -> None:
    old = queues.request(at=TUESDAY_BEFORE)
    queues.request(at=TUESDAY_BEFORE)
    queues.request(at=NOW - HOUR)
    Case.objects.filter(pk=old.pk).update(
        status="closed", closed_at=NOW - HOUR, changed_at=NOW - HOUR, outcome="decrement"
    )
    assert reports.opened_and_closed(asked(weeks=3)) == (
        Week(date(2026, 11, 9), 0, 0, 0),
        Week(date(2026, 11, 16), 2, 0, 2),
        Week(date(2026, 11, 23), 1, 1, 2),
    )


def test_on_whom_open_requests_wait() -> None:
    for status in ("new", "assigned", "in-progress", "waiting", "resolved"):
        queues.request(at=NOW - HOUR, status=status)
    assert reports.waiting_on(asked()) == {"us": 3, "requester": 1, "solved": 1}


def test_what_stood_in_the_way_of_missed_promises(support: Team) -> None:
    unowned, owned, moved = (queues.request(at=NOW - 24 * HOUR, severity="B") for _ in range(3))
    work.assign(owned.pk, world.person("marta").pk, seen=None, actor=world.viewer("ines"), at=NOW - 23 * HOUR)
    other = world.team("identity", "ines")
    work.transfer(
        moved.pk, other.pk, note="Theirs.", seen=None, actor=world.viewer("ines"), at=NOW - 23 * HOUR
    )
    sweep(at=NOW + 72 * HOUR)
    assert reports.missed_because(asked(at=NOW + 72 * HOUR)) == {
        Cause.UNOWNED: 1,
        Cause.TRANSFERRED: 1,
        Cause.OFF_SHIFT: 0,
        Cause.OWNED: 1,
    }
    assert unowned.owner_id is None


@pytest.mark.req("SEV-4")
def test_severities_lowered_because_nobody_could_be_reached_and_restored() -> None:
    case, other = (queues.request(at=NOW - 24 * HOUR, severity="B") for _ in range(2))
    for number, kind, hours in (
        (case, "lowered-unreachable", 5),
        (case, "restored", 4),
        (other, "lowered-unreachable", 3),
    ):
        ClockEvent.objects.create(case=number, kind=kind, at=NOW - hours * HOUR)
    found = reports.lowered_as_unreachable(asked())
    assert (found.lowered, found.restored) == (2, 1)
    assert [(each.number, each.restored_at) for each in found.newest] == [
        (other.pk, None),
        (case.pk, NOW - 4 * HOUR),
    ]


def test_who_has_how_much_in_hand(support: Team) -> None:
    marta = world.person("marta").pk
    case = queues.request(at=NOW - HOUR, owner_id=marta, status="assigned")
    queues.copies(case, 1, owner_id=marta, due_at=NOW + 48 * HOUR)
    first, second = reports.load(asked())
    assert (first.account_id, first.in_hand, first.due_today, first.room) == (marta, 2, 1, 6)
    assert (second.name, second.in_hand, second.room) == ("Ines Moreau", 0, 8)


def test_requesters_see_how_promises_to_them_were_kept() -> None:
    case = queues.request(at=NOW - 24 * HOUR, severity="B")
    conversations.answers(case, at=NOW - 23 * HOUR)
    since = NOW - timedelta(days=90)
    assert reports.kept_for(world.viewer("carla"), since=since, at=NOW) == {
        "initial-response": Kept(1, 1),
        "update": Kept(0, 0),
    }
    assert reports.kept_for(world.viewer("cem"), since=since, at=NOW)["initial-response"] == Kept(0, 0)


def test_in_hand_is_what_the_rule_that_assigns_counts() -> None:
    marta = world.person("marta").pk
    for status in ("assigned", "in-progress", "waiting", "resolved"):
        queues.request(at=NOW - HOUR, owner_id=marta, status=status)
    [load, _ines] = reports.load(asked())
    assert (load.account_id, load.in_hand, load.due_today, load.room) == (marta, 2, 2, 6)
    assert load.in_hand == in_hand([marta])[marta]
