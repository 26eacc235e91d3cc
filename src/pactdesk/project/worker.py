"""The worker: one process with two crews, so that nobody's slow server keeps mails and facts waiting.

The first crew does everything but call webhooks. The second one does only that: its members wait for other people's
servers most of the time, and a server that does not answer takes one of them for ten seconds.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from django.db import DEFAULT_DB_ALIAS
from procrastinate import PsycopgConnector
from procrastinate.connector import BaseConnector
from procrastinate.contrib.django import app, connector_params
from procrastinate.contrib.django.django_connector import DjangoConnector

from pactdesk.notifications.tasks import WEBHOOKS

FIRST_CREW = 4  # jobs at a time
CALLERS = 8
GRACE = 3.0  # seconds for what is being done to be finished, before it is asked to stop


def run() -> None:
    """Do jobs until told to stop (SIGINT, SIGTERM)."""
    with app.replace_connector(connector()):
        asyncio.run(_work())


class Connector(PsycopgConnector):
    """Reaches the queue by connections of its own, and what a job itself queues by that job's: so it is there when the
    job's transaction is committed, with what it is about, and not if that is rolled back."""

    def get_sync_connector(self) -> BaseConnector:
        return DjangoConnector(alias=DEFAULT_DB_ALIAS)


def connector() -> Connector:
    """How a worker reaches its queue."""
    return Connector(kwargs=connector_params(DEFAULT_DB_ALIAS))


async def _work() -> None:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(FIRST_CREW + CALLERS, thread_name_prefix="job"))
    async with app.open_async():
        app.perform_import_paths()  # type: ignore[no-untyped-call]  # it has no types
        crews = [
            asyncio.create_task(_crew("first crew", queues_of_the_first_crew(), FIRST_CREW)),
            asyncio.create_task(_crew("callers", [WEBHOOKS], CALLERS)),
        ]

        def stop() -> None:
            for crew in crews:
                # Once only: the second time would break off its finishing.
                if not crew.cancelling():
                    crew.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        # One crew without the other would leave work lying: where one ends, both do.
        await asyncio.wait(crews, return_when=asyncio.FIRST_COMPLETED)
        stop()
        for ended in await asyncio.gather(*crews, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended


def queues_of_the_first_crew() -> list[str]:
    """Every queue that there is a task for, except that of the callers."""
    return sorted({task.queue for task in app.tasks.values()} - {WEBHOOKS})


async def _crew(name: str, queues: Iterable[str], size: int) -> None:
    await app.run_worker_async(
        name=name,
        queues=queues,
        concurrency=size,
        # It looks for itself every second: waking it by NOTIFY would cost every submission.
        listen_notify=False,
        fetch_job_polling_interval=1.0,
        delete_jobs="successful",
        install_signal_handlers=False,
        shutdown_graceful_timeout=GRACE,
    )
