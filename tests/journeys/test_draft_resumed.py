"""A draft outlives the browser it was begun in."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from pactdesk.agreements.models import Agreement
from pactdesk.cases.models import Case
from tests import world
from tests.journeys.conftest import Enter
from tests.journeys.steps import (
    PATIENCE,
    answer_problem,
    answer_support,
    answer_the_rest,
    choose_problem,
    describe_problem,
    expect_step,
    go_on,
    send,
)

SUMMARY = "Domain controllers stop replicating"


@pytest.mark.req("WIZ-8", "AGR-6")
def test_a_draft_goes_on_in_another_browser_and_costs_nothing_until_it_is_sent(enter: Enter) -> None:
    agreement = world.agreement(units=2, registered=["carla"])
    page = enter("carla")
    answer_problem(page)
    answer_support(page, "C")
    page.locator("[name=phone]").fill("+30 21 0999 8888")
    # What is typed is saved while typing, not only with Next.
    with page.expect_response(lambda response: response.request.method == "POST", timeout=PATIENCE):
        page.locator("[name=phone]").blur()
    expect(page.locator("#saved")).to_contain_text(re.compile(r"Saved .+ \(Athens\)"))
    page.context.close()
    assert Agreement.objects.get(pk=agreement.id).units_left == 2

    elsewhere = enter("carla", viewport={"width": 400, "height": 800})
    elsewhere.goto("/")
    expect(elsewhere.get_by_text("Goes on at step 3 of 6: Primary contact")).to_be_visible()
    elsewhere.get_by_role("link", name=f"Go on with {SUMMARY}").click()
    expect_step(elsewhere, "contact")
    expect(elsewhere.locator("[name=phone]")).to_have_value("+30 21 0999 8888")

    # What was answered before can still be changed, and it leads back to where one was.
    problem = elsewhere.url.replace("/contact/", "/problem/")
    elsewhere.goto(problem)
    expect(elsewhere.locator("[name=summary]")).to_have_value(SUMMARY)
    elsewhere.locator("[name=summary]").fill("Replication stops every night")
    go_on(elsewhere, "contact")
    answer_the_rest(elsewhere)
    assert not Case.objects.exists()
    assert Agreement.objects.get(pk=agreement.id).units_left == 2

    send(elsewhere)
    case = Case.objects.get()
    assert case.summary == "Replication stops every night"
    assert Agreement.objects.get(pk=agreement.id).units_left == 1
    elsewhere.goto("/requests/drafts/")
    expect(elsewhere.get_by_text("No drafts")).to_be_visible()


@pytest.mark.req("WIZ-8")
def test_a_draft_is_left_half_done_discarded_and_taken_back(enter: Enter) -> None:
    page = enter("carla")
    page.goto("/requests/new/")
    choose_problem(page)
    describe_problem(page, description="")
    page.get_by_role("button", name="Save and leave").click()
    expect(page.locator("h1")).to_have_text("Drafts")
    expect(page.get_by_text("Your draft is kept.")).to_be_visible()
    expect(page.get_by_text("Goes on at step 1 of 6: What is wrong")).to_be_visible()

    page.get_by_role("link", name=f"Discard {SUMMARY}").click()
    page.get_by_role("button", name="Discard").click()
    expect(page.locator("h1")).to_have_text("The draft is discarded")
    beside = page.context.new_page()
    beside.goto("/requests/drafts/")
    expect(beside.get_by_text("No drafts")).to_be_visible()

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("The draft is back.")).to_be_visible()
    page.get_by_role("link", name=f"Go on with {SUMMARY}").click()
    expect_step(page, "problem")
    expect(page.locator("[name=summary]")).to_have_value(SUMMARY)
    expect(page.locator("[name=product]")).to_have_value("windows-server")
    expect(page.locator("[name=problem]")).not_to_have_value("")
