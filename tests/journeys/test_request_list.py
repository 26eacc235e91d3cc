"""Somebody with many requests finds the one that is wanted: by words, filters and pages, by keyboard, on a phone."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from pactdesk.cases.models import Case
from pactdesk.cases.queries.lists import PAGE
from pactdesk.cases.services.indexing import index_case
from tests import queues, world
from tests.conversations import answers, closes, sent
from tests.journeys.conftest import Enter
from tests.journeys.test_everybody_can_use_it import looking_at, tab_to

pytestmark = pytest.mark.req("REQ-1")


@pytest.fixture
def wanted(town: str) -> Case:
    """The one that is looked for, and an older one, closed."""
    plan = world.agreement(units=5, registered=["carla"])
    at = timezone.now() - timedelta(hours=2)
    closed = sent(plan, at=at, summary="Scanning fails")
    closes(closed)
    wanted = sent(plan, at=at, severity="C", summary="Printing fails", description="Labels come out blank.")
    for each in (closed, wanted):
        index_case(each.pk)
    return wanted


def rows(page: Page) -> Locator:
    return page.locator(".table-rows tbody tr")


def row(page: Page, case: Case) -> Locator:
    return rows(page).filter(has_text=f"PD-{case.pk}")


def is_new(rows: Locator) -> Locator:
    return rows.get_by_text("New", exact=True)


def test_the_one_is_found_among_many(enter: Enter, wanted: Case) -> None:
    queues.copies(wanted, PAGE + 3, severity="B", summary="Copy")
    page = enter("carla")
    page.goto("/requests/")
    expect(rows(page)).to_have_count(PAGE)
    expect(row(page, wanted)).to_have_count(0)
    page.get_by_role("link", name="Older").click()
    expect(rows(page)).to_have_count(4)
    expect(is_new(row(page, wanted))).to_have_count(0)
    page.get_by_role("link", name="Newer").click()
    expect(rows(page)).to_have_count(PAGE)

    # What is said last comes first, and is new until it was looked at.
    answers(wanted, "Which driver is it?")
    page.reload()
    expect(rows(page).first).to_contain_text(f"PD-{wanted.pk}")
    expect(is_new(rows(page).first)).to_be_visible()
    with page.expect_response(re.compile("/seen/$")):
        rows(page).first.get_by_role("link").click()
    page.get_by_role("link", name="Requests").last.click()
    expect(is_new(row(page, wanted))).to_have_count(0)

    page.get_by_label("Search your requests").fill("blank labels")
    page.get_by_role("button", name="Search").click()
    expect(rows(page)).to_have_count(1)
    expect(row(page, wanted)).to_be_visible()
    expect(page.get_by_label("Search your requests")).to_have_value("blank labels")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download this list as CSV").click()
    kept = list(csv.reader(Path(waiting.value.path()).read_text("utf-8-sig").splitlines()))
    assert [line[0] for line in kept[1:]] == [f"PD-{wanted.pk}"]
    page.get_by_label("Search your requests").fill("scanning")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("No requests match “scanning”")).to_be_visible()
    page.get_by_role("link", name="Closed requests").click()
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("Scanning fails")

    page.goto("/requests/")
    page.get_by_text("Filters", exact=True).click()
    page.get_by_label("Severity").select_option("C")
    page.get_by_role("button", name="Apply filters").click()
    expect(rows(page)).to_have_count(1)
    # What narrows the list stays in sight.
    expect(page.get_by_label("Severity")).to_have_value("C")
    expect(page.get_by_label("Severity")).to_be_visible()
    page.get_by_role("link", name="Clear filters").click()
    expect(rows(page)).to_have_count(PAGE)


def test_it_is_found_by_keyboard_alone_and_every_state_is_accessible(enter: Enter, wanted: Case) -> None:
    wrong: list[str] = []
    page = enter("olaf", reduced_motion="reduce")
    look = looking_at(page, wrong)
    page.goto("/requests/")
    expect(page.get_by_text("You have no open requests")).to_be_visible()
    look("no requests")
    page.goto("/requests/?show=closed")
    expect(page.get_by_text("No closed requests")).to_be_visible()

    page = enter("carla", reduced_motion="reduce")
    look = looking_at(page, wrong)
    answers(wanted, "Which driver is it? " + "d" * 100)
    page.goto("/requests/?severity=C")
    expect(is_new(rows(page))).to_be_visible()
    look("something new, filtered")
    page.goto("/requests/?show=closed")
    look("closed")
    page.goto("/requests/")
    tab_to(page, "[name=q]")
    page.keyboard.type("nowhere " + "w" * 80)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q=nowhere"))
    look("nothing found")
    page.goto("/requests/")
    tab_to(page, "[name=q]")
    page.keyboard.type("labels")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q=labels"))
    tab_to(page, ".table-rows a")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Printing fails")
    assert not wrong, "\n".join(wrong)
