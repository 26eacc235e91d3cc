"""What is told outside of the pages: webhooks that somebody sets up and follows, and letters that somebody chooses."""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from playwright.sync_api import expect

from pactdesk.cases.models import Case
from pactdesk.notifications.models import OutgoingMail
from tests import world
from tests.conversations import answers, closes, sent
from tests.journeys.conftest import Enter, run_jobs
from tests.journeys.test_everybody_can_use_it import looking_at
from tests.receiver import Asked, Receiver


@pytest.fixture
def receiver(settings: LazySettings) -> Iterator[Receiver]:
    """A program of Carla's, on this machine."""
    settings.WEBHOOKS_TO_THIS_MACHINE = True
    program = Receiver()
    yield program
    program.close()


@pytest.fixture
def case(town: str) -> Case:
    """One of Carla's and Cem's, of which everybody has been told."""
    case = sent(world.agreement(units=3, registered=["carla"]), share=("cem",))
    run_jobs()
    return case


def is_signed(asked: Asked, secret: str) -> bool:
    """As Standard Webhooks says: over id, time and body, with the secret behind its prefix."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{asked.headers['webhook-id']}.{asked.headers['webhook-timestamp']}.".encode() + asked.body
    mac = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    return f"v1,{mac}" in asked.headers["webhook-signature"].split()


@pytest.mark.req("REQ-2")
def test_a_person_sets_up_a_webhook_follows_what_it_is_told_and_sends_it_again(
    enter: Enter, case: Case, receiver: Receiver
) -> None:
    wrong: list[str] = []
    page = enter("carla", reduced_motion="reduce")
    look = looking_at(page, wrong)
    page.goto("/profile/programs/")
    page.get_by_role("link", name="Webhooks").click()
    look("no endpoint")
    page.get_by_role("link", name="Add an endpoint").click()
    page.get_by_role("button", name="Add the endpoint").click()
    expect(page.get_by_role("link", name="Enter the address that we call.")).to_be_visible()
    look("refused")
    page.get_by_label("Address that we call").fill(receiver.url("/hook"))
    page.get_by_label("What it is for").fill("Build server")
    page.get_by_role("button", name="Add the endpoint").click()
    secret = page.locator(".mono.strong").inner_text()
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/=]{40,}", secret)
    look("secret")
    page.get_by_role("link", name="I have kept the secret").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Build server")
    expect(page.get_by_text("whsec_")).to_have_count(0)

    page.get_by_role("button", name="Send a test").click()
    # The page of the delivery waits for what the worker does.
    expect(page).to_have_url(re.compile(r"/deliveries/\d+/$"))
    run_jobs()
    expect(page.locator("#delivery .chip-ok")).to_be_visible()
    (tested,) = receiver.asked
    assert tested.path == "/hook"
    assert is_signed(tested, secret)
    look("delivery")

    receiver.statuses = [500]
    answers(case, "Which version is it?")
    run_jobs()
    page.goto("/profile/webhooks/")
    page.get_by_role("link", name="Build server").click()
    failed = page.locator(".table-rows tbody tr").filter(
        has_text=re.compile(r"(?<!\d)500")
    )  # no number of a request
    expect(failed).to_contain_text(f"PD-{case.pk}")
    look("endpoint")
    failed.get_by_role("link").click()
    expect(page.locator("#delivery")).to_contain_text("500")
    before = len(receiver.asked)
    with page.expect_navigation():
        page.get_by_role("button", name="Send again").click()
    run_jobs()
    expect(page.locator("#delivery .chip-ok")).to_be_visible()
    refused, again = receiver.asked[1], receiver.asked[-1]
    assert len(receiver.asked) == before + 1
    assert again.headers["webhook-id"] == refused.headers["webhook-id"]
    assert json.loads(again.body) == json.loads(refused.body)
    assert "Which version" not in again.body.decode()
    assert not wrong, "\n".join(wrong)


@pytest.mark.req("REQ-2")
def test_a_person_chooses_which_letters_to_get_and_gets_fewer(enter: Enter, case: Case) -> None:
    wrong: list[str] = []
    page = enter("carla", reduced_motion="reduce")
    look = looking_at(page, wrong)
    page.goto("/profile/")
    page.get_by_role("link", name="What we tell you by e-mail").click()
    look("choices")
    page.get_by_label("Answers").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Answers")).not_to_be_checked()
    answers(case, "Which version is it?")
    closes(case)
    run_jobs()

    def letters(who: str) -> list[str]:
        sent_to = OutgoingMail.objects.filter(to_address=world.person(who).email)
        return sorted(sent_to.exclude(kind="request-opened").values_list("kind", flat=True))

    assert letters("carla") == ["closed"]
    assert "answer" in letters("cem")
    # A letter that can be switched off leads to one question, also for whoever is not in the mood to choose.
    page.goto("/profile/letters/endings/off/")
    look("switching off")
    page.get_by_role("button", name="Switch them off").click()
    expect(page.get_by_label("How it ends")).not_to_be_checked()
    assert not wrong, "\n".join(wrong)
