"""Roles of colleagues in their organization (OBO-3). Operators give the first one, in the administration.

The row of the organization is locked by whoever gives or takes one, so that each sees what the one before has left.
"""

from __future__ import annotations

from datetime import datetime

from django.db import models, transaction
from django.http import Http404

from pactdesk.accounts.facts import RoleGiven, RoleTaken
from pactdesk.accounts.models import Account, Organization, OrganizationRole
from pactdesk.accounts.viewer import Viewer
from pactdesk.journal import services as journal
from pactdesk.kernel.decisions import Reason, Refused

_ADMINISTRATOR = OrganizationRole.Role.GLOBAL_ADMINISTRATOR


class CannotTakeRole(Refused):
    """The account keeps its role."""


@transaction.atomic
def give_role(account_id: int, role: str, *, actor: Viewer, at: datetime) -> None:
    """Let a colleague of the actor administer their organization. Once more changes nothing.

    Raises Http404 where the actor is no global administrator (any more), for an account of another organization or one
    that is switched off, and for a role that does not exist.
    """
    organization_id = _of_an_administrator(actor)
    _colleague(account_id, organization_id, role)
    _row, is_new = OrganizationRole.objects.get_or_create(account_id=account_id, role=role)
    if is_new:
        fact = RoleGiven(account_id, organization=organization_id, role=role)
        journal.record(fact, actor_id=actor.account_id, at=at)


@transaction.atomic
def take_role(account_id: int, role: str, *, actor: Viewer, at: datetime) -> None:
    """Take a role away, with effect on the colleague's next click. Once more changes nothing.

    Raises `CannotTakeRole` for the last global administrator, and Http404 as `give_role` does.
    """
    organization_id = _of_an_administrator(actor)
    _colleague(account_id, organization_id, role)
    found = OrganizationRole.objects.filter(account_id=account_id, role=role)
    if not found.exists():
        return
    others = _administrators(organization_id).exclude(account_id=account_id)
    if role == _ADMINISTRATOR and not others.exists():
        raise CannotTakeRole(Reason("role.last-administrator"))
    found.delete()
    fact = RoleTaken(account_id, organization=organization_id, role=role)
    journal.record(fact, actor_id=actor.account_id, at=at)


def _of_an_administrator(actor: Viewer) -> int:
    """The organization of the actor, locked. Who lost the role while waiting for that decides nothing any more."""
    if actor.organization_id is None or not actor.administers:
        raise Http404
    Organization.objects.select_for_update(no_key=True).get(pk=actor.organization_id)
    if not _administrators(actor.organization_id).filter(account_id=actor.account_id).exists():
        raise Http404
    return actor.organization_id


def _administrators(organization_id: int) -> models.QuerySet[OrganizationRole]:
    return OrganizationRole.objects.filter(
        role=_ADMINISTRATOR, account__organization_id=organization_id, account__is_active=True
    )


def _colleague(account_id: int, organization_id: int, role: str) -> None:
    known = Account.objects.filter(pk=account_id, organization_id=organization_id, is_active=True)
    if role not in OrganizationRole.Role.values or not known.exists():
        raise Http404
