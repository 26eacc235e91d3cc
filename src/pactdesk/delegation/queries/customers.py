"""The customers of the viewer's organization: a list that is searched, and one of them. Each question has a fixed
number of queries, whatever is in the tables.

A page of the list comes out of one index, which begins with the partner and goes on by the customer's name: names are
looked through within the customers of one partner and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from pactdesk.accounts.models import Account, Organization, OrganizationDomain, OrganizationRole
from pactdesk.accounts.viewer import Viewer
from pactdesk.delegation.access import (
    assignments_in_force,
    assignments_of,
    customer_for,
    customers_in_reach,
    delegations_in_force,
    groups_of,
)
from pactdesk.delegation.models import Delegation, Relationship, RoleAssignment, Subscription
from pactdesk.delegation.queries import ActingFor, acting_for
from pactdesk.delegation.rules.acting import ROLES, SUBSCRIPTION_ROLES, TIERS, Purpose
from pactdesk.kernel.text import tidy_line, without_hidden

PAGE: Final = 50
MOST_EXPORTED: Final = 10_000
MOST_SHOWN: Final = 50
MOST_WORDS: Final = 8
# Rights that end so soon are pointed out.
SOON: Final = timedelta(days=30)

Rights = Literal["in-force", "ending", "none", ""]
RIGHTS: Final[tuple[Rights, ...]] = ("in-force", "ending", "none")


@dataclass(frozen=True, slots=True)
class Sought:
    """Which customers are asked for; what is "" narrows nothing. Each of the `words` stands in the name, or a domain
    name or the number of the organization begins with it. "ending" are rights that end within 30 days and are followed
    by none."""

    words: str = ""
    tier: str = ""
    rights: Rights = ""


@dataclass(frozen=True, slots=True)
class CustomerLine:
    """A customer in a list. `purposes` are what its rights allow and `until` when the last of them ends, None where
    nothing is in force; `provider` is the indirect provider's name, "" where there is none."""

    id: int
    name: str
    tier: str
    provider: str
    purposes: frozenset[Purpose]
    until: datetime | None

    def ends_soon(self, at: datetime) -> bool:
        """Whether what is in force ends within 30 days."""
        return self.until is not None and self.until <= at + SOON


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the list ends: the last customer's name in lower case, and its id."""

    name: str
    id: int


@dataclass(frozen=True, slots=True)
class CustomerList:
    """A page of customers by name. `after` is where the next one begins, None on the last."""

    lines: tuple[CustomerLine, ...]
    after: Place | None


@dataclass(frozen=True, slots=True)
class Right:
    """Something in force that the viewer's organization holds for a customer. `from_provider` is the name of the
    indirect provider that passed it on, "" where the customer granted it itself; `subscription` narrows it to one, ""
    for all. `units_left` of `most_units` may still be spent."""

    id: int
    from_provider: str
    subscription: str
    purposes: frozenset[Purpose]
    until: datetime
    most_units: int
    units_left: int
    customer_sees: bool


@dataclass(frozen=True, slots=True)
class MySubscription:
    """An open subscription and the strongest role that the viewer has on it, "" for none."""

    id: int
    name: str
    number: str
    role: str


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the viewer's organization who may act for a customer: by `roles` in the organization, or by a role on
    one or more of its subscriptions (`subscriptions`)."""

    name: str
    roles: tuple[str, ...]
    subscriptions: int


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """A customer as people of a partner see it. `tier` is "" where there is no relationship and all rests on a role on
    a subscription. Of subscriptions and people the first `MOST_SHOWN` are there."""

    id: int
    name: str
    tier: str
    provider: str
    since: datetime | None
    domains: tuple[str, ...]
    acting: ActingFor
    rights: tuple[Right, ...]
    subscriptions: tuple[MySubscription, ...]
    people: tuple[Colleague, ...]

    @property
    def strongest_role(self) -> str:
        """The strongest role that the viewer has on any of the subscriptions, "" for none."""
        held = [each.role for each in self.subscriptions if each.role]
        return min(held, key=SUBSCRIPTION_ROLES.index, default="")


def customer_list(viewer: Viewer, sought: Sought, *, after: Place | None = None) -> CustomerList:
    """A page of the customers of the viewer's organization. Three queries."""
    keys = list(_keys(viewer, sought, after)[: PAGE + 1])
    shown = keys[:PAGE]
    lines = tuple(_lines(viewer, [pk for pk, _name in shown]))
    more = len(keys) > PAGE
    return CustomerList(lines, Place(shown[-1][1], shown[-1][0]) if more else None)


def whole_list(viewer: Viewer, sought: Sought) -> tuple[CustomerLine, ...]:
    """All of them, up to `MOST_EXPORTED`. Three queries."""
    return tuple(_lines(viewer, [pk for pk, _name in _keys(viewer, sought, None)[:MOST_EXPORTED]]))


def customer_page(viewer: Viewer, customer_id: int) -> CustomerPage:
    """One customer, for whoever has to do with it. Raises Http404. Ten queries at most."""
    customer_for(viewer, customer_id)
    relationship = (
        customers_in_reach(viewer).filter(customer_id=customer_id).select_related("provider").first()
        if viewer.organization_id is not None
        else None
    )
    acting = acting_for(viewer, customer_id)
    return CustomerPage(
        id=customer_id,
        name=acting.customer_name,
        tier=relationship.tier if relationship else "",
        provider=relationship.provider.name if relationship and relationship.provider else "",
        since=relationship.since if relationship else None,
        domains=tuple(
            OrganizationDomain.objects.filter(organization_id=customer_id)
            .order_by("name")
            .values_list("name", flat=True)[:10]
        ),
        acting=acting,
        rights=tuple(_rights(viewer, customer_id)),
        subscriptions=_subscriptions(viewer, customer_id, acting),
        people=_people(viewer, customer_id),
    )


def subscriptions_to_name(
    viewer: Viewer, customer_id: int | None, *, most: int = 200
) -> tuple[MySubscription, ...]:
    """The open subscriptions that the viewer may name in a request: of a customer, or of the own tenant. Who acts under
    a delegation may name each that it is about, who administers the own tenant each of it; others those on which they
    have a role. Those with a role come first. Two queries."""
    tenant = customer_id if customer_id is not None else viewer.organization_id
    if tenant is None:
        return ()
    mine = _my_roles(viewer, tenant)
    rows = Subscription.objects.filter(organization_id=tenant, ended_at=None)
    if not viewer.roles:
        rows = rows.filter(pk__in=mine)
    elif customer_id is not None:
        delegated = delegations_in_force().filter(
            Q(subscription=None) | Q(subscription=OuterRef("pk")),
            partner_id=viewer.organization_id,
            customer_id=customer_id,
            may_submit=True,
        )
        rows = rows.filter(Q(pk__in=mine) | Q(Exists(delegated)))
    lines = [
        MySubscription(row.pk, row.name, row.number, mine.get(row.pk, ""))
        for row in rows.order_by("name", "pk")[: most * 2]
    ]
    return tuple(sorted(lines, key=lambda each: not each.role)[:most])


def customer_by_domain(viewer: Viewer, domain: str, number: str) -> int | None:
    """The customer with this domain name and an open subscription of this number, on which the viewer has a role that
    holds (OBO-5). None for everything else, whatever of it there is. One query."""
    # NUL is nothing that a database can be asked for.
    name, number = plain_domain(domain), without_hidden(tidy_line(number))
    if not name or not number:
        return None
    found = assignments_of(viewer).filter(
        subscription__number=number,
        subscription__ended_at=None,
        subscription__organization__domains__name=name,
    )
    if viewer.organization_id is not None:
        found = found.exclude(subscription__organization_id=viewer.organization_id)
    return found.values_list("subscription__organization_id", flat=True).first()


def plain_domain(typed: str) -> str:
    """A domain name as it is kept, of what people type or copy: "https://WWW.Olive-Grove.example/" too. "" where it is
    none."""
    name = without_hidden(tidy_line(typed)).lower()
    name = (
        re.sub(r"^[a-z]+://", "", name).partition("/")[0].rpartition("@")[2].removeprefix("www.").strip(".")
    )
    try:
        return name.encode("idna").decode("ascii") if name else ""
    except UnicodeError:
        return ""


def _keys(viewer: Viewer, sought: Sought, after: Place | None) -> QuerySet[Relationship, tuple[int, str]]:
    if viewer.organization_id is None:
        return Relationship.objects.none().values_list("customer_id", "customer_name")
    rows = customers_in_reach(viewer)
    for word in _words(sought.words):
        named = OrganizationDomain.objects.filter(name__startswith=word).values("organization_id")
        numbered = Organization.objects.filter(partner_number__startswith=word.upper()).values("pk")
        rows = rows.filter(
            Q(customer_name__contains=word) | Q(customer_id__in=named) | Q(customer_id__in=numbered)
        )
    if sought.tier in TIERS:
        rows = rows.filter(tier=sought.tier)
    rows = _with_rights(rows, viewer, sought.rights)
    if after is not None:
        # One comparison of both, as the index is sorted; the first alone is what the planner can start from.
        rows = rows.filter(customer_name__gte=after.name).exclude(
            customer_name=after.name, customer_id__lte=after.id
        )
    return rows.order_by("customer_name", "customer_id").values_list("customer_id", "customer_name")


def _words(text: str) -> list[str]:
    return without_hidden(tidy_line(text)).lower().split()[:MOST_WORDS]


def _with_rights(rows: QuerySet[Relationship], viewer: Viewer, rights: Rights) -> QuerySet[Relationship]:
    held = delegations_in_force().filter(partner_id=viewer.organization_id).order_by()
    if rights == "in-force":
        return rows.filter(customer_id__in=held.values("customer_id"))
    if rights == "none":
        return rows.exclude(customer_id__in=held.values("customer_id"))
    if rights == "ending":
        last = held.values("customer_id").annotate(last=Max("ends_at")).filter(last__lte=Now() + SOON)
        return rows.filter(customer_id__in=last.values("customer_id"))
    return rows


def _lines(viewer: Viewer, customers: list[int]) -> Iterator[CustomerLine]:
    """These customers, in the same order. Two queries."""
    rows = customers_in_reach(viewer).filter(customer_id__in=customers)
    found = {
        row["customer_id"]: row
        for row in rows.values("customer_id", "tier", name=F("customer__name"), behind=F("provider__name"))
    }
    held: dict[int, list[Mapping[str, Any]]] = {}
    for right in (
        delegations_in_force()
        .filter(partner_id=viewer.organization_id, customer_id__in=customers)
        .values("customer_id", "may_submit", "may_read", "may_manage_contacts", "most_units", "ends_at")
    ):
        held.setdefault(right["customer_id"], []).append(right)
    for customer in customers:
        row = found.get(customer)
        if row is None:
            continue  # ended a moment ago
        rights = held.get(customer, [])
        yield CustomerLine(
            id=customer,
            name=row["name"],
            tier=row["tier"],
            provider=row["behind"] or "",
            purposes=frozenset[Purpose]().union(*(_purposes(right) for right in rights)),
            until=max((right["ends_at"] for right in rights), default=None),
        )


def _purposes(right: Mapping[str, Any]) -> Iterable[Purpose]:
    if right["may_submit"]:
        yield "submit"
    if right["may_read"]:
        yield "read"
    if right["may_manage_contacts"]:
        yield "manage-contacts"
    if right["most_units"]:
        yield "spend"


def _rights(viewer: Viewer, customer_id: int) -> Iterator[Right]:
    if viewer.organization_id is None:
        return
    rows = delegations_in_force().filter(partner_id=viewer.organization_id, customer_id=customer_id)
    for row in rows.select_related("grantor", "subscription").order_by("parent", "-ends_at", "pk")[
        :MOST_SHOWN
    ]:
        yield Right(
            id=row.pk,
            from_provider=row.grantor.name if row.grantor_id != customer_id else "",
            subscription=row.subscription.number if row.subscription else "",
            purposes=frozenset(_purposes(_as_values(row))),
            until=row.ends_at,
            most_units=row.most_units,
            units_left=row.most_units - row.units_spent,
            customer_sees=row.customer_sees,
        )


def _as_values(row: Delegation) -> dict[str, Any]:
    names = ("may_submit", "may_read", "may_manage_contacts", "most_units")
    return {name: getattr(row, name) for name in names}


def _my_roles(viewer: Viewer, tenant: int) -> dict[int, str]:
    """The strongest role of the viewer on each of a tenant's subscriptions, by the subscription's id. One query."""
    mine: dict[int, str] = {}
    rows = assignments_of(viewer).filter(subscription__organization_id=tenant, subscription__ended_at=None)
    for subscription_id, role in rows.values_list("subscription_id", "role"):
        known = mine.get(subscription_id, role)
        mine[subscription_id] = min(known, role, key=SUBSCRIPTION_ROLES.index)
    return mine


def _subscriptions(viewer: Viewer, customer_id: int, acting: ActingFor) -> tuple[MySubscription, ...]:
    mine = _my_roles(viewer, customer_id)
    rows = Subscription.objects.filter(organization_id=customer_id, ended_at=None)
    if not (viewer.roles and (acting.standing.purposes or acting.standing.from_provider)):
        rows = rows.filter(pk__in=mine)
    return tuple(
        MySubscription(row.pk, row.name, row.number, mine.get(row.pk, ""))
        for row in rows.order_by("name", "pk")[:MOST_SHOWN]
    )


def _people(viewer: Viewer, customer_id: int) -> tuple[Colleague, ...]:
    """Two queries."""
    if viewer.organization_id is None:
        return ()
    assigned = assignments_in_force().filter(
        subscription__organization_id=customer_id, subscription__ended_at=None
    )
    alone = assigned.filter(account=OuterRef("pk"))
    grouped = assigned.filter(group__members__account=OuterRef("pk"), group__in=groups_of(viewer))
    leading = OrganizationRole.objects.filter(account=OuterRef("pk"), role__in=ROLES)
    found = list(
        Account.objects.filter(organization_id=viewer.organization_id, is_active=True)
        .filter(Exists(leading) | Exists(alone) | Exists(grouped))
        .order_by("last_name", "first_name", "pk")[:MOST_SHOWN]
    )
    roles: dict[int, list[str]] = {}
    for account_id, role in OrganizationRole.objects.filter(account__in=found).values_list(
        "account_id", "role"
    ):
        roles.setdefault(account_id, []).append(role)
    counted = _counted(assigned, [each.pk for each in found], viewer)
    return tuple(
        Colleague(
            name=each.get_full_name() or each.email,
            roles=tuple(sorted(roles.get(each.pk, ()))),
            subscriptions=counted.get(each.pk, 0),
        )
        for each in found
    )


def _counted(assigned: QuerySet[RoleAssignment], accounts: list[int], viewer: Viewer) -> dict[int, int]:
    """On how many subscriptions each of the accounts has a role, alone or in a group."""
    on: dict[int, set[int]] = {}
    alone = assigned.filter(account_id__in=accounts).values_list("account_id", "subscription_id")
    grouped = assigned.filter(group__in=groups_of(viewer), group__members__account_id__in=accounts)
    for account_id, subscription_id in (
        *alone,
        *grouped.values_list("group__members__account_id", "subscription_id"),
    ):
        on.setdefault(account_id or 0, set()).add(subscription_id)
    return {account_id: len(subscriptions) for account_id, subscriptions in on.items()}
