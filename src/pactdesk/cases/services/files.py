"""Files of drafts and requests (WIZ-6, REQ-2): sent in pieces or whole, checked, added, removed.

First the bytes are on the shelf, durably and under a name of their own, then the row says so; on removing it is the
other way round. Whoever is killed in between leaves bytes that no row names, and `sweep` takes them away.
Lock order: draft, request, agreement, person, file.
"""

from __future__ import annotations

import hashlib
import io
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

import structlog
from django.db import connection, transaction
from django.db.models import Count, Q, Sum
from django.http import Http404
from procrastinate.contrib.django import app

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.access import case_for, desk_case, file_for, open_drafts_of
from pactdesk.cases.facts import FileAdded, FileRemoved
from pactdesk.cases.models import Attachment, Case, Draft, Message
from pactdesk.cases.queries.files import FileLine, limits, line_of
from pactdesk.cases.rules.files import (
    LOOKED_AT,
    Place,
    Taken,
    acceptable,
    may_hold_secrets,
    next_piece,
    recognised,
)
from pactdesk.cases.rules.status import CLOSED, RESOLVED, WAITING, Move, Side
from pactdesk.cases.services.changing import keep, move
from pactdesk.cases.services.scanning import CannotScan, scanner
from pactdesk.journal import services as journal
from pactdesk.kernel.database import LOST
from pactdesk.kernel.decisions import Reason, Refused
from pactdesk.kernel.filenames import clean_filename
from pactdesk.kernel.storage import BLOCK, FOLDERS, CouldNotRead, CouldNotStore, Readable, new_name, shelf

log = structlog.get_logger(__name__)

# What nobody finished, and what nobody added, is given up after this.
GIVEN_UP_AFTER = timedelta(days=1)
_DAY = timedelta(days=1)
_KEPT = (Attachment.State.UPLOADING, Attachment.State.HELD, Attachment.State.READY)
_WHOLE = (Attachment.State.HELD, Attachment.State.READY)
# Namespaces of advisory locks: files that count for the same agreement, or for the same person's day, take turns.
_AGREEMENT_LOCK = 0x46494C41
_DAY_LOCK = 0x46494C44
# So many in a row, and the scanner is left alone until the next time.
_MOST_FAILURES = 3
SCAN_TASK = "pactdesk.cases.tasks.scan_file"


class CannotStore(Refused):
    """The file was not kept, not added or not removed; everything is as it was."""


@transaction.atomic
def start(place: Place, name: str, size: int, *, mark: str = "", actor: Viewer, at: datetime) -> FileLine:
    """Announce a file of `size` bytes, which then comes by `append`.

    The same file again, by name, size and `mark`, goes on where it was left, so that an interrupted upload is resumed.
    Raises Http404, and `CannotStore` with every limit that it would pass.
    """
    draft, case = _locked(place, actor)
    name = clean_filename(name)
    begun = Attachment.objects.filter(
        draft=draft,
        case=case,
        uploader_id=actor.account_id,
        side=_side(place).value,
        internal=_is_internal(place),
        state=Attachment.State.UPLOADING,
        name=name,
        size=size,
        mark=mark[:40],
    ).first()
    if begun is not None:
        return line_of(begun)
    if case is not None and case.status == CLOSED and not place.at_desk:
        raise CannotStore(Reason("case.is-closed"))
    taken = _taken(draft, case, uploader_id=actor.account_id, at=at)
    decision = acceptable(name, size, taken, limits())
    if not decision.allowed:
        raise CannotStore(*decision)
    return line_of(
        Attachment.objects.create(
            draft=draft,
            case=case,
            name=name,
            size=size,
            mark=mark[:40],
            state=Attachment.State.UPLOADING,
            uploader_id=actor.account_id,
            uploader_name=actor.name,
            side=_side(place).value,
            internal=_is_internal(place),
            started_at=at,
        )
    )


def append(
    place: Place, file_id: uuid.UUID, offset: int, source: Readable, *, actor: Viewer, at: datetime
) -> FileLine:
    """Take the next piece (`rules.files.next_piece`), which begins at `offset`; the last one completes the file.

    A piece that is there already changes nothing, so that it may be sent again. Raises Http404 where the actor has not
    begun this file, and `CannotStore`: it leaves a gap, is cut short or longer than announced, or cannot be stored.
    """
    file = _begun(place, file_id, actor)
    if file.state != Attachment.State.UPLOADING or offset < file.received:
        return line_of(file)
    if offset > file.received:
        raise CannotStore(Reason("file.gap", {"received": file.received}))
    return _take(file, source, next_piece(file.size, file.received), at)


def store(place: Place, name: str, source: Readable, size: int, *, actor: Viewer, at: datetime) -> FileLine:
    """Take a whole file at once. Raises Http404, `CannotStore`."""
    begun = start(place, name, size, mark=str(uuid.uuid4()), actor=actor, at=at)
    try:
        return _take(Attachment.objects.get(pk=begun.id), source, size, at)
    except BaseException:
        Attachment.objects.filter(pk=begun.id, state=Attachment.State.UPLOADING).delete()
        raise


@transaction.atomic
def store_bytes(
    number: int,
    name: str,
    data: bytes,
    *,
    side: Side,
    uploader_id: int | None,
    uploader_name: str,
    message_id: int | None = None,
    internal: bool = False,
    key: uuid.UUID | None = None,
    at: datetime,
) -> uuid.UUID:
    """Keep a file for a request, and add it at once, for whoever has looked at who sends it (mail, programs).

    With a message it is seen by those who see that. The same `key` again answers the same file. Raises Http404 where
    there is no such request or message, and `CannotStore`.
    """
    case = Case.objects.select_for_update().filter(pk=number).first()
    message = Message.objects.filter(pk=message_id, case=case).first() if message_id is not None else None
    if case is None or (message_id is not None and message is None):
        raise Http404
    if key is not None and (before := Attachment.objects.filter(pk=key, case=case).first()) is not None:
        return before.pk
    name = clean_filename(name)
    taken = _taken(None, case, uploader_id=uploader_id, at=at)
    decision = acceptable(name, len(data), taken, limits())
    if not decision.allowed:
        raise CannotStore(*decision)
    file = Attachment(
        id=key or uuid.uuid4(),
        case=case,
        message=message,
        internal=message.kind == Message.Kind.INTERNAL if message is not None else internal,
        name=name,
        size=len(data),
        received=len(data),
        uploader_id=uploader_id,
        uploader_name=uploader_name,
        side=side.value,
        started_at=at,
        added_at=at,
    )
    _arrive(file, _kept(io.BytesIO(data), len(data)), at)
    _announce(file, actor_id=uploader_id, at=at)
    if message is None:
        keep(case, at=at, publicly=not file.internal)
    return file.pk


@transaction.atomic
def add(place: Place, file_ids: Iterable[uuid.UUID], *, actor: Viewer, at: datetime) -> None:
    """Make files that the actor has sent part of the request, without a message. Again changes nothing.

    What a contact adds to a request that waited for it, or was resolved, puts it in progress again, as a reply does.
    Raises Http404 where one of them is not the actor's, and `CannotStore`.
    """
    draft, case = _locked(place, actor)
    if draft is not None or case is None:
        raise Http404
    internal = _is_internal(place)
    if case.status == CLOSED and not internal:
        raise CannotStore(Reason("case.is-closed"))
    added = attach(
        case, file_ids, message=None, internal=internal, side=_side(place), actor_id=actor.account_id, at=at
    )
    if not added:
        return
    if not place.at_desk and case.status in {WAITING, RESOLVED}:
        move(case, Move.HEAR, side=Side.REQUESTER, actor_id=actor.account_id, at=at)
    keep(case, at=at, publicly=not internal)


def attach(
    case: Case,
    file_ids: Iterable[uuid.UUID],
    *,
    message: Message | None,
    internal: bool,
    side: Side,
    actor_id: int | None,
    at: datetime,
) -> Sequence[Attachment]:
    """Make files part of a locked request, within the caller's transaction; answers those that were not yet.

    Raises Http404 where one of them was not sent to this request by the actor, for everybody or for the desk alone as
    it is added now, and `CannotStore` where one is not complete.
    """
    wanted = set(file_ids)
    files = list(
        Attachment.objects.select_for_update()
        .filter(
            pk__in=wanted, case=case, draft=None, uploader_id=actor_id, side=side.value, internal=internal
        )
        .order_by("pk")
    )
    if len(files) != len(wanted) or (wanted and actor_id is None):
        raise Http404
    unfinished = [file for file in files if file.state == Attachment.State.UPLOADING]
    if unfinished:
        raise CannotStore(*(Reason("file.not-complete", {"name": file.name}) for file in unfinished))
    new = [file for file in files if file.added_at is None and file.state in _WHOLE]
    for file in new:
        file.added_at, file.message = at, message
        file.save(update_fields=["added_at", "message"])
        _announce(file, actor_id=actor_id, at=at)
    return new


@transaction.atomic
def remove(place: Place, file_id: uuid.UUID, *, actor: Viewer, at: datetime) -> None:
    """Take a file away, or stop sending it: whoever sent it until it is part of the request, an engineer later.

    Again changes nothing. Raises Http404, and `CannotStore` where it is for an engineer to remove.
    """
    _draft, case = _locked(place, actor)
    file_for(actor, place, file_id)
    file = Attachment.objects.select_for_update().get(pk=file_id)
    if file.state == Attachment.State.REMOVED:
        return
    if file.added_at is not None and not place.at_desk:
        raise CannotStore(Reason("file.not-yours-to-remove"))
    was_readable = file.state == Attachment.State.READY
    _give_up(file, Attachment.State.REMOVED)
    if case is not None and file.added_at is not None:
        if was_readable:
            fact = FileRemoved(
                case.pk, file=str(file.pk), name=file.name, internal=file.internal, side=_side(place).value
            )
            journal.record(fact, actor_id=actor.account_id, at=at)
        keep(case, at=at, publicly=not file.internal)


def scan(file_id: uuid.UUID, *, at: datetime) -> None:
    """Have a held file checked: it is ready then, or refused and gone. Raises `CannotScan`, and it goes on waiting."""
    file = Attachment.objects.filter(pk=file_id, state=Attachment.State.HELD).first()
    if file is None:
        return
    digest = hashlib.sha256()
    found, scans = "", scanner()
    try:
        blocks = _hashed(shelf().blocks(file.storage_key), digest)
        if scans is not None:
            found = scans.finds(blocks)
        for _rest in blocks:
            pass
    except CouldNotRead as error:
        raise CannotScan(str(error)) from error
    refusal = "file.infected" if found else "file.unreadable" if digest.hexdigest() != file.sha256 else ""
    with transaction.atomic():
        _lock_places(file)
        file = Attachment.objects.select_for_update().get(pk=file_id)
        if file.state != Attachment.State.HELD:
            return
        if refusal:
            log.warning("file refused", file=str(file.pk), reason=refusal, found=found)
            _give_up(file, Attachment.State.REFUSED, refusal)
            return
        file.state = Attachment.State.READY
        file.save(update_fields=["state"])
        _announce(file, actor_id=file.uploader_id, at=at)


def scan_held(*, at: datetime) -> int:
    """Have everything checked that still waits for it; answers how many were. A scanner that is down is left alone."""
    waiting = Attachment.objects.filter(state=Attachment.State.HELD)
    done = failures = 0
    # In no order, so that a file that the scanner chokes on does not stand in the way of the others for ever.
    for file_id in list(waiting.order_by("?").values_list("pk", flat=True)):
        try:
            scan(file_id, at=at)
            done += 1
        except CannotScan as error:
            log.warning("file waits for the scanner", file=str(file_id), error=str(error))
            failures += 1
            if failures == _MOST_FAILURES:
                break
    return done


def sweep(*, at: datetime, folders: Iterable[str] = FOLDERS) -> int:
    """Take away what nobody finished or added, and bytes that no row names; answers how many. Safe to repeat.

    Only what is older than a day, since younger ones may be on their way. `folders` are those to look through. A row
    whose bytes are gone stays, as evidence: `pactdesk verify` names it.
    """
    before = at - GIVEN_UP_AFTER
    given_up = Attachment.objects.filter(
        Q(state=Attachment.State.UPLOADING, started_at__lt=before)
        | Q(added_at=None, draft=None, uploaded_at__lt=before)
        | Q(added_at=None, state=Attachment.State.REMOVED, started_at__lt=before)
    )
    gone = 0
    for file_id in list(given_up.values_list("pk", flat=True)):
        with transaction.atomic():
            file = given_up.select_for_update(skip_locked=True).filter(pk=file_id).first()
            if file is not None:
                transaction.on_commit(_Discarding((file.storage_key, *file.pieces)))
                file.delete()
                gone += 1
    for folder in folders:
        old = (entry.name for entry in shelf().entries(folder) if entry.kept_since < before)
        while names := tuple(islice(old, 500)):
            for name in set(names) - _named(names):
                _discard(name)
                gone += 1
    return gone


def _named(names: Sequence[str]) -> set[str]:
    """Those of the names that a row knows."""
    whole = Attachment.objects.filter(storage_key__in=names).values_list("storage_key", flat=True)
    begun = Attachment.objects.filter(state=Attachment.State.UPLOADING).values_list("pieces", flat=True)
    return {*whole, *(piece for pieces in begun for piece in pieces)}


# Bytes


@dataclass(frozen=True, slots=True)
class _Kept:
    """Bytes on the shelf: their name there, their digest, and what they begin and end with."""

    key: str
    sha256: str
    head: bytes
    tail: bytes


class _CutShort(Exception):
    pass


class _TooLong(Exception):
    pass


class _Measured:
    """Lets exactly `expected` bytes through, and looks at them on the way. Raises `_CutShort`, `_TooLong`."""

    def __init__(self, source: Readable, expected: int) -> None:
        self._source = source
        self.left = expected
        self._digest = hashlib.sha256()
        self.head = self.tail = b""

    def read(self, size: int = -1, /) -> bytes:
        wanted = BLOCK if size < 0 else size
        try:
            # One byte more than is left tells whether there is more.
            block = self._source.read(min(wanted, self.left + 1))
        except CouldNotRead:
            raise
        except OSError as error:
            raise _CutShort from error
        if len(block) > self.left:
            raise _TooLong
        if not block and self.left:
            raise _CutShort
        self.left -= len(block)
        self._digest.update(block)
        if len(self.head) < LOOKED_AT:
            self.head += block[: LOOKED_AT - len(self.head)]
        self.tail = (self.tail + block)[-LOOKED_AT:]
        return block

    def kept_as(self, key: str) -> _Kept:
        return _Kept(key, self._digest.hexdigest(), self.head, self.tail)


class _Joined:
    """Reads pieces on the shelf as one."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._blocks = (block for key in keys for block in shelf().blocks(key))
        self._rest = b""

    def read(self, size: int = -1, /) -> bytes:
        if not self._rest:
            self._rest = next(self._blocks, b"")
        block, self._rest = (self._rest, b"") if size < 0 else (self._rest[:size], self._rest[size:])
        return block


def _kept(source: Readable, expected: int) -> _Kept:
    """Put exactly so many bytes on the shelf, or none. Raises `CannotStore`."""
    measured, key = _Measured(source, expected), new_name()
    try:
        shelf().put(key, measured)
    except _CutShort:
        raise CannotStore(Reason("file.cut-short")) from None
    except _TooLong:
        raise CannotStore(Reason("file.longer-than-announced")) from None
    except (CouldNotStore, CouldNotRead) as error:
        full = isinstance(error, CouldNotStore) and error.full
        log.error("file could not be stored", error=str(error))
        raise CannotStore(Reason("file.storage-full" if full else "file.storage-away")) from error
    if measured.left:
        log.error("the shelf took less than it was given", key=key, left=measured.left)
        _discard(key)
        raise CannotStore(Reason("file.storage-away"))
    return measured.kept_as(key)


def _take(file: Attachment, source: Readable, expected: int, at: datetime) -> FileLine:
    """Keep the next bytes of an upload, and complete it where they are the last ones."""
    offset, kept = file.received, None
    if expected:
        kept = _kept(source, expected)
        with _or_discarded(kept.key), transaction.atomic():
            file = _row(file.pk)
            is_next = file.state == Attachment.State.UPLOADING and file.received == offset
            if is_next:
                file.pieces = [*file.pieces, kept.key]
                file.received += expected
                file.save(update_fields=["pieces", "received"])
        if not is_next:  # somebody sent the same piece at the same time
            _discard(kept.key)
            return line_of(file)
    if file.received < file.size:
        return line_of(file)
    return _complete(file, kept if len(file.pieces) == 1 else None, at)


def _complete(file: Attachment, kept: _Kept | None, at: datetime) -> FileLine:
    """Make one file of the pieces, unless `kept` is all of it."""
    pieces = list(file.pieces)
    whole = kept or _kept(_Joined(pieces), file.size)
    with _or_discarded(whole.key if kept is None else ""), transaction.atomic():
        case = _lock_places(file)
        file = _row(file.pk)
        is_first = file.state == Attachment.State.UPLOADING and file.pieces == pieces
        if is_first:
            file.pieces = []
            if case is not None and file.draft_id is not None:
                # The draft was sent meanwhile: the file follows it into the request.
                file.draft, file.added_at = None, at
                keep(case, at=at)
            _arrive(file, whole, at)
            _announce(file, actor_id=file.uploader_id, at=at)
    for key in set(pieces) - {whole.key} if is_first else {whole.key} - set(pieces):
        _discard(key)
    return line_of(file)


def _arrive(file: Attachment, whole: _Kept, at: datetime) -> None:
    """All of it is there: say what it is, and let it be checked where there is a scanner."""
    file.storage_key, file.sha256 = whole.key, whole.sha256
    file.content_type = recognised(whole.head, whole.tail)
    file.may_hold_secrets = may_hold_secrets(file.name, whole.head)
    file.uploaded_at = at
    file.state = Attachment.State.READY if scanner() is None else Attachment.State.HELD
    file.save()
    if file.state == Attachment.State.HELD:
        app.configure_task(SCAN_TASK, queue="files").defer(file_id=str(file.pk))


def _give_up(file: Attachment, state: Attachment.State, refusal: str = "") -> None:
    """The row says that the bytes are gone; they go once that is certain."""
    transaction.on_commit(_Discarding((file.storage_key, *file.pieces)))
    file.state, file.refusal, file.storage_key, file.pieces = state, refusal, "", []
    file.save(update_fields=["state", "refusal", "storage_key", "pieces"])


def _discard(key: str) -> None:
    """Take bytes away; what does not succeed is left for `sweep`."""
    try:
        shelf().delete(key)
    except CouldNotStore as error:
        log.warning("bytes could not be deleted", error=str(error))


class _Discarding:
    """Discards keys when it is called, after a transaction."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = tuple(key for key in keys if key)

    def __call__(self) -> None:
        for key in self._keys:
            _discard(key)


class _or_discarded:  # noqa: N801 - read as words of a sentence
    """Discards bytes whose row could not be written; not where that is uncertain, because the row may name them."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is not None and self._key and not isinstance(error, LOST):
            _discard(self._key)


def _hashed(blocks: Iterator[bytes], digest: hashlib._Hash) -> Iterator[bytes]:
    for block in blocks:
        digest.update(block)
        yield block


# Rows


def _locked(place: Place, actor: Viewer) -> tuple[Draft | None, Case | None]:
    """The open draft or the request of a place, locked. Raises Http404."""
    if place.draft_id is not None:
        draft = open_drafts_of(actor).select_for_update().filter(pk=place.draft_id).first()
        if draft is None:
            raise Http404
        return draft, None
    find = desk_case if place.at_desk else case_for
    return None, find(actor, place.number, lock=True)


def _lock_places(file: Attachment) -> Case | None:
    """Lock the draft and the request in which a file is now; answers the request."""
    if file.draft_id is not None:
        Draft.objects.select_for_update().filter(pk=file.draft_id).first()
    case_id = Attachment.objects.filter(pk=file.pk).values_list("case_id", flat=True).first()
    return Case.objects.select_for_update().filter(pk=case_id).first() if case_id is not None else None


def _row(file_id: uuid.UUID) -> Attachment:
    """The row of a file, locked. Raises Http404 where somebody took it away meanwhile."""
    file = Attachment.objects.select_for_update().filter(pk=file_id).first()
    if file is None:
        raise Http404
    return file


def _begun(place: Place, file_id: uuid.UUID, actor: Viewer) -> Attachment:
    """A file that the actor is sending, or has sent. Raises Http404."""
    file = file_for(actor, place, file_id)
    if file.uploader_id != actor.account_id:
        raise Http404
    return file


def _side(place: Place) -> Side:
    return Side.VENDOR if place.at_desk else Side.REQUESTER


def _is_internal(place: Place) -> bool:
    return place.at_desk and place.internal


def _taken(draft: Draft | None, case: Case | None, *, uploader_id: int | None, at: datetime) -> Taken:
    """What is used of the limits. Three queries, five for a request that an agreement with a limit pays.

    Until the transaction ends, nobody else sends a file that counts for the same agreement or the same day.
    """
    paid_by = case.agreement_id if case is not None and limits().agreement else None
    # Always in this order, after the draft or the request, which the caller has locked.
    with connection.cursor() as cursor:
        for space, counted in ((_AGREEMENT_LOCK, paid_by), (_DAY_LOCK, uploader_id)):
            if counted is not None:
                cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [space, counted])
    here = (
        Attachment.objects.filter(draft=draft, case=None) if draft else Attachment.objects.filter(case=case)
    )
    used = here.filter(state__in=_KEPT).aggregate(files=Count("pk"), bytes=Sum("size", default=0))
    agreement = day = 0
    if paid_by is not None:
        theirs = Attachment.objects.filter(case__agreement_id=paid_by, state__in=_KEPT)
        agreement = theirs.aggregate(bytes=Sum("size", default=0))["bytes"]
    if uploader_id is not None:
        today = Attachment.objects.filter(uploader_id=uploader_id, started_at__gt=at - _DAY)
        day = today.aggregate(bytes=Sum("size", default=0))["bytes"]
    return Taken(request=used["bytes"], request_files=used["files"], agreement=agreement, day=day)


def _announce(file: Attachment, *, actor_id: int | None, at: datetime) -> None:
    """Tell that a file can be read, where no message and no request tells it already."""
    if (
        file.state == Attachment.State.READY
        and file.added_at is not None
        and file.case_id is not None
        and file.message_id is None
        and file.draft_id is None
    ):
        fact = FileAdded(
            file.case_id,
            file=str(file.pk),
            name=file.name,
            size=file.size,
            internal=file.internal,
            side=file.side,
        )
        journal.record(fact, actor_id=actor_id, at=at)
