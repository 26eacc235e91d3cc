"""What reports count, and when they dare to speak of a percentage."""

from __future__ import annotations

from datetime import date

import pytest

from pactdesk.cases.rules.reports import Cause, Kept, Week, cause_of, flow, mondays, together


@pytest.mark.parametrize(
    ("kept", "decided", "percent"),
    [(0, 0, None), (19, 19, None), (20, 20, 100), (19, 20, 95), (199, 200, 99), (0, 30, 0)],
)
def test_a_percentage_needs_enough_and_never_rounds_up_to_all(
    kept: int, decided: int, percent: int | None
) -> None:
    assert Kept(kept, decided).percent == percent


def test_parts_are_counted_together() -> None:
    assert together([Kept(3, 4), Kept(0, 1)]) == Kept(3, 5)
    assert together([]) == Kept(0, 0)


@pytest.mark.parametrize(
    ("owned", "transferred", "on_shift", "cause"),
    [
        (False, False, True, Cause.UNOWNED),
        (False, True, True, Cause.TRANSFERRED),
        (True, False, True, Cause.OWNED),
        (True, True, True, Cause.TRANSFERRED),
        (True, True, False, Cause.OFF_SHIFT),
        (True, False, False, Cause.OFF_SHIFT),
    ],
)
def test_the_cause_that_explains_most(owned: bool, transferred: bool, on_shift: bool, cause: Cause) -> None:
    assert cause_of(owned=owned, transferred=transferred, on_shift=on_shift) is cause


def test_weeks_begin_on_mondays_and_the_last_one_is_now() -> None:
    assert mondays(date(2026, 11, 25), 3) == (date(2026, 11, 9), date(2026, 11, 16), date(2026, 11, 23))
    assert mondays(date(2026, 11, 23), 1) == (date(2026, 11, 23),)


def test_what_stood_open_is_counted_backwards() -> None:
    first, second = date(2026, 11, 16), date(2026, 11, 23)
    weeks = flow([first, second], {first: 5, second: 2}, {second: 4}, open_now=3)
    assert weeks == (Week(first, 5, 0, 5), Week(second, 2, 4, 3))
