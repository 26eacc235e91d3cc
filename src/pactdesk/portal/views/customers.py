"""The customers of a partner: list and search, one of them, and how one is reached without rights (OBO-1, OBO-5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from pactdesk.cases.queries import customers as cases
from pactdesk.cases.queries.customers import CustomerRequest, CustomerRequests
from pactdesk.cases.queries.families import FamilyOffer, families_for
from pactdesk.delegation.queries import customers, on_any_subscription
from pactdesk.delegation.queries.customers import CustomerLine, CustomerPage, Place, Right
from pactdesk.delegation.services.reaching import CannotReach, reach
from pactdesk.kernel.moments import day_in_words, short_day
from pactdesk.kernel.worded import text_in
from pactdesk.pages.links import link, place_in, written_place
from pactdesk.pages.on_behalf import SUBSCRIPTION_ROLES
from pactdesk.pages.reasons import worded
from pactdesk.pages.requests import PageRequest, with_profile
from pactdesk.pages.searching import WordsForm
from pactdesk.pages.spreadsheet import download
from pactdesk.portal.acting import (
    ROLES,
    TIERS,
    needs_of,
    purposes_in_words,
    until_in_words,
)
from pactdesk.portal.forms.customers import CustomersForm, ReachForm
from pactdesk.portal.plans import language
from pactdesk.portal.standing import STATUSES

_AFTER = re.compile(r"([0-9]{1,18})-(.{0,200})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of customers. `is_narrowed`: by words or filters, which `clear_url` lifts; `has_any`: whether there is any
    customer at all."""

    rows: list[dict[str, Any]]
    words: str
    is_filtered: bool
    clear_url: str
    first_url: str
    next_url: str
    csv_url: str


@dataclass(frozen=True, slots=True)
class RequestsPart:
    """A page of requests that partners made for customers, with what leads to others. `closed_url` is empty where these
    are the closed ones, `open_url` where they are the open ones."""

    rows: list[dict[str, Any]]
    form: WordsForm
    is_closed: bool
    open_url: str
    closed_url: str
    clear_url: str
    newest_url: str
    older_url: str
    csv_url: str


@with_profile
@require_safe
def customer_list(request: PageRequest) -> HttpResponse:
    """The customers of the viewer's organization by name, narrowed as the address says."""
    form = CustomersForm(request.GET)
    after = _after(request.GET.get("after", ""))
    found = customers.customer_list(request.viewer, form.sought, after=after)
    here, kept = reverse("portal:customers"), form.chosen
    following = {"after": f"{found.after.id}-{found.after.name}"} if found.after else {}
    page = ListPage(
        rows=[_customer_row(line, request) for line in found.lines],
        words=kept.get("q", ""),
        is_filtered=bool(set(kept) - {"q"}),
        clear_url=here,
        first_url=link(here, kept) if after else "",
        next_url=link(here, {**kept, **following}) if following else "",
        csv_url=link(reverse("portal:customers-csv"), kept),
    )
    return render(request, "portal/customers/list.html", {"page": page, "list_form": form})


@with_profile
@require_safe
def customer_list_csv(request: PageRequest) -> HttpResponse:
    """The same customers for a spreadsheet, up to `customers.MOST_EXPORTED`."""
    head = (_("Customer"), _("You are its"), _("Indirect provider"), _("Rights"), _("Until"))
    rows = (
        (
            line.name,
            str(TIERS[line.tier]),
            line.provider,
            purposes_in_words(line.purposes),
            line.until,
        )
        for line in customers.whole_list(request.viewer, CustomersForm(request.GET).sought)
    )
    return download("pactdesk-customers", head, rows, zone=request.viewer.zone)


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: PageRequest) -> HttpResponse:
    """Start from a domain name: a customer with whom one has to do by a role on a subscription alone."""
    form = ReachForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            customer_id = reach(typed["domain"], typed["subscription"], actor=request.viewer)
        except CannotReach as refused:
            form.refuse(refused.decision, zone=request.viewer.time_zone)
        else:
            return redirect("portal:customer", customer_id)
    return render(request, "portal/customers/find.html", {"form": form}, status=422 if form.errors else 200)


@with_profile
@require_safe
def customer(request: PageRequest, customer_id: int) -> HttpResponse:
    """One customer: what can be asked for, what was, and what the viewer's organization may do for it."""
    page = customers.customer_page(request.viewer, customer_id)
    sought, form = _sought(request)
    older_than = place_in(request.GET.get("older", ""))
    found = cases.requests_for(request.viewer, customer_id, sought, older_than=older_than)
    here = reverse("portal:customer", args=[customer_id])
    offers = families_for(
        page.acting.standing,
        on_any_subscription=on_any_subscription(request.viewer, page.acting),
        role=page.strongest_role,
    )
    return render(
        request,
        "portal/customers/customer.html",
        {
            "customer": page,
            "crumbs": [(_("Customers"), reverse("portal:customers")), (page.name, "")],
            "tier": _tier_in_words(page),
            "families": [
                _family_row(offer, offers, customer_id) for offer in offers if offer.decision.allowed
            ],
            "others": _others(offers),
            "rights": [_right_row(right, request) for right in page.rights],
            "why_none": [] if page.rights or not page.tier else _why_none(page),
            "subscriptions": [
                {"name": each.name, "number": each.number, "role": SUBSCRIPTION_ROLES[each.role]}
                for each in page.subscriptions
            ],
            "people": [_person_row(each) for each in page.people],
            "requests": _requests_part(
                request,
                found,
                form,
                sought,
                here,
                reverse("portal:customer-csv", args=[customer_id]),
                older_than is not None,
            ),
        },
    )


@with_profile
@require_safe
def customer_csv(request: PageRequest, customer_id: int) -> HttpResponse:
    """The requests for one customer for a spreadsheet, up to `cases.MOST_EXPORTED`."""
    sought, _form = _sought(request)
    return _csv(
        request, "pactdesk-customer-requests", cases.all_requests_for(request.viewer, customer_id, sought)
    )


@with_profile
@require_safe
def opened_for_us(request: PageRequest) -> HttpResponse:
    """What partners opened for the viewer's organization, for its global administrators: lines, no conversations."""
    sought, form = _sought(request)
    older_than = place_in(request.GET.get("older", ""))
    found = cases.opened_for_us(request.viewer, sought, older_than=older_than)
    return render(
        request,
        "portal/customers/opened_for_us.html",
        {
            "may_see": request.viewer.administers,
            "requests": _requests_part(
                request,
                found,
                form,
                sought,
                reverse("portal:opened-for-us"),
                reverse("portal:opened-for-us-csv"),
                older_than is not None,
            ),
        },
    )


@with_profile
@require_safe
def opened_for_us_csv(request: PageRequest) -> HttpResponse:
    """The same for a spreadsheet, up to `cases.MOST_EXPORTED`."""
    sought, _form = _sought(request)
    return _csv(request, "pactdesk-opened-for-us", cases.all_opened_for_us(request.viewer, sought))


def _customer_row(line: CustomerLine, request: PageRequest) -> dict[str, Any]:
    return {
        "url": reverse("portal:customer", args=[line.id]),
        "name": line.name,
        "tier": TIERS[line.tier],
        "provider": line.provider,
        "purposes": purposes_in_words(line.purposes),
        "until": until_in_words(line.until, request.viewer.time_zone),
        "ends_soon": line.ends_soon(request.at),
    }


def _tier_in_words(page: CustomerPage) -> str:
    if page.provider:
        return _("You are its indirect reseller, with %(provider)s as the indirect provider.") % {
            "provider": page.provider
        }
    return {
        "provider": _("You are its indirect provider."),
        "reseller": _("You are its indirect reseller."),
        "direct": _("You are its direct partner."),
    }.get(
        page.tier, _("Your organization has no relationship with it. You act by your role on a subscription.")
    )


def _family_name(offer: FamilyOffer, offers: tuple[FamilyOffer, ...]) -> str:
    """The family, or the channel where one family is supported through two."""
    twice = sum(each.family == offer.family for each in offers) > 1
    return text_in((offer.channel if twice else offer.family).name, language())


def _family_row(offer: FamilyOffer, offers: tuple[FamilyOffer, ...], customer_id: int) -> dict[str, Any]:
    url = reverse("portal:customer-request-new", args=[customer_id])
    # Where nothing that is broken can be reported, it is said before anybody types.
    limits = [] if offer.repairs.allowed else [worded(each, zone="UTC").text for each in offer.repairs]
    return {
        "name": _family_name(offer, offers),
        "needs": needs_of(offer.door),
        "limits": limits,
        "url": f"{url}?{urlencode({'family': offer.family.code})}",
    }


def _others(offers: tuple[FamilyOffer, ...]) -> list[dict[str, Any]]:
    """The families for which the viewer may make no request, each with its reasons."""
    return [
        {
            "title": _family_name(offer, offers),
            "reasons": [worded(reason, zone="UTC") for reason in offer.decision],
        }
        for offer in offers
        if not offer.decision.allowed
    ]


def _right_row(right: Right, request: PageRequest) -> dict[str, Any]:
    spent = (
        ngettext(
            "%(left)s of %(most)s incident may still be spent",
            "%(left)s of %(most)s incidents may still be spent",
            right.most_units,
        )
        % {"left": right.units_left, "most": right.most_units}
        if right.most_units
        else ""
    )
    return {
        "purposes": purposes_in_words(right.purposes),
        "until": day_in_words(right.until, request.viewer.time_zone, language()),
        "provider": right.from_provider,
        "subscription": right.subscription,
        "spent": spent,
        "customer_sees": right.customer_sees,
    }


def _why_none(page: CustomerPage) -> list[str]:
    lapsed = page.acting.standing.lapsed
    if lapsed == "ended":
        return [_("The rights that this customer had granted have run out.")]
    if lapsed == "revoked":
        return [_("This customer has taken its rights back.")]
    return [_("This customer has granted no rights to your organization.")]


def _person_row(each: customers.Colleague) -> dict[str, Any]:
    on = (
        ngettext("a role on %(count)s subscription", "a role on %(count)s subscriptions", each.subscriptions)
        % {"count": each.subscriptions}
        if each.subscriptions
        else ""
    )
    return {"name": each.name, "roles": [ROLES[role] for role in each.roles if role in ROLES], "on": on}


def _requests_part(
    request: PageRequest,
    found: CustomerRequests,
    form: WordsForm,
    sought: cases.Sought,
    here: str,
    csv: str,
    is_further: bool,
) -> RequestsPart:
    kept = {"q": sought.words} if sought.words else {}
    state = {"show": "closed"} if sought.closed else {}
    older = {"older": written_place(found.older_than)} if found.older_than else {}
    return RequestsPart(
        rows=[_request_row(line, request) for line in found.lines],
        form=form,
        is_closed=sought.closed,
        open_url=f"{link(here, kept)}#requests",
        closed_url=f"{link(here, {**kept, 'show': 'closed'})}#requests",
        clear_url=f"{link(here, state)}#requests",
        newest_url=f"{link(here, {**kept, **state})}#requests" if is_further else "",
        older_url=f"{link(here, {**kept, **state, **older})}#requests" if older else "",
        csv_url=link(csv, {**kept, **state}),
    )


def _request_row(line: CustomerRequest, request: PageRequest) -> dict[str, Any]:
    zone, words = request.viewer.time_zone, language()
    status, kind, _icon = STATUSES[line.status]
    return {
        "url": reverse("portal:request", args=[line.shown_number]) if line.may_open else "",
        "number": line.shown_number,
        "summary": line.summary,
        "product": text_in(line.product, words),
        "severity": line.severity,
        # Who is no contact is not the one who is waited for.
        "status": _("Waiting for the requester")
        if line.status == "waiting" and not line.may_open
        else status,
        "kind": kind,
        "opened": short_day(line.opened_at, zone, words),
        "opened_by": line.opened_by,
        "partner": line.partner,
        "contact": line.contact,
        "under": _under(line, zone),
    }


def _under(line: CustomerRequest, zone: str) -> str:
    """Under what it was opened, as the customer may know it."""
    if line.role:
        return _("Role on %(subscription)s: %(role)s") % {
            "subscription": line.subscription,
            "role": SUBSCRIPTION_ROLES[line.role],
        }
    if line.delegated_at is not None:
        return _("Rights granted on %(day)s") % {"day": day_in_words(line.delegated_at, zone, language())}
    return ""


def _csv(request: PageRequest, name: str, lines: tuple[CustomerRequest, ...]) -> HttpResponse:
    zone = request.viewer.zone
    head = (
        _("Number"),
        _("Summary"),
        _("Product"),
        _("Severity"),
        _("Status"),
        _("Opened"),
        _("Opened by"),
        _("Partner"),
        _("Primary contact"),
        _("Subscription"),
        _("Opened under"),
    )
    rows = (
        (
            line.shown_number,
            line.summary,
            text_in(line.product, language()),
            line.severity,
            str(STATUSES[line.status][0]),
            line.opened_at,
            line.opened_by,
            line.partner,
            line.contact,
            line.subscription,
            _under(line, zone.key),
        )
        for line in lines
    )
    return download(name, head, rows, zone=zone)


def _sought(request: PageRequest) -> tuple[cases.Sought, WordsForm]:
    form = WordsForm(
        request.GET, label=_("Search these requests"), help_text=_("A number, or words of the summary.")
    )
    return cases.Sought(closed=request.GET.get("show") == "closed", words=form.words), form


def _after(text: str) -> Place | None:
    found = _AFTER.fullmatch(text.replace("\x00", ""))
    return Place(found[2], int(found[1])) if found else None
