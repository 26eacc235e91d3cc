"""Engineers at their desk: triage by keys, two of them at once, without script."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from pactdesk.cases.models import Attachment, Case, Contact, Message
from pactdesk.cases.services import contacts
from pactdesk.cases.services.saved_replies import keep_reply
from tests import queues, world
from tests.attachments import added
from tests.conversations import closes, person
from tests.journeys.conftest import Enter
from tests.journeys.test_everybody_can_use_it import broken_rules, looking_at, on_a_phone_by_night


@pytest.fixture
def first(town: str) -> Case:
    world.team("support", "ines", "marta")
    return queues.request(plan=world.agreement(units=3, owner="carla", registered=["carla"]))


def page_of(case: Case) -> str:
    return f"/desk/requests/PD-{case.pk}/"


def write_reply(page: Page, text: str, button: str) -> None:
    page.locator("#reply-text").fill(text)
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.locator(".message-body").get_by_text(text)).to_be_visible()


def test_triage_by_keyboard_alone(enter: Enter, first: Case) -> None:
    queues.copies(first, 2)
    page = enter("ines", viewport={"width": 1400, "height": 900})
    page.goto("/desk/?view=unassigned")
    page.keyboard.press("j")
    expect(page.locator("#preview h1, #preview .request-head")).to_contain_text(f"PD-{first.pk}")
    assert not broken_rules(page)
    page.keyboard.press("m")
    expect(page.get_by_text("1 request is yours now.")).to_be_visible()
    assert Case.objects.get(pk=first.pk).owner_id == world.person("ines").pk
    page.keyboard.press("/")
    expect(page.locator("#desk-search")).to_be_focused()
    page.keyboard.type(f"PD-{first.pk}")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/desk/requests/PD-{first.pk}/"))
    page.keyboard.press("n")
    page.keyboard.type("jkmx: only letters here")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message.note")).to_contain_text("jkmx: only letters here")
    assert Message.objects.get().kind == "internal"
    page.keyboard.press("g")
    page.keyboard.press("q")
    expect(page).to_have_url(re.compile(r"/desk/\?view=mine"))


def test_two_engineers_at_once_overwrite_nobody(enter: Enter, first: Case) -> None:
    ines, marta = enter("ines"), enter("marta")
    for page in (ines, marta):
        page.goto(page_of(first))
    marta.locator("#reply-text").fill("I look into it.")
    write_reply(ines, "Try this first.", "Send reply")
    marta.get_by_role("button", name="Send reply", exact=True).click()
    expect(marta.locator(".news")).to_contain_text("Try this first.")
    expect(marta.locator("#reply-text")).to_have_value("I look into it.")
    assert Message.objects.count() == 1
    marta.get_by_role("button", name="Send reply", exact=True).click()
    expect(marta.locator(".message-body").get_by_text("I look into it.")).to_be_visible()
    assert Message.objects.count() == 2


def test_it_is_worked_without_script(enter: Enter, first: Case) -> None:
    page = enter("ines", java_script_enabled=False)
    page.goto("/desk/?view=unassigned")
    page.locator("[name=pick]").first.check()
    page.get_by_role("button", name="Assign to me").click()
    expect(page.get_by_text("1 request is yours now.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone.")).to_be_visible()
    assert Case.objects.get(pk=first.pk).owner_id is None
    page.goto(page_of(first))
    write_reply(page, "Without script.", "Send and resolve")
    assert Case.objects.get(pk=first.pk).status == "resolved"


def test_the_desk_is_accessible_by_day_by_night_and_on_a_phone(enter: Enter, first: Case) -> None:
    page = enter("ines", reduced_motion="reduce")
    wrong: list[str] = []
    look = looking_at(page, wrong)
    number = page_of(first)
    for path in (
        "/desk/?view=team",
        "/desk/",
        number,
        f"{number}close/",
        f"{number}merge/",
        "/desk/replies/new/",
        "/desk/keys/",
        "/desk/reports/",
    ):
        page.goto(path)
        look(path)
    assert not wrong, "\n".join(wrong)


def test_every_other_page_of_the_desk_is_accessible_on_a_phone_by_night(enter: Enter, first: Case) -> None:
    ines, at = world.viewer("ines"), timezone.now()
    world.team("second", "ines")
    added(first.pk, ines, at_desk=True, name="a-" + "long-" * 20 + "name.log", at=at)
    file = Attachment.objects.get()
    contacts.add_contact(first.pk, person("cem"), actor=world.viewer("carla"), at=at)
    place = Contact.objects.get(case=first, role="additional").pk
    reply = keep_reply(
        None,
        name="Ask for logs",
        texts={"en": "Please send the log."},
        team_id=None,
        seen=None,
        actor=ines,
        at=at,
    )
    closed = queues.request()
    closes(closed)
    number = page_of(first)
    wrong = on_a_phone_by_night(
        enter("ines", reduced_motion="reduce"),
        (
            "/desk/?view=waiting",
            "/desk/?view=closed",
            "/desk/?q=nothing",
            *(f"{number}{each}/" for each in ("owner", "status", "team", "links", "contacts")),
            f"{number}contacts/{place}/",
            f"{number}merge/?other={closed.pk}",
            f"{number}files/{file.pk}/removal/",
            f"{number}?show=changes",
            page_of(closed),
            f"{page_of(closed)}reopen/",
            "/desk/replies/",
            f"/desk/replies/{reply}/",
            "/desk/requests/PD-1/",
        ),
    )
    assert not wrong, "\n".join(wrong)
