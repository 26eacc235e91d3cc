"""Verbs on calendars and policies: issuing versions. A version is never changed; the next one takes its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import holidays
from django.db import transaction

from pactdesk.kernel.worded import LANGUAGES, Worded
from pactdesk.servicelevels.models import Calendar, CalendarVersion, Policy, PolicyVersion, Severity, Target
from pactdesk.servicelevels.rules import CalendarData, Holiday, InvalidCalendar
from pactdesk.servicelevels.rules import Target as TargetTerms
from pactdesk.servicelevels.rules.reaching import Patience
from pactdesk.servicelevels.rules.steps import DEFAULT_STEPS, Step

# A version knows the public holidays of so many years around the one in which it is made. Applying the catalogue makes
# the next version as soon as fewer than YEARS_NEEDED are left.
YEARS_BEFORE: Final = 1
YEARS_AHEAD: Final = 5
YEARS_NEEDED: Final = 2


@dataclass(frozen=True, slots=True)
class Years:
    """The first and the last year of which a calendar version knows the holidays."""

    first: int
    last: int

    @classmethod
    def around(cls, at: datetime) -> Years:
        return cls(at.year - YEARS_BEFORE, at.year + YEARS_AHEAD)

    def still_reach(self, at: datetime) -> bool:
        return self.last >= at.year + YEARS_NEEDED


@dataclass(frozen=True, slots=True)
class CalendarTerms:
    """What a calendar version fixes. `weekly` as in `CalendarData.from_data`; `holiday_country` as CZ, GB-ENG or "".

    `added` maps a day ("2026-12-24", or "--12-24" for every year) to its worded name; `left_out` are public holidays on
    which work goes on.
    """

    time_zone: str
    weekly: Mapping[str, list[list[str]]]
    holiday_country: str = ""
    added: Mapping[str, Worded] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    def overrides(self) -> dict[str, Any]:
        """The JSON form of `added` and `left_out`."""
        return {
            "add": {day: dict(name) for day, name in self.added.items()},
            "leave_out": list(self.left_out),
        }


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """What a policy version fixes. `lowered_to` maps a severity to the one it falls to where nobody can be reached."""

    targets: tuple[TargetTerms, ...]
    lowered_to: Mapping[str, str] = field(default_factory=dict)
    around_the_clock_languages: tuple[str, ...] = ()
    other_work_business_days: int | None = None
    steps: tuple[Step, ...] = DEFAULT_STEPS
    patience: Patience = field(default_factory=Patience)


def known_holidays(terms: CalendarTerms, years: Years) -> list[Any]:
    """The holidays of `terms` in `years`, in the form that `CalendarData.from_data` reads, in order of their days.

    Names come in English and in those of our languages that the country's list is kept in.
    """
    found: dict[str, dict[str, str]] = {}
    country, _, subdivision = terms.holiday_country.partition("-")
    if country:
        span = range(years.first, years.last + 1)
        english = _named_days(country, subdivision, span, "en_US")
        local = {
            language: _named_days(country, subdivision, span, language)
            for language in LANGUAGES
            if language in holidays.country_holidays(country).supported_languages
        }
        for day, name in english.items():
            others = {language: days[day] for language, days in local.items() if day in days}
            found[day] = {"en": name, **others}
    for day in terms.left_out:
        found.pop(day, None)
    for day, worded in terms.added.items():
        found[day] = dict(worded)
    return [Holiday.from_data({"day": day, "name": name}).as_data() for day, name in sorted(found.items())]


def _named_days(country: str, subdivision: str, years: Iterable[int], language: str) -> dict[str, str]:
    days = holidays.country_holidays(country, subdiv=subdivision or None, years=years, language=language)
    return {day.isoformat(): name for day, name in days.items()}


def check_calendar_terms(terms: CalendarTerms) -> None:
    """Raise InvalidCalendar where no calendar can be made of `terms`."""
    if not holidays_are_known(terms.holiday_country):
        raise InvalidCalendar(f'no public holidays are known for "{terms.holiday_country}"')
    days = known_holidays(terms, Years(2000, 2000))
    CalendarData.from_data({"tz": terms.time_zone, "weekly": terms.weekly, "holidays": days})


def holidays_are_known(holiday_country: str) -> bool:
    """Whether public holidays can be looked up for it: "CZ", "GB-ENG", or "" for none."""
    country, _, subdivision = holiday_country.partition("-")
    known = holidays.list_supported_countries()
    return not holiday_country or (country in known and (not subdivision or subdivision in known[country]))


@transaction.atomic
def issue_calendar_version(
    calendar_id: int, terms: CalendarTerms, *, years: Years, at: datetime
) -> CalendarVersion:
    """Make the next version of a calendar, in force from now on. Requests keep the version they were submitted under.

    Raises InvalidCalendar where the terms are no calendar.
    """
    calendar = Calendar.objects.select_for_update().get(pk=calendar_id)
    check_calendar_terms(terms)
    latest = calendar.versions.order_by("-number").values_list("number", flat=True).first() or 0
    return CalendarVersion.objects.create(
        calendar=calendar,
        number=latest + 1,
        time_zone=terms.time_zone,
        weekly=dict(terms.weekly),
        holiday_country=terms.holiday_country,
        holiday_overrides=terms.overrides(),
        holidays=known_holidays(terms, years),
        holidays_from=years.first,
        holidays_to=years.last,
        created_at=at,
    )


@transaction.atomic
def issue_policy_version(policy_id: int, terms: PolicyTerms, *, at: datetime) -> PolicyVersion:
    """Make the next version of a policy, in force from `at` on. Requests keep the version they were submitted under."""
    policy = Policy.objects.select_for_update().get(pk=policy_id)
    latest = policy.versions.order_by("-number").values_list("number", flat=True).first() or 0
    version = PolicyVersion.objects.create(
        policy=policy,
        number=latest + 1,
        effective_from=at,
        around_the_clock_languages=list(terms.around_the_clock_languages),
        other_work_business_days=terms.other_work_business_days,
        steps=[step.as_data() for step in terms.steps],
        unreachable_attempts=terms.patience.attempts,
        unreachable_minutes_apart=terms.patience.minutes_apart,
        created_at=at,
    )
    severities = {severity.code: severity for severity in Severity.objects.all()}
    Target.objects.bulk_create(
        Target(
            version=version,
            severity=severities[target.severity],
            hours=target.hours,
            initial_response_minutes=target.initial_response_minutes,
            update_every_minutes=target.update_every.minutes if target.update_every else None,
            update_every_business_days=target.update_every.business_days if target.update_every else None,
            needs_contact_around_the_clock=target.needs_contact_around_the_clock,
            lowered_to=severities[terms.lowered_to[target.severity]]
            if target.severity in terms.lowered_to
            else None,
        )
        for target in terms.targets
    )
    return version
