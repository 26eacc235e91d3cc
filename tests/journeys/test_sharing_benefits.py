"""The owner of an agreement hears who added it and withdraws that; its manager sees how it is used (AGR-11, REQ-3)."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from pactdesk.accounts.models import Account
from pactdesk.cases.services.submission import submit
from pactdesk.notifications.models import OutgoingMail
from tests import world
from tests.drafts import ready
from tests.journeys.conftest import Enter, run_jobs
from tests.journeys.test_everybody_can_use_it import looking_at
from tests.journeys.test_rights import picture


@pytest.mark.req("AGR-4", "AGR-11", "REQ-3")
def test_a_registration_is_told_and_withdrawn_and_the_manager_sees_the_use(enter: Enter) -> None:
    wrong: list[str] = []
    world.administrator("carla")
    plan = world.agreement(units=9, owner="carla", registered=["carla"])
    Account.objects.update(language="en")
    for who in ("carla", "carla"):
        draft = ready(world.viewer(who), plan.id, at=timezone.now())
        submit(draft, terms_accepted=True, actor=world.viewer(who), at=timezone.now())
    cem = enter("cem", reduced_motion="reduce")
    carla = enter("carla", reduced_motion="reduce")
    look, look_too = looking_at(carla, wrong), looking_at(cem, wrong)

    cem.goto("/benefits/add/")
    cem.get_by_label("Access ID").fill(plan.access_id)
    cem.get_by_label("Contract ID").fill(plan.contract_id)
    cem.get_by_role("button", name="Add agreement").click()
    expect(cem.get_by_text("The agreement is now in your account")).to_be_visible()
    run_jobs()
    mail = OutgoingMail.objects.get(kind="agreement-registered")
    assert "Cem Kowalski" in mail.subject
    [address] = re.findall(r"https?://[^/\s]+(/benefits/\d+/seats/\d+/)", mail.text)
    carla.goto(address)
    look("one account's access")
    carla.get_by_role("button", name="Withdraw access").click()
    expect(carla.get_by_text("can no longer use the agreement")).to_be_visible()
    look("withdrawn")
    picture(carla, "owner")
    cem.goto("/benefits/")
    expect(cem.locator("#unavailable")).to_contain_text("withdrawn")
    look_too("the reason")

    carla.get_by_role("navigation", name="Main").get_by_role("link", name="Activity").click()
    expect(carla.get_by_text("Only incidents need the pair of IDs.")).to_be_visible()
    look("activity")
    picture(carla, "activity")
    carla.get_by_role("link", name="How agreements are used").click()
    expect(carla.get_by_role("heading", name="2 incidents used in twelve months")).to_be_visible()
    look("use")
    picture(carla, "use")
    carla.locator("#incidents-people a").first.click()
    expect(carla.locator("tbody tr")).to_have_count(2)
    assert wrong == []
