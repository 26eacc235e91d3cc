"""Subscriptions, and the roles on them that accounts and support groups are given (OBO-3 to OBO-5).

An organization keeps its own; a partner keeps those of a customer as far as its rights reach. What a partner gives
names the delegation under which it did, and falls with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.http import Http404

from pactdesk.accounts import queries as accounts
from pactdesk.accounts.models import Account
from pactdesk.accounts.rules.text import read_text
from pactdesk.accounts.viewer import Viewer
from pactdesk.delegation.access import assignments_in_force, customer_for, delegations_in_force, groups_of
from pactdesk.delegation.facts import (
    AssignmentFact,
    AssignmentGiven,
    AssignmentTaken,
    SubscriptionAdded,
    SubscriptionEnded,
)
from pactdesk.delegation.models import Delegation, RoleAssignment, Subscription
from pactdesk.delegation.queries import acting_for
from pactdesk.delegation.rules.acting import SUBSCRIPTION_ROLES, Standing, may_assign_roles
from pactdesk.delegation.rules.subscriptions import (
    MOST_ROLES,
    MOST_SUBSCRIPTION_NAME,
    MOST_SUBSCRIPTIONS,
    number_refusal,
)
from pactdesk.delegation.rules.trying import Tried
from pactdesk.delegation.services import delegations
from pactdesk.delegation.services.trying import count_wrong, may_try_now
from pactdesk.journal import services as journal
from pactdesk.kernel.decisions import Decision, Reason, Refused


class CannotKeepSubscription(Refused):
    """The subscription stays as it was, or was not added."""


class CannotAssign(Refused):
    """The roles on the subscription stay as they were."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who is given a role: the account behind a proved address, or a support group of the actor's organization."""

    email: str = ""
    group_id: int | None = None


def add_subscription(
    number: str, name: str, *, customer_id: int | None = None, actor: Viewer, at: datetime
) -> int:
    """Add a subscription of the actor's organization, or of a customer; answers its id.

    Raises `CannotKeepSubscription` with every reason; a number that another organization has is refused without a word
    about whose it is, and only so many such numbers are tried in an hour (A20). Http404 where the actor has nothing to
    do with that customer.
    """
    outcome = _add(number, name, customer_id, actor, at)
    if isinstance(outcome, Decision):
        raise CannotKeepSubscription(*outcome)
    return outcome


@transaction.atomic
def _add(number: str, name: str, customer_id: int | None, actor: Viewer, at: datetime) -> int | Decision:
    organization_id = _tenant(customer_id, actor)
    refusals = list(_may_keep(customer_id, actor))
    number = number.strip()
    if (wrong := number_refusal(number)) is not None:
        refusals.append(wrong)
    clean = read_text(name, most=MOST_SUBSCRIPTION_NAME)
    if isinstance(clean, Reason):
        refusals.append(clean)
    elif not clean:
        refusals.append(Reason("subscription.name-missing"))
    if (
        Subscription.objects.filter(organization_id=organization_id, ended_at=None).count()
        >= MOST_SUBSCRIPTIONS
    ):
        refusals.append(Reason("subscription.too-many", {"most": MOST_SUBSCRIPTIONS}))
    # Whoever may not add one is not told whether the number is taken.
    if wrong is None and _may_keep(customer_id, actor).allowed:
        tried = may_try_now(Tried.SUBSCRIPTION_NUMBER, actor)
        refusals += tried
        if tried.allowed and Subscription.objects.filter(number__iexact=number).exists():
            refusals += _taken(actor)
    if refusals or isinstance(clean, Reason):
        return Decision(tuple(refusals))
    subscription = Subscription(organization_id=organization_id, number=number, name=clean, created_at=at)
    try:
        with transaction.atomic():
            subscription.save()
    except IntegrityError:
        return _taken(actor)
    fact = SubscriptionAdded(subscription.pk, organization_id, number=number, name=clean)
    journal.record(fact, actor_id=actor.account_id, at=at)
    return subscription.pk


def _taken(actor: Viewer) -> Decision:
    count_wrong(Tried.SUBSCRIPTION_NUMBER, actor)
    return Decision((Reason("subscription.number-taken"),))


@transaction.atomic
def end_subscription(subscription_id: int, *, actor: Viewer, at: datetime) -> None:
    """Let a subscription take no requests any more. Once more changes nothing.

    Raises `CannotKeepSubscription` with every reason, and Http404.
    """
    subscription = _locked(subscription_id, actor)
    refusals = tuple(_may_keep(_customer(subscription, actor), actor))
    if refusals:
        raise CannotKeepSubscription(*refusals)
    if subscription.ended_at is not None:
        return
    subscription.ended_at = at
    subscription.save(update_fields=["ended_at"])
    fact = SubscriptionEnded(subscription.pk, subscription.organization_id)
    journal.record(fact, actor_id=actor.account_id, at=at)


def give_role(subscription_id: int, role: str, holder: Holder, *, actor: Viewer, at: datetime) -> int:
    """Give somebody, or a support group, a role on a subscription, in place of the one that they had; answers the id.

    The own organization gives them to whoever proved the address, a partner to its own people. Whatever is wrong with
    an address is answered alike, and only so many are tried in an hour (A20). Raises `CannotAssign` with every reason,
    and Http404.
    """
    outcome = _give_role(subscription_id, role, holder, actor, at)
    if isinstance(outcome, Decision):
        raise CannotAssign(*outcome)
    return outcome


@transaction.atomic
def _give_role(
    subscription_id: int, role: str, holder: Holder, actor: Viewer, at: datetime
) -> int | Decision:
    subscription = _locked(subscription_id, actor)
    customer_id = _customer(subscription, actor)
    refusals = list(_may_assign(customer_id, subscription, actor, to_group=holder.group_id is not None))
    if subscription.ended_at is not None:
        refusals.append(Reason("subscription.ended"))
    if role not in SUBSCRIPTION_ROLES:
        refusals.append(Reason("role.unknown"))
    if assignments_in_force().filter(subscription=subscription).count() >= MOST_ROLES:
        refusals.append(Reason("role.too-many", {"most": MOST_ROLES}))
    if refusals:
        return Decision(tuple(refusals))
    found = _holder(holder, customer_id, actor)
    if isinstance(found, Decision):
        return found
    under_id = _under(customer_id, subscription, actor)
    account_id, group_id = found
    before = RoleAssignment.objects.select_for_update().filter(
        subscription=subscription, account=account_id, group=group_id, revoked_at=None
    )
    for old in before:
        if under_id is not None and old.under_id is None:
            return Decision((Reason("role.given-by-customer"),))
        _take(old, subscription, actor, at)
    assignment = RoleAssignment.objects.create(
        subscription=subscription,
        account_id=account_id,
        group_id=group_id,
        role=role,
        under_id=under_id,
        assigned_at=at,
        assigned_by_id=actor.account_id,
    )
    journal.record(_told(AssignmentGiven, assignment, subscription), actor_id=actor.account_id, at=at)
    return assignment.pk


@transaction.atomic
def take_role(subscription_id: int, assignment_id: int, *, actor: Viewer, at: datetime) -> None:
    """Take a role on a subscription away, at once. Once more changes nothing.

    A partner takes away what was given under its own delegations. Raises `CannotAssign` with every reason, and Http404.
    """
    subscription = _locked(subscription_id, actor)
    customer_id = _customer(subscription, actor)
    rows = RoleAssignment.objects.select_for_update().filter(subscription=subscription, pk=assignment_id)
    if customer_id is not None:
        rows = rows.filter(under__in=Delegation.objects.filter(partner_id=actor.organization_id))
    assignment = rows.first()
    if assignment is None:
        raise Http404
    refusals = tuple(_may_assign(customer_id, subscription, actor, to_group=assignment.group_id is not None))
    if refusals:
        raise CannotAssign(*refusals)
    if assignment.revoked_at is None:
        _take(assignment, subscription, actor, at)


def may_keep_subscriptions(viewer: Viewer, customer_id: int | None) -> Decision:
    """May the viewer add and end subscriptions of the own organization, or of a customer? One query at most."""
    return Decision(tuple(_may_keep(customer_id, viewer)))


def _may_keep(customer_id: int | None, actor: Viewer) -> Decision:
    return may_assign_roles(_standing(customer_id, "", actor), to_group=False)


def _may_assign(
    customer_id: int | None, subscription: Subscription, actor: Viewer, *, to_group: bool
) -> Decision:
    return may_assign_roles(_standing(customer_id, subscription.number, actor), to_group=to_group)


def _standing(customer_id: int | None, number: str, actor: Viewer) -> Standing:
    return acting_for(actor, customer_id, number).standing


def _tenant(customer_id: int | None, actor: Viewer) -> int:
    if customer_id is not None:
        return customer_for(actor, customer_id)
    if actor.organization_id is None or not actor.administers:
        raise Http404
    return actor.organization_id


def _locked(subscription_id: int, actor: Viewer) -> Subscription:
    """The subscription, of the actor's organization or of one of its customers. Raises Http404."""
    row = Subscription.objects.select_for_update(no_key=True).filter(pk=subscription_id).first()
    if row is None:
        raise Http404
    _tenant(_customer(row, actor), actor)
    return row


def _customer(subscription: Subscription, actor: Viewer) -> int | None:
    mine = subscription.organization_id == actor.organization_id
    return None if mine else subscription.organization_id


def _holder(
    holder: Holder, customer_id: int | None, actor: Viewer
) -> tuple[int | None, int | None] | Decision:
    if holder.group_id is not None:
        if not groups_of(actor).filter(pk=holder.group_id).exists():
            raise Http404
        return None, holder.group_id
    decision = may_try_now(Tried.ADDRESS, actor)
    if not decision.allowed:
        return decision
    email = holder.email.strip().lower()
    person = accounts.people_by_address([email]).get(email)
    known = Account.objects.filter(pk=person.account_id if person else 0, is_active=True)
    if customer_id is not None:
        known = known.filter(organization=actor.organization_id)
    account_id = known.values_list("pk", flat=True).first()
    if account_id is None:
        count_wrong(Tried.ADDRESS, actor)
        return Decision((Reason("role.nobody-there"),))
    return account_id, None


def _under(customer_id: int | None, subscription: Subscription, actor: Viewer) -> int | None:
    """The delegation on which the actor's access rests, held until the role is written. Raises `CannotGrant`."""
    if customer_id is None:
        return None
    held = delegations_in_force().filter(
        partner_id=actor.organization_id, customer_id=customer_id, may_submit=True
    )
    held = held.filter(subscription=None) | held.filter(subscription=subscription)
    is_reseller = acting_for(actor, customer_id).standing.tier == "reseller"
    found = [each for each in held.order_by("-ends_at", "-pk") if (each.parent_id is not None) == is_reseller]
    if not found:
        raise Http404
    delegations.hold(found[0].pk, spend=False)
    return found[0].pk


def _take(assignment: RoleAssignment, subscription: Subscription, actor: Viewer, at: datetime) -> None:
    assignment.revoked_at, assignment.revoked_by_id = at, actor.account_id
    assignment.save(update_fields=["revoked_at", "revoked_by"])
    journal.record(_told(AssignmentTaken, assignment, subscription), actor_id=actor.account_id, at=at)


def _told(
    fact: type[AssignmentGiven] | type[AssignmentTaken], row: RoleAssignment, subscription: Subscription
) -> AssignmentFact:
    return fact(
        subscription.pk,
        subscription.organization_id,
        assignment=row.pk,
        role=row.role,
        account=row.account_id,
        group=row.group_id,
        under=row.under_id,
    )
