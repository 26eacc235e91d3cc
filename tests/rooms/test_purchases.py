"""Buying, paying, completing: what is paid is granted, and nothing else is (PPI-1 to PPI-5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.http import Http404
from django.utils import timezone

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements import queries as agreements
from pactdesk.agreements import services as agreement_services
from pactdesk.agreements.models import Agreement, LedgerEntry
from pactdesk.agreements.queries import warnings
from pactdesk.agreements.services import bought, set_asides
from pactdesk.catalog import queries as catalog
from pactdesk.journal.models import FactRow
from pactdesk.kernel.ids import new_key
from pactdesk.purchases import checks, queries
from pactdesk.purchases.models import Purchase, SandboxPayment, SavedCard
from pactdesk.purchases.providers import Unreachable
from pactdesk.purchases.providers import sandbox as books
from pactdesk.purchases.queries import offers
from pactdesk.purchases.rules.buying import LEASE, MOST_FAILED
from pactdesk.purchases.rules.payments import Money
from pactdesk.purchases.services import cards, completing, ordering, phases, trying
from pactdesk.purchases.services.cards import CannotSaveCard
from pactdesk.purchases.services.ordering import CannotBuy
from tests import world
from tests.buying import (
    AT,
    PACK,
    PRICE,
    RETURN_URL,
    SANDBOX,
    SINGLE,
    buy,
    buyer,
    complete,
    later,
    order,
    run_payment_jobs,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _the_sandbox_takes_the_money(settings: LazySettings) -> None:
    settings.PAYMENT_PROVIDER = SANDBOX


def facts_of(purchase: Purchase) -> list[str]:
    return list(
        FactRow.objects.filter(subject_type="purchase", subject_id=purchase.pk)
        .order_by("id")
        .values_list("code", flat=True)
    )


@pytest.mark.req("PPI-2", "PPI-3", "PPI-5")
def test_what_is_bought_is_charged_at_once_and_can_be_used_for_a_year() -> None:
    actor = buyer()
    purchase = buy(actor=actor)
    assert (purchase.state, purchase.captured_minor, purchase.currency) == ("granted", 49_900, "EUR")
    assert (purchase.terms_version, purchase.terms_accepted_at, purchase.tax_note) == (
        "2026-11",
        AT,
        "incl. VAT",
    )
    agreement = Agreement.objects.get(pk=purchase.agreement_id)
    assert (agreement.holder_id, agreement.units_left, agreement.access_id) == (actor.account_id, 1, "")
    assert agreement.ends_at == datetime(2027, 11, 25, 23, 0, tzinfo=UTC)  # the end of 25 November in Oslo
    (line,) = agreements.benefits(actor, at=AT)
    assert (line.bought, line.may_open, line.decision.codes) == (True, True, ())
    chosen = agreements.chosen_plan(actor, agreement.pk)
    assert chosen is not None
    assert (chosen.plan.units_left, chosen.plan.registered, chosen.plan.frozen) == (1, True, False)
    assert facts_of(purchase) == ["purchase.ordered", "purchase.paid", "purchase.granted"]


@pytest.mark.req("PPI-4")
def test_a_paid_incident_covers_old_versions_of_products_too() -> None:
    programme = catalog.current().programme(SINGLE.programme_code) if buyer() else None
    assert programme is not None
    assert not programme.coverage.mainstream_only
    assert not programme.coverage.recent_only


def test_nobody_else_sees_what_was_bought() -> None:
    purchase = buy()
    stranger = world.viewer(world.person("cem", kind="personal"))
    assert agreements.benefits(stranger, at=AT) == []
    assert agreements.chosen_plan(stranger, purchase.agreement_id or 0) is None
    assert queries.purchases(stranger).lines == ()
    for ask in (
        lambda: queries.purchase_page(stranger, purchase.pk, at=AT),
        lambda: cards.remove_card(purchase.card_id, actor=stranger, at=AT),
        lambda: ordering.look_again(purchase.pk, actor=stranger, at=AT),
    ):
        with pytest.raises(Http404):
            ask()


@pytest.mark.req("PPI-1")
def test_a_work_account_is_told_that_it_cannot_buy() -> None:
    buyer()
    carla = world.viewer("carla")
    assert queries.may_buy(carla).codes == ("purchase.work-account",)
    with pytest.raises(CannotBuy) as refused:
        order(None, actor=carla)
    assert refused.value.decision.codes == ("purchase.work-account",)
    with pytest.raises(CannotSaveCard):
        cards.save_test_card("works", actor=carla, at=AT)
    assert not Purchase.objects.exists()


def test_where_nothing_is_sold_nobody_can_buy(settings: LazySettings) -> None:
    settings.PAYMENT_PROVIDER = ""
    assert queries.may_buy(buyer()).codes == ("purchase.nothing-sold",)
    assert (queries.payment_page(), queries.test_cards()) == (None, ())


@pytest.mark.req("PPI-2", "PPI-3")
def test_every_reason_against_an_order_is_named_and_nothing_is_charged() -> None:
    actor = buyer()
    card_id = cards.save_test_card("works", actor=actor, at=AT)
    SavedCard.objects.filter(pk=card_id).update(last_day=later(days=-1).date())
    with pytest.raises(CannotBuy) as refused:
        order(card_id, actor=actor, shown=Money(1, "EUR"), terms_accepted=False)
    assert refused.value.decision.codes == (
        "purchase.price-changed",
        "purchase.card-expired",
        "purchase.terms-not-accepted",
    )
    others = cards.save_test_card("works", actor=world.viewer(world.person("cem", kind="personal")), at=AT)
    with pytest.raises(CannotBuy) as refused:
        order(others, actor=actor, ware=None)
    assert refused.value.decision.codes == ("purchase.not-sold-here", "purchase.no-card")
    assert not Purchase.objects.exists()
    assert not SandboxPayment.objects.exists()


@pytest.mark.req("PPI-5")
@pytest.mark.parametrize(
    ("card", "failure"), [("declined", "payment.declined"), ("no-funds", "payment.insufficient-funds")]
)
def test_a_card_that_is_refused_leaves_nothing_to_use(card: str, failure: str) -> None:
    actor = buyer()
    purchase = buy(card, actor=actor)
    assert (purchase.state, purchase.failure, purchase.agreement_id) == ("failed", failure, None)
    assert agreements.benefits(actor, at=AT) == []
    assert facts_of(purchase) == ["purchase.ordered", "purchase.failed"]


@pytest.mark.req("PPI-5")
@pytest.mark.parametrize("approve", [True, False])
def test_three_d_secure_is_decided_by_the_buyer(approve: bool) -> None:
    actor = buyer()
    purchase = buy("asks", actor=actor)
    page = queries.purchase_page(actor, purchase.pk, at=AT)
    assert (page.line.state, page.action_url) == (
        "paying",
        f"https://pactdesk.example/purchases/{purchase.pk}/confirm/",
    )
    assert agreements.benefits(actor, at=AT) == []
    trying.answer(purchase.pk, approve=approve, actor=actor, at=AT)
    purchase.refresh_from_db()
    assert (purchase.state, purchase.failure, purchase.action_url) == (
        ("granted", "", "") if approve else ("failed", "payment.not-confirmed", "")
    )
    with pytest.raises(Http404):
        trying.answer(purchase.pk, approve=True, actor=actor, at=AT)


@pytest.mark.req("PPI-5")
def test_what_nobody_confirms_is_given_up_and_can_never_be_paid_later() -> None:
    purchase = buy("asks")
    assert complete(later(minutes=5)).finished == 0
    assert complete(later(minutes=61)).finished == 1
    purchase.refresh_from_db()
    assert (purchase.state, purchase.failure) == ("failed", "payment.abandoned")
    books.Sandbox().answer(purchase.payment, approve=True)
    assert SandboxPayment.objects.get().state == "cancelled"


@pytest.mark.req("PPI-5")
def test_a_payment_of_which_no_news_ever_came_is_found_by_the_completer() -> None:
    purchase = buy("silent")
    assert purchase.state == "paying"
    assert run_payment_jobs() == 0
    assert complete() == completing.Completed(taken_up=1, finished=1)
    purchase.refresh_from_db()
    assert purchase.state == "granted"
    assert complete(later(minutes=5)) == completing.Completed(0, 0)


@pytest.mark.req("PPI-5")
def test_a_provider_out_of_reach_leaves_the_order_to_the_completer(settings: LazySettings) -> None:
    settings.PAYMENT_PROVIDER = "tests.rooms.test_purchases.OutOfReach"
    purchase = buy()
    assert purchase.state == "ordered"
    settings.PAYMENT_PROVIDER = SANDBOX
    complete()
    purchase.refresh_from_db()
    assert purchase.state == "granted"


@pytest.mark.req("PPI-5")
def test_an_order_of_long_ago_is_not_charged_any_more(settings: LazySettings) -> None:
    settings.PAYMENT_PROVIDER = "tests.rooms.test_purchases.OutOfReach"
    purchase = buy()
    settings.PAYMENT_PROVIDER = SANDBOX
    complete(later(hours=2))
    purchase.refresh_from_db()
    assert (purchase.state, purchase.failure) == ("failed", "payment.not-charged")
    assert not SandboxPayment.objects.exists()


class OutOfReach(books.Sandbox):
    """The sandbox, when the line is down."""

    def open_payment(self, order: object) -> str:
        raise Unreachable("no line")


@pytest.mark.req("PPI-5")
def test_the_same_order_again_is_the_same_purchase() -> None:
    actor = buyer()
    card_id = cards.save_test_card("works", actor=actor, at=AT)
    key = str(new_key())
    first = order(card_id, actor=actor, key=key)
    assert order(card_id, actor=actor, key=key) == first
    with pytest.raises(CannotBuy) as refused:
        order(card_id, actor=actor, key=key, ware=PACK)
    assert refused.value.decision.codes == ("purchase.key-used-otherwise",)
    assert SandboxPayment.objects.count() == Purchase.objects.count() == 1


@pytest.mark.req("PPI-5")
def test_cards_are_not_tried_one_after_the_other() -> None:
    actor = buyer()
    for _ in range(MOST_FAILED):
        buy("declined", actor=actor)
    with pytest.raises(CannotBuy) as refused:
        buy(actor=actor)
    assert refused.value.decision.codes == ("purchase.too-many-attempts",)
    assert buy(actor=actor, at=later(minutes=61)).state == "granted"


@pytest.mark.req("PPI-5")
def test_only_exactly_what_was_ordered_pays_for_it() -> None:
    purchase = buy("asks")
    SandboxPayment.objects.update(amount_minor=100)
    trying.answer(purchase.pk, approve=True, actor=buyer(), at=AT)
    purchase.refresh_from_db()
    assert (purchase.state, purchase.captured_minor, purchase.differs_at) == ("paying", 0, AT)
    assert facts_of(purchase)[-1] == "purchase.amount-differs"
    assert not Agreement.objects.filter(holder__isnull=False).exists()


@pytest.mark.req("PPI-5")
def test_money_that_was_taken_after_all_is_never_forgotten() -> None:
    purchase = buy("asks")
    complete(later(minutes=61))
    SandboxPayment.objects.update(state="succeeded", captured_minor=PRICE.minor)
    ordering.look_again(purchase.pk, actor=buyer(), at=later(minutes=62))
    purchase.refresh_from_db()
    assert (purchase.state, purchase.failure) == ("granted", "")


@pytest.mark.req("PPI-5")
@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "granted"},
        {"captured_minor": 1},
        {"state": "failed"},
        {"agreement": None},
        {"paid_at": None},
        {"state": "refunded"},
        {"refunded_minor": PRICE.minor + 1},
    ],
)
def test_the_database_keeps_paid_and_granted_together(wrong: dict[str, object]) -> None:
    purchase = buy("asks" if wrong == {"state": "granted"} else "works")
    with pytest.raises(IntegrityError), transaction.atomic():
        Purchase.objects.filter(pk=purchase.pk).update(**wrong)


@pytest.mark.req("PPI-5")
def test_a_purchase_is_granted_once_even_where_its_row_forgets_it() -> None:
    purchase = buy()
    Purchase.objects.filter(pk=purchase.pk).update(state="paid", agreement=None)
    with pytest.raises(Exception, match="ledger_key_once"), transaction.atomic():
        phases.grant(purchase.pk, at=AT)
    assert (
        LedgerEntry.objects.filter(kind="grant", idempotency_key=phases.grant_key(purchase.pk)).count() == 1
    )


@pytest.mark.req("PPI-3")
def test_of_a_card_only_brand_last_four_and_month_are_kept() -> None:
    actor = buyer()
    purchase = buy(actor=actor)
    run_payment_jobs()
    (line,) = queries.cards(actor, at=AT)
    assert (line.brand, line.last_four, line.expired) == ("visa", "4242", False)
    columns = {field.name for field in SavedCard._meta.get_fields()}
    assert columns == {
        "id", "account", "provider", "reference", "brand", "last_four", "last_day", "saved_at", "removed_at",
        "programs_minor", "programs_currency",
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(
                f'SELECT count(*) FROM "{table}" AS t WHERE t::text ~ %s', ["4242424242424242|4242 4242"]
            )
            assert cursor.fetchone() == (0,), table
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedCard.objects.update(last_four="424x")
    cards.remove_card(purchase.card_id, actor=actor, at=AT)
    assert queries.cards(actor, at=AT) == ()
    with pytest.raises(CannotBuy):
        order(purchase.card_id, actor=actor)


def test_a_card_is_not_removed_while_it_pays() -> None:
    actor = buyer()
    purchase = buy("asks", actor=actor)
    with pytest.raises(CannotSaveCard) as refused:
        cards.remove_card(purchase.card_id, actor=actor, at=AT)
    assert refused.value.decision.codes == ("card.in-use",)


def test_the_list_of_purchases_comes_in_pages() -> None:
    actor = buyer()
    made = [buy(actor=actor).pk for _ in range(3)]
    first = queries.purchases(actor, most=2)
    assert [line.purchase_id for line in first.lines] == made[:0:-1]
    rest = queries.purchases(actor, older_than=first.older_than, most=2)
    assert ([line.purchase_id for line in rest.lines], rest.older_than) == (made[:1], None)


def test_one_hand_at_a_time_works_on_a_purchase() -> None:
    purchase = buy("asks")
    assert complete(AT + LEASE / 2).taken_up == 0
    assert complete(AT + LEASE).taken_up == 1
    assert complete(AT + LEASE).taken_up == 0
    completing.complete_one(purchase.pk, at=AT + LEASE)
    assert Purchase.objects.get().worked_on_at == AT + LEASE


@pytest.mark.req("PPI-2")
def test_an_offer_costs_what_the_catalogue_says_for_the_country_of_its_buyer() -> None:
    actor = buyer()
    card_id = cards.save_test_card("works", actor=actor, at=AT)
    sold = offers.offers_in(actor.country, language="cs")
    assert [line.ware.offer_code for line in sold] == ["single-incident", "five-pack"]
    assert [line.single for line in sold] == [True, False]
    assert [line.ware.offer_code for line in offers.offers_in("VN", language="vi")] == ["single-incident"]
    assert offers.offers_in("", language="en") == ()

    def buy_here(code: str, shown: Money, who: Viewer = actor) -> Purchase:
        return Purchase.objects.get(
            pk=ordering.order(
                code,
                key=str(new_key()),
                shown=shown,
                card_id=card_id,
                terms_accepted=True,
                return_url=RETURN_URL,
                language="cs",
                actor=who,
                at=AT,
            )
        )

    pack = sold[1].ware
    bought = buy_here("five-pack", pack.money)
    assert (bought.amount_minor, bought.currency, bought.units) == (183_900, "EUR", 5)
    assert (bought.state, bought.tax_note) == ("granted", "Včetně DPH.")
    with pytest.raises(CannotBuy, match=r"purchase\.price-changed"):
        buy_here("five-pack", Money(1, "EUR"))
    with pytest.raises(CannotBuy, match=r"purchase\.not-sold-here"):
        buy_here("five-pack", pack.money, replace(actor, country="VN"))


def test_what_was_bought_is_neither_shared_nor_divided_nor_named_by_a_pair() -> None:
    actor = buyer()
    agreement_id = buy(actor=actor, ware=PACK).agreement_id or 0
    for verb in (
        lambda: agreement_services.set_seat_limit(agreement_id, 3, actor=actor, at=AT),
        lambda: agreement_services.replace_pair(agreement_id, access_id="", actor=actor, at=AT),
        lambda: set_asides.set_aside(agreement_id, 1, units=1, most_units=None, key="k", actor=actor, at=AT),
    ):
        with pytest.raises(Http404):
            verb()
    row = Agreement.objects.filter(pk=agreement_id)
    for wrong in ({"owner_id": actor.account_id}, {"access_id": "0230242323"}, {"holder_id": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.update(**wrong)
    others = world.agreement(at=AT).id
    with pytest.raises(IntegrityError), transaction.atomic():
        Agreement.objects.filter(pk=others).update(frozen_at=AT)


@pytest.mark.req("PPI-2")
def test_its_buyer_is_warned_before_it_ends_unless_it_is_frozen() -> None:
    actor = buyer()
    agreement_id = buy(actor=actor).agreement_id or 0
    about = warnings.warned(agreement_id)
    assert about is not None
    assert about.readers == ((actor.account_id, True),)
    steps, soon = warnings.chosen_steps(), later(days=360)
    assert agreement_id in warnings.ending_untold(steps, at=soon)
    bought.freeze(agreement_id, at=AT)
    assert agreement_id not in warnings.ending_untold(steps, at=soon)
    assert warnings.standings([agreement_id], at=AT) == []


def test_the_command_finishes_what_was_left(capsys: pytest.CaptureFixture[str]) -> None:
    purchase = buy("silent", at=timezone.now() - LEASE)
    call_command("complete_purchases")
    call_command("complete_purchases")
    first, second = capsys.readouterr().out.splitlines()
    assert first == "1 unfinished purchases taken up, 1 finished, 0 events handled."
    assert second == "0 unfinished purchases taken up, 0 finished, 0 events handled."
    purchase.refresh_from_db()
    assert purchase.state == "granted"


@pytest.mark.parametrize(
    ("provider", "demo", "warned"),
    [
        (SANDBOX, False, ["pactdesk.W003"]),
        (SANDBOX, True, []),
        ("pactdesk.purchases.providers.stripe.Stripe", False, ["pactdesk.W004"]),
        ("", False, []),
    ],
)
def test_at_start_it_is_said_where_incidents_are_given_away(
    settings: LazySettings, provider: str, demo: bool, warned: list[str]
) -> None:
    settings.PAYMENT_PROVIDER, settings.DEMO = provider, demo
    assert [message.id for message in checks.money_is_taken_where_it_is_meant()] == warned
