"""Organizations for the service centre: found, listed, and one with its places, contacts, domains and roles.

Http404 for everybody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Value
from django.db.models.functions import Lower
from django.http import Http404

from pactdesk.accounts.models import (
    Account,
    Competency,
    Enrolment,
    Location,
    Organization,
    OrganizationDomain,
    OrganizationRole,
)
from pactdesk.accounts.viewer import Viewer

PAGE: Final = 50
MOST_EXPORTED: Final = 5_000
_MOST_PEOPLE: Final = 200
_MOST_TERMS: Final = 50


@dataclass(frozen=True, slots=True)
class OrganizationLine:
    """An organization in a list. `contact` is the address of its primary programme contact, "" where there is none."""

    organization_id: int
    name: str
    kind: str
    partner_number: str
    contact: str


@dataclass(frozen=True, slots=True)
class OrganizationList:
    """A page of organizations by name. `after` is the id of its last one where there are more."""

    lines: tuple[OrganizationLine, ...]
    after: int | None


@dataclass(frozen=True, slots=True)
class CompetencyLine:
    """What a location has earned in the partner network, and when."""

    competency_id: int
    name: str
    earned_on: date


@dataclass(frozen=True, slots=True)
class LocationLine:
    """A place of an organization; `contact` is the address of its primary programme contact, or ""."""

    location_id: int
    name: str
    city: str
    country: str
    is_headquarters: bool
    contact: str
    competencies: tuple[CompetencyLine, ...] = ()


@dataclass(frozen=True, slots=True)
class EnrolmentLine:
    """A term in the partner network, through its last day."""

    enrolment_id: int
    level: str
    renewed_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Somebody of an organization; `roles` are the codes of what the account may do in its name."""

    account_id: int
    name: str
    email: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OrganizationPage:
    """One organization; `people` are those with roles first, `enrolments` the latest renewal."""

    line: OrganizationLine
    locations: tuple[LocationLine, ...]
    domains: tuple[str, ...]
    people: tuple[PersonLine, ...]
    enrolments: tuple[EnrolmentLine, ...]


def organization_list(viewer: Viewer, *, words: str, after: int | None) -> OrganizationList:
    """Organizations whose name has `words` in it, whose partner number they are, or whose domain. Two queries."""
    found = _sought(viewer, words)
    last = Organization.objects.filter(pk=after).values_list("name", "pk").first() if after else None
    if last is not None:
        # In the order of the index; those of one name follow their ids.
        found = found.filter(name__gte=last[0]).exclude(name=last[0], pk__lte=last[1])
    page = list(found[: PAGE + 1])
    lines = tuple(_line(each) for each in page[:PAGE])
    return OrganizationList(lines, lines[-1].organization_id if len(page) > PAGE else None)


def whole_organization_list(viewer: Viewer, *, words: str) -> tuple[OrganizationLine, ...]:
    """The same for an export, up to `MOST_EXPORTED`. One query."""
    return tuple(_line(each) for each in _sought(viewer, words)[:MOST_EXPORTED])


def organization_page(viewer: Viewer, organization_id: int) -> OrganizationPage:
    """One of them. Seven queries."""
    _only_the_centre(viewer)
    organization = Organization.objects.select_related("primary_contact").filter(pk=organization_id).first()
    if organization is None:
        raise Http404
    has_role = Exists(OrganizationRole.objects.filter(account=OuterRef("pk")))
    people = (
        Account.objects.filter(organization=organization, is_active=True)
        .annotate(has_role=has_role)
        .order_by("-has_role", "last_name", "first_name", "pk")
        .prefetch_related("organization_roles")
    )
    return OrganizationPage(
        line=_line(organization),
        locations=tuple(
            LocationLine(
                each.pk,
                each.name,
                each.city,
                each.country,
                each.is_headquarters,
                each.primary_contact.email if each.primary_contact else "",
                tuple(
                    CompetencyLine(earned.pk, earned.name, earned.earned_on)
                    for earned in each.competencies.all()
                ),
            )
            for each in Location.objects.filter(organization=organization)
            .select_related("primary_contact")
            .prefetch_related(Prefetch("competencies", queryset=Competency.objects.order_by("name")))
        ),
        domains=tuple(
            OrganizationDomain.objects.filter(organization=organization).values_list("name", flat=True)
        ),
        people=tuple(
            PersonLine(
                each.pk,
                each.get_full_name() or each.email,
                each.email,
                tuple(sorted(role.role for role in each.organization_roles.all())),
            )
            for each in people[:_MOST_PEOPLE]
        ),
        enrolments=tuple(
            EnrolmentLine(each.pk, each.level, each.renewed_on, each.ends_on)
            for each in Enrolment.objects.filter(organization=organization).order_by("-renewed_on", "pk")[
                :_MOST_TERMS
            ]
        ),
    )


def account_with(viewer: Viewer, email: str) -> int | None:
    """The account with this address that can be used; None: there is none. One query, by the index of addresses."""
    _only_the_centre(viewer)
    found = Account.objects.alias(address=Lower("email")).filter(address=Lower(Value(email)), is_active=True)
    return found.values_list("pk", flat=True).first()


def _sought(viewer: Viewer, words: str) -> QuerySet[Organization]:
    _only_the_centre(viewer)
    found = Organization.objects.select_related("primary_contact").order_by("name", "pk")
    if not words:
        return found
    domain = OrganizationDomain.objects.filter(organization=OuterRef("pk"), name=words.lower())
    return found.filter(Q(name__icontains=words) | Q(partner_number=words) | Exists(domain))


def _line(organization: Organization) -> OrganizationLine:
    contact = organization.primary_contact
    return OrganizationLine(
        organization.pk,
        organization.name,
        organization.kind,
        organization.partner_number,
        contact.email if contact else "",
    )


def _only_the_centre(viewer: Viewer) -> None:
    if not viewer.at_service_centre:
        raise Http404
