"""Files on their way: chosen in step 1, sent with the request, fetched from it, with and without script."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pactdesk.cases.models import Attachment, Case
from tests import world
from tests.attachments import LOG, PNG
from tests.journeys import steps
from tests.journeys.conftest import Enter

BIG = 12 * 1024 * 1024


@pytest.fixture
def papers(tmp_path: Path) -> dict[str, Path]:
    """Two small files and a large one, as they lie on somebody's disk."""
    data = {"error.log": LOG, "Στιγμιότυπο.png": PNG, "dump.bin": os.urandom(BIG)}
    for name, content in data.items():
        (tmp_path / name).write_bytes(content)
    return {name: tmp_path / name for name in data}


def box(page: Page):
    return page.locator("[data-files]")


def row(page: Page, name: str):
    return page.locator("li.file").filter(has_text=name)


def fetched(page: Page, name: str) -> bytes:
    with page.expect_download() as waiting:
        page.get_by_role("link", name=name).first.click()
    assert waiting.value.suggested_filename == name
    return Path(waiting.value.path()).read_bytes()


@pytest.mark.req("WIZ-6")
def test_files_are_chosen_in_step_1_and_are_there_in_the_end(enter: Enter, papers: dict[str, Path]) -> None:
    world.agreement(units=5, registered=["carla"])
    page = enter("carla")
    page.goto("/requests/new/")
    steps.choose_problem(page)
    steps.describe_problem(page)
    chooser = page.locator("input[type=file]")
    chooser.set_input_files([papers["error.log"], papers["Στιγμιότυπο.png"]])
    expect(box(page).locator("li.file[data-state=ready]")).to_have_count(2)
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.method) if request.method == "PUT" else None)
    chooser.set_input_files(papers["dump.bin"])
    expect(row(page, "dump.bin").and_(page.locator("[data-state=ready]"))).to_be_visible()
    assert len(seen) == 3, "12 MB come in three pieces"
    # The page is found again, with what was typed.
    steps.go_on(page, "support")
    steps.answer_support(page)
    steps.go_on(page, "share")
    steps.go_on(page, "verify")
    expect(page.locator("li.file")).to_have_count(3)
    steps.go_on(page, "submit")
    steps.send(page)
    number = steps.number_on(page)
    assert Attachment.objects.filter(case_id=number, state="ready").count() == 3
    assert Case.objects.count() == 1
