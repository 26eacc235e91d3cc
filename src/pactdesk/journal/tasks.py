"""Telling those who listen."""

from __future__ import annotations

from django.db import transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from pactdesk.journal import queries, services


@app.task(queue="facts", retry=RetryStrategy(max_attempts=12, exponential_wait=3))
def fan_out(fact_id: int) -> None:
    """Queue one job for each listener of the fact, all or none of them."""
    with transaction.atomic():
        for listener in services.listeners_of(queries.fact(fact_id).code):
            listener(fact_id)
