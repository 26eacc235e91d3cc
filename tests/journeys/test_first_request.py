"""The main story: somebody who has never been here gets a support request in."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from pactdesk.accounts.models import Account
from pactdesk.agreements.models import Agreement
from pactdesk.agreements.rules import grouped
from pactdesk.cases.models import Case
from pactdesk.notifications.models import OutgoingMail
from tests import world
from tests.doors.visitors import account
from tests.journeys.conftest import Enter, run_jobs


def tell_the_problem(page: Page, summary: str = "Domain controllers stop replicating") -> None:
    """Step 1, chosen and typed as people do."""
    page.get_by_label("Product").select_option("windows-server")
    page.get_by_label("Version").select_option("2022")
    page.get_by_label("As an IT professional").check()
    page.get_by_label("Category").select_option("directory")
    page.get_by_label("Problem", exact=True).select_option(index=1)
    page.get_by_label("Summary").fill(summary)
    page.get_by_label("Description").fill("Since Tuesday the second controller reports error 1722.")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tell us about the support you need")


def go_through_the_middle(page: Page) -> None:
    """From the third step to the last."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Who should we talk to?")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Who else should see this request?")
    page.get_by_role("button", name="Next").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check what you told us")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Submit your request")


@pytest.mark.req("IDN-1", "AGR-3", "AGR-6", "WIZ-1", "WIZ-2", "WIZ-3", "WIZ-4", "WIZ-5", "WIZ-6")
def test_somebody_new_signs_in_registers_an_agreement_and_holds_a_number_and_a_mail(enter: Enter) -> None:
    agreement = world.agreement(owner="nora")
    petra = account("petra")
    page = enter()
    page.goto("/")
    page.get_by_role("link", name="Sign in").first.click()
    page.locator("input[name=login]").fill(petra.email)
    page.get_by_label("Password").fill(world.PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    # The profile comes first, once.
    expect(page.get_by_role("heading", level=1)).to_have_text("Complete your profile")
    page.get_by_label("Country").select_option("CZ")
    page.get_by_label("Phone").fill("+420 601 987 654")
    page.get_by_label("Time zone").select_option("Europe/Prague")
    page.get_by_role("button", name="Save profile").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello Petra")

    page.get_by_role("link", name="Start a request").first.click()
    tell_the_problem(page)

    # Petra has no plan yet, and adds one without leaving the request.
    expect(page.locator("#plans")).to_contain_text("Add an agreement")
    page.get_by_label("Access ID").fill(grouped(agreement.access_id))
    page.get_by_label("Contract ID").fill(grouped(agreement.contract_id))
    page.get_by_role("button", name="Add this agreement").click()
    plan = page.get_by_role("radio", name=agreement.access_id)
    expect(plan).to_be_checked()
    expect(page.get_by_text("20 of 20 incidents left")).to_be_visible()

    page.get_by_role("radio", name="Work is badly slowed").check()
    promise = page.get_by_role("region", name="If you send now").or_(page.locator(".promise"))
    expect(promise).to_contain_text("First answer by")
    expect(promise).to_contain_text("(Prague)")
    page.get_by_role("button", name="Next").click()
    go_through_the_middle(page)
    expect(page.locator(".promise")).to_contain_text("19 will be left")
    assert not Case.objects.exists()
    assert Agreement.objects.get(pk=agreement.id).units_left == 20

    page.get_by_label("I accept the service agreement").check()
    page.get_by_role("button", name="Send request").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("We have your request PD-")
    case = Case.objects.get()
    expect(page.get_by_text(f"PD-{case.pk}").first).to_be_visible()
    expect(page.get_by_text("B · Work is badly slowed")).to_be_visible()
    assert Agreement.objects.get(pk=agreement.id).units_left == 19

    # The request is there, and the statement says where the incident went.
    page.get_by_role("link", name="Open the request").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Domain controllers stop replicating")
    page.get_by_role("link", name="Benefits").click()
    page.get_by_role("link", name=re.compile(agreement.access_id)).click()
    line = page.get_by_role("row").filter(has_text=f"PD-{case.pk}")
    expect(line).to_contain_text("−1")
    expect(line).to_contain_text("19")

    # And a mail is on its way, to the primary contact and nobody else. The owner is told of who added the agreement.
    run_jobs()
    [of_owner] = OutgoingMail.objects.exclude(to_address=petra.email)
    assert (of_owner.to_address, petra.email in of_owner.text) == (world.person("nora").email, True)
    letter = OutgoingMail.objects.get(to_address=petra.email)
    assert f"PD-{case.pk}" in letter.subject
    assert "(Prague)" in letter.text
    assert Account.objects.get(pk=petra.pk).profile_completed_at is not None


@pytest.mark.req("WIZ-8", "AGR-10")
def test_a_double_click_on_send_makes_one_request_and_the_back_button_leads_to_it(enter: Enter) -> None:
    agreement = world.agreement(units=5, registered=["carla"])
    page = enter("carla")
    page.goto("/requests/new/")
    tell_the_problem(page)
    page.get_by_role("radio", name="Work is badly slowed").check()
    page.get_by_role("button", name="Next").click()
    go_through_the_middle(page)
    page.get_by_label("I accept the service agreement").check()
    page.get_by_role("button", name="Send request").dblclick()
    expect(page.get_by_role("heading", level=1)).to_contain_text("We have your request PD-")
    assert Case.objects.count() == 1
    assert Agreement.objects.get(pk=agreement.id).units_left == 4

    page.go_back()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("We have your request PD-")
    assert Case.objects.count() == 1
