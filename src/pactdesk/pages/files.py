"""Files on pages: the box to choose them in, what scripts send to it, and handing them out. Both doors use it.

A door gives each place two addresses: `…/files/`, where files are begun, and below it one for each file.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import cast

import structlog
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.utils.functional import Promise
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _

from pactdesk.cases.queries import files as queries
from pactdesk.cases.queries.files import FileLine, NotServed, limits
from pactdesk.cases.rules.files import MB, PIECE, WHOLE, Place
from pactdesk.cases.services import files as services
from pactdesk.cases.services.files import CannotStore
from pactdesk.kernel.decisions import Reason
from pactdesk.kernel.filenames import clean_filename
from pactdesk.kernel.storage import CouldNotRead, Readable
from pactdesk.pages.reasons import worded
from pactdesk.pages.requests import PageRequest
from pactdesk.pages.uploads import refused_files

log = structlog.get_logger(__name__)

# A state in words, and how its chip is drawn; ready files need none.
STATES: dict[str, tuple[str | Promise, str]] = {
    "uploading": (_("Not complete"), "pause"),
    "held": (_("Waits for the virus check"), "warn"),
    "ready": ("", ""),
    "refused": (_("Refused"), "bad"),
    "removed": (_("Removed"), ""),
}
# What scripts are told by a number; the row that comes with it says it in words.
_STATUS = {
    "file.too-large": 413,
    "file.gap": 409,
    "file.cut-short": 400,
    "file.storage-full": 507,
    "file.storage-away": 503,
}
# Nothing in it may run, load or be framed, even where a browser opens it in spite of being told not to.
_SEALED = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class FilesAt:
    """A place with its address, which ends with a slash."""

    place: Place
    url: str

    def of(self, file_id: uuid.UUID) -> str:
        return f"{self.url}{file_id}/"


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file as it is drawn. `link` is "" where nothing can be fetched, `total` 0 but for unfinished ones, in bytes.

    `interrupted`: it was being sent when the page came. `removable`: a button takes it away; `removal_url` is where
    that is asked about first. `goes_with_form`: sending the form adds it. `is_asked_about`: it may hold secrets, and is
    not handed out yet.
    """

    id: uuid.UUID
    name: str
    size: str
    url: str
    link: str
    state: str
    words: str
    kind: str
    received: int
    total: int
    interrupted: bool
    problems: tuple[str, ...]
    may_hold_secrets: bool
    internal: bool
    message_id: int | None
    removable: bool
    goes_with_form: bool
    is_asked_about: bool = False
    removal_url: str = ""


@dataclass(frozen=True, slots=True)
class FilesBox:
    """A place to choose files in, inside a form. `home` is where the page is found again, once a file was begun."""

    url: str
    rows: tuple[FileRow, ...]
    most_mb: int
    most_files: int
    piece: int
    whole: int
    home: str = ""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """Files that go with a form: their ids, which of them came just now, and why others were not taken."""

    file_ids: tuple[uuid.UUID, ...] = ()
    just_now: tuple[uuid.UUID, ...] = ()
    reasons: tuple[Reason, ...] = ()

    @property
    def problems(self) -> tuple[str, ...]:
        return tuple(worded(reason, zone="UTC").sentence for reason in self.reasons)


def box(at: FilesAt, lines: Iterable[FileLine], *, home: str = "", problems: Sequence[str] = ()) -> FilesBox:
    """What `components/attachments.html` draws: a place to choose files in, with those that are there already."""
    most = limits()
    rows = tuple(_row(at, line, removable=True) for line in lines)
    return FilesBox(at.url, rows, most.file // MB, most.request_files, PIECE, WHOLE, home, tuple(problems))


def rows(at: FilesAt, lines: Iterable[FileLine], *, with_removal: bool = False) -> tuple[FileRow, ...]:
    """What `components/attachment_list.html` draws: files to look at.

    `with_removal`: the place has a page, below the file's own address, that takes it away after a question.
    """
    found = (_row(at, line, removable=False) for line in lines)
    return tuple(replace(row, removal_url=f"{row.url}removal/" if with_removal else "") for row in found)


def sent_with(request: PageRequest, at: FilesAt) -> Sent:
    """Take the files that came with a form (field "files"), and name those that its page had sent before ("file").

    Raises Http404 where the place is not the viewer's.
    """
    uploads = request.FILES.getlist("files")
    reasons = list(refused_files(request))
    just_now: list[uuid.UUID] = []
    for upload in uploads:
        try:
            name, size = upload.name or "", upload.size or 0
            source = cast(Readable, upload.file)
            line = services.store(at.place, name, source, size, actor=request.viewer, at=request.at)
            just_now.append(line.id)
        except CannotStore as refused:
            reasons += refused.decision
    return Sent(tuple(dict.fromkeys((*chosen_ids(request), *just_now))), tuple(just_now), tuple(reasons))


def take_back(request: PageRequest, at: FilesAt, sent: Sent) -> None:
    """Give up what came with a form that had been sent before: its files came then."""
    for file_id in sent.just_now:
        services.remove(at.place, file_id, actor=request.viewer, at=request.at)


def chosen_ids(request: HttpRequest) -> tuple[uuid.UUID, ...]:
    """The files that a form names. Raises Http404 for what is no id."""
    try:
        return tuple(uuid.UUID(each) for each in request.POST.getlist("file"))
    except ValueError:
        raise Http404 from None


def removal_in(action: str) -> uuid.UUID | None:
    """Which file the button that was pressed takes away; None for other buttons. Raises Http404 for what is no id."""
    if not action.startswith("remove-file:"):
        return None
    try:
        return uuid.UUID(action.removeprefix("remove-file:"))
    except ValueError:
        raise Http404 from None


def begin(request: PageRequest, at: FilesAt) -> HttpResponse:
    """A script announces a file (`file_name`, `file_size`, `file_mark`) and gets its row. Raises Http404."""
    name = request.POST.get("file_name", "")
    size = request.POST.get("file_size", "")
    if not (name and size.isascii() and size.isdigit() and len(size) < 16):
        return HttpResponse(status=422)
    mark = request.POST.get("file_mark", "")
    try:
        line = services.start(at.place, name, int(size), mark=mark, actor=request.viewer, at=request.at)
    except CannotStore as refused:
        return _refusal(request, clean_filename(name), int(size), refused)
    return _drawn(request, _row(at, line, removable=True, answers_script=True), status=201)


def one(request: PageRequest, at: FilesAt, file_id: uuid.UUID) -> HttpResponse:
    """One file: GET hands it out, PUT brings its next piece, DELETE takes it away. Raises Http404."""
    if request.method == "PUT":
        return _piece(request, at, file_id)
    if request.method == "DELETE":
        return _removal(request, at, file_id)
    return download(request, at, file_id)


def download(request: PageRequest, at: FilesAt, file_id: uuid.UUID) -> HttpResponse:
    """Hand a file out, to be saved and never to be run. Raises Http404.

    What the viewer may see but nobody can have yet, or any more, is a page that says so.
    """
    try:
        served = queries.contents(request.viewer, at.place, file_id)
    except NotServed as not_served:
        return _unavailable(request, at, not_served.file.name, not_served.file.state)
    except CouldNotRead as error:
        log.error("file cannot be read", file=str(file_id), error=str(error))
        name = queries.file_line(request.viewer, at.place, file_id).name
        return _unavailable(request, at, name, "unreadable", 503)
    content_type = served.content_type
    if content_type == "text/plain":
        content_type += "; charset=utf-8"
    response = StreamingHttpResponse(
        served.blocks,
        content_type=content_type,
        headers={
            **_SEALED,
            "Content-Disposition": content_disposition_header(True, served.name) or "attachment",
            "Content-Length": str(served.size),
        },
    )
    if request.method == "HEAD":
        response.streaming_content = ()
    return cast(HttpResponse, response)  # to those who hand it on, they are alike


def _unavailable(request: PageRequest, at: FilesAt, name: str, state: str, status: int = 404) -> HttpResponse:
    back = at.url.removesuffix("files/")
    return render(
        request, "pages/file_unavailable.html", {"name": name, "state": state, "back": back}, status=status
    )


def _piece(request: PageRequest, at: FilesAt, file_id: uuid.UUID) -> HttpResponse:
    offset = request.headers.get("Upload-Offset", "")
    if not (offset.isascii() and offset.isdigit() and len(offset) < 16):
        return HttpResponse(status=400)
    try:
        line = services.append(at.place, file_id, int(offset), request, actor=request.viewer, at=request.at)
    except CannotStore as refused:
        line = queries.file_line(request.viewer, at.place, file_id)
        row = replace(_row(at, line, removable=True), problems=_sentences(refused))
        return _drawn(request, row, status=_status(refused))
    return _drawn(request, _row(at, line, removable=True, answers_script=True))


def _removal(request: PageRequest, at: FilesAt, file_id: uuid.UUID) -> HttpResponse:
    try:
        services.remove(at.place, file_id, actor=request.viewer, at=request.at)
    except CannotStore as refused:
        line = queries.file_line(request.viewer, at.place, file_id)
        row = replace(_row(at, line, removable=False), problems=_sentences(refused))
        return _drawn(request, row, status=403)
    return HttpResponse(status=204)


def _refusal(request: PageRequest, name: str, size: int, refused: CannotStore) -> HttpResponse:
    """The row of a file that was not even begun."""
    row = FileRow(
        id=uuid.UUID(int=0),
        name=name,
        size=filesizeformat(size),
        url="",
        link="",
        state="refused",
        words=str(STATES["refused"][0]),
        kind=STATES["refused"][1],
        received=0,
        total=0,
        interrupted=False,
        problems=_sentences(refused),
        may_hold_secrets=False,
        internal=False,
        message_id=None,
        removable=False,
        goes_with_form=False,
    )
    return _drawn(request, row, status=422)


def _drawn(request: PageRequest, row: FileRow, *, status: int = 200) -> HttpResponse:
    response = render(request, "pages/components/attachment.html", {"file": row}, status=status)
    response["Upload-Offset"] = str(row.received)
    return response


def _status(refused: CannotStore) -> int:
    return next((_STATUS[code] for code in refused.decision.codes if code in _STATUS), 422)


def _sentences(refused: CannotStore) -> tuple[str, ...]:
    return tuple(worded(reason, zone="UTC").sentence for reason in refused.decision)


def _row(at: FilesAt, line: FileLine, *, removable: bool, answers_script: bool = False) -> FileRow:
    interrupted = line.state == "uploading" and not answers_script
    words, kind = STATES[line.state] if interrupted or line.state != "uploading" else ("", "")
    refusal = (worded(Reason(line.refusal), zone="UTC").sentence,) if line.refusal else ()
    return FileRow(
        id=line.id,
        name=line.name,
        size=filesizeformat(line.size),
        url=at.of(line.id),
        link=at.of(line.id) if line.state == "ready" else "",
        state=line.state,
        words=str(words),
        kind=kind,
        received=line.received,
        total=line.size if line.state == "uploading" else 0,
        interrupted=interrupted,
        problems=refusal,
        may_hold_secrets=line.may_hold_secrets,
        internal=line.internal,
        message_id=line.message_id,
        removable=removable,
        is_asked_about=line.may_hold_secrets and line.added_at is None and line.state != "refused",
        goes_with_form=at.place.draft_id is None and line.added_at is None and line.state != "refused",
    )
