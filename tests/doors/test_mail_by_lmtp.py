"""A mail server hands mails over by LMTP; what we said yes to is committed, and nothing hides behind another mail."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import OperationalError, connection

from pactdesk.mailbox import lmtp
from pactdesk.mailbox.models import ReceivedMail
from tests.mail_doors import PATIENCE, Serving, free_port
from tests.mails import REPLY_ADDRESS, mail

KEYED = "support+2n4s.1.abcdefghijklmnopqrstuvwxyz@reply.vendor.example"
OTHER = "support+2n4s.2.abcdefghijklmnopqrstuvwxyz@reply.vendor.example"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def port(settings: LazySettings) -> Iterator[int]:
    settings.MAIL_REPLY_ADDRESS = REPLY_ADDRESS
    settings.MAIL_MOST_BYTES = 100_000
    free = free_port()
    serving = Serving(f"127.0.0.1:{free}")
    yield free
    serving.end()


@pytest.fixture
def client(port: int) -> Iterator[smtplib.LMTP]:
    with smtplib.LMTP("127.0.0.1", port, timeout=PATIENCE) as connected:
        yield connected


class Raw:
    """A connection on which a test says what no library would."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.lines = self.socket.makefile("rb")
        self.answer()

    def say(self, line: bytes) -> None:
        self.socket.sendall(line)

    def answer(self) -> str:
        while True:
            line = self.lines.readline().decode()
            if line[3:4] != "-":
                return line.rstrip("\r\n")

    def begin(self, sender: bytes = b"a@x.example", recipients: tuple[str, ...] = (KEYED,)) -> None:
        self.say(b"LHLO x\r\nMAIL FROM:<" + sender + b">\r\n")
        assert self.answer().startswith("250")
        assert self.answer().startswith("250")
        for recipient in recipients:
            self.say(b"RCPT TO:<" + recipient.encode() + b">\r\n")
            assert self.answer().startswith("250")
        self.say(b"DATA\r\n")
        assert self.answer().startswith("354")


@pytest.fixture
def raw(port: int) -> Iterator[Raw]:
    connection = Raw(port)
    yield connection
    connection.lines.close()
    connection.socket.close()


def test_what_we_said_yes_to_is_kept_as_it_came(client: smtplib.LMTP) -> None:
    content = mail(to=KEYED, text="Žlutý\n.a line that begins with a dot\n..")
    assert client.sendmail("carla@x.example", [KEYED], content, mail_options=["BODY=8BITMIME"]) == {}
    row = ReceivedMail.objects.get()
    assert bytes(row.raw) == content
    assert (row.envelope_from, row.envelope_to, row.door, row.state) == (
        "carla@x.example",
        [KEYED],
        "lmtp",
        "received",
    )


def test_each_recipient_has_a_row_and_an_answer_of_its_own(raw: Raw) -> None:
    """The library's client reads one answer only, so this speaks by itself."""
    raw.begin(recipients=(KEYED, OTHER))
    raw.say(mail() + b".\r\n")
    assert [raw.answer()[:3], raw.answer()[:3]] == ["250", "250"]
    assert sorted(row.envelope_to[0] for row in ReceivedMail.objects.all()) == [KEYED, OTHER]
    raw.begin()
    raw.say(mail(text="The connection still speaks in turn.") + b".\r\nNOOP\r\nDATA\r\n")
    assert [raw.answer()[:3], raw.answer()[:3], raw.answer()[:3]] == ["250", "250", "503"]
    assert ReceivedMail.objects.count() == 3


def test_what_is_not_ours_is_not_taken(client: smtplib.LMTP) -> None:
    refused = client.sendmail("carla@x.example", ["root@elsewhere.example", KEYED], mail())
    assert {address: code for address, (code, _) in refused.items()} == {"root@elsewhere.example": 550}
    assert ReceivedMail.objects.get().envelope_to == [KEYED]


def test_handed_over_again_it_is_kept_once(client: smtplib.LMTP) -> None:
    for _ in range(3):
        client.sendmail("carla@x.example", [KEYED], mail())
    assert ReceivedMail.objects.count() == 1


def test_a_bounce_has_no_sender(raw: Raw) -> None:
    raw.begin(sender=b"")
    raw.say(mail().replace(b"\r\n.", b"\r\n..") + b".\r\n")
    assert raw.answer().startswith("250")
    assert ReceivedMail.objects.get().envelope_from == ""


def test_while_the_database_is_away_the_mail_stays_where_it_is(
    client: smtplib.LMTP, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*args: object, **options: object) -> None:
        raise OperationalError("the server has gone away")

    with monkeypatch.context() as away:
        away.setattr(lmtp, "receive", gone)
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("carla@x.example", [KEYED], mail())
    assert refused.value.smtp_code == 451
    assert client.sendmail("carla@x.example", [KEYED], mail()) == {}
    assert ReceivedMail.objects.count() == 1


def test_the_yes_is_said_after_the_row_is_committed(client: smtplib.LMTP) -> None:
    """The guard: a lock on the table keeps the answer back, because the row is not there yet."""
    client.timeout = 1
    assert client.sock is not None
    client.sock.settimeout(1)
    with connection.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE mailbox_receivedmail IN ACCESS EXCLUSIVE MODE")
        try:
            with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
                client.sendmail("carla@x.example", [KEYED], mail())
        finally:
            cursor.execute("ROLLBACK")


def test_a_mail_that_is_too_large_is_refused_for_every_recipient(raw: Raw) -> None:
    raw.begin(recipients=(KEYED, OTHER))
    raw.say(b"X: y\r\n\r\n" + b"x" * 900 + b"\r\n")
    for _ in range(150):
        raw.say(b"x" * 900 + b"\r\n")
    raw.say(b".\r\n")
    assert [raw.answer()[:3], raw.answer()[:3]] == ["552", "552"]
    assert not ReceivedMail.objects.exists()


@pytest.mark.parametrize(
    "end",
    [
        b"\n.\n",
        b"\n.\r\n",
        b"\r\n.\n",
        b"\r.\r",
        b"\r\n.\r",
        b"\r.\r\n",
        b"\r.\n",
        b"\n.\r",
        b"\n\n.\r\n",
        b"\n",
    ],
    ids=repr,
)
def test_no_mail_hides_behind_the_end_of_another(raw: Raw, end: bytes) -> None:
    inner = (
        b"MAIL FROM:<carla@olive-grove-foods.example>\r\nRCPT TO:<"
        + KEYED.encode()
        + b">\r\nDATA\r\n"
        + mail()
    )
    raw.begin()
    raw.say(b"Subject: x\r\n\r\nouter" + end + inner + b".\r\n")
    assert raw.answer().startswith("554")
    assert not ReceivedMail.objects.exists()


def test_long_lines_and_odd_bytes_are_taken(client: smtplib.LMTP) -> None:
    content = b"Subject: x\r\n\r\n" + b"y" * 50_000 + b"\r\n\0\xff\r\n"
    assert client.sendmail("carla@x.example", [KEYED], content) == {}
    assert bytes(ReceivedMail.objects.get().raw) == content


def test_connections_are_bounded(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lmtp, "MOST_CONNECTIONS", 3)
    clients = [smtplib.LMTP("127.0.0.1", port, timeout=PATIENCE) for _ in range(3)]
    with pytest.raises(smtplib.SMTPConnectError) as refused:
        smtplib.LMTP("127.0.0.1", port, timeout=PATIENCE)
    assert refused.value.smtp_code == 421
    clients.pop().quit()
    for client in clients:
        client.quit()
    with smtplib.LMTP("127.0.0.1", port, timeout=PATIENCE) as after:
        assert after.noop()[0] == 250


def test_nobody_relays_through_it(client: smtplib.LMTP, settings: LazySettings) -> None:
    settings.MAIL_REPLY_ADDRESS = ""
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        client.sendmail("carla@x.example", [KEYED], mail())


def test_it_listens_on_a_socket_of_the_file_system_too(tmp_path: Path, settings: LazySettings) -> None:
    settings.MAIL_REPLY_ADDRESS = REPLY_ADDRESS
    path = tmp_path / "lmtp"
    serving = Serving(f"unix:{path}")
    with smtplib.LMTP(str(path)) as client:
        client.sendmail("carla@x.example", [KEYED], mail())
    assert path.stat().st_mode & 0o777 == 0o660
    serving.end()
    assert not path.exists()
    assert ReceivedMail.objects.count() == 1
