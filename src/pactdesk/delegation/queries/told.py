"""Whom to tell of what happens to a right. For the worker, which stands for nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pactdesk.accounts.models import OrganizationRole
from pactdesk.delegation.models import Delegation, DelegationRequest
from pactdesk.delegation.queries.asked import purposes_of
from pactdesk.delegation.rules.granting import Terms

# No organization is written to more often than this about one right.
MOST_TOLD: Final = 50


@dataclass(frozen=True, slots=True)
class RightTold:
    """A right as letters tell of it. `grantor` is the customer, or the provider that passed it on.

    `asker` is who asked for it, if still an administrator of the partner. `replaced`: another one took its place in the
    same step; `fell`: it was taken back because what it came from was.
    """

    id: int
    customer: str
    partner: str
    grantor: str
    terms: Terms
    is_passed_on: bool
    asker: int | None
    of_partner: tuple[int, ...]
    of_customer: tuple[int, ...]
    of_provider: tuple[int, ...]
    replaced: bool = False
    fell: bool = False


@dataclass(frozen=True, slots=True)
class RefusalTold:
    """A request that was refused. `asker` is None where that account no longer administers the partner."""

    customer: str
    asker: int | None


def right_told(delegation_id: int) -> RightTold | None:
    """One right with whom it concerns, None where there is none. Five queries at most."""
    row = (
        Delegation.objects.select_related("customer", "partner", "grantor", "parent")
        .filter(pk=delegation_id)
        .first()
    )
    if row is None:
        return None
    of_partner = _administrators(row.partner_id)
    asked = DelegationRequest.objects.filter(delegation=row).values_list("asked_by_id", flat=True)
    asker = next((each for each in asked if each in of_partner), None)
    replaced = row.revoked_at is not None and (
        Delegation.objects.filter(
            partner_id=row.partner_id,
            customer_id=row.customer_id,
            grantor_id=row.grantor_id,
            subscription=row.subscription_id,
            granted_at=row.revoked_at,
        )
        .exclude(pk=row.pk)
        .exists()
    )
    parent = row.parent
    return RightTold(
        id=row.pk,
        customer=row.customer.name,
        partner=row.partner.name,
        grantor=row.grantor.name,
        terms=Terms(purposes_of(row), row.most_units, row.ends_at),
        is_passed_on=parent is not None,
        asker=asker,
        of_partner=of_partner,
        of_customer=_administrators(row.customer_id),
        of_provider=_administrators(row.grantor_id) if parent is not None else (),
        replaced=replaced,
        fell=parent is not None and parent.revoked_at is not None and parent.revoked_at == row.revoked_at,
    )


def refusal_told(request_id: int) -> RefusalTold | None:
    """A refused request, None where it is forgotten. Two queries."""
    row = DelegationRequest.objects.select_related("customer").filter(pk=request_id).first()
    if row is None:
        return None
    is_there = row.asked_by_id in _administrators(row.partner_id)
    return RefusalTold(row.customer.name if row.customer else "", row.asked_by_id if is_there else None)


def ending_soon(*, at: datetime, within: timedelta) -> tuple[int, ...]:
    """The rights in force that end within so long, and that were granted for longer than that. One query."""
    rows = Delegation.objects.filter(revoked_at=None, ends_at__gt=at, ends_at__lte=at + within)
    return tuple(
        row.pk
        for row in rows.only("granted_at", "ends_at").order_by("ends_at", "pk")
        if row.ends_at - row.granted_at > within
    )


def _administrators(organization_id: int) -> tuple[int, ...]:
    rows = OrganizationRole.objects.filter(
        role="global-administrator", account__organization_id=organization_id, account__is_active=True
    )
    return tuple(rows.order_by("account_id").values_list("account_id", flat=True)[:MOST_TOLD])
