"""The page may change around somebody who is typing; what was typed stays."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

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
    page.wait_for_function("!document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')")


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
