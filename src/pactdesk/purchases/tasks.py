"""Work for payments: ids in, one service call."""

from __future__ import annotations

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from pactdesk.journal import queries as journal
from pactdesk.purchases.providers import sandbox
from pactdesk.purchases.services import completing, events, refunds

QUEUE = "payments"


@app.task(queue=QUEUE, retry=RetryStrategy(max_attempts=8, exponential_wait=3))
def complete_purchase(purchase_id: int) -> None:
    """Half a minute after an order: whoever took it may have been killed."""
    completing.complete_one(purchase_id, at=timezone.now())


@app.periodic(cron="* * * * *")
@app.task(queue=QUEUE, queueing_lock="complete-purchases", pass_context=False)
def complete_purchases(timestamp: int) -> None:
    """Every minute what was left unfinished, and events that nobody handled."""
    at = timezone.now()
    events.handle_waiting(at=at)
    completing.complete(at=at)


@app.task(queue=QUEUE, retry=RetryStrategy(max_attempts=12, exponential_wait=3))
def handle_event(event_id: int) -> None:
    """Take in what a provider announced."""
    events.handle(event_id, at=timezone.now())


@app.task(queue=QUEUE, retry=RetryStrategy(max_attempts=12, exponential_wait=3))
def announce_sandbox_event(event_id: int) -> None:
    """Call our own door as the sandbox would, if it were another company's."""
    body = sandbox.event_body(event_id)
    headers = {sandbox.SIGNATURE: sandbox.signature(body)}
    events.receive(sandbox.CODE, body, headers, at=timezone.now())


def queue_refund(fact_id: int) -> None:
    """Listener of `case.closed`: what it was paid with may have to be paid back."""
    if journal.fact(fact_id).payload.get("agreement") is not None:
        pay_back_closed.defer(fact_id=fact_id)


@app.task(queue=QUEUE, retry=RetryStrategy(max_attempts=12, exponential_wait=3))
def pay_back_closed(fact_id: int) -> None:
    """Pay back what a request had used that was closed without being counted."""
    fact = journal.fact(fact_id)
    refunds.pay_back_closed(
        fact.payload["agreement"],
        cause=fact.payload["cause"],
        note=f"PD-{fact.subject_id}",
        at=timezone.now(),
    )
