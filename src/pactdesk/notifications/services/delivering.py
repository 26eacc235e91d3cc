"""Handing events over to endpoints, each by one worker at a time, so that a dead one costs nobody else.

No transaction is open while we wait for somebody else's server. A worker that dies between the answer and our note of
it leaves the delivery owed: it is sent again under the same id.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Min
from standardwebhooks import Webhook

from pactdesk.agreements.queries.warnings import may_be_warned
from pactdesk.cases.queries.audience import may_be_told
from pactdesk.journal import services as journal
from pactdesk.kernel import sealing
from pactdesk.kernel.decisions import Reason
from pactdesk.kernel.outbound import Answer, Borders, CannotCall, Target, post, read_url
from pactdesk.notifications.facts import EndpointDisabled
from pactdesk.notifications.models import WebhookDelivery, WebhookEndpoint
from pactdesk.notifications.rules.retries import (
    asked_to_wait,
    failed_too_long,
    next_attempt,
    resume_after,
)

log = structlog.get_logger(__name__)

SECRET = b"webhook-secret"  # what the secrets are sealed for
LONGEST_CALL = 10.0  # seconds, with looking up, connecting and reading
_SLICE = timedelta(seconds=30)  # of one endpoint; then others have their turn
_LEASE = timedelta(seconds=60)
_MOST_ANSWER = 2000  # characters that are kept of an answer
# What came back to life after so long need not wait for the next attempt of each delivery.
_LONG_SILENCE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one call: a status, or the code of the reason why there is none."""

    status: int | None
    error: str
    answer: str
    retry_after: str
    milliseconds: int

    @property
    def succeeded(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class _Call:
    """One delivery, ready to be sent."""

    delivery_id: int
    url: str
    event_id: str
    body: str
    secrets: tuple[str, ...]


def borders() -> Borders:
    """How far webhooks may go from this installation."""
    return Borders(ports=settings.WEBHOOK_PORTS, home=settings.WEBHOOKS_TO_THIS_MACHINE)


def deliver(
    endpoint_id: int, *, clock: Callable[[], datetime], stop: Callable[[], bool] = lambda: False
) -> datetime | None:
    """Hand over what is due to one endpoint, for half a minute at most, or until told to `stop`.

    Answers when to go on; None: nothing is left. Only one worker does so at a time; another one is told when to come
    back.
    """
    began = clock()
    if (busy_until := _claim(endpoint_id, at=began)) is not None:
        return busy_until
    while True:
        due = _next(endpoint_id, at=clock(), last=stop() or clock() - began > _SLICE)
        if not isinstance(due, _Call):
            return due
        outcome = call(due.url, due.event_id, due.body, due.secrets, at=clock())
        _note(endpoint_id, due.delivery_id, outcome, at=clock())


def call(url: str, event_id: str, body: str, secrets: tuple[str, ...], *, at: datetime) -> Outcome:
    """Call an endpoint once, signed by Standard Webhooks with every secret that is valid."""
    limits = borders()
    target = read_url(url, limits)
    if isinstance(target, Reason):
        return Outcome(None, target.code, "", "", 0)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Pactdesk-Webhooks/1",
        "webhook-id": event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(event_id, at, body) for secret in secrets),
    }
    return _answered(target, body, headers, limits)


def _answered(target: Target, body: str, headers: dict[str, str], limits: Borders) -> Outcome:
    try:
        answer: Answer = post(target, body.encode("utf-8"), headers, borders=limits, seconds=LONGEST_CALL)
    except CannotCall as failed:
        return Outcome(None, failed.reason.code, "", "", 0)
    text = answer.body.decode("utf-8", "replace").replace("\x00", "\ufffd")[:_MOST_ANSWER]
    return Outcome(answer.status, "", text, answer.retry_after, round(answer.seconds * 1000))


def _claim(endpoint_id: int, *, at: datetime) -> datetime | None:
    """Take the endpoint for this worker; answers until when another one has it."""
    with transaction.atomic():
        endpoint = _locked(endpoint_id)
        if endpoint is None:
            return None
        if endpoint.busy_until is not None and endpoint.busy_until > at:
            return endpoint.busy_until
        _keep_busy(endpoint, at + _LEASE)
    return None


def _next(endpoint_id: int, *, at: datetime, last: bool) -> _Call | datetime | None:
    """The next call; or, giving the endpoint back, when there may be one, or None.

    Whoever writes a delivery down holds the endpoint's row until it stands. So does this look: what it does not see is
    written down after the endpoint was given back, and wakes a worker of its own.
    """
    with transaction.atomic():
        endpoint = _locked(endpoint_id)
        if endpoint is None:
            return None
        queued = WebhookDelivery.objects.filter(endpoint=endpoint, state="queued")
        if not (endpoint.is_active and endpoint.account.is_active):
            queued.update(state="parked", last_error="webhook.endpoint-off")
        queued.filter(give_up_at__lte=at).update(state="parked")
        resume = endpoint.resume_at if endpoint.resume_at and endpoint.resume_at > at else None
        if resume is None and not last:
            for delivery in queued.filter(next_attempt_at__lte=at).order_by("sequence")[:50]:
                if _may_still_be_told(delivery, endpoint.account_id):
                    _keep_busy(endpoint, at + _LEASE)
                    return _Call(
                        delivery_id=delivery.pk,
                        url=endpoint.url,
                        event_id=delivery.event_id,
                        body=delivery.body,
                        secrets=_secrets(endpoint, at=at),
                    )
                # What nobody there may know any more is not kept for them to read, either.
                delivery.state, delivery.body = WebhookDelivery.State.WITHHELD, ""
                delivery.save(update_fields=["state", "body"])
        _keep_busy(endpoint, None)
        first: datetime | None = queued.aggregate(first=Min("next_attempt_at"))["first"]
    return None if first is None else max(first, resume or at, at)


def _may_still_be_told(delivery: WebhookDelivery, account_id: int) -> bool:
    if delivery.case_id is not None:
        return may_be_told(delivery.case_id, account_id)
    return delivery.agreement_id is None or may_be_warned(delivery.agreement_id, account_id)


def _note(endpoint_id: int, delivery_id: int, outcome: Outcome, *, at: datetime) -> None:
    """Write down what became of a call, and when to try again."""
    with transaction.atomic():
        endpoint = _locked(endpoint_id)
        delivery = WebhookDelivery.objects.filter(pk=delivery_id, endpoint_id=endpoint_id).first()
        if endpoint is None or delivery is None:
            return
        delivery.attempts += 1
        delivery.attempted_at = at
        delivery.last_status = outcome.status
        delivery.last_error = outcome.error
        delivery.last_answer = outcome.answer
        delivery.last_milliseconds = outcome.milliseconds
        if outcome.succeeded:
            delivery.state, delivery.delivered_at = WebhookDelivery.State.DELIVERED, at
            _recover(endpoint, at=at)
        else:
            _fail(endpoint, delivery, outcome, at=at)
        delivery.save()
        endpoint.save()


def _recover(endpoint: WebhookEndpoint, *, at: datetime) -> None:
    if endpoint.failing_since is not None and at - endpoint.failing_since > _LONG_SILENCE:
        WebhookDelivery.objects.filter(endpoint=endpoint, state="queued", next_attempt_at__gt=at).update(
            next_attempt_at=at
        )
    endpoint.consecutive_failures, endpoint.failing_since, endpoint.resume_at = 0, None, None


def _fail(endpoint: WebhookEndpoint, delivery: WebhookDelivery, outcome: Outcome, *, at: datetime) -> None:
    endpoint.consecutive_failures += 1
    endpoint.failing_since = endpoint.failing_since or at
    endpoint.resume_at = resume_after(
        endpoint.consecutive_failures,
        at=at,
        jitter=random.random(),  # noqa: S311 - spreads calls, guards nothing
        asked_for=asked_to_wait(outcome.status or 0, outcome.retry_after),
    )
    again = next_attempt(
        delivery.attempts,
        give_up_at=delivery.give_up_at,
        at=at,
        jitter=random.random(),  # noqa: S311 - spreads calls, guards nothing
    )
    if again is None:
        delivery.state = WebhookDelivery.State.PARKED
        log.warning("webhook parked", endpoint_id=endpoint.pk, delivery_id=delivery.pk)
    else:
        delivery.next_attempt_at = again
    if endpoint.is_active and outcome.status == 410:
        disable(endpoint, WebhookEndpoint.DisabledReason.GONE, actor_id=None, at=at)
    elif endpoint.is_active and failed_too_long(endpoint.failing_since, at=at):
        disable(endpoint, WebhookEndpoint.DisabledReason.FAILING, actor_id=None, at=at)


def disable(
    endpoint: WebhookEndpoint, why: WebhookEndpoint.DisabledReason, *, actor_id: int | None, at: datetime
) -> None:
    """Call the endpoint, whose row the caller has locked and saves, no more."""
    endpoint.is_active, endpoint.disabled_reason, endpoint.disabled_at = False, why, at
    fact = EndpointDisabled(endpoint.pk, str(endpoint), why.value)
    journal.record(fact, actor_id=actor_id, at=at)
    if actor_id is None:
        log.warning("webhook endpoint switched off", endpoint_id=endpoint.pk, reason=why.value)


def _locked(endpoint_id: int) -> WebhookEndpoint | None:
    return (
        WebhookEndpoint.objects.select_related("account")
        .select_for_update(of=("self",))
        .filter(pk=endpoint_id)
        .first()
    )


def _keep_busy(endpoint: WebhookEndpoint, until: datetime | None) -> None:
    endpoint.busy_until = until
    endpoint.save(update_fields=["busy_until"])


def _secrets(endpoint: WebhookEndpoint, *, at: datetime) -> tuple[str, ...]:
    """Every secret that is valid now, the newest first."""
    secrets = [sealing.unseal(SECRET, endpoint.secret_sealed)]
    if endpoint.previous_secret_sealed and endpoint.previous_until and endpoint.previous_until > at:
        secrets.append(sealing.unseal(SECRET, endpoint.previous_secret_sealed))
    return tuple(secrets)
