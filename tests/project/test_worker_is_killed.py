"""Nothing owed is lost when the worker is killed in the middle, and nobody waits for somebody else's dead server.

The worker is the real one, in a process of its own, on the database of the test; mail server and receivers are slow on
purpose.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from django.conf import LazySettings, settings
from django.db import connection
from django.db.models import F
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued

from pactdesk.cases.rules.answers import Person
from pactdesk.cases.services import conversation
from pactdesk.cases.services.submission import submit
from pactdesk.journal.tasks import take_up_orphans
from pactdesk.kernel.ids import new_key
from pactdesk.notifications.models import OutgoingMail, ToldFact, WebhookDelivery, WebhookEndpoint
from pactdesk.notifications.rules.events import EVENT_TYPES
from pactdesk.notifications.services import endpoints
from pactdesk.project import serve, worker
from pactdesk.project.verification import prove
from tests import world
from tests.drafts import ready
from tests.receiver import Receiver

PATIENCE = 120  # seconds, on a machine that does a lot beside
REPLIES = 12

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _this_machine_may_be_called(settings: LazySettings) -> None:
    settings.WEBHOOKS_TO_THIS_MACHINE = True


class SlowPostbox:
    """A mail server that is slow to take a mail, and slow to say so. Whoever hangs up before has sent nothing."""

    def __init__(self, pause: float) -> None:
        self.taken: list[str] = []
        self.pause = pause
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802 - its name
        mail = message_from_bytes(envelope.content)  # type: ignore[attr-defined]  # aiosmtpd has no types
        await asyncio.sleep(self.pause)
        self.taken.append(mail["Message-ID"])
        await asyncio.sleep(self.pause)
        return "250 taken"


@pytest.fixture
def postbox() -> Iterator[SlowPostbox]:
    box = SlowPostbox(pause=0.1)
    yield box
    box.controller.stop()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


class Worker:
    """`pactdesk worker` in a process of its own."""

    def __init__(self, postbox: SlowPostbox, log: Path) -> None:
        told = connection.settings_dict
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(["src", "."]),
            "DATABASE_URL": f"postgresql://{told['USER']}@/{told['NAME']}?host={told['HOST']}",
            "PACTDESK_SMTP_URL": f"smtp://127.0.0.1:{postbox.port}",
            "PACTDESK_SECRET_KEY": settings.SECRET_KEY,
            "PACTDESK_CONTRACT_KEY": settings.CONTRACT_KEY,
            "PACTDESK_WEBHOOKS_TO_THIS_MACHINE": "1",
            "PACTDESK_DEMO": "0",
        }
        if told["PASSWORD"]:
            environment["PGPASSWORD"] = told["PASSWORD"]
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "pactdesk", "worker"],
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=serve._die_with_parent,
            )

    def until(self, done: Callable[[], bool], what: str) -> None:
        """Wait for something that the worker is to bring about."""
        deadline = time.monotonic() + PATIENCE
        while not done():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, f"not {what}: {self.log.read_text()[-3000:]}"
            time.sleep(0.05)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE) == 0, self.log.read_text()


@pytest.fixture
def start(postbox: SlowPostbox, tmp_path: Path) -> Iterator[Callable[[], Worker]]:
    started: list[Worker] = []

    def run() -> Worker:
        started.append(Worker(postbox, tmp_path / "worker.log"))
        return started[-1]

    yield run
    for each in started:
        if each.process.poll() is None:
            each.kill()


def a_minute_passes() -> None:
    """The heart of a killed worker has stopped for long enough, nobody waits for the call that it was making, and
    somebody looks after what it left behind."""
    WebhookEndpoint.objects.update(busy_until=F("busy_until") - timedelta(minutes=1))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '2 minutes'")
    with suppress(AlreadyEnqueued):
        take_up_orphans.defer(timestamp=0)


def a_request() -> int:
    """A request of Carla's with two contacts."""
    world.team("support", "ines")
    now = datetime.now(UTC)
    plan = world.agreement(units=9, registered=["carla"], at=now)
    carla, cem = world.viewer("carla"), world.viewer("cem")
    draft = ready(carla, plan.id, at=now, share=(Person("Cem", cem.email, "", cem.time_zone, "en"),))
    return submit(draft, terms_accepted=True, actor=carla, at=now).number


def answer(number: int, count: int) -> None:
    ines = world.viewer("ines")
    for each in range(count):
        conversation.answer(
            number, f"Answer {each}", key=new_key(), seen=None, actor=ines, at=datetime.now(UTC)
        )


def all_is_sent() -> bool:
    jobs = ProcrastinateJob.objects.filter(status__in=["todo", "doing"]).exclude(queue_name="housekeeping")
    return (
        not jobs.exists()
        and not OutgoingMail.objects.exclude(state="sent").exists()
        and not WebhookDelivery.objects.exclude(state="delivered").exists()
    )


def test_every_owed_letter_and_event_arrives_although_the_worker_is_killed_in_the_middle(
    postbox: SlowPostbox, receiver: Receiver, start: Callable[[], Worker]
) -> None:
    number = a_request()
    endpoints.add_endpoint(
        receiver.url(),
        description="",
        events=EVENT_TYPES,
        actor=world.viewer("carla"),
        at=datetime.now(UTC),
    )
    answer(number, REPLIES)

    kills = 0
    for at_least in (5, 14):
        running = start()
        running.until(lambda at_least=at_least: len(postbox.taken) >= at_least, f"{at_least} mails")
        running.kill()
        kills += 1
        answer(number, 1)  # what happens while nobody works
        a_minute_passes()
    in_the_middle = ProcrastinateJob.objects.filter(status="doing").count()
    assert in_the_middle, "the worker was killed while it did nothing"

    last = start()
    last.until(all_is_sent, "everything sent")
    last.stop()

    owed = set(OutgoingMail.objects.values_list("message_id", flat=True))
    # The confirmation, and each answer to both contacts.
    assert len(owed) == 1 + 2 * (REPLIES + kills)
    assert set(postbox.taken) == owed
    twice = sum(Counter(postbox.taken).values()) - len(owed)
    assert twice <= kills * worker.FIRST_CREW, "no more than were on their way when it was killed"

    events = set(WebhookDelivery.objects.values_list("event_id", flat=True))
    assert {each.headers["webhook-id"] for each in receiver.asked} == events
    assert len(events) >= REPLIES + kills
    assert ToldFact.objects.filter(letters__gt=0).count() == 1 + REPLIES + kills
    broken = [outcome.check.code for _group, outcome in prove(at=datetime.now(UTC)) if outcome.is_broken]
    assert broken == []


def test_endpoints_that_never_answer_keep_neither_mails_nor_others_waiting(
    postbox: SlowPostbox, receiver: Receiver, start: Callable[[], Worker]
) -> None:
    number = a_request()
    silent = [socket.create_server(("127.0.0.1", 0), backlog=64) for _each in range(3)]
    carla, now = world.viewer("carla"), datetime.now(UTC)
    for each in silent:
        url = f"http://127.0.0.1:{each.getsockname()[1]}/"
        endpoints.add_endpoint(url, description="", events=EVENT_TYPES, actor=carla, at=now)
    endpoints.add_endpoint(receiver.url(), description="", events=EVENT_TYPES, actor=carla, at=now)
    answer(number, REPLIES)

    running = start()
    running.until(
        lambda: len(receiver.asked) >= REPLIES and len(postbox.taken) >= 1 + 2 * REPLIES,
        "the living served",
    )
    dead = WebhookDelivery.objects.exclude(endpoint__url=receiver.url())
    # Each call to a dead one takes ten seconds. Had the others waited for them, most of these would be over.
    assert dead.filter(attempts__gt=0).count() <= 3 * 3
    assert not dead.filter(state="delivered").exists()
    running.stop()
    for each in silent:
        each.close()
