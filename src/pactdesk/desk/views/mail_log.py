"""The mail log at the service centre: which letters about agreements left, wait or failed, never what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from pactdesk.desk.entrance import at_service_centre
from pactdesk.desk.frame import render_at_desk
from pactdesk.desk.words import Words, language
from pactdesk.kernel.moments import instant_in_words
from pactdesk.notifications import tasks
from pactdesk.notifications.queries.log import LogLine, mail_log, parked_letter
from pactdesk.pages.links import link, place_in, written_place
from pactdesk.pages.requests import PageRequest
from pactdesk.pages.searching import words_in

_STATES: Final[Mapping[str, tuple[Words, str]]] = {
    "queued": (gettext_lazy("Waits"), "accent"),
    "sent": (gettext_lazy("Sent"), "ok"),
    "kept": (gettext_lazy("Kept, no mail server is set"), ""),
    "parked": (gettext_lazy("Failed"), "bad"),
    "withheld": (gettext_lazy("Not sent"), ""),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A letter. `again_url` has it sent again, "" where it was not given up."""

    subject: str
    to: str
    state: Words
    chip: str
    about: str
    error: str
    again_url: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the log. `filters` are (name, address, whether it is chosen)."""

    rows: tuple[Row, ...]
    words: str
    state: str
    filters: tuple[tuple[Words, str, bool], ...]
    clear_url: str
    newer_url: str
    older_url: str


@at_service_centre
@require_safe
def log(request: PageRequest) -> HttpResponse:
    """The letters, newest first, narrowed as the address says."""
    words = words_in(request.GET)
    state = request.GET.get("state", "")
    state = state if state in _STATES else ""
    older_than = place_in(request.GET.get("older", ""))
    found = mail_log(request.viewer, words=words, state=state, older_than=older_than)
    here, searched = reverse("desk:mail-log"), {"q": words} if words else {}
    kept = searched | ({"state": state} if state else {})
    page = Page(
        rows=tuple(_row(line, request) for line in found.lines),
        words=words,
        state=state,
        filters=tuple(
            (name, link(here, searched if code == state else searched | {"state": code}), code == state)
            for code, (name, _chip) in _STATES.items()
        ),
        clear_url=here,
        newer_url=link(here, kept) if older_than else "",
        older_url=link(here, kept | {"older": written_place(found.older_than)}) if found.older_than else "",
    )
    return render_at_desk(request, "desk/mail_log.html", page, here="mail-log")


@at_service_centre
@require_POST
def again(request: PageRequest, mail_id: int) -> HttpResponse:
    """Try a letter again that was given up."""
    tasks.try_parked_again([parked_letter(request.viewer, mail_id)])
    messages.success(request, _("The letter is tried again."))
    return redirect("desk:mail-log")


def _row(line: LogLine, request: PageRequest) -> Row:
    state, chip = _STATES[line.state]
    when = instant_in_words(line.sent_at or line.at, request.viewer.time_zone or "UTC", language())
    attempts = _("Attempts: %(count)s") % {"count": line.attempts}
    return Row(
        subject=line.subject,
        to=line.to_address,
        state=state,
        chip=chip,
        about=f"{when} · {attempts}" if line.attempts > 1 or line.error else when,
        error=line.error if line.state != "sent" else "",
        again_url=reverse("desk:mail-again", args=[line.mail_id]) if line.can_be_sent_again else "",
    )
