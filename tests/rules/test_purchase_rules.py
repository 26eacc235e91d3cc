"""Who may buy, what the provider's word means, and when money goes back, as tables (PPI-1 to PPI-5)."""

from __future__ import annotations

from datetime import date

import pytest

from pactdesk.purchases.rules.buying import MOST_FAILED, Ware, may_buy, may_order, number_of
from pactdesk.purchases.rules.payments import Card, Dispute, Money, Payment, PaymentState
from pactdesk.purchases.rules.programs import MOST_MINOR, Allowance, may_allow, may_charge
from pactdesk.purchases.rules.refunds import Cause, cause_of_closing, may_refund
from pactdesk.purchases.rules.states import State, Verdict, dispute_becomes, verdict

PRICE = Money(49_900, "EUR")
WARE = Ware("single", "professional-support-1", 1, PRICE, "")
CARD = Card("pm_1", "visa", "4242", date(2026, 11, 30))
TODAY = date(2026, 11, 30)


@pytest.mark.req("PPI-1")
@pytest.mark.parametrize(
    ("kind", "is_sold_here", "codes"),
    [
        ("personal", True, ()),
        ("work", True, ("purchase.work-account",)),
        ("personal", False, ("purchase.nothing-sold",)),
        ("work", False, ("purchase.nothing-sold",)),
    ],
)
def test_only_a_personal_account_buys(kind: str, is_sold_here: bool, codes: tuple[str, ...]) -> None:
    assert may_buy(kind=kind, is_sold_here=is_sold_here).codes == codes


@pytest.mark.req("PPI-2", "PPI-3")
@pytest.mark.parametrize(
    ("otherwise", "codes"),
    [
        ({}, ()),
        ({"ware": None}, ("purchase.not-sold-here",)),
        ({"shown": Money(49_899, "EUR")}, ("purchase.price-changed",)),
        ({"shown": Money(49_900, "USD")}, ("purchase.price-changed",)),
        ({"card": None}, ("purchase.no-card",)),
        ({"today": date(2026, 12, 1)}, ("purchase.card-expired",)),
        ({"terms_accepted": False}, ("purchase.terms-not-accepted",)),
        ({"failed_lately": MOST_FAILED - 1}, ()),
        ({"failed_lately": MOST_FAILED}, ("purchase.too-many-attempts",)),
    ],
)
def test_what_may_be_ordered(otherwise: dict[str, object], codes: tuple[str, ...]) -> None:
    asked: dict[str, object] = {
        "ware": WARE,
        "shown": PRICE,
        "card": CARD,
        "terms_accepted": True,
        "failed_lately": 0,
        "today": TODAY,
        **otherwise,
    }
    ware = asked.pop("ware")
    assert may_order(ware, **asked).codes == codes  # type: ignore[arg-type]


@pytest.mark.req("PPI-3")
@pytest.mark.parametrize(
    ("allowance", "codes"),
    [
        (None, ("purchase.card-closed-to-programs",)),
        (Allowance(Money(49_900, "EUR"), 0), ()),
        (Allowance(Money(49_899, "EUR"), 0), ("purchase.above-allowance",)),
        (Allowance(Money(99_800, "EUR"), 49_900), ()),
        (Allowance(Money(99_800, "EUR"), 49_901), ("purchase.above-allowance",)),
        (Allowance(Money(10_000, "EUR"), 90_000), ("purchase.above-allowance",)),
        (Allowance(Money(99_800, "USD"), 0), ("purchase.allowed-in-other-currency",)),
    ],
)
def test_programs_charge_what_the_owner_of_the_card_allows(
    allowance: Allowance | None, codes: tuple[str, ...]
) -> None:
    assert may_charge(PRICE, allowance).codes == codes
    assert allowance is None or allowance.left.minor >= 0


@pytest.mark.req("PPI-3")
@pytest.mark.parametrize(
    ("minor", "accepted", "codes"),
    [
        (1, True, ()),
        (MOST_MINOR, True, ()),
        (MOST_MINOR + 1, True, ("card.allowance-out-of-range",)),
        (0, False, ("card.allowance-out-of-range", "purchase.terms-not-accepted")),
    ],
)
def test_a_card_is_opened_up_to_an_amount(minor: int, accepted: bool, codes: tuple[str, ...]) -> None:
    assert may_allow(Money(minor, "EUR"), terms_accepted=accepted).codes == codes


S, P, V = State, PaymentState, Verdict


@pytest.mark.req("PPI-5")
@pytest.mark.parametrize(
    ("state", "found", "captured", "money", "expected"),
    [
        (S.ORDERED, P.SUCCEEDED, 49_900, PRICE, V.PAID),
        (S.PAYING, P.SUCCEEDED, 49_900, PRICE, V.PAID),
        (S.PAYING, P.SUCCEEDED, 49_899, PRICE, V.DIFFERS),
        (S.PAYING, P.SUCCEEDED, 49_900, Money(49_900, "USD"), V.DIFFERS),
        (S.PAYING, P.FAILED, 0, Money(1, "EUR"), V.DIFFERS),
        (S.PAYING, P.FAILED, 0, PRICE, V.FAILED),
        (S.PAYING, P.CANCELLED, 0, PRICE, V.FAILED),
        (S.PAYING, P.OPEN, 0, PRICE, V.WAITS),
        (S.PAYING, P.NEEDS_ACTION, 0, PRICE, V.WAITS),
        (S.PAYING, P.PROCESSING, 0, PRICE, V.WAITS),
        (S.FAILED, P.SUCCEEDED, 49_900, PRICE, V.PAID),
        (S.FAILED, P.FAILED, 0, PRICE, V.NOTHING),
        (S.FAILED, P.PROCESSING, 0, PRICE, V.NOTHING),
        *((state, P.FAILED, 0, PRICE, V.NOTHING) for state in (S.PAID, S.GRANTED, S.REFUNDING, S.REFUNDED)),
        *((state, P.SUCCEEDED, 49_900, PRICE, V.NOTHING) for state in (S.PAID, S.GRANTED, S.REFUNDED)),
    ],
)
def test_what_the_word_of_the_provider_means(
    state: State, found: PaymentState, captured: int, money: Money, expected: Verdict
) -> None:
    assert verdict(state, PRICE, Payment("pi_1", found, money, captured_minor=captured)) is expected


D = Dispute


@pytest.mark.req("PPI-5")
@pytest.mark.parametrize(
    ("before", "told", "after"),
    [
        (D.NONE, D.NONE, D.NONE),
        (D.NONE, D.OPEN, D.OPEN),
        (D.NONE, D.LOST, D.LOST),
        (D.OPEN, D.NONE, D.OPEN),
        (D.OPEN, D.WON, D.WON),
        (D.OPEN, D.LOST, D.LOST),
        (D.WON, D.OPEN, D.WON),
        (D.WON, D.LOST, D.WON),
        (D.LOST, D.WON, D.LOST),
        (D.LOST, D.OPEN, D.LOST),
    ],
)
def test_the_end_of_a_dispute_stays_its_end(before: Dispute, told: Dispute, after: Dispute) -> None:
    assert dispute_becomes(before, told) is after


@pytest.mark.req("PPI-5")
@pytest.mark.parametrize(
    ("state", "dispute", "left", "has_ended", "codes"),
    [
        (S.GRANTED, D.NONE, 5, False, ()),
        (S.GRANTED, D.WON, 5, False, ()),
        (S.GRANTED, D.NONE, 4, False, ("refund.used",)),
        (S.GRANTED, D.OPEN, 5, False, ("refund.disputed",)),
        (S.GRANTED, D.LOST, 0, False, ("refund.disputed",)),
        (S.GRANTED, D.NONE, 0, True, ("refund.ended",)),
        *(
            (state, D.NONE, 0, False, ("refund.not-paid",))
            for state in (S.ORDERED, S.PAYING, S.PAID, S.FAILED)
        ),
        *((state, D.NONE, 0, False, ("refund.already",)) for state in (S.REFUNDING, S.REFUNDED)),
    ],
)
def test_when_money_goes_back(
    state: State, dispute: Dispute, left: int, has_ended: bool, codes: tuple[str, ...]
) -> None:
    assert may_refund(state, dispute, units=5, left=left, has_ended=has_ended).codes == codes


@pytest.mark.req("PPI-5")
@pytest.mark.parametrize(
    ("cause", "units", "because"),
    [
        ("product-fault", 1, Cause.NON_DECREMENT),
        ("out-of-scope", 1, Cause.INELIGIBLE),
        ("product-fault", 5, None),
        ("out-of-scope", 5, None),
    ],
)
def test_which_closing_pays_back_by_itself(cause: str, units: int, because: Cause | None) -> None:
    assert cause_of_closing(cause=cause, units=units) is because


def test_a_purchase_has_a_number_for_people() -> None:
    assert number_of(1) == "P-100001"
