"""Which team, and which of its engineers (RTE-1, RTE-2, SEV-5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pactdesk.routing.rules import (
    Condition,
    Engineer,
    PassedOver,
    RoutingRule,
    Traits,
    choose_engineer,
    choose_team,
)
from pactdesk.servicelevels.rules import AROUND_THE_CLOCK, CalendarData

BILLING, CZECHS, DATABASES, NIGHT, SUPPORT = range(1, 6)


def rule(team: int, **conditions: str) -> RoutingRule:
    return RoutingRule(
        f"rule-{team}",
        team,
        tuple(Condition(trait, frozenset(values.split())) for trait, values in conditions.items()),
    )


RULES = (
    rule(BILLING, problem_type="billing"),
    rule(NIGHT, severity="A", country="CZ SK"),
    rule(CZECHS, language="cs", country="CZ"),
    rule(DATABASES, product="sql-server", problem_type="break-fix advisory"),
)


@pytest.mark.req("RTE-1", "RTE-2")
@pytest.mark.parametrize(
    ("traits", "team", "because"),
    [
        ({}, SUPPORT, ()),
        (
            {"problem_type": "billing", "language": "cs", "country": "CZ"},
            BILLING,
            (("problem_type", "billing"),),
        ),
        ({"language": "cs", "country": "CZ"}, CZECHS, (("language", "cs"), ("country", "CZ"))),
        ({"language": "cs", "country": "SK"}, SUPPORT, ()),
        ({"language": "cs", "country": "CZ", "severity": "A"}, NIGHT, (("severity", "A"), ("country", "CZ"))),
        (
            {"product": "sql-server", "problem_type": "advisory"},
            DATABASES,
            (("product", "sql-server"), ("problem_type", "advisory")),
        ),
        ({"product": "sql-server", "problem_type": "access"}, SUPPORT, ()),
    ],
)
def test_the_first_rule_that_applies_decides_and_says_why(
    traits: dict[str, str], team: int, because: tuple[tuple[str, str], ...]
) -> None:
    route = choose_team(Traits(**traits), RULES, default=SUPPORT)
    assert (route.team_id, route.because) == (team, because)
    assert route.rule == ("" if team == SUPPORT else f"rule-{team}")


def test_a_condition_without_values_applies_to_nothing() -> None:
    blank = RoutingRule("blank", BILLING, (Condition("country", frozenset()),))
    assert choose_team(Traits(), (blank,), default=SUPPORT).team_id == SUPPORT


def test_a_rule_without_conditions_takes_everything() -> None:
    assert choose_team(Traits(), (RoutingRule("all", NIGHT),), default=SUPPORT).team_id == NIGHT


AT = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)  # a Friday
OFFICE = CalendarData.from_data(
    {
        "tz": "Europe/Prague",
        "weekly": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    }
)


def engineer(account_id: int, **terms: object) -> Engineer:
    return Engineer(account_id, f"E{account_id}", **{"shift": AROUND_THE_CLOCK, **terms})  # type: ignore[arg-type]


def chosen(
    *engineers: Engineer, at: datetime = AT, in_hand: dict[int, int] | None = None, **traits: str
) -> tuple[int | None, dict[int, PassedOver]]:
    choice = choose_engineer(Traits(**traits), engineers, in_hand=in_hand or {}, at=at)
    return choice.account_id, dict(choice.passed_over)


@pytest.mark.req("SEV-5")
def test_nobody_gets_a_request_off_shift_or_while_away() -> None:
    saturday = AT + timedelta(days=1)
    assert chosen(engineer(1, shift=OFFICE)) == (1, {})
    assert chosen(engineer(1, shift=OFFICE), at=saturday) == (None, {1: PassedOver.OFF_SHIFT})
    assert chosen(engineer(1, shift=OFFICE), engineer(2), at=saturday) == (2, {1: PassedOver.OFF_SHIFT})
    away = engineer(1, away_from=AT - timedelta(days=1), away_until=AT + timedelta(days=1))
    assert chosen(away) == (None, {1: PassedOver.AWAY})
    assert chosen(away, at=AT + timedelta(days=1)) == (1, {})
    for_good = engineer(1, away_from=AT)
    assert chosen(for_good, at=AT + timedelta(days=400)) == (None, {1: PassedOver.AWAY})


def test_the_end_of_a_shift_is_off_shift() -> None:
    five = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    assert chosen(engineer(1, shift=OFFICE), at=five - timedelta(seconds=1))[0] == 1
    assert chosen(engineer(1, shift=OFFICE), at=five)[0] is None


def test_skill_is_needed_and_language_goes_before_load() -> None:
    databases = engineer(1, products=frozenset({"sql-server"}))
    assert chosen(databases, product="exchange") == (None, {1: PassedOver.SKILL})
    assert chosen(databases, product="sql-server") == (1, {})
    czech, french = engineer(2, languages=frozenset({"cs"})), engineer(3, languages=frozenset({"fr"}))
    assert chosen(czech, french, language="cs", in_hand={2: 7}) == (2, {3: PassedOver.LANGUAGE})
    # Somebody rather than nobody.
    assert chosen(czech, french, language="vi", in_hand={2: 7})[0] == 3


def test_the_smaller_share_of_the_capacity_goes_first_and_who_is_full_gets_nothing() -> None:
    small, large = engineer(1, capacity=2), engineer(2, capacity=10)
    assert chosen(small, large, in_hand={1: 1, 2: 4})[0] == 2
    assert chosen(small, large, in_hand={1: 1, 2: 6})[0] == 1
    assert chosen(small, large, in_hand={1: 2, 2: 10}) == (None, {1: PassedOver.FULL, 2: PassedOver.FULL})


def test_equals_are_chosen_alike_every_time() -> None:
    assert {chosen(engineer(2), engineer(1))[0] for _each in range(10)} == {1}
