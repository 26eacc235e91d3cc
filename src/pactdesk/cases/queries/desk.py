"""One request as the desk sees it. Everything has a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pactdesk.accounts import queries as accounts
from pactdesk.accounts.queries import TeamLine
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements import queries as agreements
from pactdesk.agreements.queries import Balance
from pactdesk.cases.access import desk_case, desk_cases
from pactdesk.cases.models import Case, CaseLink, Contact
from pactdesk.cases.queries.advice import taken_by_reopening
from pactdesk.cases.queries.clocks import updates_of
from pactdesk.cases.queries.escalation import Danger, Help, danger_of, help_of
from pactdesk.cases.queries.on_behalf import OnBehalf, on_behalf_of
from pactdesk.cases.queries.routing import WhyThisTeam, why_this_team
from pactdesk.cases.queries.timeline import Timeline, TimelineEntry, last_said, timeline_of
from pactdesk.cases.rules.call_backs import CallBack
from pactdesk.cases.rules.numbers import shown_number
from pactdesk.cases.rules.relations import mergeable, same_customer
from pactdesk.cases.rules.status import Move, Side, may
from pactdesk.catalog import queries as catalog
from pactdesk.catalog.rules import Channel
from pactdesk.kernel.decisions import Decision

MOST_IN_PREVIEW: Final = 3
_ALONG: Final = ("owner", "submitter", "organization", "team")


@dataclass(frozen=True, slots=True)
class DeskContact:
    """Somebody who sees the request. `has_account`: has one, and so reads it here; the others are written to."""

    id: int
    role: str
    name: str
    email: str
    phone: str
    time_zone: str
    language: str
    has_account: bool


@dataclass(frozen=True, slots=True)
class OtherCase:
    """Another request that has to do with this one, and that the viewer may see."""

    number: int
    shown_number: str
    summary: str
    status: str


@dataclass(frozen=True, slots=True)
class DeskLine:
    """A request with what every page of the desk about it needs. Instants are UTC, worded values are by language.

    `revision` is what whoever changes it has seen. `charged_units` is what it has cost so far, `charge_count` how often
    something was deducted. `customer` is the organization or, without one, who sent it; `organization_id` is that
    organization.
    """

    number: int
    shown_number: str
    summary: str
    description: str
    status: str
    severity: str
    hours: str
    language: str
    revision: int
    customer: str
    organization_id: int | None
    submitter: str
    team_id: int | None
    owner_id: int | None
    owner_name: str
    agreement_id: int | None
    charged_units: int
    charge_count: int
    outcome: str
    outcome_cause: str
    merged_into: int | None
    is_test: bool
    opened_at: datetime
    changed_at: datetime
    due_at: datetime | None
    first_response_at: datetime | None
    first_response_due_at: datetime
    resolved_at: datetime | None
    closed_at: datetime | None
    product: Mapping[str, str]
    version: Mapping[str, str]
    category: Mapping[str, str]
    problem: Mapping[str, str]
    channel: Channel
    feature: Mapping[str, str] | None
    answers: Mapping[str, str]
    country: str
    time_zone: str
    night_name: str
    night_phone: str
    night_time_zone: str
    update_every: Mapping[str, int] | None
    call_back: CallBack | None

    def may(self, move: Move) -> Decision:
        """Whether an engineer can make this move now."""
        return may(move, status=self.status, side=Side.VENDOR)


@dataclass(frozen=True, slots=True)
class DeskPage:
    """A request on its page. `teams` are its own and those that it went through; `plan` is None where nothing pays.

    `on_behalf` is for whom it was made, None where that is nobody else and no subscription is concerned.
    `help` is how far it was escalated, `danger` what somebody was told of its clock and nobody has taken up.
    `taken_by_reopening` is how many units of `plan` it takes to reopen it, of advice minutes.
    """

    line: DeskLine
    contacts: tuple[DeskContact, ...]
    others: tuple[OtherCase, ...]
    timeline: Timeline
    teams: Mapping[int, TeamLine]
    plan: Balance | None
    help: Help
    danger: Danger | None
    why_team: WhyThisTeam
    on_behalf: OnBehalf | None
    taken_by_reopening: int

    @property
    def team(self) -> TeamLine | None:
        return self.teams.get(self.line.team_id or 0)

    @property
    def primary(self) -> DeskContact:
        return next(contact for contact in self.contacts if contact.role == Contact.Role.PRIMARY)


@dataclass(frozen=True, slots=True)
class MergePreview:
    """What merging would do: `line` would go on as `into`, `coming` are the contacts that it brings along, `credited`
    the units that are given back. `decision` says why it cannot be done."""

    line: DeskLine
    into: DeskLine
    coming: tuple[DeskContact, ...]
    credited: int
    decision: Decision


def merge_preview(viewer: Viewer, number: int | None, into: int | None) -> MergePreview | None:
    """What merging the first request into the second would do; None where the second is not at the viewer's desk.

    Raises Http404 where the first is not. Four queries.
    """
    case = desk_case(viewer, number, along=_ALONG)
    other = desk_cases(viewer).select_related(*_ALONG).filter(pk=into).first() if into else None
    if other is None:
        return None
    present = {contact.email for contact in contacts_of_case(other.pk)}
    return MergePreview(
        line=_line(case),
        into=_line(other),
        coming=tuple(contact for contact in contacts_of_case(case.pk) if contact.email not in present),
        credited=case.charged_units,
        decision=mergeable(
            same=case.pk == other.pk,
            same_customer=same_customer(
                organizations=(case.organization_id, other.organization_id),
                submitters=(case.submitter_id, other.submitter_id),
                customers=(case.customer_id, other.customer_id),
            ),
            statuses=(case.status, other.status),
            test=case.is_test != other.is_test,
        ),
    )


@dataclass(frozen=True, slots=True)
class Preview:
    """A request at a glance: with the last things that were said in it, oldest first."""

    line: DeskLine
    contacts: tuple[DeskContact, ...]
    said: tuple[TimelineEntry, ...]


def preview(viewer: Viewer, number: int | None) -> Preview:
    """One request at a glance. Raises Http404 where it is not at the viewer's desk. Three queries."""
    case = desk_case(viewer, number, along=_ALONG)
    return Preview(_line(case), contacts_of_case(case.pk), last_said(case, MOST_IN_PREVIEW))


def desk_line(viewer: Viewer, number: int | None) -> DeskLine:
    """A request alone. Raises Http404 where it is not at the viewer's desk. One query."""
    return _line(desk_case(viewer, number, along=_ALONG))


def desk_page(viewer: Viewer, number: int | None, *, at: datetime, whole: bool = False) -> DeskPage:
    """One request for its engineers, with its timeline; `whole` leaves nothing of that out. Raises Http404.

    Fifteen queries at most.
    """
    case = desk_case(viewer, number, along=(*_ALONG, "agreement"))
    timeline = timeline_of(case, at_desk=True, reader_id=viewer.account_id, whole=whole)
    passed = {
        int(entry.payload[name])
        for entry in timeline.entries
        if entry.code == "case.transferred" and entry.payload
        for name in ("team", "before")
        if entry.payload.get(name)
    }
    ids = passed | ({case.team_id} if case.team_id is not None else set())
    return DeskPage(
        line=_line(case),
        contacts=contacts_of_case(case.pk),
        others=_others(viewer, case),
        timeline=timeline,
        teams={team.id: team for team in accounts.teams(only=ids)},
        plan=agreements.balance_of(case.agreement_id, at=at) if case.agreement_id is not None else None,
        help=help_of(case),
        danger=danger_of(case),
        why_team=why_this_team(case),
        on_behalf=on_behalf_of(case),
        taken_by_reopening=taken_by_reopening(case),
    )


def other_case(viewer: Viewer, number: int | None) -> OtherCase | None:
    """A request that somebody names in another one; None where it is not at the viewer's desk. One query."""
    case = desk_cases(viewer).filter(pk=number).first() if number else None
    return _other(case) if case else None


def contacts_of_case(number: int) -> tuple[DeskContact, ...]:
    """The contacts of a request that the caller has been allowed to see, the primary one first. One query."""
    found = Contact.objects.filter(case_id=number).order_by("pk")
    return tuple(
        DeskContact(
            id=contact.pk,
            role=contact.role,
            name=contact.name,
            email=contact.email,
            phone=contact.phone,
            time_zone=contact.time_zone,
            language=contact.language,
            has_account=contact.account_id is not None,
        )
        for contact in sorted(found, key=lambda each: (each.role != Contact.Role.PRIMARY, each.pk))
    )


def _others(viewer: Viewer, case: Case) -> tuple[OtherCase, ...]:
    """What is linked, as far as the viewer may see it. One query."""
    # One set of numbers: with two of them, joined by OR, the database would look through all requests of the teams.
    ends = CaseLink.objects.filter(first=case).values("second")
    ends = ends.union(CaseLink.objects.filter(second=case).values("first"), all=True)
    return tuple(_other(each) for each in desk_cases(viewer).filter(pk__in=ends).order_by("pk"))


def _other(case: Case) -> OtherCase:
    return OtherCase(case.pk, shown_number(case.pk), case.summary, case.status)


def _line(case: Case) -> DeskLine:
    catalogue = catalog.current()
    problem = catalogue.problem_by_id(case.problem_id)
    owner = case.owner
    product = catalogue.product_by_id(case.product_id)
    return DeskLine(
        number=case.pk,
        shown_number=shown_number(case.pk),
        summary=case.summary,
        description=case.description,
        status=case.status,
        severity=case.severity,
        hours=case.hours,
        language=case.language,
        revision=case.revision,
        customer=case.organization.name if case.organization else case.submitter.get_full_name(),
        organization_id=case.organization_id,
        submitter=case.submitter.get_full_name(),
        team_id=case.team_id,
        owner_id=case.owner_id,
        owner_name=(owner.get_full_name() or owner.email) if owner else "",
        agreement_id=case.agreement_id,
        charged_units=case.charged_units,
        charge_count=case.charge_count,
        outcome=case.outcome,
        outcome_cause=case.outcome_cause,
        merged_into=case.merged_into_id,
        is_test=case.is_test,
        opened_at=case.opened_at,
        changed_at=case.changed_at,
        due_at=case.due_at,
        first_response_at=case.first_response_at,
        first_response_due_at=case.first_response_due_at,
        resolved_at=case.resolved_at,
        closed_at=case.closed_at,
        product=product.name,
        version=catalogue.version_by_id(case.version_id).name,
        category=catalogue.categories[problem.category_code].name,
        problem=problem.name,
        channel=product.channel,
        feature=problem.feature.name if problem.feature else None,
        answers=case.answers,
        country=case.country,
        time_zone=case.time_zone,
        night_name=case.night_name,
        night_phone=case.night_phone,
        night_time_zone=case.night_time_zone or case.time_zone,
        update_every=updates_of(case),
        call_back=CallBack.from_data(case.call_back),
    )
