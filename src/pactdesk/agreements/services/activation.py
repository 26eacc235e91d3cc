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

from pactdesk.accounts.models import Competency, Enrolment, Location, Organization
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements import facts
from pactdesk.agreements.models import Activation
from pactdesk.agreements.queries.activation import may_have_activated
from pactdesk.agreements.queries.mailing import addressed_to_headquarters
from pactdesk.agreements.rules.renewal import not_again_within
from pactdesk.agreements.services import issue_agreement
from pactdesk.agreements.services.alone import (
    count_as_alone,
    is_too_much_alone,
    most_units_alone,
    wait_for_the_person,
)
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
                agreement_id = _activate(enrolment, programme, None, None, at)
                found.append(
                    _told(enrolment, programme, agreement_id, mail_activated(agreement_id, at=at), at)
                )
    return tuple(found)


@transaction.atomic
def activate_on_request(programme_code: str, *, actor: Viewer, at: datetime) -> int:
    """Activate a programme that is activated on request for the actor's organization, and answer the agreement's id.

    For its administrators and its primary programme contact. Raises `CannotActivate` with the reason.
    """
    programme = catalog.current().programme(programme_code)
    if actor.organization_id is None:
        raise CannotActivate(Reason("activation.not-allowed"))
    decision = may_have_activated(actor, addressed_to_headquarters(actor.organization_id).contact)
    if not decision.allowed:
        raise CannotActivate(*decision)
    return _activate_once(actor.organization_id, programme, "on-request", None, actor, at)


@transaction.atomic
def activate_kit(location_id: int, programme_code: str, *, actor: Viewer, at: datetime) -> int:
    """Activate a benefit kit for a location with a competency (BEN-3), and answer the agreement's id.

    For the service centre, which is asked in a programme-support request. What it brings counts with what the actor
    moves alone within a day. Raises `CannotActivate` with the reason, `Location.DoesNotExist`.
    """
    if not actor.at_service_centre:
        raise CannotActivate(Reason("activation.not-allowed"))
    wait_for_the_person(actor.account_id)
    location = Location.objects.get(pk=location_id)
    if location.organization_id == actor.organization_id:
        raise CannotActivate(Reason("agreement.for-oneself"))
    if not Competency.objects.filter(location=location).exists():
        raise CannotActivate(Reason("activation.no-competency"))
    programme = catalog.current().programme(programme_code)
    units = programme.quantity or 0
    is_much = is_too_much_alone(actor.account_id, units, at=at)
    agreement_id = _activate_once(location.organization_id, programme, "kit", location, actor, at)
    if is_much:
        raise CannotActivate(Reason("activation.too-much-alone", {"most": most_units_alone()}))
    count_as_alone(actor.account_id, units, at=at)
    return agreement_id


def _activate_once(
    organization_id: int,
    programme: Programme,
    how: str,
    location: Location | None,
    actor: Viewer,
    at: datetime,
) -> int:
    if programme.activation != how or programme.retired:
        raise CannotActivate(Reason("activation.not-this-way"))
    _lock(organization_id)
    enrolment = (
        Enrolment.objects.select_for_update()
        .filter(
            organization_id=organization_id,
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
    if _was_lately(organization_id, programme, location, at):
        days = not_again_within(programme.length_months).days
        raise CannotActivate(Reason("activation.done-lately", {"days": days}))
    agreement_id = _activate(enrolment, programme, location, actor.account_id, at)
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


def _activate(
    enrolment: Enrolment, programme: Programme, location: Location | None, actor_id: int | None, at: datetime
) -> int:
    """Issue the agreement of an activation. Its benefits begin on the day of it, so that nobody loses the days before.

    What is left of the agreement of the term before is carried over as far as its programme says so.
    """
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
