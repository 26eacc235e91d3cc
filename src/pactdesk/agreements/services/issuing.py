"""Issuing agreements by hand at the service centre, and activating there on behalf of an organization what its term in
the partner network brings: alone up to a limit, above it by two people.

The pair is shown to nobody: it is mailed to whoever may have it (`services.mailing`). Lock order: the person who asks,
or what was asked; then the organization for which something is activated; the ledger is posted to last.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import Http404

from pactdesk.accounts.models import Account, Organization
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.access import programme_of, require_service_centre
from pactdesk.agreements.facts import AgreementIssued, IssuanceAsked, IssuanceDecided
from pactdesk.agreements.models import Issuance, Outcome
from pactdesk.agreements.queries.benefiting import would_benefit
from pactdesk.agreements.queries.mailing import addressed_to
from pactdesk.agreements.rules.corrections import may_decide
from pactdesk.agreements.rules.issuing import (
    Somebody,
    WantedActivation,
    WantedAgreement,
    is_membership,
    may_be_issued,
    needs_two_to_issue,
)
from pactdesk.agreements.services import issue_agreement
from pactdesk.agreements.services.activation import activate, due_by
from pactdesk.agreements.services.alone import count_as_alone, is_too_much_alone, wait_for_the_person
from pactdesk.agreements.services.mailing import mail_issued
from pactdesk.agreements.services.memberships import join_programme
from pactdesk.catalog import queries as catalog
from pactdesk.journal import services as journal
from pactdesk.kernel.decisions import Decision, Reason, Refused


class CannotIssue(Refused):
    """Nothing was issued, and what was asked for waits on."""


@dataclass(frozen=True, slots=True)
class Issued:
    """What became of it: the `agreement_id`, or None while it waits for a second person."""

    issuance_id: int
    agreement_id: int | None


@transaction.atomic
def ask(wish: WantedAgreement, *, reason: str, key: UUID, actor: Viewer, at: datetime) -> Issued:
    """Issue an agreement and mail its pair, or where that is more than one person does alone or benefits the actor,
    ask for it.

    The same wish with the same `key` again answers the same and does nothing. Raises Http404 where the actor is not at
    the service centre or there is no such organization or account, and `CannotIssue` with every reason.
    """
    require_service_centre(actor)
    wait_for_the_person(actor.account_id)
    if before := _asked_before(key, wish, actor):
        return before
    programme = catalog.current().programmes.get(wish.programme_code)
    time_zone = zone_of_benefits(wish.organization_id, wish.owner_id)
    _require(
        may_be_issued(
            wish,
            programme,
            _somebody(wish.organization_id, wish.owner_id),
            today=at.astimezone(ZoneInfo(time_zone)).date(),
        )
    )
    assert programme is not None
    is_much = is_too_much_alone(actor.account_id, wish.units, at=at)
    is_own = would_benefit(actor, wish.organization_id, wish.owner_id)
    asked = Issuance(
        key=key,
        programme_id=programme.id,
        organization_id=wish.organization_id,
        owner_id=wish.owner_id,
        units=wish.units,
        seat_limit=wish.seat_limit,
        starts_on=wish.starts_on,
        time_zone=time_zone,
        reason=reason,
        needs_second=is_own or needs_two_to_issue(programme, is_much=is_much),
    )
    return _do_or_wait(asked, actor, at)


@transaction.atomic
def ask_to_activate(wish: WantedActivation, *, reason: str, key: UUID, actor: Viewer, at: datetime) -> Issued:
    """Activate on behalf of an organization what its term brings (BEN-2, BEN-3) and mail its pair, or where that is
    more than one person does alone, ask for it. Nobody does it for the own organization, not even by two.

    The same wish with the same `key` again answers the same and does nothing. Raises Http404 where the actor is not at
    the service centre or there is no such organization, programme or location; otherwise `CannotActivate` or
    `CannotIssue` with the reason.
    """
    require_service_centre(actor)
    wait_for_the_person(actor.account_id)
    if before := _asked_before(key, wish, actor):
        return before
    time_zone = zone_of_benefits(wish.organization_id, None)
    if would_benefit(actor, wish.organization_id, None):
        raise CannotIssue(Reason("agreement.for-oneself"))
    due = due_by(wish, at=at)
    units = due.programme.quantity or 0
    asked = Issuance(
        key=key,
        programme_id=due.programme.id,
        organization_id=wish.organization_id,
        activates=True,
        location=due.location,
        units=units,
        starts_on=at.astimezone(ZoneInfo(time_zone)).date(),
        time_zone=time_zone,
        reason=reason,
        needs_second=needs_two_to_issue(
            due.programme, is_much=is_too_much_alone(actor.account_id, units, at=at)
        ),
    )
    if Issuance.objects.filter(
        organization_id=wish.organization_id,
        programme_id=due.programme.id,
        location=due.location,
        activates=True,
        outcome=Outcome.OPEN,
    ).exists():
        raise CannotIssue(Reason("activation.waits-already"))
    return _do_or_wait(asked, actor, at)


@transaction.atomic
def decide(issuance_id: int, *, approves: bool, words: str, actor: Viewer, at: datetime) -> int | None:
    """Say yes or no to what somebody else asked for, and answer the agreement's id; who asked takes it back by saying
    no.

    It is judged again by how things stand now. Raises Http404 where the actor is not at the service centre, and
    `CannotIssue` or `CannotActivate`; it then waits on, unless somebody else has decided.
    """
    require_service_centre(actor)
    issuance = Issuance.objects.select_for_update().filter(pk=issuance_id).first()
    if issuance is None:
        raise Http404
    asked_by = issuance.asked_by_id
    is_open = issuance.outcome == ""
    is_own = would_benefit(actor, issuance.organization_id, issuance.owner_id)
    _require(
        may_decide(
            asked_by=asked_by,
            decider=actor.account_id,
            approves=approves,
            is_open=is_open,
            benefits=is_own,
        )
    )
    issuance.words = words
    if not approves:
        own = asked_by == actor.account_id
        _note(issuance, Outcome.WITHDRAWN if own else Outcome.REFUSED, None, actor, at)
        return None
    wish = _wish(issuance)
    if isinstance(wish, WantedAgreement):
        whose = _somebody(issuance.organization_id, issuance.owner_id)
        today = at.astimezone(ZoneInfo(issuance.time_zone)).date()
        _require(may_be_issued(wish, programme_of(issuance.programme_id), whose, today=today))
    return _do(issuance, actor, at)


def zone_of_benefits(organization_id: int | None, owner_id: int | None) -> str:
    """The zone in which the days of the benefits are counted: that of the organization's headquarters, or the person's.

    Raises Http404 where there is no such organization or account.
    """
    if organization_id is not None:
        if not Organization.objects.filter(pk=organization_id).exists():
            raise Http404
        country = addressed_to(organization_id, None).country
        return catalog.current().calendar_for(country, "").data.tz
    owner = Account.objects.filter(pk=owner_id).first() if owner_id is not None else None
    if owner_id is not None and owner is None:
        raise Http404
    return (owner.time_zone if owner else "") or "UTC"


def _asked_before(key: UUID, wish: WantedAgreement | WantedActivation, actor: Viewer) -> Issued | None:
    """What became of it when the same form was sent before."""
    before = Issuance.objects.filter(key=key).first()
    if before is None:
        return None
    if (_wish(before), before.asked_by_id) != (wish, actor.account_id):
        raise CannotIssue(Reason("correction.key-used-otherwise"))
    return Issued(before.pk, before.agreement_id)


def _do_or_wait(issuance: Issuance, actor: Viewer, at: datetime) -> Issued:
    """Keep what the actor asks for, and do it unless it needs a second person."""
    issuance.asked_by_id, issuance.asked_at = actor.account_id, at
    issuance.save(force_insert=True)
    if issuance.needs_second:
        journal.record(IssuanceAsked(issuance.pk), actor_id=actor.account_id, at=at)
        return Issued(issuance.pk, None)
    count_as_alone(actor.account_id, issuance.units, at=at)
    return Issued(issuance.pk, _do(issuance, actor, at))


def _wish(issuance: Issuance) -> WantedAgreement | WantedActivation:
    """What was asked for."""
    programme_code = programme_of(issuance.programme_id).code
    if issuance.activates:
        assert issuance.organization_id is not None  # the database has it so
        return WantedActivation(programme_code, issuance.organization_id, issuance.location_id)
    return WantedAgreement(
        programme_code,
        issuance.organization_id,
        issuance.owner_id,
        issuance.units,
        issuance.starts_on,
        issuance.seat_limit,
    )


def _do(issuance: Issuance, actor: Viewer, at: datetime) -> int:
    wish = _wish(issuance)
    if isinstance(wish, WantedActivation):
        agreement_id = activate(
            due_by(wish, at=at), issuance.units, reason=issuance.reason, actor_id=actor.account_id, at=at
        )
        _note(issuance, Outcome.DONE, agreement_id, actor, at)
        return agreement_id
    programme = programme_of(issuance.programme_id)
    if is_membership(programme):
        agreement_id = _join(issuance, programme.code, actor, at)
    else:
        agreement_id = _issue(issuance, programme.code, actor, at)
    _note(issuance, Outcome.DONE, agreement_id, actor, at)
    fact = AgreementIssued(agreement_id, issuance=issuance.pk, reason=issuance.reason)
    journal.record(fact, actor_id=actor.account_id, at=at)
    if not is_membership(programme):
        mail_issued(agreement_id, actor_id=actor.account_id, at=at)
    return agreement_id


def _join(issuance: Issuance, programme_code: str, actor: Viewer, at: datetime) -> int:
    assert issuance.organization_id is not None  # members are organizations
    return join_programme(
        programme_code,
        issuance.organization_id,
        starts_on=issuance.starts_on,
        time_zone=issuance.time_zone,
        actor_id=actor.account_id,
        at=at,
    )


def _issue(issuance: Issuance, programme_code: str, actor: Viewer, at: datetime) -> int:
    return issue_agreement(
        programme_code,
        starts_on=issuance.starts_on,
        time_zone=issuance.time_zone,
        organization_id=issuance.organization_id,
        owner_id=issuance.owner_id,
        seat_limit=issuance.seat_limit,
        actor_id=actor.account_id,
        at=at,
        quantity=issuance.units,
    ).agreement_id


def _note(
    issuance: Issuance, outcome: Outcome, agreement_id: int | None, actor: Viewer, at: datetime
) -> None:
    issuance.outcome, issuance.decided_by_id, issuance.decided_at = outcome, actor.account_id, at
    issuance.agreement_id = agreement_id
    issuance.save(update_fields=["outcome", "decided_by", "decided_at", "words", "agreement"])
    if issuance.needs_second:
        fact = IssuanceDecided(issuance.pk, outcome.value, agreement_id)
        journal.record(fact, actor_id=actor.account_id, at=at)


def _somebody(organization_id: int | None, owner_id: int | None) -> Somebody:
    owner = Account.objects.filter(pk=owner_id, is_active=True).first() if owner_id is not None else None
    belongs = owner_id is None or (owner is not None and organization_id in (None, owner.organization_id))
    return Somebody(belongs, addressed_to(organization_id, owner_id).contact is not None)


def _require(decision: Decision) -> None:
    if not decision.allowed:
        raise CannotIssue(*decision)
