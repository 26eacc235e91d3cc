"""Each file has its bytes, and all bytes have a file. The database cannot tell, so the shelf is looked through.

It changes while one looks: what seems wrong is asked about once more, and young bytes may still be on their way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from pactdesk.cases.services.files import GIVEN_UP_AFTER
from pactdesk.kernel.storage import FOLDERS, CouldNotRead, Entry, shelf
from pactdesk.project.verification.check import MOST_EXAMPLES, Check, Outcome

BYTES_THERE = Check(
    code="file-has-its-bytes",
    claim="each has its bytes, as many as it says",
    of="files",
)
AS_SENT = Check(
    code="file-reads-as-sent",
    claim="each reads as it was sent, by its digest",
    of="files",
)
NAMED = Check(
    code="bytes-belong-to-file",
    claim="all that lie there for more than a day belong to a file",
    of="things on the shelf",
    only_late=True,
)
CHECKS = (BYTES_THERE, AS_SENT, NAMED)

# A sixteenth at a time, so that a million files need no memory to speak of.
_PARTS = tuple("0123456789abcdef")
_ROWS = """
SELECT storage_key, id::text, size, sha256 FROM cases_attachment
WHERE state IN ('held', 'ready') AND left(storage_key, 1) = %s
"""
_STILL = """
SELECT EXISTS (SELECT 1 FROM cases_attachment WHERE storage_key = %s AND state IN ('held', 'ready'))
"""
_PIECES = """
SELECT jsonb_array_elements_text(pieces) FROM cases_attachment WHERE state = 'uploading'
"""


@dataclass(slots=True)
class _Finding:
    """What has been found of one claim so far."""

    check: Check
    looked_at: int = 0
    wrong: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, what: str) -> None:
        self.wrong += 1
        if len(self.examples) < MOST_EXAMPLES:
            self.examples.append(what)

    def outcome(self) -> Outcome:
        return Outcome(self.check, self.looked_at, self.wrong, tuple(self.examples))


def look(*, at: datetime, read: bool) -> Iterator[Outcome]:
    """Look the shelf through; `read`: also read every file, which takes as long as copying them."""
    there, same, named = (_Finding(check) for check in CHECKS)
    try:
        for part in _PARTS:
            kept = {
                entry.name: entry
                for folder in FOLDERS
                if folder.startswith(part)
                for entry in shelf().entries(folder)
            }
            rows = _rows(part)
            there.looked_at += len(rows)
            for key, (file_id, size, sha256) in rows.items():
                if (said := _wrong_with(key, size, kept)) and _is_still_there(key):
                    there.add(f"file {file_id}: {said}")
                elif read and not said:
                    same.looked_at += 1
                    if _digest(key) != sha256 and _is_still_there(key):
                        same.add(f"file {file_id}: its bytes are not those that were sent")
            _look_for_orphans(named, kept, rows, at)
    except CouldNotRead as error:
        there.add(f"the shelf cannot be looked through: {error}")
    yield there.outcome()
    if read:
        yield same.outcome()
    yield named.outcome()


def _look_for_orphans(
    named: _Finding, kept: Mapping[str, Entry], rows: Mapping[str, object], at: datetime
) -> None:
    named.looked_at += len(kept)
    strange = [
        entry for name, entry in kept.items() if name not in rows and entry.kept_since < at - GIVEN_UP_AFTER
    ]
    if not strange:
        return
    with connection.cursor() as cursor:
        cursor.execute(_PIECES)
        pieces = {piece for (piece,) in cursor.fetchall()}
    for entry in strange:
        if entry.name not in pieces and not _is_still_there(entry.name):
            named.add(f"{entry.name}: {entry.size} bytes since {entry.kept_since:%Y-%m-%d %H:%M} UTC")


def _rows(part: str) -> dict[str, tuple[str, int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [part])
        return {key: (file_id, size, sha256) for key, file_id, size, sha256 in cursor.fetchall()}


def _wrong_with(key: str, size: int, kept: Mapping[str, Entry]) -> str:
    if key not in kept:
        return "its bytes are gone"
    return "" if kept[key].size == size else f"{kept[key].size} bytes, and not {size}"


def _is_still_there(key: str) -> bool:
    """Whether a row names these bytes now: it may have been removed, or made, since the rows were read."""
    with connection.cursor() as cursor:
        cursor.execute(_STILL, [key])
        (found,) = cursor.fetchone()
    return bool(found)


def _digest(key: str) -> str:
    digest = hashlib.sha256()
    try:
        for block in shelf().blocks(key):
            digest.update(block)
    except CouldNotRead:
        return ""
    return digest.hexdigest()
