"""Keeping drafts and resolved requests in order."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django import app

from pactdesk.cases.services import drafts, ending


@app.periodic(cron="17 3 * * *")
@app.task(queue="housekeeping", pass_context=False)
def remove_expired_drafts(timestamp: int) -> None:
    """Once a night."""
    drafts.remove_expired(at=timezone.now())


@app.periodic(cron="*/10 * * * *")
@app.task(queue="housekeeping", queueing_lock="close-resolved", pass_context=False)
def close_resolved_requests(timestamp: int) -> None:
    """Close what was resolved long enough ago and that nobody answered."""
    if settings.CLOSE_RESOLVED_AFTER_DAYS:
        ending.close_resolved(after=timedelta(days=settings.CLOSE_RESOLVED_AFTER_DAYS), at=timezone.now())
