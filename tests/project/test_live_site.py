"""The browser of the journeys sees the site, and the site sees the data of the test."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from pactdesk.accounts.models import Account


def test_a_page_is_shown_with_its_style(page: Page, live_site: str) -> None:
    answer = page.goto(f"{live_site}/accounts/login/")
    assert answer is not None
    assert answer.status == 200
    assert page.evaluate("[...document.styleSheets].some(sheet => sheet.cssRules.length > 0)")


def test_what_a_test_has_written_is_there_for_the_browser(page: Page, live_site: str) -> None:
    Account.objects.create_user(
        "petra@vltava.example", "a-long-password", first_name="Petra", last_name="Nová"
    )
    page.goto(f"{live_site}/accounts/login/")
    page.locator("input[name=login]").fill("petra@vltava.example")
    page.locator("input[name=password]").fill("not-her-password")
    page.locator("input[name=password]").press("Enter")
    page.get_by_role("alert").first.wait_for()


@pytest.mark.django_db(transaction=True)
def test_a_job_may_be_left_waiting() -> None:
    app.configure_task("somebody.does_it", allow_unknown=True).defer()
    assert ProcrastinateJob.objects.exists()


def test_the_next_test_finds_an_empty_house(live_site: str) -> None:
    assert not Account.objects.exists()
    assert not ProcrastinateJob.objects.exists()
