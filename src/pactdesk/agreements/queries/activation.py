"""What an organization can have activated: programmes on request, and kits for its locations (BEN-2, BEN-3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Prefetch

from pactdesk.accounts.models import Competency, Enrolment, Location
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.access import programme_of, require_service_centre
from pactdesk.agreements.models import Activation, Issuance
from pactdesk.agreements.queries.mailing import addresses_of
from pactdesk.catalog import queries as catalog
from pactdesk.catalog.rules import Programme
from pactdesk.kernel.decisions import Decision, Reason

# Which programme was activated for which term, by their ids, and for which location; None is the headquarters.
Done = tuple[int, int, int | None]


@dataclass(frozen=True, slots=True)
class Brought:
    """A programme that a term brings, by itself or on request. `is_activated`: it was for this term."""

    programme: Programme
    renewed_on: date
    is_activated: bool


@dataclass(frozen=True, slots=True)
class KitPlace:
    """A location with a competency, and the kits that it may have; `activated` are the codes of those that it has."""

    location_id: int
    name: str
    city: str
    country: str
    competencies: tuple[str, ...]
    kits: tuple[Programme, ...]
    activated: frozenset[str]


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A term in the partner network that runs now. `ends_on` is its last day."""

    level: str
    ends_on: date


@dataclass(frozen=True, slots=True)
class Activatable:
    """How the organization, which has this `partner_number` ("" where none is noted), stands in the partner network
    and what follows. `may_ask`: whether the viewer may have
    something activated. `contact` is the account to which the pair would be mailed, None where it would wait, and
    `contacts` those of the locations, by their ids, for kits."""

    partner_number: str
    enrolments: tuple[Enrolled, ...]
    automatic: tuple[Brought, ...]
    on_request: tuple[Brought, ...]
    kits: tuple[KitPlace, ...]
    may_ask: Decision
    contact: int | None
    contacts: Mapping[int, int | None]


@dataclass(frozen=True, slots=True)
class Bringing:
    """What the terms of an organization that run now bring: by themselves, on request, and as kits for locations.
    `waiting` are (programme's code, location's id or None) of what waits for a second person of the service centre."""

    automatic: tuple[Brought, ...]
    on_request: tuple[Brought, ...]
    kits: tuple[KitPlace, ...]
    waiting: frozenset[tuple[str, int | None]]


def brought_to(viewer: Viewer, organization_id: int, *, at: datetime) -> Bringing:
    """The same of any organization, for the service centre. Raises Http404. Five queries."""
    require_service_centre(viewer)
    terms = _terms(organization_id, at)
    done = _done(terms)
    return Bringing(
        automatic=_brought("automatic", terms, done),
        on_request=_brought("on-request", terms, done),
        kits=tuple(_kit_places(organization_id, terms, done)),
        waiting=frozenset(
            (programme_of(programme_id).code, location_id)
            for programme_id, location_id in Issuance.objects.filter(
                organization_id=organization_id, activates=True, outcome=""
            ).values_list("programme_id", "location_id")
        ),
    )


def enrolments_of(viewer: Viewer, *, at: datetime) -> tuple[Enrolled, ...]:
    """The terms of the viewer's organization that run at `at`, the one that ends last first. One query."""
    if viewer.organization_id is None:
        return ()
    return tuple(Enrolled(each.level, each.ends_on) for each in _terms(viewer.organization_id, at))


def activatable(viewer: Viewer, *, at: datetime) -> Activatable | None:
    """What the viewer's organization can have activated at `at`; None where there is no organization. Seven queries at
    most."""
    if viewer.organization_id is None:
        return None
    addresses = addresses_of(viewer.organization_id)
    contact = addresses.headquarters.contact
    terms = _terms(viewer.organization_id, at)
    done = _done(terms)
    return Activatable(
        partner_number=addresses.organization.partner_number,
        enrolments=tuple(Enrolled(each.level, each.ends_on) for each in terms),
        automatic=_brought("automatic", terms, done),
        on_request=_brought("on-request", terms, done),
        kits=tuple(_kit_places(viewer.organization_id, terms, done)),
        may_ask=may_have_activated(viewer, contact),
        contact=contact,
        contacts={pk: about.contact for pk, about in addresses.by_location.items()},
    )


def may_have_activated(viewer: Viewer, contact: int | None) -> Decision:
    """Whether somebody may have a programme activated on request: an administrator of the organization, or its primary
    programme contact (`contact` is that account)."""
    if viewer.administers or (contact is not None and contact == viewer.account_id):
        return Decision()
    return Decision((Reason("activation.not-allowed"),))


def _terms(organization_id: int, at: datetime) -> list[Enrolment]:
    return list(
        Enrolment.objects.filter(
            organization_id=organization_id, renewed_on__lte=at.date(), ends_on__gte=at.date()
        ).order_by("-ends_on", "-renewed_on", "pk")
    )


def _done(terms: list[Enrolment]) -> set[Done]:
    rows = Activation.objects.filter(enrolment__in=[term.pk for term in terms])
    return set(rows.values_list("enrolment_id", "programme_id", "location_id"))


def _brought(how: str, terms: list[Enrolment], done: set[Done]) -> tuple[Brought, ...]:
    return tuple(
        Brought(programme, term.renewed_on, (term.pk, programme.id, None) in done)
        for programme in _activated(how)
        if (term := _latest(terms, programme)) is not None
    )


def _activated(how: str) -> list[Programme]:
    return [
        each for each in catalog.current().programmes.values() if each.activation == how and not each.retired
    ]


def _latest(terms: list[Enrolment], programme: Programme) -> Enrolment | None:
    """The term for which a programme is activated: the latest renewal of those that bring it."""
    bringing = [term for term in terms if term.level in programme.network_levels]
    return max(bringing, key=lambda term: term.renewed_on, default=None)


def _kit_places(organization_id: int, terms: list[Enrolment], done: set[Done]) -> list[KitPlace]:
    kits = [(kit, term) for kit in _activated("kit") if (term := _latest(terms, kit)) is not None]
    if not kits:
        return []
    places = (
        Location.objects.filter(organization_id=organization_id, competencies__isnull=False)
        .distinct()
        .prefetch_related(Prefetch("competencies", queryset=Competency.objects.order_by("name")))
    )
    return [
        KitPlace(
            location_id=place.pk,
            name=place.name,
            city=place.city,
            country=place.country,
            competencies=tuple(each.name for each in place.competencies.all()),
            kits=tuple(kit for kit, _term in kits),
            activated=frozenset(kit.code for kit, term in kits if (term.pk, kit.id, place.pk) in done),
        )
        for place in places
    ]
