"""Adding, sharing, guarding, issuing and ending agreements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from time import monotonic

import pytest
from django.db import IntegrityError, connection, transaction
from django.http import Http404

from pactdesk.accounts.models import Account
from pactdesk.agreements import ledger, queries, sealing, services
from pactdesk.agreements.access import agreement_for
from pactdesk.agreements.models import Agreement, LedgerEntry, Registration, WrongPair
from pactdesk.agreements.queries import AgreementLine, statements
from pactdesk.agreements.rules import GuessLimits, Pair, Subject
from pactdesk.agreements.services import (
    CannotAddAgreement,
    CannotLimitSeats,
    CannotReplacePair,
    CannotRestoreRegistration,
)
from pactdesk.catalog import queries as catalog
from pactdesk.journal.queries import facts_about
from pactdesk.kernel.sealing import forget_keys
from tests import world

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOME = "192.0.2.1"
ELSEWHERE = "192.0.2.2"
WRONG = Pair("9999999999", "99999999999999999999")
LIMITS = GuessLimits()


def add(
    who: str | Account,
    pair: Pair,
    *,
    subject: Subject | None = None,
    address: str = HOME,
    at: datetime = AT,
    limits: GuessLimits = LIMITS,
) -> int:
    return services.add_agreement(
        pair.access_id,
        pair.contract_id,
        subject=subject,
        address=address,
        actor=world.viewer(who),
        at=at,
        limits=limits,
    )


def refusals(who: str | Account, pair: Pair, **how: object) -> tuple[str, ...]:
    with pytest.raises(CannotAddAgreement) as refused:
        add(who, pair, **how)  # type: ignore[arg-type]  # passed on
    return refused.value.decision.codes


def line(who: str, agreement: world.Agreement, at: datetime = AT) -> AgreementLine:
    lines = queries.benefits(world.viewer(who), at=at)
    return next(line for line in lines if line.agreement_id == agreement.id)


def subject(product: str, version: str) -> Subject:
    found = catalog.current().product(product)
    return Subject(found.channel.code, catalog.current().version(product, version))


@pytest.fixture
def gold(db: None) -> world.Agreement:
    return world.agreement(pair=Pair("0230242323", "00112233445566778899"), at=AT)


# Adding


@pytest.mark.req("AGR-3")
def test_a_pair_is_entered_once_and_then_offered_to_that_account(gold: world.Agreement) -> None:
    assert add("carla", gold.pair) == gold.id
    assert line("carla", gold).decision.allowed
    offered = queries.plans_for(world.viewer("carla"), subject("windows-server", "2022"), at=AT)
    assert [(plan.agreement_id, plan.decision.allowed) for plan in offered] == [(gold.id, True)]


@pytest.mark.req("AGR-1")
def test_a_pair_without_its_leading_zeros_is_another_pair(gold: world.Agreement) -> None:
    assert refusals("carla", Pair("230242323", gold.contract_id)) == ("pair.not-recognised",)
    assert refusals("carla", Pair(gold.access_id, gold.contract_id.lstrip("0"))) == ("pair.not-recognised",)
    assert refusals("carla", Pair("00230242323", gold.contract_id)) == ("pair.not-recognised",)


@pytest.mark.req("AGR-1")
def test_a_pair_may_be_typed_in_groups(gold: world.Agreement) -> None:
    assert add("carla", Pair(" 0230-2423-23", "0011 2233 4455 6677 8899\n")) == gold.id


@pytest.mark.req("AGR-1")
def test_the_border_between_the_two_ids_matters(gold: world.Agreement) -> None:
    digits = gold.access_id + gold.contract_id
    assert refusals("carla", Pair(digits[:9], digits[9:])) == ("pair.not-recognised",)


@pytest.mark.req("AGR-5", "ELI-8")
def test_adding_an_agreement_again_answers_that_it_is_there_already(gold: world.Agreement) -> None:
    add("carla", gold.pair)
    assert refusals("carla", gold.pair) == ("agreement.already-registered",)
    assert Registration.objects.filter(agreement_id=gold.id).count() == 1
    assert not WrongPair.objects.exists()


@pytest.mark.req("AGR-5", "ELI-2", "ELI-3")
def test_an_agreement_that_cannot_pay_may_be_added_and_then_says_why(db: None) -> None:
    used_up = world.agreement(units=1, at=AT)
    ledger.deduct(used_up.id, case_number=1, key="the last one", actor_id=None, at=AT)
    ended = world.ended_agreement(at=AT)
    add("carla", used_up.pair)
    add("carla", ended.pair)
    assert line("carla", used_up).decision.codes == ("agreement.no-incidents-left",)
    assert line("carla", ended).decision.codes == ("agreement.expired",)


@pytest.mark.req("AGR-4")
def test_accounts_that_share_a_pair_draw_on_one_balance(gold: world.Agreement) -> None:
    add("carla", gold.pair)
    add("cem", gold.pair)
    ledger.deduct(gold.id, case_number=1, key="carlas request", actor_id=world.person("carla").pk, at=AT)
    assert line("carla", gold).units_left == line("cem", gold).units_left == 19


@pytest.mark.req("AGR-8", "ELI-6", "ELI-9")
def test_a_pair_for_cloud_support_is_refused_while_an_on_premises_product_is_chosen(
    gold: world.Agreement,
) -> None:
    cloud = world.agreement("signature-cloud-support", at=AT)
    server = subject("windows-server", "2022")
    assert refusals("carla", cloud.pair, subject=server) == ("agreement.cloud-only",)
    assert not Registration.objects.exists()
    assert refusals("carla", Pair(gold.access_id, cloud.contract_id)) == ("pair.not-recognised",)
    add("carla", cloud.pair)
    add("carla", gold.pair, subject=server)
    offered = queries.plans_for(world.viewer("carla"), server, at=AT)
    assert [(plan.agreement_id, plan.decision.codes) for plan in offered] == [
        (gold.id, ()),
        (cloud.id, ("agreement.cloud-only",)),
    ]


@pytest.mark.req("AGR-7")
def test_advisory_hours_are_counted_as_hours_and_pay_for_advice_only(db: None) -> None:
    hours = world.agreement("partner-advisory-hours-20", registered=["carla"], at=AT)
    assert (line("carla", hours).unit, line("carla", hours).units_left) == ("advisory_hour", 20 * 60)
    server = subject("windows-server", "2022")
    (repair,) = queries.plans_for(world.viewer("carla"), server, at=AT)
    assert "agreement.advisory-hours-only" in repair.decision.codes


# Guessing


@pytest.mark.req("AGR-11")
def test_a_wrong_pair_is_answered_alike_whichever_half_is_wrong(gold: world.Agreement) -> None:
    other = world.agreement(at=AT)
    answers = {
        refusals("carla", pair)
        for pair in (
            WRONG,
            Pair(gold.access_id, WRONG.contract_id),
            Pair(WRONG.access_id, gold.contract_id),
            Pair(gold.access_id, other.contract_id),
            Pair(gold.contract_id, gold.access_id),
        )
    }
    assert answers == {("pair.not-recognised",)}
    assert WrongPair.objects.count() == 5


@pytest.mark.req("AGR-11")
def test_guessing_stops_after_a_number_of_wrong_pairs_even_for_the_right_one(gold: world.Agreement) -> None:
    limits = GuessLimits(per_account=3)
    for _attempt in range(3):
        assert refusals("carla", WRONG, limits=limits) == ("pair.not-recognised",)
    assert refusals("carla", gold.pair, limits=limits) == ("pair.too-many-attempts",)
    assert not Registration.objects.exists()


@pytest.mark.req("AGR-11")
def test_without_the_limit_the_same_guesses_would_have_led_to_the_agreement(gold: world.Agreement) -> None:
    """The twin of the test above: it is the limit that stops the guessing."""
    unlimited = GuessLimits(per_account=10**6, per_address=10**6)
    for _attempt in range(3):
        assert refusals("carla", WRONG, limits=unlimited) == ("pair.not-recognised",)
    assert add("carla", gold.pair, limits=unlimited) == gold.id


@pytest.mark.req("AGR-11")
def test_guessing_from_one_address_stops_whoever_is_signed_in(gold: world.Agreement) -> None:
    limits = GuessLimits(per_account=10, per_address=3)
    for who in ("olaf", "cem", "rafael"):
        refusals(who, WRONG, limits=limits)
    assert refusals("carla", gold.pair, limits=limits) == ("pair.too-many-attempts",)
    assert add("carla", gold.pair, address=ELSEWHERE, limits=limits) == gold.id


GUESSERS = 40


@pytest.mark.req("AGR-11")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("shared", ["account", "address"])
def test_guesses_that_arrive_together_are_counted_like_guesses_one_after_the_other(shared: str) -> None:
    assert guesses_at_once(shared) == Counter({"pair.not-recognised": 5, "pair.too-many-attempts": 35})
    assert WrongPair.objects.count() == 5


@pytest.mark.req("AGR-11")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("shared", ["account", "address"])
def test_without_taking_turns_guesses_that_arrive_together_overshoot_the_limit(
    shared: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin of the test above: takes away the turns of the account or of the address."""
    monkeypatch.setattr(services, f"_wait_for_the_{shared}", lambda _whose: None)
    assert guesses_at_once(shared) == Counter({"pair.not-recognised": GUESSERS})


def guesses_at_once(shared: str) -> Counter[str]:
    """How 40 wrong pairs are answered that arrive together, from one account or one address, where 5 are allowed."""
    world.catalogue()
    accounts = [world.person("olaf")] * GUESSERS
    addresses = [HOME] * GUESSERS
    if shared == "account":
        addresses = [f"198.51.100.{number}" for number in range(GUESSERS)]
    else:
        accounts = [
            Account.objects.create_user(f"guest{number}@mail.example", world.PASSWORD)
            for number in range(GUESSERS)
        ]
    limits = GuessLimits(
        per_account=5 if shared == "account" else 100, per_address=5 if shared == "address" else 100
    )

    def guess(account: Account, address: str) -> str:
        try:
            return refusals(account, WRONG, address=address, limits=limits)[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(GUESSERS) as guessers:
        # Guesses can be looked up and not be written down before all of them have come as far as they can.
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE agreements_wrongpair IN SHARE MODE")
            answers = [guessers.submit(guess, *pair) for pair in zip(accounts, addresses, strict=True)]
            until = monotonic() + 60
            while waiting_for_locks() < GUESSERS:
                assert monotonic() < until
        return Counter(answer.result(timeout=60) for answer in answers)


@pytest.mark.req("AGR-11")
def test_wrong_pairs_are_forgiven_when_the_window_has_passed(gold: world.Agreement) -> None:
    limits = GuessLimits(per_account=1, window_minutes=60)
    refusals("carla", WRONG, limits=limits)
    assert refusals("carla", gold.pair, at=AT + timedelta(minutes=59), limits=limits) == (
        "pair.too-many-attempts",
    )
    assert add("carla", gold.pair, at=AT + timedelta(minutes=60), limits=limits) == gold.id


@pytest.mark.req("AGR-11")
def test_neither_slips_nor_successes_count_as_guesses(gold: world.Agreement) -> None:
    limits = GuessLimits(per_account=1)
    assert refusals("carla", Pair("02302A2323", ""), limits=limits) == (
        "pair.access-id-not-digits",
        "pair.contract-id-missing",
    )
    add("carla", gold.pair, limits=limits)
    assert refusals("carla", gold.pair, limits=limits) == ("agreement.already-registered",)
    assert not WrongPair.objects.exists()


@pytest.mark.req("AGR-11")
def test_a_counted_guess_says_nothing_about_what_was_typed_or_from_where(gold: world.Agreement) -> None:
    refusals("carla", Pair(gold.access_id, "12345678901234567890"))
    row = WrongPair.objects.values().get()
    assert set(row) == {"id", "account_id", "address_digest", "at"}
    assert HOME.encode() not in bytes(row["address_digest"])
    assert bytes(row["address_digest"]) == sealing.address_digest(HOME)


# The owner's rights


@pytest.mark.req("AGR-11")
def test_no_more_accounts_than_the_owner_allows_may_add_an_agreement(gold: world.Agreement) -> None:
    Agreement.objects.filter(pk=gold.id).update(seat_limit=2, owner=world.person("nora"))
    add("carla", gold.pair)
    add("cem", gold.pair)
    assert refusals("rafael", gold.pair) == ("agreement.no-seat-left",)
    services.revoke_registration(gold.id, seat_of("cem", gold), actor=world.viewer("nora"), at=AT)
    assert add("rafael", gold.pair) == gold.id


@pytest.mark.req("AGR-11")
def test_access_is_given_back_only_while_a_place_is_left(gold: world.Agreement) -> None:
    Agreement.objects.filter(pk=gold.id).update(seat_limit=1, owner=world.person("nora"))
    nora = world.viewer("nora")
    add("carla", gold.pair)
    services.revoke_registration(gold.id, seat_of("carla", gold), actor=nora, at=AT)
    add("cem", gold.pair)
    with pytest.raises(CannotRestoreRegistration) as refused:
        services.restore_registration(gold.id, seat_of("carla", gold), actor=nora, at=AT)
    assert refused.value.decision.codes == ("agreement.no-seat-left",)
    assert Registration.objects.get(account=world.person("carla")).revoked_at == AT
    # Who has access keeps it, whatever the limit says: nothing is given back.
    services.restore_registration(gold.id, seat_of("cem", gold), actor=nora, at=AT)
    services.revoke_registration(gold.id, seat_of("cem", gold), actor=nora, at=AT)
    services.restore_registration(gold.id, seat_of("carla", gold), actor=nora, at=AT)
    assert line("carla", gold).decision.allowed


@pytest.mark.req("AGR-11")
@pytest.mark.django_db(transaction=True)
def test_who_is_let_back_in_and_who_comes_new_do_not_both_get_the_last_place() -> None:
    """Giving access back waits for whoever is adding the agreement, and then counts them."""
    gold = world.agreement(owner="nora", registered=["carla"], at=AT)
    Agreement.objects.filter(pk=gold.id).update(seat_limit=1)
    nora = world.viewer("nora")
    world.person("cem")
    seat = seat_of("carla", gold)
    services.revoke_registration(gold.id, seat, actor=nora, at=AT)

    def give_back() -> object:
        try:
            return services.restore_registration(gold.id, seat, actor=nora, at=AT)
        except CannotRestoreRegistration as refused:
            return refused.decision.codes

    assert outcome_behind(lambda: add("cem", gold.pair), give_back) == ("agreement.no-seat-left",)
    assert Registration.objects.filter(agreement_id=gold.id, revoked_at=None).count() == 1


@pytest.mark.req("AGR-11")
@pytest.mark.django_db(transaction=True)
def test_two_accounts_that_race_for_the_last_place_do_not_both_get_it() -> None:
    """The second waits for the first: without that, each would count no place as taken."""
    gold = world.agreement(at=AT)
    Agreement.objects.filter(pk=gold.id).update(seat_limit=1)
    for who in ("carla", "cem"):
        world.person(who)

    def second() -> object:
        try:
            return add("cem", gold.pair)
        except CannotAddAgreement as refused:
            return refused.decision.codes

    assert outcome_behind(lambda: add("carla", gold.pair), second) == ("agreement.no-seat-left",)
    assert Registration.objects.filter(agreement_id=gold.id).count() == 1


def outcome_behind(first: Callable[[], object], second: Callable[[], object]) -> object:
    """What `second` answers, on a connection of its own, when it is called while `first` is done but not committed."""

    def aside() -> object:
        try:
            return second()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            first()
            waiting = other.submit(aside)
            until = monotonic() + 30
            while not waiting.done() and not waiting_for_locks():
                assert monotonic() < until
        return waiting.result(timeout=30)


def waiting_for_locks() -> int:
    """How many connections to this test's database stand still because somebody else holds a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


@pytest.mark.req("AGR-11")
def test_an_owner_sees_who_has_added_the_agreement_and_nobody_else_does(gold: world.Agreement) -> None:
    Agreement.objects.filter(pk=gold.id).update(owner=world.person("nora"))
    add("carla", gold.pair)
    seats = queries.agreement_page(world.viewer("nora"), gold.id, at=AT).seats
    assert seats is not None
    assert [(seat.name, seat.email, seat.revoked_at) for seat in seats] == [
        ("Carla Papadaki", world.person("carla").email, None)
    ]
    assert queries.agreement_page(world.viewer("carla"), gold.id, at=AT).seats is None


@pytest.mark.req("AGR-11")
def test_an_account_whose_access_was_withdrawn_is_cut_off_until_the_owner_gives_it_back(
    gold: world.Agreement,
) -> None:
    Agreement.objects.filter(pk=gold.id).update(owner=world.person("nora"))
    nora, carla = world.viewer("nora"), world.viewer("carla")
    add("carla", gold.pair)
    services.revoke_registration(gold.id, seat_of("carla", gold), actor=nora, at=AT)
    with pytest.raises(Http404):
        queries.agreement_page(carla, gold.id, at=AT)
    (plan,) = queries.plans_for(carla, subject("windows-server", "2022"), at=AT)
    assert plan.decision.codes == ("agreement.registration-revoked",)
    listed = line("carla", gold)
    assert (listed.decision.codes, listed.may_open) == (("agreement.registration-revoked",), False)
    assert refusals("carla", gold.pair) == ("agreement.registration-revoked",)
    services.restore_registration(gold.id, seat_of("carla", gold), actor=nora, at=AT)
    assert line("carla", gold).decision.allowed
    assert line("carla", gold).may_open
    assert line("nora", gold).may_open


@pytest.mark.req("AGR-11")
def test_withdrawing_twice_keeps_the_first_moment(gold: world.Agreement) -> None:
    Agreement.objects.filter(pk=gold.id).update(owner=world.person("nora"))
    add("carla", gold.pair)
    for at in (AT, AT + timedelta(days=1)):
        services.revoke_registration(gold.id, seat_of("carla", gold), actor=world.viewer("nora"), at=at)
    assert Registration.objects.get(agreement_id=gold.id).revoked_at == AT


@pytest.mark.req("AGR-11")
@pytest.mark.parametrize("who", ["carla", "cem", "olaf", "marta"])
def test_nobody_but_the_owner_withdraws_or_gives_back_access(gold: world.Agreement, who: str) -> None:
    Agreement.objects.filter(pk=gold.id).update(owner=world.person("nora"))
    add("carla", gold.pair)
    with pytest.raises(Http404):
        services.revoke_registration(gold.id, seat_of("carla", gold), actor=world.viewer(who), at=AT)
    with pytest.raises(Http404):
        services.restore_registration(gold.id, seat_of("carla", gold), actor=world.viewer(who), at=AT)
    assert Registration.objects.get(agreement_id=gold.id).revoked_at is None


def test_an_owner_cannot_reach_the_seats_of_another_agreement(gold: world.Agreement) -> None:
    Agreement.objects.filter(pk=gold.id).update(owner=world.person("nora"))
    foreign = world.agreement(registered=["carla"], at=AT)
    services.revoke_registration(gold.id, seat_of("carla", foreign), actor=world.viewer("nora"), at=AT)
    assert Registration.objects.get(agreement_id=foreign.id).revoked_at is None


@pytest.mark.req("AGR-11")
def test_the_owner_limits_how_many_accounts_may_add_the_agreement_and_lifts_the_limit(
    gold: world.Agreement,
) -> None:
    Agreement.objects.filter(pk=gold.id).update(owner=world.person("nora"))
    nora = world.viewer("nora")
    add("carla", gold.pair)
    services.set_seat_limit(gold.id, 1, actor=nora, at=AT)
    assert queries.agreement_page(nora, gold.id, at=AT).seat_limit == 1
    assert refusals("cem", gold.pair) == ("agreement.no-seat-left",)
    services.set_seat_limit(gold.id, None, actor=nora, at=AT)
    assert add("cem", gold.pair) == gold.id


@pytest.mark.req("AGR-11")
@pytest.mark.parametrize(
    ("limit", "code"),
    [
        (1, "agreement.seat-limit-below-taken"),
        (0, "agreement.seat-limit-out-of-range"),
        (-1, "agreement.seat-limit-out-of-range"),
        (10**9, "agreement.seat-limit-out-of-range"),
    ],
)
def test_a_limit_that_would_cut_somebody_off_or_is_no_number_of_accounts_is_refused(
    gold: world.Agreement, limit: int, code: str
) -> None:
    Agreement.objects.filter(pk=gold.id).update(owner=world.person("nora"), seat_limit=3)
    nora = world.viewer("nora")
    for who in ("carla", "cem", "rafael"):
        add(who, gold.pair)
    services.revoke_registration(gold.id, seat_of("rafael", gold), actor=nora, at=AT)
    with pytest.raises(CannotLimitSeats) as refused:
        services.set_seat_limit(gold.id, limit, actor=nora, at=AT)
    assert refused.value.decision.codes == (code,)
    assert Agreement.objects.get(pk=gold.id).seat_limit == 3
    services.set_seat_limit(gold.id, 2, actor=nora, at=AT)


@pytest.mark.req("AGR-11")
@pytest.mark.django_db(transaction=True)
def test_a_limit_is_compared_with_an_account_that_is_being_added() -> None:
    gold = world.agreement(owner="nora", registered=["carla"], at=AT)
    nora = world.viewer("nora")
    world.person("cem")

    def limit() -> object:
        try:
            return services.set_seat_limit(gold.id, 1, actor=nora, at=AT)
        except CannotLimitSeats as refused:
            return refused.decision.codes

    assert outcome_behind(lambda: add("cem", gold.pair), limit) == ("agreement.seat-limit-below-taken",)
    assert Agreement.objects.get(pk=gold.id).seat_limit is None


@pytest.mark.req("AGR-11")
def test_a_replaced_pair_is_not_recognised_any_more_and_the_new_one_is(gold: world.Agreement) -> None:
    Agreement.objects.filter(pk=gold.id).update(owner=world.person("nora"))
    add("carla", gold.pair)
    before = Agreement.objects.get(pk=gold.id)
    new = services.replace_pair(gold.id, access_id=gold.access_id, actor=world.viewer("nora"), at=AT)
    assert (len(new.access_id), len(new.contract_id)) == (10, 20)
    assert (new.access_id + new.contract_id).isdigit()
    assert new.access_id != gold.access_id
    assert new.contract_id != gold.contract_id
    for pair in (
        gold.pair,
        Pair(gold.access_id, new.contract_id),
        Pair(new.access_id, gold.contract_id),
    ):
        assert refusals("cem", pair) == ("pair.not-recognised",)
    assert add("cem", new) == gold.id
    # Whoever had it keeps it, with all that was spent.
    assert line("carla", gold).decision.allowed
    assert line("carla", gold).access_id == new.access_id
    after = Agreement.objects.get(pk=gold.id)
    assert (after.units_left, after.ends_at, after.owner) == (before.units_left, before.ends_at, before.owner)
    assert sealing.unseal(after.contract_id_sealed) == new.contract_id


@pytest.mark.req("AGR-11")
def test_asking_twice_to_replace_a_pair_replaces_it_once(gold: world.Agreement) -> None:
    Agreement.objects.filter(pk=gold.id).update(owner=world.person("nora"))
    nora = world.viewer("nora")
    new = services.replace_pair(gold.id, access_id=gold.access_id, actor=nora, at=AT)
    with pytest.raises(CannotReplacePair) as refused:
        services.replace_pair(gold.id, access_id=gold.access_id, actor=nora, at=AT)
    assert refused.value.decision.codes == ("agreement.pair-replaced-already",)
    assert add("carla", new) == gold.id


@pytest.mark.req("AGR-11")
@pytest.mark.django_db(transaction=True)
def test_whoever_enters_a_pair_while_it_is_being_replaced_is_told_that_it_is_none() -> None:
    gold = world.agreement(owner="nora", at=AT)
    nora = world.viewer("nora")
    world.person("carla")
    codes = outcome_behind(
        lambda: services.replace_pair(gold.id, access_id=gold.access_id, actor=nora, at=AT),
        lambda: refusals("carla", gold.pair),
    )
    assert codes == ("pair.not-recognised",)


@pytest.mark.req("AGR-11")
@pytest.mark.parametrize("who", ["carla", "cem", "olaf", "marta"])
def test_nobody_but_the_owner_sets_the_limit_or_replaces_the_pair(gold: world.Agreement, who: str) -> None:
    Agreement.objects.filter(pk=gold.id).update(owner=world.person("nora"))
    add("carla", gold.pair)
    with pytest.raises(Http404):
        services.set_seat_limit(gold.id, 5, actor=world.viewer(who), at=AT)
    with pytest.raises(Http404):
        services.replace_pair(gold.id, access_id=gold.access_id, actor=world.viewer(who), at=AT)
    agreement = Agreement.objects.get(pk=gold.id)
    assert (agreement.seat_limit, agreement.access_id) == (None, gold.access_id)


@pytest.mark.req("AGR-11")
def test_what_the_owner_does_is_written_down_once_and_without_what_opens_it(gold: world.Agreement) -> None:
    Agreement.objects.filter(pk=gold.id).update(owner=world.person("nora"))
    nora, carla = world.viewer("nora"), world.viewer("carla")
    add("carla", gold.pair)
    seat = seat_of("carla", gold)
    for _twice in range(2):
        services.revoke_registration(gold.id, seat, actor=nora, at=AT)
    for _twice in range(2):
        services.restore_registration(gold.id, seat, actor=nora, at=AT)
    for limit in (4, 4, None):
        services.set_seat_limit(gold.id, limit, actor=nora, at=AT)
    new = services.replace_pair(gold.id, access_id=gold.access_id, actor=nora, at=AT)
    added, *facts = facts_about("agreement", gold.id)
    assert (added.code, added.actor_id) == ("agreement.registered", carla.account_id)
    assert [(fact.code, fact.payload) for fact in facts] == [
        ("agreement.registration-revoked", {"agreement": gold.id, "account": carla.account_id, "reason": ""}),
        ("agreement.registration-restored", {"agreement": gold.id, "account": carla.account_id}),
        ("agreement.seat-limit-changed", {"agreement": gold.id, "before": None, "after": 4, "reason": ""}),
        ("agreement.seat-limit-changed", {"agreement": gold.id, "before": 4, "after": None, "reason": ""}),
        (
            "agreement.pair-replaced",
            {"agreement": gold.id, "reason": "", "owner": nora.account_id, "was": gold.access_id},
        ),
    ]
    assert {(fact.actor_id, fact.at) for fact in facts} == {(nora.account_id, AT)}
    # The Access ID that went is recognised no more, so the owner may be told of which agreement it was.
    for digits in (gold.pair.contract_id, *ids_of(new)):
        assert digits not in str(facts)


def ids_of(pair: Pair) -> tuple[str, str]:
    return pair.access_id, pair.contract_id


@pytest.mark.parametrize("who", ["olaf", "cem", "marta"])
def test_an_agreement_does_not_exist_for_whoever_has_not_added_it(gold: world.Agreement, who: str) -> None:
    add("carla", gold.pair)
    stranger = world.viewer(who)
    assert queries.benefits(stranger, at=AT) == []
    for ask in (
        lambda: agreement_for(stranger, gold.id),
        lambda: queries.agreement_page(stranger, gold.id, at=AT),
        lambda: statements.statement(stranger, gold.id),
        lambda: statements.whole_statement(stranger, gold.id),
    ):
        with pytest.raises(Http404):
            ask()


def seat_of(who: str, agreement: world.Agreement) -> int:
    return Registration.objects.get(agreement_id=agreement.id, account=world.person(who)).pk


# Issuing


@pytest.mark.req("AGR-2")
@pytest.mark.parametrize(
    ("programme", "units", "first_day_after"),
    [
        ("gold-partner-support-20", 20, datetime(2027, 12, 19, 23, tzinfo=UTC)),
        ("visual-studio-subscription-4", 4, datetime(2027, 11, 19, 23, tzinfo=UTC)),
    ],
)
def test_an_agreement_has_the_units_and_the_term_of_its_programme(
    db: None, programme: str, units: int, first_day_after: datetime
) -> None:
    issued = world.agreement(programme, starts_on=date(2026, 11, 20), time_zone="Europe/Prague", at=AT)
    agreement = Agreement.objects.get(pk=issued.id)
    assert agreement.starts_at == datetime(2026, 11, 19, 23, tzinfo=UTC)
    assert agreement.ends_at == first_day_after
    assert agreement.units_left == units
    entry = LedgerEntry.objects.get(agreement=agreement)
    assert (entry.kind, entry.units, entry.note) == ("grant", units, programme)


@pytest.mark.req("AGR-11")
def test_a_new_pair_is_random_digits_of_the_right_length(db: None) -> None:
    pairs = {world.agreement(at=AT).pair for _each in range(8)}
    assert len({pair.access_id for pair in pairs}) == 8
    assert len({pair.contract_id for pair in pairs}) == 8
    for pair in pairs:
        assert (len(pair.access_id), len(pair.contract_id)) == (10, 20)
        assert (pair.access_id + pair.contract_id).isdigit()
    in_order = sorted(int(pair.access_id) for pair in pairs)
    assert all(later - earlier > 1 for earlier, later in pairwise(in_order))


@pytest.mark.req("AGR-1", "AGR-11")
def test_an_imported_pair_keeps_the_form_it_came_with(db: None) -> None:
    imported = world.agreement(pair=Pair("0042", "007"), at=AT)
    assert Agreement.objects.get(pk=imported.id).access_id == "0042"
    assert refusals("carla", Pair("42", "007")) == ("pair.not-recognised",)
    assert add("carla", Pair("0042", "007")) == imported.id


@pytest.mark.req("AGR-1")
def test_the_same_pair_cannot_name_two_agreements(gold: world.Agreement) -> None:
    with pytest.raises(IntegrityError, match="agreement_pair_once"), transaction.atomic():
        world.agreement(pair=gold.pair, at=AT)


@pytest.mark.req("AGR-1")
def test_one_access_id_may_come_with_several_contract_ids(gold: world.Agreement) -> None:
    other = world.agreement(pair=Pair(gold.access_id, "55555555555555555555"), at=AT)
    assert add("carla", other.pair) == other.id
    assert add("cem", gold.pair) == gold.id


@pytest.mark.req("AGR-11")
def test_the_contract_id_is_stored_sealed_and_nowhere_in_clear(gold: world.Agreement) -> None:
    agreement = Agreement.objects.get(pk=gold.id)
    assert sealing.unseal(agreement.contract_id_sealed) == gold.contract_id
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM agreements_agreement WHERE id = %s", [gold.id])
        row = cursor.fetchone()
    stored = b"".join(
        bytes(cell) if isinstance(cell, memoryview | bytes) else str(cell).encode() for cell in row
    )
    assert gold.access_id.encode() in stored
    assert gold.contract_id.encode() not in stored
    assert sealing.seal(gold.contract_id) != sealing.seal(gold.contract_id)


@pytest.mark.req("AGR-11")
def test_a_pair_is_found_by_a_hash_that_needs_the_key_of_the_installation(
    gold: world.Agreement, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = sealing.pair_digest(gold.pair)
    assert bytes(Agreement.objects.get(pk=gold.id).pair_digest) == known
    forget_keys()
    try:
        monkeypatch.setattr(settings, "CONTRACT_KEY", "the key of another installation")
        assert sealing.pair_digest(gold.pair) != known
    finally:
        monkeypatch.undo()
        forget_keys()


def test_an_unknown_programme_is_not_issued(db: None) -> None:
    with pytest.raises(LookupError):
        world.agreement("no-such-programme", at=AT)


# Ending


@pytest.mark.req("AGR-2", "AGR-10")
def test_what_is_left_when_the_benefits_end_expires_once(db: None) -> None:
    ended = world.agreement(starts_on=date(2025, 1, 1), registered=["carla"], units=4, at=AT)
    running = world.agreement(registered=["carla"], at=AT)
    assert services.expire_ended(at=AT) == 1
    assert services.expire_ended(at=AT + timedelta(days=1)) == 0
    assert line("carla", ended).units_left == 0
    assert line("carla", ended).decision.codes == ("agreement.expired", "agreement.no-incidents-left")
    assert line("carla", running).units_left == 20
    last = LedgerEntry.objects.filter(agreement_id=ended.id).latest("position")
    assert (last.kind, last.units, last.at, last.actor_id) == ("expire", -4, AT, None)


@pytest.mark.req("AGR-2", "ELI-2")
def test_benefits_pay_until_their_very_end(db: None) -> None:
    agreement = world.agreement(
        "visual-studio-subscription-4",
        starts_on=date(2026, 1, 1),
        time_zone="Europe/Athens",
        registered=["carla"],
    )
    end = Agreement.objects.get(pk=agreement.id).ends_at
    assert end == datetime(2026, 12, 31, 22, tzinfo=UTC)
    assert line("carla", agreement, at=end - timedelta(microseconds=1)).decision.allowed
    assert line("carla", agreement, at=end).decision.codes == ("agreement.expired",)
    assert services.expire_ended(at=end - timedelta(microseconds=1)) == 0
    assert services.expire_ended(at=end) == 1


# Reading


@pytest.mark.req("AGR-10")
def test_the_statement_goes_back_page_by_page_without_losing_a_line(gold: world.Agreement) -> None:
    add("carla", gold.pair)
    carla = world.viewer("carla")
    for number in range(70):
        ledger.adjust(gold.id, units=1, key=f"count:{number}", actor_id=None, at=AT, note="counted again")
    first = statements.statement(carla, gold.id)
    assert len(first.lines) == statements.PAGE
    assert first.older_than is not None
    # What is posted meanwhile does not move the lines under the reader.
    ledger.adjust(gold.id, units=-1, key="meanwhile", actor_id=carla.account_id, at=AT, note="counted again")
    second = statements.statement(carla, gold.id, older_than=first.older_than)
    assert second.older_than is None
    positions = [line.position for line in (*first.lines, *second.lines)]
    assert positions == list(range(71, 0, -1))
    whole = statements.whole_statement(carla, gold.id)
    assert [line.position for line in whole] == list(range(1, 73))
    assert whole[-1].actor == "Carla Papadaki"
    assert all(line.balance_after == sum(each.units for each in whole[: line.position]) for line in whole)


def test_lists_cost_the_same_number_of_queries_however_long(
    gold: world.Agreement, django_assert_num_queries: object
) -> None:
    carla = world.viewer("carla")
    for _each in range(5):
        world.agreement(registered=["carla"], at=AT)
    catalog.current()
    with django_assert_num_queries(2):  # type: ignore[operator]  # a fixture of pytest-django
        assert len(queries.benefits(carla, at=AT)) == 5
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert len(queries.plans_for(carla, subject("windows-server", "2022"), at=AT)) == 5


@pytest.mark.req("AGR-2", "AGR-10")
def test_what_was_granted_is_the_sum_of_the_grants_and_not_the_quantity_of_the_programme(db: None) -> None:
    three = world.agreement(units=3, registered=["carla"], at=AT)
    carla = world.viewer("carla")

    def told() -> set[tuple[int, int]]:
        chosen = queries.chosen_plan(carla, three.id)
        assert chosen is not None
        (offered,) = queries.plans_for(carla, subject("windows-server", "2022"), at=AT)
        page = queries.agreement_page(carla, three.id, at=AT).line
        return {(chosen.plan.units_left, chosen.units_granted)} | {
            (each.units_left, each.units_granted) for each in (line("carla", three), offered, page)
        }

    assert told() == {(3, 3)}
    ledger.grant(three.id, units=2, key="more", actor_id=None, at=AT, note="renewed")
    ledger.adjust(three.id, units=4, key="adjust", actor_id=None, at=AT, note="counted again")
    ledger.deduct(three.id, case_number=1, key="spent", actor_id=None, at=AT)
    ledger.credit(three.id, case_number=1, key="back", actor_id=None, at=AT, note="non-decrement")
    world.agreement(units=50, at=AT)
    assert told() == {(9, 5)}
