"""What may be corrected on an agreement, and for what two people are needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pactdesk.agreements.rules.corrections import (
    Change,
    Standing,
    is_far_for_one,
    is_much_for_one,
    may_be_corrected,
    may_decide,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
END = NOW + timedelta(days=100)
STANDING = Standing(units_left=7, counted=True, starts_at=NOW - timedelta(days=200), ends_at=END)


@pytest.mark.parametrize(
    ("change", "standing", "codes"),
    [
        (Change("add", 20), {}, ()),
        (Change("add", 0), {}, ("correction.units-out-of-range",)),
        (Change("add", -1), {}, ("correction.units-out-of-range",)),
        (Change("add", 1_000_001), {}, ("correction.units-out-of-range",)),
        (Change("add", 1), {"counted": False}, ("correction.not-counted",)),
        (Change("add", 1), {"bought": True}, ("correction.bought",)),
        (Change("add", 1), {"ends_at": NOW}, ("correction.ended",)),
        (Change("adjust", -7), {}, ()),
        (Change("adjust", -8), {}, ("correction.below-nothing",)),
        (Change("adjust", 8), {}, ()),
        (Change("adjust", 0), {}, ("correction.units-out-of-range",)),
        (Change("adjust", -1_000_001), {}, ("correction.units-out-of-range",)),
        (Change("adjust", -1), {"bought": True}, ()),
        # What was used and put back by hand would be paid back as if it had never been used.
        (Change("adjust", 1), {"bought": True}, ("correction.bought",)),
        (Change("extend", ends_at=END + timedelta(days=1)), {}, ()),
        (Change("extend", ends_at=END), {}, ("correction.not-later",)),
        (Change("extend", ends_at=END - timedelta(days=1)), {}, ("correction.not-later",)),
        (Change("extend", ends_at=NOW), {"ends_at": NOW - timedelta(days=9)}, ("correction.not-later",)),
        (Change("extend", ends_at=NOW + timedelta(days=1)), {"ends_at": NOW - timedelta(days=9)}, ()),
        (Change("extend", ends_at=NOW + timedelta(days=3661)), {}, ("correction.too-far",)),
        (
            Change("extend", ends_at=END + timedelta(days=1)),
            {"is_part": True},
            ("correction.ends-with-its-origin",),
        ),
    ],
)
def test_what_may_be_corrected(change: Change, standing: dict[str, Any], codes: tuple[str, ...]) -> None:
    assert may_be_corrected(change, replace(STANDING, **standing), at=NOW).codes == codes


@pytest.mark.parametrize(
    ("days", "extended", "far"),
    [(31, False, False), (32, False, True), (1, True, True)],
)
def test_how_far_one_person_extends_alone(days: int, extended: bool, far: bool) -> None:
    change = Change("extend", ends_at=END + timedelta(days=days))
    assert is_far_for_one(change, STANDING, days=31, extended=extended) is far


@pytest.mark.parametrize(
    ("units", "done", "much"), [(5, 0, False), (6, 0, True), (1, 4, False), (1, 5, True), (1, 0, False)]
)
def test_how_much_one_person_moves_alone(units: int, done: int, much: bool) -> None:
    assert is_much_for_one(units, done=done, most=5) is much


@pytest.mark.parametrize(
    ("decider", "approves", "is_open", "codes"),
    [
        (2, True, True, ()),
        (2, False, True, ()),
        (1, True, True, ("correction.own",)),
        (1, False, True, ()),
        (2, True, False, ("correction.decided-already",)),
        (1, False, False, ("correction.decided-already",)),
    ],
)
def test_who_may_decide(decider: int, approves: bool, is_open: bool, codes: tuple[str, ...]) -> None:
    assert may_decide(asked_by=1, decider=decider, approves=approves, is_open=is_open).codes == codes


@pytest.mark.parametrize(
    ("approves", "is_open", "codes"),
    [
        (True, True, ("correction.for-oneself",)),
        (False, True, ()),
        (True, False, ("correction.decided-already",)),
    ],
)
def test_whom_it_benefits_may_only_refuse(approves: bool, is_open: bool, codes: tuple[str, ...]) -> None:
    told = may_decide(asked_by=1, decider=2, approves=approves, is_open=is_open, benefits=True)
    assert told.codes == codes
