"""Customers: those of the organization, what may be done for each, and on which subscriptions (OBO-1)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from ninja import Path, Query, Router
from pydantic import BaseModel, Field

from pactdesk.api.authentication import ApiRequest, Needs
from pactdesk.api.frame import answers
from pactdesk.api.paging import Cursor, cursor_of, position_in
from pactdesk.api.v1.delegations import PurposeCode
from pactdesk.api.v1.intake import LARGEST_ID
from pactdesk.delegation.queries.customers import CustomerLine, Place, Sought, customer_list, customer_page
from pactdesk.delegation.rules import PURPOSES, Purpose

router = Router(tags=["Delegations"])

Tier = Literal["provider", "reseller", "direct"]


class CustomerOut(BaseModel):
    """A customer, and what your organization may do for it now."""

    id: int
    name: str
    tier: Tier | None = Field(description="Null: there is a role on a subscription and no relationship.")
    provider: str = Field(description="The indirect provider between you; empty: none.")
    purposes: list[PurposeCode] = Field(description="What its rights allow.")
    until: datetime | None = Field(description="When the last of them ends; null: none is in force.")


class CustomerList(BaseModel):
    """A page of customers, by name."""

    items: list[CustomerOut]
    next: str | None = Field(description="The cursor of the next page; null: this is the last.")


class CustomerSubscription(BaseModel):
    """A subscription of a customer."""

    number: str
    name: str
    role: str | None = Field(description="Your strongest role on it; null: none.")


class WholeCustomerOut(CustomerOut):
    """A customer with its subscriptions."""

    domains: list[str]
    subscriptions: list[CustomerSubscription]


@router.get(
    "/customers",
    response=answers({200: CustomerList}, query=True),
    auth=Needs("delegations:read"),
    operation_id="list_customers",
    summary="List and search customers",
    url_name="customers",
)
def customers(
    request: ApiRequest,
    words: Annotated[
        str, Query(max_length=200, description="In the name, or how a domain or number begins.")
    ] = "",
    tier: Annotated[Tier | None, Query()] = None,
    rights: Annotated[
        Literal["any", "in-force", "ending", "none"],
        Query(description="“ending”: what is in force ends within 30 days."),
    ] = "any",
    cursor: Cursor = "",
) -> CustomerList:
    """Those of your organization, by name, fifty at a time."""
    position = position_in(cursor, "customers")
    found = customer_list(
        request.viewer,
        Sought(words, tier or "", "" if rights == "any" else rights),
        after=Place(str(position[0]), int(position[1])) if position else None,
    )
    last = found.after
    return CustomerList(
        items=[_out(line) for line in found.lines],
        next=cursor_of("customers", last.name, last.id) if last else None,
    )


@router.get(
    "/customers/{int:customer_id}",
    response=answers({200: WholeCustomerOut}, path=True),
    auth=Needs("delegations:read"),
    operation_id="get_customer",
    summary="Get a customer",
    url_name="customer",
)
def get(
    request: ApiRequest, customer_id: Annotated[int, Path(description="The id of a customer.")]
) -> WholeCustomerOut:
    """One with whom you have to do: by a relationship, a delegation, or a role on one of its subscriptions."""
    found = customer_page(request.viewer, min(customer_id, LARGEST_ID))
    held: set[Purpose] = {purpose for right in found.rights for purpose in right.purposes}
    return WholeCustomerOut(
        id=found.id,
        name=found.name,
        tier=found.tier or None,
        provider=found.provider,
        purposes=[purpose for purpose in PURPOSES if purpose in held],
        until=max((right.until for right in found.rights), default=None),
        domains=list(found.domains),
        subscriptions=[
            CustomerSubscription(number=each.number, name=each.name, role=each.role or None)
            for each in found.subscriptions
        ],
    )


def _out(line: CustomerLine) -> CustomerOut:
    return CustomerOut(
        id=line.id,
        name=line.name,
        tier=line.tier,
        provider=line.provider,
        purposes=[purpose for purpose in PURPOSES if purpose in line.purposes],
        until=line.until,
    )
