"""Buying an incident: the offers, the order, what became of it, and the way back to the request (PPI-1 to PPI-5)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pactdesk.accounts.viewer import Viewer
from pactdesk.kernel.decisions import Decision, Reason
from pactdesk.kernel.ids import new_key
from pactdesk.kernel.moments import instant_in_words
from pactdesk.pages.links import link, number_in
from pactdesk.pages.purchases import card_name
from pactdesk.pages.reasons import WordedReason, worded
from pactdesk.pages.requests import PageRequest, with_profile
from pactdesk.portal import buying
from pactdesk.portal.buying import OfferCard, PurchaseRow
from pactdesk.portal.forms.purchases import OrderForm
from pactdesk.purchases import queries
from pactdesk.purchases.queries import PurchaseLine, PurchasePage
from pactdesk.purchases.queries.offers import OfferLine, offer_in, offers_in
from pactdesk.purchases.rules.payments import Dispute
from pactdesk.purchases.rules.states import State
from pactdesk.purchases.services import ordering, trying
from pactdesk.purchases.services.ordering import CannotBuy, CannotCancel

MOST: Final = 25
_WAITING = frozenset({State.ORDERED, State.PAYING, State.PAID})


@dataclass(frozen=True, slots=True)
class OffersPage:
    """What is sold to the reader, or why nothing is. `back_url` leads to the request that was begun."""

    offers: tuple[OfferCard, ...]
    refusals: tuple[WordedReason, ...]
    back_url: str


@dataclass(frozen=True, slots=True)
class OrderPage:
    """The order of one offer before it is sent."""

    offer: OfferCard
    form: OrderForm
    cards: list[dict[str, Any]]
    cards_url: str
    back_url: str
    agreement_url: str


@dataclass(frozen=True, slots=True)
class ResultPage:
    """A purchase. `waits`: it is not decided, and the page looks again after `look_again_in` seconds, where `known`
    names what it shows by then. `confirm_url` is where its buyer has to confirm it; `go_on`: the request that was begun
    waits for it; `rows` are its facts."""

    row: PurchaseRow
    rows: tuple[tuple[str, str], ...]
    waits: bool
    look_again_in: int
    known: str
    confirm_url: str
    notice: str
    notice_kind: str
    usable: bool
    go_on: bool
    again_url: str
    agreement_url: str
    receipt_url: str


@with_profile
@require_safe
def offers(request: PageRequest) -> HttpResponse:
    """What can be bought in the reader's country, or why nothing can."""
    decision = queries.may_buy(request.viewer)
    return _offers(request, decision, buying.draft_in(request, request.viewer))


def _offers(
    request: PageRequest, decision: Decision, draft_id: uuid.UUID | None, *, status: int = 200
) -> HttpResponse:
    lines = offers_in(request.viewer.country, language=buying.language()) if decision.allowed else ()
    if decision.allowed and not lines:
        decision = Decision((Reason("purchase.nothing-sold"),))
    page = OffersPage(
        offers=tuple(buying.offer_card(line, draft_id) for line in lines),
        refusals=tuple(worded(reason, zone=request.viewer.time_zone) for reason in decision),
        back_url=reverse("portal:intake-step", args=[draft_id, "support"]) if draft_id else "",
    )
    return render(request, "portal/purchases/offers.html", {"page": page}, status=status)


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def order(request: PageRequest, offer: str) -> HttpResponse:
    """Choose a card, accept the service agreement, and pay; the card is charged at once (PPI-3)."""
    draft_id = buying.draft_in(request, request.viewer)
    decision = queries.may_buy(request.viewer)
    if not decision.allowed:
        return _offers(request, decision, draft_id, status=403)
    line = offer_in(request.viewer.country, offer, language=buying.language())
    if line is None:
        raise Http404
    cards = queries.cards(request.viewer, at=request.at)
    good = [card.card_id for card in cards if not card.expired]
    if request.method != "POST":
        wished = number_in(request.GET.get("card", ""))
        chosen = wished if wished in good else next(iter(good), None)
        return _order(request, line, draft_id, _fresh(line, good, chosen))
    form = OrderForm(request.POST, cards=[card.card_id for card in cards])
    if not form.is_valid():
        return _order(request, line, draft_id, form, status=422)
    try:
        purchase_id = ordering.order(
            offer,
            key=str(form.cleaned_data["key"]),
            shown=form.shown,
            card_id=form.cleaned_data["card"],
            terms_accepted=form.cleaned_data["terms_accepted"],
            return_url=f"{settings.BASE_URL}/purchases/{{id}}/",
            language=buying.language(),
            actor=request.viewer,
            at=request.at,
        )
    except CannotBuy as refused:
        return _refused(request, line, draft_id, form, refused.decision)
    bought = queries.purchase_page(request.viewer, purchase_id, at=request.at).line
    if bought.state is State.FAILED:
        return _refused(request, line, draft_id, form, Decision((Reason(bought.failure),)))
    buying.remember(request, purchase_id, draft_id)
    return redirect("portal:purchase", purchase_id)


def _fresh(line: OfferLine, cards: list[int], chosen: int | None) -> OrderForm:
    """An order form with the price of now and a key of its own."""
    return OrderForm(cards=cards, initial=_prices(line) | {"card": chosen})


def _prices(line: OfferLine) -> dict[str, Any]:
    return {
        "key": str(new_key()),
        "amount_minor": line.ware.money.minor,
        "currency": line.ware.money.currency,
    }


def _refused(
    request: PageRequest,
    line: OfferLine,
    draft_id: uuid.UUID | None,
    form: OrderForm,
    decision: Decision,
) -> HttpResponse:
    """The form again with what was chosen and why nothing was bought. It is a new order, at the price of now."""
    data = request.POST.copy()
    for name, value in _prices(line).items():
        data[name] = str(value)
    cards = queries.cards(request.viewer, at=request.at)
    again = OrderForm(data, cards=[card.card_id for card in cards])
    again.is_valid()
    again.refuse(decision, zone=request.viewer.time_zone)
    return _order(request, line, draft_id, again, status=422)


def _order(
    request: PageRequest,
    line: OfferLine,
    draft_id: uuid.UUID | None,
    form: OrderForm,
    *,
    status: int = 200,
) -> HttpResponse:
    here = buying.for_draft(reverse("portal:buy-offer", args=[line.ware.offer_code]), draft_id)
    page = OrderPage(
        offer=buying.offer_card(line, draft_id),
        form=form,
        cards=[buying.card_choice(card) for card in queries.cards(request.viewer, at=request.at)],
        cards_url=link(reverse("portal:cards"), {"next": here}),
        back_url=buying.for_draft(reverse("portal:buy"), draft_id),
        agreement_url=buying.service_agreement_url(),
    )
    return render(request, "portal/purchases/order.html", {"page": page}, status=status)


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def purchase(request: PageRequest, purchase_id: int) -> HttpResponse:
    """What became of an order. POST looks at the payment anew, or goes on with the request that was begun.

    Where htmx looks again and nothing has changed, only what looks again comes back."""
    found = queries.purchase_page(request.viewer, purchase_id, at=request.at)
    draft = buying.bought_for(request, purchase_id, request.viewer)
    if request.method != "POST":
        page = _result(found, request.viewer, draft.id if draft else None, at=request.at)
        is_old_news = request.htmx and page.waits and request.GET.get("known") == page.known
        template = "poller" if is_old_news else "purchase"
        return render(request, f"portal/purchases/{template}.html", {"page": page})
    agreement_id = found.line.agreement_id
    if request.POST.get("do") == "cancel":
        return _cancel(request, purchase_id)
    if request.POST.get("do") == "go-on" and draft is not None and agreement_id is not None:
        buying.choose_plan(draft, agreement_id, actor=request.viewer, at=request.at)
        return redirect("portal:intake-step", draft.id, "support")
    ordering.look_again(purchase_id, actor=request.viewer, at=request.at)
    return redirect("portal:purchase", purchase_id)


def _cancel(request: PageRequest, purchase_id: int) -> HttpResponse:
    try:
        ordering.cancel(purchase_id, actor=request.viewer, at=request.at)
    except CannotCancel as refused:
        told(request, refused.decision)
    return redirect("portal:purchase", purchase_id)


def _result(found: PurchasePage, viewer: Viewer, draft_id: uuid.UUID | None, *, at: datetime) -> ResultPage:
    line = found.line
    notice, kind = _notice(line, viewer)
    usable = line.state is State.GRANTED and line.dispute in {Dispute.NONE, Dispute.WON}
    row = buying.purchase_row(line, viewer)
    return ResultPage(
        row=row,
        rows=_facts(line, row, viewer),
        waits=line.state in _WAITING,
        look_again_in=buying.look_again_in(at - line.ordered_at),
        known=f"{line.state}-asked" if line.is_asked else line.state.value,
        confirm_url=found.action_url if line.is_asked else "",
        notice=notice,
        notice_kind=kind,
        usable=usable,
        go_on=usable and draft_id is not None,
        again_url=buying.for_draft(reverse("portal:buy"), draft_id) if line.state is State.FAILED else "",
        agreement_url=reverse("portal:benefit", args=[line.agreement_id]) if line.agreement_id else "",
        receipt_url=reverse("portal:purchase-receipt", args=[line.purchase_id]) if line.paid_at else "",
    )


def _notice(line: PurchaseLine, viewer: Viewer) -> tuple[str, str]:
    """What stands on top of a purchase, and how it is drawn."""
    if line.state is State.FAILED:
        return worded(Reason(line.failure), zone=viewer.time_zone).sentence, "bad"
    if line.dispute is Dispute.OPEN:
        return (
            _("The payment is disputed. What was bought cannot be used until the bank has decided."),
            "warn",
        )
    if line.dispute is Dispute.LOST:
        return _("The bank has taken the money back, so what was left can no longer be used."), "bad"
    sentences = {
        State.ORDERED: (_("Your order is with the bank. Usually that takes a few seconds."), ""),
        State.PAYING: (_("Your order is with the bank. Usually that takes a few seconds."), ""),
        State.PAID: (_("It is paid. What you bought can be used in a moment."), "ok"),
        State.GRANTED: (_("It is paid, and can be used at once."), "ok"),
        State.REFUNDING: (_("The money is on its way back to your card."), ""),
        State.REFUNDED: (
            _("The money was paid back to your card. Banks may take a few days to show it."),
            "",
        ),
    }
    return sentences[line.state]


def _facts(line: PurchaseLine, row: PurchaseRow, viewer: Viewer) -> tuple[tuple[str, str], ...]:
    zone, language = viewer.time_zone, buying.language()
    rows = [
        (_("What was ordered"), row.title),
        (_("Price"), f"{row.price} · {line.tax_note}" if line.tax_note else row.price),
        (_("Card"), card_name(line.card_brand, line.card_last_four)),
        (_("Ordered"), row.when),
    ]
    if line.program:
        rows.append((_("Ordered by the program"), line.program))
    if line.paid_at:
        rows.append((_("Paid"), instant_in_words(line.paid_at, zone, language)))
    if row.left:
        rows.append((_("Left"), row.left))
    if line.refunded_at:
        rows.append((_("Paid back"), instant_in_words(line.refunded_at, zone, language)))
    return tuple(rows)


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: PageRequest, purchase_id: int) -> HttpResponse:
    """The page of the sandbox on which a payment is confirmed, in the place of the buyer's bank (3-D-Secure)."""
    found = queries.purchase_page(request.viewer, purchase_id, at=request.at)
    if request.method == "POST":
        approve = request.POST.get("do") == "approve"
        trying.answer(purchase_id, approve=approve, actor=request.viewer, at=request.at)
        return redirect("portal:purchase", purchase_id)
    if not found.action_url or found.provider != "sandbox":
        raise Http404
    row = buying.purchase_row(found.line, request.viewer)
    return render(request, "portal/purchases/confirm.html", {"page": row})


@with_profile
@require_safe
def purchase_list(request: PageRequest) -> HttpResponse:
    """What the reader has bought, the newest first."""
    older_than = number_in(request.GET.get("older_than", ""))
    found = queries.purchases(request.viewer, older_than=older_than, most=MOST)
    here = reverse("portal:purchases")
    return render(
        request,
        "portal/purchases/list.html",
        {
            "rows": [buying.purchase_row(line, request.viewer) for line in found.lines],
            "older_url": link(here, {"older_than": str(found.older_than)}) if found.older_than else "",
            "newer_url": here if older_than is not None else "",
        },
    )


@with_profile
@require_safe
def receipt(request: PageRequest, purchase_id: int) -> HttpResponse:
    """The receipt of a purchase that was paid, to be printed."""
    line = queries.purchase_page(request.viewer, purchase_id, at=request.at).line
    if line.paid_at is None:
        raise Http404
    told = queries.receipt(purchase_id)
    row = buying.purchase_row(line, request.viewer)
    rows = ((_("Receipt"), line.number), (_("For"), f"{told.buyer_name}, {told.buyer_email}"))
    return render(
        request,
        "portal/purchases/receipt.html",
        {"row": row, "rows": (*rows, *_facts(line, row, request.viewer))},
    )


def told(request: PageRequest, decision: Decision) -> None:
    """Say on the next page why nothing was done."""
    for reason in decision:
        messages.error(request, worded(reason, zone=request.viewer.time_zone).text)
