"""Work for the outbox: ids in, one service call."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from pactdesk.notifications import letters, services


def queue_confirmation(fact_id: int) -> None:
    """Listener of `case.opened`."""
    confirm_opening.defer(fact_id=fact_id)


def queue_sending(mail_id: int) -> None:
    """Queue the handing over of one owed mail, in the caller's transaction."""
    send.defer(mail_id=mail_id)


@app.task(queue="mail", retry=RetryStrategy(max_attempts=12, exponential_wait=3))
def confirm_opening(fact_id: int) -> None:
    """Owe the confirmation to the primary contact, and to nobody else (WIZ-6)."""
    with transaction.atomic():
        mail_id = services.post(letters.case_opened(fact_id), at=timezone.now())
        if mail_id is not None:
            queue_sending(mail_id)


@app.task(
    queue="mail",
    retry=RetryStrategy(
        max_attempts=services.MOST_ATTEMPTS,
        linear_wait=600,
        wait=10,
        retry_exceptions={services.CouldNotHandOver},
    ),
)
def send(mail_id: int) -> None:
    """Hand one mail over."""
    services.hand_over(mail_id, at=timezone.now())
