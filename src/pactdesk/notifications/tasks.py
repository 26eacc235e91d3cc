"""Work for the outbox and the webhooks: ids in, one service call."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from pactdesk.journal import queries as journal
from pactdesk.notifications import letters
from pactdesk.notifications.services import announcing, delivering, endpoints, outbox

# Taken by workers of their own, because what waits for other people's servers must not keep anything else waiting.
WEBHOOKS = "webhooks"


def queue_confirmation(fact_id: int) -> None:
    """Listener of `case.opened`."""
    confirm_opening.defer(fact_id=fact_id)


def queue_sending(mail_id: int) -> None:
    """Queue the handing over of one owed mail, in the caller's transaction."""
    send.defer(mail_id=mail_id)


def queue_webhooks(fact_id: int) -> None:
    """Listener of everything that programs are told."""
    if announcing.anybody_listens():
        announce.defer(fact_id=fact_id)


def queue_deliveries(fact_id: int) -> None:
    """Listener of `webhook.deliveries-queued`: somebody asked for something to be sent."""
    wake(journal.fact(fact_id).subject_id)


def queue_notice_of_disabled_endpoint(fact_id: int) -> None:
    """Listener of `webhook.endpoint-disabled`."""
    tell_endpoint_disabled.defer(fact_id=fact_id)


def wake(endpoint_id: int, *, at: datetime | None = None) -> None:
    """Queue the delivering of what is due to one endpoint, now or `at`, once; in the caller's transaction."""
    turn = f"webhooks:{endpoint_id}" + (f":{int(at.timestamp())}" if at else "")
    try:
        with transaction.atomic():
            deliver.configure(queueing_lock=turn, schedule_at=at).defer(endpoint_id=endpoint_id)
    except AlreadyEnqueued:
        pass  # it is to be called then anyway


@app.task(queue="mail", retry=RetryStrategy(max_attempts=12, exponential_wait=3))
def confirm_opening(fact_id: int) -> None:
    """Owe the confirmation to the primary contact, and to nobody else (WIZ-6)."""
    with transaction.atomic():
        mail_id = outbox.post(letters.case_opened(fact_id), at=timezone.now())
        if mail_id is not None:
            queue_sending(mail_id)


@app.task(queue="mail", retry=RetryStrategy(max_attempts=12, exponential_wait=3))
def tell_endpoint_disabled(fact_id: int) -> None:
    """Owe the owner of an endpoint a letter that says that it is off."""
    letter = letters.endpoint_disabled(fact_id)
    if letter is None:
        return
    with transaction.atomic():
        mail_id = outbox.post(letter, at=timezone.now())
        if mail_id is not None:
            queue_sending(mail_id)


@app.task(
    queue="mail",
    retry=RetryStrategy(
        max_attempts=outbox.MOST_ATTEMPTS,
        linear_wait=600,
        wait=10,
        retry_exceptions={outbox.CouldNotHandOver},
    ),
)
def send(mail_id: int) -> None:
    """Hand one mail over."""
    outbox.hand_over(mail_id, at=timezone.now())


@app.task(queue="facts", retry=RetryStrategy(max_attempts=12, exponential_wait=3))
def announce(fact_id: int) -> None:
    """Owe a fact to the programs that are told of it."""
    with transaction.atomic():
        for endpoint_id in announcing.announce(fact_id, at=timezone.now()):
            wake(endpoint_id)


@app.task(queue=WEBHOOKS, retry=RetryStrategy(max_attempts=12, exponential_wait=3), pass_context=True)
def deliver(context: JobContext, endpoint_id: int) -> None:
    """Hand over what is due to one endpoint, and come back for the rest."""
    again = delivering.deliver(endpoint_id, clock=timezone.now, stop=context.should_abort)
    if again is not None:
        wake(endpoint_id, at=again)


@app.periodic(cron="43 3 * * *")
@app.task(queue="housekeeping", pass_context=False)
def remove_old_deliveries(timestamp: int) -> None:
    """Once a night."""
    endpoints.remove_old_deliveries(at=timezone.now())
