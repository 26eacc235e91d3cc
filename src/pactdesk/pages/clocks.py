"""The clock chip: how a request stands against what is owed, in words with a shape (`components/clock.html`).

The script (`pages/clock.js`) counts on in the words of `patterns`, by the time of the server.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.rules.due import Standing, standing
from pactdesk.kernel.moments import instant_in_brief, instant_in_words

_KINDS: Final = {
    Standing.LATE: ("bad", "late"),
    Standing.SOON: ("warn", "soon"),
    Standing.DUE: ("", "due"),
    Standing.PAUSED: ("pause", "paused"),
    Standing.MET: ("ok", "met"),
    Standing.MISSED: ("", "late"),
    Standing.OVER: ("", ""),
}
# Until then it is told how long it will be, afterwards when it is.
_A_DAY: Final = timedelta(hours=24)
# Of so many hours nobody counts the minutes (clock.js does the same).
_MANY_HOURS: Final = 10


@dataclass(frozen=True, slots=True)
class Clock:
    """How a request stands against what is owed: words with a shape. `iso` is the instant that the script counts to,
    "" where nothing runs; `exactly` is that instant in full."""

    words: str
    kind: str
    icon: str
    iso: str = ""
    exactly: str = ""


def clock(
    *,
    status: str,
    due_at: datetime | None,
    first_response_at: datetime | None,
    first_response_due_at: datetime,
    viewer: Viewer,
    at: datetime,
) -> Clock:
    """The clock chip of a request at `at`, in the viewer's zone."""
    stands = standing(
        status=status,
        due_at=due_at,
        first_response_at=first_response_at,
        first_response_due_at=first_response_due_at,
        at=at,
    )
    kind, icon = _KINDS[stands]
    running = due_at if stands in {Standing.LATE, Standing.SOON, Standing.DUE} else None
    if running is not None:
        return Clock(
            counted(running, viewer, at),
            kind,
            icon,
            iso(running),
            instant_in_words(running, viewer.time_zone, _language()),
        )
    if stands is Standing.PAUSED:
        return Clock(_("paused"), kind, icon)
    if stands is Standing.OVER or first_response_at is None:
        return Clock("", kind, icon)
    exactly = instant_in_words(first_response_at, viewer.time_zone, _language())
    if stands is Standing.MISSED:
        return Clock(_("answered late"), kind, icon, "", exactly)
    when = brief(first_response_at, viewer, at)
    return Clock(_("met %(when)s") % {"when": when}, kind, icon, "", exactly)


def counted(due_at: datetime, viewer: Viewer, at: datetime) -> str:
    """How long it is until, or since, something is due: "in 1 h 12 min", "Tue 10:00", "late by 4 min"."""
    if due_at <= at:
        return _("late by %(duration)s") % {"duration": duration(at - due_at)}
    if due_at - at < _A_DAY:
        return _("in %(duration)s") % {"duration": duration(due_at - at)}
    return brief(due_at, viewer, at)


def duration(length: timedelta) -> str:
    """A length of time, short: "9 min", "1 h 12 min", "11 h", "2 d"."""
    minutes = int(length.total_seconds() // 60)
    hours, days = minutes // 60, minutes // 1440
    if days:
        return _("%(days)s d") % {"days": days}
    if hours >= _MANY_HOURS:
        return _("%(hours)s h") % {"hours": hours}
    if hours:
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes % 60}
    return _("%(minutes)s min") % {"minutes": minutes}


def worked(seconds: int) -> str:
    """Working time that was counted, to the minute: "45 min", "4 h", "30 h 15 min"."""
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if not hours:
        return _("%(minutes)s min") % {"minutes": minutes}
    if not minutes:
        return _("%(hours)s h") % {"hours": hours}
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}


def patterns() -> dict[str, str]:
    """The same words for the script, with {d}, {h} and {m} for the numbers and {} for the length."""
    return {
        "late": _("late by %(duration)s") % {"duration": "{}"},
        "due": _("in %(duration)s") % {"duration": "{}"},
        "days": _("%(days)s d") % {"days": "{d}"},
        "hours": _("%(hours)s h %(minutes)s min") % {"hours": "{h}", "minutes": "{m}"},
        "whole": _("%(hours)s h") % {"hours": "{h}"},
        "minutes": _("%(minutes)s min") % {"minutes": "{m}"},
    }


def brief(at: datetime, viewer: Viewer, now: datetime) -> str:
    """`at` as short as it can be told at `now`; the zone stands elsewhere on the page."""
    return instant_in_brief(at, viewer.time_zone, _language(), now.astimezone(viewer.zone).date())


def iso(at: datetime) -> str:
    """`at` for a program, to the second: pages hold very many of them."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _language() -> str:
    return get_language() or "en"
