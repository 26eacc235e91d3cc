"""Files of requests: announced, sent whole or in pieces, looked up and fetched (REQ-2)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any, Literal, cast

import structlog
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from ninja import Header, Router
from pydantic import BaseModel, Field

from pactdesk.api.authentication import ApiRequest, Needs
from pactdesk.api.frame import answers, made
from pactdesk.api.problems import Fault, ReasonOut, Refusal, reason_out
from pactdesk.api.reading import Body, Whole
from pactdesk.api.v1.requests import Number
from pactdesk.cases.access import case_for
from pactdesk.cases.queries import files as queries
from pactdesk.cases.queries.files import FileLine, NotServed
from pactdesk.cases.rules.files import PIECE, WHOLE, Place
from pactdesk.cases.rules.numbers import read_number, shown_number
from pactdesk.cases.services import files as services
from pactdesk.cases.services.files import CannotStore
from pactdesk.kernel.decisions import Reason
from pactdesk.kernel.storage import CouldNotRead

log = structlog.get_logger(__name__)
router = Router(tags=["Files"])

BYTES = "application/octet-stream"
LARGEST = 2**53 - 1
# The kind of problem that a refusal of ours is; the others are refused.
_KINDS = {
    "case.is-closed": "conflict",
    "file.gap": "conflict",
    "file.not-yours-to-remove": "conflict",
    "file.too-large": "too-large",
    "file.storage-full": "full",
    "file.storage-away": "away",
}
# Nothing in it may run, load or be framed, even where a browser opens it in spite of being told not to.
_SEALED = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_SENDS_BYTES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": f"Up to {WHOLE} bytes in one go; of larger files {PIECE} bytes at a time, and the rest at last.",
        "content": {BYTES: {"schema": {"type": "string", "format": "binary"}}},
    }
}
_GIVES_BYTES: dict[str, Any] = {
    "responses": {200: {"content": {BYTES: {"schema": {"type": "string", "format": "binary"}}}}}
}


class FileIn(Body):
    """A file that is about to come."""

    name: str = Field(min_length=1, max_length=255, examples=["replication.log"])
    size: Whole = Field(ge=1, le=LARGEST, description="In bytes.")
    mark: str = Field(
        "",
        max_length=40,
        description="What tells it from another file of the same name and size, to go on with it.",
    )


class FileOut(BaseModel):
    """A file of a request."""

    id: uuid.UUID
    name: str = Field(description="As it is kept: without what could harm.")
    size: int
    received: int = Field(description="How many bytes are there; the next piece begins at this offset.")
    content_type: str = Field(description="What it looks like; never to be trusted.")
    state: Literal["uploading", "held", "ready", "refused", "removed"] = Field(
        description="“held” waits for the virus check. Only what is ready can be fetched."
    )
    refusal: ReasonOut | None
    may_hold_secrets: bool = Field(description="It looks like keys, passwords or a recording of a browser.")
    side: Literal["requester", "vendor"]
    sender: str
    sha256: str = Field(description="Empty until it is complete.")
    added_at: datetime | None = Field(description="When it became part of the request; null: it is not yet.")


class FileList(BaseModel):
    """All files that you see, oldest first, with those that you are about to add."""

    items: list[FileOut]


@router.get(
    "/requests/{number}/files",
    response=answers({200: FileList}, path=True),
    auth=Needs("requests:read"),
    operation_id="list_files",
    summary="List the files of a request",
    url_name="files",
)
def file_list(request: ApiRequest, number: Number) -> FileList:
    """Also those that are held or were refused, so that nobody wonders where they are."""
    place = Place(number=read_number(number))
    added = queries.files_of_case(case_for(request.viewer, place.number), at_desk=False)
    coming = queries.files_about_to_be_added(request.viewer, place)
    return FileList(items=[_out(line) for line in (*added, *coming)])


@router.post(
    "/requests/{number}/files",
    response=answers({201: FileOut}, path=True, body=True, conflict=True),
    auth=Needs("requests:write"),
    operation_id="begin_file",
    summary="Announce a file",
    url_name="files",
)
def begin(request: ApiRequest, number: Number, body: FileIn) -> HttpResponse:
    """Then send its content. The same file again, by name, size and mark, goes on where it was left."""
    place = Place(number=read_number(number))
    try:
        line = services.start(
            place, body.name, body.size, mark=body.mark, actor=request.viewer, at=request.at
        )
    except CannotStore as refused:
        raise _refusal(refused) from None
    return made(201, _out(line), location=reverse("api:v1:file", args=[_shown(place), line.id]))


@router.get(
    "/requests/{number}/files/{uuid:file_id}",
    response=answers({200: FileOut}, path=True),
    auth=Needs("requests:read"),
    operation_id="get_file",
    summary="Look a file up",
    url_name="file",
)
def get(request: ApiRequest, number: Number, file_id: uuid.UUID) -> FileOut:
    """How far it is, and whether it can be fetched."""
    return _out(queries.file_line(request.viewer, Place(number=read_number(number)), file_id))


@router.delete(
    "/requests/{number}/files/{uuid:file_id}",
    response=answers({204: None}, path=True, conflict=True),
    auth=Needs("requests:write"),
    operation_id="give_up_file",
    summary="Give up a file that is not complete",
    url_name="file",
)
def give_up(request: ApiRequest, number: Number, file_id: uuid.UUID) -> HttpResponse:
    """What is part of the request can be removed by an engineer only."""
    try:
        services.remove(Place(number=read_number(number)), file_id, actor=request.viewer, at=request.at)
    except CannotStore as refused:
        raise _refusal(refused) from None
    return HttpResponse(status=204)


@router.put(
    "/requests/{number}/files/{uuid:file_id}/content",
    response=answers({200: FileOut}, path=True, conflict=True, bytes_in=True),
    auth=Needs("requests:write"),
    operation_id="send_file",
    summary="Send the content of a file, or its next piece",
    url_name="file-content",
    openapi_extra=_SENDS_BYTES,
)
def send(
    request: ApiRequest,
    number: Number,
    file_id: uuid.UUID,
    upload_offset: Annotated[
        int,
        Header(alias="Upload-Offset", ge=0, le=LARGEST, description="Where in the file this piece begins."),
    ] = 0,
) -> FileOut:
    """The last piece makes it part of the request, for everybody who sees that. A piece that is there already changes
    nothing, so it may be sent again; one that leaves a gap is a conflict, and `received` says where to go on."""
    if request.content_type != BYTES:
        raise Refusal("media-type", params={"type": BYTES})
    place = Place(number=read_number(number))
    try:
        line = services.append(place, file_id, upload_offset, request, actor=request.viewer, at=request.at)
        if line.state in {"held", "ready"} and line.added_at is None:
            services.add(place, [line.id], actor=request.viewer, at=request.at)
            line = queries.file_line(request.viewer, place, file_id)
    except CannotStore as refused:
        raise _refusal(refused) from None
    return _out(line)


@router.get(
    "/requests/{number}/files/{uuid:file_id}/content",
    response=answers({200: None}, path=True, conflict=True, bytes_out=True),
    auth=Needs("requests:read"),
    operation_id="fetch_file",
    summary="Fetch the content of a file",
    url_name="file-content",
    openapi_extra=_GIVES_BYTES,
)
def fetch(request: ApiRequest, number: Number, file_id: uuid.UUID) -> HttpResponse:
    """Always as bytes to be saved, whatever it is."""
    try:
        served = queries.contents(request.viewer, Place(number=read_number(number)), file_id)
    except NotServed as not_served:
        told = {"name": not_served.file.name, "state": not_served.file.state}
        raise Refusal("conflict", (Fault(Reason("file.cannot-be-had", told)),)) from None
    except CouldNotRead as error:
        log.error("file cannot be read", file=str(file_id), error=str(error))
        raise Refusal("away", headers={"Retry-After": "60"}) from None
    headers = {
        **_SEALED,
        "Content-Disposition": content_disposition_header(True, served.name) or "attachment",
        "Content-Length": str(served.size),
    }
    response = StreamingHttpResponse(served.blocks, content_type=BYTES, headers=headers)
    return cast(HttpResponse, response)  # to those who hand it on, they are alike


def _refusal(refused: CannotStore) -> Refusal:
    kind = next((_KINDS[code] for code in refused.decision.codes if code in _KINDS), "refused")
    headers = {"Retry-After": "60"} if kind in {"full", "away"} else {}
    return Refusal(kind, tuple(Fault(reason) for reason in refused.decision), headers=headers)


def _shown(place: Place) -> str:
    return shown_number(place.number or 0)


def _out(line: FileLine) -> FileOut:
    return FileOut(
        id=line.id,
        name=line.name,
        size=line.size,
        received=line.received,
        content_type=line.content_type,
        state=line.state,
        refusal=reason_out(Reason(line.refusal)) if line.refusal else None,
        may_hold_secrets=line.may_hold_secrets,
        side=line.side,
        sender=line.uploader_name,
        sha256=line.sha256,
        added_at=line.added_at,
    )
