"""What happened to the clocks of requests, and what was promised, as the fold takes them (SEV-6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pactdesk.cases.models import Case, ClockEvent
from pactdesk.catalog import queries as catalog
from pactdesk.catalog.queries import NotInCatalogue
from pactdesk.servicelevels.queries import Policy
from pactdesk.servicelevels.rules import AROUND_THE_CLOCK, CalendarData
from pactdesk.servicelevels.rules.reaching import Patience
from pactdesk.servicelevels.rules.steps import Step
from pactdesk.servicelevels.rules.timers import Calendars, Event, Kind, Terms, Timer, timers_of


@dataclass(frozen=True, slots=True)
class Promised:
    """What was promised to one request when it was sent: `terms` for the fold, who is told on the way, when it may be
    lowered because nobody can be reached, and to which severity each one falls then."""

    terms: Terms
    steps: tuple[Step, ...]
    patience: Patience
    lowered_to: Mapping[str, str]


def has_terms(case: Case) -> bool:
    """Whether anything was promised to the request."""
    return "policy" in case.terms


def promised_to(case: Case) -> Promised:
    """What was promised to a request that has terms. No query: versions of policies never change and are in memory."""
    policy = _policy(int(case.terms["policy"]))
    targets = {target.severity: target for target in policy.targets_in(case.language)}
    return Promised(
        terms=Terms(targets, break_fix=bool(case.terms.get("break_fix", True))),
        # What is only tried reaches nobody.
        steps=() if case.is_test else policy.steps,
        patience=policy.patience,
        lowered_to=policy.lowered_to,
    )


def updates_of(case: Case) -> Mapping[str, int] | None:
    """How often news is promised as the request is kept now, as `UpdateCadence.as_data`; None: not at all. No query."""
    if not has_terms(case):
        every: Mapping[str, int] | None = case.terms.get("update_every")
        return every
    target = promised_to(case).terms.target(case.severity, "24x7" if case.hours == "24x7" else "business")
    return target.update_every.as_data() if target and target.update_every else None


def calendars() -> Calendars:
    """All versions of calendars, by their ids. No query."""
    return {id_: version.data for id_, version in catalog.current().levels.calendar_versions.items()}


def calendars_for(cases: Iterable[Case]) -> Calendars:
    """All versions, those of these requests among them, also where one was made in this very moment."""
    found = calendars()
    if any(case.calendar_id is not None and case.calendar_id not in found for case in cases):
        catalog.forget()
        found = calendars()
    return found


def calendar_of(case: Case) -> CalendarData:
    """In which hours a request is worked on now: around the clock, or those of its calendar. No query."""
    if case.hours == "24x7" or case.calendar_id is None:
        return AROUND_THE_CLOCK
    return calendars_for([case])[case.calendar_id]


def opening_of(case: Case) -> Event:
    """The first event, which stands in the request itself."""
    return Event(
        Kind.OPENED,
        case.opened_at,
        severity=case.terms.get("severity", case.severity),
        hours=case.terms.get("hours", case.hours),
        calendar=case.terms.get("calendar"),
    )


def events_of(cases: Sequence[Case]) -> Mapping[int, list[Event]]:
    """What happened to the clocks of each of these requests, from its opening on. One query."""
    found = {case.pk: [opening_of(case)] for case in cases}
    rows = ClockEvent.objects.filter(case__in=cases).order_by("case_id", "pk")
    for case_id, kind, at, data in rows.values_list("case_id", "kind", "at", "data"):
        found[case_id].append(event_of(kind, at, data))
    return defaultdict(list, found)


def event_of(kind: str, at: datetime, data: Mapping[str, Any]) -> Event:
    """A clock event as the fold takes it."""
    until, start = data.get("until"), data.get("start")
    return Event(
        Kind(kind),
        at,
        severity=data.get("severity", ""),
        hours=data.get("hours", "business"),
        calendar=data.get("calendar"),
        until=datetime.fromisoformat(until) if until else None,
        start=datetime.fromisoformat(start) if start else None,
    )


def folded(case: Case, *, at: datetime | None = None, further: Sequence[Event] = ()) -> tuple[Timer, ...]:
    """The request's timers as of `at`, or of its last event; with `further` events, what those would make. One query.

    None where nothing was promised.
    """
    if not has_terms(case):
        return ()
    events = [*events_of([case])[case.pk], *further]
    return timers_of(events, promised_to(case).terms, calendars_for([case]), at=at)


def _policy(version_id: int) -> Policy:
    try:
        return catalog.current().policy_version(version_id)
    except NotInCatalogue:
        # Made by somebody else within the seconds for which the catalogue is remembered.
        catalog.forget()
        return catalog.current().policy_version(version_id)
