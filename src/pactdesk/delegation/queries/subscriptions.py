"""Subscriptions with the roles on them, and support groups. Each question has a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import Http404

from pactdesk.accounts.models import Account
from pactdesk.accounts.viewer import Viewer
from pactdesk.delegation.access import assignments_in_force, customer_for, groups_of
from pactdesk.delegation.models import RoleAssignment, Subscription, SupportGroup, SupportGroupMember
from pactdesk.delegation.queries import ActingFor, acting_for
from pactdesk.delegation.rules.acting import may_assign_roles
from pactdesk.kernel.decisions import Decision

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class SubscriptionLine:
    """A subscription in a list. `roles` is how many the viewer may know of."""

    id: int
    name: str
    number: str
    ended_at: datetime | None
    roles: int


@dataclass(frozen=True, slots=True)
class SubscriptionList:
    """A page of subscriptions by name, of the own organization or of a customer (`customer_name`, else "").

    `after` is where the next page begins: a name and an id. `keeping` says whether the viewer may add and end them.
    """

    lines: tuple[SubscriptionLine, ...]
    after: tuple[str, int] | None
    customer_id: int | None
    customer_name: str
    keeping: Decision


@dataclass(frozen=True, slots=True)
class RoleLine:
    """A role on a subscription. `holder` is a colleague's name, a support group's or an address; `of` its organization
    where that is not the viewer's, else "". `may_take`: the viewer's organization may change and take it away."""

    id: int
    role: str
    holder: str
    email: str
    is_group: bool
    group_id: int | None
    of: str
    given_at: datetime
    under_partner: str
    may_take: bool


@dataclass(frozen=True, slots=True)
class SubscriptionPage:
    """One subscription. `customer_id` is None for one of the own organization. `to_people` and `to_groups` say whether
    the viewer may give roles to them, and `groups` to which."""

    line: SubscriptionLine
    customer_id: int | None
    customer_name: str
    roles: tuple[RoleLine, ...]
    keeping: Decision
    to_people: Decision
    to_groups: Decision
    groups: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A support group: how many members count, and on how many subscriptions it has a role."""

    id: int
    name: str
    members: int
    roles: int


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a support group."""

    account_id: int
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class GroupPage:
    """A support group with its members, and the subscriptions on which it has a role, with whose they are."""

    line: GroupLine
    members: tuple[Member, ...]
    on: tuple[tuple[str, str, str], ...]


def subscription_list(
    viewer: Viewer,
    customer_id: int | None = None,
    *,
    ended: bool = False,
    after: tuple[str, int] | None = None,
) -> SubscriptionList:
    """The subscriptions of the own organization, for its administrators, or of a customer, for the people of a partner
    who may act for it. Raises Http404. Six queries at most."""
    acting = _reach(viewer, customer_id)
    rows = Subscription.objects.filter(
        organization=customer_id or viewer.organization_id, ended_at__isnull=not ended
    )
    if customer_id is not None and not _sees_all(acting, viewer):
        rows = rows.filter(pk__in=_assigned_to_mine(viewer).values("subscription"))
    if after is not None:
        rows = rows.filter(Q(name__gt=after[0]) | Q(name=after[0], pk__gt=after[1]))
    visible = _visible(viewer, customer_id).filter(subscription=OuterRef("pk")).order_by()
    counted = visible.values("subscription").annotate(n=Count("pk")).values("n")
    found = list(rows.annotate(roles=Subquery(counted)).order_by("name", "pk")[: PAGE + 1])
    shown = found[:PAGE]
    return SubscriptionList(
        lines=tuple(_subscription_line(row) for row in shown),
        after=(shown[-1].name, shown[-1].pk) if len(found) > PAGE else None,
        customer_id=customer_id,
        customer_name=acting.customer_name,
        keeping=may_assign_roles(acting.standing, to_group=False),
    )


def subscription_page(viewer: Viewer, subscription_id: int) -> SubscriptionPage:
    """One subscription with the roles on it. A partner is shown those of its own people. Raises Http404.

    Seven queries at most.
    """
    row = Subscription.objects.filter(pk=subscription_id).first()
    if row is None:
        raise Http404
    customer_id = None if row.organization_id == viewer.organization_id else row.organization_id
    acting = _reach(viewer, customer_id, row.number)
    visible = _visible(viewer, customer_id).filter(subscription=row)
    if customer_id is not None and not _sees_all(acting, viewer) and not visible.exists():
        raise Http404
    roles = visible.select_related("account__organization", "group__organization", "under__partner").order_by(
        "group__name", "account__last_name", "account__first_name", "pk"
    )
    groups = groups_of(viewer) if viewer.roles else SupportGroup.objects.none()
    lines = tuple(_role_line(each, viewer, customer_id) for each in roles)
    return SubscriptionPage(
        line=SubscriptionLine(row.pk, row.name, row.number, row.ended_at, len(lines)),
        customer_id=customer_id,
        customer_name=acting.customer_name,
        roles=lines,
        keeping=may_assign_roles(acting.standing, to_group=False),
        to_people=may_assign_roles(acting.standing, to_group=False),
        to_groups=may_assign_roles(acting.standing, to_group=True),
        groups=tuple((group.pk, group.name) for group in groups),
    )


def group_list(viewer: Viewer) -> tuple[GroupLine, ...]:
    """The support groups of the viewer's organization, by name. Raises Http404 for whoever administers nothing."""
    return tuple(_group_line(row) for row in _counted(_my_groups(viewer)).order_by("name", "pk"))


def group_page(viewer: Viewer, group_id: int) -> GroupPage:
    """One support group. Raises Http404. Three queries."""
    row = _counted(_my_groups(viewer)).filter(pk=group_id).first()
    if row is None:
        raise Http404
    accounts = Account.objects.filter(
        pk__in=SupportGroupMember.objects.filter(group=row).values("account_id"),
        organization=viewer.organization_id,
        is_active=True,
    ).order_by("last_name", "first_name", "pk")
    on = (
        assignments_in_force()
        .filter(group=row, subscription__ended_at=None)
        .select_related("subscription__organization")
    )
    return GroupPage(
        line=_group_line(row),
        members=tuple(Member(each.pk, each.get_full_name() or each.email, each.email) for each in accounts),
        on=tuple(
            (each.role, each.subscription.name, each.subscription.organization.name)
            for each in on.order_by("subscription__organization__name", "subscription__name", "pk")
        ),
    )


def _reach(viewer: Viewer, customer_id: int | None, number: str = "") -> ActingFor:
    """How the viewer stands to whose subscription it is. Raises Http404 where that is nobody the viewer acts for."""
    if customer_id is None:
        if not viewer.administers:
            raise Http404
        return acting_for(viewer, None)
    customer_for(viewer, customer_id)
    return acting_for(viewer, customer_id, number)


def _sees_all(acting: ActingFor, viewer: Viewer) -> bool:
    """Whether a partner's rights reach all subscriptions of a customer. Who only has a role on one sees that one."""
    standing = acting.standing
    return bool(viewer.roles) and bool(standing.purposes | standing.from_provider)


def _assigned_to_mine(viewer: Viewer) -> QuerySet[RoleAssignment]:
    """Roles of the viewer; for administrators those of all people and groups of their organization."""
    own = Q(account_id=viewer.account_id) | Q(group__members__account_id=viewer.account_id)
    if viewer.organization_id is None:
        return assignments_in_force().filter(account_id=viewer.account_id)
    ours = Q(account__organization_id=viewer.organization_id) | Q(group__in=groups_of(viewer))
    rows = assignments_in_force()
    return rows.filter(ours) if viewer.roles else rows.filter(ours & own).distinct()


def _visible(viewer: Viewer, customer_id: int | None) -> QuerySet[RoleAssignment]:
    live = assignments_in_force().filter(Q(group=None) | Q(group__deleted_at=None))
    return live if customer_id is None else live.filter(pk__in=_assigned_to_mine(viewer).values("pk"))


def _subscription_line(row: Subscription) -> SubscriptionLine:
    roles: Any = getattr(row, "roles", 0)
    return SubscriptionLine(row.pk, row.name, row.number, row.ended_at, roles or 0)


def _role_line(row: RoleAssignment, viewer: Viewer, customer_id: int | None) -> RoleLine:
    account = row.account
    organization = row.group.organization if row.group else account.organization if account else None
    holder, email = row.group.name if row.group else "", ""
    if account is not None:
        # Who is no colleague is shown as the address that was typed: it says nothing that was not known.
        is_colleague = account.organization_id == viewer.organization_id
        holder = (account.get_full_name() if is_colleague else "") or account.email
        email = account.email if holder != account.email else ""
    elsewhere = organization is not None and organization.pk != viewer.organization_id
    under = row.under.partner if row.under else None
    return RoleLine(
        id=row.pk,
        role=row.role,
        holder=holder,
        email=email,
        is_group=row.group_id is not None,
        group_id=row.group_id,
        of=organization.name if elsewhere and organization and (row.group or row.under_id) else "",
        given_at=row.assigned_at,
        under_partner=under.name if under and under.pk != viewer.organization_id else "",
        may_take=customer_id is None or (under is not None and under.pk == viewer.organization_id),
    )


def _my_groups(viewer: Viewer) -> QuerySet[SupportGroup]:
    if not viewer.roles or viewer.organization_id is None:
        raise Http404
    return groups_of(viewer)


def _counted(rows: QuerySet[SupportGroup]) -> QuerySet[SupportGroup]:
    members = (
        SupportGroupMember.objects.filter(
            group=OuterRef("pk"),
            account__organization_id=OuterRef("organization_id"),
            account__is_active=True,
        )
        .order_by()
        .values("group")
        .annotate(n=Count("pk"))
        .values("n")
    )
    roles = (
        assignments_in_force()
        .filter(group=OuterRef("pk"), subscription__ended_at=None)
        .order_by()
        .values("group")
        .annotate(n=Count("pk"))
        .values("n")
    )
    counted: QuerySet[SupportGroup] = rows.annotate(in_it=Subquery(members), on=Subquery(roles))
    return counted


def _group_line(row: SupportGroup) -> GroupLine:
    counts: Any = row
    return GroupLine(row.pk, row.name, counts.in_it or 0, counts.on or 0)
