"""A request about an online service: each choice leads to the next, then details and questions appear (WIZ-1)."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from pactdesk.cases.models import Case
from tests.journeys.conftest import Enter
from tests.journeys.steps import (
    MOVING,
    answer_the_rest,
    choose_severity,
    go_on,
    next_button,
    number_on,
    send,
)
from tests.journeys.test_everybody_can_use_it import looking_at


@pytest.mark.req("WIZ-1", "IDN-2", "IDN-3")
def test_topic_feature_and_symptom_lead_to_the_details_and_the_questions(enter: Enter) -> None:
    page = enter("carla")
    page.goto("/requests/new/")
    # Begun at another door: what was typed there comes along.
    page.locator("[name=product]").select_option("windows-server")
    page.locator("[name=summary]").fill("Mail to customers does not arrive")
    page.locator("[name=product]").select_option("exchange-online")
    door = page.locator("#choices .notice")
    expect(door).to_contain_text("Exchange Online is supported through Online services")
    expect(door).to_contain_text("You sign in with a work account of the tenant.")
    expect(door).to_contain_text("You need no plan.")
    expect(page.locator("[name=version]")).to_have_count(0)
    expect(page.locator(MOVING)).to_have_count(0)
    expect(page.locator("[name=summary]")).to_be_hidden()

    # Going on is answered by what is to be chosen next, and by nothing that has not appeared yet.
    page.get_by_label("Topic").select_option(label="Mail")
    expect(page.get_by_label("Symptom")).to_have_count(0)
    expect(page.locator(MOVING)).to_have_count(0)
    next_button(page).click()
    expect(page.locator("#id_feature_error")).to_be_visible()
    expect(page.locator("#id_summary_error")).to_have_count(0)

    page.get_by_label("Feature").select_option(label="Sending and receiving")
    symptom = page.get_by_label("Symptom")
    expect(symptom.locator("option")).to_have_count(4)
    expect(page.locator(MOVING)).to_have_count(0)
    expect(page.locator("[name=description]")).to_be_hidden()
    symptom.select_option(label="Mail is not delivered")
    expect(page.locator("[name=summary]")).to_be_visible()
    expect(page.locator("[name=summary]")).to_have_value("Mail to customers does not arrive")
    page.locator("[name=description]").fill("Since nine o'clock, to every address outside.")
    down = page.get_by_role("group", name="Is the service down?")
    down.get_by_label("No").check()
    page.get_by_role("group", name="How many users are affected?").get_by_label("All").check()
    # Another symptom asks the same: what was answered and typed stays.
    symptom.select_option(label="Mail arrives late")
    expect(page.locator(MOVING)).to_have_count(0)
    expect(down.get_by_label("No")).to_be_checked()
    wrong: list[str] = []
    looking_at(page, wrong)("step 1 of an online service")
    assert wrong == []

    go_on(page, "support")
    expect(page.locator("#plans")).to_contain_text("You need no plan.")
    choose_severity(page, "B")
    go_on(page, "contact")
    answer_the_rest(page)
    send(page)
    case = Case.objects.get(pk=number_on(page))
    assert case.answers == {"service-down": "no", "users-affected": "all"}
    page.goto(f"/requests/PD-{case.pk}/")
    expect(page.locator("main")).to_contain_text("How many users are affected?")
    expect(page.locator("main")).to_contain_text("Mail arrives late")


@pytest.mark.req("IDN-2")
def test_without_script_a_button_leads_from_choice_to_choice(enter: Enter) -> None:
    page = enter("carla", java_script_enabled=False)
    page.goto("/requests/new/")
    for name, value in (
        ("product", "intune"),
        ("category", "devices"),
        ("feature", "enrolment"),
        ("problem", "enrolment-fails"),
    ):
        page.locator(f"[name={name}]").select_option(value)
        page.locator("noscript button[value=choices]").last.click()
    page.locator("[name=summary]").fill("Telephones cannot be enrolled")
    page.locator("[name=description]").fill("They stop at the second page.")
    page.locator("[name=answer-service-down][value=no]").check()
    page.locator("[name=answer-users-affected][value=some]").check()
    page.locator("[name=answer-devices-affected]").fill("12")
    go_on(page, "support")
