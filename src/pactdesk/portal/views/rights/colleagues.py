"""Roles in the own organization: who is a global or a helpdesk administrator (OBO-3)."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from pactdesk.accounts import queries
from pactdesk.accounts.queries import RolesLine
from pactdesk.accounts.services import roles as services
from pactdesk.accounts.viewer import Viewer
from pactdesk.delegation.rules import ROLES
from pactdesk.delegation.wording import ROLE_NAMES
from pactdesk.pages.links import link, number_in
from pactdesk.pages.reasons import WordedReason, worded
from pactdesk.pages.requests import PageRequest, with_profile
from pactdesk.pages.searching import WordsForm
from pactdesk.portal.views.rights.frame import tabs_of

_MEANINGS = {
    "global-administrator": gettext_lazy(
        "Decides who may act for your organization, gives roles, keeps subscriptions, and acts for customers."
    ),
    "helpdesk-administrator": gettext_lazy(
        "Acts for customers, but not on their subscriptions; keeps support groups and gives these roles there."
    ),
}


@dataclass(frozen=True, slots=True)
class ColleagueRow:
    """Somebody of the organization in the list."""

    url: str
    name: str
    email: str
    roles: tuple[str, ...]
    is_reader: bool


@dataclass(frozen=True, slots=True)
class RoleCard:
    """A role that a colleague has or has not. `warning` is what the reader loses by taking the own one away."""

    code: str
    name: str
    meaning: str
    has_it: bool
    warning: str


@with_profile
@require_safe
def colleagues(request: PageRequest) -> HttpResponse:
    """The people of the reader's organization, those with roles first."""
    viewer = request.viewer
    if not viewer.administers:
        raise Http404
    form = WordsForm(
        request.GET, label=_("Search your colleagues"), help_text=_("Parts of a name or an e-mail address.")
    )
    offset = number_in(request.GET.get("from", ""), digits=6) or 0
    found = queries.colleagues_with_roles(viewer, words=form.words, offset=offset)
    here, kept = reverse("portal:colleagues"), {"q": form.words} if form.words else {}

    def url(begin: int) -> str:
        asked = {**kept, **({"from": str(begin)} if begin else {})}
        return link(here, asked)

    context = {
        "rows": [_row(line, viewer) for line in found.lines],
        "words": form.words,
        "words_form": form,
        "here_url": here,
        "before_url": url(max(offset - queries.COLLEAGUES_PAGE, 0)) if offset else "",
        "after_url": url(found.after) if found.after else "",
        "tabs": tabs_of(viewer),
        "organization": viewer.organization_name,
    }
    return render(request, "portal/rights/colleagues.html", context)


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def colleague(request: PageRequest, account_id: int) -> HttpResponse:
    """The roles of one of them; POST gives or takes one."""
    line = queries.colleague_with_roles(request.viewer, account_id)
    if request.method != "POST":
        return _page(request, line)
    role = request.POST.get("role", "")
    if role not in ROLES:
        raise BadRequest("no such role")
    words = {"name": line.name, "role": str(ROLE_NAMES[role])}
    try:
        match request.POST.get("do"):
            case "give":
                services.give_role(account_id, role, actor=request.viewer, at=request.at)
                messages.success(request, _("%(name)s has this role now: %(role)s.") % words)
            case "take":
                services.take_role(account_id, role, actor=request.viewer, at=request.at)
                messages.success(request, _("%(name)s has this role no more: %(role)s.") % words)
            case _:
                raise BadRequest("nothing that can be done with a role")
    except services.CannotTakeRole as refused:
        reasons = tuple(worded(reason, zone=request.viewer.zone.key) for reason in refused.decision)
        return _page(request, line, reasons)
    gave_up = account_id == request.viewer.account_id and role == "global-administrator"
    if gave_up and request.POST.get("do") == "take":
        return redirect("portal:home")
    return redirect("portal:colleague", account_id)


def _page(request: PageRequest, line: RolesLine, refusals: tuple[WordedReason, ...] = ()) -> HttpResponse:
    is_reader = line.account_id == request.viewer.account_id
    cards = tuple(
        RoleCard(
            code=role,
            name=str(ROLE_NAMES[role]),
            meaning=str(_MEANINGS[role]),
            has_it=role in line.roles,
            warning=(
                _("This is your own role. Without it you cannot come back to this page.")
                if is_reader and role == "global-administrator" and role in line.roles
                else ""
            ),
        )
        for role in ROLES
    )
    context = {"line": line, "cards": cards, "refusals": refusals}
    return render(request, "portal/rights/colleague.html", context, status=422 if refusals else 200)


def _row(line: RolesLine, viewer: Viewer) -> ColleagueRow:
    return ColleagueRow(
        url=reverse("portal:colleague", args=[line.account_id]),
        name=line.name,
        email=line.email,
        roles=tuple(str(ROLE_NAMES[role]) for role in ROLES if role in line.roles),
        is_reader=line.account_id == viewer.account_id,
    )
