"""Forgetting what was kept for a while."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from pactdesk.api import idempotency, limits


@app.periodic(cron="57 3 * * *")
@app.task(queue="housekeeping", pass_context=False)
def forget_old_keys_and_counts(timestamp: int) -> None:
    """Once a night."""
    now = timezone.now()
    idempotency.forget_old(at=now)
    limits.forget_old(at=now)
