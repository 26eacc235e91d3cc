"""Granting, changing and taking back what partners may do for customers (OBO-3, OBO-4).

Lock order: by id, which puts a delegation before those that were passed on from it. Whoever submits under one holds it
(`hold`) until the request is written, so that taking it back happens before that or after it, never in between.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.http import Http404

from pactdesk.accounts.models import Organization
from pactdesk.accounts.viewer import Viewer
from pactdesk.delegation.access import ASSIGNMENT_HOLDS, DELEGATION_HOLDS, decided_by, held_by
from pactdesk.delegation.facts import DelegationChanged, DelegationGranted, DelegationRevoked
from pactdesk.delegation.models import Delegation, Relationship, Subscription
from pactdesk.delegation.rules import Purpose, Terms, may_grant, may_pass_on
from pactdesk.journal import services as journal
from pactdesk.kernel.database import execute
from pactdesk.kernel.decisions import Reason, Refused

# Whoever takes it back waits; others who submit under it do not.
_HOLD = f"""
SELECT delegation.id FROM delegation_delegation delegation
WHERE delegation.id = %s AND delegation.may_submit AND {DELEGATION_HOLDS} FOR SHARE
"""  # noqa: S608 - our own constant
_HOLD_ROLE = f"""
SELECT assignment.under_id FROM delegation_roleassignment assignment
WHERE assignment.id = %s AND {ASSIGNMENT_HOLDS} FOR SHARE
"""  # noqa: S608 - likewise
_HOLD_UNDER = f"""
SELECT delegation.id FROM delegation_delegation delegation
WHERE delegation.id = %s AND {DELEGATION_HOLDS} FOR SHARE
"""  # noqa: S608 - likewise
_SPEND = f"""
UPDATE delegation_delegation delegation SET units_spent = units_spent + 1
WHERE delegation.id = %s AND delegation.may_submit AND units_spent < most_units AND {DELEGATION_HOLDS}
RETURNING delegation.id
"""  # noqa: S608 - likewise


class CannotGrant(Refused):
    """Nothing was granted and nothing changed."""


class CannotSpend(Refused):
    """Nothing of the customer's was spent."""


@transaction.atomic
def grant(
    partner_id: int,
    terms: Terms,
    *,
    customer_sees: bool = True,
    subscription_id: int | None = None,
    tier: str,
    provider_id: int | None = None,
    actor: Viewer,
    at: datetime,
) -> int:
    """Let a partner act for the actor's organization, in place of what was granted to it before; answers the id.

    The two stand in a relationship from now on, in this `tier` if they did not before. Raises `CannotGrant` with every
    reason, Http404 where the actor does not administer an organization or the subscription is another's.
    """
    if not actor.administers or actor.organization_id is None or partner_id == actor.organization_id:
        raise Http404
    _refuse(may_grant(terms, at=at))
    customer_id = actor.organization_id
    _known_subscription(subscription_id, customer_id)
    _relate(partner_id, customer_id, tier, provider_id, at)
    return _replace(
        Delegation(
            customer_id=customer_id,
            partner_id=partner_id,
            grantor_id=customer_id,
            subscription_id=subscription_id,
            customer_sees=customer_sees,
        ),
        terms,
        actor,
        at,
    )


@transaction.atomic
def pass_on(
    customer_id: int,
    reseller_id: int,
    terms: Terms,
    *,
    subscription_id: int | None,
    actor: Viewer,
    at: datetime,
) -> int:
    """As an indirect provider, let a reseller into a customer's subscriptions, or one of them (OBO-4); answers the id.

    It falls with what the provider holds itself. Raises `CannotGrant` with every reason, Http404 where the actor's
    organization holds nothing for that customer, or the reseller is none of it for that customer.
    """
    if not actor.administers or actor.organization_id in {None, reseller_id}:
        raise Http404
    held = (
        held_by(actor)
        .select_for_update()
        .filter(
            customer_id=customer_id,
            grantor_id=F("customer_id"),
            subscription=None,
            revoked_at=None,
            ends_at__gt=Now(),
        )
        .first()
    )
    related = Relationship.objects.filter(
        partner_id=reseller_id, customer_id=customer_id, provider_id=actor.organization_id, ended_at=None
    )
    if held is None or not related.exists():
        raise Http404
    _known_subscription(subscription_id, customer_id)
    _refuse((*may_grant(terms, at=at), *may_pass_on(terms, terms_of(held))))
    return _replace(
        Delegation(
            customer_id=customer_id,
            partner_id=reseller_id,
            grantor_id=held.partner_id,
            parent=held,
            subscription_id=subscription_id,
            customer_sees=held.customer_sees,
        ),
        terms,
        actor,
        at,
    )


@transaction.atomic
def change(delegation_id: int, terms: Terms, *, customer_sees: bool, actor: Viewer, at: datetime) -> None:
    """Grant anew what holds already, wider or narrower. Only administrators of whoever granted it may: Http404.

    What was passed on from it is narrowed along. Raises `CannotGrant` with every reason.
    """
    delegation = decided_by(actor).select_for_update().filter(pk=delegation_id).first()
    if delegation is None or delegation.grantor_id != actor.organization_id:
        raise Http404
    if delegation.revoked_at is not None:
        raise CannotGrant(Reason("delegation.gone"))
    refusals = list(may_grant(terms, at=at))
    if "spend" in terms.purposes and terms.most_units < delegation.units_spent:
        refusals.append(Reason("delegation.fewer-than-spent", {"spent": delegation.units_spent}))
    if delegation.parent is not None:
        refusals.extend(may_pass_on(terms, terms_of(delegation.parent)))
    _refuse(refusals)
    _write_terms(delegation, terms)
    if delegation.grantor_id == delegation.customer_id:
        delegation.customer_sees = customer_sees
    delegation.save()
    _narrow(delegation, actor, at)
    journal.record(
        DelegationChanged(*_told(delegation), *_terms_told(terms)), actor_id=actor.account_id, at=at
    )


@transaction.atomic
def revoke(delegation_id: int, *, actor: Viewer, at: datetime) -> None:
    """Take a delegation back, at once, with all that was passed on from it. Once more changes nothing.

    Administrators of whoever granted it may, of the customer whom it concerns, and of the partner, who so gives it up.
    Raises Http404 for everybody else.
    """
    by = _who_revokes(delegation_id, actor)
    _take_back(_family(delegation_id), by, actor, at)


@transaction.atomic
def end_relationship(partner_id: int, customer_id: int, *, actor: Viewer, at: datetime) -> None:
    """Have nothing to do with each other any more: all that the customer had granted to the partner is taken back.

    Administrators of either may; raises Http404 for everybody else, and where there is no relationship.
    """
    if not actor.administers or actor.organization_id not in {partner_id, customer_id}:
        raise Http404
    relationships = Relationship.objects.select_for_update()
    relationship = relationships.filter(partner_id=partner_id, customer_id=customer_id, ended_at=None).first()
    if relationship is None:
        raise Http404
    relationship.ended_at = at
    relationship.save(update_fields=["ended_at"])
    found = Delegation.objects.filter(partner_id=partner_id, customer_id=customer_id, revoked_at=None)
    for delegation_id in list(found.order_by("pk").values_list("pk", flat=True)):
        revoke(delegation_id, actor=actor, at=at)


def hold(delegation_id: int, *, spend: bool) -> None:
    """Keep a delegation as it is until the caller's transaction ends, and spend one incident under it if asked to.

    Raises `CannotGrant` where it holds no more, `CannotSpend` where all that may be spent is.
    """
    # Never both: two who share the row could not both go on to change it.
    if spend and execute(_SPEND, (delegation_id,)).fetchone() is not None:
        return
    if execute(_HOLD, (delegation_id,)).fetchone() is None:
        raise CannotGrant(Reason("acting.delegation-ended"))
    if spend:
        raise CannotSpend(Reason("delegation.used-up"))


def hold_role(assignment_id: int) -> None:
    """Keep a role on a subscription as it is until the caller's transaction ends, with the delegation under which it
    was given. Raises `CannotGrant` where it holds no more."""
    row = execute(_HOLD_ROLE, (assignment_id,)).fetchone()
    if row is None or (row[0] is not None and execute(_HOLD_UNDER, (row[0],)).fetchone() is None):
        raise CannotGrant(Reason("acting.subscription-role-missing"))


def give_back(delegation_id: int) -> None:
    """Count one incident less as spent: the request that took it is closed without being counted (AGR-6)."""
    Delegation.objects.filter(pk=delegation_id, units_spent__gt=0).update(units_spent=F("units_spent") - 1)


def terms_of(delegation: Delegation) -> Terms:
    """What a delegation is for, as the rules see it."""
    named: dict[Purpose, bool] = {
        "submit": delegation.may_submit,
        "read": delegation.may_read,
        "manage-contacts": delegation.may_manage_contacts,
        "spend": delegation.most_units > 0,
    }
    return Terms(
        frozenset(purpose for purpose, granted in named.items() if granted),
        delegation.most_units,
        delegation.ends_at,
    )


def _replace(delegation: Delegation, terms: Terms, actor: Viewer, at: datetime) -> int:
    """Let a new delegation take the place of one to the same partner for the same."""
    before = Delegation.objects.select_for_update().filter(
        partner_id=delegation.partner_id,
        customer_id=delegation.customer_id,
        grantor_id=delegation.grantor_id,
        subscription=delegation.subscription,
        revoked_at=None,
    )
    for old in list(before):
        _take_back(_family(old.pk), "grantor", actor, at)
    _write_terms(delegation, terms)
    delegation.granted_at, delegation.granted_by_id = at, actor.account_id
    delegation.save()
    journal.record(
        DelegationGranted(*_told(delegation), *_terms_told(terms)), actor_id=actor.account_id, at=at
    )
    return delegation.pk


def _write_terms(delegation: Delegation, terms: Terms) -> None:
    delegation.may_submit = "submit" in terms.purposes
    delegation.may_read = "read" in terms.purposes
    delegation.may_manage_contacts = "manage-contacts" in terms.purposes
    delegation.most_units = terms.most_units if "spend" in terms.purposes else 0
    if not delegation.most_units:
        # What was spent stays spent; nothing is left of which it could be counted.
        delegation.units_spent = 0
    delegation.ends_at = terms.ends_at


def _narrow(delegation: Delegation, actor: Viewer, at: datetime) -> None:
    """What was passed on from it holds no longer and for no more than it does; what is left without a purpose ends."""
    for child in Delegation.objects.select_for_update().filter(parent=delegation, revoked_at=None):
        child.may_submit &= delegation.may_submit
        child.may_read &= delegation.may_read
        child.may_manage_contacts &= delegation.may_manage_contacts
        child.customer_sees = delegation.customer_sees
        if not (child.may_submit or child.may_read or child.may_manage_contacts):
            _take_back([child], "grantor", actor, at)
            continue
        child.ends_at = min(child.ends_at, delegation.ends_at)
        child.save()


def _family(delegation_id: int) -> list[Delegation]:
    """A delegation and what was passed on from it, as far as they are not taken back, locked in this order."""
    rows = Delegation.objects.select_for_update().filter(revoked_at=None)
    own = list(rows.filter(pk=delegation_id))
    return [*own, *rows.filter(parent_id=delegation_id).order_by("pk")]


def _take_back(delegations: Iterable[Delegation], by: str, actor: Viewer, at: datetime) -> None:
    found = list(delegations)
    for delegation in found:
        delegation.revoked_at, delegation.revoked_by_id = at, actor.account_id
        delegation.save(update_fields=["revoked_at", "revoked_by"])
    journal.record_all(
        [DelegationRevoked(*_told(each), by=by) for each in found], actor_id=actor.account_id, at=at
    )


def _who_revokes(delegation_id: int, actor: Viewer) -> str:
    """In which capacity the actor takes it back. Raises Http404."""
    delegation = (decided_by(actor) | held_by(actor)).filter(pk=delegation_id).first()
    if delegation is None or not actor.administers:
        raise Http404
    if delegation.grantor_id == actor.organization_id:
        return "grantor"
    return "customer" if delegation.customer_id == actor.organization_id else "partner"


def _relate(partner_id: int, customer_id: int, tier: str, provider_id: int | None, at: datetime) -> None:
    name = Organization.objects.values_list("name", flat=True).get(pk=customer_id)
    Relationship.objects.bulk_create(
        [
            Relationship(
                partner_id=partner_id,
                customer_id=customer_id,
                tier=tier,
                provider_id=provider_id if tier == "reseller" else None,
                customer_name=name.lower(),
                since=at,
            )
        ],
        ignore_conflicts=True,
    )


def _told(delegation: Delegation) -> tuple[int, int, int]:
    return delegation.pk, delegation.customer_id, delegation.partner_id


def _terms_told(terms: Terms) -> tuple[tuple[str, ...], int, str]:
    units = terms.most_units if "spend" in terms.purposes else 0
    return tuple(sorted(terms.purposes)), units, terms.ends_at.isoformat()


def _known_subscription(subscription_id: int | None, customer_id: int) -> None:
    if subscription_id is None:
        return
    known = Subscription.objects.filter(pk=subscription_id, organization_id=customer_id, ended_at=None)
    if not known.exists():
        raise Http404


def _refuse(reasons: Iterable[Reason]) -> None:
    refusals = tuple(reasons)
    if refusals:
        raise CannotGrant(*refusals)
