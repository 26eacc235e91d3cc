"""Judging a file with what the house knows, and making agreements of it, all or nothing.

At the desk a file is confirmed first (`confirming`); whoever runs the command on the server imports at once.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction

from pactdesk.agreements.ledger import IMPORTED
from pactdesk.agreements.services.taking_over import Opening, take_over
from pactdesk.imports.facts import ImportApplied
from pactdesk.imports.models import Import, Line
from pactdesk.imports.queries import known_of
from pactdesk.imports.rules import Judgement, Mistake, Options, Reading, Unreadable, judge, read, shown
from pactdesk.journal import services as journal
from pactdesk.kernel import sealing
from pactdesk.kernel.decisions import Reason, Refused
from pactdesk.kernel.filenames import clean_filename

# What is kept of each kind of line: enough to mend a file by.
MOST_KEPT: Final = 1000
_MOST_KINDS: Final = 30
_LOCK: Final = 0x494D504F


class CannotImport(Refused):
    """Nothing was imported and nothing changed."""


def examine(content: bytes, options: Options) -> tuple[Reading, Judgement]:
    """What a file says and what it comes to, keeping nothing. Raises `CannotImport` where nothing can be made of it."""
    try:
        reading = read(content, options)
    except Unreadable as unreadable:
        raise CannotImport(*unreadable.decision) from None
    return reading, judge(reading, known_of(reading), options)


@transaction.atomic
def import_at_once(
    content: bytes, name: str, options: Options, *, actor_id: int | None, at: datetime
) -> tuple[int, Judgement]:
    """Import a file without showing it first, for the command; answers the id of the import and what it came to.

    Whoever can run commands on the server is not held by a second person. Raises `CannotImport`; where rows have
    mistakes it does so with the reason "import.has-mistakes" and `examine` tells them.
    """
    one_after_the_other()
    reading, judgement = examine(content, options)
    require_clean(judgement)
    imported = new_import(content, name, at)
    imported.brought_by_id = actor_id
    describe(imported, reading, judgement, options)
    imported.save()
    take(imported, reading, judgement, actor_id, at)
    return imported.pk, judgement


def one_after_the_other() -> None:
    """Two imports at once would each find that the other has not made anything yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def new_import(content: bytes, name: str, at: datetime) -> Import:
    """An import of this file, of which nothing is known yet."""
    return Import(
        file_name=clean_filename(name)[:200],
        file_digest=sealing.keyed_hash(b"import-file", hashlib.sha256(content).hexdigest()),
        brought_at=at,
    )


def require_clean(judgement: Judgement) -> None:
    """Raises `CannotImport` where a row has a mistake, or none would make anything."""
    if judgement.mistakes:
        raise CannotImport(Reason("import.has-mistakes"))
    if not judgement.taken:
        raise CannotImport(Reason("import.nothing-to-do"))


def describe(imported: Import, reading: Reading, judgement: Judgement, options: Options) -> None:
    """Write down what was read and what it comes to: counts and sentences, and no ID of a pair."""
    imported.form = reading.form.code
    imported.state = Import.State.REFUSED if judgement.mistakes else Import.State.READY
    imported.options = {
        "encoding": options.encoding,
        "dates": options.dates,
        "time_zone": options.time_zone,
        "language": options.language,
        "programmes": dict(options.programmes),
    }
    imported.encoding = reading.encoding
    imported.unread_columns = [shown(name) for name in reading.unread][:MOST_KEPT]
    kinds = dict.fromkeys(shown(said.kinds[0]) for said in reading.rows if said.kinds and said.kinds[0])
    imported.kinds = list(kinds)[:_MOST_KINDS]
    imported.counts = {
        "rows": judgement.rows,
        "taken": len(judgement.taken),
        "already": len(judgement.already),
        "left_out": len(judgement.left_out),
        "notices": len(judgement.notices),
        "mistakes": len(judgement.mistakes),
    }
    by_programme: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for each in judgement.taken:
        sums = by_programme[each.programme]
        sums[0], sums[1], sums[2] = sums[0] + 1, sums[1] + each.granted, sums[2] + each.left
    imported.by_programme = dict(sorted(by_programme.items()))
    imported.units = judgement.units
    imported.mistakes = _kept(judgement.mistakes)
    imported.left_out = _kept(judgement.left_out)
    imported.notices = _kept(judgement.notices)
    imported.plan_digest = plan_digest(judgement)


def _kept(mistakes: tuple[Mistake, ...]) -> list[dict[str, Any]]:
    return [each.as_data() for each in mistakes[:MOST_KEPT]]


def plan_digest(judgement: Judgement) -> bytes:
    """A keyed hash of what would be done, the pairs included."""
    return sealing.keyed_hash(b"import-plan", hashlib.sha256(judgement.as_text().encode()).hexdigest())


def take(imported: Import, reading: Reading, judgement: Judgement, actor_id: int | None, at: datetime) -> int:
    """Make what was judged, and keep which row became which agreement; answers how many. Inside a transaction."""
    openings = [
        Opening(
            pair=each.pair,
            programme_id=each.programme_id,
            organization_id=each.organization_id,
            owner_id=each.owner_id,
            starts_at=each.starts_at,
            ends_at=each.ends_at,
            time_zone=each.time_zone,
            granted=each.granted,
            left=each.left,
            seat_limit=each.seat_limit,
            suspended=each.suspended,
        )
        for each in judgement.taken
    ]
    ids = take_over(openings, note=f"{IMPORTED}{imported.pk}", actor_id=actor_id, at=at)
    Line.objects.bulk_create(
        (
            Line(
                imported=imported,
                row=each.row,
                agreement_id=agreement_id,
                form=reading.form.code,
                reference=each.reference,
            )
            for each, agreement_id in zip(judgement.taken, ids, strict=True)
        ),
        batch_size=1000,
    )
    imported.state, imported.content_sealed = Import.State.APPLIED, None
    imported.decided_at, imported.decided_by_id = at, actor_id
    imported.save()
    fact = ImportApplied(imported.pk, len(ids), judgement.units)
    journal.record(fact, actor_id=actor_id, at=at)
    return len(ids)
