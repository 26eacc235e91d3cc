"""The confirmation goes to the primary contact, in that person's language, once, through the outbox (WIZ-6, LOC-1)."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message

import pytest
from aiosmtpd.controller import Controller
from django.conf import LazySettings
from django.core.mail import send_mail
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from pactdesk.cases.rules.answers import Person
from pactdesk.cases.services.submission import submit
from pactdesk.journal.models import FactRow
from pactdesk.notifications import tasks
from pactdesk.notifications.models import OutgoingMail
from pactdesk.notifications.rules import telling
from pactdesk.notifications.services import outbox
from pactdesk.notifications.services.outbox import CouldNotHandOver, Letter
from tests import world
from tests.drafts import ready

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)


class Postbox:
    """A mail server that keeps what it takes, and refuses as often as it is told to."""

    def __init__(self) -> None:
        self.taken: list[Message] = []
        self.refusals = 0

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802 - its name
        if self.refusals:
            self.refusals -= 1
            return "451 come back later"
        self.taken.append(message_from_bytes(envelope.content))  # type: ignore[attr-defined]
        return "250 taken"


@pytest.fixture
def postbox(settings: LazySettings) -> Iterator[Postbox]:
    box = Postbox()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings.SMTP = {"host": "127.0.0.1", "port": port, "timeout": 5}
    yield box
    controller.stop()


def work() -> None:
    """Do everything that is queued, in this process, until nothing is left."""
    for _round in range(5):
        jobs = list(ProcrastinateJob.objects.filter(status="todo").order_by("id"))
        if not jobs:
            return
        for job in jobs:
            app.tasks[job.task_name](**job.args)
        # The worker marks them; here they only have to be out of the way.
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE procrastinate_jobs SET status = 'doing' WHERE id = ANY(%s)",
                [[job.pk for job in jobs]],
            )


def opened(*, language: str = "en", **changes: object) -> int:
    carla = world.viewer("carla")
    plan = world.agreement(units=3, registered=["carla"], at=NOW)
    primary = Person(carla.name, carla.email, carla.phone, carla.time_zone, language)
    cem = world.viewer("cem")
    draft_id = ready(carla, plan.id, at=NOW, primary=primary, share=(Person(name="Cem", email=cem.email),))
    return submit(draft_id, terms_accepted=True, actor=carla, at=NOW).number


@pytest.mark.req("WIZ-6")
def test_only_the_primary_contact_gets_the_confirmation(db: None, postbox: Postbox) -> None:
    number = opened()
    work()

    (mail,) = postbox.taken
    assert mail["To"] == world.viewer("carla").email
    assert f"PD-{number}" in mail["Subject"]
    assert mail["Auto-Submitted"] == "auto-generated"
    parts = {
        part.get_content_type(): part.get_payload(decode=True)
        for part in mail.walk()
        if not part.is_multipart()
    }
    assert set(parts) == {"text/plain", "text/html"}
    for body in parts.values():
        assert isinstance(body, bytes)
        assert f"PD-{number}" in body.decode()
        assert "Mon 23 Nov 2026, 11:02 (Athens)" in body.decode()


@pytest.mark.req("WIZ-6", "LOC-1")
@pytest.mark.parametrize(
    ("language", "due"),
    [
        ("el", "Δευ 23 Νοε 2026, 11:02 π.μ. (Αθήνα)"),
        ("cs", "po 23. 11. 2026, 11:02 (Athény)"),
        ("fr", "lun. 23 nov. 2026, 11:02 (Athènes)"),
    ],
)
def test_the_confirmation_speaks_the_contacts_language(
    db: None, postbox: Postbox, language: str, due: str
) -> None:
    opened(language=language)
    work()
    mail = OutgoingMail.objects.get()
    assert mail.language == language
    assert due in mail.text.replace("\u202f", " ").replace("\xa0", " ")
    assert "your support request" not in mail.text


def test_a_fact_that_is_told_twice_owes_one_mail(db: None, postbox: Postbox) -> None:
    opened()
    fact_id = FactRow.objects.get(code="case.opened").pk
    tasks.write_letters(fact_id)
    tasks.write_letters(fact_id)
    work()
    assert OutgoingMail.objects.count() == 1
    assert len(postbox.taken) == 1


def test_a_mail_that_is_refused_stays_owed_under_the_same_message_id(db: None, postbox: Postbox) -> None:
    mail_id = outbox.post(Letter("test:1", "test", "ana@example.org", "en", "Hello", "Text"), at=NOW)
    assert mail_id is not None
    postbox.refusals = 1
    with pytest.raises(CouldNotHandOver):
        outbox.hand_over(mail_id, at=NOW)
    assert OutgoingMail.objects.get().state == "queued"

    outbox.hand_over(mail_id, at=NOW)
    outbox.hand_over(mail_id, at=NOW)
    mail = OutgoingMail.objects.get()
    assert (mail.state, mail.attempts) == ("sent", 2)
    assert [taken["Message-ID"] for taken in postbox.taken] == [mail.message_id]


def test_a_mail_that_is_never_taken_is_parked_and_not_lost(db: None, postbox: Postbox) -> None:
    mail_id = outbox.post(Letter("test:1", "test", "ana@example.org", "en", "Hello", "Text"), at=NOW)
    assert mail_id is not None
    postbox.refusals = outbox.MOST_ATTEMPTS
    for _attempt in range(outbox.MOST_ATTEMPTS - 1):
        with pytest.raises(CouldNotHandOver):
            outbox.hand_over(mail_id, at=NOW)
    outbox.hand_over(mail_id, at=NOW)
    mail = OutgoingMail.objects.get()
    assert (mail.state, mail.attempts, postbox.taken) == ("parked", outbox.MOST_ATTEMPTS, [])
    assert "451" in mail.last_error


def test_a_way_in_is_not_kept_once_the_server_has_it(db: None, postbox: Postbox) -> None:
    letter = Letter("test:1", telling.INVITATION, "ana@example.org", "en", "Hello", "https://…/token/")
    mail_id = outbox.post(letter, at=NOW)
    assert mail_id is not None
    outbox.hand_over(mail_id, at=NOW)
    mail = OutgoingMail.objects.get()
    assert (mail.state, mail.text, mail.html) == ("sent", "", "")


def test_without_a_mail_server_mails_are_kept(db: None, settings: LazySettings) -> None:
    settings.SMTP = None
    opened()
    work()
    assert OutgoingMail.objects.get().state == "kept"


def test_mails_of_libraries_go_through_the_outbox(db: None, settings: LazySettings, postbox: Postbox) -> None:
    settings.EMAIL_BACKEND = "pactdesk.notifications.backend.OutboxBackend"
    send_mail("Your code", "123456", None, ["ana@example.org"], html_message="<p>123456</p>")
    assert postbox.taken == []
    work()
    (mail,) = postbox.taken
    assert (mail["To"], mail["Subject"]) == ("ana@example.org", "Your code")


def test_line_breaks_in_a_summary_never_reach_a_header(db: None, postbox: Postbox) -> None:
    letter = Letter("test:1", "test", "ana@example.org", "en", "Hello\r\nBcc: eve@example.org", "Text")
    mail_id = outbox.post(letter, at=NOW)
    assert mail_id is not None
    outbox.hand_over(mail_id, at=NOW)
    (mail,) = postbox.taken
    assert mail["Subject"] == "Hello Bcc: eve@example.org"
    assert mail["Bcc"] is None
