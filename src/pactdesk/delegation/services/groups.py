"""Support groups: people of one organization who are given roles on subscriptions together (OBO-3).

Global and helpdesk administrators keep them. The group's row is locked by whoever changes it.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.http import Http404

from pactdesk.accounts.models import Account, Organization
from pactdesk.accounts.rules.text import read_text
from pactdesk.accounts.viewer import Viewer
from pactdesk.delegation.access import groups_of
from pactdesk.delegation.facts import GroupCreated, GroupDeleted, GroupMembersChanged, GroupRenamed
from pactdesk.delegation.models import RoleAssignment, SupportGroup, SupportGroupMember
from pactdesk.delegation.rules.subscriptions import MOST_GROUP_NAME, MOST_GROUPS, MOST_MEMBERS
from pactdesk.journal import services as journal
from pactdesk.kernel.decisions import Reason, Refused


class CannotKeepGroup(Refused):
    """The group stays as it was, or was not made."""


@transaction.atomic
def create_group(name: str, *, actor: Viewer, at: datetime) -> int:
    """Make a group without members in the actor's organization; answers its id.

    Raises `CannotKeepGroup`, and Http404 where the actor administers nothing.
    """
    organization_id = _organization_of(actor)
    Organization.objects.select_for_update(no_key=True).get(pk=organization_id)  # counted one after the other
    clean = _name(name)
    if groups_of(actor).count() >= MOST_GROUPS:
        raise CannotKeepGroup(Reason("group.too-many", {"most": MOST_GROUPS}))
    group = _kept(SupportGroup(organization_id=organization_id, name=clean, created_at=at))
    fact = GroupCreated(group.pk, organization_id, name=clean)
    journal.record(fact, actor_id=actor.account_id, at=at)
    return group.pk


@transaction.atomic
def rename_group(group_id: int, name: str, *, actor: Viewer, at: datetime) -> None:
    """Call a group otherwise. Raises as `create_group` does."""
    group = _locked(group_id, actor)
    before, group.name = group.name, _name(name)
    if group.name == before:
        return
    _kept(group)
    fact = GroupRenamed(group.pk, group.organization_id, before=before, name=group.name)
    journal.record(fact, actor_id=actor.account_id, at=at)


@transaction.atomic
def delete_group(group_id: int, *, actor: Viewer, at: datetime) -> None:
    """Remove a group, and with it the roles that it has on subscriptions. Raises Http404, also the second time."""
    group = _locked(group_id, actor)
    group.deleted_at = at
    group.save(update_fields=["deleted_at"])
    RoleAssignment.objects.filter(group=group, revoked_at=None).update(
        revoked_at=at, revoked_by_id=actor.account_id
    )
    fact = GroupDeleted(group.pk, group.organization_id, name=group.name)
    journal.record(fact, actor_id=actor.account_id, at=at)


@transaction.atomic
def add_member(group_id: int, account_id: int, *, actor: Viewer, at: datetime) -> None:
    """Put a colleague into a group. Once more changes nothing.

    Raises `CannotKeepGroup` where it is full, and Http404 for whoever is no colleague.
    """
    group = _locked(group_id, actor)
    colleague = Account.objects.filter(
        pk=account_id, organization_id=group.organization_id, is_active=True
    ).exists()
    if not colleague:
        raise Http404
    if SupportGroupMember.objects.filter(group=group, account_id=account_id).exists():
        return
    if SupportGroupMember.objects.filter(group=group).count() >= MOST_MEMBERS:
        raise CannotKeepGroup(Reason("group.full", {"most": MOST_MEMBERS}))
    SupportGroupMember.objects.create(group=group, account_id=account_id)
    fact = GroupMembersChanged(group.pk, group.organization_id, added=(account_id,), removed=())
    journal.record(fact, actor_id=actor.account_id, at=at)


@transaction.atomic
def remove_member(group_id: int, account_id: int, *, actor: Viewer, at: datetime) -> None:
    """Take somebody out of a group, at once. Once more changes nothing. Raises Http404."""
    group = _locked(group_id, actor)
    removed, _rows = SupportGroupMember.objects.filter(group=group, account_id=account_id).delete()
    if removed:
        fact = GroupMembersChanged(group.pk, group.organization_id, added=(), removed=(account_id,))
        journal.record(fact, actor_id=actor.account_id, at=at)


def _organization_of(actor: Viewer) -> int:
    if actor.organization_id is None or not actor.roles:
        raise Http404
    return actor.organization_id


def _locked(group_id: int, actor: Viewer) -> SupportGroup:
    _organization_of(actor)
    group = groups_of(actor).select_for_update(no_key=True).filter(pk=group_id).first()
    if group is None:
        raise Http404
    return group


def _name(name: str) -> str:
    clean = read_text(name, most=MOST_GROUP_NAME)
    if isinstance(clean, Reason):
        raise CannotKeepGroup(clean)
    if not clean:
        raise CannotKeepGroup(Reason("group.name-missing"))
    return clean


def _kept(group: SupportGroup) -> SupportGroup:
    try:
        with transaction.atomic():
            group.save()
    except IntegrityError:
        raise CannotKeepGroup(Reason("group.name-taken")) from None
    return group
