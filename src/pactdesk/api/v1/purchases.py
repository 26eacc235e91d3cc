"""Paid incidents: what is sold, cards that programs may charge, orders and what became of them (PPI)."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Annotated, Literal

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from ninja import Path, Router
from pydantic import BaseModel, Field

from pactdesk.api.authentication import ApiRequest, Needs
from pactdesk.api.frame import ONCE, answers, made
from pactdesk.api.idempotency import Attempt, once
from pactdesk.api.paging import USUAL, Cursor, Limit, cursor_of, position_in
from pactdesk.api.problems import Fault, ReasonOut, Refusal, reason_out, reasons_out
from pactdesk.api.reading import Body, Whole
from pactdesk.api.v1.intake import LARGEST_ID
from pactdesk.api.words import Named, named
from pactdesk.kernel.decisions import Decision, Reason, Refused
from pactdesk.kernel.worded import FALLBACK
from pactdesk.purchases import queries
from pactdesk.purchases.queries import PurchaseLine, PurchasePage, SavedCardLine
from pactdesk.purchases.queries.offers import OfferLine, offer_in, offers_in
from pactdesk.purchases.rules.buying import Ware
from pactdesk.purchases.rules.payments import Money
from pactdesk.purchases.services import ordering

router = Router(tags=["Purchases"])

_READ, _WRITE = "purchases:read", "purchases:write"
_PLACE = "purchases"
Id = Annotated[int, Path(description="The id of a purchase.")]
Minor = Annotated[int, Field(description="In the smallest units of the currency: 45900 for 459.00 EUR.")]

# Where in the body it stands, by the reason.
_POINTERS = {
    "purchase.not-sold-here": "#/offer",
    "purchase.price-changed": "#/price",
    "purchase.no-card": "#/card",
    "purchase.card-expired": "#/card",
    "purchase.card-closed-to-programs": "#/card",
    "purchase.above-allowance": "#/card",
    "purchase.allowed-in-other-currency": "#/card",
    "purchase.terms-not-accepted": "#/terms_accepted",
}


class PriceIn(Body):
    """The price that you were told."""

    amount_minor: Whole = Field(ge=1, le=10**15, examples=[45900])
    currency: str = Field(max_length=3, description="ISO 4217.", examples=["EUR"])


class OrderIn(Body):
    """An order. The card is charged as soon as it is sent."""

    offer: str = Field(max_length=100, examples=["single-incident"])
    card: Whole = Field(ge=1, le=LARGEST_ID, description="One that its owner has opened to programs.")
    price: PriceIn = Field(description="As `list_offers` said it; another one is refused.")
    terms_accepted: bool = Field(
        description="That the card is charged at once under the service agreement, which binds the account's owner."
    )


class OfferOut(BaseModel):
    """What is sold to the account."""

    code: str
    programme: Named
    single: bool = Field(description="One incident; false: a pack.")
    units: int
    amount_minor: Minor
    currency: str
    tax_note: str
    months: int = Field(description="So long it can be used; what is left then expires.")
    url: str = Field(description="Where a person orders it in a browser.")


class OfferList(BaseModel):
    """What is sold in the country of the account's profile."""

    country: str
    items: list[OfferOut]
    reasons: list[ReasonOut] = Field(
        description="Why nothing is sold to this account; empty where items are."
    )


class AllowanceOut(BaseModel):
    """What programs may order with a card within 30 days."""

    most_minor: Minor
    left_minor: int = Field(description="What of it is left now.")
    currency: str


class CardOut(BaseModel):
    """A card of the account. Its number is the payment provider's alone."""

    id: int
    brand: str = Field(examples=["visa"])
    last_four: str
    last_day: date
    expired: bool
    programs: AllowanceOut | None = Field(description="Null: programs may not charge it.")
    url: str = Field(description="Where its owner changes that, in a browser.")


class CardList(BaseModel):
    """All cards of the account, the newest first."""

    items: list[CardOut]
    url: str = Field(description="Where the owner adds one, in a browser.")


class PurchaseOut(BaseModel):
    """An order and what became of it."""

    id: int
    number: str = Field(examples=["P-100001"])
    offer: str
    programme: Named
    units: int
    amount_minor: Minor
    currency: str
    tax_note: str
    state: Literal["ordered", "paying", "paid", "granted", "failed", "refunding", "refunded"] = Field(
        description="`granted`: it can be used. `failed`: nothing was charged. `ordered` and `paying` are not decided."
    )
    dispute: Literal["", "open", "won", "lost"]
    failure: ReasonOut | None = Field(description="Why nothing was charged.")
    continue_url: str | None = Field(
        description="Where the owner has to go on in a browser, within an hour: the bank asks (3-D-Secure)."
    )
    program: str = Field(
        description="What the token or client is called that ordered it; empty: a person did."
    )
    card_brand: str
    card_last_four: str
    agreement: int | None = Field(description="What it grants, among the agreements.")
    units_left: int | None
    ordered_at: datetime
    paid_at: datetime | None
    ends_at: datetime | None = Field(description="The first moment after it can be used.")
    refunded_at: datetime | None
    refunded_minor: int


class PurchaseList(BaseModel):
    """A page of purchases, the newest first."""

    items: list[PurchaseOut]
    next: str | None = Field(description="The cursor of the next page; null: this is the last.")


class OrderPreview(BaseModel):
    """What would become of an order."""

    allowed: bool
    reasons: list[ReasonOut]


@router.get(
    "/offers",
    response=answers({200: OfferList}),
    auth=Needs(_READ),
    operation_id="list_offers",
    summary="List what is sold",
    url_name="offers",
)
def offer_list(request: ApiRequest) -> OfferList:
    """In the country of the account's profile, with its prices (PPI-1, PPI-2)."""
    viewer = request.viewer
    decision = queries.may_buy(viewer)
    lines = offers_in(viewer.country, language=_language()) if decision.allowed else ()
    if decision.allowed and not lines:
        decision = Decision((Reason("purchase.nothing-sold"),))
    return OfferList(
        country=viewer.country,
        items=[_offer(line) for line in lines],
        reasons=reasons_out(decision, zone=viewer.time_zone),
    )


@router.get(
    "/cards",
    response=answers({200: CardList}),
    auth=Needs(_READ),
    operation_id="list_cards",
    summary="List the saved cards",
    url_name="cards",
)
def card_list(request: ApiRequest) -> CardList:
    """By brand and last four digits, and what programs may order with each. Only a person adds cards, removes them and
    opens them to programs, in a browser."""
    found = queries.cards(request.viewer, at=request.at)
    return CardList(items=[_card(card) for card in found], url=_at("portal:cards"))


@router.post(
    "/purchases/preview",
    response=answers({200: OrderPreview}, body=True),
    auth=Needs(_WRITE),
    operation_id="preview_order",
    summary="Ask what would become of an order",
    url_name="purchase-preview",
)
def preview(request: ApiRequest, body: OrderIn) -> OrderPreview:
    """The same body as for ordering. Answers every reason against it; charges and writes nothing."""
    decision = ordering.may_place(
        _ware(request, body),
        shown=_money(body),
        card_id=body.card,
        terms_accepted=body.terms_accepted,
        program=_program(request),
        actor=request.viewer,
        at=request.at,
    )
    zone = request.viewer.time_zone
    return OrderPreview(
        allowed=decision.allowed,
        reasons=[reason_out(fault.reason, pointer=fault.pointer, zone=zone) for fault in _faults(decision)],
    )


@router.post(
    "/purchases",
    response=answers({201: PurchaseOut}, once=True),
    auth=Needs(_WRITE),
    operation_id="order_incident",
    summary="Order an incident",
    url_name="purchases",
    openapi_extra=ONCE,
)
def order(request: ApiRequest, body: OrderIn) -> HttpResponse:
    """Charges the card at once, exactly once, and grants what is paid (PPI-3, PPI-5). A card that is declined is a
    purchase whose state is `failed`. Where the bank asks its owner, `continue_url` says where to send them. The same
    key again answers the purchase as it stands by then."""
    # Written down and committed, then charged: money never hangs on a transaction that may be rolled back.
    answer = once(request, "order-incident", lambda attempt: _place(request, body, attempt))
    if answer.status_code != 201:
        return answer
    purchase_id = int(json.loads(answer.content)["id"])
    if "Idempotency-Replayed" not in answer:
        ordering.charge(purchase_id, at=request.at)
    now = made(201, _one(request, purchase_id), location=answer["Location"])
    if "Idempotency-Replayed" in answer:
        now["Idempotency-Replayed"] = answer["Idempotency-Replayed"]
    return now


@router.get(
    "/purchases",
    response=answers({200: PurchaseList}, query=True),
    auth=Needs(_READ),
    operation_id="list_purchases",
    summary="List the purchases of the account",
    url_name="purchases",
)
def purchase_list(request: ApiRequest, cursor: Cursor = "", limit: Limit = USUAL) -> PurchaseList:
    """Those that people ordered in the portal as well as those of programs, the newest first."""
    position = position_in(cursor, _PLACE)
    found = queries.purchases(request.viewer, older_than=position[0] if position else None, most=limit)
    return PurchaseList(
        items=[_out(line) for line in found.lines],
        next=cursor_of(_PLACE, found.older_than) if found.older_than is not None else None,
    )


@router.get(
    "/purchases/{int:purchase_id}",
    response=answers({200: PurchaseOut}, path=True),
    auth=Needs(_READ),
    operation_id="get_purchase",
    summary="Get one purchase",
    url_name="purchase",
)
def purchase(request: ApiRequest, purchase_id: Id) -> PurchaseOut:
    """One purchase of the account, as it stands now."""
    return _one(request, min(purchase_id, LARGEST_ID))


@router.post(
    "/purchases/{int:purchase_id}/cancel",
    response=answers({200: PurchaseOut}, path=True, conflict=True),
    auth=Needs(_WRITE),
    operation_id="cancel_purchase",
    summary="Cancel an order",
    url_name="purchase-cancel",
)
def cancel(request: ApiRequest, purchase_id: Id) -> PurchaseOut:
    """While it waits for its owner to confirm it with the bank; nothing is charged then. What is paid is not cancelled:
    the service centre pays back what is not used."""
    number = min(purchase_id, LARGEST_ID)
    try:
        ordering.cancel(number, actor=request.viewer, at=request.at)
    except Refused as refused:
        faults = tuple(Fault(reason) for reason in refused.decision)
        raise Refusal("conflict", faults, zone=request.viewer.time_zone) from None
    return _one(request, number)


def _place(request: ApiRequest, body: OrderIn, attempt: Attempt) -> HttpResponse:
    try:
        purchase_id, _is_new = ordering.place(
            _ware(request, body),
            key=str(attempt.derived),
            shown=_money(body),
            card_id=body.card,
            terms_accepted=body.terms_accepted,
            return_url=f"{settings.BASE_URL}/purchases/{{id}}/",
            program=_program(request),
            actor=request.viewer,
            at=request.at,
        )
    except Refused as refused:
        raise _refusal(refused.decision, request) from None
    return made(201, _one(request, purchase_id), location=reverse("api:v1:purchase", args=[purchase_id]))


def _refusal(decision: Decision, request: ApiRequest) -> Refusal:
    zone = request.viewer.time_zone
    for reason in decision:
        if reason.code == "purchase.work-account":
            return Refusal("forbidden", _faults(decision), zone=zone)
        if reason.code == "purchase.too-many-attempts":
            wait = str(reason.params["minutes"] * 60)
            return Refusal("too-many", _faults(decision), zone=zone, headers={"Retry-After": wait})
    return Refusal("refused", _faults(decision), zone=zone)


def _faults(decision: Decision) -> tuple[Fault, ...]:
    return tuple(Fault(reason, _POINTERS.get(reason.code, "")) for reason in decision)


def _program(request: ApiRequest) -> ordering.Program:
    return ordering.Program(request.auth.key, request.auth.name)


def _ware(request: ApiRequest, body: OrderIn) -> Ware | None:
    line = offer_in(request.viewer.country, body.offer, language=_language())
    return line.ware if line else None


def _money(body: OrderIn) -> Money:
    return Money(body.price.amount_minor, body.price.currency)


def _offer(line: OfferLine) -> OfferOut:
    ware = line.ware
    return OfferOut(
        code=ware.offer_code,
        programme=named(ware.programme_code, line.programme),
        single=line.single,
        units=ware.units,
        amount_minor=ware.money.minor,
        currency=ware.money.currency,
        tax_note=ware.tax_note,
        months=line.length_months,
        url=_at("portal:buy-offer", ware.offer_code),
    )


def _card(card: SavedCardLine) -> CardOut:
    allowed = card.programs
    return CardOut(
        id=card.card_id,
        brand=card.brand,
        last_four=card.last_four,
        last_day=card.last_day,
        expired=card.expired,
        programs=AllowanceOut(
            most_minor=allowed.most.minor, left_minor=allowed.left.minor, currency=allowed.most.currency
        )
        if allowed
        else None,
        url=_at("portal:card-programs", card.card_id),
    )


def _one(request: ApiRequest, purchase_id: int) -> PurchaseOut:
    page: PurchasePage = queries.purchase_page(request.viewer, purchase_id, at=request.at)
    return _out(page.line)


def _out(line: PurchaseLine) -> PurchaseOut:
    return PurchaseOut(
        id=line.purchase_id,
        number=line.number,
        offer=line.offer_code,
        programme=named(line.programme_code, line.programme),
        units=line.units,
        amount_minor=line.amount_minor,
        currency=line.currency,
        tax_note=line.tax_note,
        state=line.state.value,
        dispute=line.dispute.value,
        failure=reason_out(Reason(line.failure), zone=line.time_zone) if line.failure else None,
        continue_url=_at("portal:purchase", line.purchase_id) if line.is_asked else None,
        program=line.program,
        card_brand=line.card_brand,
        card_last_four=line.card_last_four,
        agreement=line.agreement_id,
        units_left=line.units_left,
        ordered_at=line.ordered_at,
        paid_at=line.paid_at,
        ends_at=line.ends_at,
        refunded_at=line.refunded_at,
        refunded_minor=line.refunded_minor,
    )


def _at(name: str, *args: int | str) -> str:
    """Where a person goes on in a browser. Opening it asks for signing in, and changes nothing."""
    return f"{settings.BASE_URL}{reverse(name, args=args)}"


def _language() -> str:
    return get_language() or FALLBACK
