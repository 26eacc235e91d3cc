"""Somebody without an agreement buys an incident on the way, whatever the bank says to it (PPI-1 to PPI-5)."""

from __future__ import annotations

import re

import pytest
from django.conf import LazySettings
from django.utils import timezone
from playwright.sync_api import Page, expect

from pactdesk.cases.models import Case
from pactdesk.purchases.models import Purchase
from pactdesk.purchases.rules.buying import LEASE
from tests.buying import SANDBOX, complete
from tests.journeys.conftest import Enter
from tests.journeys.test_everybody_can_use_it import broken_rules
from tests.journeys.test_first_request import go_through_the_middle, tell_the_problem


@pytest.fixture(autouse=True)
def _the_sandbox_takes_the_money(settings: LazySettings, town: str) -> None:
    settings.PAYMENT_PROVIDER = SANDBOX
    settings.BASE_URL = town


def add_card(page: Page, behaviour: str) -> None:
    page.get_by_role("link", name=re.compile("Add (a|another) card")).click()
    page.get_by_role("radio", name=re.compile(behaviour)).check()
    page.get_by_role("button", name="Add a card").click()
    page.get_by_label("I accept the service agreement").check()


def pay(page: Page) -> None:
    page.get_by_role("button", name="Order and pay").click()


@pytest.mark.req("PPI-2", "PPI-3", "PPI-5", "WIZ-2")
def test_a_declined_card_then_one_that_the_bank_confirms_pays_for_the_request(enter: Enter) -> None:
    page = enter("olaf")
    page.goto("/requests/new/")
    tell_the_problem(page)
    page.get_by_role("button", name="Buy an incident").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Buy an incident")
    assert broken_rules(page) == []
    page.get_by_role("link", name="Choose Professional Support, single incident").click()

    add_card(page, "ends in 0002")
    assert broken_rules(page) == []
    pay(page)
    expect(page.get_by_role("alert")).to_contain_text("declined the card")
    expect(page.get_by_role("radio", name=re.compile("0002"))).to_be_checked()

    add_card(page, "ends in 3155")
    pay(page)
    page.get_by_role("link", name="Confirm the payment").click()
    assert broken_rules(page) == []
    page.get_by_role("button", name="It is me: pay").click()
    expect(page.get_by_text("It is paid, and can be used at once.")).to_be_visible()
    assert broken_rules(page) == []
    page.get_by_role("button", name="Go on with your request").click()

    bought = Purchase.objects.get(state="granted")
    expect(page.locator(f"input[name=agreement_id][value='{bought.agreement_id}']")).to_be_checked()
    page.locator("#id_severity_B").check()
    page.get_by_role("button", name="Next").click()
    go_through_the_middle(page)
    page.get_by_label("I accept the service agreement").check()
    page.get_by_role("button", name=re.compile("Submit|Send")).click()
    expect(page).to_have_url(re.compile("confirmation"))
    assert Case.objects.get().agreement_id == bought.agreement_id

    page.goto("/purchases/")
    expect(page.get_by_role("row").nth(1)).to_contain_text("0 of 1 incident left")
    assert broken_rules(page) == []
    page.get_by_role("link", name="Your cards").click()
    assert broken_rules(page) == []


@pytest.mark.req("PPI-5")
def test_a_payment_whose_news_got_lost_is_found_by_looking_again(enter: Enter) -> None:
    page = enter("olaf", java_script_enabled=False)
    page.goto("/purchases/buy/single-incident/")
    add_card(page, "ends in 0077")
    pay(page)
    expect(page.get_by_text("Your order is with the bank.")).to_be_visible()
    page.get_by_role("button", name="See whether it is paid").click()
    expect(page.get_by_text("It is paid, and can be used at once.")).to_be_visible()
    page.get_by_role("link", name="Receipt").click()
    expect(page.get_by_text("Visa, ends in 0077")).to_be_visible()


@pytest.mark.req("PPI-5")
def test_a_page_that_waits_finds_out_by_itself_that_it_is_paid(enter: Enter) -> None:
    page = enter("olaf")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    page.goto("/purchases/buy/single-incident/")
    add_card(page, "ends in 0077")
    pay(page)
    expect(page.get_by_text("Your order is with the bank.")).to_be_visible()
    expect(page.get_by_text("This page keeps itself up to date.")).to_be_visible()
    assert broken_rules(page) == []
    with page.expect_response(re.compile("known=paying")) as looked:
        page.get_by_role("button", name="See whether it is paid").focus()
    assert "<html" not in looked.value.text()
    expect(page.get_by_role("button", name="See whether it is paid")).to_be_focused()

    # Nobody tells us; whoever looks after purchases asks.
    complete(timezone.now() + LEASE)
    expect(page.get_by_text("It is paid, and can be used at once.")).to_be_visible()
    expect(page.locator("#purchase-state")).to_have_text("Paid")
    expect(page.get_by_role("link", name="Receipt")).to_be_visible()
    assert page.locator("#purchase-poller").count() == 0, "it looks no more"
    assert not [each for each in asked if each.startswith("POST") and re.search(r"/purchases/\d+/", each)]
    assert broken_rules(page) == []
