"""Files on their way: chosen in step 1, sent with the request, fetched on both sides, with and without script."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from pactdesk.cases.models import Attachment
from pactdesk.cases.rules.files import PIECE
from tests import world
from tests.attachments import LOG, PNG
from tests.journeys import steps
from tests.journeys.conftest import Enter

BIG = 12 * 1024 * 1024

Papers = dict[str, Path]


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    """Two small files and a large one, as they lie on somebody's disk."""
    data = {"error.log": LOG, "Στιγμιότυπο.png": PNG, "dump.bin": os.urandom(BIG)}
    for name, content in data.items():
        (tmp_path / name).write_bytes(content)
    return {name: tmp_path / name for name in data}


@pytest.fixture
def plan(town: str) -> world.Agreement:
    world.team("support", "ines")
    return world.agreement(units=5, registered=["carla"])


def row(page: Page, name: str, state: str = "") -> Locator:
    """The row of a file in the box where files are chosen."""
    found = page.locator(f"[data-files] li.file{f'[data-state={state}]' if state else ''}")
    return found.filter(has_text=name)


def choose(page: Page, *files: Path) -> None:
    page.locator("input[type=file]:visible").set_input_files([str(each) for each in files])


def fetched(page: Page, name: str) -> bytes:
    """What a click on the file's name brings to the disk, under that name."""
    with page.expect_download() as waiting:
        page.get_by_role("link", name=name).first.click()
    assert waiting.value.suggested_filename == name
    return Path(waiting.value.path()).read_bytes()


def describe(page: Page) -> None:
    page.goto("/requests/new/")
    steps.choose_problem(page)
    steps.describe_problem(page)


def go_through_and_send(page: Page) -> int:
    """From step 2 to the number."""
    steps.answer_support(page)
    steps.go_on(page, "share")
    steps.go_on(page, "verify")
    expect(page.locator("li.file")).to_have_count(3)
    steps.go_on(page, "submit")
    steps.send(page)
    return steps.number_on(page)


def is_all_there(page: Page, number: int, papers: Papers) -> None:
    """On the request's page, byte for byte."""
    page.goto(f"/requests/PD-{number}/")
    for name, path in papers.items():
        assert fetched(page, name) == path.read_bytes()


@pytest.mark.req("WIZ-6", "REQ-2")
def test_files_chosen_in_step_1_are_fetched_from_the_request_by_both_sides(
    enter: Enter, plan: world.Agreement, papers: Papers
) -> None:
    page = enter("carla")
    describe(page)
    choose(page, papers["error.log"], papers["Στιγμιότυπο.png"])
    expect(page.locator("[data-files] li.file[data-state=ready]")).to_have_count(2)
    pieces: list[int] = []
    page.on(
        "request",
        lambda request: (
            pieces.append(int(request.headers["upload-offset"])) if request.method == "PUT" else None
        ),
    )
    choose(page, papers["dump.bin"])
    expect(row(page, "dump.bin", "ready")).to_be_visible()
    assert pieces == [0, PIECE, 2 * PIECE]
    steps.go_on(page, "support")
    number = go_through_and_send(page)
    is_all_there(page, number, papers)
    desk = enter("ines")
    desk.goto(f"/desk/requests/PD-{number}/")
    assert fetched(desk, "error.log") == LOG


@pytest.mark.req("WIZ-6")
def test_without_script_files_come_with_the_form(enter: Enter, plan: world.Agreement, papers: Papers) -> None:
    page = enter("carla", java_script_enabled=False)
    describe(page)
    choose(page, papers["error.log"], papers["dump.bin"])
    page.get_by_role("button", name="Add these files").click()
    expect(page.locator("[data-files] li.file")).to_have_count(2)
    expect(page.locator("[name=summary]")).to_have_value("Domain controllers stop replicating")
    # The last one comes with Next itself.
    choose(page, papers["Στιγμιότυπο.png"])
    steps.go_on(page, "support")
    number = go_through_and_send(page)
    is_all_there(page, number, papers)


@pytest.mark.req("WIZ-6", "WIZ-8")
def test_an_upload_that_was_interrupted_goes_on_after_the_page_is_loaded_anew(
    enter: Enter, plan: world.Agreement, papers: Papers
) -> None:
    page = enter("carla")
    describe(page)
    offsets: list[int] = []

    def break_off(route: Route) -> None:
        offset = int(route.request.headers["upload-offset"])
        offsets.append(offset)
        if offset:
            route.abort()
        else:
            route.continue_()

    page.route(
        "**/files/*/", lambda route: break_off(route) if route.request.method == "PUT" else route.continue_()
    )
    choose(page, papers["dump.bin"])
    progress = row(page, "dump.bin").locator("progress")
    expect(progress).to_have_attribute("value", str(PIECE))
    # In this order, so that the page that is left cannot try once more.
    page.reload()
    page.unroute_all(behavior="ignoreErrors")
    # The address is that of the draft by now, and what was typed stands there again.
    expect(page).to_have_url(re.compile("/requests/new/[0-9a-f-]{36}/problem/$"))
    expect(page.locator("[name=summary]")).to_have_value("Domain controllers stop replicating")
    expect(row(page, "dump.bin")).to_contain_text("choose the same file again")
    sent: list[int] = []
    page.on(
        "request",
        lambda request: (
            sent.append(int(request.headers["upload-offset"])) if request.method == "PUT" else None
        ),
    )
    choose(page, papers["dump.bin"])
    expect(row(page, "dump.bin", "ready")).to_be_visible()
    assert sent == [PIECE, 2 * PIECE], "what was there is not sent again"
    assert fetched(page, "dump.bin") == papers["dump.bin"].read_bytes()
    assert Attachment.objects.count() == 1


def test_a_connection_that_breaks_off_for_a_moment_is_not_even_noticed(
    enter: Enter, plan: world.Agreement, papers: Papers
) -> None:
    page = enter("carla")
    describe(page)
    broken: list[str] = []

    def break_once(route: Route) -> None:
        if route.request.method == "PUT" and len(broken) < 2:
            broken.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    page.route("**/files/*/", break_once)
    choose(page, papers["dump.bin"])
    expect(row(page, "dump.bin", "ready")).to_be_visible()
    assert len(broken) == 2
    expect(page.locator("#messages .notice")).to_have_count(0)
    page.unroute_all(behavior="ignoreErrors")


def test_an_upload_is_given_up_and_a_file_taken_away(
    enter: Enter, plan: world.Agreement, papers: Papers
) -> None:
    page = enter("carla")
    describe(page)
    choose(page, papers["error.log"])
    expect(row(page, "error.log", "ready")).to_be_visible()
    # The second piece never arrives.
    held: list[Route] = []
    page.route(
        "**/files/*/",
        lambda route: (
            held.append(route)
            if route.request.headers.get("upload-offset") == str(PIECE)
            else route.continue_()
        ),
    )
    choose(page, papers["dump.bin"])
    expect(row(page, "dump.bin").locator("progress")).to_have_attribute("value", str(PIECE))
    row(page, "dump.bin").get_by_role("button", name="Remove").click()
    expect(row(page, "dump.bin")).to_have_count(0)
    page.unroute_all(behavior="ignoreErrors")
    row(page, "error.log").get_by_role("button", name="Remove").click()
    expect(page.locator("[data-files] ul")).to_be_hidden()
    assert set(Attachment.objects.values_list("state", flat=True)) == {"removed"}


def test_enter_in_a_field_goes_on_and_takes_no_file_away(
    enter: Enter, plan: world.Agreement, papers: Papers
) -> None:
    page = enter("carla")
    describe(page)
    choose(page, papers["error.log"])
    expect(row(page, "error.log", "ready")).to_be_visible()
    page.locator("[name=summary]").press("Enter")
    steps.expect_step(page, "support")
    assert Attachment.objects.get().state == "ready"


def test_uploads_go_on_while_the_steps_change(enter: Enter, plan: world.Agreement, papers: Papers) -> None:
    page = enter("carla")
    describe(page)
    waiting: list[Route] = []
    page.route(
        "**/files/*/",
        lambda route: (
            waiting.append(route)
            if route.request.headers.get("upload-offset") == str(PIECE)
            else route.continue_()
        ),
    )
    choose(page, papers["dump.bin"])
    expect(row(page, "dump.bin").locator("progress")).to_have_attribute("value", str(PIECE))
    steps.go_on(page, "support")
    waiting[0].continue_()
    page.unroute_all(behavior="ignoreErrors")
    steps.answer_support(page)
    steps.go_on(page, "share")
    steps.go_on(page, "verify")
    expect(page.get_by_role("link", name="dump.bin")).to_be_visible()


@pytest.mark.parametrize("way", ["drop", "paste"])
def test_files_can_be_dropped_and_pasted(enter: Enter, plan: world.Agreement, way: str) -> None:
    page = enter("carla")
    describe(page)
    page.evaluate(
        """way => {
            const data = new DataTransfer();
            data.items.add(new File(["14:02 error 1722"], "dropped.log", { type: "text/plain" }));
            const place = document.querySelector(way === "drop" ? "[data-files]" : "[name=description]");
            const event = way === "drop"
                ? new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true })
                : new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
            place.dispatchEvent(event);
        }""",
        way,
    )
    expect(row(page, "dropped.log", "ready")).to_be_visible()


@pytest.mark.req("REQ-2")
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_files_go_with_replies_to_everybody_and_with_notes_to_the_desk(
    enter: Enter, plan: world.Agreement, papers: Papers, script: bool
) -> None:
    page = enter("carla")
    steps.answer_problem(page)
    steps.answer_support(page)
    steps.answer_the_rest(page)
    steps.send(page)
    number = steps.number_on(page)
    requester, engineer = (enter(who, java_script_enabled=script) for who in ("carla", "ines"))
    requester.goto(f"/requests/PD-{number}/")
    requester.locator("[name=text]").fill("Here is the log.")
    choose(requester, papers["error.log"])
    if script:
        expect(row(requester, "error.log", "ready")).to_be_visible()
    requester.get_by_role("button", name="Send reply").click()
    expect(requester.locator(".message", has_text="Here is the log.").locator("li.file")).to_have_count(1)
    expect(row(requester, "error.log")).to_have_count(0)

    engineer.goto(f"/desk/requests/PD-{number}/")
    engineer.locator("label[for=mode-note]").click()
    note = engineer.locator(".composer-note")
    note.locator("[name=text]").fill("Known bug, see the picture.")
    note.locator("input[type=file]").set_input_files(papers["Στιγμιότυπο.png"])
    if script:
        expect(row(engineer, "Στιγμιότυπο.png", "ready")).to_be_visible()
    note.get_by_role("button", name="Keep note").click()
    expect(engineer.locator(".message.note").locator("li.file")).to_have_count(1)
    assert fetched(engineer, "error.log") == LOG
    requester.reload()
    expect(requester.locator("body")).not_to_contain_text("Στιγμιότυπο.png")
    assert fetched(requester, "error.log") == LOG
