"""The door for a mail server that hands mails over (LMTP, RFC 2033).

It says yes to a mail only after its row is committed, "later" while the database is away, and no to what could smuggle
a second mail. One process; the mail server keeps what was not taken and tries again.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import Envelope, Session
from aiosmtpd.smtp import log as library_log
from django.conf import settings
from django.db import close_old_connections
from django.utils import timezone

from pactdesk.kernel.database import LOST
from pactdesk.mailbox.models import ReceivedMail
from pactdesk.mailbox.rules.smuggling import may_smuggle
from pactdesk.mailbox.services.receiving import receive

log = structlog.get_logger(__name__)
library_log.setLevel(logging.WARNING)  # below it every command is written down, with its addresses

MOST_CONNECTIONS = 20
MOST_RECIPIENTS = 50
PATIENCE = 300  # seconds between two commands
WRITERS = 2

TAKEN = "250 2.0.0 Taken"
LATER = "451 4.3.0 Cannot be kept at the moment, try again later"
SMUGGLED = "554 5.6.0 Lines have to end in CR LF"
NOT_OURS = "550 5.7.1 Not an address of ours"
TOO_MANY = "452 4.5.3 Too many recipients"
BUSY = b"421 4.3.2 Too many connections, try again later\r\n"


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to listen: a path of a socket, or a host and a port."""

    path: str = ""
    host: str = ""
    port: int = 0

    @classmethod
    def read(cls, text: str) -> Listening:
        """From "unix:/run/pactdesk/lmtp", "127.0.0.1:8024" or "[::1]:8024"."""
        if text.startswith("unix:"):
            return cls(path=text.removeprefix("unix:"))
        host, _, port = text.rpartition(":")
        return cls(host=host.strip("[]"), port=int(port))


class Door(LMTP):
    """One connection. LMTP answers once for each recipient, which the library leaves to us."""

    line_length_limit = 1_000_000  # mail servers pass on longer lines than the standard allows
    open_doors = 0

    _recipients = 0
    _verdict_is_due = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        Door.open_doors += 1
        super().connection_made(transport)
        if Door.open_doors > MOST_CONNECTIONS and isinstance(transport, asyncio.Transport):
            transport.write(BUSY)
            transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        Door.open_doors -= 1
        super().connection_lost(error)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - the name of the command
        self._recipients = len(self.envelope.rcpt_tos) if self.envelope else 0
        try:
            await super().smtp_DATA(arg)
        finally:
            self._verdict_is_due = False

    async def push(self, status: Any) -> None:
        text = status if isinstance(status, str) else bytes(status).decode("utf-8", "replace")
        if self._verdict_is_due and "\r\n" not in text:
            text = "\r\n".join([text] * max(1, self._recipients))
        await super().push(text)
        if text.startswith("354"):
            self._verdict_is_due = True


class Handler:
    """Keeps what is handed over, in threads that may wait for the database."""

    def __init__(self) -> None:
        self.writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="keeps-mail")

    async def handle_RCPT(  # noqa: N802 - the name of the hook
        self, server: Door, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        domain = settings.MAIL_REPLY_ADDRESS.rpartition("@")[2]
        if not domain or address.rpartition("@")[2].lower() != domain:
            return NOT_OURS
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return TOO_MANY
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Recipient ok"

    async def handle_DATA(self, server: Door, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = bytes(envelope.original_content or b"")
        sender = envelope.mail_from or ""
        verdicts = [
            await self._keep(content, "" if sender == "<>" else sender, recipient)
            for recipient in envelope.rcpt_tos
        ]
        return "\r\n".join(verdicts)

    async def _keep(self, content: bytes, envelope_from: str, recipient: str) -> str:
        if may_smuggle(content):
            log.warning("mail refused, its lines end in other ways than CR LF", envelope_from=envelope_from)
            return SMUGGLED
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.writers, _keep, content, envelope_from, recipient)


def _keep(content: bytes, envelope_from: str, recipient: str) -> str:
    """What to answer for one recipient. Each gets a row of its own: the envelope says whom it is for."""
    close_old_connections()
    try:
        receive(
            content,
            door=ReceivedMail.Door.LMTP,
            envelope_from=envelope_from,
            envelope_to=[recipient],
            at=timezone.now(),
        )
    except Exception as error:  # whatever it is, the mail server keeps the mail and asks again
        log.error("mail not kept", error=type(error).__name__, lost=isinstance(error, LOST))
        return LATER
    finally:
        close_old_connections()
    return TAKEN


async def serve(listen: str, *, until: asyncio.Event, ready: Callable[[], None] = lambda: None) -> None:
    """Listen and take mails in until `until` is set; connections that are open then are ended. Raises OSError."""
    where = Listening.read(listen)
    handler = Handler()
    loop = asyncio.get_running_loop()

    def door() -> Door:
        return Door(
            handler,
            data_size_limit=settings.MAIL_MOST_BYTES,
            enable_SMTPUTF8=True,
            hostname=socket.gethostname(),
            ident="Pactdesk LMTP",
            timeout=PATIENCE,
            loop=loop,
        )

    if where.path:
        server = await loop.create_unix_server(door, where.path)
        Path(where.path).chmod(stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP | stat.S_IWGRP)
    else:
        server = await loop.create_server(door, where.host, where.port)
    async with server:
        ready()
        await until.wait()
    await loop.run_in_executor(None, handler.writers.shutdown)
    if where.path:
        Path(where.path).unlink(missing_ok=True)
