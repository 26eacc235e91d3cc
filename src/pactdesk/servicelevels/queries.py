"""Everything about service levels, read at once into immutable values. The catalogue keeps it in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pactdesk.kernel.worded import Worded
from pactdesk.servicelevels import models
from pactdesk.servicelevels.rules import CalendarData, Target, UpdateCadence
from pactdesk.servicelevels.rules.reaching import Patience
from pactdesk.servicelevels.rules.steps import Step


@dataclass(frozen=True, slots=True)
class Severity:
    """A severity in the requester's words: the consequence, what it means, what it asks (SEV-1)."""

    id: int
    code: str
    name: Worded
    meaning: Worded
    asks: Worded
    examples: tuple[Worded, ...]
    retired: bool


@dataclass(frozen=True, slots=True)
class Calendar:
    """One version of a calendar. `id` is that of the calendar, `version_id` what a request keeps."""

    id: int
    code: str
    name: Worded
    version_id: int
    version: int
    data: CalendarData = field(repr=False)
    retired: bool


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a policy. `id` is that of the policy, `version_id` what a request keeps.

    `targets` come in the order of the severities. `around_the_clock_languages` empty: no language is set apart.
    `steps` say who is told when; `patience` when a request whose contact cannot be reached may be lowered.
    """

    id: int
    code: str
    name: Worded
    version_id: int
    version: int
    effective_from: datetime
    targets: tuple[Target, ...]
    lowered_to: Mapping[str, str]
    around_the_clock_languages: frozenset[str]
    steps: tuple[Step, ...]
    patience: Patience
    retired: bool

    def target(self, severity: str) -> Target | None:
        """What is promised for `severity` in the languages served around the clock; None: it is not offered."""
        return next((target for target in self.targets if target.severity == severity), None)

    def targets_in(self, language: str) -> tuple[Target, ...]:
        """What is promised to a requester who speaks `language`: business hours, unless it is one of those that are
        served around the clock (SEV-3)."""
        if not self.around_the_clock_languages or language in self.around_the_clock_languages:
            return self.targets
        return tuple(
            target.in_business_hours() if target.around_the_clock else target for target in self.targets
        )


@dataclass(frozen=True, slots=True)
class ServiceLevels:
    """Severities by code, calendars and policies in force by code, and all their versions by id.

    `calendar_uses` maps (country, time zone) to the code of a calendar; either may be "".
    """

    severities: Mapping[str, Severity]
    calendars: Mapping[str, Calendar]
    calendar_versions: Mapping[int, Calendar]
    policies: Mapping[str, Policy]
    policy_versions: Mapping[int, Policy]
    calendar_uses: Mapping[tuple[str, str], str]


def load() -> ServiceLevels:
    """All of it, retired entries included. Five queries."""
    severities = {
        row.code: Severity(
            id=row.pk,
            code=row.code,
            name=row.name,
            meaning=row.meaning,
            asks=row.asks,
            examples=tuple(row.examples),
            retired=row.retired_at is not None,
        )
        for row in models.Severity.objects.order_by("position", "code")
    }
    calendar_versions = {version.version_id: version for version in _calendars()}
    policy_versions = {version.version_id: version for version in _policies()}
    return ServiceLevels(
        severities=severities,
        # Versions come in ascending order, so the one that stays is the highest.
        calendars={version.code: version for version in calendar_versions.values()},
        calendar_versions=calendar_versions,
        policies={version.code: version for version in policy_versions.values()},
        policy_versions=policy_versions,
        calendar_uses={
            (use.country, use.time_zone): use.calendar.code
            for use in models.CalendarUse.objects.select_related("calendar")
        },
    )


def _calendars() -> list[Calendar]:
    rows = models.CalendarVersion.objects.select_related("calendar").order_by("calendar__position", "number")
    return [
        Calendar(
            id=row.calendar.pk,
            code=row.calendar.code,
            name=row.calendar.name,
            version_id=row.pk,
            version=row.number,
            data=CalendarData.from_data(
                {"tz": row.time_zone, "weekly": row.weekly, "holidays": row.holidays}
            ),
            retired=row.calendar.retired_at is not None,
        )
        for row in rows
    ]


def _policies() -> list[Policy]:
    targets: dict[int, list[models.Target]] = defaultdict(list)
    for target in models.Target.objects.select_related("severity", "lowered_to").order_by(
        "severity__position"
    ):
        targets[target.version_id].append(target)
    rows = models.PolicyVersion.objects.select_related("policy").order_by("policy__position", "number")
    return [
        Policy(
            id=row.policy.pk,
            code=row.policy.code,
            name=row.policy.name,
            version_id=row.pk,
            version=row.number,
            effective_from=row.effective_from,
            targets=tuple(_target(target, row.other_work_business_days) for target in targets[row.pk]),
            lowered_to={
                target.severity.code: target.lowered_to.code
                for target in targets[row.pk]
                if target.lowered_to
            },
            around_the_clock_languages=frozenset(row.around_the_clock_languages),
            steps=tuple(map(Step.from_data, row.steps)),
            patience=Patience(row.unreachable_attempts, row.unreachable_minutes_apart),
            retired=row.policy.retired_at is not None,
        )
        for row in rows
    ]


def _target(row: models.Target, other_within_business_days: int | None) -> Target:
    every = None
    if row.update_every_minutes is not None or row.update_every_business_days is not None:
        every = UpdateCadence(minutes=row.update_every_minutes, business_days=row.update_every_business_days)
    return Target(
        severity=row.severity.code,
        initial_response_minutes=row.initial_response_minutes,
        update_every=every,
        hours="24x7" if row.hours == models.Target.Hours.AROUND_THE_CLOCK else "business",
        needs_contact_around_the_clock=row.needs_contact_around_the_clock,
        other_within_business_days=other_within_business_days,
    )
