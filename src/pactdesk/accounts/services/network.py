"""How organizations stand in the partner network, as the service centre enters it (BEN-2, BEN-3)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.http import Http404

from pactdesk.accounts.facts import CompetencyEarned, CompetencyTaken, EnrolmentAdded, EnrolmentEnded
from pactdesk.accounts.models import Competency, Enrolment, Location, Organization
from pactdesk.accounts.rules.network import Term, may_end, may_enrol
from pactdesk.accounts.viewer import Viewer
from pactdesk.journal import services as journal
from pactdesk.kernel.decisions import Decision, Reason, Refused


class CannotEnrol(Refused):
    """The terms of the organization stay as they are."""


class CannotAddCompetency(Refused):
    """The location has what it had."""


@transaction.atomic
def enrol(organization_id: int, term: Term, *, reason: str, actor: Viewer, at: datetime) -> int:
    """Enrol an organization for one more term, which a renewal is; answers its id. What the term brings is activated by
    the daily job.

    Nobody enrols their own organization. Raises `CannotEnrol` with every reason, Http404 for everybody who does not
    work at the service centre and for an unknown organization.
    """
    _require_service_centre(actor)
    if organization_id == actor.organization_id:
        raise CannotEnrol(Reason("enrolment.own"))
    organization = Organization.objects.select_for_update(no_key=True).filter(pk=organization_id).first()
    if organization is None:
        raise Http404
    others = tuple(map(_term, Enrolment.objects.filter(organization=organization)))
    _require(may_enrol(term, others, today=at.date()))
    enrolment = Enrolment.objects.create(
        organization=organization, level=term.level, renewed_on=term.renewed_on, ends_on=term.ends_on
    )
    fact = EnrolmentAdded(
        organization_id,
        enrolment=enrolment.pk,
        level=term.level,
        renewed_on=term.renewed_on.isoformat(),
        ends_on=term.ends_on.isoformat(),
        reason=reason,
    )
    journal.record(fact, actor_id=actor.account_id, at=at)
    return enrolment.pk


@transaction.atomic
def end_term(
    organization_id: int, enrolment_id: int, last_day: date, *, reason: str, actor: Viewer, at: datetime
) -> None:
    """Let a term end earlier. What was activated for it stays. Raises like `enrol`."""
    _require_service_centre(actor)
    rows = Enrolment.objects.select_for_update(no_key=True)
    enrolment = rows.filter(pk=enrolment_id, organization_id=organization_id).first()
    if enrolment is None:
        raise Http404
    _require(may_end(_term(enrolment), last_day=last_day))
    fact = EnrolmentEnded(
        organization_id,
        enrolment=enrolment.pk,
        before=enrolment.ends_on.isoformat(),
        after=last_day.isoformat(),
        reason=reason,
    )
    enrolment.ends_on = last_day
    enrolment.save(update_fields=["ends_on"])
    journal.record(fact, actor_id=actor.account_id, at=at)


@transaction.atomic
def add_competency(
    organization_id: int, location_id: int, name: str, *, earned_on: date, actor: Viewer, at: datetime
) -> int:
    """Note what a location has earned; answers its id. Raises `CannotAddCompetency`, Http404 like `enrol`."""
    _require_service_centre(actor)
    rows = Location.objects.select_for_update(no_key=True)
    location = rows.filter(pk=location_id, organization_id=organization_id).first()
    if location is None:
        raise Http404
    if earned_on > at.date():
        raise CannotAddCompetency(Reason("competency.not-yet"))
    if Competency.objects.filter(location=location, name__iexact=name).exists():
        raise CannotAddCompetency(Reason("competency.known"))
    competency = Competency.objects.create(location=location, name=name, earned_on=earned_on)
    fact = CompetencyEarned(organization_id, location=location_id, name=name)
    journal.record(fact, actor_id=actor.account_id, at=at)
    return competency.pk


@transaction.atomic
def take_competency(
    organization_id: int, competency_id: int, *, reason: str, actor: Viewer, at: datetime
) -> None:
    """Take a competency off its location. Kits that were activated stay. Raises Http404 like `enrol`."""
    _require_service_centre(actor)
    competency = (
        Competency.objects.select_for_update()
        .filter(pk=competency_id, location__organization_id=organization_id)
        .first()
    )
    if competency is None:
        raise Http404
    fact = CompetencyTaken(
        organization_id, location=competency.location_id, name=competency.name, reason=reason
    )
    competency.delete()
    journal.record(fact, actor_id=actor.account_id, at=at)


def _term(enrolment: Enrolment) -> Term:
    return Term(enrolment.level, enrolment.renewed_on, enrolment.ends_on)


def _require_service_centre(actor: Viewer) -> None:
    if not actor.at_service_centre:
        raise Http404


def _require(decision: Decision) -> None:
    if not decision.allowed:
        raise CannotEnrol(*decision)
