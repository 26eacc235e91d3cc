"""In which order the agreements of the account are offered: soonest end first, unless it wants it otherwise."""

from __future__ import annotations

from typing import Annotated

from ninja import Router
from pydantic import Field

from pactdesk.agreements import queries
from pactdesk.agreements.queries.draw_order import draw_order
from pactdesk.agreements.services.draw_order import put_in_order
from pactdesk.api.authentication import ApiRequest, Needs
from pactdesk.api.frame import answers
from pactdesk.api.problems import Fault, Refusal
from pactdesk.api.reading import Body, Whole
from pactdesk.api.v1.agreements import AgreementList, agreement_out
from pactdesk.api.v1.intake import LARGEST_ID
from pactdesk.kernel.decisions import Reason

router = Router(tags=["Agreements"])

MOST = 1000
Id = Annotated[Whole, Field(ge=1, le=LARGEST_ID)]


class DrawOrderIn(Body):
    """Which agreements are offered before all others."""

    agreements: list[Id] = Field(
        max_length=MOST,
        description="By `id`, the first one first. Empty: what ends soonest is offered first.",
    )


@router.put(
    "/agreements/order",
    response=answers({200: AgreementList}, body=True),
    auth=Needs("agreements:write"),
    operation_id="order_agreements",
    summary="Say which agreements are offered first",
    url_name="agreement-order",
)
def order(request: ApiRequest, body: DrawOrderIn) -> AgreementList:
    """From then on the plans of a request are offered in this order, and after them all others: first what is not
    counted, then what ends soonest. It decides nothing: a request names the plan that pays for it. Who loses an
    agreement loses its place."""
    known = set(draw_order(request.viewer).usual)
    faults = tuple(
        Fault(Reason("draw-order.not-yours"), f"#/agreements/{place}")
        for place, agreement_id in enumerate(body.agreements)
        if agreement_id not in known
    )
    if faults:
        raise Refusal("refused", faults)
    put_in_order(body.agreements, actor=request.viewer)
    lines = queries.benefits(request.viewer, at=request.at)
    return AgreementList(items=[agreement_out(line) for line in lines])
