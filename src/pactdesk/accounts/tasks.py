"""Keeping sessions and tokens in order."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from pactdesk.accounts.services import tokens
from pactdesk.accounts.sessions import SessionStore


@app.periodic(cron="47 3 * * *")
@app.task(queue="housekeeping", pass_context=False)
def remove_ended_sessions(timestamp: int) -> None:
    """Once a night."""
    SessionStore.clear_expired()


@app.periodic(cron="52 3 * * *")
@app.task(queue="housekeeping", pass_context=False)
def remove_ended_tokens(timestamp: int) -> None:
    """Once a night."""
    tokens.remove_ended(at=timezone.now())
