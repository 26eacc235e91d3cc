"""Doing the same to several requests of the queue, each with its own result; and the queue as a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from pactdesk.accounts import queries as accounts
from pactdesk.cases.queries import queue as cases
from pactdesk.cases.queries.queue import Asked, QueueLine
from pactdesk.cases.rules.status import Move
from pactdesk.cases.services import work
from pactdesk.cases.services.changing import CannotChange
from pactdesk.desk.asking import asked_of
from pactdesk.desk.entrance import at_desk
from pactdesk.desk.picking import gone, picked, why_not
from pactdesk.desk.undoing import Undo, remember
from pactdesk.desk.views.work import MOVES, set_owner
from pactdesk.desk.words import OUTCOMES, STATUSES, language, language_name
from pactdesk.kernel.worded import text_in
from pactdesk.pages.requests import PageRequest, way_back
from pactdesk.pages.spreadsheet import download

MOST_ROWS: Final = 10_000
_ROWS_AT_ONCE: Final = 500


@at_desk
@require_POST
def bulk(request: PageRequest) -> HttpResponse:
    """Take, assign, move or hand over the selected requests.

    One that somebody changed meanwhile stays as it is, and is named.
    """
    seen = picked(request.POST.getlist("pick"))
    do = request.POST.get("do", "")
    if not seen:
        messages.warning(request, _("Select the requests first."))
    elif do == "handover":
        asked = [("pick", f"{number}:{revision}") for number, revision in seen.items()]
        target = way_back(request, request.POST.get("next", ""), otherwise="desk:queue")
        return redirect(f"{reverse('desk:handover')}?{urlencode([*asked, ('next', target)])}")
    elif do == "status":
        _move(request, seen)
    else:
        _assign(
            request, seen, request.POST.get("owner", "") if do == "assign" else str(request.viewer.account_id)
        )
    return redirect(way_back(request, request.POST.get("next", ""), otherwise="desk:queue"))


@at_desk
@require_safe
def export(request: PageRequest) -> HttpResponse:
    """What a view of the queue shows, for a spreadsheet: instants with their offset."""
    asked = asked_of(request.GET, request.viewer)
    head = [
        _("Request"),
        _("Summary"),
        _("Status"),
        _("Severity"),
        _("Due"),
        _("Customer"),
        _("Product"),
        _("Programme"),
        _("Owner"),
        _("Language"),
        _("Opened"),
        _("Changed"),
        _("Outcome"),
    ]
    rows = (_cells(line) for line in _all_lines(request, asked))
    return download(f"pactdesk-{asked.view.code}", head, rows, zone=request.viewer.zone)


def _assign(request: PageRequest, seen: dict[int, int], wanted: str) -> None:
    names = {
        str(account_id): name
        for team in accounts.teams(only=request.viewer.teams)
        for account_id, name in team.members
    }
    if wanted not in names:
        messages.warning(request, _("Choose the engineer to whom they are to belong."))
        return
    owner_id, before = int(wanted), cases.lines_of(request.viewer, seen)
    undo: list[Undo] = []
    told: list[str] = []
    for number, revision in seen.items():
        try:
            set_owner(number, owner_id, seen=revision, request=request)
        except Http404:
            told.append(gone(number))
        except CannotChange as error:
            told.append(why_not(request, number, error))
        else:
            was = before[number].owner_id or 0 if number in before else 0
            if was != owner_id:
                undo.append(Undo("owner", number, was, revision + 1))
    count = len(seen) - len(told)
    if owner_id == request.viewer.account_id:
        text = ngettext("%(count)s request is yours now.", "%(count)s requests are yours now.", count)
    else:
        text = ngettext(
            "%(count)s request belongs to %(name)s now.", "%(count)s requests belong to %(name)s now.", count
        )
    remember(
        request, text % {"count": count, "name": names[wanted]} if count else "", refused=told, undo=undo
    )


def _move(request: PageRequest, seen: dict[int, int]) -> None:
    try:
        move = Move(request.POST.get("move", ""))
    except ValueError:
        move = Move.CLOSE
    if move not in MOVES:
        messages.warning(request, _("Choose the status that they are to have."))
        return
    before = cases.lines_of(request.viewer, seen)
    undo: list[Undo] = []
    told: list[str] = []
    for number, revision in seen.items():
        try:
            work.set_status(number, move, seen=revision, actor=request.viewer, at=request.at)
        except Http404:
            told.append(gone(number))
        except CannotChange as error:
            told.append(why_not(request, number, error))
        else:
            if number in before:
                undo.append(Undo("status", number, before[number].status, revision + 1))
    count = len(seen) - len(told)
    text = ngettext(
        "%(count)s request is now “%(status)s”.", "%(count)s requests are now “%(status)s”.", count
    ) % {"count": count, "status": STATUSES[MOVES[move]][0]}
    remember(request, text if count else "", refused=told, undo=undo)


def _all_lines(request: PageRequest, asked: Asked) -> Iterator[QueueLine]:
    after, given = None, 0
    while given < MOST_ROWS:
        page = cases.queue(request.viewer, asked, after=after, most=_ROWS_AT_ONCE)
        yield from page.lines
        given, after = given + len(page.lines), page.after
        if after is None:
            return


def _cells(line: QueueLine) -> list[str | datetime | None]:
    words_in = language()
    return [
        line.shown_number,
        line.summary,
        str(STATUSES[line.status][0]),
        line.severity,
        line.due_at,
        line.customer,
        text_in(line.product, words_in),
        text_in(line.programme, words_in) if line.programme else "",
        line.owner_name,
        language_name(line.language),
        line.opened_at,
        line.changed_at,
        str(OUTCOMES.get(line.outcome, "")),
    ]
