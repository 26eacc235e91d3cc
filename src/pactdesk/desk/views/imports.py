"""Imports of agreements and balances: a file is brought, looked at, read otherwise, and confirmed or given up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pactdesk.agreements.amounts import units_left
from pactdesk.catalog import queries as catalog
from pactdesk.desk.entrance import at_service_centre
from pactdesk.desk.forms.imports import FORMS_IN_WORDS, BringForm, ReadingForm
from pactdesk.desk.frame import render_at_desk
from pactdesk.desk.words import Words, language
from pactdesk.imports.queries.shown import ImportLine, ImportPage, import_page, imports
from pactdesk.imports.rules import Mistake, Options
from pactdesk.imports.services import MOST_KEPT, CannotImport, confirming
from pactdesk.kernel.moments import clock_time, place_of, short_day
from pactdesk.kernel.worded import text_in
from pactdesk.notifications.wording import sentence
from pactdesk.pages.links import number_in
from pactdesk.pages.requests import PageRequest
from pactdesk.pages.spreadsheet import download
from pactdesk.pages.uploads import refused_files, takes_files

_MOST_SHOWN: Final = 50
_STATES: Final[dict[str, tuple[Words, str]]] = {
    "refused": (gettext_lazy("With mistakes"), "bad"),
    "ready": (gettext_lazy("To be confirmed"), "accent"),
    "applied": (gettext_lazy("Imported"), "ok"),
    "discarded": (gettext_lazy("Discarded"), ""),
}


@dataclass(frozen=True, slots=True)
class ImportRow:
    """An import in the list."""

    name: str
    url: str
    state: Words
    chip: str
    about: str
    when: str


@dataclass(frozen=True, slots=True)
class ListPage:
    """The list of imports with the way to bring a file."""

    rows: tuple[ImportRow, ...]
    older_url: str
    newer_url: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line about a row of the file. `place` names row and column."""

    place: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines about rows: the first of them, and how many more there are, which `more` says as a sentence."""

    shown: tuple[Wrong, ...]
    more: str

    def __bool__(self) -> bool:
        return bool(self.shown)


@dataclass(frozen=True, slots=True)
class OutcomePage:
    """What a file comes to, or came to."""

    import_id: int
    name: str
    state: str
    state_in_words: Words
    chip: str
    facts: tuple[tuple[str, Any], ...]
    programmes: tuple[tuple[str, str, str], ...]
    already: str
    unread: str
    mistakes: Lines
    left_out: Lines
    notices: Lines
    csv_url: str
    may_confirm: bool
    waits_for_another: str
    may_change: bool
    plan_mark: str
    button: str


@takes_files
@at_service_centre
@require_http_methods(["GET", "HEAD", "POST"])
def import_list(request: PageRequest) -> HttpResponse:
    """The imports, newest first, and the form that brings a file."""
    sent = request.POST if request.method == "POST" else None
    files = request.FILES if sent is not None else None
    form = BringForm(sent, files, initial={"form": "pactdesk"})
    if form.is_bound:
        form.is_valid()
        if refused := refused_files(request):
            form.errors.pop("file", None)
            form.refuse(refused)
        if not form.errors:
            try:
                import_id = _brought(request, form)
            except CannotImport as cannot:
                form.refuse(cannot.decision, zone=request.viewer.time_zone)
            else:
                return redirect("desk:import", import_id)
    older_than = number_in(request.GET.get("older", ""), digits=15)
    found = imports(request.viewer, older_than=older_than)
    here = reverse("desk:imports")
    page = ListPage(
        rows=tuple(_row(line, request) for line in found.lines),
        older_url=f"{here}?older={found.older_than}" if found.older_than is not None else "",
        newer_url=here if older_than is not None else "",
    )
    status = 422 if form.is_bound else 200
    return render_at_desk(request, "desk/imports.html", page, here="imports", status=status, form=form)


def _brought(request: PageRequest, form: BringForm) -> int:
    file = form.cleaned_data["file"]
    options = Options(
        form=form.cleaned_data["form"], time_zone=request.viewer.time_zone or "UTC", language=language()
    )
    return confirming.bring(file.read(), file.name, options, actor=request.viewer, at=request.at)


@at_service_centre
@require_safe
def import_outcome(request: PageRequest, import_id: int) -> HttpResponse:
    """What a file would come to, row by row, or what came of it."""
    return _outcome(request, import_id)


def _outcome(
    request: PageRequest, import_id: int, form: ReadingForm | None = None, refused: CannotImport | None = None
) -> HttpResponse:
    found = import_page(request.viewer, import_id)
    reasons = [sentence(each, request.viewer.time_zone) for each in refused.decision] if refused else []
    return render_at_desk(
        request,
        "desk/import.html",
        _outcome_page(found, request),
        here="imports",
        status=422 if refused or form else 200,
        form=form or _reading_form(found),
        reasons=reasons,
    )


@at_service_centre
@require_POST
def read_again(request: PageRequest, import_id: int) -> HttpResponse:
    """Read the file otherwise, and look at what it comes to then."""
    found = import_page(request.viewer, import_id)
    form = _reading_form(found, request)
    if form.is_valid():
        options = Options(
            dates=form.cleaned_data["dates"],
            encoding=form.cleaned_data["encoding"],
            time_zone=form.cleaned_data["time_zone"],
            language=language(),
            programmes={**found.options.get("programmes", {}), **form.mapping()},
        )
        try:
            goes_on = confirming.read_again(import_id, options, actor=request.viewer, at=request.at)
        except CannotImport as cannot:
            form.refuse(cannot.decision, zone=request.viewer.time_zone)
        else:
            return redirect("desk:import", goes_on)
    return _outcome(request, import_id, form)


@at_service_centre
@require_POST
def confirm(request: PageRequest, import_id: int) -> HttpResponse:
    """Import what was shown."""
    try:
        confirming.apply(import_id, seen=request.POST.get("seen", ""), actor=request.viewer, at=request.at)
    except CannotImport as cannot:
        return _outcome(request, import_id, refused=cannot)
    messages.success(request, _("The agreements are imported."))
    return redirect("desk:import", import_id)


@at_service_centre
@require_POST
def discard(request: PageRequest, import_id: int) -> HttpResponse:
    """Give an import up."""
    try:
        confirming.discard(import_id, actor=request.viewer, at=request.at)
    except CannotImport as cannot:
        return _outcome(request, import_id, refused=cannot)
    messages.success(request, _("The import is discarded, and its file is forgotten."))
    return redirect("desk:imports")


@at_service_centre
@require_safe
def mistakes_csv(request: PageRequest, import_id: int) -> HttpResponse:
    """The mistakes for a spreadsheet, by which the file is mended. No ID of a pair stands in it."""
    found = import_page(request.viewer, import_id)
    return download(
        f"pactdesk-import-{import_id}",
        [_("Row"), _("Column"), _("Mistake")],
        ([each.row, each.column, sentence(each.reason, request.viewer.time_zone)] for each in found.mistakes),
    )


def _reading_form(found: ImportPage, request: PageRequest | None = None) -> ReadingForm:
    programmes = [
        (programme.code, text_in(programme.name, language()))
        for programme in catalog.current().programmes.values()
        if programme.held_as == "agreement"
    ]
    return ReadingForm(
        request.POST if request is not None else None,
        kinds=found.kinds,
        programmes=programmes,
        mapped=found.options.get("programmes", {}),
        initial={name: found.options.get(name, "") for name in ("dates", "encoding", "time_zone")},
    )


def _row(line: ImportLine, request: PageRequest) -> ImportRow:
    state, chip = _STATES[line.state]
    told = {"rows": line.rows, "agreements": line.created, "mistakes": line.mistakes}
    about = (
        _("Rows: %(rows)s. Mistakes: %(mistakes)s.") % told
        if line.mistakes
        else _("Rows: %(rows)s. New agreements: %(agreements)s.") % told
    )
    return ImportRow(
        name=line.file_name,
        url=reverse("desk:import", args=[line.id]),
        state=state,
        chip=chip,
        about=about,
        when=_told_by(line.brought_by, _moment(line.brought_at, request)),
    )


def _outcome_page(found: ImportPage, request: PageRequest) -> OutcomePage:
    line, counts = found.line, found.counts
    state, chip = _STATES[line.state]
    is_ready = line.state == "ready" and bool(counts.get("taken"))
    waits = found.needs_second and found.is_mine and is_ready
    facts: list[tuple[str, Any]] = [
        (_("What it looks like"), FORMS_IN_WORDS.get(line.form, line.form)),
        (_("Encoding"), found.encoding),
        (_("Rows"), line.rows),
        (_("Brought"), _told_by(line.brought_by, _moment(line.brought_at, request))),
    ]
    if line.decided_at is not None:
        facts.append((str(state), _told_by(line.decided_by, _moment(line.decided_at, request))))
    already = counts.get("already", 0)
    return OutcomePage(
        import_id=line.id,
        name=line.file_name,
        state=line.state,
        state_in_words=state,
        chip=chip,
        facts=tuple(facts),
        programmes=tuple(_by_programme(code, *sums) for code, sums in found.by_programme.items())
        if not found.mistakes
        else (),
        already=_("Rows whose agreements are there already and stay as they are: %(number)s.")
        % {"number": already}
        if already
        else "",
        unread=_("Columns that are not read: %(columns)s.") % {"columns": ", ".join(found.unread_columns)}
        if found.unread_columns
        else "",
        mistakes=_lines(found.mistakes, counts.get("mistakes", 0), request),
        left_out=_lines(found.left_out, counts.get("left_out", 0), request),
        notices=_lines(found.notices, counts.get("notices", 0), request),
        csv_url=reverse("desk:import-mistakes-csv", args=[line.id]) if found.mistakes else "",
        may_confirm=is_ready and not waits,
        waits_for_another=_(
            "Somebody else has to confirm this import, because it makes many units, or something that benefits you."
        )
        if waits
        else "",
        may_change=found.file_kept,
        plan_mark=found.plan_mark,
        button=ngettext("Import %(number)s agreement", "Import %(number)s agreements", counts.get("taken", 0))
        % {"number": counts.get("taken", 0)},
    )


def _by_programme(code: str, number: int, granted: int, left: int) -> tuple[str, str, str]:
    agreements = ngettext("%(number)s agreement", "%(number)s agreements", number) % {"number": number}
    programme = catalog.current().programmes.get(code)
    if programme is None:
        return code, agreements, ""
    return text_in(programme.name, language()), agreements, units_left(programme.unit, left, granted)


def _lines(mistakes: tuple[Mistake, ...], count: int, request: PageRequest) -> Lines:
    zone = request.viewer.time_zone
    shown = tuple(Wrong(_place(each), sentence(each.reason, zone)) for each in mistakes[:_MOST_SHOWN])
    more = count - len(shown)
    if not more:
        return Lines(shown, "")
    told = {"more": more, "most": MOST_KEPT}
    if count > MOST_KEPT:
        return Lines(
            shown, _("There are %(more)s more. The list for a spreadsheet has the first %(most)s.") % told
        )
    return Lines(shown, _("There are %(more)s more.") % told)


def _place(mistake: Mistake) -> str:
    told = {"row": mistake.row, "column": mistake.column}
    return _("Row %(row)s, %(column)s") % told if mistake.column else _("Row %(row)s") % told


def _told_by(name: str, when: str) -> str:
    return _("%(when)s, by %(name)s") % {"when": when, "name": name} if name else when


def _moment(at: Any, request: PageRequest) -> str:
    zone = request.viewer.time_zone or "UTC"
    place = place_of(zone, language())
    return f"{short_day(at, zone, language())}, {clock_time(at, zone, language())} ({place})"
