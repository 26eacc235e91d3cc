"""The desk's words for what the rooms know by code, in the active language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.rules import outcomes
from pactdesk.cases.rules.due import Standing, standing
from pactdesk.kernel.moments import instant_in_brief, instant_in_words, place_of
from pactdesk.pages.context import OWN_NAMES

Words = str | Promise

# A status in words, and how its chip is drawn.
STATUSES: Final[Mapping[str, tuple[Words, str]]] = {
    "new": (gettext_lazy("New"), "accent"),
    "assigned": (gettext_lazy("Assigned"), ""),
    "in-progress": (gettext_lazy("In progress"), ""),
    "waiting": (gettext_lazy("Waiting for the requester"), "pause"),
    "resolved": (gettext_lazy("Resolved"), "ok"),
    "closed": (gettext_lazy("Closed"), ""),
}
OUTCOMES: Final[Mapping[str, Words]] = {
    outcomes.DECREMENT: gettext_lazy("Counts"),
    outcomes.NON_DECREMENT: gettext_lazy("Does not count"),
}
CAUSES: Final[Mapping[str, Words]] = {
    outcomes.PRODUCT_FAULT: gettext_lazy("A fault of the product"),
    outcomes.DOCUMENTATION: gettext_lazy("The documentation was wrong or missing"),
    outcomes.DUPLICATE: gettext_lazy("A duplicate of another request"),
    outcomes.OUR_ERROR: gettext_lazy("An error of ours"),
    outcomes.OUT_OF_SCOPE: gettext_lazy("Out of scope when it came in"),
    outcomes.NOT_WORKED_ON: gettext_lazy("Nobody worked on it"),
    outcomes.GOODWILL: gettext_lazy("Goodwill"),
}
ROLES: Final[Mapping[str, Words]] = {
    "primary": gettext_lazy("Primary contact"),
    "additional": gettext_lazy("Additional contact"),
}

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
# Of so many hours nobody counts the minutes (desk.js does the same).
_NO_MINUTES_FROM: Final = 10


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
            instant_in_words(running, viewer.time_zone, language()),
        )
    if stands is Standing.PAUSED:
        return Clock(_("paused"), kind, icon)
    if stands is Standing.OVER or first_response_at is None:
        return Clock("", kind, icon)
    exactly = instant_in_words(first_response_at, viewer.time_zone, language())
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
    """A length of time, short: "9 min", "1 h 12 min", "17 h", "2 d"."""
    minutes = int(length.total_seconds() // 60)
    hours, days = minutes // 60, minutes // 1440
    if days:
        return _("%(days)s d") % {"days": days}
    if hours >= _NO_MINUTES_FROM:
        return _("%(hours)s h") % {"hours": hours}
    if hours:
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes % 60}
    return _("%(minutes)s min") % {"minutes": minutes}


def clock_patterns() -> dict[str, str]:
    """The same words for the script, with {d}, {h} and {m} for the numbers and {} for the length."""
    return {
        "late": _("late by %(duration)s") % {"duration": "{}"},
        "due": _("in %(duration)s") % {"duration": "{}"},
        "days": _("%(days)s d") % {"days": "{d}"},
        "whole": _("%(hours)s h") % {"hours": "{h}"},
        "hours": _("%(hours)s h %(minutes)s min") % {"hours": "{h}", "minutes": "{m}"},
        "minutes": _("%(minutes)s min") % {"minutes": "{m}"},
    }


def brief(at: datetime, viewer: Viewer, now: datetime) -> str:
    """`at` as short as it can be told at `now`; the zone stands elsewhere on the page."""
    return instant_in_brief(at, viewer.time_zone, language(), now.astimezone(viewer.zone).date())


def iso(at: datetime) -> str:
    """`at` for a program, to the second: pages hold very many of them."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def language_name(code: str) -> str:
    """What a language calls itself; the code itself where it is none of ours."""
    return dict(OWN_NAMES).get(code, code)


def zone_name(viewer: Viewer) -> str:
    """The place whose times the viewer reads."""
    return place_of(viewer.time_zone, language())


def language() -> str:
    """The active language."""
    return get_language() or "en"
