"""Keeping sessions in order."""

from __future__ import annotations

from procrastinate.contrib.django import app

from pactdesk.accounts.sessions import SessionStore


@app.periodic(cron="47 3 * * *")
@app.task(queue="housekeeping", pass_context=False)
def remove_ended_sessions(timestamp: int) -> None:
    """Once a night."""
    SessionStore.clear_expired()
