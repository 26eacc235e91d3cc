"""A card is added in Stripe's own form, inside a page of ours that allows Stripe and nobody else (PPI-3)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stripe
from django.conf import LazySettings
from playwright.sync_api import Page, expect

from pactdesk.purchases.models import SavedCard
from tests import stripe_page, stripe_server
from tests.journeys.conftest import Enter
from tests.journeys.test_everybody_can_use_it import broken_rules

DECLINED, ASKS = "4000000000000002", "4000002500003155"


@pytest.fixture
def at_stripe(settings: LazySettings) -> Iterator[stripe.StripeClient]:
    with stripe_server.running() as (address, _announced):
        settings.PAYMENT_PROVIDER = "pactdesk.purchases.providers.stripe.Stripe"
        settings.STRIPE_SECRET_KEY, settings.STRIPE_PUBLISHABLE_KEY = "sk_test_12345", "pk_test_12345"
        settings.STRIPE_API = address
        yield stripe.StripeClient("sk_test_12345", base_addresses={"api": address})


def save(page: Page, number: str) -> None:
    page.frame_locator("iframe[title=Card]").get_by_label("Card number").fill(number)
    page.get_by_role("button", name="Save the card").click()


@pytest.mark.req("PPI-3")
def test_a_card_is_refused_in_place_and_another_one_kept_after_the_bank_has_asked(
    enter: Enter, at_stripe: stripe.StripeClient
) -> None:
    page = enter("olaf")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.url} {request.post_data or ''}"))
    asked = stripe_page.stand_in(page.context, at_stripe)
    page.goto("/purchases/cards/")
    assert asked == [], "nothing of Stripe is loaded before somebody adds a card"
    page.get_by_role("button", name="Add a card").click()
    save(page, DECLINED)
    expect(page.get_by_role("alert")).to_have_text("Your card was declined.")
    assert broken_rules(page) == []
    page.get_by_role("link", name="Your cards").click()
    page.get_by_role("button", name="Add a card").click()

    save(page, ASKS)
    page.frame_locator("iframe[title=Bank]").get_by_role("button", name="It is not").click()
    expect(page.get_by_role("alert")).to_have_text("Your bank could not confirm that it is you.")
    assert not SavedCard.objects.exists()
    page.get_by_role("button", name="Save the card").click()
    page.frame_locator("iframe[title=Bank]").get_by_role("button", name="It is me").click()
    expect(page.get_by_role("heading", name="Keep this card?")).to_be_visible()
    assert not SavedCard.objects.exists(), "coming back keeps nothing by itself"
    assert broken_rules(page) == []
    page.get_by_role("button", name="Keep the card").click()
    expect(page.get_by_role("term")).to_have_text("Visa, ends in 3155")
    assert SavedCard.objects.get().last_four == "3155"
    ours = [each for each in sent if "stripe.com" not in each]
    assert not [each for each in ours if DECLINED in each or ASKS in each], "no number comes to us"


def test_where_stripe_is_blocked_the_page_says_so(enter: Enter, at_stripe: stripe.StripeClient) -> None:
    page = enter("olaf")
    page.route("https://js.stripe.com/**", lambda route: route.abort())
    page.goto("/purchases/cards/")
    page.get_by_role("button", name="Add a card").click()
    expect(page.get_by_role("alert")).to_contain_text("could not be loaded")
    expect(page.get_by_role("button", name="Save the card")).to_be_disabled()
