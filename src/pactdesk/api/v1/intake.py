"""A whole request in one body: read into the same answers that the guided request collects step by step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from pactdesk.accounts.viewer import Viewer
from pactdesk.api.authentication import ApiRequest
from pactdesk.api.problems import Fault
from pactdesk.api.reading import Body, Whole
from pactdesk.api.v1.people import OtherPersonIn, PersonIn, person_of
from pactdesk.cases.queries.intake import Outlook, chosen_of, outlook_of
from pactdesk.cases.rules.answers import Answers, Person, Problem, Support
from pactdesk.cases.rules.checking import (
    MOST_DESCRIPTION,
    MOST_NAME,
    MOST_PHONE,
    MOST_SUMMARY,
    Finding,
    checked,
    with_hours,
)
from pactdesk.cases.rules.contacts import MOST_ADDITIONAL
from pactdesk.cases.rules.questions import MOST_ANSWER
from pactdesk.cases.rules.steps import CONTACT, SHARE, SUBMIT
from pactdesk.catalog import queries as catalog
from pactdesk.delegation.access import customer_for
from pactdesk.kernel.decisions import Reason

MOST_CODE = 100
LARGEST_ID = 2**63 - 1
MOST_ANSWERS = 50

Code = Annotated[str, StringConstraints(max_length=MOST_CODE)]
Answer = Annotated[str, StringConstraints(max_length=MOST_ANSWER)]

# What the rules call otherwise than the body does.
_PLACES = {
    "agreement_id": "agreement",
    "night_name": "night_contact/name",
    "night_phone": "night_contact/phone",
    "night_time_zone": "night_contact/time_zone",
}


class ProblemIn(Body):
    """What is wrong with what. Codes are those of the catalogue."""

    product: str = Field(max_length=MOST_CODE, examples=["windows-server"])
    version: str = Field(
        "", max_length=MOST_CODE, description="May be left out where there is one.", examples=["2022"]
    )
    usage: Literal["it-professional", "developer", "partner"] | None = Field(
        None, description="How the product is used; only where the product asks for it."
    )
    category: str = Field(max_length=MOST_CODE, examples=["replication"])
    problem: str = Field(max_length=MOST_CODE, examples=["does-not-replicate"])
    summary: str = Field(
        max_length=MOST_SUMMARY,
        description="One sentence, which engineers read first.",
        examples=["Domain controllers stop replicating"],
    )
    description: str = Field(
        max_length=MOST_DESCRIPTION, examples=["Since Tuesday the second one reports error 1722."]
    )
    answers: dict[Code, Answer] = Field(
        {},
        max_length=MOST_ANSWERS,
        description="To the product's questions, by code.",
    )
    subscription: str = Field(
        "",
        max_length=64,
        description="The number of the subscription that it concerns, where one is asked for.",
    )
    best_effort: bool = Field(
        False, description="Ask for help that needs no access to a subscription; only about your own tenant."
    )


class NightContactIn(Body):
    """Whom to call day and night (SEV-4)."""

    name: str = Field(max_length=MOST_NAME)
    phone: str = Field(max_length=MOST_PHONE)
    time_zone: str = Field("", max_length=64, description="An IANA name. Empty: that of the request.")


Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", examples=["2026-11-20"])]


class CallBackIn(Body):
    """When a consultant may call about a question of advice, at the place of the request; a wish (RTE-2)."""

    days: list[Day] = Field([], max_length=2, description="Any day where there is none.")
    window: Literal["morning", "afternoon", "evening"] | None = Field(
        None, description="9 to 12, 12 to 17, or 17 to 20 o'clock; null: in business hours."
    )


class SupportIn(Body):
    """What pays, and how bad it is."""

    agreement: Whole | None = Field(
        None,
        ge=1,
        le=LARGEST_ID,
        description="The plan that pays; null where the question is free of charge.",
    )
    severity: str = Field(max_length=8, examples=["B"])
    hours: Literal["24x7", "business"] | None = Field(
        None, description="Has to be said where the severity can be worked on around the clock."
    )
    night_contact: NightContactIn | None = Field(None, description="Needed around the clock.")
    country: str | None = Field(
        None,
        max_length=2,
        description="Where you are (ISO 3166); by default as in your profile.",
        examples=["GR"],
    )
    time_zone: str | None = Field(None, max_length=64, description="Likewise.", examples=["Europe/Athens"])
    call_back: CallBackIn | None = Field(None, description="Read for questions of advice only.")


class RequestIn(Body):
    """A support request. What is left out is taken from the profile of the account."""

    customer: Whole | None = Field(
        None,
        ge=1,
        le=LARGEST_ID,
        description="The customer for whom it is made, under rights that it granted; null: for your own tenant.",
    )
    problem: ProblemIn
    support: SupportIn
    contact: PersonIn | None = Field(None, description="The primary contact; by default you.")
    share: list[OtherPersonIn] = Field([], max_length=MOST_ADDITIONAL, description="Who else will see it.")
    terms_accepted: bool = Field(description="Whether the service agreement is accepted.")
    test: bool = Field(
        False, description="Go the whole way without cost: nothing is deducted, and nobody is told but you."
    )


@dataclass(frozen=True, slots=True)
class Looked:
    """A body, read and judged. `faults` are what is wrong with single answers, `refusals` what they mean together."""

    answers: Answers
    outlook: Outlook
    faults: tuple[Fault, ...]
    refusals: tuple[Fault, ...]


def look(request: ApiRequest, body: RequestIn) -> Looked:
    """Read a body and say what would happen if it were sent now. Raises Http404 for a customer that is not theirs."""
    answers, of_addresses = _answers(body, request.viewer)
    if body.customer is not None:
        customer_for(request.viewer, body.customer)
    product = catalog.current().products.get(answers.problem.product)
    read = checked(answers, product)
    answers = _without_needless_plan(read.answers)
    outlook = outlook_of(answers, request.viewer, at=request.at, customer_id=body.customer)
    support, of_hours = with_hours(answers.support, outlook.setting.circumstances.targets)
    if support != answers.support:
        answers = replace(answers, support=support)
        outlook = outlook_of(answers, request.viewer, at=request.at, customer_id=body.customer)
    findings = (*read.findings, *of_addresses, *of_hours)
    steps = {finding.step for finding in findings}
    refusals = [
        Fault(reason, f"#/{outlook.judgement.steps[reason.code]}")
        for reason in outlook.judgement.decision
        # Said more closely by what is wrong with the answers themselves.
        if not (reason.code == "intake.product-gone" and "problem" in steps)
    ]
    if not body.terms_accepted:
        refusals.append(Fault(Reason("intake.terms-not-accepted"), "#/terms_accepted"))
    return Looked(answers, outlook, tuple(_fault(finding) for finding in findings), tuple(refusals))


def pointer_of_step(step: str) -> str:
    """Where in the body something can be mended that belongs to this step."""
    return "#/terms_accepted" if step == SUBMIT else f"#/{step}"


def _answers(body: RequestIn, viewer: Viewer) -> tuple[Answers, list[Finding]]:
    night, call = body.support.night_contact, body.support.call_back
    days = [*(call.days if call else ()), "", ""]
    findings: list[Finding] = []
    contact = Person(
        name=viewer.name,
        email=(viewer.contact_email or viewer.email).lower(),
        phone=viewer.phone,
        time_zone=viewer.time_zone,
        language=viewer.language,
    )
    if body.contact is not None:
        contact, refusal = person_of(body.contact)
        if refusal is not None:
            findings.append(Finding(CONTACT, "email", refusal))
    share = []
    for place, given in enumerate(body.share):
        person, refusal = person_of(given)
        share.append(person)
        if refusal is not None:
            findings.append(Finding(SHARE, "email", refusal, place))
    answers = Answers(
        problem=Problem(
            product=body.problem.product,
            version=body.problem.version,
            usage=body.problem.usage or "",
            category=body.problem.category,
            problem=body.problem.problem,
            summary=body.problem.summary,
            description=body.problem.description,
            answers=body.problem.answers,
            subscription=body.problem.subscription,
            best_effort="on" if body.problem.best_effort else "",
        ),
        support=Support(
            agreement_id=body.support.agreement,
            severity=body.support.severity,
            hours=body.support.hours or "",
            night_name=night.name if night else "",
            night_phone=night.phone if night else "",
            night_time_zone=night.time_zone if night else "",
            country=viewer.country if body.support.country is None else body.support.country,
            time_zone=viewer.time_zone if body.support.time_zone is None else body.support.time_zone,
            call_day=days[0],
            call_other_day=days[1],
            call_window=(call.window or "") if call else "",
        ),
        contact=contact,
        share=tuple(share),
    )
    return answers, findings


def _without_needless_plan(answers: Answers) -> Answers:
    """Questions that are free of charge are not charged to anything (RTE-2)."""
    chosen = chosen_of(answers.problem)
    if chosen is None or chosen.needs_plan:
        return answers
    return replace(answers, support=replace(answers.support, agreement_id=None))


def _fault(finding: Finding) -> Fault:
    place = _PLACES.get(finding.field, finding.field)
    inside = f"/{finding.place}" if finding.place is not None else ""
    return Fault(finding.reason, f"#/{finding.step}{inside}/{place}")
