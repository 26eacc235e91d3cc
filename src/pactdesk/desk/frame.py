"""What every page of the desk has around it: the views of the queue with their counts, and the way to search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from pactdesk.cases.queries.queue import MOST_COUNTED, Counts, counts
from pactdesk.desk.undoing import told
from pactdesk.desk.words import Words
from pactdesk.pages.requests import PageRequest

NARROW_COOKIE: Final = "desk"
VIEWS: Final[Mapping[str, tuple[Words, str]]] = {
    "mine": (_("Mine"), "account"),
    "unassigned": (_("Unassigned"), "inbox"),
    "team": (_("Team"), "people"),
    "waiting": (_("Waiting"), "clock"),
    "resolved": (_("Resolved"), "check"),
    "closed": (_("Closed"), "lock"),
}


@dataclass(frozen=True, slots=True)
class ViewLink:
    """A view of the queue in the navigation. `count` is "" where nothing stands in it."""

    code: str
    name: Words
    icon: str
    url: str
    count: str


@dataclass(frozen=True, slots=True)
class Frame:
    """The navigation of the desk. `here` is the code of a view, or of another place of the desk. `done` is what
    was done just now (`undoing`)."""

    here: str
    views: tuple[ViewLink, ...]
    team: int | None
    search: str
    is_narrow: bool
    done: Mapping[str, Any] | None


def render_at_desk(
    request: PageRequest,
    template: str,
    page: Any,
    *,
    here: str = "",
    team: int | None = None,
    search: str = "",
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """The page with the desk around it. One query."""
    frame = Frame(
        here=here,
        views=view_links(counts(request.viewer, team=team), team),
        team=team,
        search=search,
        is_narrow=request.COOKIES.get(NARROW_COOKIE) == "narrow",
        done=told(request),
    )
    return render(request, template, {"page": page, "desk": frame, **more}, status=status)


def view_links(standing: Counts, team: int | None) -> tuple[ViewLink, ...]:
    """The views with how much stands in each."""
    queue = reverse("desk:queue")
    kept: dict[str, str | int] = {"team": team} if team is not None else {}
    return tuple(
        ViewLink(code, name, icon, f"{queue}?{urlencode(kept | {'view': code})}", counted(standing[code]))
        for code, (name, icon) in VIEWS.items()
    )


def counted(number: int) -> str:
    """A number that is not counted to its end: "99+"."""
    return f"{MOST_COUNTED}+" if number > MOST_COUNTED else str(number or "")
