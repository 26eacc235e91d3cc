"""Requests for delegations: for those who asked, and for whoever holds a link."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, cast

from pactdesk.accounts.models import OrganizationRole
from pactdesk.accounts.viewer import Viewer
from pactdesk.delegation.models import Delegation, DelegationRequest, Relationship, Subscription
from pactdesk.delegation.rules.acting import Purpose, Tier
from pactdesk.delegation.rules.asking import Wish, is_token
from pactdesk.delegation.rules.granting import Terms

# How many answered ones the list shows, and how many subscriptions are offered to narrow a grant to.
MOST_SHOWN: Final = 100
MOST_OFFERED: Final = 200
MOST_NAMED: Final = 10


@dataclass(frozen=True, slots=True)
class AskedLine:
    """A request in the list of the partner that asked. `customer` is "" unless a provider was asked. `outcome` is
    "open", "expired", "granted", "refused" or "withdrawn"; `answered_for` is the organization that granted."""

    id: int
    wish: Wish
    provider: str
    customer: str
    asked_by: str
    asked_at: datetime
    expires_at: datetime
    outcome: str
    answered_at: datetime | None
    answered_for: str
    delegation_id: int | None


Deciding = Literal["yes", "sign-in", "no-organization", "own", "another-organization", "not-administrator"]


@dataclass(frozen=True, slots=True)
class AskedPage:
    """What a link leads to. Who may not decide is told who asks (`partner`) and whom to turn to, and nothing more:
    `wish` is None then. `held` is what a provider can pass on, None where a customer is asked or nothing is held."""

    deciding: Deciding
    partner: str
    administrators: tuple[str, ...] = ()
    wish: Wish | None = None
    asked_by: str = ""
    provider: str = ""
    customer: str = ""
    expires_at: datetime | None = None
    subscriptions: tuple[tuple[int, str], ...] = ()
    held: Terms | None = None
    replaces: bool = False


def open_request(token: str, *, at: datetime, lock: bool = False) -> DelegationRequest | None:
    """The request that this token answers, if it is open at `at`. One query at most."""
    if not is_token(token):
        return None
    rows = DelegationRequest.objects.select_related("partner", "provider", "customer", "asked_by")
    if lock:
        rows = rows.select_for_update(of=("self",))
    return rows.filter(token_hash=token_hash(token), outcome="", expires_at__gt=at).first()


def token_hash(token: str) -> bytes:
    """By what a token is known again. As many bits as it has cannot be guessed, so this need not be slow."""
    return hashlib.sha256(token.encode()).digest()


def wish_of(request: DelegationRequest) -> Wish:
    """What a request asks for."""
    return Wish(
        purposes=purposes_of(request),
        most_units=request.most_units,
        days=request.lasts_days,
        tier=cast("Tier", request.tier),
        note=request.note,
    )


def purposes_of(row: Delegation | DelegationRequest) -> frozenset[Purpose]:
    """What a row is for."""
    named: dict[Purpose, bool] = {
        "submit": row.may_submit,
        "read": row.may_read,
        "manage-contacts": row.may_manage_contacts,
        "spend": row.most_units > 0,
    }
    return frozenset(purpose for purpose, granted in named.items() if granted)


def asked_page(viewer: Viewer | None, token: str, *, at: datetime) -> AskedPage | None:
    """What a token leads to, for somebody who need not be signed in; None where it leads nowhere (any more).

    Five queries at most.
    """
    request = open_request(token, at=at)
    if request is None:
        return None
    partner = request.partner.name
    if viewer is None:
        return AskedPage("sign-in", partner)
    if viewer.organization_id is None:
        return AskedPage("no-organization", partner)
    if viewer.organization_id == request.partner_id:
        return AskedPage("own", partner)
    if request.customer_id is not None and request.provider_id != viewer.organization_id:
        return AskedPage("another-organization", partner)
    if not viewer.administers:
        return AskedPage("not-administrator", partner, administrators=administrators_of(viewer))
    tenant_id = request.customer_id or viewer.organization_id
    held = _held(viewer, request.customer_id) if request.customer_id is not None else None
    return AskedPage(
        deciding="yes",
        partner=partner,
        wish=wish_of(request),
        asked_by=request.asked_by.get_full_name() or request.asked_by.email,
        provider=request.provider.name if request.provider else "",
        customer=request.customer.name if request.customer else "",
        expires_at=request.expires_at,
        subscriptions=offered(tenant_id),
        held=held,
        replaces=Delegation.objects.filter(
            partner_id=request.partner_id,
            customer_id=tenant_id,
            grantor_id=viewer.organization_id,
            revoked_at=None,
            ends_at__gt=at,
        ).exists(),
    )


def offered(organization_id: int) -> tuple[tuple[int, str], ...]:
    """The open subscriptions to one of which a grant can be narrowed, by name. One query."""
    rows = Subscription.objects.filter(organization_id=organization_id, ended_at=None)
    return tuple((row.pk, f"{row.name} ({row.number})") for row in rows[:MOST_OFFERED])


def administrators_of(viewer: Viewer) -> tuple[str, ...]:
    """The names of those who decide for the viewer's organization. One query."""
    rows = (
        OrganizationRole.objects.filter(
            role="global-administrator",
            account__organization=viewer.organization_id,
            account__is_active=True,
        )
        .select_related("account")
        .order_by("account__last_name", "account__first_name", "pk")
    )
    return tuple(row.account.get_full_name() or row.account.email for row in rows[:MOST_NAMED])


def asked_for(viewer: Viewer, *, at: datetime) -> tuple[AskedLine, ...]:
    """What the viewer's organization asked for, the newest first, up to `MOST_SHOWN`. One query.

    Administrators only; empty for everybody else.
    """
    if not viewer.administers or viewer.organization_id is None:
        return ()
    rows: Any = DelegationRequest.objects.filter(partner_id=viewer.organization_id)
    rows = rows.select_related("provider", "customer", "asked_by", "delegation__grantor")
    return tuple(_line(row, at) for row in rows.order_by("-asked_at", "-pk")[:MOST_SHOWN])


def customers_through_a_provider(viewer: Viewer) -> tuple[tuple[int, str, str], ...]:
    """Whom a reseller may ask its provider about: id and name of the customer, and the provider's name. One query."""
    rows = (
        Relationship.objects.filter(
            partner_id=viewer.organization_id, ended_at=None, tier="reseller", provider__isnull=False
        )
        .select_related("customer", "provider")
        .order_by("customer_name", "customer_id")
    )
    return tuple(
        (row.customer_id, row.customer.name, row.provider.name if row.provider else "")
        for row in rows[:MOST_OFFERED]
    )


def _line(row: DelegationRequest, at: datetime) -> AskedLine:
    outcome = row.outcome or ("open" if row.expires_at > at else "expired")
    return AskedLine(
        id=row.pk,
        wish=wish_of(row),
        provider=row.provider.name if row.provider else "",
        customer=row.customer.name if row.customer else "",
        asked_by=row.asked_by.get_full_name() or row.asked_by.email,
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        outcome=outcome,
        answered_at=row.answered_at,
        answered_for=row.delegation.grantor.name if row.delegation else "",
        delegation_id=row.delegation_id,
    )


def _held(viewer: Viewer, customer_id: int) -> Terms | None:
    row = (
        Delegation.objects.filter(
            partner_id=viewer.organization_id,
            customer_id=customer_id,
            grantor_id=customer_id,
            subscription=None,
            revoked_at=None,
        )
        .order_by("-ends_at")
        .first()
    )
    return Terms(purposes_of(row), row.most_units, row.ends_at) if row else None
