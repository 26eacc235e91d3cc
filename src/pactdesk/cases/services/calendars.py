"""Letting open requests follow a calendar that was edited (SEV-6). Each change is an event; what has ended stays."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pactdesk.cases.facts import CalendarChanged
from pactdesk.cases.models import Case
from pactdesk.cases.queries.calendars import calendar_version, counted_otherwise
from pactdesk.cases.rules.calendars import Follow, follows
from pactdesk.cases.services import clocks
from pactdesk.cases.services.changing import keep
from pactdesk.catalog import queries as catalog
from pactdesk.journal import services as journal
from pactdesk.servicelevels.rules import Kind


def apply_calendar(version_id: int, which: Follow, *, actor_id: int | None, at: datetime) -> int:
    """Count the open requests that another version of the calendar counts by this one; answers how many follow.

    One after the other, each in a transaction of its own: safe to repeat, and to break off. Raises LookupError.
    """
    version = calendar_version(version_id)
    numbers = {each.version_id: each.version for each in catalog.current().levels.calendar_versions.values()}
    changed = 0
    for number in list(counted_otherwise(version_id).order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            case = Case.objects.select_for_update(of=("self",)).get(pk=number)
            before = case.calendar_id
            if before == version_id or not follows(which, status=case.status, due_at=case.due_at, at=at):
                continue
            case.calendar_id = version_id
            clocks.happened(case, Kind.CALENDAR_CHANGED, at=at, actor_id=actor_id, calendar=version_id)
            fact = CalendarChanged(
                case.pk, calendar=version.code, before=numbers.get(before or 0, 0), after=version.version
            )
            journal.record(fact, actor_id=actor_id, at=at)
            keep(case, at=at)
            changed += 1
    return changed
