"""At which steps somebody is warned that an agreement runs low or ends soon (AGR-2, AGR-10)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pactdesk.agreements.rules.warnings import (
    Count,
    Steps,
    balance_steps,
    end_steps,
    is_end_step,
    read_steps,
)

USUAL = read_steps("20%,1", "60,30,7")
DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)
END = START + 365 * DAY


@pytest.mark.parametrize(
    ("balance", "end", "steps"),
    [
        ("20%,1", "60,30,7", Steps((20,), (1,), (7, 30, 60))),
        (" 0, 5 , 50% ,10%, 5", "", Steps((10, 50), (0, 5), ())),
        ("", "", Steps()),
    ],
)
def test_steps_are_read_as_operators_write_them(balance: str, end: str, steps: Steps) -> None:
    assert read_steps(balance, end) == steps


@pytest.mark.parametrize(
    ("balance", "end"),
    [("twenty", ""), ("0%", ""), ("100%", ""), ("-1", ""), ("", "0"), ("", "7d"), ("1;2", "")],
)
def test_anything_else_is_refused_at_the_start(balance: str, end: str) -> None:
    with pytest.raises(ValueError, match=r"no number of days|neither a share"):
        read_steps(balance, end)


@pytest.mark.req("AGR-10")
@pytest.mark.parametrize(
    ("left", "granted", "whole", "reached"),
    [
        (20, 20, 1, ()),
        (5, 20, 1, ()),
        (4, 20, 1, ("20%",)),
        (2, 20, 1, ("20%",)),
        (1, 20, 1, ("1", "20%")),
        (0, 20, 1, ("1", "20%")),
        (-2, 20, 1, ("1", "20%")),
        pytest.param(1, 4, 1, ("1", "20%"), id="a fifth of four is the last one"),
        pytest.param(1, 1, 1, (), id="a single one was never above the last one"),
        pytest.param(0, 1, 1, (), id="and nobody has to be told when it is used"),
        pytest.param(4, 4, 1, (), id="what was set aside for others is not used"),
        pytest.param(120, 600, 60, ("20%",), id="hours are counted in minutes"),
        pytest.param(60, 600, 60, ("1", "20%"), id="the last hour"),
        pytest.param(61, 600, 60, ("20%",), id="and a minute"),
    ],
)
def test_which_steps_a_balance_has_reached(
    left: int, granted: int, whole: int, reached: tuple[str, ...]
) -> None:
    assert balance_steps(Count(left, granted, whole), USUAL) == reached


@pytest.mark.req("AGR-2")
@pytest.mark.parametrize(
    ("before_the_end", "reached"),
    [
        (61 * DAY, ()),
        (60 * DAY, ("60d",)),
        (30 * DAY + timedelta(seconds=1), ("60d",)),
        (30 * DAY, ("30d", "60d")),
        (timedelta(seconds=1), ("7d", "30d", "60d")),
        pytest.param(timedelta(0), (), id="it is over"),
        pytest.param(366 * DAY, (), id="it has not begun"),
    ],
)
def test_which_steps_before_the_end_are_reached(before_the_end: timedelta, reached: tuple[str, ...]) -> None:
    assert end_steps(START, END, USUAL, at=END - before_the_end) == reached


@pytest.mark.req("AGR-2")
def test_nobody_is_told_at_the_start_of_a_short_term_that_it_ends_soon() -> None:
    assert end_steps(START, START + 30 * DAY, USUAL, at=START) == ()
    assert end_steps(START, START + 31 * DAY, USUAL, at=START + DAY) == ("30d",)


def test_steps_tell_by_their_codes_what_they_are_of() -> None:
    codes = [*balance_steps(Count(0, 20), USUAL), *end_steps(START, END, USUAL, at=END - DAY)]
    assert {code: is_end_step(code) for code in codes} == {
        "1": False,
        "20%": False,
        "7d": True,
        "30d": True,
        "60d": True,
    }
