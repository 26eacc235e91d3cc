"""The queue: what an engineer's teams have to do, in order, page by page, and nobody else's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pactdesk.cases.models import Case
from pactdesk.cases.queries.queue import MOST_COUNTED, Asked, Queue, changed_since, counts, queue
from pactdesk.cases.rules.queues import FOUND, VIEWS
from pactdesk.cases.services.indexing import index_case
from tests import queues, world

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def first() -> Case:
    world.team("support", "ines")
    return queues.request(at=NOW)


def seen(view: str, who: str = "ines", **asked: Any) -> list[int]:
    return numbers(queue(world.viewer(who), Asked(VIEWS[view], **asked)))


def numbers(page: Queue) -> list[int]:
    return [line.number for line in page.lines]


def change(case: Case, **state: Any) -> int:
    Case.objects.filter(pk=case.pk).update(**state)
    return case.pk


def test_each_view_shows_what_belongs_in_it(first: Case) -> None:
    ines = world.person("ines")
    one, two, three, four, five = (Case.objects.get(pk=pk) for pk in queues.copies(first, 5))
    change(one, owner=ines, status="assigned")
    change(two, owner=ines, status="waiting", due_at=None)
    change(three, owner=ines, status="resolved")
    change(four, status="closed", closed_at=NOW, outcome="decrement", owner=ines)
    change(five, status="in-progress", owner=world.person("marta"))
    assert seen("mine") == [one.pk, two.pk]
    assert seen("unassigned") == [first.pk]
    assert seen("team") == [first.pk, one.pk, five.pk, two.pk]
    assert seen("waiting") == [two.pk]
    assert seen("resolved") == [three.pk]
    assert seen("closed") == [four.pk]


def test_nobody_sees_the_queue_of_another_team(first: Case) -> None:
    second = world.team("second", "marta")
    theirs = change(Case.objects.get(pk=queues.copies(first, 1)[0]), team=second)
    assert (seen("team"), seen("team", "marta")) == ([first.pk], [theirs])
    # Asking for a team by its id makes nobody a member.
    assert seen("team", team=second.pk) == seen("unassigned", team=second.pk) == []
    assert seen("team", "marta", team=second.pk) == [theirs]
    for who in ("carla", "olaf"):
        assert not any(seen(view, who) for view in VIEWS)
        assert counts(world.viewer(who)).by_view == {}


def test_what_somebody_owns_stays_theirs_when_it_stands_with_another_team(first: Case) -> None:
    second = world.team("second", "marta")
    change(first, team=second, owner=world.person("ines"))
    assert seen("mine") == [first.pk]
    assert seen("team") == []
    # But not when they are in no team any more.
    world.team("support").members.remove(world.person("ines"))
    assert seen("mine") == []


def test_tests_of_programs_stand_in_no_view(first: Case) -> None:
    change(first, is_test=True, owner=world.person("ines"))
    assert not any(seen(view) for view in VIEWS)
    assert sum(counts(world.viewer("ines")).by_view.values()) == 0


def test_what_is_due_first_stands_first_and_then_what_changed_last(first: Case) -> None:
    one, two, three = (Case.objects.get(pk=pk) for pk in queues.copies(first, 3, due_at=None))
    change(one, due_at=NOW - HOUR)
    change(first, due_at=NOW)
    # Two and three owe nothing; three changed a minute after two.
    assert seen("team") == [one.pk, first.pk, three.pk, two.pk]
    change(three, due_at=NOW)
    assert seen("team") == [one.pk, three.pk, first.pk, two.pk]


def test_filters_narrow_a_view(first: Case) -> None:
    other = Case.objects.get(pk=queues.copies(first, 1)[0])
    ines = world.person("ines")
    change(other, severity="A", language="cs", status="waiting", owner=ines, agreement=None)
    assert seen("team", severity="A") == [other.pk]
    assert seen("team", language="cs") == [other.pk]
    assert seen("team", waiting_on="requester") == [other.pk]
    assert seen("team", waiting_on="us") == [first.pk]
    assert seen("team", owner=ines.pk) == [other.pk]
    assert seen("team", programme="gold-partner-support-20") == [first.pk]
    assert seen("team", programme="no-such-programme") == []
    assert seen("team", severity="A", language="en") == []


@pytest.mark.parametrize("view", ["team", "mine", "closed"])
def test_a_long_queue_goes_on_page_by_page_without_gaps_or_repeats(view: str, first: Case) -> None:
    """Also among requests that are due, or have changed, at the same instant."""
    second = world.team("second", "ines")
    state: dict[str, Any] = {"owner_id": world.person("ines").pk, "status": "in-progress"}
    if view == "closed":
        state |= {"status": "closed", "closed_at": NOW, "outcome": "decrement"}
    made = [*queues.copies(first, 40, **state), *queues.copies(first, 40, due_at=None, **state)]
    Case.objects.filter(pk__in=made[::3]).update(team=second)
    Case.objects.filter(pk__in=made[5:20]).update(due_at=NOW, changed_at=NOW)
    Case.objects.filter(pk__in=made[50:60]).update(changed_at=NOW)
    ines, asked = world.viewer("ines"), Asked(VIEWS[view])
    found: list[int] = []
    page = queue(ines, asked, most=7)
    while True:
        found += numbers(page)
        if page.after is None:
            break
        page = queue(ines, asked, after=page.after, most=7)
    whole = numbers(queue(ines, asked, most=200))
    assert found == whole
    assert set(made) <= set(whole)


def test_counting_stops_where_nobody_needs_to_know_more(first: Case) -> None:
    queues.copies(first, 150)
    found = counts(world.viewer("ines"))
    assert (found["unassigned"], found["team"], found["mine"]) == (MOST_COUNTED + 1, MOST_COUNTED + 1, 0)
    assert counts(world.viewer("ines"), team=world.team("support").pk)["team"] == MOST_COUNTED + 1
    assert counts(world.viewer("ines"), team=world.team("second").pk).by_view == {}


def test_what_has_changed_since_is_counted_within_the_view(first: Case) -> None:
    queues.copies(first, 3)
    ines, team = world.viewer("ines"), Asked(VIEWS["team"])
    assert changed_since(ines, team, NOW) == 3
    assert changed_since(ines, team, NOW + HOUR) == 0
    assert changed_since(ines, Asked(VIEWS["mine"]), NOW - HOUR) == 0
    assert changed_since(world.viewer("olaf"), team, NOW - HOUR) == 0


def test_words_find_requests_in_every_state_and_of_no_other_team(first: Case) -> None:
    world.team("second", "marta")
    done = queues.request(summary="Label printer prints blank", at=NOW + HOUR)
    change(done, status="closed", closed_at=NOW, outcome="decrement")
    for case in (first, done):
        index_case(case.pk)
    asked = Asked(FOUND, words="printer")
    assert numbers(queue(world.viewer("ines"), asked)) == [done.pk]
    assert numbers(queue(world.viewer("ines"), Asked(FOUND, words="replicating"))) == [first.pk]
    assert numbers(queue(world.viewer("marta"), asked)) == []
    change(done, owner=world.person("marta"))
    assert numbers(queue(world.viewer("marta"), asked)) == [done.pk]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("count", [5, 60])
def test_a_page_costs_two_queries_however_long_the_queue(
    view: str, count: int, first: Case, django_assert_max_num_queries: Any, django_assert_num_queries: Any
) -> None:
    world.team("second", "ines")
    queues.copies(first, count)
    ines = world.viewer("ines")
    queue(ines, Asked(VIEWS[view]))
    with django_assert_max_num_queries(2):
        queue(ines, Asked(VIEWS[view]))
    with django_assert_num_queries(1):
        changed_since(ines, Asked(VIEWS[view]), NOW)
