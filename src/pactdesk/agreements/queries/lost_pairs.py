"""Where the benefits of somebody's organization are addressed, and which of its pairs that person may have mailed, for
whoever cannot find one (BEN-4). A pair that somebody may not have is not told to be there either."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Exists, OuterRef

from pactdesk.accounts.models import Location
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.access import programme_of
from pactdesk.agreements.facts import PairMailed
from pactdesk.agreements.models import Agreement, Registration
from pactdesk.agreements.queries.mailing import Addresses, addresses_of, any_contact_in, recipient
from pactdesk.agreements.rules.mailing import Addressed, Recipient, may_be_mailed, may_have
from pactdesk.journal import queries as journal
from pactdesk.journal.queries import RecordedFact
from pactdesk.kernel.decisions import Decision
from pactdesk.kernel.worded import Worded

PAGE: Final = 20


@dataclass(frozen=True, slots=True)
class PlaceOfBenefits:
    """A place to which benefits are addressed. `country` is that of the headquarters or the location, "" where none is
    noted; `contact` is the account of its primary programme contact; `any_contact` is the policy of its region, and
    `decision` whether the viewer may be mailed what is addressed there."""

    name: str
    city: str
    country: str
    is_headquarters: bool
    contact: int | None
    any_contact: bool
    decision: Decision


@dataclass(frozen=True, slots=True)
class LostPair:
    """An agreement whose pair the viewer may have mailed. `place` is the location of a kit, "" for the headquarters;
    `mailed_at` and `mailed_to` (an account) are when and to whom it was to be mailed last, `mailed_by` is the fact that
    owes the letter; each is None where it never was."""

    agreement_id: int
    programme: Worded
    place: str
    ends_at: datetime
    time_zone: str
    mailed_at: datetime | None
    mailed_to: int | None
    mailed_by: int | None


@dataclass(frozen=True, slots=True)
class LostPairs:
    """What is known of the viewer's organization: `places` are the headquarters, and the viewer's own location where
    that is another one. `pairs` are those that the viewer may have, a page of them: number `page` of `pages`."""

    organization: str
    partner_number: str
    places: tuple[PlaceOfBenefits, ...]
    pairs: tuple[LostPair, ...]
    page: int
    pages: int

    @property
    def contact(self) -> int | None:
        """Whom to ask first: the contact of the headquarters (BEN-4)."""
        return self.places[0].contact


def lost_pairs(viewer: Viewer, *, page: int = 1, at: datetime) -> LostPairs | None:
    """What somebody who cannot find a pair is told, with the pairs of this page, the last one where there are fewer;
    None for whoever is in no organization. Six queries."""
    if viewer.organization_id is None:
        return None
    person, addresses = recipient(viewer.account_id), addresses_of(viewer.organization_id)
    if person is None:
        return None
    headquarters = next((each for each in addresses.places.values() if each.is_headquarters), None)
    known = [_place(headquarters, addresses.headquarters, person)]
    mine = addresses.places.get(person.location_id or 0)
    if mine is not None and not mine.is_headquarters:
        known.append(_place(mine, addresses.of(mine.pk), person))
    found = [
        (agreement, location_id)
        for agreement, location_id in running(viewer.organization_id, viewer.account_id, at=at)
        if may_have(
            person,
            addresses.of(location_id),
            any_contact=any_contact_in(addresses.of(location_id).country),
            was_withdrawn=agreement.was_withdrawn,  # type: ignore[attr-defined]  # `running` annotates it
        ).allowed
    ]
    pages = max(-(-len(found) // PAGE), 1)
    page = min(max(page, 1), pages)
    shown = found[(page - 1) * PAGE : page * PAGE]
    last = journal.latest_facts("agreement", [each.pk for each, _place in shown], code=PairMailed.code)
    return LostPairs(
        organization=addresses.organization.name,
        partner_number=addresses.organization.partner_number,
        places=tuple(known),
        pairs=tuple(_pair(each, place, addresses, last) for each, place in shown),
        page=page,
        pages=pages,
    )


def running(
    organization_id: int, account_id: int, *, agreement_id: int | None = None, at: datetime
) -> list[tuple[Agreement, int | None]]:
    """The agreements of an organization that have a pair and benefits at `at` or later, each with the location of its
    kit, None for the headquarters; `was_withdrawn` says whether this account was cut off from it. Only the one that is
    named, if one is. One query."""
    withdrawn = Registration.objects.filter(
        agreement=OuterRef("pk"), account_id=account_id, revoked_at__isnull=False
    )
    found = (
        Agreement.objects.filter(
            organization_id=organization_id, pair_digest__isnull=False, suspended_at=None, ends_at__gt=at
        )
        .select_related("activation")
        .annotate(was_withdrawn=Exists(withdrawn))
        .order_by("ends_at", "pk")
    )
    if agreement_id is not None:
        found = found.filter(pk=agreement_id)
    return [(each, each.activation.location_id if hasattr(each, "activation") else None) for each in found]


def _place(place: Location | None, about: Addressed, person: Recipient) -> PlaceOfBenefits:
    any_contact = any_contact_in(about.country)
    return PlaceOfBenefits(
        name=place.name if place else "",
        city=place.city if place else "",
        country=about.country,
        is_headquarters=place is None or place.is_headquarters,
        contact=about.contact,
        any_contact=any_contact,
        decision=may_be_mailed(person, about, any_contact=any_contact),
    )


def _pair(
    agreement: Agreement,
    location_id: int | None,
    addresses: Addresses,
    last: Mapping[int, RecordedFact],
) -> LostPair:
    mailing = last.get(agreement.pk)
    return LostPair(
        agreement_id=agreement.pk,
        programme=programme_of(agreement.programme_id).name,
        place=addresses.places[location_id].name if location_id is not None else "",
        ends_at=agreement.ends_at,
        time_zone=agreement.time_zone,
        mailed_at=mailing.at if mailing else None,
        mailed_to=mailing.payload["account"] if mailing else None,
        mailed_by=mailing.id if mailing else None,
    )
