"""Verbs on the catalogue: say what a file would change, and change it, all or nothing."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from django.db import transaction

from pactdesk.catalog import queries
from pactdesk.catalog.models import CatalogRevision
from pactdesk.catalog.services import reading, shape, tables
from pactdesk.catalog.services.comparing import Change, ChangePlan, FieldChange, Kind, compare
from pactdesk.catalog.services.reading import CatalogMistakes, Mistake

__all__ = [
    "CatalogMistakes",
    "Change",
    "ChangePlan",
    "FieldChange",
    "Kind",
    "Mistake",
    "apply",
    "plan",
]


def plan(path: Path, *, at: datetime) -> ChangePlan:
    """What applying the file would do at `at` (UTC). Changes nothing.

    Raises `CatalogMistakes` with every mistake in the file.
    """
    document = reading.read(path)
    return _plan(document, shape.check(document), path, at)


def apply(path: Path, *, actor_id: int | None, at: datetime) -> ChangePlan:
    """Make the catalogue what the file says, all or nothing, and answer what was done.

    An empty plan means that there was nothing to do, as when a file is applied twice. Raises `CatalogMistakes` with
    every mistake in the file; the catalogue is then as it was.
    """
    document = reading.read(path)
    file = shape.check(document)
    with transaction.atomic():
        # Two people applying at once take turns; the second sees what the first did.
        CatalogRevision.objects.get_or_create(id=1, defaults={"changed_at": at})
        revision = CatalogRevision.objects.select_for_update().get(id=1)
        changes = _plan(document, file, path, at)
        if not changes.empty:
            tables.write(changes, at=at)
            CatalogRevision.objects.filter(id=revision.pk).update(
                applied_at=at, applied_by_id=actor_id, digest=changes.digest
            )
            transaction.on_commit(queries.forget)
    return changes


def _plan(document: reading.Document, file: shape.CatalogueFile, path: Path, at: datetime) -> ChangePlan:
    present = tables.stored()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    changes = compare(present, tables.wanted(file, present, at=at), digest=digest)
    _require_units_that_stay(changes, document)
    return changes


def _require_units_that_stay(changes: ChangePlan, document: reading.Document) -> None:
    """What is kept in the ledgers of a programme cannot become something else."""
    units = {
        change.code: field
        for change in changes.changes
        if change.noun == "programme" and change.kind in {Kind.CHANGE, Kind.BRING_BACK}
        for field in change.fields
        if field.name == "unit"
    }
    for code in sorted(tables.programmes_in_use(units)):
        expected = f"{units[code].before}, since agreements count it; add another programme instead"
        document.report(("programmes", code, "unit"), expected, repr(units[code].after))
    if document.mistakes:
        raise CatalogMistakes(document.mistakes)
