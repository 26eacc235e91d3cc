"""What may be asked for by a link, and what may be answered, as tables (OBO-3, OBO-4, A20)."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactdesk.delegation.rules import LONGEST_DAYS, PURPOSES, Purpose, Terms, Wish, may_answer, may_ask
from pactdesk.delegation.rules.asking import MOST_OPEN, TOKEN_BYTES, is_token
from pactdesk.delegation.rules.subscriptions import (
    number_refusal,
)
from pactdesk.delegation.rules.trying import MOST_WRONG, Tried, may_try

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
WISH = Wish(frozenset({"submit", "read"}), 0, 30, "direct")
SPENDING = Wish(frozenset({"submit", "spend"}), 3, 30, "direct")

pytestmark = pytest.mark.req("OBO-3", "OBO-4")


@pytest.mark.parametrize(
    ("wish", "of_provider", "still_open", "codes"),
    [
        (WISH, False, 0, ()),
        (WISH, True, MOST_OPEN - 1, ()),
        (WISH, False, MOST_OPEN, ("asking.too-many-open",)),
        (replace(WISH, purposes=frozenset()), False, 0, ("delegation.purpose-missing",)),
        (replace(WISH, days=0), False, 0, ("asking.days-out-of-range",)),
        (replace(WISH, days=LONGEST_DAYS), False, 0, ()),
        (replace(WISH, days=LONGEST_DAYS + 1), False, 0, ("asking.days-out-of-range",)),
        (SPENDING, False, 0, ()),
        (SPENDING, True, 0, ("asking.provider-passes-no-incidents-on",)),
        (replace(SPENDING, most_units=0), False, 0, ("delegation.units-out-of-range",)),
        (
            replace(SPENDING, purposes=frozenset({"spend"})),
            False,
            0,
            ("delegation.spending-needs-submitting",),
        ),
    ],
)
def test_what_may_be_asked_for(
    wish: Wish, of_provider: bool, still_open: int, codes: tuple[str, ...]
) -> None:
    assert may_ask(wish, of_provider=of_provider, still_open=still_open).codes == codes


@pytest.mark.parametrize(
    ("wish", "terms", "codes"),
    [
        (WISH, WISH.terms(NOW), ()),
        (WISH, Terms(frozenset({"read"}), 0, NOW + timedelta(days=1)), ()),
        # The end of the last day that was asked for.
        (WISH, replace(WISH.terms(NOW), ends_at=NOW + timedelta(days=30, hours=15)), ()),
        (
            WISH,
            replace(WISH.terms(NOW), ends_at=NOW + timedelta(days=31, seconds=1)),
            ("asking.longer-than-asked",),
        ),
        (
            WISH,
            Terms(frozenset({"manage-contacts"}), 0, NOW + timedelta(days=1)),
            ("asking.more-than-asked",),
        ),
        (SPENDING, replace(SPENDING.terms(NOW), most_units=2), ()),
        (SPENDING, replace(SPENDING.terms(NOW), most_units=4), ("asking.more-than-asked",)),
        (WISH, Terms(frozenset(), 0, NOW + timedelta(days=1)), ("delegation.purpose-missing",)),
        (WISH, replace(WISH.terms(NOW), ends_at=NOW), ("delegation.ends-in-the-past",)),
    ],
)
def test_what_may_be_answered(wish: Wish, terms: Terms, codes: tuple[str, ...]) -> None:
    assert may_answer(terms, wish, at=NOW).codes == codes


@given(
    st.frozensets(st.sampled_from(PURPOSES)),
    st.frozensets(st.sampled_from(PURPOSES)),
    st.integers(0, 9),
    st.integers(0, 9),
    st.integers(1, 99),
    st.integers(-5, 120),
)
def test_nothing_that_may_be_answered_is_more_than_was_asked_for(
    asked: frozenset[Purpose],
    granted: frozenset[Purpose],
    most_asked: int,
    most_granted: int,
    days: int,
    ends_in: int,
) -> None:
    wish = Wish(asked, most_asked, days, "direct")
    terms = Terms(granted, most_granted, NOW + timedelta(days=ends_in))
    if may_answer(terms, wish, at=NOW).allowed:
        assert terms.purposes
        assert terms.purposes <= asked
        assert "spend" not in terms.purposes or 1 <= most_granted <= most_asked
        assert 0 < ends_in <= days + 1


def test_what_has_not_the_form_of_a_token_is_looked_up_nowhere() -> None:
    assert is_token(secrets.token_urlsafe(TOKEN_BYTES))
    for wrong in ("", " ", "A" * 31, "A" * 33, "A" * 31 + " ", "١" * 32, "A" * 31 + "\x00", "A" * 31 + "\n"):
        assert not is_token(wrong), wrong


@pytest.mark.parametrize(
    ("number", "is_one"),
    [
        ("SUB-1001", True),
        ("0d2f7a8e-61a4-4c53-9b1e-6a1c0c1f2d3e", True),
        ("a.b_c-9", True),
        ("", False),
        ("abc", False),
        ("-abc", False),
        ("a b c d", False),
        ("../../etc", False),
        ("abcd\n", False),
        ("Ａbcd", False),
        ("a" * 65, False),
    ],
)
def test_what_looks_like_the_number_of_a_subscription(number: str, is_one: bool) -> None:
    assert (number_refusal(number) is None) == is_one


def test_wrong_addresses_are_tried_only_so_often() -> None:
    for what in Tried:
        assert may_try(what, MOST_WRONG - 1).allowed
        assert len(may_try(what, MOST_WRONG).codes) == 1
