"""The ledger keeps its invariants by itself, whoever writes (AGR-6, AGR-10)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.db.utils import Error as DatabaseError
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from pactdesk.agreements import ledger
from pactdesk.agreements.models import Agreement, LedgerEntry
from pactdesk.kernel.database import constraint_of
from pactdesk.kernel.decisions import Reason
from tests import world
from tests.effort import tries

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def seven(db: None) -> int:
    """The id of an agreement with seven incidents left."""
    return world.agreement(units=7, at=AT).id


def balance(agreement_id: int) -> int:
    return Agreement.objects.get(pk=agreement_id).units_left


def guard_against(write: Callable[[], Any]) -> str:
    """The name of the database's guard that refuses `write`, "" where nothing does."""
    try:
        with transaction.atomic():
            write()
    except (psycopg.Error, DatabaseError) as error:
        return constraint_of(error)
    return ""


def deduct(agreement_id: int, units: int = 1, key: str = "request:1") -> None:
    ledger.deduct(agreement_id, case_number=100_001, key=key, actor_id=None, at=AT, units=units)


@pytest.mark.req("AGR-10")
def test_every_entry_says_who_when_why_and_for_which_request(seven: int) -> None:
    marta = world.person("marta")
    ledger.deduct(seven, case_number=100_001, key="request:1", actor_id=marta.pk, at=AT)
    ledger.credit(seven, case_number=100_001, key="back:1", actor_id=marta.pk, at=AT, note="non-decrement")
    ledger.adjust(seven, units=-2, key="adjust:1", actor_id=marta.pk, at=AT, note="granted twice by mistake")
    ledger.expire(seven, units=5, key="expire:1", at=AT)
    entries = LedgerEntry.objects.filter(agreement_id=seven).order_by("position")
    assert list(
        entries.values_list("position", "kind", "units", "balance_after", "actor_id", "case_number", "note")
    ) == [
        (1, "grant", 7, 7, None, None, "gold-partner-support-20"),
        (2, "deduct", -1, 6, marta.pk, 100_001, ""),
        (3, "credit", 1, 7, marta.pk, 100_001, "non-decrement"),
        (4, "adjust", -2, 5, marta.pk, None, "granted twice by mistake"),
        (5, "expire", -5, 0, None, None, ""),
    ]
    assert {entry.at for entry in entries} == {AT}
    assert balance(seven) == 0


@pytest.mark.req("AGR-10")
def test_more_than_is_left_cannot_be_taken(seven: int) -> None:
    with pytest.raises(psycopg.errors.CheckViolation) as refused, transaction.atomic():
        deduct(seven, units=8)
    assert constraint_of(refused.value) == ledger.BALANCE_GUARD
    assert ledger.refusal_of(refused.value) == Reason("agreement.no-incidents-left")
    assert balance(seven) == 7


@pytest.mark.req("AGR-10")
def test_the_last_unit_can_be_taken_and_then_no_other(seven: int) -> None:
    deduct(seven, units=7, key="all")
    assert guard_against(lambda: deduct(seven, key="one more")) == ledger.BALANCE_GUARD
    assert balance(seven) == 0


@pytest.mark.req("AGR-10")
def test_the_same_key_posts_once(seven: int) -> None:
    deduct(seven, key="request:1")
    with pytest.raises(psycopg.errors.UniqueViolation) as refused, transaction.atomic():
        deduct(seven, key="request:1")
    assert ledger.refusal_of(refused.value) == Reason("ledger.posted-before")
    assert balance(seven) == 6


def test_an_error_of_another_kind_is_no_refusal_of_the_ledger() -> None:
    assert ledger.refusal_of(ValueError("something else")) is None


@pytest.mark.req("AGR-10")
def test_only_requests_may_draw_in_advance_and_no_further_than_was_agreed(seven: int) -> None:
    Agreement.objects.filter(pk=seven).update(overdraft=2)
    deduct(seven, units=8, key="one in advance")
    assert balance(seven) == -1
    assert guard_against(lambda: deduct(seven, units=2, key="too much")) == ledger.BALANCE_GUARD
    other = world.agreement(units=1, at=AT).id
    for write in (
        lambda: ledger.expire(seven, units=1, key="expire", at=AT),
        lambda: ledger.adjust(seven, units=-1, key="adjust", actor_id=None, at=AT, note="less"),
        lambda: ledger.transfer(seven, other, units=1, key="t", actor_id=None, at=AT, note="set-aside"),
    ):
        assert guard_against(write) == ledger.BALANCE_GUARD
    # What raises it always can, also from below zero to below zero.
    deduct(seven, key="two in advance")
    ledger.transfer(other, seven, units=1, key="back", actor_id=None, at=AT, note="settled")
    assert (balance(seven), balance(other)) == (-1, 0)
    assert guard_against(lambda: Agreement.objects.filter(pk=seven).update(overdraft=0)) == (
        "agreement_balance_within_overdraft"
    )


def update_entry(agreement_id: int) -> None:
    LedgerEntry.objects.filter(agreement_id=agreement_id).update(note="as if nothing had happened")


def delete_entry(agreement_id: int) -> None:
    # Past the ORM's own protection.
    LedgerEntry.objects.filter(agreement_id=agreement_id)._raw_delete("default")


def set_balance(agreement_id: int) -> None:
    Agreement.objects.filter(pk=agreement_id).update(units_left=1000)


def set_count(agreement_id: int) -> None:
    Agreement.objects.filter(pk=agreement_id).update(entry_count=0)


FORBIDDEN = [
    (update_entry, "ledger_append_only ON agreements_ledgerentry", "agreements_ledgerentry_append_only"),
    (delete_entry, "ledger_append_only ON agreements_ledgerentry", "agreements_ledgerentry_append_only"),
    (
        set_balance,
        "agreement_balance_by_ledger_only ON agreements_agreement",
        "agreement_balance_by_ledger_only",
    ),
    (
        set_count,
        "agreement_balance_by_ledger_only ON agreements_agreement",
        "agreement_balance_by_ledger_only",
    ),
]


@pytest.mark.req("AGR-10")
@pytest.mark.parametrize(("write", "_trigger", "guard"), FORBIDDEN)
def test_the_database_refuses_to_falsify_the_ledger(
    seven: int, write: Callable[[int], None], _trigger: str, guard: str
) -> None:
    assert guard_against(lambda: write(seven)) == guard
    assert balance(seven) == 7


@pytest.mark.parametrize(("write", "trigger", "_guard"), FORBIDDEN)
def test_without_its_trigger_the_ledger_could_be_falsified(
    seven: int, write: Callable[[int], None], trigger: str, _guard: str
) -> None:
    """The twin of the test above: it is the trigger that refuses, and nothing else."""
    without_trigger(trigger)
    assert guard_against(lambda: write(seven)) == ""


def test_without_its_trigger_an_entry_would_not_move_the_balance(seven: int) -> None:
    """The twin of the tests about the balance."""
    without_trigger("ledger_post ON agreements_ledgerentry")
    LedgerEntry.objects.create(
        agreement_id=seven,
        position=2,
        kind="deduct",
        units=-99,
        balance_after=5,
        at=AT,
        case_number=1,
        idempotency_key="x",
    )
    assert balance(seven) == 7


def without_trigger(trigger: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"DROP TRIGGER {trigger}")


@pytest.mark.req("AGR-10")
def test_an_agreement_starts_empty_whatever_it_is_created_with(seven: int) -> None:
    copy = Agreement.objects.get(pk=seven)
    copy.pk, copy.pair_digest, copy.units_left, copy.entry_count = None, b"another", 500, 3
    copy.save(force_insert=True)
    assert balance(copy.pk) == 0
    assert guard_against(lambda: deduct(copy.pk)) == ledger.BALANCE_GUARD


@pytest.mark.req("AGR-10")
def test_position_and_balance_come_from_the_database_whatever_was_written(seven: int) -> None:
    LedgerEntry.objects.create(
        agreement_id=seven,
        position=77,
        kind="adjust",
        units=3,
        balance_after=1000,
        at=AT,
        idempotency_key="by hand",
    )
    entry = LedgerEntry.objects.get(idempotency_key="by hand")
    assert (entry.position, entry.balance_after, balance(seven)) == (2, 10, 10)


@pytest.mark.req("AGR-10")
@pytest.mark.parametrize(
    ("kind", "units", "case_number", "guard"),
    [
        ("grant", -1, None, "ledger_sign_fits_kind"),
        ("credit", -1, 1, "ledger_sign_fits_kind"),
        ("deduct", 1, 1, "ledger_sign_fits_kind"),
        ("expire", 1, None, "ledger_sign_fits_kind"),
        ("adjust", 0, None, "ledger_sign_fits_kind"),
        ("invented", 1, None, "ledger_sign_fits_kind"),
        ("deduct", -1, None, "ledger_request_named"),
        ("credit", 1, None, "ledger_request_named"),
        ("adjust", -1, None, ""),
        ("transfer", 1, None, "ledger_transfer_between_two"),
    ],
)
def test_an_entry_has_the_sign_of_its_kind_and_names_its_request(
    seven: int, kind: str, units: int, case_number: int | None, guard: str
) -> None:
    def write() -> None:
        LedgerEntry.objects.create(
            agreement_id=seven,
            position=0,
            kind=kind,
            units=units,
            balance_after=0,
            at=AT,
            case_number=case_number,
            idempotency_key="odd",
        )

    assert guard_against(write) == guard


class LedgerMachine(RuleBasedStateMachine):
    """Posts at random to two agreements and compares the tables with a few lines of Python."""

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.entries: dict[int, list[int]] = {}
        self.keys: set[str] = set()

    @initialize(granted=st.lists(st.integers(0, 5), min_size=2, max_size=2), overdraft=st.integers(0, 3))
    def agreements(self, granted: list[int], overdraft: int) -> None:
        self.overdraft = overdraft
        for units in granted:
            agreement = world.agreement(units=units, at=AT)
            Agreement.objects.filter(pk=agreement.id).update(overdraft=overdraft)
            self.entries[agreement.id] = [units] if units else []

    @rule(which=st.integers(0, 1), units=st.integers(1, 4), key=st.integers(0, 12))
    def deduct(self, which: int, units: int, key: int) -> None:
        self.post(which, -units, key, lambda of, name: deduct(of, units, name), floor=-self.overdraft)

    @rule(which=st.integers(0, 1), units=st.integers(1, 3), key=st.integers(0, 12))
    def credit(self, which: int, units: int, key: int) -> None:
        self.post(
            which,
            units,
            key,
            lambda of, name: ledger.credit(
                of, case_number=1, key=name, actor_id=None, at=AT, note="non-decrement", units=units
            ),
        )

    @rule(which=st.integers(0, 1), units=st.integers(-4, 4).filter(bool), key=st.integers(0, 12))
    def adjust(self, which: int, units: int, key: int) -> None:
        self.post(
            which,
            units,
            key,
            lambda of, name: ledger.adjust(
                of, units=units, key=name, actor_id=None, at=AT, note="counted again"
            ),
        )

    @rule(which=st.integers(0, 1), key=st.integers(0, 12))
    def expire(self, which: int, key: int) -> None:
        left = sum(self.entries[list(self.entries)[which]])
        if left > 0:
            self.post(which, -left, key, lambda of, name: ledger.expire(of, units=left, key=name, at=AT))

    def post(
        self, which: int, units: int, key: int, write: Callable[[int, str], None], floor: int = 0
    ) -> None:
        agreement_id, name = list(self.entries)[which], f"key:{key}"
        if units < 0 and sum(self.entries[agreement_id]) + units < floor:
            expected = ledger.BALANCE_GUARD
        elif name in self.keys:
            expected = ledger.KEY_GUARD
        else:
            expected = ""
            self.keys.add(name)
            self.entries[agreement_id].append(units)
        assert guard_against(lambda: write(agreement_id, name)) == expected

    @invariant()
    def tables_are_what_python_says(self) -> None:
        for agreement_id, units in self.entries.items():
            rows = LedgerEntry.objects.filter(agreement_id=agreement_id).order_by("position")
            expected = [(n, each, sum(units[:n])) for n, each in enumerate(units, start=1)]
            assert list(rows.values_list("position", "units", "balance_after")) == expected
            agreement = Agreement.objects.get(pk=agreement_id)
            assert (agreement.units_left, agreement.entry_count) == (sum(units), len(units))

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)


@pytest.mark.req("AGR-10")
@pytest.mark.django_db
def test_the_ledger_behaves_like_a_list_of_numbers_whatever_is_posted() -> None:
    world.catalogue()
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=tries(25, 400),
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
