"""One request at the desk: what was said and what happened, and saying something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from pactdesk.cases.queries import desk as cases
from pactdesk.cases.queries.desk import DeskPage, OtherCase
from pactdesk.cases.queries.files import files_about_to_be_added
from pactdesk.cases.queries.saved_replies import saved_replies
from pactdesk.cases.queries.timeline import TimelineEntry
from pactdesk.cases.rules.numbers import read_number, shown_number
from pactdesk.cases.rules.status import CLOSED, Move
from pactdesk.cases.services import conversation
from pactdesk.cases.services.changing import CannotChange
from pactdesk.cases.services.conversation import CannotReply, Posted
from pactdesk.cases.services.files import remove
from pactdesk.catalog import queries as catalog
from pactdesk.desk.beside import (
    Head,
    Person,
    Plan,
    facts_of,
    head_of,
    people_of,
    plan_of,
    promise_of,
    time_there,
    what_closing_does,
)
from pactdesk.desk.entrance import at_desk
from pactdesk.desk.forms.conversation import AnswerForm, NoteForm, SaidForm
from pactdesk.desk.forms.work import seen_in
from pactdesk.desk.frame import render_at_desk
from pactdesk.desk.happenings import happening, outcome_in_words
from pactdesk.desk.trouble import Trouble, trouble_of
from pactdesk.desk.views import files
from pactdesk.desk.views.saved_replies import chosen, text_for
from pactdesk.desk.words import STATUSES, Words, language, language_name, zone_name
from pactdesk.pages import files as pages
from pactdesk.pages.files import FileRow, FilesBox, Sent
from pactdesk.pages.links import number_in
from pactdesk.pages.on_behalf import on_behalf_in_words
from pactdesk.pages.plain_text import excerpt
from pactdesk.pages.requests import PageRequest
from pactdesk.pages.routes import TeamInWords, team_in_words
from pactdesk.pages.timeline import Earlier, Row, drawn
from pactdesk.pages.uploads import takes_files

# What follows from a public reply, by the button that sent it.
_THEN: Final[Mapping[str, Move | None]] = {
    "reply": None,
    "reply-ask": Move.ASK,
    "reply-resolve": Move.RESOLVE,
}
_FILTERS: Final[Mapping[str, Words]] = {
    "": gettext_lazy("All"),
    "messages": gettext_lazy("Messages"),
    "notes": gettext_lazy("Notes"),
    "changes": gettext_lazy("Changes"),
}
_KINDS: Final = {"messages": "message", "notes": "note", "changes": "event"}
_EXCERPT: Final = 700


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be chosen or opened."""

    code: str
    label: Words
    url: str = ""
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Linked:
    """Another request beside this one."""

    number: str
    url: str
    summary: str
    status: Words
    status_kind: str


@dataclass(frozen=True, slots=True)
class RequestPage:
    """A request on its page. `known` says up to where its timeline is shown, for telling later what is new; `news` is
    that: what came while somebody wrote. `readers` says who will read a public reply. `organization_url` leads the
    service centre to the organization, where contacts, agreements and kits are looked after; "" for everybody else."""

    head: Head
    facts: list[tuple[str, str]]
    promise: list[tuple[str, str]]
    team: TeamInWords
    trouble: Trouble
    next_label: str
    members: tuple[Choice, ...]
    moves: tuple[Choice, ...]
    people: tuple[Person, ...]
    night_name: str
    night_phone: str
    night_there: str
    is_around_the_clock: bool
    can_set_back: bool
    plan: Plan | None
    organization_url: str
    closing: tuple[str, str]
    outcome: tuple[str, ...]
    goes_on_as: Linked | None
    others: tuple[Linked, ...]
    rows: tuple[Row, ...]
    filters: tuple[Choice, ...]
    place: str
    known: str
    news: tuple[Row, ...]
    readers: tuple[str, ...]
    shows_reply: bool
    writes_note: bool
    reply_files: FilesBox
    note_files: FilesBox
    files: tuple[FileRow, ...]
    is_closed: bool
    is_test: bool
    can_release: bool
    can_reopen: bool
    then: tuple[Choice, ...]
    saved: tuple[Choice, ...]


@takes_files
@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def request_page(request: PageRequest, number: str) -> HttpResponse:
    """A request, and what its engineer says in it."""
    if request.method == "POST":
        return _written(request, number)
    answer = AnswerForm(text=_with_saved(request, number)) if "insert" in request.GET else AnswerForm()
    return _show(request, number, answer, NoteForm())


@at_desk
@require_safe
def preview(request: PageRequest, number: str) -> HttpResponse:
    """A request at a glance, for the pane beside the queue."""
    found = cases.preview(request.viewer, read_number(number))
    # Back to the list, with the cursor where it was.
    page = (
        request.htmx.current_url_abs_path or reverse("desk:queue") if request.htmx else reverse("desk:queue")
    )
    context = {
        "back_url": f"{page.partition('#')[0]}#{found.line.shown_number}",
        "head": head_of(found.line, viewer=request.viewer, at=request.at),
        "facts": facts_of(found.line, request.viewer)[:4],
        "description": excerpt(found.line.description, _EXCERPT),
        "people": people_of(found.contacts, found.line.shown_number, at=request.at)[:1],
        "rows": drawn(
            found.said,
            reader=request.viewer,
            language=language(),
            happening=partial(happening, unit="", teams={}),
        ),
    }
    return render(request, "desk/preview.html", context)


def _written(request: PageRequest, number: str) -> HttpResponse:
    """A reply or a note, with its files; or only its files were changed, or a saved reply was inserted, and it is
    shown again."""
    do, action = request.POST.get("do", ""), request.POST.get("action", "")
    is_note = "note" in {do, request.POST.get("writes", "")}
    here = files.at(number, internal=is_note)
    files_about_to_be_added(request.viewer, here.place)  # nothing is taken from somebody who does not see it
    sent = pages.sent_with(request, here)
    if (gone := pages.removal_in(action)) is not None:
        remove(here.place, gone, actor=request.viewer, at=request.at)
    answer, note = AnswerForm(), NoteForm()
    form: SaidForm
    if gone is not None or action == "files" or do == "insert":
        typed = {"text": request.POST.get("text", ""), "key": request.POST.get("key", "")}
        if is_note:
            note = NoteForm(begun=typed)
        elif do == "insert":
            answer = AnswerForm(begun={**typed, "text": _with_saved(request, number)})
        else:
            answer = AnswerForm(begun=typed)
        return _show(request, number, answer, note, problems=sent.problems, writes_note=is_note)
    if is_note:
        form = note = NoteForm(request.POST)
    else:
        form = answer = AnswerForm(request.POST)
    changed_meanwhile = False
    if form.is_valid() and not sent.problems:
        try:
            posted = _say(request, number, form, do, sent)
        except CannotReply as refused:
            form.refuse(refused.decision)
        except CannotChange as refused:
            form.refuse(refused.decision)
            changed_meanwhile = "case.changed-meanwhile" in refused.decision.codes
        else:
            if posted.replayed:
                pages.take_back(request, here, sent)
            return _said(request, posted, do)
    return _show(request, number, answer, note, changed_meanwhile=changed_meanwhile, problems=sent.problems)


def _with_saved(request: PageRequest, number: str) -> str:
    """What was typed so far, with a saved reply behind it, filled in for this request."""
    typed = request.POST.get("text", "").strip()
    saved = chosen(request, request.POST.get("saved", request.GET.get("insert", "")))
    if saved is None:
        return typed
    line = cases.desk_line(request.viewer, read_number(number))
    primary = cases.contacts_of_case(line.number)[0]
    return "\n\n".join(filter(None, (typed, text_for(saved, line, primary, request.viewer))))


def _say(request: PageRequest, number: str, form: SaidForm, do: str, sent: Sent) -> Posted:
    asked, text = read_number(number), form.cleaned_data["text"]
    if isinstance(form, NoteForm):
        return conversation.note(
            asked, text, key=form.key, files=sent.file_ids, actor=request.viewer, at=request.at
        )
    return conversation.answer(
        asked,
        text,
        key=form.key,
        seen=seen_in(request.POST),
        then=_THEN.get(do),
        files=sent.file_ids,
        actor=request.viewer,
        at=request.at,
    )


def _said(request: PageRequest, posted: Posted, do: str) -> HttpResponse:
    told = {
        "note": _("Your note is kept. Only the desk reads it."),
        "reply": _("Your reply is sent."),
        "reply-ask": _("Your reply is sent. The request waits for the requester now."),
        "reply-resolve": _("Your reply is sent. The request is resolved."),
    }
    if posted.replayed:
        messages.info(request, _("This was sent before, and was not sent again."))
    else:
        messages.success(request, told.get(do, told["reply"]))
    url = reverse("desk:request", args=[shown_number(posted.case_number)])
    return HttpResponseRedirect(f"{url}?posted={posted.message_id}#message-{posted.message_id}")


def _show(
    request: PageRequest,
    number: str,
    answer: AnswerForm,
    note: NoteForm,
    *,
    changed_meanwhile: bool = False,
    problems: tuple[str, ...] = (),
    writes_note: bool = False,
) -> HttpResponse:
    whole = request.GET.get("all") == "1"
    shown = request.GET.get("show", "")
    shown = shown if shown in _FILTERS else ""
    found = cases.desk_page(request.viewer, read_number(number), at=request.at, whole=whole)
    is_bound = answer.is_bound or note.is_bound
    page = _page(
        request,
        found,
        shown,
        answer,
        note,
        changed_meanwhile=changed_meanwhile,
        problems=problems,
        writes_note=writes_note,
    )
    return render_at_desk(
        request,
        "desk/request.html",
        page,
        status=422 if is_bound or problems else 200,
        answer=answer,
        note=note,
        form=note if note.is_bound else answer,
    )


def _page(
    request: PageRequest,
    found: DeskPage,
    shown: str,
    answer: AnswerForm,
    note: NoteForm,
    *,
    changed_meanwhile: bool,
    problems: tuple[str, ...],
    writes_note: bool,
) -> RequestPage:
    line, viewer = found.line, request.viewer
    for_all, for_us = files.at(line.shown_number), files.at(line.shown_number, internal=True)
    coming = found.timeline.coming
    writes_note = writes_note or note.is_bound or (line.status == CLOSED and not answer.is_bound)
    unit = found.plan.unit if found.plan else ""
    head = head_of(line, viewer=viewer, at=request.at)
    draw = partial(
        drawn,
        reader=viewer,
        language=language(),
        happening=partial(happening, unit=unit, teams=found.teams),
        files_at=for_all,
        fold=shown != "changes",
        posted=number_in(request.GET.get("posted", ""), digits=15) or 0,
    )
    rows = draw(_entries(found, shown))
    if found.timeline.earlier and shown != "changes":
        earlier = found.timeline.earlier
        label = ngettext("Show %(count)s earlier message", "Show %(count)s earlier messages", earlier)
        left_out = Earlier(label % {"count": earlier}, f"{head.url}{_query(show=shown, all='1')}#timeline")
        rows = (*draw([_description(found)]), left_out, *rows)
    is_closed = line.status == CLOSED
    return RequestPage(
        head=head,
        facts=[*on_behalf_in_words(found.on_behalf, viewer.zone.key, language()), *facts_of(line, viewer)],
        promise=promise_of(line, viewer=viewer),
        team=team_in_words(found.why_team, language()),
        trouble=trouble_of(found, viewer=viewer, at=request.at),
        next_label=_("Transfer the call")
        if line.owner_id is not None and line.severity == catalog.current().offered_severities()[0].code
        else _("The next free engineer"),
        members=tuple(
            Choice(str(account_id), name, is_chosen=account_id == line.owner_id)
            for account_id, name in (found.team.members if found.team else ())
        ),
        moves=moves_of(found),
        people=people_of(found.contacts, line.shown_number, at=request.at),
        night_name=line.night_name,
        night_phone=line.night_phone,
        night_there=time_there(line.night_time_zone, at=request.at),
        is_around_the_clock=line.hours == "24x7",
        can_set_back=line.first_response_at is None
        and found.team is not None
        and found.team.manager_id == viewer.account_id,
        plan=plan_of(found.plan) if found.plan else None,
        organization_url=reverse("desk:organization", args=[line.organization_id])
        if viewer.at_service_centre and line.organization_id is not None
        else "",
        closing=what_closing_does(line, found.plan),
        outcome=outcome_in_words(line.outcome, line.outcome_cause, 0, unit) if is_closed else (),
        goes_on_as=_goes_on_as(found),
        others=tuple(_linked(other) for other in found.others),
        rows=rows,
        filters=tuple(
            Choice(code, label, f"{head.url}{_query(show=code)}#timeline", code == shown)
            for code, label in _FILTERS.items()
        ),
        place=zone_name(viewer),
        known=_known(found),
        news=draw(_news(found, request.POST.get("known", ""))) if changed_meanwhile else (),
        readers=tuple(
            _("%(name)s, who reads %(language)s")
            % {"name": contact.name, "language": language_name(contact.language)}
            for contact in found.contacts
        ),
        shows_reply=not is_closed or answer.is_bound,
        writes_note=writes_note,
        reply_files=pages.box(
            for_all,
            (file for file in coming if not file.internal),
            problems=() if writes_note else problems,
        ),
        note_files=pages.box(
            for_us, (file for file in coming if file.internal), problems=problems if writes_note else ()
        ),
        files=pages.rows(for_all, found.timeline.files, with_removal=True),
        is_closed=is_closed,
        is_test=line.is_test,
        can_release=line.owner_id is not None and not is_closed,
        can_reopen=is_closed,
        then=_then(found),
        saved=() if is_closed else _saved(request, found),
    )


def moves_of(found: DeskPage) -> tuple[Choice, ...]:
    """The moves that are a choice of their own now, in words; closing and reopening have pages."""
    words = {
        Move.START: _("In progress"),
        Move.ASK: _("Waiting for the requester"),
        Move.RESOLVE: _("Resolved"),
    }
    return tuple(Choice(move.value, words[move]) for move in words if found.line.may(move).allowed)


def _then(found: DeskPage) -> tuple[Choice, ...]:
    """What can follow from a reply beside the reply itself."""
    words = {
        "reply-ask": (Move.ASK, _("Send and wait for the requester")),
        "reply-resolve": (Move.RESOLVE, _("Send and resolve")),
    }
    # A reply to a request that waits already leaves it waiting.
    return tuple(
        Choice(code, label)
        for code, (move, label) in words.items()
        if found.line.may(move).allowed or (move is Move.ASK and found.line.status == "waiting")
    )


def _saved(request: PageRequest, found: DeskPage) -> tuple[Choice, ...]:
    """The saved replies to choose from; those that are not written in the contact's language say so. One query."""
    theirs = found.primary.language
    choices = []
    for saved in saved_replies(request.viewer):
        _text, is_theirs = saved.in_language(theirs)
        label = saved.name if is_theirs else _("%(name)s (in English)") % {"name": saved.name}
        choices.append(Choice(str(saved.id), label))
    return tuple(choices)


def _description(found: DeskPage) -> TimelineEntry:
    """What the request began with, as the first thing that was said."""
    line = found.line
    return TimelineEntry(
        kind="message",
        at=line.opened_at,
        who=line.submitter,
        side="requester",
        text=line.description,
        language=line.language,
        files=found.timeline.came_along,
    )


def _entries(found: DeskPage, shown: str) -> list[TimelineEntry]:
    """What is drawn in one go: all, or one kind. Beside the description nobody need be told that it was sent."""
    described = [] if found.timeline.earlier or shown in {"notes", "changes"} else [_description(found)]
    return described + [
        entry
        for entry in found.timeline.entries
        if (entry.kind == _KINDS[shown] if shown else entry.code != "case.opened")
    ]


def _known(found: DeskPage) -> str:
    """Up to where the timeline goes: the last message and the last event. Both are numbered as they come, because who
    changes a request holds its row."""
    last = {"said": 0, "event": 0}
    for entry in found.timeline.entries:
        kind = "event" if entry.kind == "event" else "said"
        last[kind] = max(last[kind], entry.id)
    return f"{last['said']}-{last['event']}"


def _news(found: DeskPage, known: str) -> list[TimelineEntry]:
    """What stands behind a place that `_known` named."""
    said, _dash, happened = known.partition("-")
    return [
        entry
        for entry in found.timeline.entries
        if entry.id > (number_in(happened if entry.kind == "event" else said, digits=15) or 0)
    ]


def _goes_on_as(found: DeskPage) -> Linked | None:
    number = found.line.merged_into
    if number is None:
        return None
    other = next((other for other in found.others if other.number == number), None)
    return _linked(other) if other else Linked(shown_number(number), "", "", "", "")


def _linked(other: OtherCase) -> Linked:
    status, kind = STATUSES[other.status]
    url = reverse("desk:request", args=[other.shown_number])
    return Linked(other.shown_number, url, other.summary, status, kind)


def _query(**values: str) -> str:
    kept = {name: value for name, value in values.items() if value}
    return f"?{urlencode(kept)}" if kept else ""
