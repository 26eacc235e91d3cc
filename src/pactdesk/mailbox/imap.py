"""The door by which we fetch mails from a mailbox (IMAP).

A mail is marked or moved only after its row is committed, so a crash in between fetches it again, which makes no second
row. Nothing of a mail is read here but its size: whatever it is, it can be kept.
"""

from __future__ import annotations

import imaplib
import ipaddress
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog
from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted, MailMessage

from pactdesk.kernel.database import LOST
from pactdesk.mailbox.models import ReceivedMail
from pactdesk.mailbox.services.receiving import receive

log = structlog.get_logger(__name__)

MOST_AT_ONCE = 200  # the next minute brings the next ones
PATIENCE = 30  # seconds for each answer of the server
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


@dataclass(frozen=True, slots=True)
class Account:
    """Where the mailbox is and how it is opened."""

    host: str
    port: int
    user: str
    password: str
    folder: str
    encrypted: bool

    @classmethod
    def read(cls, url: str) -> Account:
        """From "imaps://user:password@host:993/INBOX"; "imap" is STARTTLS."""
        parts = urlsplit(url)
        encrypted = parts.scheme == "imaps"
        return cls(
            host=parts.hostname or "",
            port=parts.port or (993 if encrypted else 143),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            folder=unquote(parts.path.strip("/")) or "INBOX",
            encrypted=encrypted,
        )


def fetch(url: str, *, done_folder: str, most_bytes: int, now: Callable[[], datetime]) -> int:
    """Keep what is new in the mailbox, and answer how many mails were looked at.

    Without a `done_folder` new is what is unread, and it is marked as read; else whatever there is, and it is moved.
    One mail that cannot be fetched does not stop the others. Raises errors of the connection and of a lost database.
    """
    seen = 0
    with _opened(Account.read(url)) as box:
        if done_folder and not box.folder.exists(done_folder):
            box.folder.create(done_folder)
        for uid in box.uids("NOT DELETED" if done_folder else "UNSEEN NOT DELETED")[:MOST_AT_ONCE]:
            seen += 1
            try:
                raw, is_whole = _bytes_of(box, uid, most_bytes)
                receive(raw, door=ReceivedMail.Door.IMAP, envelope_from=None, is_whole=is_whole, at=now())
                _done(box, uid, done_folder)
            except (*LOST, OSError, imaplib.IMAP4.abort):
                raise
            except Exception as error:
                log.warning("mail not fetched", uid=uid, error=type(error).__name__)
    return seen


@contextmanager
def _opened(account: Account) -> Iterator[BaseMailBox]:
    box = _connected(account)
    try:
        if account.password.isascii() and account.user.isascii():
            box.login(account.user, account.password, account.folder)
        else:
            box.login_utf8(account.user, account.password, account.folder)
        yield box
    finally:
        # Not `logout`: a server that has gone away would hide what went wrong before.
        box.client.shutdown()


def _connected(account: Account) -> BaseMailBox:
    """A connection that nobody on the way can read. Raises where the server offers none."""
    if account.encrypted:
        return _Whole(account.host, account.port, PATIENCE, ssl_context=ssl.create_default_context())
    if _is_this_machine(account.host):
        return _WholePlain(account.host, account.port, PATIENCE)
    return _WholeStartTls(account.host, account.port, PATIENCE, ssl_context=ssl.create_default_context())


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Raw(MailMessage):
    """A mail as bytes. The library would parse it, and raise on what it does not understand."""

    def __init__(self, fetch_data: list[Any]) -> None:
        self.raw, *_ = self._get_message_data_parts(fetch_data)


class _Whole(MailBox):
    email_message_class = _Raw


class _WholePlain(MailBoxUnencrypted):
    email_message_class = _Raw


class _WholeStartTls(MailBoxStartTls):
    email_message_class = _Raw


def _bytes_of(box: BaseMailBox, uid: str, most_bytes: int) -> tuple[bytes, bool]:
    """The bytes of a mail, and whether they are all of it: of one that is too large only the headers are fetched."""
    _, answer = box.client.uid("FETCH", uid, "(RFC822.SIZE)")
    sizes = [_SIZE.search(each) for each in answer if isinstance(each, bytes)]
    size = next((int(found.group(1)) for found in sizes if found), 0)
    is_whole = size <= most_bytes
    mail = next(iter(box.fetch(uid_list=[uid], mark_seen=False, headers_only=not is_whole)))
    assert isinstance(mail, _Raw)
    return bytes(mail.raw), is_whole


def _done(box: BaseMailBox, uid: str, done_folder: str) -> None:
    if done_folder:
        box.move([uid], done_folder)
    else:
        box.client.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen)")
