"""Stripe by its own library, against a server on loopback that answers like it (PPI-3, PPI-5)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import date

import pytest
import stripe
from django.conf import LazySettings
from django.db import connection
from django.test import Client

from pactdesk.agreements.models import Agreement
from pactdesk.purchases import queries
from pactdesk.purchases.models import PaymentEvent, Purchase, SavedCard
from pactdesk.purchases.providers import stripe as ours
from pactdesk.purchases.services import cards, ordering, refunds
from pactdesk.purchases.services.cards import CannotSaveCard
from tests import world
from tests.buying import AT, PRICE, buyer, complete, later, order, run_payment_jobs
from tests.stripe_server import SECRET, Announced, running, signed

pytestmark = [pytest.mark.django_db, pytest.mark.req("PPI-3", "PPI-5")]

WORKS, DECLINED, ASKS = "4242424242424242", "4000000000000341", "4000002500003155"


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, Announced]]:
    with running() as found:
        yield found


@pytest.fixture(autouse=True)
def announced(server: tuple[str, Announced], settings: LazySettings) -> Announced:
    settings.PAYMENT_PROVIDER = "pactdesk.purchases.providers.stripe.Stripe"
    settings.STRIPE_SECRET_KEY, settings.STRIPE_PUBLISHABLE_KEY = "sk_test_12345", "pk_test_12345"
    settings.STRIPE_WEBHOOK_SECRET, settings.STRIPE_API = SECRET, server[0]
    server[1].bodies.clear()
    return server[1]


@pytest.fixture
def client_of_stripe(server: tuple[str, Announced]) -> stripe.StripeClient:
    return stripe.StripeClient("sk_test_12345", base_addresses={"api": server[0]})


def saved(number: str, asked: stripe.StripeClient) -> int:
    """What the page does with Stripe's script, and what we do when it comes back; the id of the card."""
    actor = buyer()
    setup = cards.begin_card(actor=actor, at=AT)
    assert setup.client_secret.startswith(setup.reference)
    asked.raw_request(
        "post",
        f"/v1/setup_intents/{setup.reference}/confirm",
        payment_method_data={
            "type": "card",
            "card": {"number": number, "exp_month": "12", "exp_year": "2030", "cvc": "123"},
        },
    )
    return cards.finish_card(setup.reference, actor=actor, at=AT)


def send(body: bytes, headers: dict[str, str]) -> int:
    sent = Client(enforce_csrf_checks=True).post(
        "/payments/events/stripe/", body, content_type="application/json", headers=headers
    )
    return sent.status_code


def test_a_purchase_by_stripe_from_the_card_to_the_refund(
    announced: Announced, client_of_stripe: stripe.StripeClient
) -> None:
    card_id = saved(WORKS, client_of_stripe)
    card = SavedCard.objects.get(pk=card_id)
    assert (card.brand, card.last_four, card.last_day) == ("visa", "4242", date(2030, 12, 31))
    purchase = Purchase.objects.get(pk=order(card_id, actor=buyer()))
    assert (purchase.state, purchase.captured_minor, purchase.payment[:3]) == ("granted", PRICE.minor, "pi_")
    (body,) = [each for each in announced.bodies if b'"payment_intent.succeeded"' in each]
    assert [send(body, signed(body)) for _ in range(3)] == [200] * 3
    run_payment_jobs()
    event = PaymentEvent.objects.get()
    assert (event.kind, event.outcome, event.purchase_id) == (
        "payment_intent.succeeded",
        "applied",
        purchase.pk,
    )
    refunds.refund(purchase.pk, note="", actor=world.viewer("marta"), at=AT)
    purchase.refresh_from_db()
    assert (purchase.state, purchase.refunded_minor) == ("refunded", PRICE.minor)
    with connection.cursor() as cursor:
        for table in ("purchases_savedcard", "purchases_purchase", "purchases_paymentevent", "journal_fact"):
            cursor.execute(f'SELECT count(*) FROM "{table}" AS t WHERE t::text LIKE %s', [f"%{WORKS}%"])
            assert cursor.fetchone() == (0,), table
    cards.remove_card(card_id, actor=buyer(), at=AT)
    assert queries.cards(buyer(), at=AT) == ()


def test_a_declined_card_is_told_as_such_and_can_never_be_charged_later(
    client_of_stripe: stripe.StripeClient,
) -> None:
    purchase = Purchase.objects.get(pk=order(saved(DECLINED, client_of_stripe), actor=buyer()))
    assert (purchase.state, purchase.failure) == ("failed", "payment.declined")
    assert client_of_stripe.v1.payment_intents.retrieve(purchase.payment).status == "canceled"


def test_a_card_that_stripe_has_forgotten_fails_at_once(client_of_stripe: stripe.StripeClient) -> None:
    card_id = saved(WORKS, client_of_stripe)
    SavedCard.objects.filter(pk=card_id).update(reference="pm_of_nobody")
    purchase = Purchase.objects.get(pk=order(card_id, actor=buyer()))
    assert (purchase.state, purchase.failure, purchase.payment) == ("failed", "payment.refused", "")


@pytest.mark.parametrize("approve", [True, False])
def test_three_d_secure_leads_to_the_bank_and_back(
    approve: bool, client_of_stripe: stripe.StripeClient
) -> None:
    actor = buyer()
    setup = cards.begin_card(actor=actor, at=AT)
    with pytest.raises(CannotSaveCard) as refused:
        cards.finish_card(setup.reference, actor=actor, at=AT)
    assert refused.value.decision.codes == ("card.setup-unfinished",)
    card_id = saved(WORKS, client_of_stripe)
    method = client_of_stripe.raw_request(
        "post",
        "/v1/payment_methods",
        type="card",
        card={"number": ASKS, "exp_month": "12", "exp_year": "2030", "cvc": "123"},
    ).data["id"]
    SavedCard.objects.filter(pk=card_id).update(reference=method)
    purchase = Purchase.objects.get(pk=order(card_id, actor=actor))
    page = queries.purchase_page(actor, purchase.pk, at=AT)
    assert (page.line.state, page.action_url) == (
        "paying",
        f"https://bank.example/confirm/{purchase.payment}",
    )
    intent = client_of_stripe.v1.payment_intents.retrieve(purchase.payment)
    client_of_stripe.raw_request(
        "post",
        f"/v1/payment_intents/{purchase.payment}/_authenticate",
        client_secret=intent.client_secret,
        success="true" if approve else "false",
    )
    ordering.look_again(purchase.pk, actor=actor, at=AT)
    purchase.refresh_from_db()
    assert (purchase.state, purchase.failure) == (
        ("granted", "") if approve else ("failed", "payment.not-confirmed")
    )


def test_what_nobody_confirms_is_cancelled_at_stripe(client_of_stripe: stripe.StripeClient) -> None:
    card_id = saved(WORKS, client_of_stripe)
    method = client_of_stripe.raw_request(
        "post",
        "/v1/payment_methods",
        type="card",
        card={"number": ASKS, "exp_month": "12", "exp_year": "2030", "cvc": "123"},
    ).data["id"]
    SavedCard.objects.filter(pk=card_id).update(reference=method)
    purchase = Purchase.objects.get(pk=order(card_id, actor=buyer()))
    complete(later(minutes=61))
    purchase.refresh_from_db()
    assert (purchase.state, purchase.failure) == ("failed", "payment.abandoned")
    assert client_of_stripe.v1.payment_intents.retrieve(purchase.payment).status == "canceled"


def test_while_stripe_is_out_of_reach_the_order_waits(
    settings: LazySettings, client_of_stripe: stripe.StripeClient
) -> None:
    card_id, there = saved(WORKS, client_of_stripe), settings.STRIPE_API
    settings.STRIPE_API = "http://127.0.0.1:9"
    purchase = Purchase.objects.get(pk=order(card_id, actor=buyer()))
    with pytest.raises(CannotSaveCard) as refused:
        cards.begin_card(actor=buyer(), at=AT)
    assert refused.value.decision.codes == ("card.unreachable",)
    assert purchase.state == "ordered"
    settings.STRIPE_API = there
    complete()
    purchase.refresh_from_db()
    assert purchase.state == "granted"


def test_only_what_stripe_has_signed_lately_is_believed(announced: Announced) -> None:
    body = json.dumps(
        {"id": "evt_1", "type": "charge.updated", "data": {"object": {"object": "charge"}}}
    ).encode()
    old, others = time.time() - 3600, signed(body, secret="whsec_of_somebody_else")
    for headers in ({}, others, signed(body, at=old), signed(body + b" "), {"Stripe-Signature": "t=x,v1=y"}):
        assert send(body, headers) == 400
    assert send(b"[]", signed(b"[]")) == 400
    assert not PaymentEvent.objects.exists()


def test_a_dispute_at_stripe_freezes_and_a_won_one_gives_back(client_of_stripe: stripe.StripeClient) -> None:
    purchase = Purchase.objects.get(pk=order(saved(WORKS, client_of_stripe), actor=buyer()))

    def told(event_id: str, kind: str, status: str) -> bytes:
        about = {
            "object": "dispute",
            "payment_intent": purchase.payment,
            "amount": 1,
            "currency": "eur",
            "status": status,
        }
        return json.dumps({"id": event_id, "type": kind, "data": {"object": about}}).encode()

    for place, (kind, status, frozen) in enumerate(
        [
            ("charge.dispute.created", "needs_response", True),
            ("charge.dispute.closed", "won", False),
            ("charge.dispute.created", "needs_response", False),
        ]
    ):
        body = told(f"evt_{place}", kind, status)
        assert send(body, signed(body)) == 200
        run_payment_jobs()
        agreement = Agreement.objects.get(holder__isnull=False)
        assert (agreement.frozen_at is not None) is frozen, kind


def test_the_page_allows_stripe_and_nobody_else() -> None:
    page = queries.payment_page()
    assert page is not None
    assert (page.provider, page.publishable_key, page.script_url) == ("stripe", "pk_test_12345", ours.SCRIPT)
    assert all(host.endswith("stripe.com") for hosts in page.csp.values() for host in hosts)
    assert queries.test_cards() == ()
