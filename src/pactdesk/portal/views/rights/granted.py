"""Rights given and rights held: lists, one right, changing it, and taking it back or giving it up (OBO-3, OBO-4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from pactdesk.accounts.viewer import Viewer
from pactdesk.delegation.queries import rights as queries
from pactdesk.delegation.queries.rights import DelegationLine, DelegationPage, Which
from pactdesk.delegation.rules import PURPOSES
from pactdesk.delegation.services import delegations
from pactdesk.pages.links import link, place_in, written_place
from pactdesk.pages.requests import PageRequest, with_profile
from pactdesk.pages.searching import WordsForm, words_in
from pactdesk.pages.spreadsheet import download
from pactdesk.portal.forms.rights import TermsForm
from pactdesk.portal.views.rights.frame import (
    Question,
    Tab,
    ask,
    day,
    last_day,
    listed,
    purposes_in_words,
    spent,
    state_of,
    tabs_of,
)


@dataclass(frozen=True, slots=True)
class RightRow:
    """A right in a list. `who` is the other organization; `about` says for whom and by whom where that is a third."""

    url: str
    who: str
    about: str
    purposes: str
    spent: str
    passed_on: str
    state: str
    kind: str


@dataclass(frozen=True, slots=True)
class RightsPage:
    """A list of rights with what narrows it."""

    rows: tuple[RightRow, ...]
    tabs: tuple[Tab, ...]
    here: str
    shows_ended: bool
    in_force_url: str
    ended_url: str
    words: str
    clear_url: str
    newest_url: str
    older_url: str
    csv_url: str
    ask_url: str


@dataclass(frozen=True, slots=True)
class RightPage:
    """One right. The addresses are "" for what the reader cannot do."""

    title: str
    lead: str
    state: str
    kind: str
    facts: tuple[tuple[str, str], ...]
    purposes: tuple[str, ...]
    passed_on: tuple[RightRow, ...]
    change_url: str
    end_url: str
    end_label: str
    subscriptions_url: str
    back_url: str
    back_label: str


@with_profile
@require_safe
def given(request: PageRequest) -> HttpResponse:
    """Who may do what for the reader's organization, and, for a provider, what it has passed on."""
    if not request.viewer.administers:
        if _acts_for_customers(request.viewer):
            return redirect("portal:rights-held")
        raise Http404
    return _list(request, "given")


@with_profile
@require_safe
def held(request: PageRequest) -> HttpResponse:
    """What the reader's organization may do, for whom, and until when."""
    if not _acts_for_customers(request.viewer):
        raise Http404
    return _list(request, "held")


@with_profile
@require_safe
def given_csv(request: PageRequest) -> HttpResponse:
    """The same for a spreadsheet."""
    if not request.viewer.administers:
        raise Http404
    return _csv(request, "given")


@with_profile
@require_safe
def held_csv(request: PageRequest) -> HttpResponse:
    """Likewise."""
    if not _acts_for_customers(request.viewer):
        raise Http404
    return _csv(request, "held")


@with_profile
@require_safe
def right(request: PageRequest, delegation_id: int) -> HttpResponse:
    """One right, for administrators of those whom it concerns."""
    found = queries.delegation_page(request.viewer, delegation_id)
    return render(
        request,
        "portal/rights/right.html",
        {"page": _right_page(request, found), "tabs": tabs_of(request.viewer)},
    )


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: PageRequest, delegation_id: int) -> HttpResponse:
    """Grant anew what holds already, wider or narrower."""
    found = queries.delegation_page(request.viewer, delegation_id)
    line = found.line
    if not found.is_grantor:
        raise Http404
    if line.state == "revoked":
        return redirect("portal:right", line.id)
    from_customer = line.grantor_id == line.customer_id
    offered = frozenset(PURPOSES) if from_customer else frozenset(PURPOSES) - {"spend"}
    if found.parent is not None:
        offered &= found.parent.purposes | line.purposes
    form = TermsForm(
        request.POST if request.method == "POST" else None,
        zone=request.viewer.zone,
        offered=offered,
        granted=line.terms,
        latest=found.parent.ends_at if found.parent else None,
        customer_sees=line.customer_sees if from_customer else None,
    )
    if form.is_bound and form.is_valid():
        try:
            delegations.change(
                line.id,
                form.terms(),
                customer_sees=form.cleaned_data.get("customer_sees", line.customer_sees),
                actor=request.viewer,
                at=request.at,
            )
        except delegations.CannotGrant as refused:
            form.refuse(refused.decision, zone=request.viewer.zone.key)
        else:
            messages.success(request, _("Saved. It holds like this from now on."))
            return redirect("portal:right", line.id)
    context = {
        "form": form,
        "partner": line.partner,
        "customer": "" if from_customer else line.customer,
        "falls": bool(line.passed_on_to),
        "back_url": reverse("portal:right", args=[line.id]),
    }
    return render(request, "portal/rights/change.html", context, status=422 if form.is_bound else 200)


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: PageRequest, delegation_id: int) -> HttpResponse:
    """Take a right back, or give it up, after a page that says what follows."""
    found = queries.delegation_page(request.viewer, delegation_id)
    if found.line.state == "revoked":
        return redirect("portal:right", delegation_id)
    if request.method != "POST":
        return ask(request, _question(found, request.viewer))
    delegations.revoke(delegation_id, actor=request.viewer, at=request.at)
    if found.is_partner:
        done = _("You have given up what %(who)s had granted.") % {"who": found.line.grantor}
    else:
        done = _("%(who)s can do nothing under it any more.") % {"who": found.line.partner}
    messages.success(request, done)
    return redirect("portal:rights-held" if found.is_partner else "portal:rights")


def _acts_for_customers(viewer: Viewer) -> bool:
    return bool(viewer.roles) and viewer.organization_kind == "partner"


def _list(request: PageRequest, which: Which) -> HttpResponse:
    viewer, here = request.viewer, reverse(_HERE[which])
    form = WordsForm(
        request.GET,
        label=_("Search by partner") if which == "given" else _("Search by customer"),
    )
    ended = request.GET.get("show") == "ended"
    older_than = place_in(request.GET.get("older", ""))
    found = queries.delegation_list(viewer, which, words=form.words, ended=ended, older_than=older_than)
    kept = {"q": form.words} if form.words else {}
    state = {"show": "ended"} if ended else {}
    older = {"older": written_place(found.older_than)} if found.older_than else {}
    page = RightsPage(
        rows=tuple(_row(line, viewer, which, at=request.at) for line in found.lines),
        tabs=tabs_of(viewer),
        here=which,
        shows_ended=ended,
        in_force_url=link(here, kept),
        ended_url=link(here, {**kept, "show": "ended"}),
        words=form.words,
        clear_url=link(here, state),
        newest_url=link(here, {**kept, **state}) if older_than else "",
        older_url=link(here, {**kept, **state, **older}) if older else "",
        csv_url=link(reverse(_CSV[which]), kept),
        ask_url=reverse("portal:rights-ask") if which == "held" and viewer.administers else "",
    )
    return render(request, "portal/rights/list.html", {"page": page, "words_form": form, "tabs": page.tabs})


_HERE: Final = {"given": "portal:rights", "held": "portal:rights-held"}
_CSV: Final = {"given": "portal:rights-csv", "held": "portal:rights-held-csv"}


def _csv(request: PageRequest, which: Which) -> HttpResponse:
    viewer = request.viewer
    head = (
        _("Customer"),
        _("Partner"),
        _("Granted by"),
        _("Subscription"),
        _("What they may do"),
        _("Incidents that may be spent"),
        _("Incidents spent"),
        _("Passed on to"),
        _("Granted"),
        _("Ends"),
        _("Taken back"),
    )

    rows = (
        (
            line.customer,
            line.partner,
            line.grantor,
            line.subscription,
            listed(purposes_in_words(line.terms)),
            line.most_units,
            line.units_spent,
            ", ".join(line.passed_on_to),
            line.granted_at,
            line.ends_at,
            line.revoked_at,
        )
        for line in queries.whole_list(viewer, which, words=words_in(request.GET))
    )
    return download(f"pactdesk-rights-{which}", head, rows, zone=viewer.zone)


def _row(line: DelegationLine, viewer: Viewer, which: Which, *, at: datetime) -> RightRow:
    state, kind = state_of(line, viewer, at=at)
    return RightRow(
        url=reverse("portal:right", args=[line.id]) if viewer.administers else "",
        who=line.partner if which == "given" else line.customer,
        about=_about(line, viewer),
        purposes=listed(purposes_in_words(line.terms)),
        spent=spent(line),
        passed_on=", ".join(line.passed_on_to),
        state=state,
        kind=kind,
    )


def _about(line: DelegationLine, viewer: Viewer) -> str:
    """For whom it is, and by whom, as far as that is neither of the two that the list names."""
    if line.grantor_id != line.customer_id:
        if viewer.organization_id == line.grantor_id:
            return _("For %(customer)s") % {"customer": line.customer}
        return _("Passed on by %(provider)s") % {"provider": line.grantor}
    if line.subscription:
        return _("Only for %(subscription)s") % {"subscription": line.subscription}
    return ""


def _right_page(request: PageRequest, found: DelegationPage) -> RightPage:
    viewer, line = request.viewer, found.line
    state, kind = state_of(line, viewer, at=request.at)
    facts = [
        (_("Customer"), line.customer),
        (_("Partner"), line.partner),
        (_("For which subscriptions"), line.subscription or _("All of them")),
        (_("Granted"), day(line.granted_at, viewer)),
    ]
    if line.grantor_id != line.customer_id:
        facts.insert(2, (_("Passed on by"), line.grantor))
    if found.granted_by:
        facts.append((_("Granted by"), found.granted_by))
    if line.most_units:
        facts.append((_("Incidents spent"), spent(line)))
    facts.append((_("The customer sees what is opened"), _("Yes") if line.customer_sees else _("No")))
    facts.append((_("Last day"), last_day(line.ends_at, viewer)))
    if line.revoked_at is not None:
        facts.append((_("Taken back"), day(line.revoked_at, viewer)))
    is_live = line.state != "revoked"
    back = "portal:rights-held" if found.is_partner else "portal:rights"
    may_see_subscriptions = found.is_partner and line.state == "in-force"
    return RightPage(
        title=line.customer if found.is_partner else line.partner,
        lead=(
            _("What your organization may do for this customer.")
            if found.is_partner
            else _("What this partner may do.")
        ),
        state=state,
        kind=kind,
        facts=tuple(facts),
        purposes=purposes_in_words(line.terms),
        passed_on=tuple(_row(each, viewer, "given", at=request.at) for each in found.passed_on),
        change_url=reverse("portal:right-change", args=[line.id]) if found.is_grantor and is_live else "",
        end_url=reverse("portal:right-end", args=[line.id]) if line.state == "in-force" else "",
        end_label=_("Give it up") if found.is_partner else _("Take it back"),
        subscriptions_url=(
            reverse("portal:customer-subscriptions", args=[line.customer_id]) if may_see_subscriptions else ""
        ),
        back_url=reverse(back),
        back_label=_("Rights held") if found.is_partner else _("Rights given"),
    )


def _question(found: DelegationPage, viewer: Viewer) -> Question:
    line = found.line
    if found.is_partner:
        sentences = [
            _("Your people can make no more requests under it, and no longer read those that they made."),
        ]
    else:
        sentences = [
            _(
                "Its people can make no more requests under it and no longer read those that they made: on pages, in "
                "e-mails and by programs, from this moment on."
            ),
        ]
    if found.roles:
        sentences.append(
            ngettext(
                "%(count)s role on a subscription that was given under it ends.",
                "%(count)s roles on subscriptions that were given under it end.",
                found.roles,
            )
            % {"count": found.roles}
        )
    if found.passed_on:
        sentences.append(_("What was passed on from it ends with it:"))
    return Question(
        title=_("Give these rights up?") if found.is_partner else _("Take these rights back?"),
        lead=line.customer if found.is_partner else line.partner,
        sentences=tuple(sentences),
        items=tuple(each.partner for each in found.passed_on),
        button=_("Give them up") if found.is_partner else _("Take them back"),
        back_url=reverse("portal:right", args=[line.id]),
        back_label=line.customer if found.is_partner else line.partner,
    )
