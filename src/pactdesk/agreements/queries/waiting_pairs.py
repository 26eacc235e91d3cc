"""The pairs of activated agreements that could not be mailed to whom the benefits are addressed: no primary programme
contact was noted, or the agreement was withdrawn from that person."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet

from pactdesk.accounts import queries as accounts
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.access import programme_of, require_service_centre
from pactdesk.agreements.models import MAILED_AT_FIRST, Activation, PairMailing, Registration
from pactdesk.agreements.queries.mailing import Addresses, addresses_of_all, any_contact_in
from pactdesk.kernel.places import Place
from pactdesk.kernel.worded import Worded

PAGE: Final = 50
MOST_EXPORTED: Final = 5_000


@dataclass(frozen=True, slots=True)
class Waiting:
    """An activated agreement whose pair was not mailed to its contact yet, whoever else was. `location` is that of a
    kit, "" for the headquarters; `contact` is the name of who could be mailed it by now, "" where there is still
    nobody, and `cut_off` that of a contact from whom it was withdrawn, which its owner gives back where it `has_owner`;
    `any_contact`: the policy of its region lets others have it."""

    activation_id: int
    agreement_id: int
    organization_id: int
    organization: str
    location_id: int | None
    location: str
    country: str
    programme: Worded
    activated_at: datetime
    contact: str
    cut_off: str
    has_owner: bool
    any_contact: bool


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """A page of them; `older_than` is where the next one begins, None on the last page."""

    lines: tuple[Waiting, ...]
    older_than: Place | None


def waiting() -> tuple[Waiting, ...]:
    """All of them, the one that has waited longest first, for the job that mails them. Six queries at most."""
    return _lines(_waiting().order_by("activated_at", "pk"))


def waiting_page(viewer: Viewer, *, older_than: Place | None) -> WaitingPage:
    """A page for the service centre, the newest first. Six queries at most. Raises Http404 for everybody else."""
    require_service_centre(viewer)
    found = _waiting()
    if older_than is not None:
        found = found.filter(activated_at__lte=older_than.at).exclude(
            activated_at=older_than.at, pk__gte=older_than.id
        )
    lines = _lines(found.order_by("-activated_at", "-pk")[: PAGE + 1])
    last = lines[PAGE - 1] if len(lines) > PAGE else None
    return WaitingPage(lines[:PAGE], Place(last.activated_at, last.activation_id) if last else None)


def whole_waiting_list(viewer: Viewer) -> tuple[Waiting, ...]:
    """The same for an export, up to `MOST_EXPORTED`. Six queries at most."""
    require_service_centre(viewer)
    return _lines(_waiting().order_by("-activated_at", "-pk")[:MOST_EXPORTED])


def _waiting() -> QuerySet[Activation]:
    told = PairMailing.objects.filter(agreement=OuterRef("agreement"), occasion__in=MAILED_AT_FIRST)
    return Activation.objects.filter(~Exists(told), agreement__suspended_at=None).select_related(
        "enrolment", "agreement"
    )


def _lines(found: QuerySet[Activation]) -> tuple[Waiting, ...]:
    rows = list(found)
    addresses = addresses_of_all(row.enrolment.organization_id for row in rows)
    names = accounts.names_of(
        contact
        for row in rows
        if (contact := addresses[row.enrolment.organization_id].of(row.location_id).contact) is not None
    )
    cut_off = set(
        Registration.objects.filter(
            agreement__in=[row.agreement_id for row in rows], revoked_at__isnull=False
        ).values_list("agreement_id", "account_id")
    )
    return tuple(_line(row, addresses[row.enrolment.organization_id], names, cut_off) for row in rows)


def _line(
    row: Activation, addresses: Addresses, names: Mapping[int, str], cut_off: Container[tuple[int, int]]
) -> Waiting:
    about = addresses.of(row.location_id)
    contact = names.get(about.contact, "") if about.contact is not None else ""
    is_cut_off = about.contact is not None and (row.agreement_id, about.contact) in cut_off
    return Waiting(
        activation_id=row.pk,
        agreement_id=row.agreement_id,
        organization_id=addresses.organization.pk,
        organization=addresses.organization.name,
        location_id=row.location_id,
        location=addresses.places[row.location_id].name if row.location_id is not None else "",
        country=about.country,
        programme=programme_of(row.programme_id).name,
        activated_at=row.activated_at,
        contact="" if is_cut_off else contact,
        cut_off=contact if is_cut_off else "",
        has_owner=row.agreement.owner_id is not None,
        any_contact=any_contact_in(about.country),
    )
