"""Webhooks: the addresses that are told of what happens, and what they were told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from ninja import Path, Router
from pydantic import BaseModel, Field

from pactdesk.api.authentication import ApiRequest, Needs
from pactdesk.api.frame import ONCE, answers, made
from pactdesk.api.idempotency import once
from pactdesk.api.paging import USUAL, Cursor, Limit, cursor_of, position_in
from pactdesk.api.problems import Fault, ReasonOut, Refusal, reason_out
from pactdesk.api.reading import Body, Moment
from pactdesk.api.v1.intake import LARGEST_ID
from pactdesk.cases.rules.numbers import shown_number
from pactdesk.kernel.decisions import Reason, Refused
from pactdesk.notifications.queries import webhooks as queries
from pactdesk.notifications.queries.webhooks import DeliveryLine, EndpointLine
from pactdesk.notifications.rules.endpoints import MOST_DESCRIPTION
from pactdesk.notifications.rules.events import EVENT_TYPES
from pactdesk.notifications.services import endpoints as services

router = Router(tags=["Webhooks"])

MOST_URL = 1000
_MANAGE = "webhooks:manage"
Id = Annotated[int, Path(description="The id of a webhook.")]
DeliveryId = Annotated[int, Path(description="The id of a delivery.")]
Url = Annotated[
    str,
    Field(
        max_length=MOST_URL,
        description="With https, and reachable from the open internet.",
        examples=["https://hooks.olive-grove-foods.example/support"],
    ),
]
Description = Annotated[
    str, Field(max_length=MOST_DESCRIPTION, description="For yourself, to tell webhooks apart.")
]
Events = Annotated[
    list[str],
    Field(
        min_length=1,
        max_length=2 * len(EVENT_TYPES),
        description=f"What it is told: {', '.join(EVENT_TYPES)}.",
        examples=[["request.opened", "request.message"]],
    ),
]

# Where in the body the reason for a refusal stands, by the room or the reason.
_POINTERS = {
    "url": "#/url",
    "webhook.description-too-long": "#/description",
    "webhook.description-hidden-characters": "#/description",
    "webhook.no-events": "#/events",
    "webhook.unknown-event": "#/events",
}


class WebhookIn(Body):
    """An address that is to be told."""

    url: Url
    description: Description = ""
    events: Events


class ChangesIn(Body):
    """What is to be different; what is missing stays."""

    url: Url | None = None
    description: Description | None = None
    events: Events | None = None
    active: bool | None = Field(None, description="False: it is not called any more, until it is true again.")


class SinceIn(Body):
    """From when on everything is to be sent again."""

    since: Moment = Field(strict=False, examples=["2026-11-20T13:02:00Z"])


class WebhookOut(BaseModel):
    """An address that is told of what happens. Its secret is shown when it is made or replaced, and never again."""

    id: int
    url: str
    description: str
    events: list[str]
    active: bool
    off_because: Literal["failing", "gone", "owner", "operator"] | None = Field(
        description="Null: it is called. What an operator has switched off stays so until an operator changes it."
    )
    off_since: datetime | None
    failing_since: datetime | None = Field(
        description="Since when it has answered with nothing but failures."
    )
    previous_secret_until: datetime | None = Field(
        description="Until when the secret before the last one signs, too."
    )
    created_at: datetime
    waiting: int = Field(description="How many events wait for being sent, or sent again.")


class NewWebhookOut(WebhookOut):
    """A new webhook."""

    secret: str | None = Field(
        description="What its calls are signed with, shown this once. Null where the same Idempotency-Key came before: "
        "replace the secret if the first answer was lost."
    )


class SecretOut(BaseModel):
    """A new secret."""

    secret: str = Field(description="What calls are signed with from now on, shown this once.")
    previous_secret_until: datetime = Field(description="Until then the one before signs, too.")


class WebhookList(BaseModel):
    """All webhooks of the account, oldest first."""

    items: list[WebhookOut]


class DeliveryOut(BaseModel):
    """One event for one address."""

    id: int
    event_id: str = Field(description="The same however often it is sent.")
    type: str
    request: str | None = Field(
        description="Null: a test, about an agreement, or you no longer see the request."
    )
    sequence: int = Field(description="Counts the events of this webhook.")
    state: Literal["queued", "delivered", "parked", "withheld"]
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None = Field(description="Null unless it is queued.")
    attempted_at: datetime | None
    status: int | None = Field(description="The status that was answered last.")
    error: ReasonOut | None = Field(description="Why the last attempt reached nobody.")
    milliseconds: int | None
    delivered_at: datetime | None


class WholeDeliveryOut(DeliveryOut):
    """One event for one address, with what was said on both sides."""

    sent: str = Field(description="What is sent, as it is signed. Empty where it is not sent.")
    answered: str = Field(description="The beginning of the last answer.")


class DeliveryList(BaseModel):
    """A page of deliveries, newest first."""

    items: list[DeliveryOut]
    next: str | None = Field(description="The cursor of the next page; null: this is the last.")


class ReplayedOut(BaseModel):
    """What is sent again."""

    count: int


@router.get(
    "/webhooks",
    response=answers({200: WebhookList}),
    auth=Needs(_MANAGE),
    operation_id="list_webhooks",
    summary="List webhooks",
    url_name="webhooks",
)
def webhook_list(request: ApiRequest) -> WebhookList:
    """Those of the account, at most ten."""
    return WebhookList(items=[_out(line, at=request.at) for line in queries.endpoints(request.viewer)])


@router.post(
    "/webhooks",
    response=answers({201: NewWebhookOut}, once=True),
    auth=Needs(_MANAGE),
    operation_id="create_webhook",
    summary="Have an address told",
    url_name="webhooks",
    openapi_extra=ONCE,
)
def create(request: ApiRequest, body: WebhookIn) -> HttpResponse:
    """It is called from now on, with what happens to requests of which you are a contact. The answer has the secret;
    it is kept nowhere where it could be read again, so the same key again answers without it."""
    return once(request, "create-webhook", lambda _attempt: _create(request, body))


@router.get(
    "/webhooks/{int:webhook_id}",
    response=answers({200: WebhookOut}, path=True),
    auth=Needs(_MANAGE),
    operation_id="get_webhook",
    summary="Get a webhook",
    url_name="webhook",
)
def get(request: ApiRequest, webhook_id: Id) -> WebhookOut:
    """One webhook of the account."""
    return _found(request, webhook_id)


@router.patch(
    "/webhooks/{int:webhook_id}",
    response=answers({200: WebhookOut}, path=True, body=True, conflict=True),
    auth=Needs(_MANAGE),
    operation_id="change_webhook",
    summary="Change a webhook",
    url_name="webhook",
)
def change(request: ApiRequest, webhook_id: Id, body: ChangesIn) -> WebhookOut:
    """Another address, description or events, or on and off. What is queued goes to the new address; while it is off,
    what happens is not kept for it."""
    number = min(webhook_id, LARGEST_ID)
    try:
        with transaction.atomic():
            line = queries.endpoint_page(request.viewer, number, most=1).line
            if any(given is not None for given in (body.url, body.description, body.events)):
                services.change_endpoint(
                    number,
                    url=line.url if body.url is None else body.url,
                    description=line.description if body.description is None else body.description,
                    events=line.events if body.events is None else body.events,
                    actor=request.viewer,
                    at=request.at,
                )
            if body.active is not None:
                switch = services.switch_on if body.active else services.switch_off
                switch(number, actor=request.viewer, at=request.at)
    except Refused as refused:
        raise _refusal(refused, request) from None
    return _found(request, webhook_id)


@router.delete(
    "/webhooks/{int:webhook_id}",
    response=answers({204: None}, path=True),
    auth=Needs(_MANAGE),
    operation_id="delete_webhook",
    summary="Take a webhook away",
    url_name="webhook",
)
def delete(request: ApiRequest, webhook_id: Id) -> HttpResponse:
    """With all that it was told. Nothing more is sent there."""
    services.remove_endpoint(min(webhook_id, LARGEST_ID), actor=request.viewer, at=request.at)
    return HttpResponse(status=204)


@router.post(
    "/webhooks/{int:webhook_id}/secret",
    response=answers({200: SecretOut}, path=True),
    auth=Needs(_MANAGE),
    operation_id="replace_webhook_secret",
    summary="Replace the secret of a webhook",
    url_name="webhook-secret",
)
def replace_secret(request: ApiRequest, webhook_id: Id) -> SecretOut:
    """Calls are signed with both for a day. Each time there is another secret, and only the last two sign."""
    number = min(webhook_id, LARGEST_ID)
    secret = services.replace_secret(number, actor=request.viewer, at=request.at)
    return SecretOut(secret=secret, previous_secret_until=request.at + services.BOTH_VALID)


@router.post(
    "/webhooks/{int:webhook_id}/test",
    response=answers({201: WholeDeliveryOut}, path=True, once=True),
    auth=Needs(_MANAGE),
    operation_id="test_webhook",
    summary="Send a test event",
    url_name="webhook-test",
    openapi_extra=ONCE,
)
def send_test(request: ApiRequest, webhook_id: Id) -> HttpResponse:
    """An event about nothing, of the type endpoint.test. Look at its delivery a moment later for what became of it."""
    return once(request, "test-webhook", lambda _attempt: _test(request, min(webhook_id, LARGEST_ID)))


@router.get(
    "/webhooks/{int:webhook_id}/deliveries",
    response=answers({200: DeliveryList}, path=True, query=True),
    auth=Needs(_MANAGE),
    operation_id="list_deliveries",
    summary="List what a webhook was told",
    url_name="deliveries",
)
def deliveries(
    request: ApiRequest, webhook_id: Id, cursor: Cursor = "", limit: Limit = USUAL
) -> DeliveryList:
    """Newest first, of the last 30 days."""
    number = min(webhook_id, LARGEST_ID)
    place = f"deliveries:{number}"
    position = position_in(cursor, place)
    found = queries.endpoint_page(
        request.viewer, number, older_than=position[0] if position else None, most=limit
    )
    return DeliveryList(
        items=[DeliveryOut(**_delivery(line, request)) for line in found.deliveries],
        next=cursor_of(place, found.older_than) if found.older_than is not None else None,
    )


@router.get(
    "/webhooks/{int:webhook_id}/deliveries/{int:delivery_id}",
    response=answers({200: WholeDeliveryOut}, path=True),
    auth=Needs(_MANAGE),
    operation_id="get_delivery",
    summary="Get a delivery",
    url_name="delivery",
)
def delivery(request: ApiRequest, webhook_id: Id, delivery_id: DeliveryId) -> WholeDeliveryOut:
    """What is sent, and what was answered last."""
    return _whole_delivery(request, min(webhook_id, LARGEST_ID), min(delivery_id, LARGEST_ID))


@router.post(
    "/webhooks/{int:webhook_id}/deliveries/{int:delivery_id}/replay",
    response=answers({200: WholeDeliveryOut}, path=True, conflict=True),
    auth=Needs(_MANAGE),
    operation_id="replay_delivery",
    summary="Send an event again",
    url_name="delivery-replay",
)
def replay(request: ApiRequest, webhook_id: Id, delivery_id: DeliveryId) -> WholeDeliveryOut:
    """Under the same event id. While it is still queued, this only makes it go at once."""
    number, which = min(webhook_id, LARGEST_ID), min(delivery_id, LARGEST_ID)
    try:
        services.replay(number, which, actor=request.viewer, at=request.at)
    except Refused as refused:
        raise _refusal(refused, request) from None
    return _whole_delivery(request, number, which)


@router.post(
    "/webhooks/{int:webhook_id}/replay",
    response=answers({200: ReplayedOut}, path=True, body=True, conflict=True),
    auth=Needs(_MANAGE),
    operation_id="replay_since",
    summary="Send everything again since an instant",
    url_name="webhook-replay",
)
def replay_since(request: ApiRequest, webhook_id: Id, body: SinceIn) -> ReplayedOut:
    """What was written down then or later, oldest first, each under the same event id."""
    try:
        count = services.replay_since(
            min(webhook_id, LARGEST_ID), body.since, actor=request.viewer, at=request.at
        )
    except Refused as refused:
        raise _refusal(refused, request) from None
    return ReplayedOut(count=count)


def _create(request: ApiRequest, body: WebhookIn) -> HttpResponse:
    try:
        new = services.add_endpoint(
            body.url, description=body.description, events=body.events, actor=request.viewer, at=request.at
        )
    except Refused as refused:
        raise _refusal(refused, request) from None
    told = _found(request, new.endpoint_id).model_dump()
    return made(
        201,
        NewWebhookOut(**told, secret=new.secret),
        location=reverse("api:v1:webhook", args=[new.endpoint_id]),
        kept=NewWebhookOut(**told, secret=None),
    )


def _test(request: ApiRequest, webhook_id: int) -> HttpResponse:
    try:
        delivery_id = services.send_test(webhook_id, actor=request.viewer, at=request.at)
    except Refused as refused:
        raise _refusal(refused, request) from None
    location = reverse("api:v1:delivery", args=[webhook_id, delivery_id])
    return made(201, _whole_delivery(request, webhook_id, delivery_id), location=location)


def _found(request: ApiRequest, webhook_id: int) -> WebhookOut:
    page = queries.endpoint_page(request.viewer, min(webhook_id, LARGEST_ID), most=1)
    return _out(page.line, at=request.at)


def _whole_delivery(request: ApiRequest, webhook_id: int, delivery_id: int) -> WholeDeliveryOut:
    page = queries.delivery_page(request.viewer, webhook_id, delivery_id)
    withheld = page.line.state == "withheld"
    return WholeDeliveryOut(
        **_delivery(page.line, request), sent="" if withheld else page.body, answered=page.answer
    )


def _out(line: EndpointLine, *, at: datetime) -> WebhookOut:
    both = line.previous_until if line.previous_until and line.previous_until > at else None
    off: Any = line.disabled_reason or None
    return WebhookOut(
        id=line.id,
        url=line.url,
        description=line.description,
        events=[*line.events],
        active=line.is_active,
        off_because=off,
        off_since=line.disabled_at,
        failing_since=line.failing_since,
        previous_secret_until=both,
        created_at=line.created_at,
        waiting=line.counts.get("queued", 0),
    )


def _delivery(line: DeliveryLine, request: ApiRequest) -> Mapping[str, Any]:
    queued, withheld = line.state == "queued", line.state == "withheld"
    error = Reason(line.error, {"ports": ""}) if line.error and not withheld else None
    return {
        "id": line.id,
        "event_id": line.event_id,
        "type": line.type,
        "request": shown_number(line.number) if line.number is not None and not withheld else None,
        "sequence": line.sequence,
        "state": line.state,
        "attempts": line.attempts,
        "created_at": line.created_at,
        "next_attempt_at": line.next_attempt_at if queued else None,
        "attempted_at": line.attempted_at,
        "status": line.status,
        "error": reason_out(error, zone=request.viewer.time_zone) if error else None,
        "milliseconds": line.milliseconds,
        "delivered_at": line.delivered_at,
    }


def _refusal(refused: Refused, request: ApiRequest) -> Refusal:
    """What a verb refused: 422 where it is about what was sent, with its place, else 409."""
    faults = tuple(
        Fault(reason, _POINTERS.get(reason.code, _POINTERS.get(reason.code.partition(".")[0], "")))
        for reason in refused.decision
    )
    of_body = all(fault.pointer for fault in faults)
    return Refusal("refused" if of_body else "conflict", faults, zone=request.viewer.time_zone)
