"""When a consultant may call: days that are days, still to come, at the requester's place (RTE-2)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from pactdesk.cases.rules.answers import Support
from pactdesk.cases.rules.call_backs import CallBack, call_back_in, call_back_refusals

AT = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)  # in Athens half past one on Saturday

pytestmark = pytest.mark.req("RTE-2")


def wish(day: str = "", other: str = "", window: str = "", zone: str = "Europe/Athens") -> Support:
    return Support(time_zone=zone, call_day=day, call_other_day=other, call_window=window)


@pytest.mark.parametrize(
    ("support", "refused"),
    [
        (wish(), {}),
        (wish("2026-11-21"), {}),
        (wish("2026-11-20"), {"call_day": "intake.call-back-past"}),
        (wish("2026-11-20", zone="UTC"), {}),
        (wish("2027-01-20"), {}),
        (wish("2027-01-21"), {"call_day": "intake.call-back-too-far"}),
        (
            wish("tomorrow", "2026-02-30"),
            dict.fromkeys(("call_day", "call_other_day"), "intake.call-back-not-a-day"),
        ),
        (wish("2026-11-23", "2020-01-01"), {"call_other_day": "intake.call-back-past"}),
        (wish(window="night"), {"call_window": "intake.call-back-window-unknown"}),
        (wish("2026-11-21", zone="Nowhere/Town"), {}),
    ],
)
def test_a_day_has_to_be_one_that_is_still_to_come(support: Support, refused: dict[str, str]) -> None:
    found = call_back_refusals(support, at=AT)
    assert {name: reason.code for name, reason in found.items()} == refused


def test_what_was_wished_is_kept_in_order_and_once() -> None:
    kept = call_back_in(wish("2026-11-25", "2026-11-23", "morning"))
    assert kept == CallBack((date(2026, 11, 23), date(2026, 11, 25)), "morning", "Europe/Athens")
    assert CallBack.from_data(kept.as_data() if kept else None) == kept
    same = call_back_in(wish("2026-11-25", "2026-11-25"))
    assert same is not None
    assert same.days == (date(2026, 11, 25),)
    assert call_back_in(wish()) is CallBack.from_data(None) is None


def test_a_part_of_the_day_is_that_of_the_place_also_when_its_clocks_change() -> None:
    kept = CallBack((), "morning", "Europe/Athens")
    for day, begins in ((date(2026, 10, 24), 6), (date(2026, 10, 26), 7)):
        span = kept.span(day)
        assert span is not None
        assert span[0].astimezone(UTC).hour == begins
