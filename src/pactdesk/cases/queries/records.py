"""Requests as programs read them: codes and values, for their contacts (REQ-1). Fixed numbers of queries everywhere."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.access import programme_of
from pactdesk.cases.access import case_for, contacts_of
from pactdesk.cases.models import Case, Contact, Message
from pactdesk.cases.queries.clocks import updates_of
from pactdesk.cases.rules.call_backs import CallBack
from pactdesk.catalog import queries as catalog
from pactdesk.catalog.rules import Category, Problem, Product, Programme, Version
from pactdesk.kernel.places import Place


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which requests are asked for; what is empty or None does not narrow them down.

    `state` is "open", "closed" or "any"; `product` is a code; `changed_since` is the first instant that counts.
    """

    state: str = "any"
    status: str = ""
    severity: str = ""
    product: str = ""
    changed_since: datetime | None = None
    customer_id: int | None = None


@dataclass(frozen=True, slots=True)
class RecordLine:
    """A request in a list. `role` is the viewer's; `customer` is for whom a partner made it, by id and name."""

    number: int
    summary: str
    status: str
    severity: str
    hours: str
    product: Product
    role: str
    opened_at: datetime
    changed_at: datetime
    first_response_due_at: datetime
    is_test: bool
    customer: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class RecordList:
    """A page of requests, what changed last first. `older_than` is what to ask for next, None on the last page."""

    lines: tuple[RecordLine, ...]
    older_than: Place | None


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """A contact of a request. Time zone and language are those of the primary contact and of the viewer; of others,
    whom somebody named by an address, they would tell that it has an account, and are ""."""

    id: int
    role: str
    name: str
    email: str
    phone: str
    time_zone: str
    language: str
    is_viewer: bool


@dataclass(frozen=True, slots=True)
class Record:
    """A request with all that its contacts may read of it, but for what was said. `subscription` is the number and name
    of the one that it concerns."""

    line: RecordLine
    description: str
    version: Version
    category: Category
    problem: Problem
    answers: Mapping[str, str]
    usage: str
    country: str
    time_zone: str
    night_name: str
    night_phone: str
    agreement_id: int | None
    access_id: str
    programme: Programme | None
    charged_units: int
    update_every: Mapping[str, int] | None
    first_response_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    outcome: str
    outcome_cause: str
    call_back: CallBack | None
    contacts: tuple[PersonRecord, ...]
    subscription: tuple[str, str] | None
    best_effort: bool
    delegation_id: int | None


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """Something that was said to everybody."""

    id: int
    side: str
    author: str
    text: str
    language: str
    via: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Conversation:
    """A page of messages, oldest first. `newer_than` is the id to ask for next, None where this is all for now."""

    messages: tuple[MessageRecord, ...]
    newer_than: int | None


def records(viewer: Viewer, wanted: Wanted, *, older_than: Place | None = None, most: int) -> RecordList:
    """The viewer's requests that are `wanted`, what changed last first, by keyset. One query, for any state two."""
    states = {"open": (True,), "closed": (False,)}.get(wanted.state, (True, False))
    # Each from an index that begins with person and state; put together they are in order, too.
    found = [
        list(_narrowed(contacts_of(viewer).filter(is_open=is_open), wanted, older_than)[: most + 1])
        for is_open in states
    ]
    rows = list(heapq.merge(*found, key=lambda row: (row["changed_at"], row["case_id"]), reverse=True))
    page = rows[:most]
    return RecordList(
        tuple(_line(row) for row in page),
        Place(page[-1]["changed_at"], page[-1]["case_id"]) if len(rows) > most else None,
    )


def record(viewer: Viewer, number: int | None) -> Record:
    """One request for one of its contacts. Raises Http404. Three queries at most."""
    case = case_for(viewer, number, along=("agreement", "customer", "subscription"))
    catalogue = catalog.current()
    problem = catalogue.problem_by_id(case.problem_id)
    places = _places(case)
    mine = next((place for place in places if place.account_id == viewer.account_id), None)
    if mine is None:
        raise Http404  # removed a moment ago
    return Record(
        line=RecordLine(
            number=case.pk,
            summary=case.summary,
            status=case.status,
            severity=case.severity,
            hours=case.hours,
            product=catalogue.product_by_id(case.product_id),
            role=mine.role,
            opened_at=case.opened_at,
            # What the place says: the request itself changes with every note of the desk, too.
            changed_at=mine.changed_at,
            first_response_due_at=case.first_response_due_at,
            is_test=case.is_test,
            customer=(case.customer.pk, case.customer.name) if case.customer else None,
        ),
        description=case.description,
        version=catalogue.version_by_id(case.version_id),
        category=catalogue.categories[problem.category_code],
        problem=problem,
        answers=case.answers,
        usage=case.usage,
        country=case.country,
        time_zone=case.time_zone,
        night_name=case.night_name,
        night_phone=case.night_phone,
        agreement_id=case.agreement_id,
        access_id=case.agreement.access_id if case.agreement else "",
        programme=programme_of(case.agreement.programme_id) if case.agreement else None,
        charged_units=case.charged_units,
        update_every=updates_of(case),
        first_response_at=case.first_response_at,
        resolved_at=case.resolved_at,
        closed_at=case.closed_at,
        outcome=case.outcome,
        outcome_cause=case.outcome_cause,
        call_back=CallBack.from_data(case.call_back),
        contacts=tuple(_person(viewer, place) for place in places),
        subscription=(case.subscription.number, case.subscription.name) if case.subscription else None,
        best_effort=case.best_effort,
        delegation_id=case.delegation_id,
    )


def must_see(viewer: Viewer, number: int | None) -> None:
    """Raises Http404 where the viewer is no contact of the request, or may not see it any more. Two queries at most."""
    case_for(viewer, number)


def contacts_of_record(viewer: Viewer, number: int | None) -> tuple[PersonRecord, ...]:
    """The contacts of a request, the first named first. Raises Http404. Two queries."""
    return contacts(viewer, case_for(viewer, number))


def conversation(viewer: Viewer, number: int | None, *, newer_than: int = 0, most: int) -> Conversation:
    """What was said to everybody in a request, oldest first, by keyset. Raises Http404. Two queries."""
    case = case_for(viewer, number)
    said = Message.objects.filter(case=case, kind=Message.Kind.PUBLIC, pk__gt=newer_than).order_by("pk")
    rows = list(said[: most + 1])
    page = rows[:most]
    return Conversation(tuple(_message(row) for row in page), page[-1].pk if len(rows) > most else None)


def message(viewer: Viewer, number: int | None, message_id: int) -> MessageRecord:
    """One message. Raises Http404 where the viewer is no contact, `Message.DoesNotExist` for a note. Two queries."""
    case = case_for(viewer, number)
    return _message(Message.objects.get(pk=message_id, case=case, kind=Message.Kind.PUBLIC))


def contacts(viewer: Viewer, case: Case) -> tuple[PersonRecord, ...]:
    """The contacts of a request that the viewer may see. One query."""
    return tuple(_person(viewer, place) for place in _places(case))


def _places(case: Case) -> list[Contact]:
    return list(Contact.objects.filter(case=case).order_by("pk"))


def _person(viewer: Viewer, place: Contact) -> PersonRecord:
    is_viewer = place.account_id == viewer.account_id
    is_told = is_viewer or place.role == Contact.Role.PRIMARY
    return PersonRecord(
        id=place.pk,
        role=place.role,
        name=place.name,
        email=place.email,
        phone=place.phone,
        time_zone=place.time_zone if is_told else "",
        language=place.language if is_told else "",
        is_viewer=is_viewer,
    )


def _narrowed(places: QuerySet[Contact], wanted: Wanted, older_than: Place | None) -> Any:
    if wanted.status:
        places = places.filter(case__status=wanted.status)
    if wanted.severity:
        places = places.filter(case__severity=wanted.severity)
    if wanted.product:
        product = catalog.current().products.get(wanted.product)
        places = places.filter(case__product_id=product.id) if product else places.none()
    if wanted.customer_id is not None:
        places = places.filter(customer_id=wanted.customer_id)
    if wanted.changed_since is not None:
        places = places.filter(changed_at__gte=wanted.changed_since)
    if older_than is not None:
        # One comparison of both, as the index is sorted; the first alone is what the planner can start from.
        places = places.filter(changed_at__lte=older_than.at).exclude(
            changed_at=older_than.at, case_id__gte=older_than.id
        )
    # Plain values: descriptions are long, and building model instances costs more than fetching the rows.
    return places.order_by("-changed_at", "-case_id").values(
        "case_id",
        "role",
        "changed_at",
        "case__summary",
        "case__status",
        "case__severity",
        "case__hours",
        "case__product_id",
        "case__opened_at",
        "case__first_response_due_at",
        "case__is_test",
        "customer_id",
        "customer__name",
    )


def _line(row: Mapping[str, Any]) -> RecordLine:
    return RecordLine(
        number=row["case_id"],
        summary=row["case__summary"],
        status=row["case__status"],
        severity=row["case__severity"],
        hours=row["case__hours"],
        product=catalog.current().product_by_id(row["case__product_id"]),
        role=row["role"],
        opened_at=row["case__opened_at"],
        changed_at=row["changed_at"],
        first_response_due_at=row["case__first_response_due_at"],
        is_test=row["case__is_test"],
        customer=(row["customer_id"], row["customer__name"]) if row["customer_id"] else None,
    )


def _message(row: Message) -> MessageRecord:
    return MessageRecord(
        id=row.pk,
        side=row.side,
        author=row.author_name,
        text=row.text,
        language=row.language,
        via=row.via,
        at=row.at,
    )
