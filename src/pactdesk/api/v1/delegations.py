"""Rights: what a customer lets a partner do, asked for by a link, granted, changed and taken back at any time (OBO)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from ninja import Path, Query, Router
from pydantic import BaseModel, Field

from pactdesk.api.authentication import ApiRequest, Needs
from pactdesk.api.frame import ONCE, answers, made
from pactdesk.api.idempotency import once
from pactdesk.api.paging import Cursor, cursor_of, position_in
from pactdesk.api.problems import Fault, Refusal
from pactdesk.api.reading import Body, Moment, Whole
from pactdesk.api.v1.intake import LARGEST_ID
from pactdesk.delegation.queries import rights
from pactdesk.delegation.queries.rights import DelegationLine
from pactdesk.delegation.rules import LONGEST_DAYS, PURPOSES, Purpose, Terms
from pactdesk.delegation.rules.asking import MOST_NOTE, Wish
from pactdesk.delegation.rules.granting import MOST_UNITS
from pactdesk.delegation.services import asking, delegations
from pactdesk.kernel.decisions import Refused
from pactdesk.kernel.places import Place

router = Router(tags=["Delegations"])

_READ, _WRITE = "delegations:read", "delegations:write"
PurposeCode = Literal["submit", "read", "manage-contacts", "spend"]
Purposes = Annotated[
    list[PurposeCode],
    Field(
        min_length=1,
        max_length=2 * len(PURPOSES),
        description="What may be done: submit requests, read them, manage their contacts, spend incidents.",
        examples=[["submit", "read"]],
    ),
]
Units = Annotated[
    Whole,
    Field(ge=0, le=MOST_UNITS, description="How many of the customer's own incidents may be spent in all."),
]
Id = Annotated[int, Path(description="The id of a delegation.")]


class OrganizationOut(BaseModel):
    """An organization."""

    id: int
    name: str


class DelegationOut(BaseModel):
    """What a partner may do for a customer, and until when."""

    id: int
    customer: OrganizationOut
    partner: OrganizationOut
    granted_by: OrganizationOut = Field(
        description="The customer, or the provider that passed its own rights on to its reseller."
    )
    passed_on_from: int | None = Field(description="The delegation with which it falls; null: it has none.")
    subscription: str | None = Field(description="The only subscription that it is about; null: all.")
    purposes: list[PurposeCode]
    most_units: int
    units_spent: int
    customer_sees: bool = Field(description="Whether administrators of the customer see what is opened.")
    granted_at: datetime
    ends_at: datetime
    state: Literal["in-force", "ended", "revoked"]


class DelegationList(BaseModel):
    """A page of delegations, the newest first."""

    items: list[DelegationOut]
    next: str | None = Field(description="The cursor of the next page; null: this is the last.")


class TermsIn(Body):
    """What it is for from now on."""

    purposes: Purposes
    most_units: Units = 0
    ends_at: Moment = Field(strict=False, examples=["2027-06-30T22:00:00Z"])
    customer_sees: bool = True


class WishIn(Body):
    """What is asked of a customer, or of a provider about a customer."""

    purposes: Purposes
    most_units: Units = 0
    days: Whole = Field(
        ge=1, le=LONGEST_DAYS, description="For how long, from the answer on.", examples=[365]
    )
    tier: Literal["provider", "reseller", "direct"] = Field(
        "direct", description="How your organization stands to the customer."
    )
    provider_number: str = Field(
        "", max_length=20, description="The partner number of your indirect provider, for resellers."
    )
    customer: Whole | None = Field(
        None,
        ge=1,
        le=LARGEST_ID,
        description="The customer about whom your provider is asked; null: the customer itself is.",
    )
    note: str = Field("", max_length=MOST_NOTE, description="A word to whoever decides.")


class AskedOut(BaseModel):
    """A link by which rights are asked for. Whoever administers the customer opens it and decides, once."""

    id: int
    link: str | None = Field(
        description="Shown this once. Null where the same Idempotency-Key came before.",
        json_schema_extra={"format": "uri"},
    )
    expires_at: datetime


@router.get(
    "/delegations",
    response=answers({200: DelegationList}, query=True),
    auth=Needs(_READ),
    operation_id="list_delegations",
    summary="List delegations",
    url_name="delegations",
)
def delegation_list(
    request: ApiRequest,
    side: Annotated[
        Literal["held", "given"], Query(description="What your organization may do, or lets others do.")
    ],
    state: Annotated[Literal["in-force", "ended"], Query()] = "in-force",
    words: Annotated[str, Query(max_length=200, description="In the name of the other organization.")] = "",
    cursor: Cursor = "",
) -> DelegationList:
    """For those who act for customers, and for those who decide for their organization; empty for everybody else."""
    place = f"delegations:{side}:{state}"
    position = position_in(cursor, place)
    found = rights.delegation_list(
        request.viewer,
        side,
        words=words,
        ended=state == "ended",
        older_than=Place(datetime.fromisoformat(position[0]), position[1]) if position else None,
    )
    last = found.older_than
    return DelegationList(
        items=[_out(line) for line in found.lines],
        next=cursor_of(place, last.at.isoformat(), last.id) if last else None,
    )


@router.get(
    "/delegations/{int:delegation_id}",
    response=answers({200: DelegationOut}, path=True),
    auth=Needs(_READ),
    operation_id="get_delegation",
    summary="Get a delegation",
    url_name="delegation",
)
def get(request: ApiRequest, delegation_id: Id) -> DelegationOut:
    """One that your organization granted, holds, or that concerns it, for its global administrators."""
    return _found(request, delegation_id)


@router.put(
    "/delegations/{int:delegation_id}",
    response=answers({200: DelegationOut}, path=True, body=True, conflict=True),
    auth=Needs(_WRITE),
    operation_id="change_delegation",
    summary="Change a delegation",
    url_name="delegation",
)
def change(request: ApiRequest, delegation_id: Id, body: TermsIn) -> DelegationOut:
    """Wider or narrower, at once, for global administrators of whoever granted it. What was passed on from it is
    narrowed along (OBO-4)."""
    terms = Terms(frozenset(body.purposes), body.most_units, body.ends_at)
    try:
        delegations.change(
            min(delegation_id, LARGEST_ID),
            terms,
            customer_sees=body.customer_sees,
            actor=request.viewer,
            at=request.at,
        )
    except Refused as refused:
        raise _refusal(refused, request) from None
    return _found(request, delegation_id)


@router.delete(
    "/delegations/{int:delegation_id}",
    response=answers({204: None}, path=True),
    auth=Needs(_WRITE),
    operation_id="revoke_delegation",
    summary="Take a delegation back",
    url_name="delegation",
)
def revoke(request: ApiRequest, delegation_id: Id) -> HttpResponse:
    """At once, with all that was passed on from it: for global administrators of whoever granted it, of the customer,
    and of the partner, who so gives it up. Once more changes nothing."""
    delegations.revoke(min(delegation_id, LARGEST_ID), actor=request.viewer, at=request.at)
    return HttpResponse(status=204)


@router.post(
    "/delegations/requests",
    response=answers({201: AskedOut}, path=True, once=True),
    auth=Needs(_WRITE),
    operation_id="ask_for_delegation",
    summary="Ask for a delegation by a link",
    url_name="delegation-requests",
    openapi_extra=ONCE,
)
def ask(request: ApiRequest, body: WishIn) -> HttpResponse:
    """For global administrators of a partner. Hand the link to whoever administers the customer; it works once, for 72
    hours."""
    return once(request, "ask-for-delegation", lambda _attempt: _ask(request, body))


@router.delete(
    "/delegations/requests/{int:request_id}",
    response=answers({204: None}, path=True),
    auth=Needs(_WRITE),
    operation_id="withdraw_delegation_request",
    summary="Let a link work no more",
    url_name="delegation-request",
)
def withdraw(
    request: ApiRequest, request_id: Annotated[int, Path(description="The id of what was asked.")]
) -> HttpResponse:
    """What is answered already stays as it is."""
    asking.withdraw(min(request_id, LARGEST_ID), actor=request.viewer, at=request.at)
    return HttpResponse(status=204)


def _ask(request: ApiRequest, body: WishIn) -> HttpResponse:
    purposes: frozenset[Purpose] = frozenset(body.purposes)
    wish = Wish(purposes, body.most_units, body.days, body.tier, body.note)
    try:
        link = asking.ask(
            wish,
            provider_number=body.provider_number,
            customer_id=body.customer,
            actor=request.viewer,
            at=request.at,
        )
    except Refused as refused:
        raise _refusal(refused, request) from None
    url = settings.BASE_URL + reverse("portal:rights-answer", args=[link.token])
    shown = AskedOut(id=link.request_id, link=url, expires_at=link.expires_at)
    # The token is a secret: the kept answer must not have it.
    return made(201, shown, kept=shown.model_copy(update={"link": None}))


def _found(request: ApiRequest, delegation_id: int) -> DelegationOut:
    return _out(rights.delegation_page(request.viewer, min(delegation_id, LARGEST_ID)).line)


def _out(line: DelegationLine) -> DelegationOut:
    return DelegationOut(
        id=line.id,
        customer=OrganizationOut(id=line.customer_id, name=line.customer),
        partner=OrganizationOut(id=line.partner_id, name=line.partner),
        granted_by=OrganizationOut(id=line.grantor_id, name=line.grantor),
        passed_on_from=line.parent_id,
        subscription=line.subscription or None,
        purposes=[purpose for purpose in PURPOSES if purpose in line.purposes],
        most_units=line.most_units,
        units_spent=line.units_spent,
        customer_sees=line.customer_sees,
        granted_at=line.granted_at,
        ends_at=line.ends_at,
        state=line.state,
    )


def _refusal(refused: Refused, request: ApiRequest) -> Refusal:
    """What a verb refused, as a problem: 409 where it does not hold any more, else 422."""
    gone = any(reason.code == "delegation.gone" for reason in refused.decision)
    faults = tuple(Fault(reason) for reason in refused.decision)
    return Refusal("conflict" if gone else "refused", faults, zone=request.viewer.time_zone)
