"""Handing several requests over to another team at once, such as the one whose day begins (follow the sun)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from pactdesk.accounts import queries as accounts
from pactdesk.cases.queries import queue as cases
from pactdesk.cases.services import work
from pactdesk.cases.services.changing import CannotChange
from pactdesk.desk.entrance import at_desk
from pactdesk.desk.forms.work import TransferForm
from pactdesk.desk.frame import render_at_desk
from pactdesk.desk.picking import gone, picked, why_not
from pactdesk.desk.teams import team_choices
from pactdesk.desk.undoing import remember
from pactdesk.desk.words import language
from pactdesk.kernel.worded import text_in
from pactdesk.pages.requests import PageRequest, way_back


@dataclass(frozen=True, slots=True)
class HandoverPage:
    """What is handed over: (number, summary) pairs; `picks` name it with the revisions that were seen."""

    requests: tuple[tuple[str, str], ...]
    picks: tuple[str, ...]
    back_url: str


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def handover(request: PageRequest) -> HttpResponse:
    """Which team, and what it has to know; then each request goes there by itself, or stays and says why."""
    sent = request.POST if request.method == "POST" else request.GET
    seen = picked(sent.getlist("pick"))
    back = way_back(request, sent.get("next", ""), otherwise="desk:queue")
    lines = cases.lines_of(request.viewer, seen)
    if not lines:
        messages.warning(request, _("Select the requests first."))
        return redirect(back)
    theirs = {line.team_id for line in lines.values()}
    # Where all stand with one team, they need not go there.
    named = [team for team in accounts.teams() if len(theirs) > 1 or team.id not in theirs]
    teams = team_choices(named, at=request.at)
    form = TransferForm(request.POST if request.method == "POST" else None, teams=teams.items())
    if form.is_bound and form.is_valid():
        _hand_over(request, seen, form.cleaned_data["team"], form.cleaned_data["note"])
        return redirect(back)
    page = HandoverPage(
        requests=tuple((line.shown_number, line.summary) for line in lines.values()),
        picks=tuple(f"{number}:{seen[number]}" for number in lines),
        back_url=back,
    )
    return render_at_desk(
        request, "desk/handover.html", page, status=422 if form.is_bound else 200, form=form
    )


def _hand_over(request: PageRequest, seen: Mapping[int, int], team_id: int, note: str) -> None:
    told: list[str] = []
    for number, revision in seen.items():
        try:
            work.transfer(number, team_id, note=note, seen=revision, actor=request.viewer, at=request.at)
        except Http404:
            told.append(gone(number))
        except CannotChange as error:
            told.append(why_not(request, number, error))
    count = len(seen) - len(told)
    team = next(iter(accounts.teams(only=[team_id])), None)
    values = {"count": count, "team": text_in(team.name, language()) if team else ""}
    text = ngettext(
        "%(count)s request stands with the team %(team)s now.",
        "%(count)s requests stand with the team %(team)s now.",
        count,
    )
    remember(request, text % values if count else "", refused=told)
