"""Buying an incident over HTTP: offers, cards, the order, what became of it, and the way back to the request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pactdesk.agreements.models import Agreement
from pactdesk.cases.models import Draft
from pactdesk.portal.buying import look_again_in
from pactdesk.purchases.models import Purchase, SavedCard
from pactdesk.purchases.services import cards
from tests import stripe_server, world
from tests.buying import SANDBOX, buy
from tests.doors.visitors import visitor
from tests.drafts import ready

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _the_sandbox_takes_the_money(settings: LazySettings) -> Iterator[None]:
    settings.PAYMENT_PROVIDER = SANDBOX
    world.catalogue()
    return


def url(name: str, *args: Any) -> str:
    return reverse(f"portal:{name}", args=args)


def saved(code: str) -> int:
    return cards.save_test_card(code, actor=world.viewer("olaf"), at=timezone.now())


def order_form(client: Client, draft: UUID | None = None, **changes: Any) -> tuple[str, dict[str, Any]]:
    """The address of the form for a single incident, and what it would send."""
    address = url("buy-offer", "single-incident") + (f"?draft={draft}" if draft else "")
    page = client.get(address).content.decode()
    sent = dict(re.findall(r'type="hidden" name="(key|amount_minor|currency)" value="([^"]*)"', page))
    chosen = re.search(r'name="card"[^>]*value="(\d+)" checked', page)
    return address, {**sent, "card": chosen[1] if chosen else "", "terms_accepted": "on", **changes}


@pytest.mark.req("PPI-2", "PPI-3", "PPI-4")
def test_the_offers_of_the_country_say_what_they_grant_and_what_they_cost() -> None:
    page = visitor("olaf").get(url("buy")).content.decode()
    for expected in (
        "459.00",
        "1,839.00",
        "Including value added tax.",
        "Can be used for 12 months",
        "no longer in mainstream",
    ):
        assert expected in page
    assert page.index("Recommended, unless") < page.index("Worth it only")
    world.person("olaf").__class__.objects.filter(pk=world.person("olaf").pk).update(country="VN")
    page = visitor("olaf").get(url("buy")).content.decode()
    assert "$499.00" in page
    assert "Worth it only" not in page
    assert visitor("olaf").get(url("buy-offer", "five-pack")).status_code == 404


@pytest.mark.req("PPI-1")
def test_a_work_account_is_told_to_sign_out_first(settings: LazySettings) -> None:
    carla = visitor("carla")
    page = carla.get(url("buy")).content.decode()
    assert "Only a personal account can buy" in page
    assert reverse("account_logout") in page
    assert "459.00" not in page
    assert carla.post(url("buy-offer", "single-incident"), {}).status_code == 403
    assert carla.post(url("cards"), {"test_card": "works"}).status_code == 403
    settings.PAYMENT_PROVIDER = ""
    assert "not sold here" in visitor("olaf").get(url("buy")).content.decode()
    assert not Purchase.objects.exists()
    assert not SavedCard.objects.exists()


@pytest.mark.req("PPI-3", "WIZ-2")
def test_what_is_bought_on_the_way_pays_for_the_request_that_was_begun() -> None:
    olaf = visitor("olaf")
    draft = ready(world.viewer("olaf"), None, at=timezone.now())
    step = url("intake-step", draft, "support")
    assert "Buy an incident" in olaf.get(step).content.decode()
    sent = olaf.post(step, {"action": "buy", "severity": "B"})
    assert sent.url == f"{url('buy')}?draft={draft}"
    assert f"?draft={draft}" in olaf.get(sent.url).content.decode()

    address, form = order_form(olaf, draft)
    assert "No card is saved" in olaf.get(address).content.decode()
    added = olaf.post(f"{url('cards')}?next={address}", {"test_card": "works"})
    assert added.url.startswith(address)
    address, form = order_form(olaf, draft)
    assert "service agreement" in (page := olaf.get(address).content.decode())
    assert "as soon as you order" in page
    refused = olaf.post(address, {**form, "terms_accepted": ""})
    assert refused.status_code == 422
    assert "Accept the service agreement" in refused.content.decode()

    first, second = olaf.post(address, form), olaf.post(address, form)
    bought = Purchase.objects.get()
    assert first.url == second.url == url("purchase", bought.pk)
    page = olaf.get(first.url).content.decode()
    assert "can be used at once" in page
    assert "Go on with your request" in page
    back = olaf.post(first.url, {"do": "go-on"})
    assert back.url == step
    assert Draft.objects.get(pk=draft).answers["support"]["agreement_id"] == bought.agreement_id
    page = olaf.get(step).content.decode()
    assert re.search(rf'name="agreement_id"[^>]*value="{bought.agreement_id}" checked', page)
    receipt = olaf.get(url("purchase-receipt", bought.pk)).content.decode()
    assert bought.number in receipt
    assert "Visa, ends in 4242" in receipt
    assert "€459.00" in receipt


@pytest.mark.req("PPI-3", "PPI-5")
def test_a_declined_card_is_told_with_the_choice_kept_and_another_one_is_taken() -> None:
    olaf = visitor("olaf")
    good, declined = saved("works"), saved("declined")
    address, form = order_form(olaf)
    refused = olaf.post(address, {**form, "card": declined})
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "declined the card" in page
    assert re.search(rf'name="card"[^>]*value="{declined}" checked', page)
    key = re.search(r'name="key" value="([^"]*)"', page)
    assert key
    assert key[1] != form["key"], "the same key would only find the order that failed"
    assert not Agreement.objects.filter(holder=world.person("olaf")).exists()
    taken = olaf.post(address, {**form, "key": key[1], "card": good})
    assert "can be used at once" in olaf.get(taken.url).content.decode()
    changed = olaf.post(address, {**order_form(olaf)[1], "amount_minor": 1})
    assert changed.status_code == 422
    assert "price has changed" in changed.content.decode()
    listed = olaf.get(url("purchases")).content.decode()
    assert listed.count("P-1") >= 2
    assert "Not paid" in listed


@pytest.mark.req("PPI-5")
@pytest.mark.parametrize(
    ("do", "told"), [("approve", "can be used at once"), ("refuse", "was not confirmed")]
)
def test_a_bank_that_asks_is_answered_on_its_page(do: str, told: str) -> None:
    olaf = visitor("olaf")
    saved("asks")
    address, form = order_form(olaf)
    asked = olaf.post(address, form).url
    page = olaf.get(asked).content.decode()
    assert "Confirm the payment" in page
    confirm = url("purchase-confirm", Purchase.objects.get().pk)
    assert confirm in page
    assert "No money moves" in olaf.get(confirm).content.decode()
    olaf.post(asked)
    assert "Confirm the payment" in olaf.get(asked).content.decode(), "looking again decides nothing"
    assert olaf.post(confirm, {"do": do}).url == asked
    assert told in olaf.get(asked).content.decode()
    assert olaf.get(confirm).status_code == 404
    assert olaf.post(confirm, {"do": "approve"}).status_code == 404


@pytest.mark.req("PPI-5")
def test_looking_again_finds_out_what_no_event_told() -> None:
    olaf = visitor("olaf")
    saved("silent")
    address, form = order_form(olaf)
    bought = olaf.post(address, form).url
    assert "with the bank" in olaf.get(bought).content.decode()
    olaf.post(bought, {"do": "look"})
    assert "can be used at once" in olaf.get(bought).content.decode()


@pytest.mark.req("PPI-5")
def test_a_page_that_waits_looks_by_itself_and_is_told_what_it_does_not_know() -> None:
    olaf = visitor("olaf")
    saved("asks")
    address, form = order_form(olaf)
    asked = olaf.post(address, form).url
    htmx = {"HX-Request": "true"}
    page = olaf.get(asked).content.decode()
    poller = re.search(r'id="purchase-poller" hx-get="([^"]+)" hx-trigger="every 2s"', page)
    assert poller
    again = olaf.get(poller[1], headers=htmx).content.decode()
    assert "<html" not in again, "nothing has changed"
    assert poller[1] in again
    assert "<html" in olaf.get(poller[1]).content.decode(), "whoever opens the address sees the page"
    assert "<html" in olaf.get(f"{asked}?known=paying", headers=htmx).content.decode()
    Purchase.objects.update(ordered_at=timezone.now() - timedelta(minutes=5))
    assert 'hx-trigger="every 15s"' in olaf.get(poller[1], headers=htmx).content.decode()
    olaf.post(url("purchase-confirm", Purchase.objects.get().pk), {"do": "approve"})
    told = olaf.get(poller[1], headers=htmx).content.decode()
    assert "can be used at once" in told
    assert "purchase-poller" not in told


def test_it_looks_the_less_often_the_longer_it_waits() -> None:
    pauses = [look_again_in(timedelta(seconds=each)) for each in (0, 19, 20, 119, 120, 599, 600, 86_400)]
    assert pauses == [2, 2, 5, 5, 15, 15, 60, 60]


@pytest.mark.req("PPI-3")
def test_a_card_is_shown_by_brand_and_last_four_and_forgotten_when_asked() -> None:
    olaf = visitor("olaf")
    assert "No card is saved" in olaf.get(url("cards")).content.decode()
    assert olaf.post(url("cards"), {"test_card": "nonsense"}).status_code == 422
    olaf.post(url("cards"), {"test_card": "works"})
    card = SavedCard.objects.get()
    assert "Visa, ends in 4242" in olaf.get(url("cards")).content.decode()
    assert "Nothing can be charged" in olaf.get(url("card-remove", card.pk)).content.decode()
    assert olaf.post(url("card-remove", card.pk)).url == url("cards")
    assert "No card is saved" in olaf.get(url("cards")).content.decode()
    assert olaf.get(url("card-remove", card.pk)).status_code == 404


def test_the_list_has_pages_and_says_when_it_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    olaf = visitor("olaf")
    assert "You have not bought anything yet" in olaf.get(url("purchases")).content.decode()
    for _number in range(3):
        buy()
    monkeypatch.setattr("pactdesk.portal.views.buying.MOST", 2)
    first = olaf.get(url("purchases")).content.decode()
    older = re.search(r'href="([^"]*older_than=\d+)"', first)
    assert older
    assert first.count("P-1") == 2
    second = olaf.get(older[1]).content.decode()
    assert second.count("P-1") == 1
    assert 'rel="prev"' in second
    assert olaf.get(f"{url('purchases')}?older_than=x").status_code == 200


def test_what_others_bought_and_their_cards_are_not_found() -> None:
    bought = buy()
    card = SavedCard.objects.get()
    marta = visitor("marta")
    for address in (
        url("purchase", bought.pk),
        url("purchase-confirm", bought.pk),
        url("purchase-receipt", bought.pk),
        url("card-remove", card.pk),
    ):
        assert marta.get(address).status_code == 404
        assert marta.post(address).status_code in {404, 405}


@pytest.mark.req("PPI-3")
def test_only_the_page_that_adds_a_card_at_stripe_may_load_what_is_stripes(settings: LazySettings) -> None:
    olaf = visitor("olaf")

    def policy(response: Any) -> dict[str, str]:
        parts = response["Content-Security-Policy"].split("; ")
        return {name: hosts for name, _, hosts in (part.strip().partition(" ") for part in parts)}

    usual = policy(olaf.get(url("cards")))
    assert "stripe" not in str(usual)
    assert policy(olaf.post(url("cards"), {"test_card": "nonsense"})) == usual, "the sandbox needs nothing"
    with stripe_server.running() as (address, _announced):
        settings.PAYMENT_PROVIDER = "pactdesk.purchases.providers.stripe.Stripe"
        settings.STRIPE_SECRET_KEY, settings.STRIPE_PUBLISHABLE_KEY = "sk_test_12345", "pk_test_12345"
        settings.STRIPE_API = address
        adding = olaf.post(url("cards"))
        settings.STRIPE_API = "http://127.0.0.1:9"
        away = olaf.post(url("cards"))
    assert '<script src="https://js.stripe.com/v3/"></script>' in adding.content.decode()
    own = "https://js.stripe.com"
    assert policy(adding) == usual | {
        "script-src": f"'self' {own}",
        "frame-src": f"{own} https://hooks.stripe.com",
        "connect-src": "'self' https://api.stripe.com",
        "img-src": "'self' data: https://*.stripe.com",
    }
    assert away.status_code == 422
    assert "cannot be reached" in away.content.decode()
    for other in (
        url("cards"),
        url("card-added") + "?setup_intent=seti_1",
        url("buy"),
        url("purchases"),
        "/",
    ):
        page = olaf.get(other)
        assert policy(page) == usual, other
        assert "js.stripe.com" not in page.content.decode()
