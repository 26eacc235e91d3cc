"""The page may change around somebody who is typing; what was typed stays."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from pactdesk.catalog import queries as catalog
from tests import world
from tests.doors.guided import Guided
from tests.journeys.conftest import Enter


def hold(page: Page) -> list[Route]:
    """Keeps the answers about choices on their way until they are let go."""
    held: list[Route] = []
    page.route(re.compile("part=choices"), lambda route: held.append(route))
    return held


def let_go(page: Page, held: list[Route]) -> None:
    with page.expect_response(re.compile("part=choices")):
        for route in held:
            route.continue_()
    page.unroute_all()
    # Asked from outside: a wait inside the page is code from text, which its policy forbids.
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)


@pytest.mark.req("AGR-3", "WIZ-2")
def test_a_pair_is_typed_while_a_choice_is_on_its_way(enter: Enter) -> None:
    world.agreement(registered=["carla"])
    guided = Guided("carla")
    guided.begin()
    page = enter("carla")
    page.goto(guided.url("support"))
    held = hold(page)
    page.locator("#add-agreement summary").click()
    page.get_by_label("Access ID").fill("0230242323")
    page.get_by_label("Contract ID").fill("0011 22")
    assert not held, "typing asks for nothing"

    page.get_by_role("radio", name="Work is badly slowed").check()
    page.get_by_label("Contract ID").press("End")
    page.keyboard.type("33")
    let_go(page, held)
    expect(page.locator(".promise")).to_contain_text("First answer by")
    expect(page.get_by_label("Access ID")).to_have_value("0230242323")
    expect(page.get_by_label("Contract ID")).to_have_value("0011 2233")
    # The place where one types is still unfolded, and mistakes in it are told.
    page.get_by_role("button", name="Add this agreement").click()
    expect(page.get_by_role("alert")).to_contain_text("We do not know this pair")
    expect(page.get_by_label("Contract ID")).to_have_value("0011 2233")


@pytest.mark.req("SEV-4", "WIZ-2")
def test_a_night_contact_is_typed_while_a_choice_is_on_its_way(enter: Enter) -> None:
    world.agreement(registered=["carla"])
    guided = Guided("carla")
    guided.begin()
    page = enter("carla")
    page.goto(guided.url("support"))
    held = hold(page)
    page.get_by_role("radio", name="Business is stopped").check()
    page.get_by_label("Who can we call day and night?").press_sequentially("Night desk")
    page.get_by_label("That person's phone number").press_sequentially("+30 210 12")
    let_go(page, held)
    expect(page.locator(".promise")).to_contain_text("First answer by")
    expect(page.get_by_label("That person's phone number")).to_be_focused()
    page.keyboard.type("3 9999")
    page.get_by_label("I confirm that this person answers day and night").check()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Who should we talk to?")
    assert guided.answers["support"]["night_name"] == "Night desk"
    assert guided.answers["support"]["night_phone"] == "+30 21 0123 9999"


@pytest.mark.req("SEV-4")
def test_a_night_contact_is_asked_for_only_where_day_and_night_is_chosen(enter: Enter) -> None:
    world.agreement(registered=["carla"])
    guided = Guided("carla")
    guided.begin()
    page = enter("carla")
    page.goto(guided.url("support"))
    name = page.get_by_label("Who can we call day and night?")
    expect(name).to_be_hidden()
    page.get_by_role("radio", name="Business is stopped").check()
    expect(name).to_be_visible()
    page.get_by_label("In business hours").check()
    expect(name).to_be_hidden()
    page.get_by_label("Day and night, until it is solved").check()
    expect(name).to_be_visible()


@pytest.mark.req("WIZ-2")
def test_the_last_of_several_quick_choices_counts(enter: Enter) -> None:
    """Going down the severities by arrow keys is quicker than any answer."""
    world.agreement(registered=["carla"])
    guided = Guided("carla")
    guided.begin()
    page = enter("carla")
    page.goto(guided.url("support"))
    page.route(re.compile("part=choices"), lambda route: (page.wait_for_timeout(150), route.continue_()))
    page.get_by_role("radio", name="Business is stopped").check()
    page.get_by_role("radio", name="Business is stopped").focus()
    page.keyboard.press("ArrowDown")  # to the hours that belong to it
    for severity in ("C", "B", "A", "B"):
        page.locator(f"[name=severity][value={severity}]").check()
    expect(page.locator(".promise")).to_contain_text("News from us at least every business day")
    expect(page.locator("[name=severity][value=B]")).to_be_checked()
    expect(page.locator("#support-choices")).to_have_count(1)


@pytest.mark.req("WIZ-1")
def test_a_list_is_not_taken_from_under_the_hand_that_goes_down_it(enter: Enter) -> None:
    world.catalogue()
    page = enter("carla")
    page.goto("/requests/new/?product=windows-server")
    category = page.get_by_label("Category")
    category.focus()
    for _press in range(5):
        page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Problem", exact=True)).to_be_visible()
    expect(category).to_be_focused()
    fifth = category.locator("option").nth(5).get_attribute("value") or ""
    expect(category).to_have_value(fifth)
    page.wait_for_load_state("networkidle")
    expect(category).to_have_value(fifth)
    # The problems are those of the category that stands there in the end.
    problems = page.get_by_label("Problem", exact=True).locator("option")
    known = [each.code for each in catalog.current().categories[fifth].offered_problems]
    assert [problem.get_attribute("value") for problem in problems.all()] == ["", *known]


@pytest.mark.req("ELI-10")
def test_a_way_out_leads_to_its_page_and_not_into_the_part_around_it(enter: Enter) -> None:
    cloud = world.agreement("signature-cloud-support", registered=["carla"])
    world.agreement(registered=["carla"])
    guided = Guided("carla")
    guided.begin()
    page = enter("carla")
    page.goto(guided.url("support"))
    page.get_by_role("radio", name="Work is badly slowed").check()
    expect(page.locator(".promise")).to_be_visible()
    page.locator("#plans summary").first.click()
    page.locator(".unusable > li").filter(has_text=cloud.access_id).get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tell us about the problem")
    expect(page).to_have_url(re.compile("/problem/$"))


@pytest.mark.req("LOC-1")
def test_the_language_is_switched_in_the_step_that_is_shown(enter: Enter) -> None:
    world.agreement(registered=["carla"])
    guided = Guided("carla")
    guided.begin()
    page = enter("carla")
    page.goto(guided.url("problem"))
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tell us about the support you need")
    page.locator(".menu-display summary").click()
    page.get_by_role("button", name="Ελληνικά").click()
    expect(page.locator("html")).to_have_attribute("lang", "el")
    expect(page).to_have_url(re.compile("/support/$"))


@pytest.mark.req("WIZ-1")
def test_a_product_that_is_chosen_before_the_scripts_came_leads_on(enter: Enter) -> None:
    world.catalogue()
    page, held = enter("carla"), []
    page.route(re.compile(r"/pactdesk[.\w]*\.js$"), lambda route: held.append(route))
    page.goto("/requests/new/", wait_until="commit")
    page.get_by_label("Product").select_option("windows-server")
    expect(page.get_by_label("Version")).to_have_count(0)
    for route in held:
        route.continue_()
    page.get_by_label("Version").select_option("2022")
