"""How a request stands against what is owed, and which requests stand in which view of the queue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pactdesk.cases.rules.due import SOON, Standing, standing
from pactdesk.cases.rules.queues import ACTIVE, AT_REST, FOUND, VIEWS, WAITING_ON
from pactdesk.cases.rules.status import OPEN, STATUSES, taken_back

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("status", "due", "answered", "expected"),
    [
        ("new", NOW + SOON, None, Standing.DUE),
        ("new", NOW + SOON - SECOND, None, Standing.SOON),
        ("new", NOW + SECOND, None, Standing.SOON),
        ("assigned", NOW, None, Standing.SOON),
        ("assigned", NOW - SECOND, None, Standing.LATE),
        ("in-progress", NOW - SOON, None, Standing.LATE),
        # Around the clock, news is owed while it waits, too.
        ("waiting", NOW - SOON, None, Standing.LATE),
        ("waiting", None, NOW, Standing.PAUSED),
        ("in-progress", None, NOW, Standing.MET),
        ("in-progress", None, NOW + SECOND, Standing.MISSED),
        ("resolved", NOW - SOON, None, Standing.OVER),
        ("closed", None, NOW, Standing.OVER),
    ],
)
def test_a_request_stands_against_what_is_owed(
    status: str, due: datetime | None, answered: datetime | None, expected: Standing
) -> None:
    found = standing(status=status, due_at=due, first_response_at=answered, first_response_due_at=NOW, at=NOW)
    assert found == expected


def test_every_request_stands_in_one_of_the_teams_views() -> None:
    seen = {status for view in VIEWS.values() for status in view.statuses}
    assert seen == set(FOUND.statuses) == set(STATUSES)
    assert set(VIEWS["team"].statuses) | set(VIEWS["resolved"].statuses) == OPEN
    assert set(ACTIVE) | set(AT_REST) == set(STATUSES)


def test_somebody_is_always_the_one_whose_turn_it_is() -> None:
    assert set(WAITING_ON["us"]) | set(WAITING_ON["requester"]) == set(ACTIVE)
    assert not set(WAITING_ON["us"]) & set(WAITING_ON["requester"])


@pytest.mark.parametrize(
    ("before", "after", "can"),
    [
        ("assigned", "in-progress", True),
        ("new", "waiting", True),
        ("waiting", "resolved", True),
        ("in-progress", "in-progress", False),
        ("closed", "in-progress", False),
        ("in-progress", "closed", False),
        ("resolved", "waiting", False),
        ("new", "assigned", False),
    ],
)
def test_a_status_is_taken_back_only_where_a_move_can_have_led_from_there(
    before: str, after: str, can: bool
) -> None:
    assert taken_back(after=after, before=before) is can
