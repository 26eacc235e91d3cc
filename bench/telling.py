"""Mails and webhooks out: how many a second the worker hands over to a mail server and to endpoints on this machine.

Both sides are as quick as they can be, so that the worker is what is measured.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiosmtpd.controller import Controller
from django.conf import settings
from django.db import connection, transaction

from bench.place import HOST, PATIENCE, CannotMeasure, Place, free_port
from bench.report import Table, in_ms, quantile, say
from bench.resources import memory, processor_seconds
from bench.world import World

MAILS = 600
ENDPOINTS, EVENTS = 8, 75  # for each of them
WARM_UP = 0.1  # of what is owed is not counted

_ANSWER = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"


def measure(place: Place, world: World, table: Table) -> None:
    """Rows for mails and for webhooks. What a worker has still to do is forgotten before."""
    table.heading("Telling: what the worker hands over in a second")
    with _mail_server() as port:
        say("mails out")
        _forget()
        _owe_mails(world)
        environment = {"PACTDESK_SMTP_URL": f"smtp://{HOST}:{port}"}
        with _worker(place, environment) as process:
            done = _rate(place, process.pid, "notifications_outgoingmail", "sent", MAILS)
            table.row("mails a second", f"{done.rate:.0f}", f"of {MAILS}, each over a connection of its own")
            table.row("processor time of one mail", done.in_words())
            memory(table, "worker", process.pid)
    with _receiver() as port:
        say("webhooks out")
        _forget()
        _owe_events(world, port)
        with _worker(place, {"PACTDESK_WEBHOOKS_TO_THIS_MACHINE": "1"}) as process:
            done = _rate(place, process.pid, "notifications_webhookdelivery", "delivered", ENDPOINTS * EVENTS)
            table.row(
                "webhooks a second", f"{done.rate:.0f}", f"to {ENDPOINTS} endpoints, signed, without TLS"
            )
            table.row("processor time of one webhook", done.in_words())
            table.row("one call, with looking up and connecting", *_latencies())
            memory(table, "worker", process.pid)
    _forget()


def _owe_mails(world: World) -> None:
    from pactdesk.notifications import tasks
    from pactdesk.notifications.services import outbox

    now = datetime.now(UTC)
    text = "Somebody has written in your support request.\n" * 20
    with transaction.atomic():
        for number in range(MAILS):
            letter = outbox.Letter(
                key=f"bench:{number}",
                kind="answer",
                to_address=f"reader{number}@example.org",
                language="en",
                subject=f"[PD-{number}] How many a second",
                text=text,
                html=f"<p>{text}</p>",
                account_id=world.first_account + number % 100,
            )
            mail_id = outbox.post(letter, at=now)
            assert mail_id is not None  # the outbox is empty
            tasks.queue_sending(mail_id)


def _owe_events(world: World, port: int) -> None:
    from pactdesk.kernel.ids import new_key
    from pactdesk.kernel.sealing import seal
    from pactdesk.notifications import tasks
    from pactdesk.notifications.models import WebhookEndpoint
    from pactdesk.notifications.services import announcing, delivering

    now = datetime.now(UTC)
    data: dict[str, object] = {"number": "PD-100123", "status": "in-progress", "severity": "B"}
    with transaction.atomic():
        for number in range(ENDPOINTS):
            endpoint = WebhookEndpoint.objects.create(
                account_id=world.first_account + number,
                url=f"http://{HOST}:{port}/{number}",
                events=["request.status-changed"],
                secret_sealed=seal(delivering.SECRET, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
                created_at=now,
            )
            for _each in range(EVENTS):
                announcing.owe(
                    endpoint,
                    "request.status-changed",
                    announcing.id_of(str(new_key())),
                    data,
                    case=None,
                    happened=now,
                    at=now,
                    test=False,
                )
            tasks.wake(endpoint.pk)


@dataclass(frozen=True, slots=True)
class Done:
    """How many a second were done, and the processor seconds that one costs worker and database server."""

    rate: float
    worker: float
    database: float

    def in_words(self) -> str:
        return f"{in_ms(self.worker)} worker, {in_ms(self.database)} database"


def _rate(place: Place, pid: int, table: str, done: str, count: int) -> Done:
    """What is done from when the worker is warm until all of it is."""
    warm = int(count * WARM_UP)
    began = _wait(table, done, warm)
    before = processor_seconds(pid), processor_seconds(place.server_pid)
    seconds = max(_wait(table, done, count) - began, 0.001)
    after = processor_seconds(pid), processor_seconds(place.server_pid)
    of_one = [(now - then) / (count - warm) for now, then in zip(after, before, strict=True)]
    return Done((count - warm) / seconds, *of_one)


def _wait(table: str, done: str, count: int) -> float:
    """When so many were done, by the clock of the process."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table} WHERE state = %s", [done])
            if cursor.fetchone()[0] >= count:
                return time.monotonic()
        time.sleep(0.02)
    raise CannotMeasure(f"The worker has not {done} {count} of {table} in {PATIENCE} seconds.")


def _latencies() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_milliseconds FROM notifications_webhookdelivery")
        took = [row[0] / 1000 for row in cursor.fetchall()]
    return [f"p50 {in_ms(quantile(took, 0.5))}", f"p95 {in_ms(quantile(took, 0.95))}"]


def _forget() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE procrastinate_jobs, procrastinate_events, notifications_outgoingmail,"
            " notifications_toldfact, notifications_webhookendpoint CASCADE"
        )


@contextmanager
def _worker(place: Place, told: dict[str, str]) -> Iterator[subprocess.Popen[Any]]:
    from pactdesk.project import serve

    environment = {
        **place.environment(web=False),
        "PACTDESK_SECRET_KEY": settings.SECRET_KEY,
        "PACTDESK_CONTRACT_KEY": settings.CONTRACT_KEY,
        **told,
    }
    process = place.start([*serve.PACTDESK, "worker"], environment, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        place.end(process, signal.SIGINT)


class _Taking:
    """A mail server that takes everything and keeps nothing."""

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802 - its name
        return "250 taken"


@contextmanager
def _mail_server() -> Iterator[int]:
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    controller = Controller(_Taking(), hostname=HOST, port=free_port())
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@contextmanager
def _receiver() -> Iterator[int]:
    """An endpoint that answers 204 to whatever it is told."""
    port, loop = free_port(), asyncio.new_event_loop()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
        )
        await reader.readexactly(length)
        writer.write(_ANSWER)
        await writer.drain()
        writer.close()

    server = loop.run_until_complete(asyncio.start_server(answer, HOST, port))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
