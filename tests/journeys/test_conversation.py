"""Requester and engineer talk until it is solved: with script and without, by keyboard, on a phone, in the dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from pactdesk.agreements.models import Agreement
from pactdesk.cases.models import Case, Contact, Message
from pactdesk.cases.queries.invitations import invitation_letter
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.rules.status import Move
from pactdesk.cases.services import contacts
from tests import world
from tests.attachments import LOG
from tests.conversations import answers, closes, says, sent
from tests.journeys.conftest import Enter
from tests.journeys.steps import sign_in
from tests.journeys.test_everybody_can_use_it import looking_at, tab_to

HERE = re.compile(r"/requests/PD-\d+/(#reply)?$")


@pytest.fixture
def plan(town: str) -> world.Agreement:
    return world.agreement(units=3, registered=["carla"])


@pytest.fixture
def case(plan: world.Agreement) -> Case:
    return sent(plan, share=("cem",))


def go_to(page: Page, case: Case, rest: str = "") -> None:
    page.goto(f"/requests/PD-{case.pk}/{rest}")


def status(page: Page, words: str) -> None:
    expect(page.locator("#request-status")).to_have_text(words)


def take_from_the_queue(page: Page, case: Case) -> None:
    """As an engineer does: choose it among those that nobody owns, and open it from the own ones."""
    page.goto("/desk/?view=unassigned")
    page.get_by_role("checkbox", name=f"Select PD-{case.pk}").check()
    page.get_by_role("button", name="Assign to me").click()
    expect(page.get_by_text("1 request is yours now.")).to_be_visible()
    page.get_by_role("link", name="Mine").click()
    page.get_by_role("link", name=f"PD-{case.pk}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(case.summary)


def leave_note(page: Page, text: str) -> None:
    page.locator("label[for=mode-note]").click()
    page.locator("#note-text").fill(text)
    page.get_by_role("button", name="Keep note").click()
    expect(page.locator(".message.note").last).to_contain_text(text)


def write(page: Page, text: str, button: str) -> None:
    page.locator("label[for=mode-reply]").click()
    page.locator("#reply-text").fill(text)
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.locator(".message-body").get_by_text(text)).to_be_visible()


@pytest.mark.req("REQ-2", "AGR-6")
def test_requester_and_engineer_talk_until_it_is_solved(
    enter: Enter, case: Case, plan: world.Agreement, tmp_path: Path
) -> None:
    carla, ines = enter("carla"), enter("ines", viewport={"width": 1400, "height": 900})
    go_to(carla, case)
    status(carla, "Waiting on us")
    take_from_the_queue(ines, case)
    leave_note(ines, "Known bug 4711")
    write(ines, "Which version is it?", "Send and wait for the requester")

    carla.reload()
    status(carla, "Waiting for you")
    expect(carla.locator("main")).to_contain_text("Assigned to Ines Moreau")
    expect(carla.locator("#question")).to_contain_text("Which version is it?")
    carla.locator("#question").get_by_role("link", name="Answer").click()
    (tmp_path / "error.log").write_bytes(LOG)
    carla.locator("#reply input[type=file]").set_input_files(tmp_path / "error.log")
    expect(carla.locator("#reply li.file[data-state=ready]")).to_have_count(1)
    carla.get_by_label("Your reply").fill("Version 3,\n  as it says.")
    carla.get_by_role("button", name="Send reply").click()
    said = carla.locator(".message").last
    expect(said).to_contain_text("Version 3,")
    expect(said.get_by_role("link", name="error.log")).to_be_visible()
    # Only the parts that changed came, and the reader is where the own words stand.
    expect(said).to_be_focused()
    expect(carla).to_have_url(HERE)
    expect(carla.get_by_text("Your reply is sent.")).to_be_visible()
    status(carla, "In progress")
    expect(carla.locator("#question section")).to_have_count(0)
    expect(carla.get_by_label("Your reply")).to_have_value("")
    assert Message.objects.get(side="requester").text == "Version 3,\n  as it says."

    ines.reload()
    expect(ines.locator(".message").last.get_by_role("link", name="error.log")).to_be_visible()
    write(ines, "The product is at fault; this update helps.", "Send and resolve")
    carla.reload()
    status(carla, "Solved")
    ines.get_by_role("link", name="Close", exact=True).click()
    ines.locator("[name=outcome][value=non-decrement]").check()
    ines.locator("[name=cause]").select_option("product-fault")
    ines.locator("[name=reason]").fill("Mended in the next update.")
    ines.get_by_role("button", name="Close the request").click()
    expect(ines.get_by_text("is closed. 1 incident was given back.")).to_be_visible()

    carla.reload()
    status(carla, "Closed")
    closed = carla.locator(".timeline")
    expect(closed).to_contain_text("It does not count, because the product was at fault.")
    expect(closed).to_contain_text("Mended in the next update.")
    expect(closed).to_contain_text("1 incident was given back.")
    expect(carla.locator("main")).not_to_contain_text("4711")
    assert last_on_statement(carla, plan) == (f"PD-{case.pk}", "+1", "3")

    go_to(carla, case)
    carla.get_by_role("link", name="Reopen this request").click()
    expect(carla.locator(".promise")).to_contain_text("2 incidents will be left.")
    carla.get_by_label("What is not solved?").fill("It is back.")
    carla.get_by_role("button", name="Reopen the request").click()
    status(carla, "In progress")
    expect(carla.get_by_text("The request is open again. 1 incident was deducted again.")).to_be_visible()
    assert last_on_statement(carla, plan) == (f"PD-{case.pk}", "−1", "2")
    ines.reload()
    expect(ines.locator(".timeline")).to_contain_text("It is back.")

    go_to(carla, case)
    carla.get_by_role("link", name="Close this request").click()
    carla.get_by_label("Why can it be closed?").fill("A restart helped.")
    carla.get_by_role("button", name="Close the request").click()
    status(carla, "Closed")
    expect(carla.locator(".timeline")).to_contain_text("It counts.")
    assert Agreement.objects.get(pk=plan.id).units_left == 2


def last_on_statement(page: Page, plan: world.Agreement) -> tuple[str, str, str]:
    """The newest line: for which request, how many units, and how many are left after it."""
    page.goto(f"/benefits/{plan.id}/")
    cells = page.locator("#statement tbody tr").first.locator("td,th").all_inner_texts()
    found = re.search(r"PD-\d+", " ".join(cells))
    assert found is not None
    return found.group(0), cells[-2].strip(), cells[-1].strip()


@pytest.mark.req("REQ-2")
def test_the_whole_talk_works_without_script(enter: Enter, case: Case) -> None:
    answers(case, "Which version is it?", then=Move.ASK)
    page = enter(java_script_enabled=False)
    sign_in(page, world.person("carla"))
    go_to(page, case)
    page.get_by_role("button", name="Send reply").click()
    expect(page.locator("#id_text_error")).to_contain_text("Write something first.")
    page.get_by_label("Your reply").fill("Version 3")
    page.get_by_role("button", name="Send reply").click()
    said = Message.objects.get(side="requester")
    expect(page).to_have_url(re.compile(rf"#message-{said.pk}$"))
    expect(page.locator(f"#message-{said.pk}")).to_contain_text("Version 3")
    status(page, "In progress")
    page.get_by_role("link", name="Changes", exact=True).click()
    expect(page.locator(".message")).to_have_count(0)
    page.get_by_role("link", name="Close this request").click()
    page.get_by_role("button", name="Close the request").click()
    expect(page.locator("#id_reason_error")).to_be_visible()
    page.get_by_label("Why can it be closed?").fill("Done")
    page.get_by_role("button", name="Close the request").click()
    status(page, "Closed")


def test_a_double_click_says_it_once(enter: Enter, case: Case) -> None:
    page = enter("carla")
    go_to(page, case)
    page.get_by_label("Your reply").fill("Once")
    page.get_by_role("button", name="Send reply").dblclick()
    expect(page.locator(".message").last).to_contain_text("Once")
    page.reload()
    expect(page.locator(".message")).to_have_count(2)
    assert Message.objects.count() == 1


def test_what_was_begun_is_kept_until_it_is_sent(enter: Enter, case: Case) -> None:
    page = enter("carla")
    go_to(page, case)
    reply = page.get_by_label("Your reply")
    reply.fill("Half a sen")
    page.get_by_role("link", name="Changes", exact=True).click()
    expect(page).to_have_url(re.compile("show=changes"))
    expect(reply).to_have_value("Half a sen")
    expect(page.get_by_text("What you had begun to write is here again.")).to_be_visible()
    reply.fill("Half a sentence more.")
    page.get_by_role("button", name="Send reply").click()
    expect(page.get_by_text("Your reply is sent.")).to_be_visible()
    go_to(page, case)
    expect(page.get_by_label("Your reply")).to_have_value("")
    expect(page.get_by_text("What you had begun to write is here again.")).to_be_hidden()


def test_what_is_refused_stays_and_the_reader_begins_at_the_reason(enter: Enter, case: Case) -> None:
    page = enter("carla")
    go_to(page, case)
    page.get_by_role("button", name="Send reply").click()
    expect(page.locator(".error-summary")).to_be_focused()
    closes(case)
    page.get_by_label("Your reply").fill("Not solved!")
    page.get_by_role("button", name="Send reply").click()
    expect(page.locator("#id_text_error")).to_contain_text("This request is closed. Reopen it first.")
    expect(page.get_by_label("Your reply")).to_have_value("Not solved!")
    status(page, "Closed")


def test_a_reply_is_written_and_sent_by_keyboard_alone(enter: Enter, case: Case) -> None:
    answers(case, "Which version is it?", then=Move.ASK)
    page = enter("carla")
    go_to(page, case)
    tab_to(page, "#question a[href='#reply']")
    page.keyboard.press("Enter")
    tab_to(page, "textarea[name=text]")
    page.keyboard.type("Version 3")
    tab_to(page, "#reply button[type=submit]")
    page.keyboard.press("Enter")
    expect(page.locator(".message").last).to_be_focused()
    expect(page.locator(".message").last).to_contain_text("Version 3")


def test_everything_is_accessible_by_day_by_night_and_on_a_phone(enter: Enter, case: Case) -> None:
    page = enter("carla", reduced_motion="reduce")
    wrong: list[str] = []
    look = looking_at(page, wrong)
    go_to(page, case)
    look("new")
    answers(case, "Which version is it? " + "A" * 300, then=Move.ASK)
    says(case, "https://support.example/" + "b" * 200, who="cem")
    answers(case, "And now?", then=Move.ASK)
    for query in ("", "?show=changes"):
        go_to(page, case, query)
        look(f"talk {query}")
    page.get_by_role("button", name="Send reply").click()
    expect(page.locator(".error-summary")).to_be_visible()
    look("refused")
    go_to(page, case, "close/")
    look("closing")
    closes(case)
    go_to(page, case)
    look("closed")
    go_to(page, case, "reopen/")
    look("reopening")
    assert not wrong, "\n".join(wrong)


@pytest.mark.req("REQ-1", "REQ-2")
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_colleague_without_an_account_is_invited_signs_up_and_talks(
    script: bool, enter: Enter, case: Case
) -> None:
    page = enter("carla", java_script_enabled=script)
    go_to(page, case)
    page.get_by_role("link", name="Sharing (2)").click()
    page.get_by_label("Name").fill("Eleni Vasilaki")
    page.get_by_label("E-mail").fill("eleni@olive-grove-foods.example")
    page.get_by_role("button", name="Share the request").click()
    expect(page.get_by_text("We write to eleni@olive-grove-foods.example how to see it.")).to_be_visible()
    place = Contact.objects.get(email="eleni@olive-grove-foods.example")
    letter = invitation_letter(place.pk)
    assert letter is not None

    colleague = enter(java_script_enabled=script)
    colleague.goto(f"/invitations/{letter.token}/")
    expect(colleague.get_by_text("Carla Papadaki has made Eleni Vasilaki")).to_be_visible()
    colleague.get_by_role("button", name="Create an account").click()
    expect(colleague.locator("[name=email]")).to_have_value("eleni@olive-grove-foods.example")
    colleague.get_by_label("First name").fill("Eleni")
    colleague.get_by_label("Last name").fill("Vasilaki")
    colleague.locator("[name=password1]").fill("a-long-enough-secret")
    colleague.get_by_role("button", name="Create account").click()
    # No code is asked for: who read the mail has the address. The profile comes first, once.
    expect(colleague.get_by_role("heading", level=1)).to_have_text("Complete your profile")
    colleague.get_by_label("Country").select_option("GR")
    colleague.get_by_label("Phone").fill("+30 2721 054321")
    colleague.get_by_label("Time zone").select_option("Europe/Athens")
    colleague.get_by_role("button", name="Save profile").click()
    expect(colleague.get_by_role("heading", level=1)).to_have_text(case.summary)
    colleague.get_by_label("Your reply").fill("I am here, too.")
    colleague.get_by_role("button", name="Send reply").click()
    expect(colleague.locator(".message").last).to_contain_text("I am here, too.")

    colleague.goto(f"/invitations/{letter.token}/")
    expect(colleague.get_by_role("heading", level=1)).to_have_text("This invitation does not work")
    go_to(page, case)
    expect(page.locator(".message").last).to_contain_text("Eleni Vasilaki")

    page.get_by_role("link", name="Sharing (3)").click()
    page.get_by_role("link", name="Remove Eleni Vasilaki").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Eleni Vasilaki no longer sees this request.")).to_be_visible()
    colleague.goto(f"/requests/PD-{case.pk}/")
    expect(colleague.get_by_role("heading", level=1)).to_have_text("We cannot find this page")


@pytest.mark.req("REQ-2")
def test_somebody_with_another_account_accepts_an_invitation(enter: Enter, case: Case) -> None:
    added = contacts.add_contact(
        case.pk,
        Person("Eleni", "eleni@olive-grove-foods.example"),
        actor=world.viewer("carla"),
        at=timezone.now(),
    )
    letter = invitation_letter(added.contact_id)
    assert letter is not None
    page = enter("marta")
    page.goto(f"/invitations/{letter.token}/")
    page.get_by_role("button", name="Sign out to use another account").click()
    page.get_by_role("main").get_by_role("link", name="Sign in").click()
    page.locator("[name=login]").fill(world.person("olaf").email)
    page.locator("[name=password]").fill(world.PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.get_by_role("button", name="Accept and open the request").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(case.summary)
    expect(page.get_by_text(f"You are a contact of request PD-{case.pk} now.")).to_be_visible()


def test_the_pages_of_sharing_are_accessible_by_day_by_night_and_on_a_phone(enter: Enter, case: Case) -> None:
    page = enter("carla", reduced_motion="reduce")
    wrong: list[str] = []
    look = looking_at(page, wrong)
    go_to(page, case, "sharing/")
    page.get_by_role("button", name="Share the request").click()
    expect(page.locator(".error-summary")).to_be_visible()
    look("sharing refused")
    page.get_by_label("Name").fill("Eleni" + "e" * 100)
    page.get_by_label("E-mail").fill(f"{'e' * 60}@olive-grove-foods.example")
    page.get_by_role("button", name="Share the request").click()
    expect(page.get_by_text("is a contact of this request now")).to_be_visible()
    look("shared")
    page.get_by_role("link", name="Remove Cem Kowalski").click()
    look("removing")
    place = Contact.objects.get(email__startswith="eee")
    letter = invitation_letter(place.pk)
    assert letter is not None
    for who in ("carla", "olaf", ""):
        visitor = enter(who, reduced_motion="reduce")
        look = looking_at(visitor, wrong)
        for path in (f"/invitations/{letter.token}/", "/invitations/wrong/"):
            visitor.goto(path)
            look(f"{path} for {who or 'nobody'}")
    assert not wrong, "\n".join(wrong)
