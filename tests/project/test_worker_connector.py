"""What a job queues belongs to the transaction of that job: it is there with what it is about, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from pactdesk.notifications import tasks
from pactdesk.project import worker

pytestmark = pytest.mark.django_db(transaction=True)


def within_a_worker(job: Callable[[], None]) -> None:
    """Do `job` as a worker does: in a thread beside its loop."""

    async def work() -> None:
        with app.replace_connector(worker.connector()) as working:
            async with working.open_async():
                await asyncio.to_thread(close_after, job)

    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, work()).result()


def close_after(job: Callable[[], None]) -> None:
    try:
        job()
    finally:
        connections.close_all()


def test_what_is_rolled_back_has_queued_nothing() -> None:
    def job() -> None:
        with transaction.atomic():
            tasks.queue_sending(1)
            transaction.set_rollback(True)

    within_a_worker(job)
    assert not ProcrastinateJob.objects.exists()


def test_nobody_can_take_it_before_the_commit() -> None:
    seen = []

    def look() -> None:
        seen.append(ProcrastinateJob.objects.count())

    def job() -> None:
        with transaction.atomic():
            tasks.queue_sending(1)
            with ThreadPoolExecutor(1) as other:
                other.submit(close_after, look).result()

    within_a_worker(job)
    assert seen == [0]
    assert ProcrastinateJob.objects.get().task_name.endswith("send")
