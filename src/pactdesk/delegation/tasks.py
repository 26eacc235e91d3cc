"""Keeping requests for rights in order."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from pactdesk.delegation.services import asking


@app.periodic(cron="57 3 * * *")
@app.task(queue="housekeeping", pass_context=False)
def remove_old_requests(timestamp: int) -> None:
    """Once a night."""
    asking.remove_old(at=timezone.now())
