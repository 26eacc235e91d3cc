"""Script is a comfort: the whole way works without it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from pactdesk.agreements.models import Agreement
from pactdesk.agreements.rules import grouped
from pactdesk.cases.models import Case
from tests import world
from tests.journeys.conftest import Enter
from tests.journeys.steps import (
    accept_terms,
    add_agreement,
    answer_problem,
    choose_severity,
    expect_step,
    go_on,
    next_button,
    number_on,
    sign_in,
)


@pytest.mark.req("WIZ-1", "WIZ-2", "WIZ-3", "WIZ-4", "WIZ-5", "WIZ-6", "AGR-3")
def test_the_whole_way_works_without_script(enter: Enter) -> None:
    agreement = world.agreement(owner="nora")
    page = enter(java_script_enabled=False)
    sign_in(page, world.person("carla"))
    page.set_viewport_size({"width": 360, "height": 780})
    page.locator(".menu-main summary").click()
    page.get_by_role("link", name="Benefits").click()
    expect(page).to_have_url(re.compile("/benefits/$"))
    page.set_viewport_size({"width": 1280, "height": 720})
    answer_problem(page)

    # A mistake is told where it was made, and nothing that was chosen is lost.
    page.locator("[name=country]").select_option("CY")
    add_agreement(page, "123 abc", grouped(agreement.contract_id))
    expect(page.locator("#id_access_id_error")).to_be_visible()
    expect(page.locator("[name=access_id]")).to_have_value("123 abc")
    expect(page.locator("[name=country]")).to_have_value("CY")

    add_agreement(page, grouped(agreement.access_id), grouped(agreement.contract_id))
    expect(page.get_by_text("The agreement is added to your account.")).to_be_visible()
    expect(page.get_by_role("radio", name=agreement.access_id)).to_be_checked()
    expect(page.locator("[name=country]")).to_have_value("CY")

    # The contact for day and night shows while the critical severity is chosen, by style alone.
    expect(page.locator("[name=night_name]")).to_be_hidden()
    page.locator("[name=severity][value=A]").check()
    expect(page.locator("[name=night_name]")).to_be_visible()
    choose_severity(page, "B")
    go_on(page, "contact")
    go_on(page, "share")

    page.locator("[name=name]").fill("Cem Kowalski")
    page.locator("[name=email]").fill("cem@baltic-sails.example")
    page.locator("button[value=add]").click()
    expect(page.get_by_role("button", name="Remove Cem Kowalski")).to_be_visible()
    go_on(page, "verify")
    expect(page.get_by_text("cem@baltic-sails.example")).to_be_visible()
    go_on(page, "submit")

    next_button(page).click()
    expect(page.locator("#id_terms_accepted_error")).to_be_visible()
    expect_step(page, "submit")
    accept_terms(page)
    go_on(page, "confirmation")
    case = Case.objects.get()
    assert number_on(page) == case.pk
    assert Agreement.objects.get(pk=agreement.id).units_left == 19
    page.get_by_role("link", name="Open the request").click()
    expect(page.get_by_text("Cem Kowalski")).to_be_visible()
