"""Changing the severity of a request, and setting its clock back (SEV-1, SEV-4, SEV-6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pactdesk.cases.rules.answers import AROUND_THE_CLOCK
from pactdesk.cases.rules.judgement import hours_kept
from pactdesk.cases.rules.status import CLOSED, RESOLVED
from pactdesk.kernel.decisions import ALLOWED, Decision, Reason
from pactdesk.servicelevels.rules import SeverityOffer, Target, rule_offered_severities
from pactdesk.servicelevels.rules.promises import Hours
from pactdesk.servicelevels.rules.timers import Event, Kind

# What changes the severity, among all that can happen to the clocks of a request.
CHANGES: Final = frozenset({Kind.RAISED, Kind.LOWERED, Kind.LOWERED_UNREACHABLE, Kind.RESTORED})


@dataclass(frozen=True, slots=True)
class Reachable:
    """Whom to call day and night: name, phone and where they are, an IANA zone (SEV-4)."""

    name: str = ""
    phone: str = ""
    time_zone: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Another severity. `hours` count only where it is handled around the clock, which needs somebody `reachable`."""

    severity: str
    hours: str = AROUND_THE_CLOCK
    reachable: Reachable = Reachable()


@dataclass(frozen=True, slots=True)
class Level:
    """A severity and when it is worked on."""

    severity: str
    hours: Hours


def offers_of(severities: Sequence[str], targets: Mapping[str, Target]) -> tuple[SeverityOffer, ...]:
    """Each of `severities`, the most severe first: what the request was promised for it, or why it is not offered."""
    return rule_offered_severities(
        severities, [target for target in targets.values() if target.severity in severities]
    )


def level_of(offers: Iterable[SeverityOffer], wanted: Wanted) -> Level | None:
    """At which level the request would be kept; None where the severity is not offered."""
    target = _offered(offers, wanted.severity)
    return None if target is None else Level(target.severity, hours_kept(target, wanted.hours).hours)


def may_change(offers: Iterable[SeverityOffer], wanted: Wanted, *, now: Level, status: str) -> Decision:
    """Whether a request that is kept at the level `now` can be kept as is wanted."""
    if status in {RESOLVED, CLOSED}:
        return Decision((Reason("case.severity-at-rest"),))
    offers = tuple(offers)
    target = _offered(offers, wanted.severity)
    if target is None:
        offer = next((each for each in offers if each.severity == wanted.severity), None)
        if offer is None:
            return Decision((Reason("intake.severity-missing"),))
        return offer.decision
    kept = hours_kept(target, wanted.hours)
    if Level(kept.severity, kept.hours) == now:
        return Decision((Reason("severity.as-before", {"severity": now.severity}),))
    if kept.needs_contact_around_the_clock and not (wanted.reachable.name and wanted.reachable.phone):
        return Decision((Reason("intake.night-contact-missing"),))
    return ALLOWED


def kind_of_change(severities: Sequence[str], before: Level, after: Level) -> Kind:
    """Whether that is more severe or less. The same severity around the clock is more than in business hours."""
    places = {code: place for place, code in enumerate(severities)}

    def weight(level: Level) -> tuple[int, int]:
        return -places.get(level.severity, len(places)), level.hours == AROUND_THE_CLOCK

    return Kind.RAISED if weight(after) > weight(before) else Kind.LOWERED


@dataclass(frozen=True, slots=True)
class LastChange:
    """The last change of a request's severity: what it was, when, and which level it had before."""

    kind: Kind
    at: datetime
    before: Level


def last_change(events: Iterable[Event]) -> LastChange | None:
    """The last change of severity among the events of a request, from its opening on; None where it never changed."""
    found: LastChange | None = None
    level: Level | None = None
    for event in events:
        if event.kind is Kind.OPENED:
            level = Level(event.severity, event.hours)
        elif event.kind in CHANGES and level is not None:
            found = LastChange(event.kind, event.at, level)
            level = Level(event.severity, event.hours)
    return found


def may_restore(change: LastChange | None, *, status: str) -> Decision:
    """Whether a request can be as severe again as it was, because it was lowered and nothing was changed since."""
    if status in {RESOLVED, CLOSED}:
        return Decision((Reason("case.severity-at-rest"),))
    if change is None or change.kind is not Kind.LOWERED_UNREACHABLE:
        return Decision((Reason("severity.nothing-to-restore"),))
    return ALLOWED


def may_set_back(start: datetime, *, begins_at: datetime | None, status: str, is_manager: bool) -> Decision:
    """Whether the clock of the first answer, which begins at `begins_at`, can begin at `start` instead; None: it was
    answered already."""
    if not is_manager:
        return Decision((Reason("case.only-a-manager"),))
    if status in {RESOLVED, CLOSED}:
        return Decision((Reason("case.severity-at-rest"),))
    if begins_at is None:
        return Decision((Reason("case.answered-already"),))
    if start >= begins_at:
        return Decision((Reason("case.start-not-earlier"),))
    return ALLOWED


def _offered(offers: Iterable[SeverityOffer], severity: str) -> Target | None:
    return next((each.target for each in offers if each.severity == severity and each.offered), None)
