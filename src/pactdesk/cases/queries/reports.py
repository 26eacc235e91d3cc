"""What a team's promises and queue look like in numbers, now and over the past weeks. Each answer is one statement,
the causes of missed promises are two more for each team."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.access import programme_of
from pactdesk.cases.queries import assignment
from pactdesk.cases.rules.queues import ACTIVE
from pactdesk.cases.rules.reports import (
    LEFT_AT_RISK,
    LEFT_AT_RISK_UNOWNED,
    Cause,
    Kept,
    Week,
    cause_of,
    flow,
    mondays,
)
from pactdesk.cases.rules.status import RESOLVED, WAITING
from pactdesk.kernel.database import execute
from pactdesk.routing import queries as routing
from pactdesk.routing.rules import Engineer
from pactdesk.servicelevels.rules.timers import Metric

HOURS_AHEAD: Final = 24
# Of more missed promises the newest tell enough.
MOST_MISSED: Final = 1000
MOST_LOWERED: Final = 20
MOST_OF_A_CONTACT: Final = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """Which teams and which weeks a report is about. `teams` are ids; weeks begin on Mondays in `zone`; the current
    one counts as it stands at `at`."""

    teams: tuple[int, ...]
    weeks: int
    zone: str
    at: datetime

    @property
    def mondays(self) -> tuple[date, ...]:
        return mondays(self.at.astimezone(ZoneInfo(self.zone)).date(), self.weeks)

    @property
    def since(self) -> datetime:
        """When the first of the weeks began, UTC."""
        first = self.mondays[0]
        return datetime(first.year, first.month, first.day, tzinfo=ZoneInfo(self.zone))


def asked_by(viewer: Viewer, *, team: int | None, weeks: int, at: datetime) -> Asked:
    """For all teams of the viewer or one of them; another's is none."""
    teams = viewer.teams if team is None else viewer.teams & {team}
    return Asked(tuple(sorted(teams)), weeks, viewer.time_zone or "UTC", at)


@dataclass(frozen=True, slots=True)
class DueHour:
    """How many requests are due in one of the next hours (0 is the one that runs), by severity, and how many of these
    are at risk."""

    hour: int
    severity: str
    count: int
    at_risk: int


@dataclass(frozen=True, slots=True)
class DueSoon:
    """What is due within a day, hour by hour; `late` is what is late already."""

    hours: tuple[DueHour, ...]
    late: int


_DUE_SOON: Final = """
SELECT
  CASE WHEN c.due_at <= %(at)s THEN -1 ELSE floor(extract(epoch FROM c.due_at - %(at)s) / 3600)::int END AS hour,
  c.severity, count(*),
  count(*) FILTER (WHERE extract(epoch FROM c.due_at - %(at)s) <
    extract(epoch FROM c.due_at - t.counted_from)
      * CASE WHEN c.owner_id IS NULL THEN %(unowned)s::float ELSE %(owned)s::float END)
FROM cases_case c
LEFT JOIN cases_timer t ON t.case_id = c.id AND t.state IN ('running', 'breached-open', 'paused')
WHERE c.team_id = ANY(%(teams)s) AND NOT c.is_test AND c.status IN ('new', 'assigned', 'in-progress', 'waiting')
  AND c.due_at < %(until)s
GROUP BY 1, 2 ORDER BY 1, 2
"""


def due_soon(asked: Asked) -> DueSoon:
    """What is due within the next day, hour by hour and by severity; at risk is what has little of its time left."""
    found = execute(
        _DUE_SOON,
        {
            "teams": list(asked.teams),
            "at": asked.at,
            "until": asked.at + timedelta(hours=HOURS_AHEAD),
            "owned": LEFT_AT_RISK,
            "unowned": LEFT_AT_RISK_UNOWNED,
        },
    ).fetchall()
    return DueSoon(
        tuple(DueHour(*row) for row in found if row[0] >= 0),
        sum(count for hour, _severity, count, _risk in found if hour < 0),
    )


# Both parts are read from an index that begins with the instant.
_DECIDED: Final = """
SELECT t.case_id, t.severity, t.elapsed_seconds, t.met_at AS at, t.state = 'met' AS kept
FROM cases_timer t WHERE t.metric = %(metric)s AND t.met_at >= %(since)s AND t.met_at <= %(at)s
UNION ALL
SELECT t.case_id, t.severity, NULL, t.breached_at, false
FROM cases_timer t
WHERE t.metric = %(metric)s AND t.breached_at >= %(since)s AND t.breached_at <= %(at)s
  AND (t.met_at IS NULL OR t.met_at > %(at)s)
"""
_OF_THE_TEAMS: Final = (
    "JOIN cases_case c ON c.id = d.case_id AND c.team_id = ANY(%(teams)s) AND NOT c.is_test"
)


def first_replies(asked: Asked) -> dict[str, Kept]:
    """First answers on time, by severity: of those that were given, or missed, in these weeks."""
    return _kept("d.severity", "", Metric.INITIAL_RESPONSE, asked)


def updates_kept(asked: Asked) -> dict[str, Kept]:
    """Further updates on time, by the code of the programme that pays; "" where none does."""
    by_programme = _kept(
        "coalesce(a.programme_id, 0)",
        "LEFT JOIN agreements_agreement a ON a.id = c.agreement_id",
        Metric.UPDATE,
        asked,
    )
    return {programme_of(int(pk)).code if int(pk) else "": kept for pk, kept in by_programme.items()}


def _kept(by: str, join: str, metric: Metric, asked: Asked) -> dict[str, Kept]:
    found = execute(
        f"SELECT {by}, count(*) FILTER (WHERE d.kept), count(*) FROM ({_DECIDED}) d {_OF_THE_TEAMS} {join}"  # noqa: S608 - our own constants
        " GROUP BY 1 ORDER BY 1",
        _period(asked, metric),
    )
    return {str(key): Kept(kept, decided) for key, kept, decided in found.fetchall()}


@dataclass(frozen=True, slots=True)
class AnswerTimes:
    """How long first answers of a week took in counted time, in seconds: half of them, and nine of ten, at most so
    long."""

    monday: date
    answers: int
    half: float
    most: float


def answer_times(asked: Asked) -> tuple[AnswerTimes, ...]:
    """Week by week, as long as anything was answered in it."""
    found = execute(
        "SELECT date_trunc('week', d.at AT TIME ZONE %(zone)s)::date, count(*),"  # noqa: S608 - our own constants
        " percentile_cont(0.5) WITHIN GROUP (ORDER BY d.elapsed_seconds),"
        " percentile_cont(0.9) WITHIN GROUP (ORDER BY d.elapsed_seconds)"
        f" FROM ({_DECIDED}) d {_OF_THE_TEAMS} WHERE d.elapsed_seconds IS NOT NULL GROUP BY 1 ORDER BY 1",
        _period(asked, Metric.INITIAL_RESPONSE),
    )
    return tuple(AnswerTimes(*row) for row in found.fetchall())


# What was opened or closed since has changed since, and by that there is an index.
_FLOW: Final = """
SELECT what, date_trunc('week', at AT TIME ZONE %(zone)s)::date, count(*) FROM (
  SELECT 'opened' AS what, opened_at AS at FROM cases_case
  WHERE team_id = ANY(%(teams)s) AND NOT is_test AND changed_at >= %(since)s AND opened_at BETWEEN %(since)s AND %(at)s
  UNION ALL
  SELECT 'closed', closed_at FROM cases_case
  WHERE team_id = ANY(%(teams)s) AND NOT is_test AND status = 'closed' AND changed_at >= %(since)s
    AND closed_at BETWEEN %(since)s AND %(at)s
) each_one GROUP BY 1, 2
UNION ALL
SELECT 'open', NULL, count(*) FROM cases_case
WHERE team_id = ANY(%(teams)s) AND NOT is_test
  AND status IN ('new', 'assigned', 'in-progress', 'waiting', 'resolved')
"""


def opened_and_closed(asked: Asked) -> tuple[Week, ...]:
    """What came in and was closed, week by week, and how many stood open at each week's end."""
    opened: dict[date, int] = {}
    closed: dict[date, int] = {}
    open_now = 0
    for what, monday, count in execute(_FLOW, _period(asked)).fetchall():
        if what == "open":
            open_now = count
        else:
            (opened if what == "opened" else closed)[monday] = count
    return flow(asked.mondays, opened, closed, open_now=open_now)


def waiting_on(asked: Asked) -> dict[str, int]:
    """On whom open requests wait now: "us", "requester", or on the requester's word that they are solved ("solved")."""
    found = execute(
        "SELECT status, count(*) FROM cases_case WHERE team_id = ANY(%(teams)s) AND NOT is_test"
        " AND status IN ('new', 'assigned', 'in-progress', 'waiting', 'resolved') GROUP BY 1",
        {"teams": list(asked.teams)},
    )
    whose = dict.fromkeys(ACTIVE, "us") | {WAITING: "requester", RESOLVED: "solved"}
    counted: Counter[str] = Counter({"us": 0, "requester": 0, "solved": 0})
    for status, count in found.fetchall():
        counted[whose[status]] += count
    return dict(counted)


_MISSED: Final = """
SELECT t.breached_at, owned.owner, transferred.id IS NOT NULL
FROM cases_timer t JOIN cases_case c ON c.id = t.case_id AND c.team_id = ANY(%(teams)s) AND NOT c.is_test
LEFT JOIN LATERAL (
  SELECT CASE WHEN f.code = 'case.assigned' THEN (f.payload ->> 'owner')::bigint END AS owner FROM journal_fact f
  WHERE f.subject_type = 'case' AND f.subject_id = c.id AND f.at <= t.breached_at
    AND f.code IN ('case.assigned', 'case.released', 'case.transferred')
  ORDER BY f.id DESC LIMIT 1
) owned ON true
LEFT JOIN LATERAL (
  SELECT f.id FROM journal_fact f
  WHERE f.subject_type = 'case' AND f.subject_id = c.id AND f.code = 'case.transferred'
    AND f.at > t.started_at AND f.at <= t.breached_at
  LIMIT 1
) transferred ON true
WHERE t.breached_at >= %(since)s AND t.breached_at <= %(at)s
ORDER BY t.breached_at DESC LIMIT %(most)s
"""


def missed_because(asked: Asked) -> dict[Cause, int]:
    """Promises that were missed in these weeks, by what stood in the way then. Of more than a thousand the newest."""
    missed = execute(_MISSED, {**_period(asked), "most": MOST_MISSED}).fetchall()
    engineers = _engineers(asked)
    causes: Counter[Cause] = Counter()
    for breached_at, owner, transferred in missed:
        engineer = engineers.get(owner)
        on_shift = engineer is None or engineer.on_shift(breached_at)
        causes[cause_of(owned=owner is not None, transferred=transferred, on_shift=on_shift)] += 1
    return {cause: causes[cause] for cause in Cause}


@dataclass(frozen=True, slots=True)
class Lowered:
    """A request whose severity was lowered because nobody could be reached (SEV-4); `restored_at` is None where it
    was left at that."""

    number: int
    summary: str
    at: datetime
    restored_at: datetime | None


@dataclass(frozen=True, slots=True)
class LoweredReport:
    """How often that happened and was undone in these weeks, and the newest of them."""

    lowered: int
    restored: int
    newest: tuple[Lowered, ...]


_LOWERED: Final = """
SELECT c.id, c.summary, e.at, restored.at, count(*) OVER (), count(restored.at) OVER ()
FROM cases_case c
JOIN cases_clockevent e ON e.case_id = c.id AND e.kind = 'lowered-unreachable' AND e.at BETWEEN %(since)s AND %(at)s
LEFT JOIN LATERAL (
  SELECT r.at FROM cases_clockevent r
  WHERE r.case_id = c.id AND r.kind = 'restored' AND r.id > e.id AND r.at <= %(at)s ORDER BY r.id LIMIT 1
) restored ON true
WHERE c.team_id = ANY(%(teams)s) AND NOT c.is_test AND c.changed_at >= %(since)s
ORDER BY e.at DESC LIMIT %(most)s
"""


def lowered_as_unreachable(asked: Asked) -> LoweredReport:
    """Severities that were lowered because nobody could be reached, and those that were restored."""
    rows = execute(_LOWERED, {**_period(asked), "most": MOST_LOWERED}).fetchall()
    lowered, restored = (rows[0][4], rows[0][5]) if rows else (0, 0)
    return LoweredReport(lowered, restored, tuple(Lowered(*row[:4]) for row in rows))


@dataclass(frozen=True, slots=True)
class Load:
    """What an engineer of these teams has in hand, as the rule that assigns counts it, in whatever team; those of them
    due today, and for how many more there is room (never below 0)."""

    account_id: int
    name: str
    in_hand: int
    due_today: int
    room: int


def load(asked: Asked) -> tuple[Load, ...]:
    """Who has how much in hand, most first. Who has nothing stands there, too."""
    today = asked.at.astimezone(ZoneInfo(asked.zone)).date() + timedelta(days=1)
    midnight = datetime(today.year, today.month, today.day, tzinfo=ZoneInfo(asked.zone))
    engineers = _engineers(asked)
    in_hand = assignment.in_hand(engineers)
    found = execute(
        "SELECT owner_id, count(*) FROM cases_case WHERE owner_id = ANY(%(owners)s) AND NOT is_test"
        " AND status IN ('new', 'assigned', 'in-progress') AND due_at < %(midnight)s GROUP BY 1",
        {"owners": list(engineers), "midnight": midnight},
    )
    due_today: dict[int, int] = dict(found.fetchall())
    rows = []
    for engineer in engineers.values():
        account_id, held = engineer.account_id, in_hand.get(engineer.account_id, 0)
        room = max(engineer.capacity - held, 0)
        rows.append(Load(account_id, engineer.name, held, due_today.get(account_id, 0), room))
    return tuple(sorted(rows, key=lambda row: (-row.in_hand, row.name)))


_OF_A_CONTACT: Final = """
SELECT t.metric, count(*) FILTER (WHERE t.state = 'met'), count(*)
FROM (
  (SELECT case_id FROM cases_contact WHERE account_id = %(account)s AND is_open AND changed_at >= %(since)s
   ORDER BY changed_at DESC, case_id DESC LIMIT %(most)s)
  UNION ALL
  (SELECT case_id FROM cases_contact WHERE account_id = %(account)s AND NOT is_open AND changed_at >= %(since)s
   ORDER BY changed_at DESC, case_id DESC LIMIT %(most)s)
) mine
JOIN cases_case c ON c.id = mine.case_id AND NOT c.is_test
JOIN cases_timer t ON t.case_id = c.id
WHERE t.met_at BETWEEN %(since)s AND %(at)s
  OR (t.met_at IS NULL OR t.met_at > %(at)s) AND t.breached_at BETWEEN %(since)s AND %(at)s
GROUP BY 1
"""


def kept_for(viewer: Viewer, *, since: datetime, at: datetime) -> dict[str, Kept]:
    """Promises kept in the requests that the viewer may see, by metric ("initial-response", "update").

    Of somebody who sees very many, the newest five hundred open and as many closed ones count.
    """
    found = execute(
        _OF_A_CONTACT, {"account": viewer.account_id, "since": since, "at": at, "most": MOST_OF_A_CONTACT}
    )
    counted = {metric: Kept(kept, decided) for metric, kept, decided in found.fetchall()}
    return {metric.value: counted.get(metric.value, Kept(0, 0)) for metric in Metric}


def _engineers(asked: Asked) -> dict[int, Engineer]:
    """Who answers for these teams, by account. Two queries for each team."""
    return {engineer.account_id: engineer for team in asked.teams for engineer in routing.engineers_of(team)}


def _period(asked: Asked, metric: Metric | None = None) -> dict[str, object]:
    told: dict[str, object] = {
        "teams": list(asked.teams),
        "since": asked.since,
        "at": asked.at,
        "zone": asked.zone,
    }
    return told if metric is None else {**told, "metric": metric.value}
