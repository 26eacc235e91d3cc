"""Agreements as the service centre sees them, whoever owns them. Every question raises Http404 for everybody else, and
the Contract ID is in no answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, get_args

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from pactdesk.accounts import queries as accounts
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.access import any_agreement, programme_of, require_service_centre
from pactdesk.agreements.models import Agreement, Correction, Registration
from pactdesk.agreements.queries import (
    Balance,
    Ending,
    balance_from,
    granted_on,
    named,
)
from pactdesk.agreements.queries.statements import Statement, statement_of
from pactdesk.agreements.rules import PlanName
from pactdesk.agreements.rules.corrections import Kind
from pactdesk.journal import queries as journal
from pactdesk.kernel.places import Place

PAGE: Final = 50
MOST_EXPORTED: Final = 20_000
ENDS_SOON: Final = timedelta(days=60)
State = Literal["", "ends-soon", "used-up", "suspended", "frozen", "ended"]
STATES: Final[tuple[State, ...]] = get_args(State)
_ACTS: Final = (
    "agreement.issued",
    "agreement.activated",
    "agreement.pair-mailed",
    "agreement.seat-limit-changed",
    "agreement.owner-changed",
    "agreement.suspended",
    "agreement.resumed",
    "agreement.pair-replaced",
    "agreement.registration-revoked",
    "agreement.registration-restored",
)


@dataclass(frozen=True, slots=True)
class Sought:
    """What the list is narrowed to: an Access ID as it was issued, a part of an organization's name, or an address of
    an owner; and a state."""

    words: str = ""
    state: State = ""


@dataclass(frozen=True, slots=True)
class Line(Ending):
    """An agreement in the list. `holder` is the organization or the person whose it is, "" where nobody is known;
    `unit` and `units_left` are as the ledger counts."""

    id: int
    named: PlanName
    holder: str
    unit: str
    counted: bool
    units_left: int
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    suspended: bool
    frozen: bool


@dataclass(frozen=True, slots=True)
class Lines:
    """A page of the list, newest agreement first. `older` is where the next page begins, None on the last one."""

    lines: tuple[Line, ...]
    older: Place | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A correction, waiting (`outcome` "") or decided. Names are those of people of the service centre."""

    id: int
    agreement_id: int
    named: PlanName
    kind: Kind
    unit: str
    units: int | None
    ends_at: datetime | None
    time_zone: str
    reason: str
    asked_by: int
    asker: str
    asked_at: datetime
    outcome: str
    decider: str
    decided_at: datetime | None
    words: str

    @property
    def last_day(self) -> datetime | None:
        """An instant of the last day that is asked for, for showing that day in `time_zone`."""
        return self.ends_at - timedelta(microseconds=1) if self.ends_at else None


@dataclass(frozen=True, slots=True)
class Act:
    """Something else that was done with it: a fact with its code, who did it, and the reason given. `about` is the
    person whom it is about, "" where it is about nobody, and `about_id` the account."""

    fact_id: int
    code: str
    at: datetime
    who: str
    reason: str
    about: str
    about_id: int | None


@dataclass(frozen=True, slots=True)
class Seat:
    """An account that has registered it."""

    registration_id: int
    name: str
    email: str
    registered_at: datetime
    revoked: bool


@dataclass(frozen=True, slots=True)
class Page:
    """An agreement on its page at the service centre."""

    line: Line
    balance: Balance
    organization_id: int | None
    owner: str
    seat_limit: int | None
    seats: tuple[Seat, ...]
    corrections: tuple[Asked, ...]
    acts: tuple[Act, ...]
    is_part: bool
    bought: bool


def lines(viewer: Viewer, sought: Sought, *, at: datetime, older: Place | None = None) -> Lines:
    """A page of the agreements that are sought. One query."""
    found = _sought(viewer, sought, at)
    if older is not None:
        # In the order of the index; those of one instant follow their ids.
        found = found.filter(created_at__lte=older.at).exclude(created_at=older.at, pk__gte=older.id)
    page = list(found[: PAGE + 1])
    more = len(page) > PAGE
    page = page[:PAGE]
    place = Place(page[-1].created_at, page[-1].pk) if more else None
    return Lines(tuple(map(_line, page)), place)


def agreements_of(viewer: Viewer, organization_id: int) -> tuple[Line, ...]:
    """The newest agreements of an organization, a page of them. One query."""
    require_service_centre(viewer)
    found = Agreement.objects.select_related("organization", "owner", "holder")
    mine = found.filter(organization_id=organization_id).order_by("-created_at", "-pk")
    return tuple(map(_line, mine[:PAGE]))


def whole_list(viewer: Viewer, sought: Sought, *, at: datetime) -> Iterator[Line]:
    """The same for an export, up to `MOST_EXPORTED`. One query."""
    return map(_line, _sought(viewer, sought, at)[:MOST_EXPORTED].iterator(chunk_size=500))


def page(viewer: Viewer, agreement_id: int, *, at: datetime) -> Page:
    """One agreement. Six queries at most."""
    agreement = any_agreement(viewer, agreement_id)
    seats = Registration.objects.filter(agreement=agreement).select_related("account")
    return Page(
        line=_line(agreement),
        balance=balance_from(agreement, granted=granted_on(agreement), at=at),
        organization_id=agreement.organization_id,
        owner=agreement.owner.email if agreement.owner else "",
        seat_limit=agreement.seat_limit,
        seats=tuple(
            Seat(
                seat.pk,
                seat.account.get_full_name(),
                seat.account.email,
                seat.registered_at,
                revoked=seat.revoked_at is not None,
            )
            for seat in seats.order_by("registered_at", "pk")[:500]
        ),
        corrections=tuple(map(_asked, _corrections().filter(agreement=agreement)[:PAGE])),
        acts=_acts(agreement.pk),
        is_part=agreement.parent_id is not None,
        bought=agreement.holder_id is not None,
    )


def statement(viewer: Viewer, agreement_id: int, *, older_than: int | None = None) -> Statement:
    """Its ledger as its holders see it, a page at a time. Three queries at most."""
    return statement_of(any_agreement(viewer, agreement_id), older_than=older_than)


def waiting(viewer: Viewer) -> tuple[Asked, ...]:
    """What waits for a second person, what waits longest first. One query."""
    require_service_centre(viewer)
    return tuple(map(_asked, _corrections().filter(outcome="").order_by("asked_at", "pk")[:500]))


def decided(viewer: Viewer) -> tuple[Asked, ...]:
    """What two people decided lately, newest first. One query."""
    require_service_centre(viewer)
    found = _corrections().filter(needs_second=True).exclude(outcome="")
    return tuple(map(_asked, found.order_by("-decided_at", "-pk")[:PAGE]))


def asked(viewer: Viewer, correction_id: int) -> Asked | None:
    """One correction; None: there is none. One query."""
    require_service_centre(viewer)
    found = _corrections().filter(pk=correction_id).first()
    return _asked(found) if found else None


def _sought(viewer: Viewer, sought: Sought, at: datetime) -> QuerySet[Agreement]:
    require_service_centre(viewer)
    found = Agreement.objects.select_related("organization", "owner", "holder").order_by("-created_at", "-pk")
    if sought.words:
        found = found.filter(_named_so(sought.words))
    return found.filter(_in_state(sought.state, at))


def _named_so(words: str) -> Q:
    """What is found by `words`. Where there are several ways each has an index of its own, and all in one condition
    would have none."""
    by_name = Q(organization__name__icontains=words)
    others: list[QuerySet[Agreement, Any]] = []
    if "@" in words:
        people = Agreement.objects.alias(owned=Lower("owner__email"), held=Lower("holder__email"))
        others += [people.filter(owned=words.lower()), people.filter(held=words.lower())]
    digits = "".join(words.split())
    if digits.isascii() and digits.isdigit():
        others.append(Agreement.objects.filter(access_id=digits))
        others.append(Agreement.objects.filter(organization__partner_number=digits))
    if not others:
        return by_name
    named = Agreement.objects.filter(by_name).values("pk")
    return Q(pk__in=named.union(*(way.values("pk") for way in others)))


def _in_state(state: State, at: datetime) -> Q:
    if state == "ends-soon":
        return Q(ends_at__gt=at, ends_at__lte=at + ENDS_SOON)
    if state == "used-up":
        return Q(units_left=0, ends_at__gt=at, programme__quantity__isnull=False)
    if state == "ended":
        return Q(ends_at__lte=at)
    if state == "suspended":
        return Q(suspended_at__isnull=False)
    return Q(frozen_at__isnull=False) if state == "frozen" else Q()


def _line(agreement: Agreement) -> Line:
    programme = programme_of(agreement.programme_id)
    return Line(
        id=agreement.pk,
        named=named(agreement),
        holder=_holder(agreement),
        unit=programme.unit,
        counted=programme.quantity is not None,
        units_left=agreement.units_left,
        starts_at=agreement.starts_at,
        ends_at=agreement.ends_at,
        time_zone=agreement.time_zone,
        suspended=agreement.suspended_at is not None,
        frozen=agreement.frozen_at is not None,
    )


def _holder(agreement: Agreement) -> str:
    if agreement.organization:
        return agreement.organization.name
    person = agreement.holder or agreement.owner
    return person.email if person else ""


def _corrections() -> QuerySet[Correction]:
    people = ("asked_by", "decided_by")
    return Correction.objects.select_related("agreement__organization", *people).order_by("-asked_at", "-pk")


def _asked(correction: Correction) -> Asked:
    agreement = correction.agreement
    return Asked(
        id=correction.pk,
        agreement_id=agreement.pk,
        named=named(agreement),
        kind=correction.kind,  # type: ignore[arg-type]  # as stored
        unit=programme_of(agreement.programme_id).unit,
        units=correction.units,
        ends_at=correction.ends_at,
        time_zone=agreement.time_zone,
        reason=correction.reason,
        asked_by=correction.asked_by_id,
        asker=correction.asked_by.get_full_name(),
        asked_at=correction.asked_at,
        outcome=correction.outcome,
        decider=correction.decided_by.get_full_name() if correction.decided_by else "",
        decided_at=correction.decided_at,
        words=correction.words,
    )


def _acts(agreement_id: int) -> tuple[Act, ...]:
    facts = journal.facts_about("agreement", agreement_id, codes=_ACTS)[-PAGE:]
    people = [(fact.actor_id, fact.payload.get("account")) for fact in facts]
    names = accounts.names_of(each for pair in people for each in pair if each is not None)
    return tuple(
        Act(
            fact.id,
            fact.code,
            fact.at,
            names.get(fact.actor_id or 0, ""),
            str(fact.payload.get("reason", "")),
            names.get(fact.payload.get("account") or 0, ""),
            fact.payload.get("account"),
        )
        for fact in reversed(facts)
    )
