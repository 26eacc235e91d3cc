"""Forgetting files that nobody confirmed."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from pactdesk.imports.services import confirming


@app.periodic(cron="40 3 * * *")
@app.task(queue="housekeeping", pass_context=False)
def forget_old_files(timestamp: int) -> None:
    """Every night, because they hold Contract IDs."""
    confirming.forget_old_files(at=timezone.now())
