"""A requester puts an agreement first, takes that back, does it again, and finds it chosen in step 2."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import expect

from pactdesk.accounts.models import Account
from tests import world
from tests.journeys.conftest import Enter
from tests.journeys.steps import answer_problem
from tests.journeys.test_everybody_can_use_it import looking_at
from tests.journeys.test_rights import picture


@pytest.mark.req("WIZ-2")
def test_an_agreement_is_used_first_and_that_is_taken_back(enter: Enter) -> None:
    wrong: list[str] = []
    plans = [world.agreement(registered=["carla"], starts_on=date(2026, month, 10)) for month in (3, 5, 7)]
    Account.objects.update(language="en")
    seen = enter("carla", reduced_motion="reduce")
    page = enter("carla", java_script_enabled=False)

    page.goto("/benefits/")
    order = page.locator("#order")
    order.locator("summary").click()
    order.get_by_role("button", name=f"Use first {plans[2].access_id}").click()
    expect(order.get_by_text("The order is changed.")).to_be_visible()
    expect(order.locator("li").first).to_contain_text(plans[2].access_id)
    picture(page, "order")
    order.get_by_role("button", name="Undo").click()
    expect(order.get_by_text("They are in the usual order.")).to_be_visible()
    expect(order.locator("li").first).to_contain_text(plans[0].access_id)
    page.goto(f"/benefits/{plans[1].id}/")
    page.get_by_role("button", name="Use first").click()
    expect(order.locator("li").first).to_contain_text(plans[1].access_id)

    look = looking_at(seen, wrong)
    seen.goto("/benefits/#order")
    seen.locator("#order > summary").click()
    look("the order")
    seen.goto("/requests/new/")
    answer_problem(seen)
    expect(seen.get_by_text("because you have put it before the others")).to_be_visible()
    expect(seen.locator(f"[name=agreement_id][value='{plans[1].id}']")).to_be_checked()
    picture(seen, "step-2")
    assert wrong == []
