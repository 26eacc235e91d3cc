"""What providers announce: once each, in any order, never believed about money; disputes, refunds, and the way back."""

from __future__ import annotations

import itertools
import json

import pytest
from django.conf import LazySettings
from django.test import Client

from pactdesk.agreements import queries as agreements
from pactdesk.agreements.models import Agreement, LedgerEntry
from pactdesk.cases.rules.outcomes import NON_DECREMENT
from pactdesk.cases.services import ending
from pactdesk.cases.services.submission import submit
from pactdesk.journal.models import FactRow
from pactdesk.kernel.ids import new_key
from pactdesk.purchases import queries, tasks
from pactdesk.purchases.models import PaymentEvent, Purchase, SandboxEvent, SandboxPayment
from pactdesk.purchases.providers import sandbox as books
from pactdesk.purchases.rules.refunds import Cause
from pactdesk.purchases.services import completing, events, refunds, returning, trying
from pactdesk.purchases.services.refunds import CannotRefund
from tests import world
from tests.buying import AT, PACK, PRICE, SANDBOX, buy, buyer, complete, later, run_payment_jobs
from tests.drafts import ready

pytestmark = [pytest.mark.django_db, pytest.mark.req("PPI-5")]


@pytest.fixture(autouse=True)
def _the_sandbox_takes_the_money(settings: LazySettings) -> None:
    settings.PAYMENT_PROVIDER = SANDBOX


def told(purchase: Purchase, **otherwise: object) -> bytes:
    """An event about a purchase, as the sandbox would write it, or `otherwise`."""
    about = {
        "id": f"evt_{new_key().hex}",
        "kind": "succeeded",
        "payment": purchase.payment,
        "amount_minor": purchase.amount_minor,
        "currency": purchase.currency,
        "dispute": "",
    }
    return json.dumps({**about, **otherwise}).encode()


def send(body: bytes, signature: str = "") -> int:
    """Call the door with an event; answers the HTTP status."""
    return (
        Client(enforce_csrf_checks=True)
        .post(
            "/payments/events/sandbox/",
            body,
            content_type="application/json",
            headers={books.SIGNATURE: signature or books.signature(body)},
        )
        .status_code
    )


def agreement_of(purchase: Purchase) -> Agreement:
    return Agreement.objects.get(pk=Purchase.objects.get(pk=purchase.pk).agreement_id)


def test_an_event_is_kept_and_handled_once_however_often_it_comes() -> None:
    purchase = buy("silent")
    body = told(purchase)
    assert [send(body) for _ in range(5)] == [200] * 5
    run_payment_jobs()
    (event,) = PaymentEvent.objects.all()
    assert (event.outcome, event.purchase_id) == ("applied", purchase.pk)
    for _ in range(3):
        tasks.handle_event(event.pk)
    assert LedgerEntry.objects.filter(kind="grant", agreement=agreement_of(purchase)).count() == 1
    assert Purchase.objects.get().state == "granted"


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_of_events_makes_no_difference(order: tuple[int, ...]) -> None:
    """Paid, disputed, won: also shuffled, and each twice."""
    purchase = buy("silent")
    SandboxPayment.objects.update(dispute="won")
    bodies = [told(purchase), told(purchase, kind="disputed", dispute="open"), told(purchase, dispute="won")]
    for place in (*order, *order):
        assert send(bodies[place]) == 200
    run_payment_jobs()
    purchase.refresh_from_db()
    assert (purchase.state, purchase.dispute) == ("granted", "won")
    assert (agreement_of(purchase).units_left, agreement_of(purchase).frozen_at) == (1, None)


@pytest.mark.parametrize("altered", [{"amount_minor": 1}, {"amount_minor": 10**12}, {"currency": "USD"}])
def test_an_event_of_another_amount_credits_nothing_and_is_said_in_the_log(
    altered: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    purchase = buy("silent")
    assert send(told(purchase, **altered)) == 200
    run_payment_jobs()
    purchase.refresh_from_db()
    assert (purchase.state, purchase.agreement_id) == ("paying", None)
    assert purchase.differs_at is not None
    assert PaymentEvent.objects.get().outcome == "differs"
    assert "payment of another amount" in caplog.text
    assert purchase.number in caplog.text


def test_a_forged_event_is_refused_and_not_kept(caplog: pytest.LogCaptureFixture) -> None:
    purchase = buy("silent")
    body = told(purchase)
    signature = books.signature(body)
    assert [send(body, "0" * 64), send(body + b" ", signature), send(b"\xff", "é"), send(b"{}", " ")] == [
        400
    ] * 4
    assert Client().post("/payments/events/stripe/", body, content_type="application/json").status_code == 400
    assert Client().post("/payments/events/sandbox/").status_code == 400
    assert not PaymentEvent.objects.exists()
    assert "not from the provider" in caplog.text


def test_an_event_about_no_payment_of_ours_changes_nothing() -> None:
    purchase = buy("asks")
    assert send(told(purchase, payment="pi_of_somebody_else")) == 200
    run_payment_jobs()
    assert PaymentEvent.objects.filter(outcome="unknown").count() == 1
    assert Purchase.objects.get().state == "paying"


def test_an_event_whose_job_was_lost_is_handled_by_the_completer() -> None:
    purchase = buy("silent")
    events.receive("sandbox", told(purchase), {books.SIGNATURE: books.signature(told(purchase))}, at=AT)
    body = told(purchase)
    events.receive("sandbox", body, {books.SIGNATURE: books.signature(body)}, at=AT)
    assert events.handle_waiting(at=later(minutes=1)) == 0
    assert events.handle_waiting(at=later(minutes=3)) == 1
    assert Purchase.objects.get().state == "granted"


def test_a_dispute_freezes_what_was_bought_until_the_bank_has_decided() -> None:
    actor = buyer()
    purchase = buy("disputed", actor=actor)
    run_payment_jobs()
    (line,) = agreements.benefits(actor, at=AT)
    assert line.decision.codes == ("agreement.payment-disputed",)
    chosen = agreements.chosen_plan(actor, line.agreement_id)
    assert chosen is not None
    assert chosen.plan.frozen
    assert queries.may_refund(purchase.pk, at=AT).codes == ("refund.disputed",)
    trying.settle_dispute(purchase.payment, won=True)
    run_payment_jobs()
    assert agreements.benefits(actor, at=AT)[0].decision.allowed


def test_a_dispute_does_not_lift_what_an_operator_suspended() -> None:
    purchase = buy("disputed")
    Agreement.objects.filter(pk=purchase.agreement_id).update(suspended_at=AT)
    trying.settle_dispute(purchase.payment, won=True)
    run_payment_jobs()
    assert agreements.benefits(buyer(), at=AT)[0].decision.codes == ("agreement.suspended",)


def test_a_lost_dispute_takes_away_what_is_left_for_good() -> None:
    actor = buyer()
    purchase = buy("disputed", ware=PACK, actor=actor)
    trying.settle_dispute(purchase.payment, won=False)
    run_payment_jobs()
    agreement = agreement_of(purchase)
    assert (agreement.units_left, agreement.frozen_at is not None) == (0, True)
    body = told(purchase, dispute="won")
    send(body)
    run_payment_jobs()
    assert Purchase.objects.get().dispute == "lost"
    assert "purchase.dispute-lost" in FactRow.objects.values_list("code", flat=True)


def test_the_service_centre_pays_back_what_is_unused_and_only_once() -> None:
    actor = buyer()
    purchase = buy(actor=actor)
    marta = world.viewer("marta")
    with pytest.raises(CannotRefund) as refused:
        refunds.refund(purchase.pk, note="", actor=actor, at=AT)
    assert refused.value.decision.codes == ("refund.not-allowed",)
    refunds.refund(purchase.pk, note="bought by mistake", actor=marta, at=AT)
    purchase.refresh_from_db()
    assert (purchase.state, purchase.refunded_minor, purchase.refund_cause) == (
        "refunded",
        PRICE.minor,
        "service-centre",
    )
    assert (SandboxPayment.objects.get().refunded_minor, agreement_of(purchase).units_left) == (
        PRICE.minor,
        0,
    )
    with pytest.raises(CannotRefund) as refused:
        refunds.refund(purchase.pk, note="", actor=marta, at=AT)
    assert refused.value.decision.codes == ("refund.already",)
    assert agreements.benefits(actor, at=AT)[0].decision.codes == ("agreement.no-incidents-left",)


def test_a_refund_that_a_crash_cut_off_is_paid_back_by_the_completer() -> None:
    purchase = buy()
    returning.begin(purchase.pk, cause=Cause.SERVICE_CENTRE, note="", actor_id=None, at=AT)
    assert agreement_of(purchase).units_left == 0
    assert SandboxPayment.objects.get().refunded_minor == 0
    assert complete().finished == 1
    assert Purchase.objects.get().state == "refunded"
    assert SandboxPayment.objects.get().refunded_minor == PRICE.minor


def test_what_somebody_pays_back_at_the_provider_cannot_be_used_any_more() -> None:
    purchase = buy(ware=PACK)
    books.Sandbox().refund(purchase.payment, amount_minor=PACK.money.minor, key="by hand")
    run_payment_jobs()
    purchase.refresh_from_db()
    assert (purchase.state, purchase.refund_cause, agreement_of(purchase).units_left) == (
        "refunded",
        "provider",
        0,
    )


def _sent(purchase: Purchase) -> int:
    """A request of the buyer's that the purchase pays for; answers its number."""
    actor = buyer()
    world.team("support", "ines")
    assert purchase.agreement_id is not None
    draft = ready(actor, purchase.agreement_id, at=AT, severity="C")
    return submit(draft, terms_accepted=True, actor=actor, at=AT).number


def _close(number: int, cause: str) -> None:
    """An engineer closes it without counting it, and whoever listens does its work."""
    ending.close(
        number,
        outcome=NON_DECREMENT,
        cause=cause,
        reason="A fault of ours.",
        seen=None,
        actor=world.viewer("ines"),
        at=AT,
    )
    fact = FactRow.objects.get(code="case.closed", subject_id=number)
    tasks.queue_refund(fact.pk)
    run_payment_jobs()
    tasks.pay_back_closed(fact.pk)


@pytest.mark.req("PPI-5", "AGR-6")
@pytest.mark.parametrize(
    ("closed_as", "because"), [("product-fault", "non-decrement"), ("out-of-scope", "ineligible")]
)
def test_a_single_incident_is_paid_back_when_its_request_does_not_count(closed_as: str, because: str) -> None:
    purchase = buy()
    number = _sent(purchase)
    assert queries.may_refund(purchase.pk, at=AT).codes == ("refund.used",)
    _close(number, closed_as)
    purchase.refresh_from_db()
    assert (purchase.state, purchase.refund_cause) == ("refunded", because)
    assert (agreement_of(purchase).units_left, SandboxPayment.objects.get().refunded_minor) == (
        0,
        PRICE.minor,
    )


@pytest.mark.req("PPI-5", "AGR-6")
def test_of_a_pack_the_incident_comes_back_and_the_money_does_not_by_itself() -> None:
    purchase = buy(ware=PACK)
    _close(_sent(purchase), "product-fault")
    purchase.refresh_from_db()
    assert (purchase.state, agreement_of(purchase).units_left) == ("granted", 5)
    assert queries.may_refund(purchase.pk, at=AT).allowed


def test_the_end_of_what_was_bought_is_the_end_of_paying_back() -> None:
    purchase = buy()
    assert queries.may_refund(purchase.pk, at=later(days=400)).codes == ("refund.ended",)
    assert queries.may_refund(buy("declined").pk, at=AT).codes == ("refund.not-paid",)


def test_every_announcement_of_the_sandbox_reaches_us_once() -> None:
    buy("disputed")
    done = run_payment_jobs()
    assert done == 2 * SandboxEvent.objects.count() == 2 * PaymentEvent.objects.count() == 4
    assert {event.outcome for event in PaymentEvent.objects.all()} == {"applied"}
    assert completing.complete(at=later(hours=1)).taken_up == 0
