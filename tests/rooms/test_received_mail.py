"""A mail is kept first, then becomes a message, is ignored, or waits in quarantine; none is lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.conf import LazySettings
from django.db import OperationalError, connection
from django.http import Http404
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from pactdesk.cases.models import Attachment as AttachedFile
from pactdesk.cases.models import Case, Contact, Message
from pactdesk.cases.queries.reply_addresses import place_at, reply_address_of
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.services import contacts, ending, files
from pactdesk.cases.services.submission import submit
from pactdesk.journal.models import FactRow
from pactdesk.kernel.decisions import Reason
from pactdesk.mailbox import wording
from pactdesk.mailbox.models import ReceivedMail
from pactdesk.mailbox.services import processing
from pactdesk.mailbox.services.deciding import CannotDecide, discard, release
from pactdesk.mailbox.services.keeping import remove_old
from pactdesk.mailbox.services.processing import MOST_AN_HOUR, MOST_ATTEMPTS, process
from pactdesk.mailbox.services.receiving import PROCESS, receive
from tests import world
from tests.drafts import ready
from tests.mails import AUTHSERV, REPLY_ADDRESS, mail

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _mail_is_set_up(settings: LazySettings) -> None:
    settings.MAIL_REPLY_ADDRESS = REPLY_ADDRESS
    settings.MAIL_AUTHSERV_ID = AUTHSERV


@pytest.fixture
def number() -> int:
    """A request of Carla's, shared with somebody who has no account."""
    world.team("support", "ines")
    carla = world.viewer("carla")
    plan = world.agreement(units=3, registered=["carla"], at=NOW)
    draft = ready(
        carla, plan.id, at=NOW, share=(Person(name="Dana", email="dana@olive-grove-foods.example"),)
    )
    return submit(draft, terms_accepted=True, actor=carla, at=NOW).number


def address(number: int, who: str = "carla") -> str:
    place = Contact.objects.get(case=number, email__startswith=f"{who}@")
    return reply_address_of(case=number, contact=place.pk)


def came(
    raw: bytes, *, to: Sequence[str] = (), envelope_from: str | None = "x@y.example", at: datetime = NOW
) -> ReceivedMail:
    """The row of a mail that came in and was processed."""
    kept = receive(raw, door="lmtp", envelope_from=envelope_from, envelope_to=to, at=at)
    process(kept.mail_id, at=at)
    return ReceivedMail.objects.get(pk=kept.mail_id)


def codes(row: ReceivedMail) -> list[str]:
    return [reason["code"] for reason in row.reasons]


def said(number: int) -> list[tuple[str, str, str]]:
    return list(Message.objects.filter(case=number).order_by("pk").values_list("author_name", "text", "via"))


# --- keeping ---


def test_a_mail_is_kept_as_it_came_and_its_processing_is_queued() -> None:
    kept = receive(b"any \xff bytes", door="imap", envelope_from=None, at=NOW)
    row = ReceivedMail.objects.get(pk=kept.mail_id)
    assert (bytes(row.raw), row.state, row.size) == (b"any \xff bytes", "received", 11)
    job = ProcrastinateJob.objects.get(task_name=PROCESS)
    assert (job.args, job.queue_name) == ({"mail_id": kept.mail_id}, app.tasks[PROCESS].queue)


def test_the_same_mail_again_is_kept_once() -> None:
    first = receive(mail(), door="lmtp", envelope_from="a@x.example", envelope_to=["b@y.example"], at=NOW)
    again = receive(mail(), door="lmtp", envelope_from="a@x.example", envelope_to=["b@y.example"], at=LATER)
    other = receive(mail(), door="lmtp", envelope_from="a@x.example", envelope_to=["c@y.example"], at=LATER)
    assert (first.is_new, again.is_new, other.is_new) == (True, False, True)
    assert again.mail_id == first.mail_id
    assert ProcrastinateJob.objects.filter(task_name=PROCESS).count() == 2


# --- becoming a message ---


@pytest.mark.req("REQ-2")
def test_the_answer_of_a_contact_becomes_a_message_without_what_it_quotes(number: int) -> None:
    text = "It works now.\n\nThanks\n\nOn Fri, 20 Nov 2026 at 14:32, Pactdesk wrote:\n> Please try again."
    row = came(mail(to=address(number), text=text))
    assert (row.state, row.case_number, codes(row)) == ("taken", number, [])
    assert row.from_address == "Carla Papadaki <carla@olive-grove-foods.example>"
    assert said(number) == [("Carla Papadaki", "It works now.\n\nThanks", "mail")]


@pytest.mark.req("REQ-2")
def test_a_contact_without_an_account_can_answer_by_mail(number: int) -> None:
    row = came(mail(sender="Dana <dana@olive-grove-foods.example>", to=address(number, "dana")))
    assert row.state == "taken"
    assert said(number) == [("Dana", "It works now.", "mail")]


def test_processing_again_says_nothing_twice(number: int) -> None:
    row = came(mail(to=address(number)))
    process(row.pk, at=LATER)
    ReceivedMail.objects.filter(pk=row.pk).update(state="received")
    process(row.pk, at=LATER)
    # Handed over to the plain address as well, which an envelope says and the message does not
    came(mail(to=address(number)), to=[REPLY_ADDRESS])
    assert len(said(number)) == 1


@pytest.mark.parametrize("header", ["Delivered-To", "X-Original-To", "Envelope-To", "Cc"])
def test_the_reply_address_may_stand_in_other_headers(number: int, header: str) -> None:
    assert came(mail(extra=f"{header}: {address(number)}\n")).state == "taken"


def test_where_it_was_handed_to_says_more_than_whom_its_writer_named(number: int) -> None:
    dana = address(number, "dana")
    assert came(mail(to=f"{address(number)}, {dana}"), to=[address(number)]).state == "taken"
    assert codes(came(mail(to=f"{address(number)}, {dana}"))) == ["mail.several-requests"]
    assert codes(came(mail(to=address(number)), to=[dana])) == ["mail.sender-other"]


LOG = 'text/plain; name="../trace.log"'


def test_the_files_of_a_mail_are_files_of_its_message(number: int) -> None:
    row = came(mail(to=address(number), kind=LOG, text="ERROR 5"))
    assert row.state == "taken"
    assert [text for _, text, _ in said(number)] == ["📎 trace.log"]
    (file,) = AttachedFile.objects.all()
    assert (file.case_id, file.message, file.name, file.size) == (
        number,
        Message.objects.get(),
        "trace.log",
        9,
    )
    assert (file.uploader, file.uploader_name, file.side) == (
        world.person("carla"),
        "Carla Papadaki",
        "requester",
    )
    ReceivedMail.objects.update(state="received")
    process(row.pk, at=LATER)
    assert (AttachedFile.objects.count(), len(said(number))) == (1, 1)


def test_a_file_that_cannot_be_kept_is_named_and_the_words_do_not_wait_for_it(
    number: int, settings: LazySettings
) -> None:
    settings.FILE_LIMITS = {**settings.FILE_LIMITS, "file": 5}
    mixed = "--b\nContent-Type: text/plain\n\nHere they are.\n"
    for name, content in (("small.log", "abc"), ("large.log", "abcdefghij")):
        mixed += f'--b\nContent-Type: text/x-log; name="{name}"\n\n{content}\n'
    came(mail(to=address(number), kind="multipart/mixed; boundary=b", text=f"{mixed}--b--"))
    assert [text for _, text, _ in said(number)] == ["Here they are.\n\n⚠ large.log is larger than 0 MB."]
    assert [file.name for file in AttachedFile.objects.all()] == ["small.log"]


def test_while_files_cannot_be_stored_the_mail_waits(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **options: object) -> None:
        raise files.CannotStore(Reason("file.storage-full"))

    with monkeypatch.context() as away:
        away.setattr(files, "store_bytes", full)
        with pytest.raises(processing.NotNow):
            came(mail(to=address(number), kind=LOG))
    row = ReceivedMail.objects.get()
    assert (row.state, said(number)) == ("received", [])
    process(row.pk, at=LATER)
    assert len(said(number)) == 1


def test_signatures_of_mails_and_empty_files_are_left_out(number: int) -> None:
    parts = "--b\nContent-Type: text/plain\n\nSigned.\n"
    parts += "--b\nContent-Type: application/pgp-signature; name=s.asc\n\nabc\n"
    parts += "--b\nContent-Type: image/png; name=nothing.png\n\n--b--"
    came(mail(to=address(number), kind="multipart/signed; boundary=b", text=parts))
    assert [text for _, text, _ in said(number)] == ["Signed."]
    assert not AttachedFile.objects.exists()


# --- being held ---


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({"proven": None}, ["mail.sender-unproven"]),
        ({"proven": "evil.example"}, ["mail.sender-unproven"]),
        ({"sender": "eve@evil.example"}, ["mail.sender-other"]),
        ({"to": REPLY_ADDRESS}, ["mail.no-reply-address"]),
        ({"text": "> only a quote"}, ["mail.empty"]),
        ({"text": "x" * 50_001}, ["message.too-long"]),
    ],
)
def test_what_cannot_be_trusted_waits_in_quarantine_with_its_bytes(
    number: int, changes: dict[str, str], reasons: list[str]
) -> None:
    raw = mail(**{"to": address(number), **changes})  # type: ignore[arg-type]
    row = came(raw)
    assert (row.state, codes(row), row.reason_code) == ("quarantined", reasons, reasons[0])
    assert bytes(row.raw) == raw
    assert said(number) == []


@pytest.mark.parametrize(
    "extra", ["Auto-Submitted: auto-replied\n", "X-Pactdesk-Loop: other\n", "Return-Path: <>\n"]
)
def test_what_a_machine_wrote_is_ignored(number: int, extra: str) -> None:
    row = came(mail(to=address(number), extra=extra))
    assert row.state == "ignored"
    assert said(number) == []


def test_a_bounce_is_ignored(number: int) -> None:
    assert came(mail(to=address(number)), envelope_from="").state == "ignored"


def test_a_contact_who_was_removed_is_heard_no_more(number: int) -> None:
    dana = address(number, "dana")
    place = Contact.objects.get(case=number, email__startswith="dana@")
    contacts.remove_contact(number, place.pk, actor=world.viewer("carla"), at=NOW)
    row = came(mail(sender="dana@olive-grove-foods.example", to=dana))
    assert (row.state, codes(row)) == ("quarantined", ["mail.contact-gone"])


def test_a_closed_request_takes_no_answer_and_the_mail_is_not_lost(number: int) -> None:
    ending.close_by_contact(number, reason="Solved.", actor=world.viewer("carla"), at=NOW)
    row = came(mail(to=address(number)))
    assert (row.state, codes(row)) == ("quarantined", ["case.is-closed"])
    ending.reopen_by_contact(number, reason="Not solved.", actor=world.viewer("carla"), at=NOW)
    assert release(row.pk, vouched=False, actor_id=world.person("marta").pk, at=LATER) is True
    assert [text for _, text, _ in said(number)] == ["It works now."]


def test_without_the_name_of_our_mail_server_all_answers_wait(number: int, settings: LazySettings) -> None:
    settings.MAIL_AUTHSERV_ID = ""
    assert codes(came(mail(to=address(number)))) == ["mail.replies-off"]


def test_without_a_reply_address_nothing_names_a_request(number: int, settings: LazySettings) -> None:
    known = address(number)
    settings.MAIL_REPLY_ADDRESS = ""
    assert codes(came(mail(to=known))) == ["mail.no-reply-address"]
    assert reply_address_of(case=number, contact=1) == ""


def test_addresses_of_a_former_secret_are_read(number: int, settings: LazySettings) -> None:
    before = address(number)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another one", [settings.SECRET_KEY]
    assert address(number) != before
    assert came(mail(to=before)).state == "taken"
    settings.SECRET_KEY_FALLBACKS = []
    assert place_at(before) is None


def test_more_than_a_person_writes_is_held(number: int) -> None:
    for n in range(MOST_AN_HOUR):
        assert came(mail(to=address(number), text=f"Line {n}")).state == "taken"
    held = came(mail(to=address(number), text="One more"))
    assert codes(held) == ["mail.too-many"]
    assert came(mail(to=address(number), text="Later"), at=NOW + timedelta(hours=2)).state == "taken"
    assert release(held.pk, vouched=False, actor_id=world.person("marta").pk, at=LATER) is True


def test_the_same_again_and_again_is_held(number: int) -> None:
    rows = [came(mail(to=address(number), extra=f"X-Count: {n}\n")) for n in range(4)]
    assert [row.state for row in rows] == ["taken", "taken", "quarantined", "quarantined"]


def test_a_mail_that_is_not_whole_is_held(number: int) -> None:
    kept = receive(mail(to=address(number)), door="imap", envelope_from=None, is_whole=False, at=NOW)
    process(kept.mail_id, at=NOW)
    row = ReceivedMail.objects.get()
    assert (codes(row), row.subject) == (["mail.too-large"], "Re: PD-100123")


# --- poison ---


@pytest.mark.parametrize(
    "error", [ValueError, RecursionError, MemoryError, KeyError, UnicodeError, AssertionError]
)
def test_a_poisonous_mail_is_put_aside_and_stops_nobody(
    number: int, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def fails(*args: object, **options: object) -> None:
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(processing, "parse_mail", fails)
        row = came(mail(to=address(number)))
    assert (row.state, row.reasons) == (
        "quarantined",
        [{"code": "mail.could-not-be-processed", "params": {"error": error.__name__}}],
    )
    assert release(row.pk, vouched=False, actor_id=world.person("marta").pk, at=LATER) is True


def test_half_a_message_is_none(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: object, **options: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(files, "store_bytes", fails)
    row = came(mail(to=address(number), kind=LOG))
    assert codes(row) == ["mail.could-not-be-processed"]
    assert said(number) == []


def test_a_lost_database_is_tried_again(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: object, **options: object) -> None:
        raise OperationalError("gone") from psycopg.OperationalError()

    with monkeypatch.context() as broken:
        broken.setattr(processing, "parse_mail", fails)
        with pytest.raises(OperationalError):
            came(mail(to=address(number)))
    row = ReceivedMail.objects.get()
    assert row.state == "received"
    process(row.pk, at=LATER)
    assert len(said(number)) == 1


def test_a_mail_that_kills_its_worker_is_put_aside_in_the_end(number: int) -> None:
    kept = receive(mail(to=address(number)), door="lmtp", envelope_from="x@y.example", at=NOW)
    ReceivedMail.objects.update(attempts=MOST_ATTEMPTS)  # each of them was begun and never ended
    process(kept.mail_id, at=NOW)
    assert codes(ReceivedMail.objects.get()) == ["mail.could-not-be-processed"]


# --- operators ---


def test_a_forged_mail_is_released_only_by_somebody_who_vouches_for_it(number: int) -> None:
    row = came(mail(to=address(number), proven=None))
    marta = world.person("marta").pk
    with pytest.raises(CannotDecide) as refused:
        release(row.pk, vouched=False, actor_id=marta, at=LATER)
    assert refused.value.decision.codes == ("mail.needs-a-word",)

    assert release(row.pk, vouched=True, actor_id=marta, at=LATER) is True
    row.refresh_from_db()
    assert (row.state, row.decided_by_id, row.overridden) == ("released", marta, ["mail.sender-unproven"])
    assert said(number) == [("Carla Papadaki", "It works now.", "mail")]
    fact = FactRow.objects.get(code="mail.released")
    assert (fact.actor_id, fact.subject_id, fact.payload["vouched"]) == (marta, row.pk, True)


def test_a_mail_of_somebody_else_speaks_for_the_contact_and_never_for_the_desk(number: int) -> None:
    ines = world.person("ines")
    Case.objects.filter(pk=number).update(owner=ines)
    row = came(mail(sender=f"Ines <{ines.email}>", to=address(number)))
    assert codes(row) == ["mail.sender-other"]
    release(row.pk, vouched=True, actor_id=world.person("marta").pk, at=LATER)
    message = Message.objects.get(case=number)
    assert (message.side, message.kind, message.author_name) == ("requester", "public", "Carla Papadaki")


@pytest.mark.parametrize(
    "changes", [{"to": REPLY_ADDRESS}, {"extra": "X-Pactdesk-Loop: x\n"}, {"text": "> quoted"}]
)
def test_what_names_no_request_or_says_nothing_cannot_be_released(
    number: int, changes: dict[str, str]
) -> None:
    row = came(mail(**{"to": address(number), **changes}))  # type: ignore[arg-type]
    with pytest.raises(CannotDecide) as refused:
        release(row.pk, vouched=True, actor_id=world.person("marta").pk, at=LATER)
    assert refused.value.decision.codes == ("mail.cannot-be-released",)


def test_releasing_sets_aside_only_what_was_seen(number: int) -> None:
    """The contact is removed between the look at the mail and its release."""
    row = came(mail(sender="eve@evil.example", to=address(number, "dana")))
    place = Contact.objects.get(case=number, email__startswith="dana@")
    contacts.remove_contact(number, place.pk, actor=world.viewer("carla"), at=NOW)
    assert release(row.pk, vouched=True, actor_id=world.person("marta").pk, at=LATER) is False
    row.refresh_from_db()
    assert (row.state, codes(row)) == ("quarantined", ["mail.contact-gone"])
    assert not FactRow.objects.filter(code="mail.released").exists()


def test_a_mail_is_decided_about_once(number: int) -> None:
    row = came(mail(to=address(number), proven=None))
    marta = world.person("marta").pk
    discard(row.pk, actor_id=marta, at=LATER)
    row.refresh_from_db()
    assert (row.state, row.decided_by_id) == ("discarded", marta)
    assert FactRow.objects.get(code="mail.discarded").payload["reasons"] == ["mail.sender-unproven"]
    for again in (
        lambda: discard(row.pk, actor_id=marta, at=LATER),
        lambda: release(row.pk, vouched=True, actor_id=marta, at=LATER),
    ):
        with pytest.raises(CannotDecide):
            again()
    with pytest.raises(Http404):
        discard(0, actor_id=marta, at=LATER)


def test_old_mails_are_deleted_and_one_that_waits_is_not(number: int) -> None:
    came(mail(to=address(number)))
    came(mail(to=address(number), proven=None))
    receive(mail(text="not looked at"), door="lmtp", envelope_from=None, at=NOW)
    assert remove_old(keep=timedelta(days=30), at=NOW + timedelta(days=30)) == 0
    assert remove_old(keep=timedelta(days=30), at=NOW + timedelta(days=31)) == 2
    assert ReceivedMail.objects.get().state == "received"
    assert len(said(number)) == 1


def test_every_reason_can_be_said() -> None:
    for sentence in wording.SENTENCES.values():
        assert str(sentence).endswith((".", "s)."))


def test_nothing_about_a_mail_is_written_where_text_cannot_be_stored(number: int) -> None:
    row = came(
        b"From: a\0b@x\r\nSubject: \xff\xfe \0 \xed\xa0\x80\r\nTo: \0\r\n\r\n\0", to=["x\0@y", "\udcff@y"]
    )
    assert row.state == "quarantined"
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM mailbox_receivedmail WHERE subject LIKE '%%�%%'")
        assert cursor.fetchone() == (1,)
