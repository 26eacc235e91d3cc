"""Keeping drafts in order."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from pactdesk.cases.services import drafts


@app.periodic(cron="17 3 * * *")
@app.task(queue="housekeeping", pass_context=False)
def remove_expired_drafts(timestamp: int) -> None:
    """Once a night."""
    drafts.remove_expired(at=timezone.now())
