"""`verify` names what does not fit between money and incidents: each check is broken and it alone sees it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import LazySettings

from pactdesk.purchases.services import refunds
from tests import world
from tests.buying import AT, SANDBOX, buy, buyer, later
from tests.project.test_verify import broken, late, sql


@pytest.fixture(autouse=True)
def bought(db: None, settings: LazySettings) -> None:
    """One that can be used, one that is disputed, one that was paid back, one that nobody has confirmed."""
    settings.PAYMENT_PROVIDER = SANDBOX
    actor = buyer()
    buy(actor=actor)
    buy("disputed", actor=actor)
    buy("asks", actor=actor)
    refunds.refund(buy(actor=actor).pk, note="", actor=world.viewer("marta"), at=AT)
    sql("DELETE FROM procrastinate_jobs")
    sql("SET CONSTRAINTS ALL IMMEDIATE")


def unguarded(*constraints: str) -> None:
    for name in constraints:
        sql(f"ALTER TABLE purchases_purchase DROP CONSTRAINT {name}")


def too_little_was_taken() -> None:
    unguarded("purchase_granted_where_paid")
    sql("UPDATE purchases_purchase SET captured_minor = 1 WHERE state = 'granted' AND dispute = ''")


def granted_to_somebody_else() -> None:
    account = world.person("cem").pk
    sql(
        "UPDATE agreements_agreement SET holder_id = %s WHERE holder_id IS NOT NULL AND frozen_at IS NULL",
        account,
    )


def held_and_never_bought() -> None:
    sql(
        "INSERT INTO agreements_agreement (programme_id, access_id, holder_id, starts_at, ends_at, time_zone,"
        " units_left, entry_count, created_at)"
        " SELECT programme_id, '', holder_id, starts_at, ends_at, time_zone, 0, 0, created_at"
        " FROM agreements_agreement WHERE holder_id IS NOT NULL LIMIT 1"
    )


def money_back_and_usable() -> None:
    sql(
        "INSERT INTO agreements_ledgerentry (agreement_id, position, kind, units, balance_after, at, note,"
        " idempotency_key) SELECT agreement_id, 0, 'adjust', 1, 0, now(), 'again', 'again'"
        " FROM purchases_purchase WHERE state = 'refunded'"
    )


def half_of_it_paid_back() -> None:
    unguarded("purchase_refunded_in_full")
    sql("UPDATE purchases_purchase SET refunded_minor = 1 WHERE state = 'refunded'")


def disputed_and_usable() -> None:
    sql("UPDATE agreements_agreement SET frozen_at = NULL")


PURCHASE_BREAKS: dict[Callable[[], None], set[str]] = {
    too_little_was_taken: {"paid-as-ordered", "constraints-at-work"},
    granted_to_somebody_else: {"granted-as-paid"},
    held_and_never_bought: {"held-as-paid"},
    money_back_and_usable: {"refunded-unusable"},
    half_of_it_paid_back: {"refunded-in-full", "constraints-at-work"},
    disputed_and_usable: {"disputed-is-frozen"},
}


@pytest.mark.req("PPI-5")
def test_nothing_is_wrong_where_everything_went_through_the_services() -> None:
    assert broken() == {}
    assert "payment-handled-in-time" not in late(later(minutes=20))


@pytest.mark.req("PPI-5")
@pytest.mark.parametrize("damage", PURCHASE_BREAKS, ids=lambda damage: damage.__name__)
def test_damage_is_seen_by_its_check_and_by_no_other(damage: Callable[[], None]) -> None:
    damage()
    assert set(broken()) == PURCHASE_BREAKS[damage]


@pytest.mark.req("PPI-5")
def test_a_purchase_that_stands_still_is_late() -> None:
    sql("UPDATE purchases_purchase SET state = 'ordered' WHERE state = 'paying'")
    assert "payment-handled-in-time" in late(later(minutes=20))
