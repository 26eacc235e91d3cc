"""Work for mail that came in: ids in, one service call."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from pactdesk.mailbox.services import keeping, processing


@app.task(queue="mail", retry=RetryStrategy(max_attempts=20, linear_wait=60, wait=5))
def process(mail_id: int) -> None:
    """Make a message of one received mail, or put it into quarantine."""
    processing.process(mail_id, at=timezone.now())


@app.periodic(cron="41 3 * * *")
@app.task(queue="housekeeping", pass_context=False)
def remove_old_mails(timestamp: int) -> None:
    """Once a night."""
    keeping.remove_old(keep=timedelta(days=settings.MAIL_KEEP_DAYS), at=timezone.now())
