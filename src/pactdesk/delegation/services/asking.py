"""Asking for rights by a link, and answering it (OBO-3, OBO-4, A20).

Only the digest of a link's token is kept; it works once, for 72 hours. The row of a request is locked by whoever
grants, refuses or withdraws it, so that of two at once one is the first.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.http import Http404

from pactdesk.accounts.models import Organization
from pactdesk.accounts.viewer import Viewer
from pactdesk.delegation.facts import DelegationAsked, DelegationRefused, DelegationWithdrawn
from pactdesk.delegation.models import DelegationRequest, Relationship
from pactdesk.delegation.queries.asked import open_request, token_hash, wish_of
from pactdesk.delegation.rules.asking import LIFETIME, TOKEN_BYTES, Wish, may_answer, may_ask
from pactdesk.delegation.rules.granting import Terms
from pactdesk.delegation.rules.trying import Tried
from pactdesk.delegation.services import delegations
from pactdesk.delegation.services.trying import count_wrong, may_try_now
from pactdesk.journal import services as journal
from pactdesk.kernel.decisions import Decision, Reason, Refused

# How long requests that nobody can answer any more stand in the list of those who asked.
KEPT: Final = timedelta(days=90)


class CannotAsk(Refused):
    """No link was made."""


class CannotAnswer(Refused):
    """Nothing was granted or refused. Why a link does not work is never told."""


@dataclass(frozen=True, slots=True)
class NewLink:
    """A fresh link. `token` is not readable anywhere else."""

    request_id: int
    token: str = field(repr=False)
    expires_at: datetime


def ask(
    wish: Wish,
    *,
    provider_number: str = "",
    customer_id: int | None = None,
    actor: Viewer,
    at: datetime,
) -> NewLink:
    """Make a link by which an administrator of a customer can grant `wish` to the actor's organization.

    A reseller names its provider by that one's partner number. With `customer_id` the link is for that provider, which
    is asked to pass on what it holds for a customer whom the actor's organization has through it.

    Raises `CannotAsk` with every reason, and Http404 where the actor does not administer a partner or the customer is
    none of theirs. Only so many numbers of nobody are tried in an hour (A20).
    """
    outcome = _ask(wish, provider_number, customer_id, actor, at)
    if isinstance(outcome, Decision):
        raise CannotAsk(*outcome)
    return outcome


@transaction.atomic
def _ask(
    wish: Wish, provider_number: str, customer_id: int | None, actor: Viewer, at: datetime
) -> NewLink | Decision:
    if not actor.administers or actor.organization_id is None or actor.organization_kind != "partner":
        raise Http404
    # Counted one after the other.
    Organization.objects.select_for_update(no_key=True).get(pk=actor.organization_id)
    still_open = DelegationRequest.objects.filter(
        partner_id=actor.organization_id, outcome="", expires_at__gt=at
    ).count()
    refusals = list(may_ask(wish, of_provider=customer_id is not None, still_open=still_open))
    provider_id = None
    if customer_id is not None:
        provider_id = _provider_for(customer_id, actor)
    elif wish.tier == "reseller":
        tried = may_try_now(Tried.PARTNER_NUMBER, actor)
        provider_id = _provider_called(provider_number, actor) if tried.allowed else None
        if tried.allowed and provider_id is None:
            if provider_number:
                count_wrong(Tried.PARTNER_NUMBER, actor)
            refusals.append(Reason("asking.provider-unknown"))
        refusals += tried
    if refusals:
        return Decision(tuple(refusals))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    request = DelegationRequest.objects.create(
        partner_id=actor.organization_id,
        tier=wish.tier,
        provider_id=provider_id,
        customer_id=customer_id,
        may_submit="submit" in wish.purposes,
        may_read="read" in wish.purposes,
        may_manage_contacts="manage-contacts" in wish.purposes,
        most_units=wish.most_units if "spend" in wish.purposes else 0,
        lasts_days=wish.days,
        note=wish.note,
        token_hash=token_hash(token),
        asked_at=at,
        asked_by_id=actor.account_id,
        expires_at=at + LIFETIME,
    )
    fact = DelegationAsked(request.pk, request.partner_id, customer=customer_id)
    journal.record(fact, actor_id=actor.account_id, at=at)
    return NewLink(request.pk, token, request.expires_at)


@transaction.atomic
def withdraw(request_id: int, *, actor: Viewer, at: datetime) -> None:
    """Let a link work no more. What is answered already stays as it is. Administrators of the partner; Http404."""
    if not actor.administers or actor.organization_id is None:
        raise Http404
    mine = DelegationRequest.objects.select_for_update().filter(partner_id=actor.organization_id)
    request = mine.filter(pk=request_id).first()
    if request is None:
        raise Http404
    if request.outcome:
        return
    _answer(request, DelegationRequest.Outcome.WITHDRAWN, actor, at)
    fact = DelegationWithdrawn(request.pk, request.partner_id)
    journal.record(fact, actor_id=actor.account_id, at=at)


@transaction.atomic
def grant_asked(
    token: str,
    terms: Terms,
    *,
    customer_sees: bool = True,
    subscription_id: int | None = None,
    actor: Viewer,
    at: datetime,
) -> int:
    """Grant what a link asks for, or less of it, for the actor's organization; answers the id of the delegation.

    Raises `CannotAnswer` with "asking.not-valid" where the link does not work (any more), and with every reason why
    these terms cannot be granted; then it works on. Http404 where the actor may not decide.
    """
    request = _decided(token, actor, at)
    decision = may_answer(terms, wish_of(request), at=at)
    if not decision.allowed:
        raise CannotAnswer(*decision)
    if request.customer_id is None:
        delegation_id = delegations.grant(
            request.partner_id,
            terms,
            customer_sees=customer_sees,
            subscription_id=subscription_id,
            tier=request.tier,
            provider_id=request.provider_id,
            actor=actor,
            at=at,
        )
    else:
        delegation_id = _pass_on(request, request.customer_id, terms, subscription_id, actor, at)
    request.delegation_id = delegation_id
    _answer(request, DelegationRequest.Outcome.GRANTED, actor, at)
    return delegation_id


@transaction.atomic
def refuse_asked(token: str, *, actor: Viewer, at: datetime) -> None:
    """Refuse what a link asks for, for good. Raises as `grant_asked` does."""
    request = _decided(token, actor, at)
    _answer(request, DelegationRequest.Outcome.REFUSED, actor, at)
    fact = DelegationRefused(request.pk, request.partner_id, by=actor.organization_id or 0)
    journal.record(fact, actor_id=actor.account_id, at=at)


def remove_old(*, at: datetime) -> None:
    """Forget requests that could not be answered any more so long ago that nobody looks for them. Safe to repeat."""
    over = Q(outcome="", expires_at__lte=at - KEPT) | Q(answered_at__lte=at - KEPT)
    DelegationRequest.objects.filter(over).delete()


def _decided(token: str, actor: Viewer, at: datetime) -> DelegationRequest:
    """The open request behind a token, locked, where the actor may decide about it."""
    found = open_request(token, at=at, lock=True)
    if found is None:
        raise CannotAnswer(Reason("asking.not-valid"))
    if not may_decide(found, actor):
        raise Http404
    return found


def may_decide(request: DelegationRequest, viewer: Viewer) -> bool:
    """Whether the viewer decides for the organization that is asked: for any, but that of the asker, where a customer
    is, and for the one provider where a provider is."""
    if not viewer.administers or viewer.organization_id in {None, request.partner_id}:
        return False
    return request.customer_id is None or request.provider_id == viewer.organization_id


def _answer(
    request: DelegationRequest, outcome: DelegationRequest.Outcome, actor: Viewer, at: datetime
) -> None:
    request.outcome, request.answered_at, request.answered_by_id = outcome, at, actor.account_id
    request.save(update_fields=["outcome", "answered_at", "answered_by", "delegation"])


def _pass_on(
    request: DelegationRequest,
    customer_id: int,
    terms: Terms,
    subscription_id: int | None,
    actor: Viewer,
    at: datetime,
) -> int:
    try:
        return delegations.pass_on(
            customer_id, request.partner_id, terms, subscription_id=subscription_id, actor=actor, at=at
        )
    except Http404:
        raise CannotAnswer(Reason("asking.nothing-to-pass-on")) from None


def _provider_for(customer_id: int, actor: Viewer) -> int:
    provider_id = (
        Relationship.objects.filter(
            partner_id=actor.organization_id, customer_id=customer_id, ended_at=None, provider__isnull=False
        )
        .values_list("provider_id", flat=True)
        .first()
    )
    if provider_id is None:
        raise Http404
    return provider_id


def _provider_called(number: str, actor: Viewer) -> int | None:
    if not number:
        return None
    partners = Organization.objects.filter(kind=Organization.Kind.PARTNER, partner_number=number)
    found = partners.values_list("pk", flat=True).first()
    return found if found != actor.organization_id else None
