"""Requests as their contacts see them (REQ-1). Every list has a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.access import programme_of
from pactdesk.agreements.queries import named
from pactdesk.agreements.rules import PlanName
from pactdesk.cases.access import case_for, submitted_case
from pactdesk.cases.models import Contact, Message
from pactdesk.cases.queries.advice import may_be_taken, taken_by_reopening
from pactdesk.cases.queries.clocks import updates_of
from pactdesk.cases.queries.escalation import Help, help_of
from pactdesk.cases.queries.on_behalf import OnBehalf, on_behalf_of
from pactdesk.cases.queries.routing import WhyThisTeam, why_this_team
from pactdesk.cases.queries.timeline import MOST_MESSAGES, Timeline, TimelineEntry, timeline_of
from pactdesk.cases.rules.call_backs import CallBack
from pactdesk.cases.rules.messages import may_be_said
from pactdesk.cases.rules.numbers import shown_number
from pactdesk.cases.rules.status import WAITING, Move, Side, may
from pactdesk.catalog import queries as catalog
from pactdesk.catalog.rules import Channel
from pactdesk.kernel.decisions import Decision


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request in a list. Instants are UTC; `product` is worded.

    `due_at` is when the next answer or news is owed, None while nothing is or the clock stands still.
    `changed_at` is when something changed that its contacts may know; `is_new`: that was since the viewer looked.
    """

    number: int
    shown_number: str
    summary: str
    status: str
    severity: str
    hours: str
    opened_at: datetime
    first_response_at: datetime | None
    first_response_due_at: datetime
    due_at: datetime | None
    product: Mapping[str, str]
    role: str
    changed_at: datetime
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class ContactLine:
    """A contact of a request."""

    id: int
    role: str
    name: str
    email: str
    phone: str
    time_zone: str
    language: str
    is_viewer: bool


@dataclass(frozen=True, slots=True)
class RequestPage:
    """A request with all that its contacts may see. Worded values are by language.

    `plan` pays for it, None where nothing has to. `owner` is the name of the engineer who owns it, "" where nobody
    does. `unit` is what its plan counts, "" where nothing was paid. `goes_on_as` is the number of the request that it
    was merged into. `question` is what our side said last while it is the requester's turn, else None. The decisions
    say what its contacts may do now, or why not. `help` is whom to reach about it, `why_team` which team answers and
    why; `on_behalf` for whom it was made, None where that is nobody else and no subscription is concerned."""

    line: RequestLine
    description: str
    language: str
    submitter_id: int
    submitter: str
    version: Mapping[str, str]
    category: Mapping[str, str]
    problem: Mapping[str, str]
    channel: Channel
    feature: Mapping[str, str] | None
    answers: Mapping[str, str]
    usage: str
    country: str
    time_zone: str
    night_name: str
    night_phone: str
    plan: PlanName | None
    in_the_cloud: bool
    agreement_id: int | None
    unit: str
    update_every: Mapping[str, int] | None
    owner: str
    resolved_at: datetime | None
    closed_at: datetime | None
    outcome: str
    outcome_cause: str
    charged_units: int
    goes_on_as: int | None
    is_test: bool
    contacts: tuple[ContactLine, ...]
    timeline: Timeline
    question: TimelineEntry | None
    may_reply: Decision
    may_close: Decision
    may_reopen: Decision
    call_back: CallBack | None
    help: Help
    why_team: WhyThisTeam
    on_behalf: OnBehalf | None


@dataclass(frozen=True, slots=True)
class Reopening:
    """What reopening a request would do: whether it can be done, and how many of the plan's units it takes (AGR-6).

    `left` is what the plan has left before.
    """

    summary: str
    decision: Decision
    takes: int
    left: int
    unit: str


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What whoever submitted is told: number, severity, response time (WIZ-6).

    `is_contact`: may open the request. `unit` is what was deducted, "" where nothing was.
    """

    number: int
    shown_number: str
    summary: str
    severity: str
    hours: str
    opened_at: datetime
    first_response_due_at: datetime
    update_every: Mapping[str, int] | None
    primary_name: str
    primary_email: str
    is_contact: bool
    unit: str
    on_behalf: OnBehalf | None = None


def request_page(
    viewer: Viewer, number: int | None, *, most: int = MOST_MESSAGES, every_event: bool = False
) -> RequestPage:
    """One request for one of its contacts, with the newest `most` messages. Raises Http404. Ten queries at most."""
    case = case_for(viewer, number, along=("agreement__organization", "owner", "submitter", "team"))
    catalogue = catalog.current()
    product = catalogue.product_by_id(case.product_id)
    problem = catalogue.problem_by_id(case.problem_id)
    places = list(Contact.objects.filter(case=case).order_by("pk"))
    mine = next((place for place in places if place.account_id == viewer.account_id), None)
    if mine is None:
        raise Http404  # removed a moment ago
    contacts = tuple(
        ContactLine(
            id=contact.pk,
            role=contact.role,
            name=contact.name,
            email=contact.email,
            phone=contact.phone,
            time_zone=contact.time_zone,
            language=contact.language,
            is_viewer=contact is mine,
        )
        for contact in places
    )
    timeline = timeline_of(
        case, at_desk=False, reader_id=viewer.account_id, most=most, every_event=every_event
    )
    programme = programme_of(case.agreement.programme_id) if case.agreement else None
    return RequestPage(
        line=RequestLine(
            number=case.pk,
            shown_number=shown_number(case.pk),
            summary=case.summary,
            status=case.status,
            severity=case.severity,
            hours=case.hours,
            opened_at=case.opened_at,
            first_response_at=case.first_response_at,
            first_response_due_at=case.first_response_due_at,
            due_at=case.due_at,
            product=product.name,
            role=mine.role,
            # What the place says: the request itself changes with every note of the desk, too.
            changed_at=mine.changed_at,
        ),
        description=case.description,
        language=case.language,
        submitter_id=case.submitter_id,
        submitter=case.submitter.get_full_name() or case.submitter.email,
        version=catalogue.version_by_id(case.version_id).name,
        category=catalogue.categories[problem.category_code].name,
        problem=problem.name,
        channel=product.channel,
        feature=problem.feature.name if problem.feature else None,
        answers=case.answers,
        usage=case.usage,
        country=case.country,
        time_zone=case.time_zone,
        night_name=case.night_name,
        night_phone=case.night_phone,
        plan=named(case.agreement) if case.agreement else None,
        in_the_cloud=product.channel.sign_in == "subscription",
        agreement_id=case.agreement_id,
        unit=programme.counted_unit if programme else "",
        update_every=updates_of(case),
        owner=(case.owner.get_full_name() or case.owner.email) if case.owner else "",
        resolved_at=case.resolved_at,
        closed_at=case.closed_at,
        outcome=case.outcome,
        outcome_cause=case.outcome_cause,
        charged_units=case.charged_units,
        goes_on_as=case.merged_into_id,
        is_test=case.is_test,
        contacts=contacts,
        timeline=timeline,
        question=_question(timeline) if case.status == WAITING else None,
        may_reply=may_be_said(case.status),
        may_close=may(Move.CLOSE, status=case.status, side=Side.REQUESTER),
        may_reopen=may(Move.REOPEN, status=case.status, side=Side.REQUESTER),
        call_back=CallBack.from_data(case.call_back),
        help=help_of(case),
        why_team=why_this_team(case),
        on_behalf=on_behalf_of(case),
    )


def reopening(viewer: Viewer, number: int | None, *, at: datetime) -> Reopening:
    """What it would mean to reopen the request now, for one of its contacts. Raises Http404. Three queries at
    most."""
    case = case_for(viewer, number, along=("agreement",))
    decision = may(Move.REOPEN, status=case.status, side=Side.REQUESTER)
    if case.agreement is None:
        return Reopening(case.summary, decision, takes=0, left=0, unit="")
    takes = taken_by_reopening(case)
    if takes and decision.allowed:
        decision = may_be_taken(case, takes, at=at)
    unit = programme_of(case.agreement.programme_id).counted_unit
    return Reopening(case.summary, decision, takes=takes, left=case.agreement.units_left, unit=unit)


def confirmation(viewer: Viewer, number: int | None) -> Confirmation:
    """What the submitter is told after sending. Raises Http404 for everybody else. Three queries at most."""
    case = submitted_case(viewer, number)
    contacts = list(Contact.objects.filter(case=case))
    primary = next(contact for contact in contacts if contact.role == Contact.Role.PRIMARY)
    return Confirmation(
        number=case.pk,
        shown_number=shown_number(case.pk),
        summary=case.summary,
        severity=case.severity,
        hours=case.hours,
        opened_at=case.opened_at,
        first_response_due_at=case.first_response_due_at,
        update_every=case.terms.get("update_every"),
        primary_name=primary.name,
        primary_email=primary.email,
        is_contact=any(contact.account_id == viewer.account_id for contact in contacts),
        unit=programme_of(case.agreement.programme_id).counted_unit if case.agreement else "",
        on_behalf=on_behalf_of(case),
    )


def _question(timeline: Timeline) -> TimelineEntry | None:
    """What our side said last."""
    said = (entry for entry in reversed(timeline.entries) if entry.kind == "message")
    return next((entry for entry in said if entry.side == Message.Side.VENDOR), None)
