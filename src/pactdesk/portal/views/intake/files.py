"""Files of a draft: chosen in step 1, shown again in step 5, handed out to whoever writes it (WIZ-6)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language

from pactdesk.cases.queries.drafts import draft_page
from pactdesk.cases.queries.files import files_of_draft
from pactdesk.cases.rules.answers import Problem
from pactdesk.cases.rules.files import Place
from pactdesk.cases.services import drafts
from pactdesk.cases.services import files as services
from pactdesk.catalog import queries as catalog
from pactdesk.pages import files as pages
from pactdesk.pages.files import FileRow, FilesAt, FilesBox
from pactdesk.pages.links import number_in
from pactdesk.pages.requests import PageRequest
from pactdesk.portal.forms.intake import ProblemForm
from pactdesk.portal.views.intake import frame


def at(draft_id: uuid.UUID) -> FilesAt:
    """Where the files of a draft are."""
    return FilesAt(Place(draft_id=draft_id), reverse("portal:draft-files", args=[draft_id]))


def box(request: PageRequest, draft_id: uuid.UUID, *, begun: bool, problems: tuple[str, ...]) -> FilesBox:
    """The place to choose files in. `begun`: the draft is there; else the first file makes it."""
    lines = files_of_draft(request.viewer, draft_id) if begun else ()
    home = "" if begun else frame.step_url(draft_id, "problem")
    return pages.box(at(draft_id), lines, home=home, problems=problems)


def rows(request: PageRequest, draft_id: uuid.UUID) -> tuple[FileRow, ...]:
    """The files of a draft, to look at."""
    return pages.rows(at(draft_id), files_of_draft(request.viewer, draft_id))


def take(request: PageRequest, draft_id: uuid.UUID) -> tuple[str, ...]:
    """Take the files that came with the form; answers why others were not, in words."""
    return pages.sent_with(request, at(draft_id)).problems


def change(
    request: PageRequest, draft_id: uuid.UUID, typed: Problem, action: str, problems: tuple[str, ...]
) -> HttpResponse:
    """Without script: files were added, or one is taken away; the step is shown again with what was typed."""
    if (gone := pages.removal_in(action)) is not None:
        services.remove(Place(draft_id=draft_id), gone, actor=request.viewer, at=request.at)
    drafts.keep_unfinished(draft_id, "problem", typed, actor=request.viewer, at=request.at)
    tell(request, problems)
    return redirect(frame.step_url(draft_id, "problem"))


def tell(request: PageRequest, problems: Iterable[str]) -> None:
    """Say on the next page what was not taken."""
    for problem in problems:
        messages.error(request, problem)


def begin(request: PageRequest, draft_id: uuid.UUID) -> HttpResponse:
    """A script announces a file. The first one makes the draft, with what was typed so far."""
    if not request.POST.get("file_name"):
        draft_page(request.viewer, draft_id)
        return HttpResponse(status=422)
    typed = ProblemForm(request.POST, catalogue=catalog.current(), language=get_language() or "en")
    customer_id = number_in(request.POST.get("customer", ""))
    drafts.begin_draft(
        draft_id, typed.unfinished(), customer_id=customer_id, actor=request.viewer, at=request.at
    )
    return pages.begin(request, at(draft_id))


def one(request: PageRequest, draft_id: uuid.UUID, file_id: uuid.UUID) -> HttpResponse:
    """Hand it out, take its next piece, or take it away."""
    return pages.one(request, at(draft_id), file_id)
