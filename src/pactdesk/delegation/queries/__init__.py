"""How people stand to customers, and who those are. Each question has a fixed number of queries."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from django.db.models import Q

from pactdesk.accounts.models import Organization
from pactdesk.accounts.viewer import Viewer
from pactdesk.delegation.access import (
    ASSIGNED_TO_ACCOUNT,
    ASSIGNMENT_HOLDS,
    DELEGATION_HOLDS,
    delegations_in_force,
)
from pactdesk.delegation.models import Relationship
from pactdesk.delegation.rules.acting import SUBSCRIPTION_ROLES, Purpose, Standing
from pactdesk.kernel.database import execute

_PURPOSES: tuple[Purpose, ...] = ("submit", "read", "manage-contacts", "spend")


@dataclass(frozen=True, slots=True)
class ActingFor:
    """Somebody acting for a customer, or on a subscription of their own, as the rule and the screens need it.

    What a request rests on is named, if it is there: `delegation_id`, `passed_on_id`, what a provider passed on, and
    `assignment_id`, the role on the subscription. `units_left` are how many of the customer's own incidents may still
    be spent under the delegation, of `most_units`; it holds `until` then, and `provider_name` is who passed it on, ""
    where the customer granted it.
    """

    standing: Standing
    customer_id: int | None = None
    customer_name: str = ""
    subscription_id: int | None = None
    subscription_name: str = ""
    subscription_number: str = ""
    delegation_id: int | None = None
    passed_on_id: int | None = None
    assignment_id: int | None = None
    units_left: int = 0
    most_units: int = 0
    until: datetime | None = None
    provider_name: str = ""

    @property
    def rests_on_role(self) -> bool:
        """Whether a request rests on the role on the subscription, which goes before what was delegated: it is access
        that was given to the account itself (OBO-5)."""
        return self.assignment_id is not None and self.standing.may_write


NOBODY_ELSE = ActingFor(Standing())

_HELD = f"""
SELECT delegation.id, delegation.grantor_id = delegation.customer_id, delegation.may_submit, delegation.may_read,
  delegation.may_manage_contacts, delegation.most_units - delegation.units_spent,
  CASE WHEN {DELEGATION_HOLDS} THEN '' WHEN delegation.revoked_at IS NOT NULL THEN 'revoked' ELSE 'ended' END,
  delegation.most_units, delegation.ends_at, grantor.name
FROM delegation_delegation delegation
JOIN accounts_organization grantor ON grantor.id = delegation.grantor_id
WHERE delegation.partner_id = %(organization)s AND delegation.customer_id = %(customer)s
  AND (delegation.subscription_id IS NULL OR delegation.subscription_id = subscription.id)
ORDER BY {DELEGATION_HOLDS} DESC, delegation.granted_at DESC, delegation.id DESC
LIMIT 20
"""  # noqa: S608 - our own constants

_ACTING = f"""
SELECT organization.name,
  (SELECT tier FROM delegation_relationship
   WHERE partner_id = %(organization)s AND customer_id = %(customer)s AND ended_at IS NULL),
  subscription.id, subscription.name, subscription.number, subscription.ended_at IS NOT NULL,
  ARRAY(
    SELECT assignment.role || ' ' || assignment.id FROM delegation_roleassignment assignment
    JOIN accounts_account account ON account.id = %(account)s
    WHERE assignment.subscription_id = subscription.id AND {ASSIGNMENT_HOLDS} AND {ASSIGNED_TO_ACCOUNT}
  ),
  (SELECT jsonb_agg(to_jsonb(held))
   FROM ({_HELD}) held (id, from_customer, submit, read, contacts, units, lapsed, most, until, grantor))
FROM accounts_organization organization
LEFT JOIN delegation_subscription subscription
  ON subscription.number = %(subscription)s AND subscription.organization_id = organization.id
WHERE organization.id = %(tenant)s
"""  # noqa: S608 - our own constants


def acting_for(viewer: Viewer, customer_id: int | None, subscription: str = "") -> ActingFor:
    """How the viewer stands now to a customer, or to the own tenant where `customer_id` is None, and to the
    subscription with this number, if it is that tenant's. One query, none where there is nothing to look up."""
    if customer_id is None and (not subscription or viewer.organization_id is None):
        return ActingFor(Standing(roles=viewer.roles))
    tenant = customer_id if customer_id is not None else viewer.organization_id
    row = execute(
        _ACTING,
        {
            "organization": viewer.organization_id,
            "customer": customer_id,
            "tenant": tenant,
            "subscription": subscription,
            "account": viewer.account_id,
        },
    ).fetchone()
    if row is None:
        return ActingFor(Standing(for_customer=customer_id is not None, roles=viewer.roles))
    name, tier, subscription_id, subscription_name, number, over, roles, held = row
    delegations = _read(held)
    from_customer = _held(delegations, from_customer=True)
    from_provider = _held(delegations, from_customer=False)
    known = subscription_id is not None
    role, assignment_id = _strongest(roles)
    standing = Standing(
        for_customer=customer_id is not None,
        tier=tier or "",
        roles=viewer.roles,
        purposes=_purposes(from_customer),
        from_provider=_purposes(from_provider),
        lapsed=_lapsed(delegations),
        subscription=("ended" if over else "open") if known else "",
        subscription_role=role,
    )
    under = next((each for each in (*from_customer, *from_provider) if each["submit"]), None)
    return ActingFor(
        standing=standing,
        customer_id=customer_id,
        customer_name=name if customer_id is not None else "",
        subscription_id=subscription_id,
        subscription_name=subscription_name or "",
        subscription_number=number or "",
        delegation_id=under["id"] if under else None,
        passed_on_id=next((each["id"] for each in from_provider if each["submit"]), None),
        assignment_id=assignment_id,
        units_left=under["units"] if under else 0,
        most_units=under["most"] if under else 0,
        until=datetime.fromisoformat(under["until"]) if under else None,
        provider_name=under["grantor"] if under and not under["from_customer"] else "",
    )


def on_any_subscription(viewer: Viewer, acting: ActingFor) -> Standing:
    """How the viewer stands to the customer with what was granted for single subscriptions besides, for as long as none
    is named. One query."""
    rows = delegations_in_force().filter(
        partner_id=viewer.organization_id, customer_id=acting.customer_id, subscription__ended_at=None
    )
    held = [
        {
            "submit": row.may_submit,
            "read": row.may_read,
            "contacts": row.may_manage_contacts,
            "units": row.most_units - row.units_spent,
            "lapsed": "",
            "from_customer": row.grantor_id == row.customer_id,
        }
        for row in rows.exclude(subscription=None)
    ]
    standing = acting.standing
    return replace(
        standing,
        purposes=standing.purposes | _purposes(_held(held, from_customer=True)),
        from_provider=standing.from_provider | _purposes(_held(held, from_customer=False)),
    )


def _strongest(roles: Iterable[str]) -> tuple[str, int | None]:
    """The strongest of these roles and the assignment from which it comes."""
    held = [each.split(" ") for each in roles]
    ranked = sorted(held, key=lambda each: SUBSCRIPTION_ROLES.index(each[0]))
    return (ranked[0][0], int(ranked[0][1])) if ranked else ("", None)


def _read(held: Any) -> list[dict[str, Any]]:
    # Django keeps JSON as text on this connection.
    return cast("list[dict[str, Any]]", json.loads(held) if isinstance(held, str) else held or [])


def _held(delegations: Iterable[dict[str, Any]], *, from_customer: bool) -> list[dict[str, Any]]:
    return [each for each in delegations if not each["lapsed"] and each["from_customer"] == from_customer]


def _purposes(held: Iterable[dict[str, Any]]) -> frozenset[Purpose]:
    found: set[Purpose] = set()
    for each in held:
        named = (each["submit"], each["read"], each["contacts"], each["units"] > 0)
        found.update(purpose for purpose, granted in zip(_PURPOSES, named, strict=True) if granted)
    return frozenset(found)


def _lapsed(delegations: Iterable[dict[str, Any]]) -> Any:
    own = [each for each in delegations if each["from_customer"]]
    return own[0]["lapsed"] if own else ""


_MAY_READ = f"""
SELECT account.id FROM accounts_account account
WHERE account.id = ANY(%(accounts)s) AND (
  account.organization_id = %(customer)s
  OR EXISTS (
    SELECT FROM delegation_delegation delegation
    WHERE delegation.partner_id = account.organization_id AND delegation.customer_id = %(customer)s
      AND delegation.may_read AND {DELEGATION_HOLDS}
      AND (delegation.subscription_id IS NULL OR delegation.subscription_id = %(subscription)s)
  )
  OR EXISTS (
    SELECT FROM delegation_roleassignment assignment
    WHERE assignment.subscription_id = %(subscription)s AND {ASSIGNMENT_HOLDS} AND {ASSIGNED_TO_ACCOUNT}
  )
)
"""  # noqa: S608 - our own constants


def who_may_read(accounts: Iterable[int], *, customer_id: int, subscription_id: int | None) -> frozenset[int]:
    """Which of these accounts may read, now, what was opened for the customer. One query.

    For the worker, which stands for nobody: `access.within_reach` says the same of a viewer.
    """
    found = execute(
        _MAY_READ,
        {"accounts": list(accounts), "customer": customer_id, "subscription": subscription_id},
    ).fetchall()
    return frozenset(row[0] for row in found)


def may_receive_units(giver_id: int, holder_id: int) -> bool:
    """Whether one organization may set units aside for another: for its customer, or as an indirect provider for its
    reseller. One query."""
    return Organization.objects.filter(_receives(giver_id), pk=holder_id).exists()


@dataclass(frozen=True, slots=True)
class Receiver:
    """An organization for which units may be set aside."""

    id: int
    name: str


MOST_RECEIVERS = 200


def receivers(giver_id: int) -> tuple[Receiver, ...]:
    """The customers and resellers of an organization, by name, the first `MOST_RECEIVERS` of them. One query."""
    found = Organization.objects.filter(_receives(giver_id)).order_by("name", "pk")[:MOST_RECEIVERS]
    return tuple(Receiver(each.pk, each.name) for each in found)


def receiver_named(giver_id: int, text: str) -> Receiver | None:
    """The one of them that is called so: by its name, its partner number, or one of its domains. None where there is no
    such one, or more than one. One query."""
    named = Q(name__iexact=text) | Q(partner_number=text) | Q(domains__name=text.lower())
    found = list(Organization.objects.filter(named, _receives(giver_id)).distinct()[:2]) if text else []
    return Receiver(found[0].pk, found[0].name) if len(found) == 1 else None


def _receives(giver_id: int) -> Q:
    related = Relationship.objects.filter(ended_at=None)
    return Q(pk__in=related.filter(partner_id=giver_id).values("customer")) | Q(
        pk__in=related.filter(provider_id=giver_id).values("partner")
    )
