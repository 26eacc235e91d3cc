"""Agreements: adding one by its pair, what is left of each, where it went, and what can pay for what (AGR, ELI)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from ninja import Query, Router, Status
from pydantic import BaseModel, Field

from pactdesk.agreements import queries, services
from pactdesk.agreements.queries import AgreementLine, statements
from pactdesk.agreements.queries.draw_order import why_first
from pactdesk.agreements.queries.statements import StatementLine
from pactdesk.agreements.rules import ADVISORY_HOUR, TOO_MANY_PAIRS, Subject
from pactdesk.api.authentication import ApiRequest, Needs
from pactdesk.api.frame import answers
from pactdesk.api.paging import USUAL, Cursor, Limit, cursor_of, position_in
from pactdesk.api.problems import Fault, ReasonOut, Refusal, reasons_out
from pactdesk.api.reading import Body
from pactdesk.api.words import Named, named
from pactdesk.cases.rules.answers import Problem as ProblemAnswer
from pactdesk.cases.rules.checking import missing_in_catalogue, with_only_version
from pactdesk.cases.rules.numbers import shown_number
from pactdesk.catalog import queries as catalog
from pactdesk.catalog.rules import Problem, Product, made_here, offered, sign_in_fits
from pactdesk.kernel.decisions import Reason
from pactdesk.kernel.worded import FALLBACK
from pactdesk.pages.requests import address_of

router = Router(tags=["Agreements"])

Unit = Literal["incident", "advisory_hour"]


class PairIn(Body):
    """The two strings of digits that together name an agreement. Every digit counts, also leading zeros (AGR-1)."""

    access_id: str = Field(max_length=200, examples=["0230242323"])
    contract_id: str = Field(max_length=200, examples=["1234 5678 9012 3456 7890"])


class AgreementOut(BaseModel):
    """An agreement of the account, and whether it can pay for a request now."""

    id: int
    access_id: str = Field(description="Empty: it has no pair, and its organization draws on it.")
    label: str = Field(description="How people know it: Access ID and programme.")
    programme: Named
    unit: Unit
    counted: bool = Field(
        description="False: nothing is deducted from it, as from membership of a programme."
    )
    counted_in: Literal["incidents", "minutes"] = Field(
        description="What all numbers of units of this agreement and of its statement count: minutes where its unit is "
        "the advisory hour."
    )
    units_left: int = Field(description="Below zero: so many were drawn in advance.")
    units_granted: int
    overdraft: int = Field(description="How many units may be drawn in advance, below zero, at most.")
    set_aside_by: str = Field(description="The organization that set its units aside; empty: nobody did.")
    starts_at: datetime
    ends_at: datetime = Field(description="The first moment after the benefits.")
    last_day: date = Field(description="The last day of the benefits, as counted in `time_zone`.")
    time_zone: str
    is_owner: bool
    place: int | None = Field(
        description="Its place in the own order of the account, from 0 on; null: it follows those that have one."
    )
    can_pay: bool
    reasons: list[ReasonOut] = Field(description="Why it cannot pay: every reason that applies.")


class AgreementList(BaseModel):
    """All agreements of the account, those that can pay first, in the order in which they are offered."""

    items: list[AgreementOut]


class EntryOut(BaseModel):
    """One movement of units. The sum of all `units` is what is left."""

    position: int
    kind: Literal["grant", "deduct", "credit", "adjust", "expire", "transfer"]
    units: int = Field(description="Signed; incidents, or minutes (`counted_in`).")
    balance_after: int
    at: datetime
    actor: str = Field(description="Who did it; empty: nobody, it happened by itself.")
    request: str | None = Field(description="The number of the request that it was for.")
    note: str


class Statement(BaseModel):
    """A page of the statement, the newest entry first."""

    items: list[EntryOut]
    next: str | None = Field(description="The cursor of the next page; null: this is the last.")


class EligibilityOut(BaseModel):
    """What can pay for a request about a product. `reasons` refuse the product itself, whatever would pay."""

    needs_plan: bool = Field(
        description="False: questions of this kind are free of charge, and nothing has to pay."
    )
    reasons: list[ReasonOut]
    plans: list[AgreementOut] = Field(description="Every plan of the account, those that can pay first.")
    first_because: Literal["own-order", "not-counted", "ends-soonest"] | None = Field(
        description="Why the first of them is offered first; null: there is nothing to choose."
    )


@router.get(
    "/agreements",
    response=answers({200: AgreementList}),
    auth=Needs("agreements:read"),
    operation_id="list_agreements",
    summary="List the agreements of the account",
    url_name="agreements",
)
def agreement_list(request: ApiRequest) -> AgreementList:
    """Those that the account has added or owns, also those that cannot pay now, with every reason."""
    lines = queries.benefits(request.viewer, at=request.at)
    return AgreementList(items=[agreement_out(line) for line in lines])


@router.post(
    "/agreements",
    response=answers({201: AgreementOut}, body=True),
    auth=Needs("agreements:write"),
    operation_id="add_agreement",
    summary="Add an agreement by its pair",
    url_name="agreements",
)
def add_agreement(request: ApiRequest, body: PairIn, response: HttpResponse) -> Status[AgreementOut]:
    """From then on it belongs to the account and is offered for its requests (AGR-3). Guessing is limited, and the
    answer to a pair that does not exist is the same whichever half is wrong."""
    try:
        agreement_id = services.add_agreement(
            body.access_id,
            body.contract_id,
            subject=None,
            address=address_of(request),
            actor=request.viewer,
            at=request.at,
        )
    except services.CannotAddAgreement as refused:
        raise _not_added(refused, request.viewer.time_zone) from None
    response["Location"] = reverse("api:v1:agreement", args=[agreement_id])
    return Status(201, _agreement(request, agreement_id))


@router.get(
    "/agreements/{int:agreement_id}",
    response=answers({200: AgreementOut}, path=True),
    auth=Needs("agreements:read"),
    operation_id="get_agreement",
    summary="Get one agreement",
    url_name="agreement",
)
def agreement(request: ApiRequest, agreement_id: int) -> AgreementOut:
    """One agreement of the account."""
    return _agreement(request, agreement_id)


@router.get(
    "/agreements/{int:agreement_id}/statement",
    response=answers({200: Statement}, path=True, query=True),
    auth=Needs("agreements:read"),
    operation_id="get_statement",
    summary="Read the statement of an agreement",
    url_name="statement",
)
def statement(request: ApiRequest, agreement_id: int, cursor: Cursor = "", limit: Limit = USUAL) -> Statement:
    """Every movement of units with who, when and why, the newest first (AGR-10). Entries are never changed."""
    place = f"statement:{agreement_id}"
    position = position_in(cursor, place)
    found = statements.statement(
        request.viewer, agreement_id, older_than=position[0] if position else None, most=limit
    )
    return Statement(
        items=[_entry(line) for line in found.lines],
        next=cursor_of(place, found.older_than) if found.older_than is not None else None,
    )


@router.get(
    "/eligibility",
    response=answers({200: EligibilityOut}, query=True),
    auth=Needs("agreements:read"),
    operation_id="get_eligibility",
    summary="Ask which plans can pay for a product",
    url_name="eligibility",
)
def eligibility(
    request: ApiRequest,
    product: Annotated[str, Query(max_length=100, examples=["windows-server"])],
    version: Annotated[str, Query(max_length=100, examples=["2022"])] = "",
    category: Annotated[str, Query(max_length=100)] = "",
    problem: Annotated[str, Query(max_length=100)] = "",
) -> EligibilityOut:
    """Every plan of the account with every reason why it cannot pay (ELI). Category and problem, named together, say
    whether advice is asked for, and whether anything has to be paid at all. The version may be left out where the
    product has only one."""
    answer = ProblemAnswer(product=product, version=version, category=category, problem=problem)
    found = catalog.current().products.get(product)
    faults = [
        Fault(finding.reason, f"?{finding.field}")
        for finding in missing_in_catalogue(answer, found, with_problem=bool(category or problem))
    ]
    if found is None or faults:
        raise Refusal("invalid", tuple(faults))
    chosen = found.version(with_only_version(answer, found).version)
    kind = _problem(found, answer)
    refusals = made_here(found).and_also(offered(found, chosen))
    if refusals.allowed:
        viewer = request.viewer
        refusals = sign_in_fits(found.channel, viewer.kind, viewer.organization_kind)
    needs_plan = found.channel.needs_pair if kind is None else found.needs_pair_for(kind)
    plans: list[AgreementLine] = []
    if chosen is not None and needs_plan:
        needs_advice = kind is not None and kind.problem_type.draws == ADVISORY_HOUR
        subject = Subject(channel=found.channel.code, version=chosen, needs_advice=needs_advice)
        plans = queries.plans_for(request.viewer, subject, at=request.at)
    return EligibilityOut(
        needs_plan=needs_plan,
        reasons=reasons_out(refusals),
        plans=[agreement_out(line) for line in plans],
        first_because=why_first(plans),
    )


def agreement_out(line: AgreementLine) -> AgreementOut:
    """An agreement for a program. Days in its reasons are counted in its zone."""
    return AgreementOut(
        id=line.agreement_id,
        access_id=line.access_id,
        label=line.named.shown(get_language() or FALLBACK),
        programme=named(line.programme_code, line.programme),
        unit=line.unit,
        counted=line.counted,
        counted_in="incidents" if line.whole == 1 else "minutes",
        units_left=line.units_left,
        units_granted=line.units_granted,
        overdraft=line.overdraft,
        set_aside_by=line.set_aside_by,
        starts_at=line.starts_at,
        ends_at=line.ends_at,
        last_day=line.last_day.astimezone(ZoneInfo(line.time_zone)).date(),
        time_zone=line.time_zone,
        is_owner=line.is_owner,
        place=line.place,
        can_pay=line.decision.allowed,
        reasons=reasons_out(line.decision, zone=line.time_zone),
    )


def _agreement(request: ApiRequest, agreement_id: int) -> AgreementOut:
    return agreement_out(queries.agreement_page(request.viewer, agreement_id, at=request.at).line)


def _entry(line: StatementLine) -> EntryOut:
    return EntryOut(
        position=line.position,
        kind=line.kind,
        units=line.units,
        balance_after=line.balance_after,
        at=line.at,
        actor=line.actor,
        request=shown_number(line.case_number) if line.case_number is not None else None,
        note=line.note,
    )


def _problem(product: Product, answer: ProblemAnswer) -> Problem | None:
    category = product.category(answer.category)
    return category.problem(answer.problem) if category else None


def _not_added(refused: services.CannotAddAgreement, zone: str) -> Refusal:
    """Why a pair was not accepted, at the half of which something is wrong with its form."""
    faults = tuple(Fault(reason, _half(reason)) for reason in refused.decision)
    for reason in refused.decision:
        if reason.code == TOO_MANY_PAIRS:
            wait = str(reason.params["minutes"] * 60)
            return Refusal("too-many", faults, zone=zone, headers={"Retry-After": wait})
    return Refusal("refused", faults, zone=zone)


def _half(reason: Reason) -> str:
    for half in ("access-id", "contract-id"):
        if reason.code.startswith(f"pair.{half}-"):
            return f"#/{half.replace('-', '_')}"
    return ""
