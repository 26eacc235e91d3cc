"""Some plans cannot pay: the page says why, one by one, and how to go on."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests import world
from tests.journeys.conftest import Enter
from tests.journeys.steps import MOVING, answer_problem, choose_severity, expect_step, go_on

# Past its mainstream support, and long in extended support.
OLDER = {"version": "2019"}


@pytest.mark.req("ELI-1", "ELI-2", "ELI-3", "ELI-5", "ELI-6", "ELI-7", "ELI-10")
def test_plans_that_cannot_pay_unfold_with_every_reason_and_a_way_out(enter: Enter) -> None:
    world.administrator(
        "carla"
    )  # for the cloud product: who administers a tenant administers the applications in it
    usable = world.agreement(units=3, registered=["carla"])
    ended = world.ended_agreement(units=0, registered=["carla"])
    used_up = world.agreement(units=0, registered=["carla"])
    cloud = world.agreement("signature-cloud-support", registered=["carla"])
    mainstream = world.agreement("visual-studio-subscription-4", registered=["carla"])
    page = enter("carla")
    answer_problem(page, **OLDER)

    plans = page.locator("#plans")
    expect(plans.get_by_role("radio")).to_have_count(1)
    expect(plans.get_by_role("radio", name=usable.access_id)).to_be_checked()

    folded = plans.locator("details", has_text="Plans that cannot be used")
    expect(folded.get_by_role("listitem").first).to_be_hidden()
    folded.locator("summary").click()
    expect(folded).to_contain_text("for carla@olive-grove-foods.example")
    entries = folded.locator(".unusable > li")
    expect(entries).to_have_count(4)
    for plan, sentences in (
        (ended, ("Its benefits ended on", "No incidents are left on it.")),
        (used_up, ("No incidents are left on it.",)),
        (cloud, ("It covers cloud products only",)),
        (mainstream, ("mainstream support",)),
    ):
        entry = entries.filter(has_text=plan.access_id)
        reasons = entry.get_by_role("listitem")
        expect(reasons).to_have_count(len(sentences))
        for reason, sentence in zip(reasons.all(), sentences, strict=True):
            expect(reason).to_contain_text(sentence)
            expect(reason.get_by_role("link")).to_be_visible()

    # The way out of a plan for cloud products leads back to the first step of this very draft.
    draft = page.url.removesuffix("support/")
    entries.filter(has_text=cloud.access_id).get_by_role("link").click()
    expect_step(page, "problem")
    expect(page).to_have_url(f"{draft}problem/")
    expect(page.locator("[name=version]")).to_have_value("2019")

    # Of a cloud product it is the other way round.
    for name, value in (
        ("product", "business-central"),
        ("category", "business-application"),
        ("problem", "process-fails"),
    ):
        page.locator(f"[name={name}]").select_option(value)
        expect(page.locator(MOVING)).to_have_count(0)
    page.locator("[name=answer-environment]").fill("Production")
    page.locator("[name=answer-environment-kind][value=production]").check()
    go_on(page, "support")
    expect(plans.get_by_role("radio")).to_have_count(1)
    expect(plans.get_by_role("radio", name=cloud.access_id)).to_be_visible()
    folded.locator("summary").click()
    expect(entries.filter(has_text=usable.access_id)).to_contain_text("on-premises products")


@pytest.mark.req("ELI-1", "WIZ-2")
def test_somebody_without_a_usable_plan_is_told_so_and_cannot_go_on(enter: Enter) -> None:
    world.ended_agreement(registered=["carla"])
    page = enter("carla")
    answer_problem(page)
    expect(page.get_by_text("None of your plans can pay for this request")).to_be_visible()
    expect(page.locator("#plans").get_by_role("radio")).to_have_count(0)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("alert").first).to_be_focused()
    expect_step(page, "support")


@pytest.mark.req("WIZ-2", "SEV-4")
def test_only_the_critical_severity_offers_day_and_night(enter: Enter) -> None:
    world.agreement(units=3, registered=["carla"])
    page = enter("carla")
    answer_problem(page)
    around_the_clock = page.locator("[name=hours][value='24x7']")
    for severity in ("C", "B"):
        choose_severity(page, severity)
        expect(around_the_clock).to_be_hidden()
        expect(page.locator(".promise")).to_contain_text("Counted in the business hours of")

    choose_severity(page, "A")
    expect(around_the_clock).to_be_checked()
    expect(page.locator(".promise")).not_to_contain_text("business hours")
    # Day and night help needs somebody who can be called day and night.
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#id_night_name_error")).to_be_visible()
    expect(page.locator("#id_night_phone_error")).to_be_visible()
    page.get_by_label("Who can we call day and night?").fill("Night desk")
    page.get_by_label("That person's phone number").fill("210 123 9999")
    page.get_by_label("I confirm that this person answers day and night").check()
    go_on(page, "contact")
    expect(page.get_by_label(re.compile("^Name"))).to_have_value("Carla Papadaki")
