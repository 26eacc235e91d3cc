"""Keeping drafts, resolved requests and files in order, and requests to be found."""

from __future__ import annotations

import uuid
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from pactdesk.cases.services import (
    assignment,
    clocks,
    drafts,
    ending,
    escalation,
    files,
    indexing,
    invitations,
    saved_replies,
    sweeping,
)
from pactdesk.cases.services.scanning import CannotScan
from pactdesk.journal import queries as journal
from pactdesk.kernel.storage import FOLDERS

# So long a saved reply that was deleted can be brought back.
KEEP_DELETED = timedelta(days=30)


@app.periodic(cron="17 3 * * *")
@app.task(queue="housekeeping", pass_context=False)
def remove_expired_drafts(timestamp: int) -> None:
    """Once a night."""
    drafts.remove_expired(at=timezone.now())
    saved_replies.remove_deleted(after=KEEP_DELETED, at=timezone.now())


@app.periodic(cron="*/10 * * * *")
@app.task(queue="housekeeping", queueing_lock="close-resolved", pass_context=False)
def close_resolved_requests(timestamp: int) -> None:
    """Close what was resolved long enough ago and that nobody answered."""
    if settings.CLOSE_RESOLVED_AFTER_DAYS:
        ending.close_resolved(after=timedelta(days=settings.CLOSE_RESOLVED_AFTER_DAYS), at=timezone.now())


def queue_indexing(fact_id: int) -> None:
    """Listener of facts that change what a request is found by. One job in waiting is enough for all of them."""
    _queue(journal.fact(fact_id).subject_id)


def queue_missing(most: int) -> int:
    """Queue the indexing of at most so many requests that are not found by anything yet; answers how many."""
    numbers = indexing.missing(most)
    for number in numbers:
        _queue(number)
    return len(numbers)


def _queue(number: int) -> None:
    with suppress(AlreadyEnqueued), transaction.atomic():
        index_case.configure(queueing_lock=f"index-case:{number}", lock=f"index-case:{number}").defer(
            case=number
        )


@app.task(queue="housekeeping", retry=RetryStrategy(max_attempts=12, exponential_wait=3))
def index_case(case: int) -> None:
    """Write down what one request is found by."""
    indexing.index_case(case)


@app.periodic(cron="37 * * * *")
@app.task(queue="housekeeping", queueing_lock="index-missing", pass_context=False)
def index_missing(timestamp: int) -> None:
    """What came before there was an index, or while its job was lost."""
    queue_missing(5_000)


def queue_escalation(fact_id: int) -> None:
    """Listener of `case.promise-broken`: somebody is to take the request up (ESC-1)."""
    escalate_broken.defer(fact_id=fact_id)


@app.task(queue="facts", priority=10, retry=RetryStrategy(max_attempts=12, exponential_wait=3))
def escalate_broken(fact_id: int) -> None:
    """Tell whom a step of a broken promise names."""
    fact = journal.fact(fact_id)
    payload = fact.payload
    escalation.escalate(
        fact.subject_id,
        payload["audience"],
        metric=payload["metric"],
        timer=payload["number"],
        at=timezone.now(),
    )


def queue_assignment(fact_id: int) -> None:
    """Listener of what leaves a request without an owner: the most severe ones do not wait in a queue (SEV-5)."""
    fact = journal.fact(fact_id)
    # Whoever gave it back does not get it again.
    account_id = fact.payload["before"] if fact.code == "case.released" else None
    assign_critical.defer(case=fact.subject_id, account_id=account_id)


@app.task(queue="facts", priority=10, retry=RetryStrategy(max_attempts=12, exponential_wait=3))
def assign_critical(case: int, account_id: int | None = None) -> None:
    """Give a request of the first severity to the next free engineer; where there is none, its lead knows at once."""
    at = timezone.now()
    if assignment.assign_critical(case, at=at, without=account_id) is None:
        escalation.page_lead(case, at=at)


# By itself on its queue, so that nothing else makes it come late.
@app.periodic(cron="* * * * *")
@app.task(queue="clocks", queueing_lock="sweep-clocks", lock="sweep-clocks", pass_context=False)
def sweep_clocks(timestamp: int) -> None:
    """Every minute: what became due, and waiting that has ended. What a worker that was down left over comes first."""
    at = timezone.now()
    sweeping.end_waiting(at=at)
    sweeping.sweep(at=at)


@app.periodic(cron="*/15 * * * *")
@app.task(queue="housekeeping", queueing_lock="start-clocks", lock="start-clocks", pass_context=False)
def start_missing_clocks(timestamp: int) -> None:
    """Give requests from before there were timers theirs, some at a time, until all of them have one."""
    clocks.start_missing(2_000, at=timezone.now())


@app.periodic(cron="*/5 * * * *")
@app.task(queue="housekeeping", queueing_lock="escalate-further", pass_context=False)
def escalate_further(timestamp: int) -> None:
    """Tell the managers of what nobody has taken up."""
    escalation.go_on(at=timezone.now())


@app.task(queue="files")
def scan_file(file_id: str) -> None:
    """Have a file checked as soon as it is there. Where that does not succeed, `scan_held_files` tries again."""
    with suppress(CannotScan):
        files.scan(uuid.UUID(file_id), at=timezone.now())


@app.periodic(cron="*/5 * * * *")
@app.task(queue="files", queueing_lock="scan-held-files", pass_context=False)
def scan_held_files(timestamp: int) -> None:
    """What waits because the scanner was down, or its job was lost."""
    files.scan_held(at=timezone.now())


@app.periodic(cron="27 * * * *")
@app.task(queue="housekeeping", queueing_lock="end-expired-invitations", pass_context=False)
def end_expired_invitations(timestamp: int) -> None:
    """Every hour, so that tokens are kept no longer than they are good for."""
    invitations.end_expired(at=timezone.now())


@app.periodic(cron="7 * * * *")
@app.task(queue="files", queueing_lock="sweep-files", pass_context=False)
def sweep_files(timestamp: int) -> None:
    """Every hour what nobody finished, and a 24th of the folders: each is looked through once a day."""
    at = timezone.now()
    files.sweep(at=at, folders=FOLDERS[at.hour :: 24])
