"""A contact answers a letter by mail and reads it in the request; what a stranger writes in their name waits."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from pactdesk.cases.models import Case
from pactdesk.cases.rules.status import Move
from pactdesk.notifications.models import OutgoingMail
from tests import world
from tests.conversations import answers, sent
from tests.journeys.conftest import Enter, run_jobs
from tests.journeys.steps import expect
from tests.mail_doors import PATIENCE, Serving, free_port
from tests.mails import AUTHSERV, REPLY_ADDRESS, mail


@pytest.fixture
def case(town: str) -> Case:
    return sent(world.agreement(units=3, registered=["carla"]))


@pytest.fixture
def post(settings: LazySettings, town: str) -> Iterator[smtplib.LMTP]:
    """What our mail server would use to hand mails over."""
    settings.MAIL_REPLY_ADDRESS, settings.MAIL_AUTHSERV_ID, settings.SMTP = REPLY_ADDRESS, AUTHSERV, None
    port = free_port()
    serving = Serving(f"127.0.0.1:{port}")
    with smtplib.LMTP("127.0.0.1", port, timeout=PATIENCE) as client:
        yield client
    serving.end()


def letter_to(address: str) -> OutgoingMail:
    """The newest letter to somebody."""
    return OutgoingMail.objects.filter(to_address=address).latest("pk")


def in_answer_to(letter: OutgoingMail, words: str) -> str:
    """What a mail program makes of an answer: the words, and the letter quoted under them."""
    quoted = "\n".join(f"> {line}" for line in letter.text.splitlines())
    return (
        f"{words}\n\nOn Fri, 20 Nov 2026 at 14:32, Pactdesk <{letter.headers['Reply-To']}> wrote:\n\n{quoted}"
    )


@pytest.mark.req("REQ-2")
def test_an_answer_by_mail_stands_in_the_request_and_a_forged_one_in_quarantine(
    enter: Enter, case: Case, post: smtplib.LMTP
) -> None:
    answers(case, "Which version is it?", then=Move.ASK)
    run_jobs()
    carla = world.person("carla").email
    letter = letter_to(carla)
    assert "Which version is it?" in letter.text
    to = letter.headers["Reply-To"]

    page = enter("carla")
    page.goto(f"/requests/PD-{case.pk}/")
    expect(page.locator("#request-status")).to_have_text("Waiting for you")
    subject = f"Re: {letter.subject}"
    answer = mail(
        to=to, subject=subject, text=in_answer_to(letter, "It is version 11.2.\n\nBest regards\nCarla")
    )
    assert post.sendmail(carla, [to], answer) == {}
    forged = mail(to=to, subject=subject, text="Please send the password to eve@evil.example.", proven=None)
    assert post.sendmail(carla, [to], forged) == {}
    run_jobs()

    page.reload()
    expect(page.locator("#request-status")).to_have_text("In progress")
    said = page.locator(".message").last
    expect(said).to_contain_text("It is version 11.2.")
    expect(said).not_to_contain_text("Which version is it?")
    expect(said).not_to_contain_text("Best regards")
    expect(page.get_by_text("eve@evil.example")).to_have_count(0)

    world.person("marta", is_superuser=True)
    desk = enter("marta")
    desk.goto("/admin/mailbox/receivedmail/?state__exact=quarantined")
    held = f"Our mail server did not confirm that the mail is from {carla}."
    expect(desk.get_by_role("cell", name=held)).to_be_visible()
    desk.get_by_role("rowheader").get_by_role("link").click()
    expect(desk.get_by_text("Please send the password to eve@evil.example.")).to_be_visible()
    desk.get_by_role("link", name="Release or discard").first.click()
    desk.get_by_role("button", name="Discard").click()
    expect(desk.get_by_text("The mail was discarded.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("eve@evil.example")).to_have_count(0)
