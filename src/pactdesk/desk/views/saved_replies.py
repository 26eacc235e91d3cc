"""Saved replies: the list, editing one, deleting it with a way back, and one filled in for a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pactdesk.accounts import queries as accounts
from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.queries import desk as cases
from pactdesk.cases.queries import saved_replies as queries
from pactdesk.cases.queries.desk import DeskContact, DeskLine
from pactdesk.cases.queries.saved_replies import SavedLine
from pactdesk.cases.rules.numbers import read_number
from pactdesk.cases.rules.saved_replies import PLACEHOLDERS, filled
from pactdesk.cases.services import saved_replies as services
from pactdesk.desk.entrance import at_desk
from pactdesk.desk.forms.saved_replies import SavedReplyForm
from pactdesk.desk.frame import render_at_desk
from pactdesk.desk.words import language, language_name
from pactdesk.kernel.worded import LANGUAGES, text_in
from pactdesk.pages.links import number_in
from pactdesk.pages.plain_text import excerpt
from pactdesk.pages.requests import PageRequest

_EXCERPT: Final = 140


@dataclass(frozen=True, slots=True)
class Row:
    """A saved reply in the list. `languages` are those in which it is written."""

    name: str
    url: str
    whose: str
    languages: str
    begins: str


@dataclass(frozen=True, slots=True)
class EditPage:
    """A saved reply to be written. `placeholders` are what is filled in; `delete_url` is "" for a new one."""

    title: str
    seen: int
    placeholders: tuple[str, ...]
    delete_url: str


@at_desk
@require_safe
def saved_list(request: PageRequest) -> HttpResponse:
    """What the viewer can use, by name."""
    teams = _teams(request)
    everybody = _("Everybody at the desk")
    page = tuple(
        Row(
            name=line.name,
            url=reverse("desk:saved-reply", args=[line.id]),
            whose=teams.get(line.team_id or 0, everybody),
            languages=", ".join(language_name(code) for code in LANGUAGES if code in line.texts),
            begins=excerpt(line.in_language(language())[0], _EXCERPT),
        )
        for line in queries.saved_replies(request.viewer)
    )
    deleted = number_in(request.GET.get("deleted", ""), digits=15)
    restore_url = "" if deleted is None else reverse("desk:saved-reply-restore", args=[deleted])
    return render_at_desk(
        request, "desk/saved_replies.html", page, here="saved-replies", restore_url=restore_url
    )


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def saved_reply(request: PageRequest, reply_id: int | None = None) -> HttpResponse:
    """Write a new one, or change one. What was changed meanwhile is not overwritten."""
    line = queries.saved_reply(request.viewer, reply_id) if reply_id is not None else None
    sent = request.POST if request.method == "POST" else None
    form = SavedReplyForm(sent, teams=_teams(request), line=line)
    if form.is_bound and form.is_valid():
        try:
            services.keep_reply(
                reply_id,
                name=form.cleaned_data["name"],
                texts=form.texts(),
                team_id=form.cleaned_data["team"],
                seen=form.seen,
                actor=request.viewer,
                at=request.at,
            )
        except services.CannotKeep as refused:
            form.refuse(refused.decision, zone=request.viewer.time_zone)
        else:
            messages.success(request, _("The saved reply is kept."))
            return redirect("desk:saved-replies")
    page = EditPage(
        title=_("Saved reply") if line else _("New saved reply"),
        seen=line.revision if line else 0,
        placeholders=tuple(f"{{{name}}}" for name in PLACEHOLDERS),
        delete_url=reverse("desk:saved-reply-delete", args=[line.id]) if line else "",
    )
    status = 422 if form.is_bound else 200
    return render_at_desk(
        request, "desk/saved_reply.html", page, here="saved-replies", status=status, form=form
    )


@at_desk
@require_POST
def delete(request: PageRequest, reply_id: int) -> HttpResponse:
    """Take one away; the list has the way back."""
    services.delete_reply(reply_id, actor=request.viewer, at=request.at)
    return redirect(f"{reverse('desk:saved-replies')}?deleted={reply_id}")


@at_desk
@require_POST
def restore(request: PageRequest, reply_id: int) -> HttpResponse:
    """Bring back what was deleted."""
    services.bring_back_reply(reply_id, actor=request.viewer)
    messages.success(request, _("The saved reply is there again."))
    return redirect("desk:saved-replies")


@at_desk
@require_safe
def filled_in(request: PageRequest, number: str, reply_id: int) -> HttpResponse:
    """One of them as plain text for a request, for the script."""
    line = cases.desk_line(request.viewer, read_number(number))
    primary = cases.contacts_of_case(line.number)[0]
    saved = queries.saved_reply(request.viewer, reply_id)
    return HttpResponse(
        text_for(saved, line, primary, request.viewer), content_type="text/plain; charset=utf-8"
    )


def text_for(saved: SavedLine, line: DeskLine, primary: DeskContact, viewer: Viewer) -> str:
    """A saved reply in the primary contact's language, with its placeholders filled in."""
    text, _is_theirs = saved.in_language(primary.language)
    values = {
        "name": primary.name,
        "number": line.shown_number,
        "summary": line.summary,
        "engineer": viewer.name,
    }
    return filled(text, values)


def chosen(request: PageRequest, reply_id: str) -> SavedLine | None:
    """The saved reply that a form or an address names; None where it names none of the viewer's."""
    number = number_in(reply_id, digits=15)
    if number is None:
        return None
    try:
        return queries.saved_reply(request.viewer, number)
    except Http404:
        return None


def _teams(request: PageRequest) -> dict[int, str]:
    return {team.id: text_in(team.name, language()) for team in accounts.teams(only=request.viewer.teams)}
