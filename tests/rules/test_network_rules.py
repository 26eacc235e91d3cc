"""Terms in the partner network, as tables (BEN-2)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from pactdesk.accounts.rules.network import Term, last_day_of, may_end, may_enrol

TODAY = date(2026, 11, 20)
DAY = timedelta(days=1)
GOLD = Term("gold", TODAY, date(2027, 11, 19))


@pytest.mark.req("BEN-2")
@pytest.mark.parametrize(
    ("term", "others", "codes"),
    [
        (GOLD, (), []),
        (GOLD, (Term("gold", TODAY - 365 * DAY, TODAY - DAY),), []),
        (GOLD, (Term("silver", TODAY, TODAY + 300 * DAY),), []),
        (GOLD, (Term("gold", TODAY - 365 * DAY, TODAY),), ["enrolment.overlaps"]),
        # Ended after a day, and entered anew: for the same day, for another one, or as if it had been before.
        (
            Term("gold", TODAY + DAY, TODAY + 366 * DAY),
            (Term("gold", TODAY - DAY, TODAY),),
            ["enrolment.anew"],
        ),
        (GOLD, (Term("gold", TODAY - 299 * DAY, TODAY - DAY),), ["enrolment.anew"]),
        (GOLD, (Term("gold", TODAY - 300 * DAY, TODAY - DAY),), []),
        (
            Term("gold", TODAY - 40 * DAY, TODAY - DAY),
            (Term("gold", TODAY, TODAY + 9 * DAY),),
            ["enrolment.anew"],
        ),
        (Term("gold", TODAY - DAY, TODAY), (Term("gold", TODAY + DAY, TODAY + 9 * DAY),), []),
        (Term("gold", TODAY, TODAY), (), ["enrolment.ends-before-it-begins"]),
        (Term("gold", TODAY, TODAY + 1099 * DAY), (), ["enrolment.too-long"]),
        (Term("gold", TODAY + 367 * DAY, TODAY + 700 * DAY), (), ["enrolment.too-far-away"]),
        (Term("gold", TODAY - 367 * DAY, TODAY), (), ["enrolment.too-far-away"]),
        (
            Term("gold", TODAY - 400 * DAY, TODAY - 500 * DAY),
            (),
            ["enrolment.ends-before-it-begins", "enrolment.too-far-away"],
        ),
    ],
)
def test_who_is_enrolled(term: Term, others: tuple[Term, ...], codes: list[str]) -> None:
    assert list(may_enrol(term, others, today=TODAY).codes) == codes


@pytest.mark.parametrize(
    ("last_day", "allowed"),
    [
        (GOLD.renewed_on, False),
        (GOLD.renewed_on + DAY, True),
        (GOLD.ends_on - DAY, True),
        (GOLD.ends_on, False),
    ],
)
def test_a_term_ends_earlier_and_never_later(last_day: date, allowed: bool) -> None:
    assert may_end(GOLD, last_day=last_day).allowed is allowed


@pytest.mark.parametrize(
    ("renewed", "last"),
    [
        (TODAY, date(2027, 11, 19)),
        (date(2026, 1, 1), date(2026, 12, 31)),
        (date(2028, 2, 29), date(2029, 2, 28)),
    ],
)
def test_a_term_is_a_year(renewed: date, last: date) -> None:
    assert last_day_of(renewed) == last
