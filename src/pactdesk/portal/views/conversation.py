"""One request for its contacts: what was said and what happened, and saying something (REQ-1, REQ-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from pactdesk.cases.queries import requests as cases
from pactdesk.cases.queries.files import files_about_to_be_added
from pactdesk.cases.queries.requests import RequestPage
from pactdesk.cases.queries.timeline import TimelineEntry
from pactdesk.cases.rules.numbers import read_number, shown_number
from pactdesk.cases.services.conversation import CannotReply, reply
from pactdesk.cases.services.files import remove
from pactdesk.cases.services.looking import look
from pactdesk.kernel.moments import place_of
from pactdesk.pages import files as pages
from pactdesk.pages.files import FileRow, FilesBox
from pactdesk.pages.happenings import happening
from pactdesk.pages.plain_text import excerpt
from pactdesk.pages.requests import PageRequest, with_profile
from pactdesk.pages.routes import TeamInWords, team_in_words
from pactdesk.pages.timeline import Earlier, Row, drawn
from pactdesk.pages.uploads import takes_files
from pactdesk.portal.forms.conversation import ReplyForm
from pactdesk.portal.plans import language
from pactdesk.portal.standing import ROLES, Standing, facts_of, standing_of
from pactdesk.portal.views import files
from pactdesk.portal.views.escalation import HelpBox, help_box

# So many messages stand on a page at first; each "earlier" adds as many.
MESSAGES: Final = 40
_MOST_BLOCKS: Final = 50
_QUESTION: Final = 400
_FILTERS: Final[dict[str, str | Promise]] = {
    "": gettext_lazy("All"),
    "messages": gettext_lazy("Messages"),
    "changes": gettext_lazy("Changes"),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """One of the links that choose what the timeline shows."""

    label: str
    url: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the reader: its beginning, and where all of it stands."""

    text: str
    lang: str
    url: str


@dataclass(frozen=True, slots=True)
class Person:
    """A contact as the page lists them."""

    name: str
    role: str
    email: str
    phone: str
    is_viewer: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """What all pages of a request have in common: its head, its tabs and what stands beside. `customer` is for whom it
    was made, "" for the own tenant."""

    number: str
    summary: str
    url: str
    sharing_url: str
    standing: Standing
    facts: list[tuple[str, str]]
    contacts: tuple[Person, ...]
    files: tuple[FileRow, ...]
    goes_on_as: str
    is_test: bool
    close_url: str
    reopen_url: str
    help: HelpBox
    team: TeamInWords
    customer: str = ""


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """A request with its timeline. `close_url` and `reopen_url` of its frame are "" where that cannot be done now."""

    frame: Frame
    rows: tuple[Row, ...]
    files_box: FilesBox
    filters: tuple[Filter, ...]
    place: str
    question: Question | None
    may_reply: bool
    sent: bool
    seen_url: str
    as_of: str


@takes_files
@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def conversation(request: PageRequest, number: str) -> HttpResponse:
    """The timeline, and the form to reply with. With htmx only the conversation changes.

    Files go with the reply; without a word they are added as they are.
    """
    if request.method != "POST":
        return _show(request, number, ReplyForm())
    here = files.at(number)
    files_about_to_be_added(request.viewer, here.place)  # nothing is taken from somebody who does not see it
    sent = pages.sent_with(request, here)
    action = request.POST.get("action", "")
    if (gone := pages.removal_in(action)) is not None:
        remove(here.place, gone, actor=request.viewer, at=request.at)
    if gone is not None or action == "files":
        return _show(request, number, ReplyForm(begun=request.POST), problems=sent.problems)
    if sent.file_ids and not sent.problems and not request.POST.get("text", "").strip():
        return files.add(request, here, sent)
    form = ReplyForm(request.POST)
    if form.is_valid() and not sent.problems:
        try:
            posted = reply(
                read_number(number),
                form.cleaned_data["text"],
                key=form.key,
                files=sent.file_ids,
                actor=request.viewer,
                at=request.at,
            )
        except CannotReply as refused:
            form.refuse(refused.decision)
        else:
            if posted.replayed:
                pages.take_back(request, here, sent)
            else:
                messages.success(request, _("Your reply is sent."))
            url = reverse("portal:request", args=[shown_number(posted.case_number)])
            return redirect(f"{url}?posted={posted.message_id}#message-{posted.message_id}")
    return _show(request, number, form, problems=sent.problems)


@with_profile
@require_POST
def seen(request: PageRequest, number: str) -> HttpResponse:
    """A script tells that the page was looked at, as it was at `until`. Opening a page alone changes nothing."""
    look(
        read_number(number),
        until=_instant(request.POST.get("until", "")),
        actor=request.viewer,
        at=request.at,
    )
    return HttpResponse(status=204)


def frame_of(request: PageRequest, page: RequestPage) -> Frame:
    """The frame of a request's pages for whoever asks."""
    number = page.line.shown_number
    return Frame(
        number=number,
        summary=page.line.summary,
        url=reverse("portal:request", args=[number]),
        sharing_url=reverse("portal:request-sharing", args=[number]),
        standing=standing_of(page, reader=request.viewer, at=request.at),
        facts=facts_of(page, request.viewer),
        customer=page.on_behalf.customer if page.on_behalf else "",
        contacts=tuple(
            Person(contact.name, str(ROLES[contact.role]), contact.email, contact.phone, contact.is_viewer)
            for contact in page.contacts
        ),
        files=pages.rows(files.at(number), page.timeline.files),
        goes_on_as=shown_number(page.goes_on_as) if page.goes_on_as is not None else "",
        is_test=page.is_test,
        close_url=reverse("portal:request-close", args=[number]) if page.may_close.allowed else "",
        reopen_url=reverse("portal:request-reopen", args=[number]) if page.may_reopen.allowed else "",
        help=help_box(page.help, number=number, reader=request.viewer),
        team=team_in_words(page.why_team, language()),
    )


def _show(
    request: PageRequest, number: str, form: ReplyForm, *, problems: tuple[str, ...] = ()
) -> HttpResponse:
    chosen = request.GET.get("show", "")
    chosen = chosen if chosen in _FILTERS else ""
    blocks = _small(request.GET.get("earlier", ""), most=_MOST_BLOCKS)
    posted = _small(request.GET.get("posted", ""), most=10**15)
    page = cases.request_page(
        request.viewer,
        read_number(number),
        most=MESSAGES * (blocks + 1),
        every_event=chosen == "changes",
    )
    frame = frame_of(request, page)
    draw = partial(
        drawn,
        reader=request.viewer,
        language=language(),
        happening=partial(happening, reader_id=request.viewer.account_id, unit=page.unit),
        files_at=files.at(frame.number),
        fold=chosen != "changes",
        posted=posted,
    )
    rows = draw(_entries(page, chosen))
    if (earlier := page.timeline.earlier) and chosen != "changes":
        first = next((entry.id for entry in page.timeline.entries if entry.kind == "message"), 0)
        label = ngettext("Show %(count)s earlier message", "Show %(count)s earlier messages", earlier)
        url = f"{frame.url}{_query(show=chosen, earlier=str(blocks + 1))}#message-{first}"
        left_out = Earlier(label % {"count": min(earlier, MESSAGES)}, url)
        rows = (*draw([_description(page)]), left_out, *rows)
    shown = ConversationPage(
        frame=frame,
        rows=rows,
        files_box=pages.box(files.at(frame.number), page.timeline.coming, problems=problems),
        filters=tuple(
            Filter(str(label), f"{frame.url}{_query(show=code)}#timeline", code == chosen)
            for code, label in _FILTERS.items()
        ),
        place=place_of(request.viewer.zone.key, language()),
        question=_question(page, frame.url),
        may_reply=page.may_reply.allowed,
        sent=bool(posted) and not form.is_bound,
        seen_url=reverse("portal:request-seen", args=[frame.number]),
        as_of=page.line.changed_at.isoformat(),
    )
    response = render(
        request,
        "portal/requests/conversation.html",
        {"page": shown, "form": form},
        status=422 if form.is_bound or problems else 200,
    )
    patch_vary_headers(response, ("HX-Request",))
    return response


def _description(page: RequestPage) -> TimelineEntry:
    """What the request began with, as the first thing that was said."""
    return TimelineEntry(
        kind="message",
        at=page.line.opened_at,
        who=page.submitter,
        side="requester",
        text=page.description,
        language=page.language,
        files=page.timeline.came_along,
        author_id=page.submitter_id,
    )


def _entries(page: RequestPage, chosen: str) -> list[TimelineEntry]:
    """What is drawn in one go: all, or one kind. Beside the description nobody need be told that it was sent."""
    if chosen == "changes":
        return [entry for entry in page.timeline.entries if entry.kind == "event"]
    entries = ([] if page.timeline.earlier else [_description(page)]) + list(page.timeline.entries)
    return [
        entry for entry in entries if entry.kind == "message" or (not chosen and entry.code != "case.opened")
    ]


def _question(page: RequestPage, url: str) -> Question | None:
    asked = page.question
    if asked is None:
        return None
    return Question(excerpt(asked.text, _QUESTION), asked.language, f"{url}#message-{asked.id}")


def _query(**values: str) -> str:
    kept = {name: value for name, value in values.items() if value and value != "0"}
    return f"?{urlencode(kept)}" if kept else ""


def _instant(text: str) -> datetime | None:
    """The instant that a form wrote, None for anything else."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo else None


def _small(text: str, *, most: int) -> int:
    """The whole number in an address, 0 for anything else."""
    return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 16 else 0
