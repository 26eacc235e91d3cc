"""Endpoints and deliveries as their owner sees them. Every list has a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from pactdesk.accounts.viewer import Viewer
from pactdesk.notifications.access import delivery_for, endpoint_for, endpoints_of
from pactdesk.notifications.models import WebhookDelivery, WebhookEndpoint

PAGE = 50


@dataclass(frozen=True, slots=True)
class EndpointLine:
    """An endpoint. `counts` is how many of its deliveries are in which state; those that do not occur are missing."""

    id: int
    url: str
    description: str
    events: tuple[str, ...]
    is_active: bool
    disabled_reason: str
    disabled_at: datetime | None
    failing_since: datetime | None
    previous_until: datetime | None
    created_at: datetime
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """A delivery. `number` is that of its request, None for a test of the endpoint. `error` is a code, or ""."""

    id: int
    event_id: str
    type: str
    number: int | None
    sequence: int
    state: str
    attempts: int
    created_at: datetime
    next_attempt_at: datetime
    attempted_at: datetime | None
    status: int | None
    error: str
    milliseconds: int | None
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """One delivery with what is sent, and what was answered to the last attempt."""

    line: DeliveryLine
    body: str
    answer: str
    endpoint: EndpointLine


@dataclass(frozen=True, slots=True)
class EndpointPage:
    """An endpoint with a page of its deliveries, newest first. `older_than` is the sequence to ask for next."""

    line: EndpointLine
    deliveries: tuple[DeliveryLine, ...]
    older_than: int | None


@dataclass(frozen=True, slots=True)
class OwnedEndpoint:
    """An endpoint and the account that owns it, for the worker."""

    endpoint_id: int
    account_id: int


def endpoint_of_anybody(endpoint_id: int) -> OwnedEndpoint | None:
    """Whose endpoint it is; None where it is gone. For the worker, which stands for nobody. One query."""
    account_id = WebhookEndpoint.objects.filter(pk=endpoint_id).values_list("account_id", flat=True).first()
    return None if account_id is None else OwnedEndpoint(endpoint_id, account_id)


def endpoints(viewer: Viewer) -> tuple[EndpointLine, ...]:
    """The viewer's endpoints, oldest first. Two queries."""
    rows = list(endpoints_of(viewer).order_by("pk"))
    counts = _counts([row.pk for row in rows])
    return tuple(_endpoint(row, counts.get(row.pk, {})) for row in rows)


def endpoint_page(
    viewer: Viewer, endpoint_id: int, *, older_than: int | None = None, most: int = PAGE
) -> EndpointPage:
    """One of the viewer's endpoints, with at most so many deliveries. Raises Http404. Three queries."""
    row = endpoint_for(viewer, endpoint_id)
    deliveries = WebhookDelivery.objects.filter(endpoint=row).order_by("-sequence")
    if older_than is not None:
        deliveries = deliveries.filter(sequence__lt=older_than)
    found = list(deliveries.defer("body", "last_answer")[: most + 1])
    lines = tuple(_delivery(each) for each in found[:most])
    return EndpointPage(
        line=_endpoint(row, _counts([row.pk]).get(row.pk, {})),
        deliveries=lines,
        older_than=lines[-1].sequence if len(found) > most else None,
    )


def delivery_page(viewer: Viewer, endpoint_id: int, delivery_id: int) -> DeliveryPage:
    """One delivery to one of the viewer's endpoints. Raises Http404. One query."""
    found = delivery_for(viewer, endpoint_id, delivery_id)
    return DeliveryPage(
        line=_delivery(found),
        body=found.body,
        answer=found.last_answer,
        endpoint=_endpoint(found.endpoint, {}),
    )


def _counts(endpoint_ids: list[int]) -> dict[int, dict[str, int]]:
    counts: dict[int, dict[str, int]] = {}
    rows = WebhookDelivery.objects.filter(endpoint_id__in=endpoint_ids).order_by()
    for row in rows.values("endpoint_id", "state").annotate(count=Count("pk")):
        counts.setdefault(row["endpoint_id"], {})[row["state"]] = row["count"]
    return counts


def _endpoint(row: WebhookEndpoint, counts: Mapping[str, int]) -> EndpointLine:
    return EndpointLine(
        id=row.pk,
        url=row.url,
        description=row.description,
        events=tuple(row.events),
        is_active=row.is_active,
        disabled_reason=row.disabled_reason,
        disabled_at=row.disabled_at,
        failing_since=row.failing_since,
        previous_until=row.previous_until,
        created_at=row.created_at,
        counts=counts,
    )


def _delivery(row: WebhookDelivery) -> DeliveryLine:
    return DeliveryLine(
        id=row.pk,
        event_id=row.event_id,
        type=row.type,
        number=row.case_id,
        sequence=row.sequence,
        state=row.state,
        attempts=row.attempts,
        created_at=row.created_at,
        next_attempt_at=row.next_attempt_at,
        attempted_at=row.attempted_at,
        status=row.last_status,
        error=row.last_error,
        milliseconds=row.last_milliseconds,
        delivered_at=row.delivered_at,
    )
