"""Units that are set aside for customers and resellers, and called back where they are not used."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpResponse
from django.urls import reverse
from ninja import Path, Router
from pydantic import BaseModel, Field

from pactdesk.agreements.queries.set_asides import SetAside, set_aside_for, set_asides_of
from pactdesk.agreements.services import set_asides as services
from pactdesk.api.authentication import ApiRequest, Needs
from pactdesk.api.frame import ONCE, answers, made
from pactdesk.api.idempotency import Attempt, once
from pactdesk.api.problems import Fault, Refusal
from pactdesk.api.reading import Body, Whole
from pactdesk.api.v1.intake import LARGEST_ID
from pactdesk.kernel.decisions import Refused

router = Router(tags=["Agreements"])

MOST = 1_000_000
AgreementId = Annotated[int, Path(description="The id of the agreement that is divided.")]
Id = Annotated[int, Path(description="The id of what stands aside.")]
Limit = Annotated[
    Whole | None,
    Field(
        ge=1, le=MOST, description="How many may stand aside in all, used ones included; null: any number."
    ),
]


class SetAsideIn(Body):
    """For whom, and how many."""

    organization: Whole = Field(ge=1, le=LARGEST_ID, description="One of your customers or resellers.")
    units: Whole = Field(ge=1, le=MOST)
    most_units: Limit = None


class RecallIn(Body):
    """How many are called back."""

    units: Whole = Field(ge=1, le=MOST)


class LimitIn(Body):
    """How many may stand aside at most."""

    most_units: Limit = None


class SetAsideOut(BaseModel):
    """Units that stand aside for an organization."""

    id: int
    organization: int
    organization_name: str
    units: int = Field(description="How many were put aside, less what was called back.")
    units_left: int = Field(description="How many of them are not used.")
    most_units: int | None


class SetAsideList(BaseModel):
    """All that stands aside of an agreement, by the names of the organizations."""

    units_left: int = Field(description="What can still be set aside.")
    items: list[SetAsideOut]


@router.get(
    "/agreements/{int:agreement_id}/set-asides",
    response=answers({200: SetAsideList}, path=True),
    auth=Needs("agreements:read"),
    operation_id="list_set_asides",
    summary="List what was set aside",
    url_name="set-asides",
)
def set_aside_list(request: ApiRequest, agreement_id: AgreementId) -> SetAsideList:
    """For the owner of the agreement, and for global administrators of whoever holds what was set aside before."""
    found = set_asides_of(request.viewer, min(agreement_id, LARGEST_ID))
    return SetAsideList(units_left=found.left, items=[_out(line) for line in found.lines])


@router.post(
    "/agreements/{int:agreement_id}/set-asides",
    response=answers({201: SetAsideOut}, path=True, once=True),
    auth=Needs("agreements:write"),
    operation_id="set_units_aside",
    summary="Set units aside",
    url_name="set-asides",
    openapi_extra=ONCE,
)
def set_aside(request: ApiRequest, agreement_id: AgreementId, body: SetAsideIn) -> HttpResponse:
    """More are added where some stand aside already. Everybody in that organization can draw on them."""
    number = min(agreement_id, LARGEST_ID)
    return once(request, "set-units-aside", lambda attempt: _set_aside(request, number, body, attempt))


@router.post(
    "/agreements/set-asides/{int:set_aside_id}/recall",
    response=answers({201: SetAsideOut}, path=True, once=True),
    auth=Needs("agreements:write"),
    operation_id="recall_units",
    summary="Call units back",
    url_name="set-aside-recall",
    openapi_extra=ONCE,
)
def recall(request: ApiRequest, set_aside_id: Id, body: RecallIn) -> HttpResponse:
    """As far as they are not used."""
    number = min(set_aside_id, LARGEST_ID)
    return once(request, "recall-units", lambda attempt: _recall(request, number, body, attempt))


@router.put(
    "/agreements/set-asides/{int:set_aside_id}",
    response=answers({200: SetAsideOut}, path=True, body=True),
    auth=Needs("agreements:write"),
    operation_id="limit_set_aside",
    summary="Limit what may stand aside",
    url_name="set-aside",
)
def limit(request: ApiRequest, set_aside_id: Id, body: LimitIn) -> SetAsideOut:
    """Not below what stands aside already."""
    number = min(set_aside_id, LARGEST_ID)
    try:
        services.limit(number, body.most_units, actor=request.viewer, at=request.at)
    except Refused as refused:
        raise _refusal(refused, request) from None
    return _out(set_aside_for(request.viewer, number)[1])


def _set_aside(request: ApiRequest, number: int, body: SetAsideIn, attempt: Attempt) -> HttpResponse:
    try:
        held = services.set_aside(
            number,
            body.organization,
            units=body.units,
            most_units=body.most_units,
            key=f"aside:{attempt.derived}",
            actor=request.viewer,
            at=request.at,
        )
    except Refused as refused:
        raise _refusal(refused, request) from None
    line = set_aside_for(request.viewer, held)[1]
    return made(201, _out(line), location=reverse("api:v1:set-aside", args=[held]))


def _recall(request: ApiRequest, number: int, body: RecallIn, attempt: Attempt) -> HttpResponse:
    try:
        services.recall(
            number, units=body.units, key=f"recall:{attempt.derived}", actor=request.viewer, at=request.at
        )
    except Refused as refused:
        raise _refusal(refused, request) from None
    return made(201, _out(set_aside_for(request.viewer, number)[1]))


def _out(line: SetAside) -> SetAsideOut:
    return SetAsideOut(
        id=line.id,
        organization=line.holder_id,
        organization_name=line.holder,
        units=line.aside,
        units_left=line.left,
        most_units=line.most,
    )


def _refusal(refused: Refused, request: ApiRequest) -> Refusal:
    """What a verb refused, as a problem: 409 where the agreement stands in the way, else 422."""
    of_state = any(reason.code.startswith("agreement.") for reason in refused.decision)
    faults = tuple(Fault(reason) for reason in refused.decision)
    return Refusal("conflict" if of_state else "refused", faults, zone=request.viewer.time_zone)
