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
    return _plan(shape.check(reading.read(path)), path, at)


def apply(path: Path, *, actor_id: int | None, at: datetime) -> ChangePlan:
    """Make the catalogue what the file says, all or nothing, and answer what was done.

    An empty plan means that there was nothing to do, as when a file is applied twice. Raises `CatalogMistakes` with
    every mistake in the file; the catalogue is then as it was.
    """
    file = shape.check(reading.read(path))
    with transaction.atomic():
        # Two people applying at once take turns; the second sees what the first did.
        CatalogRevision.objects.get_or_create(id=1, defaults={"changed_at": at})
        revision = CatalogRevision.objects.select_for_update().get(id=1)
        changes = _plan(file, path, at)
        if not changes.empty:
            tables.write(changes, at=at)
            CatalogRevision.objects.filter(id=revision.pk).update(
                applied_at=at, applied_by_id=actor_id, digest=changes.digest
            )
            transaction.on_commit(queries.forget)
    return changes


def _plan(file: shape.CatalogueFile, path: Path, at: datetime) -> ChangePlan:
    present = tables.stored()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return compare(present, tables.wanted(file, present, at=at), digest=digest)
