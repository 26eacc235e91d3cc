"""How severe a request is: asked what a change would do, changed, and restored (SEV-1, SEV-4, SEV-6)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ninja import Router
from pydantic import BaseModel, Field

from pactdesk.accounts.rules import known_time_zones, parse_phone
from pactdesk.accounts.rules.text import hidden_refusal
from pactdesk.api.authentication import ApiRequest, Needs
from pactdesk.api.frame import answers
from pactdesk.api.problems import Fault, ReasonOut, Refusal, reasons_out
from pactdesk.api.reading import Body
from pactdesk.api.v1.catalogue import Cadence, Hours, target_out
from pactdesk.api.v1.intake import NightContactIn
from pactdesk.api.v1.requests import Number, RequestOut, SeverityOffer, out_of, refusal_of
from pactdesk.cases.queries import records
from pactdesk.cases.queries import severity as queries
from pactdesk.cases.queries.severity import SeverityPage
from pactdesk.cases.rules.messages import MOST_REASON
from pactdesk.cases.rules.numbers import read_number
from pactdesk.cases.rules.severity import Reachable, Wanted
from pactdesk.cases.services import severity as services
from pactdesk.kernel.decisions import Reason, Refused
from pactdesk.kernel.text import tidy_line

router = Router(tags=["Severity"])


class LevelIn(Body):
    """Another severity."""

    severity: str = Field(max_length=8, examples=["A"])
    hours: Hours = Field("24x7", description="Counts only for a severity that is handled around the clock.")
    night_contact: NightContactIn | None = Field(None, description="Needed around the clock.")


class SeverityIn(LevelIn):
    """Another severity, and why, for everybody to read."""

    reason: str = Field(min_length=1, max_length=MOST_REASON, examples=["Nobody can work any more."])


class DueOut(BaseModel):
    """What is owed, and until when. Null: the clock stands still then, or it is not owed."""

    metric: Literal["initial-response", "update"]
    before: datetime | None
    after: datetime | None


class SeverityPreviewOut(BaseModel):
    """What the change would do. Nothing was written."""

    allowed: bool
    reasons: list[ReasonOut]
    severity: str | None = Field(description="What the request would have; null: it cannot be that.")
    hours: Hours | None
    due: list[DueOut]
    update_every: Cadence | None = Field(description="How often news would be promised; null: it would not.")
    severities: list[SeverityOffer]


@router.post(
    "/requests/{number}/severity/preview",
    response=answers({200: SeverityPreviewOut}, path=True, body=True),
    auth=Needs("requests:write"),
    operation_id="preview_severity",
    summary="Ask what another severity would do",
    url_name="request-severity-preview",
)
def preview(request: ApiRequest, number: Number, body: LevelIn) -> SeverityPreviewOut:
    """Every due instant before and after, and what the plan offers. Writes nothing."""
    page = queries.severity_page(request.viewer, read_number(number), at_desk=False)
    wanted = _wanted(request, page, body)
    found = queries.outlook(request.viewer, page.number, wanted, at_desk=False, at=request.at)
    every = found.updates.as_data() if found.updates else {}
    return SeverityPreviewOut(
        allowed=found.decision.allowed,
        reasons=reasons_out(found.decision),
        severity=found.level.severity if found.level else None,
        hours=found.level.hours if found.level else None,
        due=[DueOut(metric=each.metric.value, before=each.before, after=each.after) for each in found.due],
        update_every=Cadence(minutes=every.get("minutes"), business_days=every.get("business_days"))
        if every
        else None,
        severities=[
            SeverityOffer(
                severity=offer.severity,
                offered=offer.offered,
                reasons=reasons_out(offer.decision),
                target=target_out(offer.target) if offer.target else None,
            )
            for offer in page.offers
        ],
    )


@router.post(
    "/requests/{number}/severity",
    response=answers({200: RequestOut}, path=True, body=True, conflict=True),
    auth=Needs("requests:write"),
    operation_id="change_severity",
    summary="Change the severity",
    url_name="request-severity",
)
def change(request: ApiRequest, number: Number, body: SeverityIn) -> RequestOut:
    """Due instants follow. Ask the preview first to see how. The same again is a conflict."""
    page = queries.severity_page(request.viewer, read_number(number), at_desk=False)
    wanted = _wanted(request, page, body)
    try:
        services.change_by_contact(
            page.number, wanted, reason=body.reason, actor=request.viewer, at=request.at
        )
    except Refused as refused:
        raise refusal_of(refused, request) from None
    return out_of(records.record(request.viewer, page.number))


@router.post(
    "/requests/{number}/severity/restore",
    response=answers({200: RequestOut}, path=True, conflict=True),
    auth=Needs("requests:write"),
    operation_id="restore_severity",
    summary="Make a request as severe again as it was",
    url_name="request-severity-restore",
)
def restore(request: ApiRequest, number: Number) -> RequestOut:
    """After it was lowered because nobody could be reached. What is owed begins anew (SEV-4)."""
    named_one = read_number(number)
    try:
        services.restore(named_one, actor=request.viewer, at=request.at)
    except Refused as refused:
        raise refusal_of(refused, request) from None
    return out_of(records.record(request.viewer, named_one))


def _wanted(request: ApiRequest, page: SeverityPage, body: LevelIn) -> Wanted:
    night = body.night_contact
    if night is None:
        return Wanted(body.severity, body.hours)
    zone = night.time_zone or page.time_zone
    faults = []
    phone = parse_phone(night.phone, page.country)
    if isinstance(phone, Reason):
        faults.append(Fault(phone, "#/night_contact/phone"))
    if zone not in known_time_zones():
        faults.append(Fault(Reason("contact.time-zone-unknown"), "#/night_contact/time_zone"))
    if refusal := hidden_refusal(night.name):
        faults.append(Fault(refusal, "#/night_contact/name"))
    if faults:
        raise Refusal("invalid", tuple(faults), zone=request.viewer.time_zone)
    return Wanted(body.severity, body.hours, Reachable(tidy_line(night.name), str(phone), zone))
