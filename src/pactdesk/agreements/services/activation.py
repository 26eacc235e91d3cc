"""Activating what organizations are due as members of the partner network (BEN-2, BEN-3).

Each renewal activates each programme once: the database has it so (`activation_once`). An agreement, its units, the
note that it was activated and the letter that is owed come in one transaction. What was activated for an organization,
or for one of its locations, is not activated again for another term before most of its length is over
(`rules.renewal.not_again_within`): ending a term and entering it anew brings nothing. Lock order: the person, the
organization, its term.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max
from django.http import Http404

from pactdesk.accounts.models import Competency, Enrolment, Location, Organization
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements import facts
from pactdesk.agreements.models import Activation
from pactdesk.agreements.queries.activation import may_have_activated
from pactdesk.agreements.queries.mailing import addressed_to_headquarters
from pactdesk.agreements.rules.issuing import WantedActivation
from pactdesk.agreements.rules.renewal import not_again_within
from pactdesk.agreements.services import issue_agreement
from pactdesk.agreements.services.mailing import mail_activated
from pactdesk.agreements.services.renewal import carry_over
from pactdesk.catalog import queries as catalog
from pactdesk.catalog.rules import Programme
from pactdesk.journal import services as journal
from pactdesk.kernel.decisions import Reason, Refused

# A day begins in the easternmost zones this long before it does in UTC.
_EARLIEST: Final = timedelta(hours=14)


class CannotActivate(Refused):
    """Nothing was activated."""


@dataclass(frozen=True, slots=True)
class Activated:
    """What was activated, or in a dry run would be. `is_late`: longer after the renewal than the programme says.
    `is_mailed`: the pair goes to the primary programme contact; otherwise nobody can be written to."""

    organization: str
    programme_code: str
    renewed_on: date
    agreement_id: int | None
    is_late: bool
    is_mailed: bool


@dataclass(frozen=True, slots=True)
class Due:
    """What can be activated: a programme for a term, for a location or (None) the headquarters."""

    enrolment: Enrolment
    programme: Programme
    location: Location | None = None


def activate_due(*, at: datetime, dry_run: bool = False) -> tuple[Activated, ...]:
    """Activate for each headquarters what its renewal brings (BEN-2); answers what that was.

    Safe to repeat, to run twice at once, and to be stopped at any point: what is activated is so as a whole. With
    `dry_run` nothing is.
    """
    found = []
    for enrolment, programme in _due(at):
        if dry_run:
            contact = addressed_to_headquarters(enrolment.organization_id).contact
            found.append(_told(enrolment, programme, None, contact is not None, at))
            continue
        with transaction.atomic():
            # Whoever comes second waits here, and finds that it is done.
            _lock(enrolment.organization_id)
            Enrolment.objects.select_for_update().get(pk=enrolment.pk)
            if not (
                _is_activated(enrolment, programme, None)
                or _was_lately(enrolment.organization_id, programme, None, at)
            ):
                due = Due(enrolment, programme)
                agreement_id = _activate(due, programme.quantity, "", None, at)
                found.append(
                    _told(enrolment, programme, agreement_id, mail_activated(agreement_id, at=at), at)
                )
    return tuple(found)


@transaction.atomic
def activate_on_request(programme_code: str, *, actor: Viewer, at: datetime) -> int:
    """Activate a programme that is activated on request for the actor's organization, and answer the agreement's id.

    For its administrators and its primary programme contact. Raises `CannotActivate` with the reason.
    """
    if actor.organization_id is None:
        raise CannotActivate(Reason("activation.not-allowed"))
    decision = may_have_activated(actor, addressed_to_headquarters(actor.organization_id).contact)
    if not decision.allowed:
        raise CannotActivate(*decision)
    due = due_by(WantedActivation(programme_code, actor.organization_id), at=at)
    return activate(due, due.programme.quantity, actor_id=actor.account_id, at=at)


def due_by(wish: WantedActivation, *, at: datetime) -> Due:
    """What can be activated as it is wished, whoever wishes it. Nothing else is activated for the organization until
    the caller's transaction ends.

    Raises `CannotActivate` with the reason, and Http404 where there is no such programme or location.
    """
    programme = catalog.current().programmes.get(wish.programme_code)
    if programme is None:
        raise Http404
    location = None
    if wish.location_id is not None:
        location = Location.objects.filter(pk=wish.location_id, organization_id=wish.organization_id).first()
        if location is None:
            raise Http404
        if not Competency.objects.filter(location=location).exists():
            raise CannotActivate(Reason("activation.no-competency"))
    if programme.activation != wish.how or programme.retired:
        raise CannotActivate(Reason("activation.not-this-way"))
    _lock(wish.organization_id)
    enrolment = (
        Enrolment.objects.select_for_update()
        .filter(
            organization_id=wish.organization_id,
            level__in=programme.network_levels,
            renewed_on__lte=at.date(),
            ends_on__gte=at.date(),
        )
        .order_by("-renewed_on")
        .first()
    )
    if enrolment is None:
        raise CannotActivate(Reason("activation.not-enrolled"))
    if _is_activated(enrolment, programme, location):
        raise CannotActivate(Reason("activation.done-before"))
    if _was_lately(wish.organization_id, programme, location, at):
        days = not_again_within(programme.length_months).days
        raise CannotActivate(Reason("activation.done-lately", {"days": days}))
    return Due(enrolment, programme, location)


def activate(due: Due, units: int | None, *, actor_id: int | None, at: datetime, reason: str = "") -> int:
    """Activate what is due, with so many whole units, and mail its pair to whom it is addressed; the agreement's id.

    To be called in the transaction of `due_by`.
    """
    agreement_id = _activate(due, units, reason, actor_id, at)
    mail_activated(agreement_id, at=at)
    return agreement_id


def _due(at: datetime) -> Iterator[tuple[Enrolment, Programme]]:
    """What renewals bring and was not activated yet, the oldest renewal first."""
    automatic = [
        each
        for each in catalog.current().programmes.values()
        if each.activation == "automatic" and not each.retired
    ]
    done = set(
        Activation.objects.filter(
            location=None, enrolment__ends_on__gte=at.date() - timedelta(days=1)
        ).values_list("enrolment_id", "programme_id")
    )
    spans = [not_again_within(each.length_months) for each in automatic]
    latest = {
        (organization_id, programme_id): activated_at
        for organization_id, programme_id, activated_at in Activation.objects.filter(
            location=None, activated_at__gt=at - max(spans, default=timedelta())
        )
        .values_list("enrolment__organization_id", "programme_id")
        .annotate(Max("activated_at"))
    }
    enrolments = (
        Enrolment.objects.filter(
            renewed_on__lte=(at + _EARLIEST).date(), ends_on__gte=at.date() - timedelta(days=1)
        )
        .select_related("organization")
        .order_by("renewed_on", "pk")
    )
    for enrolment in enrolments:
        today = at.astimezone(ZoneInfo(_zone_of(enrolment.organization_id))).date()
        if enrolment.renewed_on <= today <= enrolment.ends_on:
            for programme in automatic:
                if enrolment.level not in programme.network_levels or (enrolment.pk, programme.id) in done:
                    continue
                before = latest.get((enrolment.organization_id, programme.id))
                if before is None or before <= at - not_again_within(programme.length_months):
                    yield enrolment, programme


def _is_activated(enrolment: Enrolment, programme: Programme, location: Location | None) -> bool:
    return Activation.objects.filter(
        enrolment=enrolment, programme_id=programme.id, location=location
    ).exists()


def _lock(organization_id: int) -> None:
    """Let nothing else be activated for the organization until the caller's transaction ends, for whichever term."""
    Organization.objects.select_for_update(no_key=True).get(pk=organization_id)


def _was_lately(organization_id: int, programme: Programme, location: Location | None, at: datetime) -> bool:
    """Whether it was activated, for any term, so lately that no other term activates it again."""
    return Activation.objects.filter(
        enrolment__organization_id=organization_id,
        programme_id=programme.id,
        location=location,
        activated_at__gt=at - not_again_within(programme.length_months),
    ).exists()


def _activate(due: Due, units: int | None, reason: str, actor_id: int | None, at: datetime) -> int:
    """Issue the agreement of an activation. Its benefits begin on the day of it, so that nobody loses the days before.

    What is left of the agreement of the term before is carried over as far as its programme says so.
    """
    enrolment, programme, location = due.enrolment, due.programme, due.location
    zone = _zone_of(enrolment.organization_id, location)
    former = (
        Activation.objects.filter(
            enrolment__organization_id=enrolment.organization_id, programme_id=programme.id, location=location
        )
        .order_by("-activated_at", "-pk")
        .values_list("agreement_id", flat=True)
        .first()
    )
    issued = issue_agreement(
        programme.code,
        starts_on=at.astimezone(ZoneInfo(zone)).date(),
        time_zone=zone,
        organization_id=enrolment.organization_id,
        owner_id=None,
        actor_id=actor_id,
        at=at,
        quantity=units,
    )
    Activation.objects.create(
        agreement_id=issued.agreement_id,
        enrolment=enrolment,
        programme_id=programme.id,
        location=location,
        activated_at=at,
    )
    fact = facts.Activated(
        issued.agreement_id,
        programme=programme.code,
        enrolment=enrolment.pk,
        location=location.pk if location else None,
        reason=reason,
    )
    journal.record(fact, actor_id=actor_id, at=at)
    if former is not None:
        carry_over(former, issued.agreement_id, at=at)
    return issued.agreement_id


def _zone_of(organization_id: int, location: Location | None = None) -> str:
    """The zone in which the days of the benefits are counted: that of the place's country."""
    country = location.country if location else addressed_to_headquarters(organization_id).country
    return catalog.current().calendar_for(country, "").data.tz


def _told(
    enrolment: Enrolment, programme: Programme, agreement_id: int | None, is_mailed: bool, at: datetime
) -> Activated:
    until = datetime(*enrolment.renewed_on.timetuple()[:3], tzinfo=UTC) + timedelta(
        days=programme.activated_within_days + 1
    )
    return Activated(
        organization=enrolment.organization.name,
        programme_code=programme.code,
        renewed_on=enrolment.renewed_on,
        agreement_id=agreement_id,
        is_late=at >= until,
        is_mailed=is_mailed,
    )
