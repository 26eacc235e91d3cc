"""Working on a request: who owns it, where and with whom it stands. Each has a page that works without script."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from pactdesk.accounts import queries as accounts
from pactdesk.cases.queries import desk as cases
from pactdesk.cases.queries.desk import DeskLine
from pactdesk.cases.rules.numbers import read_number, shown_number
from pactdesk.cases.rules.status import Move
from pactdesk.cases.services import work
from pactdesk.cases.services.changing import CannotChange
from pactdesk.desk.beside import Head, head_of
from pactdesk.desk.entrance import at_desk
from pactdesk.desk.forms.work import OwnerForm, StatusForm, TransferForm, WorkForm, seen_in
from pactdesk.desk.frame import render_at_desk
from pactdesk.desk.teams import team_choices
from pactdesk.desk.undoing import Undo, remember, steps_of
from pactdesk.desk.words import STATUSES, language
from pactdesk.kernel.worded import text_in
from pactdesk.notifications.wording import sentence
from pactdesk.pages.requests import PageRequest, way_back


@dataclass(frozen=True, slots=True)
class Question:
    """A page that asks one thing about a request. `lines` say before the click what follows from it; `fields` are drawn
    in their order; `is_final`: it cannot be undone."""

    head: Head
    title: str
    label: str
    lines: tuple[str, ...] = ()
    is_final: bool = False
    more: Any = None
    buttons: tuple[tuple[str, str], ...] = field(default_factory=tuple)


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def owner(request: PageRequest, number: str) -> HttpResponse:
    """Who owns a request: take it, give it to somebody, or give it back to the queue."""
    line = cases.desk_line(request.viewer, read_number(number))
    members = _members(line)
    do = request.POST.get("do", "")
    form = OwnerForm(request.POST if request.method == "POST" and not do else None, members=members)
    wanted = {"take": request.viewer.account_id, "release": 0}.get(do)
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data["owner"]
    if wanted is None:
        return _owner_page(request, line, form)
    seen, before = seen_in(request.POST), line.owner_id or 0
    try:
        set_owner(line.number, wanted, seen=seen, request=request)
    except CannotChange as refused:
        form = OwnerForm({"owner": str(wanted or ""), "seen": str(line.revision)}, members=members)
        form.full_clean()
        form.errors.clear()
        form.refuse(refused.decision, zone=request.viewer.time_zone)
        return _owner_page(request, cases.desk_line(request.viewer, line.number), form)
    names = dict(members)
    if wanted == request.viewer.account_id:
        text = _("%(number)s is yours now.") % {"number": line.shown_number}
    elif wanted:
        text = _("%(number)s belongs to %(name)s now.") % {
            "number": line.shown_number,
            "name": names.get(wanted, ""),
        }
    else:
        text = _("%(number)s stands in the queue again.") % {"number": line.shown_number}
    undo = [Undo("owner", line.number, before, seen + 1)] if before != wanted else []
    remember(request, text, undo=undo)
    return _back(request, line)


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def status(request: PageRequest, number: str) -> HttpResponse:
    """Where a request stands: in progress, waiting for the requester, resolved."""
    line = cases.desk_line(request.viewer, read_number(number))
    moves = [(move.value, STATUSES[after][0]) for move, after in MOVES.items() if line.may(move).allowed]
    form = StatusForm(request.POST if request.method == "POST" else None, moves=moves)
    if form.is_bound and form.is_valid():
        move = Move(form.cleaned_data["move"])
        try:
            work.set_status(line.number, move, seen=form.seen, actor=request.viewer, at=request.at)
        except CannotChange as refused:
            form.refuse(refused.decision, zone=request.viewer.time_zone)
            line = cases.desk_line(request.viewer, line.number)
        else:
            text = _("%(number)s is now “%(status)s”.") % {
                "number": line.shown_number,
                "status": STATUSES[MOVES[move]][0],
            }
            remember(request, text, undo=[Undo("status", line.number, line.status, form.seen + 1)])
            return _back(request, line)
    lines = (_("The contacts see the status of their request."),)
    return ask(request, line, form, _("Set the status"), _("Set the status"), lines=lines)


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def transfer(request: PageRequest, number: str) -> HttpResponse:
    """To another team."""
    line = cases.desk_line(request.viewer, read_number(number))
    named = [team for team in accounts.teams() if team.id != line.team_id]
    teams = {team.id: text_in(team.name, language()) for team in named}
    offered = team_choices(named, at=request.at)
    form = TransferForm(request.POST if request.method == "POST" else None, teams=offered.items())
    if form.is_bound and form.is_valid():
        team = form.cleaned_data["team"]
        note = form.cleaned_data["note"]
        try:
            work.transfer(line.number, team, note=note, seen=form.seen, actor=request.viewer, at=request.at)
        except CannotChange as refused:
            form.refuse(refused.decision, zone=request.viewer.time_zone)
            line = cases.desk_line(request.viewer, line.number)
        else:
            told = {"number": line.shown_number, "team": teams[team]}
            remember(request, _("%(number)s stands with the team %(team)s now.") % told)
            if team in request.viewer.teams:
                return redirect("desk:request", line.shown_number)
            return redirect("desk:queue")
    lines = (
        _("Nobody owns it there until somebody of that team takes it. What was promised stays promised."),
        _("If you are not in that team, you will not see it any more."),
    )
    title = _("Move to another team")
    return ask(request, line, form, title, title, lines=lines, is_final=True)


@at_desk
@require_POST
def undo(request: PageRequest) -> HttpResponse:
    """Take back what was done just now, as far as nothing else has happened since."""
    steps = steps_of(request, request.POST.get("token", ""))
    refused: list[str] = []
    done = 0
    for step in steps or ():
        shown = {"number": shown_number(step.number)}
        try:
            if step.kind == "owner":
                set_owner(step.number, int(step.before), seen=step.seen, request=request)
            else:
                before = str(step.before)
                work.take_back(step.number, before, seen=step.seen, actor=request.viewer, at=request.at)
        except Http404:
            refused.append(_("%(number)s does not stand with your teams any more.") % shown)
        except CannotChange as error:
            refused += [
                f"{shown['number']}: {sentence(reason, request.viewer.time_zone)}"
                for reason in error.decision
            ]
        else:
            done += 1
    if steps is None:
        messages.warning(request, _("That was too long ago to be undone."))
    else:
        remember(request, _("Undone.") if done else _("Nothing was undone."), refused=refused)
    return redirect(way_back(request, request.POST.get("next", ""), otherwise="desk:queue"))


# What each move leads to, for naming it.
MOVES = {Move.START: "in-progress", Move.ASK: "waiting", Move.RESOLVE: "resolved"}


def set_owner(number: int, owner_id: int, *, seen: int, request: PageRequest) -> None:
    """Let somebody own a request, or nobody (0). Raises Http404, `CannotChange`."""
    if owner_id:
        work.assign(number, owner_id, seen=seen, actor=request.viewer, at=request.at)
    else:
        work.release(number, seen=seen, actor=request.viewer, at=request.at)


def ask(
    request: PageRequest,
    line: DeskLine,
    form: WorkForm,
    title: str,
    label: str,
    *,
    lines: Iterable[str] = (),
    is_final: bool = False,
    template: str = "desk/question.html",
    status: int | None = None,
    **more: Any,
) -> HttpResponse:
    """The page that asks, with what was answered so far. `status` is what it answers, where that says otherwise."""
    question = Question(
        head=head_of(line, viewer=request.viewer, at=request.at),
        title=title,
        label=label,
        lines=tuple(lines),
        is_final=is_final,
    )
    return render_at_desk(
        request, template, question, status=status or (422 if form.is_bound else 200), form=form, **more
    )


def _owner_page(request: PageRequest, line: DeskLine, form: OwnerForm) -> HttpResponse:
    return ask(
        request,
        line,
        form,
        _("Who owns it"),
        _("Assign"),
        template="desk/owner.html",
        can_take=line.owner_id != request.viewer.account_id,
        can_release=line.owner_id is not None,
    )


def _members(line: DeskLine) -> tuple[tuple[int, str], ...]:
    teams = accounts.teams(only=[line.team_id]) if line.team_id is not None else ()
    return teams[0].members if teams else ()


def _back(request: PageRequest, line: DeskLine) -> HttpResponse:
    """To where somebody was, or to the request."""
    wanted = request.POST.get("next", "")
    if wanted:
        return redirect(way_back(request, wanted, otherwise="desk:queue"))
    return redirect("desk:request", line.shown_number)
