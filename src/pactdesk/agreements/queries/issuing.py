"""Agreements that the service centre wants issued: what waits for a second person, and what was decided.

Http404 for everybody who is not at the service centre.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db.models import QuerySet

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.access import programme_of, require_service_centre
from pactdesk.agreements.models import Issuance
from pactdesk.kernel.worded import Worded

PAGE: Final = 50
_MOST_WAITING: Final = 500


@dataclass(frozen=True, slots=True)
class AskedIssuance:
    """An agreement to be issued: waiting (`outcome` "") or decided. `holder` is the organization's name, or the owner's
    address; `units` are whole incidents or hours. One that `activates` is what a term brings, as a kit for the location
    named `place` ("" for the headquarters). Names are those of people of the service centre."""

    id: int
    programme: Worded
    unit: str
    units: int
    holder: str
    activates: bool
    place: str
    owner: str
    organization_id: int | None
    seat_limit: int | None
    starts_on: date
    time_zone: str
    reason: str
    asked_by: int
    asker: str
    asked_at: datetime
    outcome: str
    decider: str
    decided_at: datetime | None
    words: str
    agreement_id: int | None


def waiting(viewer: Viewer) -> tuple[AskedIssuance, ...]:
    """What waits for a second person, what waits longest first. One query."""
    found = _issuances(viewer).filter(outcome="").order_by("asked_at", "pk")
    return tuple(map(_asked, found[:_MOST_WAITING]))


def decided(viewer: Viewer) -> tuple[AskedIssuance, ...]:
    """What two people decided lately, newest first. One query."""
    found = _issuances(viewer).filter(needs_second=True).exclude(outcome="")
    return tuple(map(_asked, found.order_by("-decided_at", "-pk")[:PAGE]))


def asked(viewer: Viewer, issuance_id: int) -> AskedIssuance | None:
    """One of them; None: there is none. One query."""
    found = _issuances(viewer).filter(pk=issuance_id).first()
    return _asked(found) if found else None


def _issuances(viewer: Viewer) -> QuerySet[Issuance]:
    require_service_centre(viewer)
    return Issuance.objects.select_related("organization", "location", "owner", "asked_by", "decided_by")


def _asked(issuance: Issuance) -> AskedIssuance:
    programme = programme_of(issuance.programme_id)
    owner = issuance.owner.email if issuance.owner else ""
    return AskedIssuance(
        id=issuance.pk,
        programme=programme.name,
        unit=programme.unit,
        units=issuance.units,
        holder=issuance.organization.name if issuance.organization else owner,
        activates=issuance.activates,
        place=issuance.location.name if issuance.location else "",
        owner=owner,
        organization_id=issuance.organization_id,
        seat_limit=issuance.seat_limit,
        starts_on=issuance.starts_on,
        time_zone=issuance.time_zone,
        reason=issuance.reason,
        asked_by=issuance.asked_by_id,
        asker=issuance.asked_by.get_full_name(),
        asked_at=issuance.asked_at,
        outcome=issuance.outcome,
        decider=issuance.decided_by.get_full_name() if issuance.decided_by else "",
        decided_at=issuance.decided_at,
        words=issuance.words,
        agreement_id=issuance.agreement_id,
    )
