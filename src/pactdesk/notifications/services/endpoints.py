"""Verbs on webhook endpoints and their deliveries, for whoever owns them, and replaying for operators."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet
from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.journal import services as journal
from pactdesk.kernel import sealing
from pactdesk.kernel.decisions import Reason, Refused
from pactdesk.kernel.ids import new_key
from pactdesk.kernel.text import tidy_line
from pactdesk.notifications.access import delivery_for, endpoint_for, endpoints_of
from pactdesk.notifications.facts import (
    DeliveriesQueued,
    EndpointAdded,
    EndpointChanged,
    EndpointEnabled,
    EndpointRemoved,
    SecretReplaced,
)
from pactdesk.notifications.models import WebhookDelivery, WebhookEndpoint
from pactdesk.notifications.rules.endpoints import endpoint_fits, may_add_another, may_be_tested
from pactdesk.notifications.rules.events import TEST_EVENT
from pactdesk.notifications.rules.retries import GIVE_UP_AFTER
from pactdesk.notifications.services.announcing import id_of, owe
from pactdesk.notifications.services.delivering import SECRET, borders, disable

BOTH_VALID = timedelta(hours=24)  # after a secret was replaced
KEPT_FOR = timedelta(days=30)  # deliveries, and so what can be replayed

_ACCOUNT_LOCK = (
    0x57484B31  # namespace of advisory locks: endpoints of one account are counted one after the other
)
_SECRET_BYTES = 32


class CannotKeepEndpoint(Refused):
    """The endpoint was not added, or stays as it was."""


class CannotSend(Refused):
    """Nothing was queued."""


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """A fresh endpoint and the secret to be shown to its owner. It is readable nowhere else."""

    endpoint_id: int
    secret: str


@transaction.atomic
def add_endpoint(
    url: str, *, description: str, events: Sequence[str], actor: Viewer, at: datetime
) -> NewEndpoint:
    """Have a URL called from now on. Raises `CannotKeepEndpoint` with every reason."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_ACCOUNT_LOCK, actor.account_id])
    url, description = url.strip(), tidy_line(description)
    decision = endpoint_fits(url, description, events, borders())
    decision = decision.and_also(may_add_another(endpoints_of(actor).count()))
    if not decision.allowed:
        raise CannotKeepEndpoint(*decision)
    secret = _new_secret()
    endpoint = WebhookEndpoint.objects.create(
        account_id=actor.account_id,
        url=url,
        description=description,
        events=sorted(set(events)),
        secret_sealed=sealing.seal(SECRET, secret),
        created_at=at,
    )
    journal.record(EndpointAdded(endpoint.pk, str(endpoint)), actor_id=actor.account_id, at=at)
    return NewEndpoint(endpoint.pk, secret)


@transaction.atomic
def change_endpoint(
    endpoint_id: int, *, url: str, description: str, events: Sequence[str], actor: Viewer, at: datetime
) -> None:
    """Another URL, description, or events. What is still queued goes to the new URL.

    Raises Http404, and `CannotKeepEndpoint` with every reason.
    """
    endpoint = endpoint_for(actor, endpoint_id, lock=True)
    url, description = url.strip(), tidy_line(description)
    decision = endpoint_fits(url, description, events, borders())
    if not decision.allowed:
        raise CannotKeepEndpoint(*decision)
    if endpoint.url != url:
        _forgive(endpoint)
    endpoint.url, endpoint.description, endpoint.events = url, description, sorted(set(events))
    endpoint.save()
    journal.record(EndpointChanged(endpoint.pk, str(endpoint)), actor_id=actor.account_id, at=at)


@transaction.atomic
def replace_secret(endpoint_id: int, *, actor: Viewer, at: datetime) -> str:
    """A new secret, which is answered this once; the one before signs, too, for a day. Raises Http404."""
    endpoint = endpoint_for(actor, endpoint_id, lock=True)
    secret = _new_secret()
    endpoint.previous_secret_sealed, endpoint.previous_until = endpoint.secret_sealed, at + BOTH_VALID
    endpoint.secret_sealed = sealing.seal(SECRET, secret)
    endpoint.save(update_fields=["secret_sealed", "previous_secret_sealed", "previous_until"])
    journal.record(SecretReplaced(endpoint.pk, str(endpoint)), actor_id=actor.account_id, at=at)
    return secret


@transaction.atomic
def switch_off(endpoint_id: int, *, actor: Viewer, at: datetime) -> None:
    """Do not call it any more; what is queued is parked. Again changes nothing. Raises Http404."""
    endpoint = endpoint_for(actor, endpoint_id, lock=True)
    if endpoint.is_active:
        disable(endpoint, WebhookEndpoint.DisabledReason.OWNER, actor_id=actor.account_id, at=at)
        endpoint.save()
        _queued(endpoint).update(state="parked", last_error="webhook.endpoint-off")


@transaction.atomic
def switch_on(endpoint_id: int, *, actor: Viewer, at: datetime) -> None:
    """Call it again, with what happens from now on; what was parked can be replayed. Again changes nothing.

    Raises Http404, and `CannotKeepEndpoint` where an operator has switched it off.
    """
    endpoint = endpoint_for(actor, endpoint_id, lock=True)
    if endpoint.is_active:
        return
    if endpoint.disabled_reason == WebhookEndpoint.DisabledReason.OPERATOR:
        raise CannotKeepEndpoint(Reason("webhook.switched-off-by-operator"))
    endpoint.is_active, endpoint.disabled_reason, endpoint.disabled_at = True, "", None
    _forgive(endpoint)
    endpoint.save()
    journal.record(EndpointEnabled(endpoint.pk, str(endpoint)), actor_id=actor.account_id, at=at)


@transaction.atomic
def remove_endpoint(endpoint_id: int, *, actor: Viewer, at: datetime) -> None:
    """Take it away, with all its deliveries. Raises Http404."""
    endpoint = endpoint_for(actor, endpoint_id, lock=True)
    fact = EndpointRemoved(endpoint.pk, str(endpoint))
    endpoint.delete()
    journal.record(fact, actor_id=actor.account_id, at=at)


@transaction.atomic
def send_test(endpoint_id: int, *, actor: Viewer, at: datetime) -> int:
    """Queue an event about nothing, to try the endpoint out; answers the id of the delivery.

    Raises Http404, and `CannotSend` where it is switched off or was tried too often.
    """
    endpoint = endpoint_for(actor, endpoint_id, lock=True)
    _require_active(endpoint)
    recent = WebhookDelivery.objects.filter(
        endpoint__account_id=actor.account_id, type=TEST_EVENT, created_at__gt=at - timedelta(hours=1)
    )
    if not (decision := may_be_tested(recent.count())).allowed:
        raise CannotSend(*decision)
    data: dict[str, object] = {"links": {}}
    delivery = owe(
        endpoint, TEST_EVENT, id_of(f"test:{new_key()}"), data, case=None, happened=at, at=at, test=True
    )
    endpoint.resume_at = None  # whoever asks wants to see it now
    endpoint.save(update_fields=["resume_at"])
    _tell_queued(endpoint, 1, "test", actor.account_id, at)
    return delivery.pk


@transaction.atomic
def replay(endpoint_id: int, delivery_id: int, *, actor: Viewer, at: datetime) -> None:
    """Send one event again, under the same id. Raises Http404, `CannotSend`."""
    endpoint = endpoint_for(actor, endpoint_id, lock=True)
    delivery = delivery_for(actor, endpoint_id, delivery_id)
    if delivery.state == WebhookDelivery.State.WITHHELD:
        raise CannotSend(Reason("webhook.nothing-to-replay"))
    _replay(endpoint, WebhookDelivery.objects.filter(pk=delivery.pk), actor_id=actor.account_id, at=at)


@transaction.atomic
def replay_since(endpoint_id: int, since: datetime, *, actor: Viewer, at: datetime) -> int:
    """Send everything again that was written down since then, oldest first; answers how many.

    Raises Http404, and `CannotSend` where there is nothing.
    """
    endpoint = endpoint_for(actor, endpoint_id, lock=True)
    wanted = WebhookDelivery.objects.filter(endpoint=endpoint, created_at__gte=since)
    return _replay(endpoint, wanted, actor_id=actor.account_id, at=at)


@transaction.atomic
def replay_as_operator(delivery_ids: Iterable[int], *, actor_id: int, at: datetime) -> int:
    """Send these deliveries again, whosever they are; answers how many. Those of endpoints that are off stay."""
    wanted = WebhookDelivery.objects.filter(pk__in=set(delivery_ids))
    count = 0
    endpoints = WebhookEndpoint.objects.filter(is_active=True, pk__in=wanted.values("endpoint_id"))
    for endpoint in endpoints.select_for_update().order_by("pk"):
        count += _queue_again(endpoint, wanted.filter(endpoint=endpoint), actor_id=actor_id, at=at)
    return count


@transaction.atomic
def switch_off_as_operator(endpoint_id: int, *, actor_id: int, at: datetime) -> None:
    """Do not call somebody's endpoint any more; only an operator switches it on again. Raises Http404."""
    endpoint = WebhookEndpoint.objects.select_for_update().filter(pk=endpoint_id).first()
    if endpoint is None:
        raise Http404
    disable(endpoint, WebhookEndpoint.DisabledReason.OPERATOR, actor_id=actor_id, at=at)
    endpoint.save()
    _queued(endpoint).update(state="parked", last_error="webhook.endpoint-off")


@transaction.atomic
def switch_on_as_operator(endpoint_id: int, *, actor_id: int, at: datetime) -> None:
    """Call somebody's endpoint again, whoever switched it off. Raises Http404."""
    endpoint = WebhookEndpoint.objects.select_for_update().filter(pk=endpoint_id).first()
    if endpoint is None:
        raise Http404
    if not endpoint.is_active:
        endpoint.is_active, endpoint.disabled_reason, endpoint.disabled_at = True, "", None
        _forgive(endpoint)
        endpoint.save()
        journal.record(EndpointEnabled(endpoint.pk, str(endpoint)), actor_id=actor_id, at=at)


def remove_old_deliveries(*, at: datetime) -> int:
    """Forget what was settled more than 30 days ago; answers how many. Safe to repeat."""
    old = WebhookDelivery.objects.filter(created_at__lt=at - KEPT_FOR).exclude(state="queued")
    count, _by_model = old.delete()
    return count


def _replay(
    endpoint: WebhookEndpoint, wanted: QuerySet[WebhookDelivery], *, actor_id: int, at: datetime
) -> int:
    _require_active(endpoint)
    count = _queue_again(endpoint, wanted, actor_id=actor_id, at=at)
    if not count:
        raise CannotSend(Reason("webhook.nothing-to-replay"))
    return count


def _queue_again(
    endpoint: WebhookEndpoint, wanted: QuerySet[WebhookDelivery], *, actor_id: int, at: datetime
) -> int:
    count = wanted.exclude(state="withheld").update(
        state="queued",
        attempts=0,
        next_attempt_at=at,
        give_up_at=at + GIVE_UP_AFTER,
        delivered_at=None,
    )
    if count:
        _forgive(endpoint)
        endpoint.save()
        _tell_queued(endpoint, count, "replay", actor_id, at)
    return count


def _tell_queued(endpoint: WebhookEndpoint, count: int, why: str, actor_id: int, at: datetime) -> None:
    journal.record(DeliveriesQueued(endpoint.pk, str(endpoint), count, why), actor_id=actor_id, at=at)


def _require_active(endpoint: WebhookEndpoint) -> None:
    if not endpoint.is_active:
        raise CannotSend(Reason("webhook.endpoint-off"))


def _forgive(endpoint: WebhookEndpoint) -> None:
    endpoint.consecutive_failures, endpoint.failing_since, endpoint.resume_at = 0, None, None


def _queued(endpoint: WebhookEndpoint) -> QuerySet[WebhookDelivery]:
    return WebhookDelivery.objects.filter(endpoint=endpoint, state="queued")


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode("ascii")
