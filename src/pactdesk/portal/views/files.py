"""Files of a request, as its contacts see them (REQ-2)."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from pactdesk.cases.queries.files import files_about_to_be_added
from pactdesk.cases.rules.files import Place
from pactdesk.cases.rules.numbers import read_number, shown_number
from pactdesk.cases.services import files as services
from pactdesk.cases.services.files import CannotStore
from pactdesk.pages import files as pages
from pactdesk.pages.files import FilesAt, Sent
from pactdesk.pages.reasons import worded
from pactdesk.pages.requests import PageRequest, with_profile
from pactdesk.pages.uploads import takes_files


def at(number: str) -> FilesAt:
    """Where the files of a request are, for its contacts."""
    return FilesAt(Place(number=read_number(number)), reverse("portal:request-files", args=[number]))


@takes_files
@with_profile
@require_POST
def request_files(request: PageRequest, number: str) -> HttpResponse:
    """A script announces a file here; the form adds files to the request without a message, or takes one away."""
    here = at(number)
    # Asked first, so that nothing is stored for, or told to, somebody who does not see the request.
    files_about_to_be_added(request.viewer, here.place)
    if "file_name" in request.POST:
        return pages.begin(request, here)
    if (gone := pages.removal_in(request.POST.get("action", ""))) is not None:
        services.remove(here.place, gone, actor=request.viewer, at=request.at)
        return redirect("portal:request", number)
    return add(request, here, pages.sent_with(request, here))


def add(request: PageRequest, here: FilesAt, sent: Sent) -> HttpResponse:
    """Add files to the request without a message, and say so on its page."""
    for problem in sent.problems:
        messages.error(request, problem)
    if sent.file_ids:
        try:
            services.add(here.place, sent.file_ids, actor=request.viewer, at=request.at)
        except CannotStore as refused:
            for reason in refused.decision:
                messages.error(request, worded(reason, zone=request.viewer.time_zone).sentence)
        else:
            added = len(sent.file_ids)
            messages.success(
                request,
                ngettext("%(count)s file is added.", "%(count)s files are added.", added) % {"count": added},
            )
    return redirect("portal:request", shown_number(here.place.number or 0))


@with_profile
@require_http_methods(["GET", "HEAD", "PUT", "DELETE"])
def request_file(request: PageRequest, number: str, file_id: uuid.UUID) -> HttpResponse:
    """One file of a request."""
    return pages.one(request, at(number), file_id)
