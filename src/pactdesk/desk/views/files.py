"""Files of a request at the desk: sent for replies and for notes, never mixed up, fetched, and taken away (REQ-2)."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from pactdesk.cases.queries.desk import desk_line
from pactdesk.cases.queries.files import file_line, files_about_to_be_added
from pactdesk.cases.rules.files import Place
from pactdesk.cases.rules.numbers import read_number
from pactdesk.cases.services import files as services
from pactdesk.desk.entrance import at_desk
from pactdesk.desk.forms.work import WorkForm
from pactdesk.desk.views.work import ask
from pactdesk.pages import files as pages
from pactdesk.pages.files import FilesAt
from pactdesk.pages.requests import PageRequest


def at(number: str, *, internal: bool = False) -> FilesAt:
    """Where the files of a request are, for the desk: those for everybody, or those that stay there."""
    place = Place(number=read_number(number), at_desk=True, internal=internal)
    return FilesAt(place, reverse("desk:note-files" if internal else "desk:request-files", args=[number]))


@at_desk
@require_POST
def request_files(request: PageRequest, number: str) -> HttpResponse:
    """A script announces a file for everybody."""
    return _begin(request, at(number))


@at_desk
@require_POST
def note_files(request: PageRequest, number: str) -> HttpResponse:
    """A script announces a file that stays at the desk."""
    return _begin(request, at(number, internal=True))


@at_desk
@require_http_methods(["GET", "HEAD", "PUT", "DELETE"])
def request_file(request: PageRequest, number: str, file_id: uuid.UUID) -> HttpResponse:
    """One file of a request, internal or not."""
    return pages.one(request, at(number), file_id)


@at_desk
@require_http_methods(["GET", "HEAD", "PUT", "DELETE"])
def note_file(request: PageRequest, number: str, file_id: uuid.UUID) -> HttpResponse:
    """The same, where it was begun for a note."""
    return pages.one(request, at(number, internal=True), file_id)


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def file_removal(request: PageRequest, number: str, file_id: uuid.UUID) -> HttpResponse:
    """Take a file out of a request, after a question."""
    here = at(number)
    file = file_line(request.viewer, here.place, file_id)
    line = desk_line(request.viewer, here.place.number)
    beside = reverse("desk:request", args=[line.shown_number]) + "#beside"
    form = WorkForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        services.remove(here.place, file_id, actor=request.viewer, at=request.at)
        messages.success(request, _("%(name)s is removed.") % {"name": file.name})
        return redirect(beside)
    if file.state == "removed":
        return redirect(beside)
    lines = (
        _("%(name)s is deleted for everybody, and cannot be brought back.") % {"name": file.name},
        _("That it was there, and who removed it, stays in the timeline."),
    )
    return ask(request, line, form, _("Remove a file"), _("Remove"), lines=lines, is_final=True)


def _begin(request: PageRequest, here: FilesAt) -> HttpResponse:
    # Asked first, so that somebody who does not see the request hears nothing about its form.
    files_about_to_be_added(request.viewer, here.place)
    return pages.begin(request, here)
