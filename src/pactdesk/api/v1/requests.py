"""Support requests: made once, previewed as often as one likes, followed, talked about until they end (WIZ, REQ)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from ninja import Path, Query, Router
from pydantic import BaseModel, Field

from pactdesk.api.authentication import ApiRequest, Needs
from pactdesk.api.frame import ONCE, answers, made
from pactdesk.api.idempotency import Attempt, once
from pactdesk.api.paging import USUAL, Cursor, Limit, cursor_of, position_in
from pactdesk.api.problems import Fault, ReasonOut, Refusal, reason_out, reasons_out
from pactdesk.api.reading import Body, Moment
from pactdesk.api.v1.catalogue import Cadence, Hours, TargetOut, target_out
from pactdesk.api.v1.intake import LARGEST_ID, Looked, RequestIn, look, pointer_of_step
from pactdesk.api.v1.people import (
    ContactList,
    ContactOut,
    OtherPersonIn,
    contact_out,
    person_of,
)
from pactdesk.api.words import Named, named
from pactdesk.cases.queries import records
from pactdesk.cases.queries.records import MessageRecord, Record, RecordLine, Wanted
from pactdesk.cases.queries.requests import Confirmation, confirmation
from pactdesk.cases.rules.checking import checked_person
from pactdesk.cases.rules.messages import MOST_CHARACTERS, MOST_REASON
from pactdesk.cases.rules.numbers import read_number, shown_number
from pactdesk.cases.services import contacts, conversation, drafts, ending, submission
from pactdesk.cases.services.submission import CannotSubmit
from pactdesk.catalog import queries as catalog
from pactdesk.kernel.decisions import Refused
from pactdesk.kernel.places import Place
from pactdesk.servicelevels.rules import rule_offered_severities

router = Router(tags=["Requests"])

Status = Literal["new", "assigned", "in-progress", "waiting", "resolved", "closed"]
AnyStatus = Literal["any", "new", "assigned", "in-progress", "waiting", "resolved", "closed"]
Role = Literal["primary", "additional"]
Number = Annotated[str, Path(description="The number of a request, as in PD-100123.", examples=["PD-100123"])]

# What a refusal is about when the thing itself stands in the way, not what was asked for.
_OF_STATE = (
    "case.",
    "agreement.",
    "ledger.",
    "escalation.",
    "severity.as-before",
    "severity.nothing-to-restore",
)


class PromiseOut(BaseModel):
    """What may be relied on if it is sent now."""

    hours: Hours
    first_response_due_at: datetime
    update_every: Cadence | None = Field(description="How often news is promised; null: it is not.")


class SeverityOffer(BaseModel):
    """A severity: what the plan promises for it, or why it does not offer it."""

    severity: str
    offered: bool
    reasons: list[ReasonOut]
    target: TargetOut | None


class PreviewOut(BaseModel):
    """What would happen if the request were sent now. Nothing was written."""

    allowed: bool
    reasons: list[ReasonOut] = Field(
        description="Every reason why it would not be taken, with its place in the body."
    )
    needs_plan: bool = Field(description="False: the question is free of charge.")
    units: int = Field(description="How many incidents would be deducted, or minutes of advice.")
    units_left: int | None = Field(description="How many would be left then; null: nothing would pay.")
    promise: PromiseOut | None = Field(description="Null while it is not known what could be promised.")
    severities: list[SeverityOffer]
    you_will_see_it: bool = Field(description="Whether you are among the contacts; only they see a request.")


class SubmittedOut(BaseModel):
    """What whoever submits is told (WIZ-6)."""

    number: str
    summary: str
    status: Status
    severity: str
    hours: Hours
    opened_at: datetime
    first_response_due_at: datetime
    update_every: Cadence | None
    you_see_it: bool = Field(description="Whether you are among the contacts; only they see a request.")
    test: bool


class Customer(BaseModel):
    """The organization for which a partner made a request."""

    id: int
    name: str


class SubscriptionOut(BaseModel):
    """The subscription that a request concerns."""

    number: str
    name: str


class RequestLine(BaseModel):
    """A request in the list."""

    number: str
    summary: str
    status: Status
    severity: str
    hours: Hours
    product: Named
    role: Role = Field(description="Yours.")
    customer: Customer | None = Field(description="For whom a partner made it; null: for its own tenant.")
    opened_at: datetime
    changed_at: datetime
    first_response_due_at: datetime
    test: bool


class RequestList(BaseModel):
    """A page of requests, what changed last first."""

    items: list[RequestLine]
    next: str | None = Field(description="The cursor of the next page; null: this is the last.")


class NightContact(BaseModel):
    """Whom to call day and night."""

    name: str
    phone: str


class CallBackOut(BaseModel):
    """When a consultant may call, by the clock of `time_zone`."""

    days: list[date]
    window: str | None = Field(description="morning, afternoon, evening; null: in business hours.")
    time_zone: str


class Paid(BaseModel):
    """The agreement that pays for it. `units` is what is deducted at the moment: incidents, or minutes
    of advice."""

    id: int
    access_id: str
    programme: Named
    units: int


class RequestOut(RequestLine):
    """A request with all that its contacts may know, but for what was said."""

    description: str
    version: Named
    category: Named
    problem: Named
    answers: dict[str, str] = Field(description="To the product's questions, by code.")
    usage: str = Field(description="Empty where the product does not ask.")
    subscription: SubscriptionOut | None = Field(description="Null where none is asked for.")
    best_effort: bool = Field(description="Whether help is asked for that needs no access to a subscription.")
    delegation: int | None = Field(description="The delegation under which it was made; null: none.")
    country: str
    time_zone: str
    night_contact: NightContact | None
    agreement: Paid | None = Field(description="Null: it is free of charge.")
    update_every: Cadence | None
    first_response_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    outcome: Literal["decrement", "non-decrement"] | None = Field(
        description="Once it is closed: whether it counts; what does not count was given back."
    )
    outcome_cause: str = Field(description="Why it does not count.")
    call_back: CallBackOut | None
    contacts: list[ContactOut]
    page: str = Field(description="Its page for people.", json_schema_extra={"format": "uri"})


class MessageIn(Body):
    """Something to say to everybody in the request."""

    text: str = Field(
        min_length=1, max_length=MOST_CHARACTERS, examples=["The error has changed: now it is 1753."]
    )


class MessageOut(BaseModel):
    """Something that was said."""

    id: int
    side: Literal["requester", "vendor"]
    author: str
    text: str
    language: str
    via: Literal["portal", "desk", "mail", "api"]
    at: datetime


class MessageList(BaseModel):
    """A page of messages, oldest first."""

    items: list[MessageOut]
    next: str | None = Field(description="The cursor of the next page; null: this is all for now.")


class WhyIn(Body):
    """Why it is closed or reopened, for everybody to read."""

    reason: str = Field(min_length=1, max_length=MOST_REASON, examples=["It works since the restart."])


@router.post(
    "/requests",
    response=answers({201: SubmittedOut}, once=True, path=True),
    auth=Needs("requests:write"),
    operation_id="create_request",
    summary="Make a request",
    url_name="requests",
    openapi_extra=ONCE,
)
def create(request: ApiRequest, body: RequestIn) -> HttpResponse:
    """All six steps at once, with the same limits and refusals as the guided request. One unit is deducted, exactly
    once, however often the request is repeated with its key. Send it to the preview first to see what would happen."""
    return once(
        request,
        "create-request",
        lambda attempt: _create(request, body, attempt),
        again=lambda at: confirmation(request.viewer, read_number(at.rpartition("/")[2])),
    )


@router.post(
    "/requests/preview",
    response=answers({200: PreviewOut}, body=True, path=True),
    auth=Needs("requests:write"),
    operation_id="preview_request",
    summary="Ask what would happen to a request",
    url_name="request-preview",
)
def preview(request: ApiRequest, body: RequestIn) -> PreviewOut:
    """The same body as for making one. Answers the decision with every reason, the promise, and what it would cost;
    writes nothing."""
    looked = look(request, body)
    outlook, circumstances = looked.outlook, looked.outlook.setting.circumstances
    judgement = outlook.judgement
    offers = rule_offered_severities(
        [severity.code for severity in catalog.current().offered_severities()], circumstances.targets
    )
    made_promise = judgement.promise
    left = outlook.plan.plan.units_left - judgement.units if outlook.plan and judgement.units else None
    return PreviewOut(
        allowed=not (looked.faults or looked.refusals),
        reasons=[
            reason_out(fault.reason, pointer=fault.pointer, zone=request.viewer.time_zone)
            for fault in (*looked.faults, *looked.refusals)
        ],
        needs_plan=circumstances.needs_plan,
        units=0 if body.test else judgement.units,
        units_left=None if left is None else max(left + (judgement.units if body.test else 0), 0),
        promise=None
        if made_promise is None
        else PromiseOut(
            hours=made_promise.hours,
            first_response_due_at=made_promise.first_response_due,
            update_every=_cadence(made_promise.update_every.as_data() if made_promise.update_every else None),
        ),
        severities=[
            SeverityOffer(
                severity=offer.severity,
                offered=offer.offered,
                reasons=reasons_out(offer.decision),
                target=target_out(offer.target) if offer.target else None,
            )
            for offer in offers
        ],
        you_will_see_it=_is_among(request, looked),
    )


@router.get(
    "/requests",
    response=answers({200: RequestList}, query=True),
    auth=Needs("requests:read"),
    operation_id="list_requests",
    summary="List requests",
    url_name="requests",
)
def request_list(
    request: ApiRequest,
    state: Annotated[Literal["open", "closed", "any"], Query()] = "any",
    status: Annotated[AnyStatus, Query()] = "any",
    severity: Annotated[str, Query(max_length=8)] = "",
    product: Annotated[str, Query(max_length=100, description="The code of a product.")] = "",
    customer: Annotated[
        int | None, Query(ge=1, le=LARGEST_ID, description="Only what was made for this customer.")
    ] = None,
    changed_since: Annotated[
        Moment | None,
        Query(description="Only what changed then or later, as in 2026-11-20T13:02:00Z."),
    ] = None,
    cursor: Cursor = "",
    limit: Limit = USUAL,
) -> RequestList:
    """Those of which you are a contact, what changed last first (REQ-1)."""
    position = position_in(cursor, "requests")
    found = records.records(
        request.viewer,
        Wanted(state, "" if status == "any" else status, severity, product, changed_since, customer),
        older_than=Place(datetime.fromisoformat(position[0]), position[1]) if position else None,
        most=limit,
    )
    last = found.older_than
    return RequestList(
        items=[RequestLine(**_line(line)) for line in found.lines],
        next=cursor_of("requests", last.at.isoformat(), last.id) if last else None,
    )


@router.get(
    "/requests/{number}",
    response=answers({200: RequestOut}, path=True),
    auth=Needs("requests:read"),
    operation_id="get_request",
    summary="Get a request",
    url_name="request",
)
def get(request: ApiRequest, number: Number) -> RequestOut:
    """One request of which you are a contact."""
    return out_of(records.record(request.viewer, read_number(number)))


@router.get(
    "/requests/{number}/messages",
    response=answers({200: MessageList}, path=True, query=True),
    auth=Needs("requests:read"),
    operation_id="list_messages",
    summary="Read what was said",
    url_name="messages",
)
def message_list(
    request: ApiRequest, number: Number, cursor: Cursor = "", limit: Limit = USUAL
) -> MessageList:
    """Messages to everybody, oldest first. The description of the request is no part of them."""
    place = f"messages:{read_number(number)}"
    position = position_in(cursor, place)
    found = records.conversation(
        request.viewer, read_number(number), newer_than=position[0] if position else 0, most=limit
    )
    return MessageList(
        items=[_message(message) for message in found.messages],
        next=cursor_of(place, found.newer_than) if found.newer_than is not None else None,
    )


@router.post(
    "/requests/{number}/messages",
    response=answers({201: MessageOut}, path=True, once=True),
    auth=Needs("requests:write"),
    operation_id="add_message",
    summary="Say something",
    url_name="messages",
    openapi_extra=ONCE,
)
def add_message(request: ApiRequest, number: Number, body: MessageIn) -> HttpResponse:
    """To everybody in the request. One that waited for you is in progress again."""
    named_one = read_number(number)
    return once(
        request,
        "add-message",
        lambda attempt: _say(request, named_one, body, attempt),
        again=lambda _at: records.must_see(request.viewer, named_one),
    )


@router.get(
    "/requests/{number}/contacts",
    response=answers({200: ContactList}, path=True),
    auth=Needs("requests:read"),
    operation_id="list_contacts",
    summary="List who sees a request",
    url_name="contacts",
)
def contact_list(request: ApiRequest, number: Number) -> ContactList:
    """The primary contact and the additional ones."""
    found = records.contacts_of_record(request.viewer, read_number(number))
    return ContactList(items=[contact_out(person) for person in found])


@router.post(
    "/requests/{number}/contacts",
    response=answers({201: ContactOut}, path=True, body=True, conflict=True),
    auth=Needs("requests:write"),
    operation_id="add_contact",
    summary="Let somebody else see a request",
    url_name="contacts",
)
def add_contact(
    request: ApiRequest, number: Number, body: OtherPersonIn, response: HttpResponse
) -> HttpResponse:
    """Whoever owns the address sees the request; without an account, once an invitation is accepted, which is sent once
    a day at most. The answer is the same for both (REQ-2)."""
    named_one = read_number(number)
    record = records.record(request.viewer, named_one)
    given, refusal = person_of(body)
    person, findings = checked_person(given, country=record.country)
    faults = [Fault(finding.reason, f"#/{finding.field}") for finding in findings]
    if refusal is not None:
        faults.append(Fault(refusal, "#/email"))
    if faults:
        raise Refusal("invalid", tuple(faults), zone=request.viewer.time_zone)
    try:
        added = contacts.add_contact(named_one, person, actor=request.viewer, at=request.at)
    except Refused as refused:
        raise refusal_of(refused, request) from None
    found = records.contacts_of_record(request.viewer, named_one)
    new = next(each for each in found if each.id == added.contact_id)
    location = reverse("api:v1:contact", args=[shown_number(record.line.number), added.contact_id])
    return made(201, contact_out(new), location=location)


@router.delete(
    "/requests/{number}/contacts/{int:contact_id}",
    response=answers({204: None}, path=True, conflict=True),
    auth=Needs("requests:write"),
    operation_id="remove_contact",
    summary="Take somebody off a request",
    url_name="contact",
)
def remove_contact(request: ApiRequest, number: Number, contact_id: int) -> HttpResponse:
    """Yourself, or as the primary contact somebody else. Once more changes nothing."""
    try:
        contacts.remove_contact(
            read_number(number), min(contact_id, LARGEST_ID), actor=request.viewer, at=request.at
        )
    except Refused as refused:
        raise Refusal("conflict", _faults(refused), zone=request.viewer.time_zone) from None
    return HttpResponse(status=204)


@router.post(
    "/requests/{number}/close",
    response=answers({200: RequestOut}, path=True, body=True, conflict=True),
    auth=Needs("requests:write"),
    operation_id="close_request",
    summary="Close a request",
    url_name="request-close",
)
def close(request: ApiRequest, number: Number, body: WhyIn) -> RequestOut:
    """It counts: only the desk decides otherwise. Once more changes nothing."""
    named_one = read_number(number)
    try:
        ending.close_by_contact(named_one, reason=body.reason, actor=request.viewer, at=request.at)
    except Refused as refused:
        raise refusal_of(refused, request) from None
    return out_of(records.record(request.viewer, named_one))


@router.post(
    "/requests/{number}/reopen",
    response=answers({200: RequestOut}, path=True, body=True, conflict=True),
    auth=Needs("requests:write"),
    operation_id="reopen_request",
    summary="Reopen a request",
    url_name="request-reopen",
)
def reopen(request: ApiRequest, number: Number, body: WhyIn) -> RequestOut:
    """A unit is deducted again only where it had been given back (AGR-6)."""
    named_one = read_number(number)
    try:
        ending.reopen_by_contact(named_one, reason=body.reason, actor=request.viewer, at=request.at)
    except Refused as refused:
        raise refusal_of(refused, request) from None
    return out_of(records.record(request.viewer, named_one))


def refusal_of(refused: Refused, request: ApiRequest) -> Refusal:
    """What a verb refused, as a problem: 409 where the state of things stands in the way, else 422."""
    of_state = any(reason.code.startswith(_OF_STATE) for reason in refused.decision)
    return Refusal("conflict" if of_state else "refused", _faults(refused), zone=request.viewer.time_zone)


def _faults(refused: Refused) -> tuple[Fault, ...]:
    return tuple(Fault(reason) for reason in refused.decision)


def _create(request: ApiRequest, body: RequestIn, attempt: Attempt) -> HttpResponse:
    looked = look(request, body)
    if looked.faults:
        raise Refusal("invalid", (*looked.faults, *looked.refusals), zone=request.viewer.time_zone)
    drafts.write_down(
        attempt.derived, looked.answers, customer_id=body.customer, actor=request.viewer, at=request.at
    )
    try:
        submitted = submission.submit(
            attempt.derived,
            terms_accepted=body.terms_accepted,
            for_customer=body.customer,
            actor=request.viewer,
            at=request.at,
            test=body.test,
        )
    except CannotSubmit as refused:
        # The race for the last incident is lost only there; all that can be said before was looked up already.
        told = looked.refusals or tuple(
            Fault(reason, pointer_of_step(refused.step)) for reason in refused.decision
        )
        raise Refusal("refused", told, zone=request.viewer.time_zone) from None
    return _confirmed(confirmation(request.viewer, submitted.number), body)


def _confirmed(told: Confirmation, body: RequestIn) -> HttpResponse:
    submitted = SubmittedOut(
        number=told.shown_number,
        summary=told.summary,
        status="new",
        severity=told.severity,
        hours=told.hours,
        opened_at=told.opened_at,
        first_response_due_at=told.first_response_due_at,
        update_every=_cadence(told.update_every),
        you_see_it=told.is_contact,
        test=body.test,
    )
    return made(201, submitted, location=reverse("api:v1:request", args=[told.shown_number]))


def _say(request: ApiRequest, number: int | None, body: MessageIn, attempt: Attempt) -> HttpResponse:
    try:
        posted = conversation.reply(
            number, body.text, key=attempt.derived, actor=request.viewer, at=request.at, via="api"
        )
    except Refused as refused:
        raise refusal_of(refused, request) from None
    said = records.message(request.viewer, number, posted.message_id)
    location = reverse("api:v1:messages", args=[shown_number(posted.case_number)])
    return made(201, _message(said), location=location)


def _is_among(request: ApiRequest, looked: Looked) -> bool:
    mine = {request.viewer.email.lower(), request.viewer.contact_email.lower()}
    return any(person.email in mine for person in (looked.answers.contact, *looked.answers.share))


def out_of(record: Record) -> RequestOut:
    """A request as programs read it."""
    paid = None
    if record.agreement_id is not None and record.programme is not None:
        paid = Paid(
            id=record.agreement_id,
            access_id=record.access_id,
            programme=named(record.programme.code, record.programme.name),
            units=record.charged_units,
        )
    number = shown_number(record.line.number)
    return RequestOut(
        **_line(record.line),
        description=record.description,
        version=named(record.version.code, record.version.name),
        category=named(record.category.code, record.category.name),
        problem=named(record.problem.code, record.problem.name),
        answers=dict(record.answers),
        usage=record.usage,
        subscription=SubscriptionOut(number=record.subscription[0], name=record.subscription[1])
        if record.subscription
        else None,
        best_effort=record.best_effort,
        delegation=record.delegation_id,
        country=record.country,
        time_zone=record.time_zone,
        night_contact=NightContact(name=record.night_name, phone=record.night_phone)
        if record.night_name
        else None,
        agreement=paid,
        update_every=_cadence(record.update_every),
        first_response_at=record.first_response_at,
        resolved_at=record.resolved_at,
        closed_at=record.closed_at,
        outcome=record.outcome or None,
        outcome_cause=record.outcome_cause,
        call_back=CallBackOut(
            days=list(record.call_back.days),
            window=record.call_back.window or None,
            time_zone=record.call_back.zone,
        )
        if record.call_back
        else None,
        contacts=[contact_out(person) for person in record.contacts],
        page=settings.BASE_URL + reverse("portal:request", args=[number]),
    )


def _line(line: RecordLine) -> dict[str, Any]:
    return {
        "number": shown_number(line.number),
        "summary": line.summary,
        "status": line.status,
        "severity": line.severity,
        "hours": line.hours,
        "product": named(line.product.code, line.product.name),
        "role": line.role,
        "customer": Customer(id=line.customer[0], name=line.customer[1]) if line.customer else None,
        "opened_at": line.opened_at,
        "changed_at": line.changed_at,
        "first_response_due_at": line.first_response_due_at,
        "test": line.is_test,
    }


def _message(message: MessageRecord) -> MessageOut:
    return MessageOut(
        id=message.id,
        side=message.side,
        author=message.author,
        text=message.text,
        language=message.language,
        via=message.via,
        at=message.at,
    )


def _cadence(every: Mapping[str, int] | None) -> Cadence | None:
    if not every:
        return None
    return Cadence(minutes=every.get("minutes"), business_days=every.get("business_days"))
