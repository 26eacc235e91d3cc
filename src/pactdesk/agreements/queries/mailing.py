"""To whom the benefits of agreements are addressed, and what is mailed to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pactdesk.accounts.models import Account, Location, Organization
from pactdesk.agreements import sealing
from pactdesk.agreements.access import programme_of
from pactdesk.agreements.facts import PairReplaced
from pactdesk.agreements.models import Activation, Agreement, Registration
from pactdesk.agreements.rules import Pair
from pactdesk.agreements.rules.mailing import Addressed, Recipient, may_have
from pactdesk.catalog import queries as catalog
from pactdesk.journal import queries as journal
from pactdesk.kernel.worded import Worded


@dataclass(frozen=True, slots=True)
class Mailed:
    """What a letter with a pair says of its agreement. `place` is the organization's name, or the location's."""

    programme: Worded
    place: str
    ends_at: datetime
    time_zone: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """To whom the benefits of an organization are addressed: those of the whole, and those of a kit by its location.

    `places` are its locations by id.
    """

    organization: Organization
    headquarters: Addressed
    by_location: Mapping[int, Addressed]
    places: Mapping[int, Location]

    def of(self, location_id: int | None) -> Addressed:
        """That of a location, or (None) of the headquarters."""
        return self.headquarters if location_id is None else self.by_location[location_id]


def addresses_of(organization_id: int) -> Addresses:
    """To whom the benefits of an organization are addressed. Three queries."""
    return addresses_of_all([organization_id])[organization_id]


def mailed_to(organization_id: int, location_id: int | None = None) -> str:
    """The e-mail address to which a new pair would go now, "" where it would wait for a contact. Four queries."""
    contact = addresses_of(organization_id).of(location_id).contact
    return Account.objects.values_list("email", flat=True).get(pk=contact) if contact is not None else ""


def addresses_of_all(organization_ids: Iterable[int]) -> dict[int, Addresses]:
    """The same for several organizations, by their ids. Three queries."""
    organizations = {each.pk: each for each in Organization.objects.filter(pk__in=set(organization_ids))}
    places: dict[int, dict[int, Location]] = {pk: {} for pk in organizations}
    for place in Location.objects.filter(organization__in=organizations):
        places[place.organization_id][place.pk] = place
    named = {organization.primary_contact_id for organization in organizations.values()}
    named |= {place.primary_contact_id for of_one in places.values() for place in of_one.values()}
    writable = set(
        Account.objects.filter(pk__in={each for each in named if each is not None}, is_active=True)
        .exclude(email="")
        .values_list("pk", "organization_id")
    )

    def to(organization_id: int, country: str, contact: int | None) -> Addressed:
        is_writable = (contact, organization_id) in writable
        return Addressed(organization_id, country, contact if is_writable else None)

    def of_one(organization: Organization) -> Addresses:
        its_places = places[organization.pk]
        headquarters = next((place for place in its_places.values() if place.is_headquarters), None)
        contact = organization.primary_contact_id or (
            headquarters.primary_contact_id if headquarters else None
        )
        return Addresses(
            organization=organization,
            headquarters=to(organization.pk, headquarters.country if headquarters else "", contact),
            by_location={
                place.pk: to(organization.pk, place.country, place.primary_contact_id)
                for place in its_places.values()
            },
            places=its_places,
        )

    return {pk: of_one(organization) for pk, organization in organizations.items()}


def addressed(agreement: Agreement) -> Addressed:
    """To whom its benefits are addressed: the location of a kit, otherwise the headquarters; its owner where it is no
    organization's. Up to four queries."""
    if agreement.organization_id is None:
        return addressed_to(None, agreement.owner_id)
    location_id = Activation.objects.filter(agreement=agreement).values_list("location_id", flat=True).first()
    return addresses_of(agreement.organization_id).of(location_id)


def addressed_to_headquarters(organization_id: int) -> Addressed:
    """To whom the benefits of an organization as a whole are addressed (BEN-1). Three queries."""
    return addresses_of(organization_id).headquarters


def addressed_to(organization_id: int | None, owner_id: int | None) -> Addressed:
    """To whom the benefits of an organization are addressed, or where it is None, those of a person. Up to three
    queries."""
    if organization_id is not None:
        return addressed_to_headquarters(organization_id)
    if owner_id is None:
        return Addressed(None, "", None)
    owner = Account.objects.filter(pk=owner_id, is_active=True).exclude(email="")
    return Addressed(None, "", owner_id if owner.exists() else None)


def any_contact_in(country: str) -> bool:
    """Whether the region of `country` lets the service centre mail a pair to any contact of the partner there."""
    region = catalog.current().region_of(country)
    return region is not None and region.may_mail_ids_to_any_contact


def recipient(account_id: int) -> Recipient | None:
    """An account as somebody who might be mailed a pair; None where it was switched off. One query."""
    account = Account.objects.filter(pk=account_id, is_active=True).select_related("location").first()
    return as_recipient(account) if account is not None else None


def as_recipient(account: Account) -> Recipient:
    """The same of an account that is at hand with its `location`. No query."""
    place = place_of(account)
    return Recipient(
        account.pk, account.organization_id, place.country if place else "", place.pk if place else None
    )


def place_of(account: Account) -> Location | None:
    """The location at which the service centre knows this account; not one of another organization."""
    place = account.location
    return place if place is not None and place.organization_id == account.organization_id else None


def mailed(agreement_id: int) -> Mailed:
    """What the letter says of an agreement. Three queries."""
    agreement = Agreement.objects.select_related("organization", "activation__location").get(pk=agreement_id)
    activation = getattr(agreement, "activation", None)
    organization = agreement.organization.name if agreement.organization else ""
    place = activation.location.name if activation and activation.location else organization
    return Mailed(programme_of(agreement.programme_id).name, place, agreement.ends_at, agreement.time_zone)


def was_withdrawn(agreement_id: int, account_id: int) -> bool:
    """Whether this account was cut off from the agreement (AGR-11). One query."""
    return Registration.objects.filter(
        agreement_id=agreement_id, account_id=account_id, revoked_at__isnull=False
    ).exists()


def pair_of(agreement_id: int) -> Pair:
    """The pair of an agreement, in clear: for the moment in which a letter leaves the house, and for nothing else."""
    agreement = Agreement.objects.get(pk=agreement_id)
    assert agreement.contract_id_sealed is not None
    return Pair(agreement.access_id, sealing.unseal(bytes(agreement.contract_id_sealed)))


def pair_told_by(fact_id: int | None, agreement_id: int, account_id: int | None) -> Pair | None:
    """The pair that a letter to this account tells at this moment; None where it must not any more.

    Its reader has to be somebody who may have it now (`rules.mailing.may_have`), whoever might when the letter was
    written, and it has to be the pair of which the fact `fact_id` told that it is mailed: who had the one before is not
    told the one that took its place. Ten queries at most.
    """
    agreement = Agreement.objects.filter(
        pk=agreement_id, pair_digest__isnull=False, suspended_at=None
    ).first()
    if agreement is None or account_id is None or fact_id is None:
        return None
    # It is read before anything is asked: one that is replaced in between is not recognised, and told by nobody.
    pair = pair_of(agreement_id)
    person, about = recipient(account_id), addressed(agreement)
    if person is None or journal.is_followed_by(fact_id, agreement_id, code=PairReplaced.code):
        return None
    decision = may_have(
        person,
        about,
        any_contact=any_contact_in(about.country),
        was_withdrawn=was_withdrawn(agreement_id, account_id),
    )
    return pair if decision.allowed else None
