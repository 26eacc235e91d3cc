"""Ending what has ended."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from pactdesk.agreements import services


@app.periodic(cron="*/15 * * * *")
@app.task(queue="housekeeping", pass_context=False)
def expire_ended_agreements(timestamp: int) -> None:
    """Every quarter of an hour, because agreements end at midnight in many zones."""
    services.expire_ended(at=timezone.now())
