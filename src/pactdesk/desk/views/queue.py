"""The queue: what is to be done, by whom, by when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from pactdesk.accounts import queries as accounts
from pactdesk.accounts.queries import TeamLine
from pactdesk.cases.queries import queue as cases
from pactdesk.cases.queries.escalation import waiting_for
from pactdesk.cases.queries.queue import Asked, QueueLine
from pactdesk.cases.rules.numbers import read_number, shown_number
from pactdesk.cases.rules.queues import FOUND, TEAM, UNASSIGNED
from pactdesk.catalog import queries as catalog
from pactdesk.desk.asking import (
    asked_of,
    instant_of,
    place_of,
    written,
    written_instant,
    written_place,
)
from pactdesk.desk.entrance import at_desk
from pactdesk.desk.frame import NARROW_COOKIE, VIEWS, counted, render_at_desk, view_links
from pactdesk.desk.trouble import WaitingRow, waiting_rows
from pactdesk.desk.views.work import MOVES
from pactdesk.desk.words import (
    OUTCOMES,
    STATUSES,
    Words,
    language,
    language_name,
    zone_name,
)
from pactdesk.kernel.moments import instant_in_words
from pactdesk.kernel.worded import LANGUAGES, text_in
from pactdesk.pages.clocks import Clock, brief, clock, iso
from pactdesk.pages.requests import PageRequest, way_back

_ONE_YEAR: Final = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Row:
    """A request in the queue, in words. `pick` names it with the revision that the page shows."""

    number: str
    url: str
    pick: str
    summary: str
    severity: str
    around_the_clock: bool
    clock: Clock
    status: Words
    product: str
    customer: str
    plan: str
    owner: str
    is_mine: bool
    language: str
    changed: str
    changed_iso: str
    outcome: Words


@dataclass(frozen=True, slots=True)
class Filter:
    """A selection above the queue: (value, label) pairs, the first of which narrows nothing."""

    name: str
    label: str
    chosen: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Empty:
    """Why nothing is shown, and the one next step."""

    title: str
    text: str = ""
    url: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A page of the queue. `kept` are the parameters that ask for it again; `by_due`: the first column tells what is
    due, else when it was changed last."""

    code: str
    title: str
    place: str
    rows: tuple[Row, ...]
    filters: tuple[Filter, ...]
    is_narrowed: bool
    kept: dict[str, str]
    clear_url: str
    newest_url: str
    older_url: str
    news_url: str
    export_url: str
    here_url: str
    moves: tuple[tuple[str, str], ...]
    empty: Empty | None
    members: tuple[tuple[int, str], ...]
    shows_outcome: bool
    waiting: tuple[WaitingRow, ...] = ()


@at_desk
@require_safe
def queue(request: PageRequest) -> HttpResponse:
    """A view of the queue, or what a search by words found."""
    asked = asked_of(request.GET, request.viewer)
    if (number := read_number(asked.words)) is not None and cases.lines_of(request.viewer, [number]):
        return redirect("desk:request", shown_number(number))
    after = place_of(request.GET.get("after", ""))
    found = cases.queue(request.viewer, asked, after=after)
    teams = accounts.teams(only=request.viewer.teams)
    kept = written(asked)
    here = reverse("desk:queue")
    again = f"{here}?{urlencode(kept)}"
    since = {**kept, "since": written_instant(request.at)}
    page = QueuePage(
        code=asked.view.code,
        title=_("Search") if asked.view is FOUND else str(VIEWS[asked.view.code][0]),
        place=zone_name(request.viewer),
        rows=rows_of(request, found.lines),
        filters=_filters(asked, teams),
        is_narrowed=asked.is_narrowed,
        kept={name: kept[name] for name in ("view", "q") if name in kept},
        clear_url=f"{here}?{urlencode(written(Asked(view=asked.view, team=asked.team, words=asked.words)))}",
        newest_url=again if after else "",
        older_url=f"{again}&{urlencode({'after': written_place(found.after)})}" if found.after else "",
        news_url=f"{reverse('desk:queue-news')}?{urlencode(since)}",
        export_url=f"{reverse('desk:queue-export')}?{urlencode(kept)}",
        here_url=request.get_full_path(),
        moves=tuple((move.value, str(STATUSES[after][0])) for move, after in MOVES.items()),
        empty=None if found.lines else _empty(request, asked),
        members=_members(teams),
        shows_outcome=asked.view.code == "closed",
        waiting=waiting_rows(waiting_for(request.viewer), viewer=request.viewer, at=request.at),
    )
    return render_at_desk(
        request, "desk/queue.html", page, here=asked.view.code, team=asked.team, search=asked.words
    )


@at_desk
@require_safe
def news(request: PageRequest) -> HttpResponse:
    """How much has changed in a view since a page of it was shown: a part of that page, asked for again and again.

    Where it is as much as the page says already, nothing is answered, so that nobody is told twice.
    """
    asked = asked_of(request.GET, request.viewer)
    since = instant_of(request.GET.get("since", ""))
    changed = cases.changed_since(request.viewer, asked, since) if since else 0
    if str(changed) == request.GET.get("known", "0"):
        return HttpResponse(status=204)
    text = ngettext("%(count)s new or changed", "%(count)s new or changed", changed) % {
        "count": counted(changed)
    }
    context = {
        "known": changed,
        "text": text,
        "url": f"{reverse('desk:queue')}?{urlencode(written(asked))}",
        "views": view_links(cases.counts(request.viewer, team=asked.team), asked.team),
    }
    return render(request, "desk/queue_news.html", context)


@at_desk
@require_safe
def keys(request: PageRequest) -> HttpResponse:
    """What the keys do: a page of its own, or for the script the list alone."""
    page = (
        (("j", "k"), _("Next request, previous request")),
        (("Enter",), _("Open the request")),
        (("x",), _("Select it, or not")),
        (("m",), _("Take it: it is yours")),
        (("a",), _("Choose whose it is")),
        (("s",), _("Choose its status")),
        (("v",), _("Change its severity")),
        (("r",), _("Write a reply")),
        (("n",), _("Write an internal note")),
        (("Ctrl", "Enter"), _("Send what you are writing")),
        (("/",), _("Find a request by number or words")),
        (("Ctrl", "K"), _("Go to a page, a request or a person")),
        (("g", "q"), _("Go to your queue")),
        (("g", "d"), _("Go to the reports")),
        (("?",), _("Show these keys")),
    )
    if request.htmx:
        return render(request, "desk/keys_list.html", {"page": page})
    return render_at_desk(request, "desk/keys.html", page, here="keys")


@at_desk
@require_POST
def set_width(request: PageRequest) -> HttpResponse:
    """The navigation wide or narrow, in this browser."""
    target = way_back(request, request.POST.get("next", ""), otherwise="desk:queue")
    response = HttpResponseRedirect(target)
    if request.POST.get("width") == "narrow":
        response.set_cookie(
            NARROW_COOKIE,
            "narrow",
            max_age=_ONE_YEAR,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    else:
        response.delete_cookie(NARROW_COOKIE, samesite="Lax")
    return response


def rows_of(request: PageRequest, lines: Iterable[QueueLine]) -> tuple[Row, ...]:
    """Lines in words. Everything is said here, because templates do it many times slower."""
    viewer, at, words_in = request.viewer, request.at, language()
    # One address for all rows, filled in by hand: resolving it for each row costs more than drawing the row.
    pattern = reverse("desk:request", args=["NUMBER"])
    statuses = {code: str(name) for code, (name, _kind) in STATUSES.items()}
    return tuple(
        Row(
            number=line.shown_number,
            url=pattern.replace("NUMBER", line.shown_number),
            pick=f"{line.number}:{line.revision}",
            summary=line.summary,
            severity=line.severity,
            around_the_clock=line.hours == "24x7",
            clock=clock(
                status=line.status,
                due_at=line.due_at,
                first_response_at=line.first_response_at,
                first_response_due_at=line.first_response_due_at,
                viewer=viewer,
                at=at,
            ),
            status=statuses[line.status],
            product=text_in(line.product, words_in),
            customer=line.customer,
            plan=text_in(line.programme, words_in) if line.programme else _("Free of charge"),
            owner=line.owner_name,
            is_mine=line.owner_id == viewer.account_id,
            language=language_name(line.language),
            changed=brief(line.changed_at, viewer, at),
            changed_iso=iso(line.changed_at),
            outcome=OUTCOMES.get(line.outcome, ""),
        )
        for line in lines
    )


def _members(teams: Iterable[TeamLine]) -> tuple[tuple[int, str], ...]:
    """Who answers for any of these teams, each once, by name."""
    return tuple(sorted({member for team in teams for member in team.members}, key=lambda each: each[1]))


def _filters(asked: Asked, teams: tuple[TeamLine, ...]) -> tuple[Filter, ...]:
    catalogue, words_in = catalog.current(), language()
    chosen = written(asked)

    def selection(name: str, label: str, options: Iterable[tuple[Any, Any]]) -> Filter:
        # What narrows nothing is named like the selection: it says what it is about while it does nothing.
        told = tuple((str(value), str(text)) for value, text in options)
        return Filter(name, label, chosen.get(name, ""), (("", label), *told))

    programmes = ((code, text_in(each.name, words_in)) for code, each in catalogue.programmes.items())
    filters = [
        selection("severity", _("Severity"), ((code, code) for code in catalogue.severities)),
        selection(
            "waiting_on",
            _("Waiting on"),
            (("us", _("Waiting on us")), ("requester", _("Waiting on the requester"))),
        ),
        selection("programme", _("Programme"), sorted(programmes, key=lambda each: each[1].casefold())),
        selection("language", _("Language"), ((code, language_name(code)) for code in LANGUAGES)),
    ]
    if len(teams) > 1:
        names = ((team.id, text_in(team.name, words_in)) for team in teams)
        filters.insert(0, selection("team", _("All my teams"), names))
    if asked.view.code not in {"mine", "unassigned"}:
        filters.append(selection("owner", _("Owner"), _members(teams)))
    return tuple(filters)


def _empty(request: PageRequest, asked: Asked) -> Empty:
    """Why the view is empty, with what is due next elsewhere. Two queries at most."""
    queue_url = reverse("desk:queue")
    if asked.words:
        text = _("All words have to be found in a request, its messages or its notes.")
        return Empty(_("No request has all of these words: %(words)s") % {"words": asked.words}, text)
    if asked.is_narrowed:
        url = f"{queue_url}?{urlencode(written(Asked(view=asked.view, team=asked.team)))}"
        return Empty(_("No request goes with these filters"), "", url, _("Clear the filters"))
    match asked.view.code:
        case "resolved":
            text = _("What is resolved stands here until the requester agrees, or long enough has passed.")
            return Empty(_("Nothing is resolved and still open"), text)
        case "closed":
            return Empty(_("Nothing was closed yet"), _("What is closed stays readable here."))
        case "waiting":
            return Empty(_("Nothing waits for a requester"))
    next_one = cases.queue(request.viewer, replace(asked, view=TEAM), most=1).lines
    if not next_one:
        return Empty(_("Nothing waits"), _("No request of your teams is open."))
    first = next_one[0]
    text = ""
    if first.due_at is not None:
        text = _("Next due: %(number)s at %(when)s.") % {
            "number": first.shown_number,
            "when": instant_in_words(first.due_at, request.viewer.time_zone, language()),
        }
    if asked.view.code == "mine":
        url = f"{queue_url}?{urlencode(written(replace(asked, view=UNASSIGNED)))}"
        return Empty(_("Nothing of yours waits"), text, url, _("See what nobody owns"))
    url = f"{queue_url}?{urlencode(written(replace(asked, view=TEAM)))}"
    return Empty(_("Everything has an owner"), text, url, _("See the team's requests"))
