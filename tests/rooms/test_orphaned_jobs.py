"""What a worker had begun when it was killed is queued again, whatever stands in the way of one of them."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from procrastinate.contrib.django import app

from pactdesk.journal.tasks import take_up_orphans
from pactdesk.project import worker

pytestmark = pytest.mark.django_db(transaction=True)


def begun(lock: str | None) -> int:
    """A job of a worker that is not there any more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, queueing_lock, args)"
            " VALUES ('of-a-test', 'nobody', 'doing', %s, '{}') RETURNING id",
            [lock],
        )
        [found] = cursor.fetchone()
    return int(found)


def queued(lock: str) -> int:
    job_id = begun(None)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'todo', queueing_lock = %s WHERE id = %s", [lock, job_id]
        )
    return job_id


def states() -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, status FROM procrastinate_jobs WHERE queue_name = 'of-a-test'")
        return dict(cursor.fetchall())


def look_after_them() -> None:
    take_up_orphans.defer(timestamp=0)

    async def work() -> None:
        with app.replace_connector(worker.connector()) as working:
            async with working.open_async():
                await working.run_worker_async(
                    queues=["housekeeping"], wait=False, install_signal_handlers=False, listen_notify=False
                )

    def aside() -> None:
        try:
            asyncio.run(work())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as other:
        other.submit(aside).result()


def test_one_that_is_queued_anyway_keeps_no_other_from_being_queued_again() -> None:
    first, superfluous, last = begun(None), begun("once"), begun(None)
    waiting = queued("once")
    look_after_them()
    assert states() == {first: "todo", last: "todo", waiting: "todo"}, superfluous
