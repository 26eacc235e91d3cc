"""Mails are fetched from a real IMAP server, each kept before it is marked, and none stops the others."""

from __future__ import annotations

import getpass
import grp
import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import timezone

from pactdesk.mailbox import imap, tasks
from pactdesk.mailbox.models import ReceivedMail
from tests.mails import mail

PATIENCE = 20
USER, PASSWORD = "support", "s3cret/ž?"
MOST_BYTES = 100_000

pytestmark = pytest.mark.django_db

CONFIGURATION = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:{folder}/mail
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {internal}
first_valid_uid = 1
first_valid_gid = 0
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
"""


class Dovecot:
    """An IMAP server of our own with one empty mailbox, on a free port of this machine."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if program is None:
            pytest.fail(
                "Dovecot is missing. `make test` installs it where it may; else install dovecot-imapd."
            )
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]
        # As root it keeps mail for somebody who is not; else everything belongs to whoever runs the tests.
        account = pwd.getpwnam("nobody" if os.geteuid() == 0 else getpass.getuser())
        for name in ("run", "state", "mail"):
            (folder / name).mkdir()
        if os.geteuid() == 0:
            shutil.chown(folder / "mail", account.pw_uid, account.pw_gid)
        settings = CONFIGURATION.format(
            folder=folder,
            port=self.port,
            password=PASSWORD,
            internal=account.pw_name,
            group=grp.getgrgid(account.pw_gid).gr_name,
            uid=account.pw_uid,
            gid=account.pw_gid or account.pw_uid,
        )
        (folder / "dovecot.conf").write_text(settings)
        self.log = folder / "log"
        self.process = subprocess.Popen([program, "-F", "-c", str(folder / "dovecot.conf")])
        try:
            self._wait()
        except BaseException:
            self.end()
            raise

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                with self.opened():
                    return
            except (OSError, imaplib.IMAP4.error):
                said = self.log.read_text() if self.log.exists() else ""
                assert self.process.poll() is None, said
                assert time.monotonic() < deadline, said
                time.sleep(0.05)

    def opened(self) -> imaplib.IMAP4:
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=PATIENCE)
        client.authenticate("PLAIN", lambda _: f"\0{USER}\0{PASSWORD}".encode())
        return client

    def put(self, *mails: bytes) -> None:
        with self.opened() as client:
            for raw in mails:
                assert client.append("INBOX", "", "", raw)[0] == "OK"

    def count(self, criteria: str, folder: str = "INBOX") -> int:
        with self.opened() as client:
            client.select(folder, readonly=True)
            return len(client.search(None, criteria)[1][0].split())

    def end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(PATIENCE)


@pytest.fixture
def server() -> Iterator[Dovecot]:
    folder = Path(tempfile.mkdtemp(prefix="pactdesk-test-"))  # where somebody else may enter, too
    folder.chmod(0o755)
    try:
        dovecot = Dovecot(folder)
        yield dovecot
        dovecot.end()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def url(server: Dovecot) -> str:
    return f"imap://{USER}:s3cret%2F%C5%BE%3F@127.0.0.1:{server.port}/INBOX"


def fetch(url: str, done_folder: str = "") -> int:
    return imap.fetch(url, done_folder=done_folder, most_bytes=MOST_BYTES, now=timezone.now)


def test_mails_are_fetched_once_and_marked_as_read(server: Dovecot, url: str) -> None:
    server.put(mail(text="one"), mail(text="two"))
    assert fetch(url) == 2
    assert [bytes(row.raw) for row in ReceivedMail.objects.order_by("pk")] == [
        mail(text="one"),
        mail(text="two"),
    ]
    assert (server.count("SEEN"), server.count("UNSEEN")) == (2, 0)
    assert fetch(url) == 0


def test_mails_are_moved_where_there_is_a_folder_for_them(server: Dovecot, url: str) -> None:
    server.put(mail(text="one"), mail(text="two"))
    assert fetch(url, "Taken by Pactdesk") == 2
    assert server.count("ALL") == 0
    assert server.count("ALL", '"Taken by Pactdesk"') == 2
    assert fetch(url, "Taken by Pactdesk") == 0


def test_whatever_the_bytes_are_they_are_kept_and_stop_nobody(server: Dovecot, url: str) -> None:
    broken = [
        b"\r\n",
        b"From: \xff\xfe\r\nSubject: =?x?q?\r\n\r\n\x80",
        b"Content-Type: multipart/mixed; boundary=\r\nDate: Fri, 99 Nov 99999999999 99:99:99\r\n\r\n--",
        b"From: a@b, c: d;\r\nTo: (((((\r\n\r\nx",
        b"no headers at all",
    ]
    server.put(*broken, mail())
    assert fetch(url) == 6
    assert {bytes(row.raw) for row in ReceivedMail.objects.all()} == {*broken, mail()}


def test_of_a_mail_that_is_too_large_the_headers_are_kept(server: Dovecot, url: str) -> None:
    server.put(mail(text="x\n" * MOST_BYTES))
    fetch(url)
    row = ReceivedMail.objects.get()
    assert row.is_whole is False
    assert b"Subject: Re: PD-100123" in bytes(row.raw)
    assert row.size < 1000
    assert server.count("SEEN") == 1


def test_what_was_not_kept_is_not_marked(server: Dovecot, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    server.put(mail(text="one"), mail(text="two"))
    keep, calls = imap.receive, []

    def fails_first(*args: object, **options: object) -> object:
        calls.append(args)
        if len(calls) == 1:
            raise ValueError
        return keep(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(imap, "receive", fails_first)
    assert fetch(url) == 2
    assert (ReceivedMail.objects.count(), server.count("UNSEEN")) == (1, 1)
    assert fetch(url) == 1
    assert (ReceivedMail.objects.count(), server.count("UNSEEN")) == (2, 0)


def test_a_crash_before_the_mark_keeps_nothing_twice(
    server: Dovecot, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crashes(*args: object) -> None:
        raise ConnectionResetError

    server.put(mail())
    with monkeypatch.context() as crashing:
        crashing.setattr(imap, "_done", crashes)
        with pytest.raises(ConnectionResetError):
            fetch(url)
    assert (ReceivedMail.objects.count(), server.count("UNSEEN")) == (1, 1)
    assert fetch(url) == 1
    assert (ReceivedMail.objects.count(), server.count("UNSEEN")) == (1, 0)


def test_the_worker_fetches_and_minds_no_server_that_is_away(
    server: Dovecot, url: str, settings: LazySettings, caplog: pytest.LogCaptureFixture
) -> None:
    server.put(mail())
    settings.IMAP_URL = url
    tasks.fetch_mails(0)
    assert ReceivedMail.objects.count() == 1
    settings.IMAP_URL = url.replace("s3", "wrong")
    tasks.fetch_mails(0)
    server.end()
    settings.IMAP_URL = url
    tasks.fetch_mails(0)
    assert caplog.text.count("mailbox cannot be read") == 2
    assert "cret" not in caplog.text
    settings.IMAP_URL = ""
    tasks.fetch_mails(0)


def test_a_password_travels_only_where_nobody_can_read_it(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[tuple[str, object]] = []
    for name in ("_Whole", "_WholePlain", "_WholeStartTls"):
        monkeypatch.setattr(
            imap, name, lambda *a, name=name, **o: chosen.append((name, o.get("ssl_context")))
        )
    for url in (
        "imaps://u:p@mail.example",
        "imap://u:p@mail.example",
        "imap://u:p@127.0.0.1",
        "imap://u:p@localhost",
    ):
        imap._connected(imap.Account.read(url))
    assert [name for name, _ in chosen] == ["_Whole", "_WholeStartTls", "_WholePlain", "_WholePlain"]
    for _, context in chosen[:2]:
        assert context.check_hostname is True  # type: ignore[attr-defined]
        assert context.verify_mode.name == "CERT_REQUIRED"  # type: ignore[attr-defined]


def test_an_address_of_a_mailbox_is_read() -> None:
    assert imap.Account.read("imaps://a%40b:p%2F@mail.example/Support%20box") == imap.Account(
        host="mail.example", port=993, user="a@b", password="p/", folder="Support box", encrypted=True
    )
    assert imap.Account.read("imap://u:p@mail.example").folder == "INBOX"
    assert imap.Account.read("imap://u:p@mail.example").port == 143
