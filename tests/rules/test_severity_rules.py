"""What may be changed about how severe a request is, and which change that is (SEV-1, SEV-4, SEV-6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pactdesk.cases.rules.severity import (
    LastChange,
    Level,
    Reachable,
    Wanted,
    kind_of_change,
    last_change,
    level_of,
    may_change,
    may_restore,
    may_set_back,
    offers_of,
)
from pactdesk.servicelevels.rules import Event, Kind, Target
from pactdesk.servicelevels.rules.reaching import Attempt, Patience, next_attempt_counts_from

NOW = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SEVERITIES = ("A", "B", "C")
DAY_AND_NIGHT, IN_HOURS = Level("A", "24x7"), Level("A", "business")
SOMEBODY = Reachable("Night desk", "+420 601 123 999", "Europe/Prague")
OFFERS = offers_of(
    SEVERITIES,
    {
        "A": Target("A", 120, hours="24x7", needs_contact_around_the_clock=True),
        "B": Target("B", 240),
    },
)


@pytest.mark.req("SEV-1")
@pytest.mark.parametrize(
    ("wanted", "now", "status", "codes"),
    [
        (Wanted("A", reachable=SOMEBODY), Level("B", "business"), "new", ()),
        (Wanted("A", "business"), Level("B", "business"), "new", ()),
        (Wanted("B"), DAY_AND_NIGHT, "waiting", ()),
        (Wanted("A", "business"), DAY_AND_NIGHT, "new", ()),
        (Wanted("A"), Level("B", "business"), "new", ("intake.night-contact-missing",)),
        (
            Wanted("A", reachable=Reachable("Night desk")),
            Level("B", "business"),
            "new",
            ("intake.night-contact-missing",),
        ),
        (Wanted("B"), Level("B", "business"), "new", ("severity.as-before",)),
        (Wanted("A", reachable=SOMEBODY), DAY_AND_NIGHT, "new", ("severity.as-before",)),
        (Wanted("C"), Level("B", "business"), "new", ("severity.not-in-plan",)),
        (Wanted("Z"), Level("B", "business"), "new", ("intake.severity-missing",)),
        (Wanted(""), Level("B", "business"), "new", ("intake.severity-missing",)),
        (Wanted("B"), DAY_AND_NIGHT, "resolved", ("case.severity-at-rest",)),
        (Wanted("B"), DAY_AND_NIGHT, "closed", ("case.severity-at-rest",)),
    ],
)
def test_only_what_the_plan_offers_can_be_wanted(
    wanted: Wanted, now: Level, status: str, codes: tuple[str, ...]
) -> None:
    assert may_change(OFFERS, wanted, now=now, status=status).codes == codes


def test_only_the_critical_severity_asks_about_hours() -> None:
    assert level_of(OFFERS, Wanted("A")) == DAY_AND_NIGHT
    assert level_of(OFFERS, Wanted("A", "business")) == IN_HOURS
    assert level_of(OFFERS, Wanted("B", "24x7")) == Level("B", "business")
    assert level_of(OFFERS, Wanted("C")) is None


@pytest.mark.req("SEV-6")
@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (Level("B", "business"), DAY_AND_NIGHT, Kind.RAISED),
        (Level("C", "business"), Level("B", "business"), Kind.RAISED),
        (IN_HOURS, DAY_AND_NIGHT, Kind.RAISED),
        (DAY_AND_NIGHT, IN_HOURS, Kind.LOWERED),
        (DAY_AND_NIGHT, Level("B", "business"), Kind.LOWERED),
        # One that is not offered any more counts as the least.
        (Level("old", "business"), Level("C", "business"), Kind.RAISED),
    ],
)
def test_a_change_is_up_or_down(before: Level, after: Level, kind: Kind) -> None:
    assert kind_of_change(SEVERITIES, before, after) is kind


OPENED = Event(Kind.OPENED, NOW, "A", "24x7", 1)
LOWERED = Event(Kind.LOWERED_UNREACHABLE, NOW + MINUTE, "B")


@pytest.mark.req("SEV-4")
@pytest.mark.parametrize(
    ("events", "restorable"),
    [
        ([OPENED], False),
        ([OPENED, LOWERED], True),
        ([OPENED, LOWERED, Event(Kind.ANSWERED, NOW + 2 * MINUTE)], True),
        ([OPENED, LOWERED, Event(Kind.RESTORED, NOW + 2 * MINUTE, "A", "24x7")], False),
        ([OPENED, LOWERED, Event(Kind.LOWERED, NOW + 2 * MINUTE, "C")], False),
        ([OPENED, Event(Kind.LOWERED, NOW + MINUTE, "B")], False),
    ],
)
def test_what_was_lowered_is_restored_while_nothing_was_changed_since(
    events: list[Event], restorable: bool
) -> None:
    change = last_change(events)
    assert may_restore(change, status="new").allowed is restorable
    if restorable:
        assert change == LastChange(Kind.LOWERED_UNREACHABLE, NOW + MINUTE, DAY_AND_NIGHT)
        assert may_restore(change, status="closed").codes == ("case.severity-at-rest",)


@pytest.mark.req("SEV-6")
@pytest.mark.parametrize(
    ("start", "changes", "codes"),
    [
        (NOW - MINUTE, {}, ()),
        (NOW, {}, ("case.start-not-earlier",)),
        (NOW - MINUTE, {"begins_at": None}, ("case.answered-already",)),
        (NOW - MINUTE, {"status": "resolved"}, ("case.severity-at-rest",)),
        (NOW - MINUTE, {"is_manager": False}, ("case.only-a-manager",)),
    ],
)
def test_a_manager_sets_the_clock_back_while_the_first_answer_is_owed(
    start: datetime, changes: dict[str, object], codes: tuple[str, ...]
) -> None:
    given = {"begins_at": NOW, "status": "new", "is_manager": True, **changes}
    assert may_set_back(start, **given).codes == codes  # type: ignore[arg-type]


@pytest.mark.req("SEV-4")
@pytest.mark.parametrize(
    ("attempts", "from_now"),
    [
        ([], None),
        ([Attempt(NOW)], 30),
        ([Attempt(NOW), Attempt(NOW + 29 * MINUTE)], 30),
        ([Attempt(NOW), Attempt(NOW + 30 * MINUTE)], None),
        # One from before the severity began, and one before somebody was reached, count for nothing.
        ([Attempt(NOW - MINUTE)], None),
        ([Attempt(NOW), Attempt(NOW + MINUTE, reached=True)], None),
        ([Attempt(NOW), Attempt(NOW + MINUTE, reached=True), Attempt(NOW + 2 * MINUTE)], 32),
    ],
)
def test_it_is_said_from_when_on_one_more_attempt_counts(
    attempts: list[Attempt], from_now: int | None
) -> None:
    expected = None if from_now is None else NOW + from_now * MINUTE
    assert next_attempt_counts_from(attempts, Patience(2, 30), since=NOW) == expected
