"""Programs see what is sold, order what the owner of a card lets them, and follow what became of it (PPI)."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from pactdesk.accounts.models import Account
from pactdesk.accounts.rules.tokens import SCOPES
from pactdesk.agreements.models import Agreement
from pactdesk.cases.models import Case
from pactdesk.purchases.models import Purchase, SandboxPayment, SavedCard
from pactdesk.purchases.rules.payments import Money
from pactdesk.purchases.services import cards
from pactdesk.purchases.services.programs import close_card, open_card
from tests import world
from tests.attacks.test_a09_foreign_ids_in_bodies import fingerprint
from tests.buying import SANDBOX, buy, later, run_payment_jobs
from tests.doors.programs import Program, codes, kind, new_key, program, request_body

pytestmark = pytest.mark.django_db

PRICE = {"amount_minor": 45_900, "currency": "EUR"}


@pytest.fixture(autouse=True)
def _the_sandbox_takes_the_money(settings: LazySettings) -> None:
    settings.PAYMENT_PROVIDER, settings.BASE_URL = SANDBOX, "https://support.example"
    world.catalogue()


@pytest.fixture
def olaf() -> Program:
    return program("olaf")


def card(code: str = "works", *, most: int | None = 50_000, currency: str = "EUR") -> int:
    """A card of Olaf's that programs may charge up to `most`; None: not at all."""
    actor, at = world.viewer("olaf"), timezone.now()
    found = cards.save_test_card(code, actor=actor, at=at)
    if most is not None:
        open_card(found, Money(most, currency), terms_accepted=True, actor=actor, at=at)
    return found


def body(card_id: int, **changes: Any) -> dict[str, Any]:
    return {"offer": "single-incident", "card": card_id, "price": PRICE, "terms_accepted": True, **changes}


def reasons(response: Any) -> dict[str, str]:
    """Where the fault stands, by the code of the reason."""
    return {reason["code"]: reason["pointer"] for reason in response.json()["reasons"]}


@pytest.mark.req("PPI-1", "PPI-2")
def test_what_is_sold_is_told_with_its_price_in_the_region_and_why_nothing_is(
    olaf: Program, settings: LazySettings
) -> None:
    told = olaf.get("/offers").json()
    assert told["reasons"] == []
    assert told["items"][0] == {
        "code": "single-incident",
        "programme": told["items"][0]["programme"],
        "single": True,
        "units": 1,
        "amount_minor": 45_900,
        "currency": "EUR",
        "tax_note": "Including value added tax.",
        "months": 12,
        "url": "https://support.example/purchases/buy/single-incident/",
    }
    assert [line["code"] for line in told["items"]] == ["single-incident", "five-pack"]
    assert program("olaf", language="cs").get("/offers").json()["items"][0]["tax_note"] != "Including value"
    Account.objects.filter(pk=world.person("olaf").pk).update(country="VN")
    elsewhere = olaf.get("/offers").json()
    assert [(line["code"], line["currency"]) for line in elsewhere["items"]] == [("single-incident", "USD")]
    work = program("carla").get("/offers").json()
    assert (work["items"], codes_of(work)) == ([], ["purchase.work-account"])
    settings.PAYMENT_PROVIDER = ""
    assert codes_of(olaf.get("/offers").json()) == ["purchase.nothing-sold"]


def codes_of(told: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in told["reasons"]]


@pytest.mark.req("PPI-3", "PPI-5")
def test_an_order_is_charged_once_within_what_the_owner_of_the_card_allows(olaf: Program) -> None:
    card_id, key = card(most=None), new_key()
    closed = olaf.post("/purchases", body(card_id), key=new_key())
    assert (kind(closed), reasons(closed)) == ("refused", {"purchase.card-closed-to-programs": "#/card"})
    assert olaf.get("/cards").json()["items"][0]["programs"] is None
    open_card(card_id, Money(50_000, "EUR"), terms_accepted=True, actor=world.viewer("olaf"), at=later())
    assert olaf.post("/purchases/preview", body(card_id)).json() == {"allowed": True, "reasons": []}
    assert not Purchase.objects.exists()

    first = olaf.post("/purchases", body(card_id), key=key)
    bought = Purchase.objects.get()
    assert first.status_code == 201, first.content
    assert first["Location"] == f"/api/v1/purchases/{bought.pk}"
    told = first.json()
    assert (told["state"], told["units_left"], told["agreement"]) == ("granted", 1, bought.agreement_id)
    assert (told["program"], told["continue_url"], told["failure"]) == ("Test", None, None)
    again = olaf.post("/purchases", body(card_id), key=key)
    assert (again.json(), again["Idempotency-Replayed"]) == (told, "true")
    assert olaf.get(first["Location"].removeprefix("/api/v1")).json() == told
    assert kind(olaf.post("/purchases", body(card_id, offer="five-pack"), key=key)) == "key-reused"
    assert (Purchase.objects.count(), SandboxPayment.objects.count()) == (1, 1)
    paid = request_body(bought.agreement_id)
    assert olaf.post("/requests", paid, key=new_key()).status_code == 201
    assert Case.objects.get().agreement_id == bought.agreement_id
    assert Agreement.objects.get(pk=bought.agreement_id).units_left == 0

    (allowed,) = olaf.get("/cards").json()["items"]
    assert allowed["programs"] == {"most_minor": 50_000, "left_minor": 4_100, "currency": "EUR"}
    above = olaf.post("/purchases", body(card_id), key=new_key())
    assert reasons(above) == {"purchase.above-allowance": "#/card"}
    assert above.json()["reasons"][0]["params"] == {"left_minor": 4_100, "currency": "EUR"}
    preview = olaf.post("/purchases/preview", body(card_id)).json()
    assert (preview["allowed"], codes_of(preview)) == (False, ["purchase.above-allowance"])
    Purchase.objects.update(ordered_at=later(days=-30))
    assert olaf.post("/purchases/preview", body(card_id)).json()["allowed"], "after 30 days it counts no more"
    close_card(card_id, actor=world.viewer("olaf"), at=later())
    assert codes(olaf.post("/purchases", body(card_id), key=new_key())) == [
        "purchase.card-closed-to-programs"
    ]
    open_card(card_id, Money(90_000, "USD"), terms_accepted=True, actor=world.viewer("olaf"), at=later())
    other = olaf.post("/purchases", body(card_id), key=new_key())
    assert codes(other) == ["purchase.allowed-in-other-currency"]
    assert Purchase.objects.count() == 1


@pytest.mark.req("PPI-3")
def test_a_token_orders_only_if_it_was_made_for_that() -> None:
    card_id = card()
    readers = [scope for scope in SCOPES if scope != "purchases:write"]
    reader = program("olaf", scopes=readers)
    for path in ("/purchases", "/purchases/preview", "/purchases/1/cancel"):
        assert kind(reader.post(path, body(card_id), key=new_key())) == "scope"
    writer = program("olaf", scopes=["purchases:write"])
    for path in ("/offers", "/cards", "/purchases", "/purchases/1"):
        assert kind(writer.get(path)) == "scope"
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert writer.ask(method, "/cards", {}, key=new_key()).status_code == 405, "no token opens a card"
    assert not Purchase.objects.exists()
    assert writer.post("/purchases", body(card_id), key=new_key()).status_code == 201
    assert kind(program("carla").post("/purchases", body(card_id), key=new_key())) == "forbidden"


@pytest.mark.req("PPI-3", "PPI-5")
def test_a_card_that_is_declined_is_a_purchase_that_failed_and_costs_no_allowance(olaf: Program) -> None:
    card_id, key = card("declined"), new_key()
    told = olaf.post("/purchases", body(card_id), key=key)
    assert (told.status_code, told.json()["state"]) == (201, "failed")
    assert told.json()["failure"]["code"] == "payment.declined"
    assert told.json()["agreement"] is None
    assert olaf.post("/purchases", body(card_id), key=key).json() == told.json()
    assert olaf.get("/cards").json()["items"][0]["programs"]["left_minor"] == 50_000
    for _each in range(9):
        olaf.post("/purchases", body(card_id), key=new_key())
    tried = olaf.post("/purchases", body(card_id), key=new_key())
    assert (kind(tried), tried["Retry-After"]) == ("too-many", "3600")
    assert SandboxPayment.objects.count() == 10


@pytest.mark.req("PPI-3", "PPI-5")
def test_where_the_bank_asks_its_owner_goes_on_in_a_browser_or_the_order_is_cancelled(olaf: Program) -> None:
    card_id = card("asks", most=200_000)
    asked, other = (olaf.post("/purchases", body(card_id), key=new_key()).json() for _each in range(2))
    assert (asked["state"], asked["agreement"]) == ("paying", None)
    assert asked["continue_url"] == f"https://support.example/purchases/{asked['id']}/"
    assert Client().get(f"/purchases/{asked['id']}/").status_code == 302, "the address alone opens nothing"
    owner = Client()
    owner.force_login(world.person("olaf"))
    assert "Confirm the payment" in owner.get(f"/purchases/{asked['id']}/").content.decode()
    cancelled = olaf.post(f"/purchases/{asked['id']}/cancel").json()
    assert (cancelled["state"], cancelled["failure"]["code"]) == ("failed", "payment.withdrawn")
    assert cancelled["continue_url"] is None
    assert olaf.post(f"/purchases/{asked['id']}/cancel").json() == cancelled
    assert owner.post(f"/purchases/{asked['id']}/confirm/", {"do": "approve"}).status_code == 404
    assert owner.post(f"/purchases/{other['id']}/confirm/", {"do": "approve"}).status_code == 302
    paid = olaf.post(f"/purchases/{other['id']}/cancel")
    assert (paid.status_code, kind(paid), codes(paid)) == (409, "conflict", ["purchase.not-waiting"])
    run_payment_jobs()
    states = {line["id"]: line["state"] for line in olaf.get("/purchases").json()["items"]}
    assert states == {asked["id"]: "failed", other["id"]: "granted"}


def test_what_the_bank_took_before_the_order_was_cancelled_stays_paid(olaf: Program) -> None:
    asked = olaf.post("/purchases", body(card("asks")), key=new_key()).json()
    SandboxPayment.objects.update(state="succeeded", captured_minor=45_900)
    late = olaf.post(f"/purchases/{asked['id']}/cancel")
    assert (late.status_code, codes(late)) == (409, ["purchase.paid-meanwhile"])
    assert olaf.get(f"/purchases/{asked['id']}").json()["state"] == "granted"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"offer": "nothing"}, {"purchase.not-sold-here": "#/offer"}),
        ({"price": {"amount_minor": 1, "currency": "EUR"}}, {"purchase.price-changed": "#/price"}),
        ({"terms_accepted": False}, {"purchase.terms-not-accepted": "#/terms_accepted"}),
        ({"card": 999_999_999}, {"purchase.no-card": "#/card"}),
        ({"card": "4242"}, {"input.not-a-number": "#/card"}),
        ({"number": "4242424242424242"}, {"input.unknown": "#/number"}),
    ],
)
def test_what_is_wrong_with_an_order_is_told_at_its_place(
    olaf: Program, changes: dict[str, Any], expected: dict[str, str]
) -> None:
    refused = olaf.post("/purchases", body(card(), **changes), key=new_key())
    assert (refused.status_code, reasons(refused)) == (422, expected)
    assert not Purchase.objects.exists()


def test_cards_and_purchases_of_others_answer_like_those_that_do_not_exist(olaf: Program) -> None:
    bought, mine = buy(), card()
    theirs = SavedCard.objects.get(pk=mine)
    SavedCard.objects.filter(pk=mine).update(account=world.person("nora"))
    before = fingerprint("purchases_savedcard", "purchases_purchase")
    for card_id in (theirs.pk, 999_999_999):
        refused = olaf.post("/purchases", body(card_id), key=new_key())
        assert reasons(refused) == {"purchase.no-card": "#/card"}
    carla = program("carla")
    for method, path in (("GET", "/purchases/{}"), ("POST", "/purchases/{}/cancel")):
        told, nobodys = (carla.ask(method, path.format(each)) for each in (bought.pk, 999_999_999))
        assert told.status_code == nobodys.status_code == 404
        assert told.content == nobodys.content
    assert (carla.get("/purchases").json()["items"], carla.get("/cards").json()["items"]) == ([], [])
    assert fingerprint("purchases_savedcard", "purchases_purchase") == before


def test_the_list_is_read_to_its_end_and_costs_the_same_however_long_it_is(
    olaf: Program, statements: list[str]
) -> None:
    def sent(path: str) -> int:
        del statements[:]
        assert olaf.get(path).status_code == 200
        return len([each for each in statements if "catalog_catalogrevision" not in each])

    buy()
    card()
    paths = ("/purchases", f"/purchases/{Purchase.objects.get().pk}", "/cards", "/offers")
    before = {path: (sent(path), sent(path))[1] for path in paths}
    bought = [buy().pk for _each in range(4)]
    assert {path: sent(path) for path in paths} == before
    assert max(before.values()) <= 6, before
    found, cursor = [], ""
    for _page in range(3):
        told = olaf.get(f"/purchases?limit=2&cursor={cursor}").json()
        found += [line["id"] for line in told["items"]]
        cursor = told["next"]
    assert cursor is None
    assert found[:4] == bought[::-1]
    assert len(found) == 5
