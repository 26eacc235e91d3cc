"""Reading facts, for timelines and audit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pactdesk.journal.models import FactRow


@dataclass(frozen=True, slots=True)
class RecordedFact:
    """A fact as it stands in the journal. `at` is a UTC instant."""

    id: int
    code: str
    subject_type: str
    subject_id: int
    at: datetime
    actor_id: int | None
    payload: dict[str, Any]


def fact(fact_id: int) -> RecordedFact:
    """The fact with this id. Raises `FactRow.DoesNotExist`."""
    return _as_recorded(FactRow.objects.get(pk=fact_id))


def facts_about(
    subject_type: str, subject_id: int, *, codes: Collection[str] | None = None
) -> list[RecordedFact]:
    """Everything recorded about one subject, or only facts with these codes, oldest first."""
    rows = FactRow.objects.filter(subject_type=subject_type, subject_id=subject_id).order_by("id")
    if codes is not None:
        rows = rows.filter(code__in=codes)
    return [_as_recorded(row) for row in rows]


def latest_facts(subject_type: str, subject_ids: Collection[int], *, code: str) -> dict[int, RecordedFact]:
    """The newest fact with this code about each of the subjects, by subject; those without one are missing. One
    query."""
    rows = FactRow.objects.filter(subject_type=subject_type, subject_id__in=subject_ids, code=code)
    newest = rows.order_by("subject_id", "-id").distinct("subject_id")
    return {row.subject_id: _as_recorded(row) for row in newest}


def facts_of_the_same_step(fact: RecordedFact) -> list[RecordedFact]:
    """What else was recorded about the same subject at the same instant by the same actor, oldest first. One query."""
    rows = FactRow.objects.filter(
        subject_type=fact.subject_type, subject_id=fact.subject_id, at=fact.at, actor_id=fact.actor_id
    )
    return [_as_recorded(row) for row in rows.exclude(pk=fact.id).order_by("id")]


def is_followed_by(fact_id: int, subject_id: int, *, code: str) -> bool:
    """Whether a fact with this code was recorded about the subject of the fact `fact_id` after it. One query."""
    rows = FactRow.objects.filter(pk__gt=fact_id, subject_id=subject_id, code=code)
    return rows.exists()


def _as_recorded(row: FactRow) -> RecordedFact:
    return RecordedFact(
        id=row.pk,
        code=row.code,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        at=row.at,
        actor_id=row.actor_id,
        payload=row.payload,
    )
