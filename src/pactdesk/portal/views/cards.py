"""The cards that are saved with an account: brand and last four digits, added past us, opened to programs and forgotten
(PPI-3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pactdesk.kernel.decisions import Decision, Reason
from pactdesk.kernel.money import money_in_words
from pactdesk.pages.links import link
from pactdesk.pages.purchases import card_name
from pactdesk.pages.reasons import WordedReason, worded
from pactdesk.pages.requests import PageRequest, way_back, with_profile
from pactdesk.portal import buying
from pactdesk.portal.forms.purchases import ProgramsForm
from pactdesk.purchases import access, queries
from pactdesk.purchases.queries.offers import offers_in
from pactdesk.purchases.rules.payments import CardSetup, PaymentPage
from pactdesk.purchases.rules.programs import Allowance
from pactdesk.purchases.services import cards as services
from pactdesk.purchases.services import programs as services_for_programs
from pactdesk.purchases.services.cards import CannotSaveCard


@dataclass(frozen=True, slots=True)
class CardRow:
    """A saved card in words."""

    name: str
    until: str
    expired: bool
    programs: str
    programs_url: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class CardsPage:
    """The cards of an account. `test_cards` are those for trying out; where there are none, the provider's own form is
    asked for. `next_url` is the order that waits for a card."""

    rows: tuple[CardRow, ...]
    test_cards: list[dict[str, Any]]
    next_url: str
    refusals: tuple[WordedReason, ...]
    may_add: bool


@dataclass(frozen=True, slots=True)
class ProgramsPage:
    """What programs may charge to a card. `allowed` is "" where that is nothing."""

    name: str
    allowed: str
    refusals: tuple[WordedReason, ...]
    agreement_url: str


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def card_list(request: PageRequest) -> HttpResponse:
    """The saved cards. POST adds one of the sandbox, or opens the form of the provider."""
    decision = queries.may_buy(request.viewer)
    if request.method != "POST" or not decision.allowed:
        return _cards(request, decision, status=403 if request.method == "POST" else 200)
    try:
        if not queries.test_cards():
            setup = services.begin_card(actor=request.viewer, at=request.at)
            return _with_provider(request, setup)
        code = request.POST.get("test_card", "")
        if code not in {card.code for card in queries.test_cards()}:
            messages.error(request, _("Choose one of the cards."))
            return _cards(request, decision, status=422)
        card_id = services.save_test_card(code, actor=request.viewer, at=request.at)
    except CannotSaveCard as refused:
        return _cards(request, refused.decision, status=422)
    return _saved(request, card_id)


def _cards(request: PageRequest, decision: Decision, *, status: int = 200) -> HttpResponse:
    page = CardsPage(
        rows=tuple(
            CardRow(
                name=card_name(card.brand, card.last_four),
                until=card.last_day.strftime("%m/%Y"),
                expired=card.expired,
                programs=_allowed(card.programs),
                programs_url=reverse("portal:card-programs", args=[card.card_id]),
                remove_url=reverse("portal:card-remove", args=[card.card_id]),
            )
            for card in queries.cards(request.viewer, at=request.at)
        ),
        test_cards=buying.test_card_choices(),
        next_url=_next(request),
        refusals=tuple(worded(reason, zone=request.viewer.time_zone) for reason in decision),
        may_add=queries.may_buy(request.viewer).allowed,
    )
    return render(request, "portal/purchases/cards.html", {"page": page}, status=status)


def _next(request: PageRequest) -> str:
    """The order that waits for a card, "" where none does."""
    wished = request.GET.get("next", "")
    return way_back(request, wished, otherwise="portal:cards") if wished else ""


def _saved(request: PageRequest, card_id: int) -> HttpResponse:
    messages.success(request, _("The card is saved."))
    waiting = _next(request)
    if not waiting:
        return redirect("portal:cards")
    return redirect(f"{waiting}{'&' if '?' in waiting else '?'}card={card_id}")


def _with_provider(request: PageRequest, setup: CardSetup) -> HttpResponse:
    """The provider's own form in our page, which alone may load what it consists of."""
    asked = queries.payment_page() or PaymentPage("")
    added = request.build_absolute_uri(
        link(reverse("portal:card-added"), {"next": _next(request)} if _next(request) else {})
    )
    response = render(
        request,
        "portal/purchases/card_new.html",
        {"asked": asked, "setup": setup, "added_url": added, "back_url": _next(request)},
    )
    response._csp_update = {  # type: ignore[attr-defined]  # what the middleware of django-csp reads
        directive: list(hosts) for directive, hosts in asked.csp.items()
    }
    return response


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def added(request: PageRequest) -> HttpResponse:
    """Where the provider leads back to once it has a card; POST keeps it with the account."""
    setup = request.GET.get("setup_intent", "")[:200]
    decision = queries.may_buy(request.viewer)
    if not setup:
        return redirect("portal:cards")
    if not decision.allowed:
        return _cards(request, decision, status=403)
    if request.method != "POST":
        return render(request, "portal/purchases/card_added.html", {})
    try:
        card_id = services.finish_card(setup, actor=request.viewer, at=request.at)
    except CannotSaveCard as refused:
        return _cards(request, refused.decision, status=422)
    return _saved(request, card_id)


@with_profile
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth carries no types
@require_http_methods(["GET", "HEAD", "POST"])
def programs(request: PageRequest, card_id: int) -> HttpResponse:
    """Let programs charge a card up to an amount, or none of them, after the password was asked for anew."""
    card = access.card_for(request.viewer, card_id)
    line = next(each for each in queries.cards(request.viewer, at=request.at) if each.card_id == card.pk)
    offered = offers_in(request.viewer.country, language=buying.language())
    decision = queries.may_buy(request.viewer)
    if decision.allowed and not offered:
        decision = Decision((Reason("purchase.nothing-sold"),))
    if request.method == "POST" and request.POST.get("do") == "close":
        services_for_programs.close_card(card_id, actor=request.viewer, at=request.at)
        messages.success(request, _("No program may charge this card any more."))
        return redirect("portal:cards")
    form = None
    if decision.allowed:
        form = ProgramsForm(
            request.POST if request.method == "POST" else None,
            currency=offered[0].ware.money.currency,
            initial=line.programs.most if line.programs else None,
        )
        if form.is_bound and form.is_valid():
            try:
                services_for_programs.open_card(
                    card_id,
                    form.allowed,
                    terms_accepted=form.cleaned_data["terms_accepted"],
                    actor=request.viewer,
                    at=request.at,
                )
            except CannotSaveCard as refused:
                form.refuse(refused.decision, zone=request.viewer.time_zone)
            else:
                messages.success(request, _("Programs may charge this card now."))
                return redirect("portal:cards")
    page = ProgramsPage(
        name=card_name(card.brand, card.last_four),
        allowed=_allowed(line.programs),
        refusals=tuple(worded(reason, zone=request.viewer.time_zone) for reason in decision),
        agreement_url=buying.service_agreement_url(),
    )
    is_bad = request.method == "POST" and (form is None or form.is_bound)
    status = 403 if is_bad and form is None else 422 if is_bad else 200
    return render(request, "portal/purchases/card_programs.html", {"page": page, "form": form}, status=status)


def _allowed(allowance: Allowance | None) -> str:
    """What programs may charge, "" for nothing."""
    if allowance is None:
        return ""
    most, left = (
        money_in_words(money.minor, money.currency, buying.language())
        for money in (allowance.most, allowance.left)
    )
    return _("Programs may order for %(most)s within 30 days; %(left)s of it are left.") % {
        "most": most,
        "left": left,
    }


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: PageRequest, card_id: int) -> HttpResponse:
    """Forget a card, after a question."""
    card = access.card_for(request.viewer, card_id)
    name = card_name(card.brand, card.last_four)
    refusals: tuple[WordedReason, ...] = ()
    if request.method == "POST":
        try:
            services.remove_card(card_id, actor=request.viewer, at=request.at)
        except CannotSaveCard as refused:
            refusals = tuple(worded(reason, zone=request.viewer.time_zone) for reason in refused.decision)
        else:
            messages.success(request, _("The card is removed."))
            return redirect("portal:cards")
    return render(
        request,
        "portal/purchases/card_remove.html",
        {"name": name, "refusals": refusals},
        status=422 if refusals else 200,
    )
