"""Work for mail that came in: ids in, one service call."""

from __future__ import annotations

import imaplib
from datetime import timedelta

import structlog
from django.conf import settings
from django.utils import timezone
from imap_tools.errors import ImapToolsError
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from pactdesk.mailbox import imap
from pactdesk.mailbox.services import keeping, processing

log = structlog.get_logger(__name__)


@app.task(queue="mail", retry=RetryStrategy(max_attempts=20, linear_wait=60, wait=5))
def process(mail_id: int) -> None:
    """Make a message of one received mail, or put it into quarantine."""
    processing.process(mail_id, at=timezone.now())


@app.periodic(cron="* * * * *")
@app.task(queue="housekeeping", queueing_lock="fetch-mails", lock="fetch-mails", pass_context=False)
def fetch_mails(timestamp: int) -> None:
    """Every minute, where a mailbox is set. What cannot be reached now is tried again by the next one."""
    if not settings.IMAP_URL:
        return
    try:
        imap.fetch(
            settings.IMAP_URL,
            done_folder=settings.IMAP_DONE_FOLDER,
            most_bytes=settings.MAIL_MOST_BYTES,
            now=timezone.now,
        )
    except (OSError, imaplib.IMAP4.error, ImapToolsError) as error:
        log.error("mailbox cannot be read", error=f"{type(error).__name__}: {error}"[:300])


@app.periodic(cron="41 3 * * *")
@app.task(queue="housekeeping", pass_context=False)
def remove_old_mails(timestamp: int) -> None:
    """Once a night."""
    keeping.remove_old(keep=timedelta(days=settings.MAIL_KEEP_DAYS), at=timezone.now())
