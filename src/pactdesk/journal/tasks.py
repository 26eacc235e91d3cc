"""Telling those who listen."""

from __future__ import annotations

from django.db import transaction
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from pactdesk.journal import queries, services


@app.task(queue="facts", retry=RetryStrategy(max_attempts=12, exponential_wait=3))
def fan_out(fact_id: int) -> None:
    """Queue one job for each listener of the fact, all or none of them."""
    with transaction.atomic():
        for listener in services.listeners_of(queries.fact(fact_id).code):
            listener(fact_id)


@app.periodic(cron="* * * * *")
@app.task(queue="housekeeping", queueing_lock="take-up-orphans", pass_context=True)
async def take_up_orphans(context: JobContext, timestamp: int) -> None:
    """Queue again what a worker had begun when it was killed: its heart has stopped, and nobody else would touch it.

    Every task can be done twice, so one that was nearly finished does no harm. One of which another is queued already,
    where only one may be, is forgotten.
    """
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs():
        try:
            await jobs.retry_job(job)
        except UniqueViolation:
            await jobs.finish_job(job, Status.ABORTED, delete_job=True)
