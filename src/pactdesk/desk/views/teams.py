"""Teams: who is in them, who works now and on which terms; changed by whoever leads them, an absence by oneself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pactdesk.accounts import queries as accounts
from pactdesk.accounts.queries import TeamLine
from pactdesk.cases.queries.assignment import in_hand
from pactdesk.catalog import queries as catalog
from pactdesk.desk.entrance import at_desk
from pactdesk.desk.forms.teams import AwayForm, TermsForm
from pactdesk.desk.frame import render_at_desk
from pactdesk.desk.undoing import remember
from pactdesk.desk.words import language, language_name
from pactdesk.kernel.moments import instant_in_words, place_of
from pactdesk.kernel.worded import text_in
from pactdesk.pages.requests import PageRequest
from pactdesk.routing import queries as routing
from pactdesk.routing.access import answers_above
from pactdesk.routing.rules import Engineer
from pactdesk.routing.rules.terms import Terms
from pactdesk.routing.services import CannotChangeTerms, set_away, set_terms


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a team, in words. `url` is where the terms are, "" where the viewer may not change them."""

    name: str
    role: str
    works: bool
    state: str
    load: str
    about: tuple[str, ...]
    url: str


@dataclass(frozen=True, slots=True)
class Team:
    """A team: who stands above it, and its members."""

    name: str
    above: tuple[tuple[str, str], ...]
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class EngineerPage:
    """One engineer. `is_above`: the viewer may change the terms, not only the absence. `is_plain`: they can be edited
    here, because each day has one shift at most."""

    name: str
    place: str
    is_away: bool
    is_above: bool
    is_plain: bool


@at_desk
@require_safe
def teams(request: PageRequest) -> HttpResponse:
    """The viewer's teams."""
    page = tuple(_team(request, team) for team in accounts.teams(only=request.viewer.teams))
    return render_at_desk(request, "desk/teams.html", page, here="teams")


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def engineer(request: PageRequest, account_id: int) -> HttpResponse:
    """The terms of one engineer, and an absence."""
    viewer = request.viewer
    names = {
        person: name
        for team in accounts.teams(only=viewer.teams)
        if account_id in dict(team.members)
        for person, name in team.members
    }
    is_above = bool(names) and answers_above(viewer, account_id)
    if not names or not (is_above or account_id == viewer.account_id):
        raise Http404
    name, terms = names[account_id], routing.terms_of([account_id]).get(account_id, Terms())
    zone = accounts.addressees([account_id])[account_id].time_zone or "UTC"
    colleagues = sorted(
        ((pk, each) for pk, each in names.items() if pk != account_id), key=lambda each: each[1]
    )
    do = request.POST.get("do", "")
    away = AwayForm(request.POST if do == "away" else None, zone=zone, terms=terms)
    form = TermsForm(request.POST if do == "terms" else None, terms=terms, colleagues=colleagues)
    try:
        if do == "back":
            set_away(account_id, None, None, actor=viewer, at=request.at)
            return _done(request, _("%(name)s is back.") % {"name": name})
        if away.is_bound and away.is_valid():
            begin, end = away.cleaned_data["away_from"], away.cleaned_data["away_until"]
            set_away(account_id, begin, end, actor=viewer, at=request.at)
            return _done(request, _("The absence of %(name)s is kept.") % {"name": name})
        if form.is_bound and form.is_valid():
            set_terms(account_id, form.answer(), actor=viewer, at=request.at)
            return _done(request, _("The terms of %(name)s are kept.") % {"name": name})
    except CannotChangeTerms as refused:
        (form if do == "terms" else away).refuse(refused.decision, zone=zone)
    page = EngineerPage(
        name=name,
        place=place_of(zone, language()),
        is_away=terms.away_from is not None,
        is_above=is_above,
        is_plain=terms.is_plain,
    )
    is_refused = away.is_bound or form.is_bound
    return render_at_desk(
        request,
        "desk/engineer.html",
        page,
        here="teams",
        status=422 if is_refused else 200,
        away=away,
        terms=form,
        form=form if form.is_bound else away,
    )


def _done(request: PageRequest, text: str) -> HttpResponse:
    remember(request, text)
    return redirect("desk:teams")


def _team(request: PageRequest, team: TeamLine) -> Team:
    """Six queries."""
    engineers = routing.engineers_of(team.id)
    counts = in_hand(each.account_id for each in engineers)
    reach = accounts.colleagues((team.manager_id, team.head_id))
    backups = accounts.names_of(each.backup_id for each in engineers if each.backup_id is not None)
    roles = ((_("Manager"), team.manager_id), (_("Head of support"), team.head_id))
    return Team(
        name=text_in(team.name, language()),
        above=tuple((role, reach[person].name) for role, person in roles if person in reach),
        members=tuple(
            _member(request, team, each, counts.get(each.account_id, 0), backups.get(each.backup_id or 0, ""))
            for each in engineers
        ),
    )


def _member(request: PageRequest, team: TeamLine, each: Engineer, load: int, backup: str) -> Member:
    viewer, at = request.viewer, request.at
    above = viewer.account_id in {team.manager_id, team.head_id, *team.leads}
    languages = ", ".join(language_name(code) for code in sorted(each.languages))
    about = [
        _("Languages: %(names)s") % {"names": languages} if languages else "",
        _("Products: %(names)s") % {"names": _products(each)} if each.products else "",
        _("Stands in: %(name)s") % {"name": backup} if backup else "",
    ]
    return Member(
        name=each.name,
        role=_("Lead") if each.account_id in team.leads else "",
        works=each.on_shift(at),
        state=_state(each, at, viewer.time_zone),
        load=_("%(count)s of %(most)s in hand") % {"count": load, "most": each.capacity},
        about=tuple(filter(None, about)),
        url=reverse("desk:engineer", args=[each.account_id])
        if above or each.account_id == viewer.account_id
        else "",
    )


def _products(each: Engineer) -> str:
    products = catalog.current().products
    return ", ".join(
        text_in(products[code].name, language()) if code in products else code
        for code in sorted(each.products)
    )


def _state(each: Engineer, at: datetime, zone: str) -> str:
    if not each.away(at):
        return _("On shift") if each.on_shift(at) else _("Off shift")
    if each.away_until is None:
        return _("Away")
    return _("Away until %(when)s") % {"when": instant_in_words(each.away_until, zone or "UTC", language())}
