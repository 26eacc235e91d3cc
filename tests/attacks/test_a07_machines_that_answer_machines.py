"""A7: two desks and any number of answering machines do not keep each other writing."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.conf import LazySettings

from pactdesk.cases.models import Contact, Message
from pactdesk.cases.queries.reply_addresses import reply_address_of
from pactdesk.mailbox.models import ReceivedMail
from pactdesk.notifications.models import OutgoingMail
from pactdesk.notifications.services import outbox
from pactdesk.notifications.services.outbox import Letter
from tests.attacks.posting import NOW, came, opened, reply_address, victim
from tests.mails import AUTHSERV, mail

__all__ = ["victim"]
ROUNDS = 30
MOST_AN_HOUR = 3


class Sink:
    """A mail server that keeps what is sent."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802 - its name
        self.mails.append(bytes(envelope.content))
        return "250 taken"


@pytest.fixture
def sink(settings: LazySettings) -> Iterator[Sink]:
    kept = Sink()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    settings.SMTP = {"host": "127.0.0.1", "port": port, "timeout": 5}
    yield kept
    controller.stop()


def told(number: int, news: int, at: datetime) -> None:
    """The most eager of desks: everybody hears of every message, whoever wrote it."""
    for contact in Contact.objects.filter(case=number):
        headers = {"Reply-To": reply_address_of(case=number, contact=contact.pk)}
        letter = Letter(
            f"{number}:{news}:{contact.pk}", "test", contact.email, "en", f"PD-{number}", "News.", "", headers
        )
        mail_id = outbox.post(letter, at=at)
        assert mail_id is not None
        outbox.hand_over(mail_id, at=at)


def goes_on(number: int, sink: Sink, answer: Callable[[bytes, int], bytes | None]) -> int:
    """Let the desk tell, the machine answer, the desk tell of that, for an hour; answers how many mails that made."""
    told(number, 0, NOW)
    for turn in range(1, ROUNDS):
        at = NOW + timedelta(minutes=turn)
        sent, sink.mails = sink.mails, []
        news = Message.objects.count()
        for raw in sent:
            answered = answer(raw, turn)
            if answered is not None:
                came(answered, envelope_from=None, at=at)
        if Message.objects.count() > news:
            told(number, turn, at)
    return Message.objects.count()


def proven(raw: bytes, sender: str, to: str) -> bytes:
    """As our mail server would hand it over after it checked the sender."""
    domain = sender.rpartition("@")[2]
    return f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from={domain}\r\n".encode() + raw


def test_two_desks_that_are_pointed_at_each_other_say_nothing(victim: int, sink: Sink) -> None:
    """The other desk's letters arrive as they are, at our reply address, from what is a contact here."""
    Contact.objects.filter(case=victim, email__startswith="carla@").update(email="support@pactdesk.example")
    place = Contact.objects.get(case=victim, email="support@pactdesk.example")
    back = reply_address_of(case=victim, contact=place.pk)

    def other_desk(raw: bytes, turn: int) -> bytes:
        said = message_from_bytes(raw)
        del said["To"]
        said["To"] = back
        return proven(bytes(said), "support@pactdesk.example", back)

    assert goes_on(victim, sink, other_desk) == 0
    assert set(ReceivedMail.objects.values_list("state", "reason_code")) == {("ignored", "mail.from-a-desk")}


@pytest.mark.parametrize(
    "marks",
    [
        "Auto-Submitted: auto-replied\n",
        "Precedence: bulk\n",
        "X-Auto-Response-Suppress: All\n",
        "X-Autoreply: yes\n",
        "Return-Path: <>\n",
    ],
)
def test_a_vacation_notice_is_no_answer(victim: int, sink: Sink, marks: str) -> None:
    to = reply_address(victim, "carla")
    assert goes_on(victim, sink, lambda raw, turn: mail(to=to, text=f"I am away. {turn}", extra=marks)) == 0


def test_a_machine_that_shows_nothing_is_heard_twice_and_no_more(victim: int, sink: Sink) -> None:
    """It answers even what says that nobody should, and always the same."""
    to = reply_address(victim, "carla")
    heard = goes_on(victim, sink, lambda raw, turn: mail(to=to, text="I am away.", extra=f"X-Turn: {turn}\n"))
    assert 0 < heard <= MOST_AN_HOUR


def test_one_that_also_finds_new_words_is_stopped_all_the_same(victim: int, sink: Sink) -> None:
    to = reply_address(victim, "carla")
    heard = goes_on(victim, sink, lambda raw, turn: mail(to=to, text=f"Ticket {turn} was opened for you."))
    assert heard <= 10
    assert ReceivedMail.objects.filter(reason_code="mail.too-many").exists()


def test_our_letters_tell_machines_not_to_answer(victim: int, sink: Sink) -> None:
    told(victim, 0, NOW)
    for raw in sink.mails:
        said = message_from_bytes(raw)
        assert said["Auto-Submitted"] == "auto-generated"
        assert said["X-Auto-Response-Suppress"] == "All"
        assert said["X-Pactdesk-Loop"]
        assert said["Reply-To"].startswith("support+")


def test_a_bounce_makes_no_mail_and_a_bounce_of_it_neither(victim: int, sink: Sink) -> None:
    told(victim, 0, NOW)
    before = OutgoingMail.objects.count()
    bounce = mail(
        sender="Mail Delivery System <mailer-daemon@mx.olive.example>",
        to=reply_address(victim, "carla"),
        kind="multipart/report; report-type=delivery-status; boundary=b",
        text="--b\n\nFailed.\n--b\nContent-Type: message/delivery-status\n\nAction: failed\n--b--",
    )
    for envelope_from in ("", None):
        assert came(bounce, envelope_from=envelope_from).state == "ignored"
    assert OutgoingMail.objects.count() == before
    assert not Message.objects.exists()


def test_requests_do_not_share_their_allowance(victim: int, sink: Sink) -> None:
    """A machine that floods one request does not silence its contact in another."""
    other = opened("carla")
    to = reply_address(victim, "carla")
    goes_on(victim, sink, lambda raw, turn: mail(to=to, text=f"Noise {turn}"))
    assert came(mail(to=reply_address(other, "carla"), text="A real question.")).state == "taken"
