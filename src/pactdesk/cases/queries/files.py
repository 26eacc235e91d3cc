"""Files of drafts and requests, and their bytes."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Q, QuerySet

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.access import file_for, files_added, files_in
from pactdesk.cases.models import Attachment, Case, Message
from pactdesk.cases.rules.files import Limits, Place, served_as
from pactdesk.kernel.storage import shelf


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file in a list. `state` is "uploading", "held" (waits for the virus check), "ready", "refused" or "removed";
    bytes can be had of ready ones only. `refusal` is a reason code, "" but for refused ones.

    `message_id` names the message that it came with. `of_draft`: it came with the request itself. `added_at` is None
    until it is part of the request. `content_type` is what the content looks like, to be shown and not trusted.
    """

    id: uuid.UUID
    name: str
    size: int
    received: int
    content_type: str
    state: str
    refusal: str
    may_hold_secrets: bool
    internal: bool
    message_id: int | None
    of_draft: bool
    uploader_id: int | None
    uploader_name: str
    side: str
    sha256: str
    uploaded_at: datetime | None
    added_at: datetime | None


@dataclass(frozen=True, slots=True)
class Served:
    """What is handed out for a file: clean name, type for browsers, length in bytes, and the bytes block by block."""

    name: str
    content_type: str
    size: int
    blocks: Iterator[bytes]


class NotServed(Exception):
    """The viewer may see the file, but there is nothing to hand out: it is being sent, held, refused or removed."""

    def __init__(self, file: FileLine) -> None:
        super().__init__(file.state)
        self.file = file


def limits() -> Limits:
    """The limits of this installation, in bytes."""
    return Limits(**settings.FILE_LIMITS)


def files_of_case(case: Case, *, at_desk: bool) -> tuple[FileLine, ...]:
    """The files that one side sees of a request that it may see, oldest first. One query.

    With those that wait for the virus check or were refused, so that nobody wonders where they are.
    """
    return files_for(case, None, at_desk=at_desk)


def files_for(case: Case, reader_id: int | None, *, at_desk: bool) -> tuple[FileLine, ...]:
    """Like `files_of_case`, with those that the reader is about to add on this side; their `added_at` is None."""
    coming = Q(
        added_at=None, uploader_id=reader_id, side=Message.Side.VENDOR if at_desk else Message.Side.REQUESTER
    )
    seen = files_added(at_desk=at_desk) if reader_id is None else files_added(at_desk=at_desk) | coming
    rows = Attachment.objects.filter(seen, case=case).exclude(state=Attachment.State.REMOVED)
    return _lines(rows.order_by("added_at", "started_at", "name", "pk"))


def files_of_draft(viewer: Viewer, draft_id: uuid.UUID) -> tuple[FileLine, ...]:
    """The files of the viewer's own draft, in the order in which they were chosen. Raises Http404. Two queries."""
    return _listed(files_in(viewer, Place(draft_id=draft_id)))


def files_about_to_be_added(viewer: Viewer, place: Place) -> tuple[FileLine, ...]:
    """What the viewer has sent to a request and not added to it yet. Raises Http404. Two queries."""
    internal = place.at_desk and place.internal
    return _listed(files_in(viewer, place).filter(added_at=None, internal=internal))


def file_line(viewer: Viewer, place: Place, file_id: uuid.UUID) -> FileLine:
    """One file of a place, whatever its state. Raises Http404. Two queries."""
    return line_of(file_for(viewer, place, file_id))


def contents(viewer: Viewer, place: Place, file_id: uuid.UUID) -> Served:
    """A file to be handed out. Raises Http404, `NotServed`, `kernel.storage.CouldNotRead`. Two queries."""
    file = file_for(viewer, place, file_id)
    if file.state != Attachment.State.READY:
        raise NotServed(line_of(file))
    blocks = shelf().blocks(file.storage_key)
    return Served(file.name, served_as(file.content_type, file.name), file.size, blocks)


def _listed(files: QuerySet[Attachment]) -> tuple[FileLine, ...]:
    return _lines(files.exclude(state=Attachment.State.REMOVED).order_by("started_at", "name", "pk"))


def _lines(files: Iterable[Attachment]) -> tuple[FileLine, ...]:
    return tuple(line_of(file) for file in files)


def line_of(file: Attachment) -> FileLine:
    """A row as it is shown."""
    return FileLine(
        id=file.pk,
        name=file.name,
        size=file.size,
        received=file.received,
        content_type=file.content_type,
        state=file.state,
        refusal=file.refusal,
        may_hold_secrets=file.may_hold_secrets,
        internal=file.internal,
        message_id=file.message_id,
        of_draft=file.draft_id is not None,
        uploader_id=file.uploader_id,
        uploader_name=file.uploader_name,
        side=file.side,
        sha256=file.sha256,
        uploaded_at=file.uploaded_at,
        added_at=file.added_at,
    )
