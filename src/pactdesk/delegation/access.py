"""What holds at this moment, and whom it lets in. Rights are looked at in every statement and never remembered, so that
one that was taken back opens nothing a moment later (A21).

The moment is the database's own: what runs out does so without anybody doing anything.
"""

from __future__ import annotations

from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.delegation.models import (
    Delegation,
    Relationship,
    RoleAssignment,
    SupportGroup,
    SupportGroupMember,
)

# For statements in SQL, of a `delegation` and of a role `assignment`.
DELEGATION_HOLDS: Final = "delegation.revoked_at IS NULL AND delegation.ends_at > statement_timestamp()"
ASSIGNMENT_HOLDS: Final = """
  assignment.revoked_at IS NULL
  AND NOT EXISTS (
    SELECT FROM delegation_delegation under
    WHERE under.id = assignment.under_id AND (under.revoked_at IS NOT NULL OR under.ends_at <= statement_timestamp())
  )
  AND NOT EXISTS (
    SELECT FROM delegation_subscription over WHERE over.id = assignment.subscription_id AND over.ended_at IS NOT NULL
  )
"""
# Of an `assignment` and an `account`: it is theirs, or that of a group of their organization in which they are. What a
# partner gave to one of its people stays with the partner when they leave.
ASSIGNED_TO_ACCOUNT: Final = """
  ((assignment.account_id = account.id AND (assignment.under_id IS NULL OR EXISTS (
    SELECT FROM delegation_delegation given
    WHERE given.id = assignment.under_id AND given.partner_id = account.organization_id
  ))) OR assignment.group_id IN (
    SELECT support_group.id FROM delegation_supportgroup support_group
    JOIN delegation_supportgroupmember member ON member.group_id = support_group.id
    WHERE member.account_id = account.id AND support_group.organization_id = account.organization_id
      AND support_group.deleted_at IS NULL
  ))
"""


def delegations_in_force() -> QuerySet[Delegation]:
    """The delegations that hold now."""
    return Delegation.objects.filter(revoked_at=None, ends_at__gt=Now())


def assignments_in_force() -> QuerySet[RoleAssignment]:
    """The roles that hold now, on subscriptions that have not ended."""
    lapsed = Delegation.objects.filter(pk=OuterRef("under")).exclude(revoked_at=None, ends_at__gt=Now())
    return RoleAssignment.objects.filter(~Exists(lapsed), revoked_at=None, subscription__ended_at=None)


def assignments_of(viewer: Viewer) -> QuerySet[RoleAssignment]:
    """Those that the viewer has, alone or in a support group of the viewer's organization. What a partner gave holds
    for its own people."""
    mine = SupportGroupMember.objects.filter(account_id=viewer.account_id, group__in=groups_of(viewer))
    return assignments_in_force().filter(
        Q(account_id=viewer.account_id, under=None)
        | Q(account_id=viewer.account_id, under__partner_id=viewer.organization_id)
        | Q(group_id__in=mine.values("group_id"))
    )


def within_reach(
    viewer: Viewer,
    *,
    customer: str = "customer",
    subscription: str = "subscription",
    to_submit: bool = False,
) -> Q:
    """Which rows are nobody's customer's, or of one for whom the viewer may read now (OBO-3, OBO-5).

    `to_submit`: being allowed to submit is enough, as for what whoever submits is told.

    For tables that name a customer and a subscription in the fields of these names, both of which may be empty.
    """
    assigned = assignments_of(viewer).filter(subscription=OuterRef(subscription))
    mine = Q(**{customer: None}) | Q(Exists(assigned))
    if viewer.organization_id is not None:
        delegated = delegations_in_force().filter(
            Q(subscription=None) | Q(subscription=OuterRef(subscription)),
            customer=OuterRef(customer),
            partner_id=viewer.organization_id,
        )
        delegated = delegated.filter(Q(may_read=True) | Q(may_submit=True) if to_submit else Q(may_read=True))
        mine |= Q(**{customer: viewer.organization_id}) | Q(Exists(delegated))
    return mine


def customers_in_reach(viewer: Viewer) -> QuerySet[Relationship]:
    """The viewer's organization's customers."""
    return Relationship.objects.filter(partner_id=viewer.organization_id, ended_at=None)


def customer_for(viewer: Viewer, customer_id: int) -> int:
    """`customer_id`, where the viewer has to do with that customer: by a relationship or a delegation of the viewer's
    organization, or by a role on one of its subscriptions. Raises Http404."""
    known = viewer.organization_id is not None and (
        customers_in_reach(viewer).filter(customer_id=customer_id).exists()
        or Delegation.objects.filter(
            customer_id=customer_id, partner_id=viewer.organization_id, ends_at__gt=Now(), revoked_at=None
        ).exists()
    )
    if customer_id == viewer.organization_id or not (
        known
        or assignments_of(viewer)
        .filter(subscription__organization_id=customer_id, subscription__ended_at=None)
        .exists()
    ):
        raise Http404
    return customer_id


def groups_of(viewer: Viewer) -> QuerySet[SupportGroup]:
    """The support groups of the viewer's organization."""
    if viewer.organization_id is None:
        return SupportGroup.objects.none()
    return SupportGroup.objects.filter(organization_id=viewer.organization_id, deleted_at=None)


def decided_by(viewer: Viewer) -> QuerySet[Delegation]:
    """The delegations about which the viewer decides: those that the viewer's organization granted, and all that
    concern it as the customer. Nobody but a global administrator decides."""
    if viewer.organization_id is None or not viewer.administers:
        return Delegation.objects.none()
    return Delegation.objects.filter(
        Q(grantor_id=viewer.organization_id) | Q(customer_id=viewer.organization_id)
    )


def held_by(viewer: Viewer) -> QuerySet[Delegation]:
    """The delegations that the viewer's organization was granted."""
    if viewer.organization_id is None:
        return Delegation.objects.none()
    return Delegation.objects.filter(partner_id=viewer.organization_id)
