"""What a new version of a calendar would do to open requests (SEV-6). For operators, who see all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, Q, QuerySet

from pactdesk.cases.models import Case
from pactdesk.cases.queries.clocks import calendars, folded
from pactdesk.cases.rules.numbers import shown_number
from pactdesk.cases.rules.status import CLOSED
from pactdesk.catalog import queries as catalog
from pactdesk.servicelevels.queries import Calendar
from pactdesk.servicelevels.rules import Event, Kind, next_due

SAMPLES: Final = 10


@dataclass(frozen=True, slots=True)
class VersionUse:
    """How many open requests are counted by a version, and in how many of them nothing is late yet."""

    version: int
    open: int
    not_yet_due: int


@dataclass(frozen=True, slots=True)
class Sample:
    """One request, with what is owed next in it before and after."""

    number: str
    before: datetime | None
    after: datetime | None


@dataclass(frozen=True, slots=True)
class CalendarPreview:
    """What applying `version` of a calendar to open requests would do. `name` is worded."""

    name: Mapping[str, str]
    version_id: int
    version: int
    uses: tuple[VersionUse, ...]
    samples: tuple[Sample, ...]

    @property
    def open(self) -> int:
        return sum(use.open for use in self.uses)

    @property
    def not_yet_due(self) -> int:
        return sum(use.not_yet_due for use in self.uses)


def calendar_version(version_id: int) -> Calendar:
    """A version, also one that was made in this very moment. Raises LookupError."""
    versions = catalog.current().levels.calendar_versions
    if version_id not in versions:
        catalog.forget()
        versions = catalog.current().levels.calendar_versions
    return versions[version_id]


def counted_otherwise(version_id: int) -> QuerySet[Case]:
    """The open requests that another version of the same calendar counts."""
    version = calendar_version(version_id)
    others = [
        each.version_id
        for each in catalog.current().levels.calendar_versions.values()
        if each.id == version.id and each.version_id != version_id
    ]
    return Case.objects.filter(calendar_id__in=others).exclude(status=CLOSED)


def calendar_preview(version_id: int, *, at: datetime) -> CalendarPreview:
    """What the version would change, with the next requests that are due as samples. Raises LookupError."""
    version = calendar_version(version_id)
    waiting = counted_otherwise(version_id)
    numbers = {each.version_id: each.version for each in catalog.current().levels.calendar_versions.values()}
    rows = (
        waiting.values("calendar_id")
        .annotate(open=Count("pk"), not_yet_due=Count("pk", filter=Q(due_at=None) | Q(due_at__gte=at)))
        .order_by("calendar_id")
    )
    event = Event(Kind.CALENDAR_CHANGED, at, calendar=version_id)
    assert version_id in calendars()
    return CalendarPreview(
        name=version.name,
        version_id=version_id,
        version=version.version,
        uses=tuple(VersionUse(numbers[row["calendar_id"]], row["open"], row["not_yet_due"]) for row in rows),
        samples=tuple(
            Sample(shown_number(case.pk), case.due_at, next_due(folded(case, at=at, further=[event])))
            for case in waiting.filter(due_at__isnull=False).order_by("due_at")[:SAMPLES]
        ),
    )
