"""Asking for rights by a link, and what the link leads to (OBO-3, OBO-4, A20). Opening it changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from pactdesk.accounts.viewer import Viewer
from pactdesk.delegation.queries import asked as queries
from pactdesk.delegation.queries.asked import AskedLine, AskedPage
from pactdesk.delegation.rules import LONGEST_DAYS, Terms, Wish
from pactdesk.delegation.services import asking
from pactdesk.delegation.services.asking import CannotAnswer
from pactdesk.delegation.services.delegations import CannotGrant
from pactdesk.delegation.wording import TIER_NAMES
from pactdesk.kernel.moments import instant_in_words
from pactdesk.pages.once import sent_before
from pactdesk.pages.requests import OpenRequest, PageRequest, with_profile
from pactdesk.portal.forms.rights import AskForm, TermsForm
from pactdesk.portal.plans import language
from pactdesk.portal.views.rights.frame import Question, ask, day, listed, purposes_in_words, tabs_of


@dataclass(frozen=True, slots=True)
class AskedRow:
    """A request in the list of those who asked. `kind` is how its chip is drawn."""

    title: str
    purposes: str
    about: str
    note: str
    state: str
    kind: str
    withdraw_url: str
    right_url: str


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """What whoever may decide is asked. `holds_nothing`: a provider has nothing that it could pass on."""

    partner: str
    asked_by: str
    lead: str
    facts: tuple[tuple[str, str], ...]
    note: str
    until: str
    replaces: bool
    holds_nothing: bool


@with_profile
@require_safe
def asked(request: PageRequest) -> HttpResponse:
    """What the reader's organization asked for: open links, and what became of the others."""
    _administrators_of_partners(request.viewer)
    rows = [_row(line, request.viewer) for line in queries.asked_for(request.viewer, at=request.at)]
    context = {
        "rows": rows,
        "tabs": tabs_of(request.viewer),
        "asks_provider": bool(queries.customers_through_a_provider(request.viewer)),
    }
    return render(request, "portal/rights/asked.html", context)


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: PageRequest) -> HttpResponse:
    """Ask a customer, or with `?customer=` the provider about one. The answer shows the link, which is kept nowhere."""
    _administrators_of_partners(request.viewer)
    customer_id, customer, provider = _customer(request)
    form = AskForm(request.POST if request.method == "POST" else None, of_provider=customer_id is not None)
    if form.is_bound and form.is_valid():
        if sent_before(request):
            messages.info(request, _("That was made already, and its link was shown once."))
            return redirect("portal:rights-asked")
        try:
            link = asking.ask(
                form.wish(),
                provider_number=form.cleaned_data.get("provider", ""),
                customer_id=customer_id,
                actor=request.viewer,
                at=request.at,
            )
        except asking.CannotAsk as refused:
            form.refuse(refused.decision, zone=request.viewer.zone.key)
        else:
            return _link_page(request, link, provider)
    context = {"form": form, "customer": customer, "provider": provider}
    return render(request, "portal/rights/ask.html", context, status=422 if form.is_bound else 200)


@with_profile
@require_safe
def choose_customer(request: PageRequest) -> HttpResponse:
    """For which customer a reseller asks its provider."""
    _administrators_of_partners(request.viewer)
    found = queries.customers_through_a_provider(request.viewer)
    if not found:
        raise Http404
    url = reverse("portal:rights-ask")
    rows = [(f"{url}?customer={number}", name, provider) for number, name, provider in found]
    return render(request, "portal/rights/choose_customer.html", {"rows": rows})


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: PageRequest, asked_id: int) -> HttpResponse:
    """Let an open link work no more, after a question."""
    lines = queries.asked_for(request.viewer, at=request.at)
    line = next((each for each in lines if each.id == asked_id), None)
    if line is None:
        raise Http404
    if line.outcome != "open":
        return redirect("portal:rights-asked")
    if request.method == "POST":
        asking.withdraw(asked_id, actor=request.viewer, at=request.at)
        messages.success(request, _("The link does not work any more."))
        return redirect("portal:rights-asked")
    return ask(
        request,
        Question(
            title=_("Withdraw this link?"),
            lead=listed(purposes_in_words(line.wish.terms(request.at))),
            sentences=(_("Whoever opens it from now on is told that it does not work. You can ask anew."),),
            button=_("Withdraw the link"),
            back_url=reverse("portal:rights-asked"),
            back_label=_("Asked for"),
        ),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: OpenRequest, token: str) -> HttpResponse:
    """What a link leads to: for whoever may decide a form, for everybody else who that is."""
    found = queries.asked_page(request.viewer, token, at=request.at)
    if found is None:
        return _not_valid(request)
    if found.deciding != "yes" or request.viewer is None:
        if request.method == "POST":
            raise Http404
        return _who_decides(request, token, found)
    if not request.viewer.profile_complete:
        profile = f"{reverse('portal:profile')}?{urlencode({'next': request.path})}"
        return redirect(profile)
    return _decide(request, request.viewer, token, found)


def _decide(request: OpenRequest, viewer: Viewer, token: str, found: AskedPage) -> HttpResponse:
    wish = found.wish
    assert wish is not None
    form = _form(request, viewer, found, wish)
    try:
        match request.POST.get("do") if request.method == "POST" else "look":
            case "look":
                pass
            case "grant":
                if form.is_valid():
                    delegation_id = asking.grant_asked(
                        token,
                        form.terms(),
                        customer_sees=form.cleaned_data.get("customer_sees", True),
                        subscription_id=form.cleaned_data.get("subscription"),
                        actor=viewer,
                        at=request.at,
                    )
                    told = _("%(partner)s has these rights from now on. You can take them back at any time.")
                    messages.success(request, told % {"partner": found.partner})
                    return redirect("portal:right", delegation_id)
            case "refuse":
                return _ask_to_refuse(request, token, found)
            case "refuse-for-good":
                asking.refuse_asked(token, actor=viewer, at=request.at)
                messages.success(
                    request, _("You have refused. %(partner)s is told.") % {"partner": found.partner}
                )
                return redirect("portal:rights")
            case _:
                raise BadRequest("nothing that can be done with a link")
    except CannotAnswer as refused:
        if "asking.not-valid" in refused.decision.codes:
            return _not_valid(request)
        form.refuse(refused.decision, zone=viewer.zone.key)
    except CannotGrant as refused:
        form.refuse(refused.decision, zone=viewer.zone.key)
    context = {"page": _answer_page(viewer, found, wish), "form": form}
    return render(request, "portal/rights/answer.html", context, status=422 if form.is_bound else 200)


def _form(request: OpenRequest, viewer: Viewer, found: AskedPage, wish: Wish) -> TermsForm:
    granted = wish.terms(request.at)
    latest = request.at + timedelta(days=LONGEST_DAYS)
    if found.held is not None:
        latest = min(latest, found.held.ends_at)
        granted = Terms(granted.purposes & found.held.purposes, 0, granted.ends_at)
    granted = Terms(granted.purposes, granted.most_units, min(granted.ends_at, latest))
    sent = request.POST if request.method == "POST" and request.POST.get("do") == "grant" else None
    return TermsForm(
        sent,
        zone=viewer.zone,
        offered=wish.purposes if found.held is None else wish.purposes & found.held.purposes,
        granted=granted,
        latest=latest,
        subscriptions=found.subscriptions,
        customer_sees=None if found.customer else True,
    )


def _answer_page(viewer: Viewer, found: AskedPage, wish: Wish) -> AnswerPage:
    facts = [(_("Asked by"), found.asked_by)]
    if found.customer:
        facts.append((_("For the customer"), found.customer))
        lead = _(
            "This reseller asks you, as its indirect provider, to pass on what you may do for the customer. Grant what "
            "you agree to, or less."
        )
    else:
        facts.append((_("What it is to you"), str(TIER_NAMES[wish.tier])))
        if found.provider:
            facts.append((_("Its indirect provider"), found.provider))
        lead = _(
            "This partner asks to act for your organization. Grant what you agree to, or less. You can change it and "
            "take it back at any time."
        )
    facts.append((_("Asked for"), listed(purposes_in_words(wish.terms(found.expires_at or datetime.max)))))
    facts.append((_("For how long"), _days(wish.days)))
    return AnswerPage(
        partner=found.partner,
        asked_by=found.asked_by,
        lead=lead,
        facts=tuple(facts),
        note=wish.note,
        until=instant_in_words(found.expires_at, viewer.zone.key, language()) if found.expires_at else "",
        replaces=found.replaces,
        holds_nothing=bool(found.customer) and found.held is None,
    )


def _ask_to_refuse(request: OpenRequest, token: str, found: AskedPage) -> HttpResponse:
    here = reverse("portal:rights-answer", args=[token])
    question = Question(
        title=_("Refuse this?"),
        lead=found.partner,
        sentences=(_("The link works no more after that. The partner can ask anew with another one."),),
        button=_("Refuse"),
        back_url=here,
        back_label=found.partner,
        do="refuse-for-good",
    )
    return render(request, "portal/rights/confirm.html", {"question": question})


def _who_decides(request: OpenRequest, token: str, found: AskedPage) -> HttpResponse:
    here = reverse("portal:rights-answer", args=[token])
    context = {
        "found": found,
        "account": request.viewer.email if request.viewer else "",
        "organization": request.viewer.organization_name if request.viewer else "",
        "sign_in_url": f"{reverse('account_login')}?{urlencode({'next': here})}",
    }
    return render(request, "portal/rights/who_decides.html", context)


def _not_valid(request: OpenRequest) -> HttpResponse:
    return render(request, "portal/rights/not_valid.html", status=404)


def _link_page(request: PageRequest, link: asking.NewLink, provider: str) -> HttpResponse:
    url = f"{settings.BASE_URL}{reverse('portal:rights-answer', args=[link.token])}"
    until = instant_in_words(link.expires_at, request.viewer.zone.key, language())
    # In this answer only: a redirect would have to keep it somewhere.
    context = {"url": url, "until": until, "provider": provider}
    response = render(request, "portal/rights/link.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


def _customer(request: PageRequest) -> tuple[int | None, str, str]:
    """About which customer a provider is asked; nobody where a customer is asked. Raises Http404."""
    wanted = request.GET.get("customer", "")
    if not wanted:
        return None, "", ""
    for number, name, provider in queries.customers_through_a_provider(request.viewer):
        if str(number) == wanted:
            return number, name, provider
    raise Http404


def _row(line: AskedLine, viewer: Viewer) -> AskedRow:
    if line.customer:
        title = _("%(provider)s, for %(customer)s") % {"provider": line.provider, "customer": line.customer}
    elif line.answered_for:
        title = line.answered_for
    else:
        title = _("Whoever is shown the link")
    state, kind = _state(line, viewer)
    return AskedRow(
        title=title,
        purposes=listed(purposes_in_words(line.wish.terms(line.asked_at))),
        about=_("Asked by %(who)s on %(day)s, %(length)s")
        % {"who": line.asked_by, "day": day(line.asked_at, viewer), "length": _days(line.wish.days)},
        note=line.wish.note,
        state=state,
        kind=kind,
        withdraw_url=reverse("portal:rights-withdraw", args=[line.id]) if line.outcome == "open" else "",
        right_url=reverse("portal:right", args=[line.delegation_id]) if line.delegation_id else "",
    )


def _state(line: AskedLine, viewer: Viewer) -> tuple[str, str]:
    if line.outcome == "open":
        until = instant_in_words(line.expires_at, viewer.zone.key, language())
        return _("Open until %(moment)s") % {"moment": until}, "accent"
    if line.outcome == "expired":
        return _("Expired on %(day)s") % {"day": day(line.expires_at, viewer)}, "pause"
    words = {"day": day(line.answered_at or line.expires_at, viewer)}
    if line.outcome == "granted":
        return _("Granted on %(day)s") % words, "ok"
    if line.outcome == "refused":
        return _("Refused on %(day)s") % words, "bad"
    return _("Withdrawn on %(day)s") % words, "pause"


def _days(days: int) -> str:
    return ngettext("for %(count)s day", "for %(count)s days", days) % {"count": days}


def _administrators_of_partners(viewer: Viewer) -> None:
    if not viewer.administers or viewer.organization_kind != "partner":
        raise Http404
