"""When a request goes wrong: whom to reach, who was told, and asking for a manager (ESC-1)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from django.http import HttpResponse
from django.urls import reverse
from ninja import Router
from pydantic import BaseModel, Field

from pactdesk.accounts.queries import Colleague
from pactdesk.api.authentication import ApiRequest, Needs
from pactdesk.api.frame import ONCE, answers, made
from pactdesk.api.idempotency import Attempt, once
from pactdesk.api.problems import ReasonOut, reasons_out
from pactdesk.api.reading import Body
from pactdesk.api.v1.requests import Number, refusal_of
from pactdesk.cases.queries.escalation import Help, TakenStep, help_for
from pactdesk.cases.rules.messages import MOST_REASON
from pactdesk.cases.rules.numbers import read_number, shown_number
from pactdesk.cases.services.escalation import ask_for_manager
from pactdesk.kernel.decisions import Refused

router = Router(tags=["Escalation"])

AnyStep = Literal["engineers", "manager"]


class ColleagueOut(BaseModel):
    """Somebody of the vendor, and how to reach them."""

    name: str
    email: str
    phone: str = Field(description="May be empty.")


class StepOut(BaseModel):
    """A step that was taken: people who were told, and who took it up."""

    step: str = Field(description="engineers, manager; others may be added.")
    at: datetime
    asked_by: str | None = Field(description="The contact who asked; null: the time that had passed did.")
    reason: str
    told: list[str] = Field(description="Their names.")
    taken_up_by: str | None = Field(description="Null: nobody has yet.")
    taken_up_at: datetime | None


class HelpOut(BaseModel):
    """Who stands behind a request, and how far it was escalated."""

    engineer: ColleagueOut | None = Field(description="Who owns it.")
    backup: ColleagueOut | None = Field(description="Who stands in.")
    manager: ColleagueOut | None
    steps: list[StepOut] = Field(description="Those of the last time that it was escalated, oldest first.")
    next_step: AnyStep | None = Field(description="What asking now would do; null: everybody knows.")
    may_ask: bool
    reasons: list[ReasonOut] = Field(description="Why one may not ask now.")


class AskIn(Body):
    """What goes wrong, for everybody who sees the request."""

    reason: str = Field(
        min_length=1, max_length=MOST_REASON, examples=["Nobody has called back since Monday."]
    )


@router.get(
    "/requests/{number}/escalations",
    response=answers({200: HelpOut}, path=True),
    auth=Needs("requests:read"),
    operation_id="list_escalations",
    summary="See who helps and who was told",
    url_name="escalations",
)
def help_with(request: ApiRequest, number: Number) -> HelpOut:
    """The engineer, whoever stands in, their manager, and what was asked of them so far."""
    return _out(help_for(request.viewer, read_number(number)))


@router.post(
    "/requests/{number}/escalations",
    response=answers({201: HelpOut}, path=True, once=True),
    auth=Needs("requests:write"),
    operation_id="ask_for_manager",
    summary="Ask for a manager",
    url_name="escalations",
    openapi_extra=ONCE,
)
def ask(request: ApiRequest, number: Number, body: AskIn) -> HttpResponse:
    """Tells the engineer and whoever stands in; asking again, or an hour in which nobody takes it up, their manager."""
    return once(request, "ask-for-manager", lambda attempt: _ask(request, read_number(number), body, attempt))


def _ask(request: ApiRequest, number: int | None, body: AskIn, _attempt: Attempt) -> HttpResponse:
    try:
        ask_for_manager(number, reason=body.reason, actor=request.viewer, at=request.at)
    except Refused as refused:
        raise refusal_of(refused, request) from None
    location = reverse("api:v1:escalations", args=[shown_number(number or 0)])
    return made(201, _out(help_for(request.viewer, number)), location=location)


def _out(found: Help) -> HelpOut:
    return HelpOut(
        engineer=_colleague(found.engineer),
        backup=_colleague(found.backup),
        manager=_colleague(found.manager),
        steps=[_step(step) for step in found.steps],
        next_step=found.next_step.value if found.next_step and found.decision.allowed else None,
        may_ask=found.decision.allowed,
        reasons=reasons_out(found.decision),
    )


def _colleague(person: Colleague | None) -> ColleagueOut | None:
    return ColleagueOut(name=person.name, email=person.email, phone=person.phone) if person else None


def _step(step: TakenStep) -> StepOut:
    return StepOut(
        step=step.step.value,
        at=step.at,
        asked_by=step.by or None,
        reason=step.reason,
        told=list(step.told),
        taken_up_by=step.taken_up_by or None,
        taken_up_at=step.taken_up_at,
    )
