"""Going anywhere by a few letters: pages of the desk, requests by number or words, people (Ctrl+K)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pactdesk.cases.queries import queue as cases
from pactdesk.cases.queries.people import people_found
from pactdesk.cases.queries.queue import Asked, QueueLine
from pactdesk.cases.rules.numbers import read_number
from pactdesk.cases.rules.queues import FOUND
from pactdesk.desk.asking import MOST_WORDS
from pactdesk.desk.entrance import at_desk
from pactdesk.desk.frame import VIEWS, render_at_desk
from pactdesk.desk.words import STATUSES, Words
from pactdesk.pages.requests import PageRequest

MOST_REQUESTS: Final = 7
MOST_PEOPLE: Final = 5
# A single letter finds half of everything.
_LEAST: Final = 2


@dataclass(frozen=True, slots=True)
class Goal:
    """Somewhere to go: what it is called, what it is more closely, and its icon."""

    url: str
    name: Words
    more: Words
    icon: str


@dataclass(frozen=True, slots=True)
class Palette:
    """What was typed, and where one can go from there. `nothing`: there is no such place."""

    words: str
    goals: tuple[Goal, ...]
    nothing: bool


@at_desk
@require_safe
def palette(request: PageRequest) -> HttpResponse:
    """A page of its own, or for the script the list alone."""
    words = request.GET.get("q", "")[:MOST_WORDS].strip()
    goals = (*_pages(words), *_requests(request, words), *_people(request, words))
    found = Palette(words, goals, nothing=bool(words) and not goals)
    if request.htmx:
        return render(request, "desk/palette_found.html", {"page": found})
    return render_at_desk(request, "desk/palette.html", found, here="palette")


def _pages(words: str) -> Iterator[Goal]:
    queue = reverse("desk:queue")
    for code, (name, icon) in VIEWS.items():
        yield from _named(Goal(f"{queue}?{urlencode({'view': code})}", name, _("Queue"), icon), words)
    for url, title, icon in (
        (reverse("desk:reports"), _("Reports"), "chart"),
        (reverse("desk:teams"), _("Teams"), "people"),
        (reverse("desk:saved-replies"), _("Saved replies"), "document"),
        (reverse("desk:keys"), _("Keys"), "screen"),
        (reverse("portal:profile"), _("Your profile"), "account"),
        (reverse("portal:letters"), _("What we tell you by e-mail"), "mail"),
    ):
        yield from _named(Goal(url, title, _("Page"), icon), words)


def _named(goal: Goal, words: str) -> Iterator[Goal]:
    if words.casefold() in str(goal.name).casefold():
        yield goal


def _requests(request: PageRequest, words: str) -> Iterator[Goal]:
    """The one with this number, or those that have all of these words. Two queries at most."""
    if (number := read_number(words)) is not None:
        lines: tuple[QueueLine, ...] = tuple(cases.lines_of(request.viewer, [number]).values())
    elif len(words) >= _LEAST:
        lines = cases.queue(request.viewer, Asked(view=FOUND, words=words), most=MOST_REQUESTS).lines
    else:
        return
    for line in lines:
        url = reverse("desk:request", args=[line.shown_number])
        yield Goal(url, f"{line.shown_number} {line.summary}", STATUSES[line.status][0], "inbox")


def _people(request: PageRequest, words: str) -> Iterator[Goal]:
    """Colleagues lead to what they own, contacts to what they are part of."""
    if len(words) < _LEAST:
        return
    queue = reverse("desk:queue")
    for person in people_found(request.viewer, words, most=MOST_PEOPLE):
        if person.account_id is not None:
            asked = urlencode({"view": "team", "owner": str(person.account_id)})
            yield Goal(f"{queue}?{asked}", person.name, _("What this engineer owns"), "account")
        else:
            yield Goal(f"{queue}?{urlencode({'q': person.email})}", person.name, person.email, "people")
