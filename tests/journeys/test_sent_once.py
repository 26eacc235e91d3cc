"""However often somebody sends, there is one request and one deduction."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Route, expect

from pactdesk.agreements.models import Agreement
from pactdesk.cases.models import Case
from tests import world
from tests.journeys.conftest import Enter
from tests.journeys.steps import accept_terms, expect_step, next_button, number_on, send, up_to_sending


@pytest.fixture
def agreement(town: str) -> world.Agreement:
    """Carla's, with five incidents."""
    return world.agreement(units=5, registered=["carla"])


def expect_one_request(agreement: world.Agreement) -> Case:
    """One deduction, too; answers the request."""
    case = Case.objects.get()
    assert Agreement.objects.get(pk=agreement.id).units_left == 4
    return case


@pytest.mark.req("WIZ-6", "AGR-10")
def test_a_double_click_without_script_sends_one_request(enter: Enter, agreement: world.Agreement) -> None:
    """Script holds the second click back; without it both reach the server at the same time."""
    page = enter("carla", java_script_enabled=False)
    up_to_sending(page)
    next_button(page).dblclick()
    expect_step(page, "confirmation")
    assert number_on(page) == expect_one_request(agreement).pk


@pytest.mark.req("WIZ-6", "AGR-10")
def test_a_page_that_was_still_open_sends_the_same_request_again(
    enter: Enter, agreement: world.Agreement
) -> None:
    page = enter("carla")
    up_to_sending(page)
    second = page.context.new_page()
    second.goto(page.url)
    accept_terms(second)

    send(page)
    number = number_on(page)
    next_button(second).click()
    expect_step(second, "confirmation")
    assert number_on(second) == number == expect_one_request(agreement).pk


@pytest.mark.req("WIZ-6", "AGR-10")
def test_the_back_button_leads_to_the_request_that_was_sent(enter: Enter, agreement: world.Agreement) -> None:
    page = enter("carla")
    up_to_sending(page)
    address = page.url
    send(page)
    number = number_on(page)
    page.go_back()
    # The browser shows what it remembers, or asks again; either way there is nothing that could be sent twice.
    if page.url == address and next_button(page).is_visible():
        accept_terms(page)
        next_button(page).click()
    expect_step(page, "confirmation")
    assert number_on(page) == number
    page.goto(address.replace("/submit/", "/problem/"))
    expect_step(page, "confirmation")
    assert number == expect_one_request(agreement).pk


@pytest.mark.req("WIZ-6", "AGR-10")
def test_an_answer_that_was_lost_on_its_way_is_had_by_sending_again(
    enter: Enter, agreement: world.Agreement
) -> None:
    page = enter("carla")
    up_to_sending(page)
    address = page.url
    lost: list[str] = []

    def lose(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            answer = route.fetch(max_redirects=0)
            lost.append(answer.headers["location"])
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(re.compile("/submit/$"), lose)
    next_button(page).click()
    expect(page).to_have_url(re.compile("^chrome-error:"))
    case = expect_one_request(agreement)
    assert lost == [f"/requests/PD-{case.pk}/confirmation/"]

    page.goto(address)
    expect_step(page, "confirmation")
    assert number_on(page) == expect_one_request(agreement).pk
