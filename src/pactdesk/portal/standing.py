"""Where a request stands, in the requester's words: its status, whose turn it is, what was promised and kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.queries.requests import RequestLine, RequestPage
from pactdesk.cases.rules.severity import Level
from pactdesk.cases.rules.status import CLOSED, RESOLVED, WAITING
from pactdesk.kernel.moments import day_in_words, instant_in_words
from pactdesk.pages.asked import answers_in_words, choices_in_words
from pactdesk.pages.call_backs import call_back_in_words
from pactdesk.pages.clocks import Clock, clock
from pactdesk.pages.happenings import CAUSES
from pactdesk.pages.on_behalf import on_behalf_in_words
from pactdesk.pages.severity import level_in_words
from pactdesk.pages.words import product_name, updates_of
from pactdesk.portal.forms.intake import USAGES
from pactdesk.portal.plans import language

# A status in words, the kind of its chip, and the chip's shape.
STATUSES: Final[dict[str, tuple[str | Promise, str, str]]] = {
    "new": (gettext_lazy("Waiting on us"), "", ""),
    "assigned": (gettext_lazy("Waiting on us"), "", ""),
    "in-progress": (gettext_lazy("In progress"), "accent", ""),
    "waiting": (gettext_lazy("Waiting for you"), "warn", "soon"),
    "resolved": (gettext_lazy("Solved"), "ok", "met"),
    "closed": (gettext_lazy("Closed"), "pause", ""),
}
ROLES: Final = {
    "primary": gettext_lazy("Primary contact"),
    "additional": gettext_lazy("Additional contact"),
}


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """The first promise: when it is due or was given, and whether it was kept. `chip` is "" while nobody can say."""

    title: str
    moment: str
    iso: str
    note: str = ""
    chip: str = ""
    chip_kind: str = ""
    chip_icon: str = ""


@dataclass(frozen=True, slots=True)
class NextDue:
    """What is owed next, and until when. `moment` is "" while the clock stands still; `note` says why."""

    title: str
    moment: str
    iso: str
    clock: Clock
    note: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """A request at a glance. `yours`: it is the reader's turn. `due` is None where nothing is owed at the moment,
    `first_answer` until it was given or missed."""

    status: str
    kind: str
    icon: str
    yours: bool
    next_steps: tuple[str, ...]
    due: NextDue | None
    why_url: str
    severity: str
    severity_url: str
    reachable: str
    first_answer: FirstAnswer | None
    updates: str


def standing_of(page: RequestPage, *, reader: Viewer, at: datetime) -> Standing:
    """Where the request stands at `at`, in the reader's language and zone."""
    status, kind, icon = STATUSES[page.line.status]
    return Standing(
        status=str(status),
        kind=kind,
        icon=icon,
        yours=page.line.status == WAITING,
        next_steps=_next_steps(page, reader, at),
        due=_due(page, reader, at),
        severity=level_in_words(
            Level(page.line.severity, "24x7" if page.line.hours == "24x7" else "business")
        ),
        severity_url=""
        if page.line.status in {RESOLVED, CLOSED}
        else reverse("portal:request-severity", args=[page.line.shown_number]),
        reachable=_("Reachable day and night: %(name)s, %(phone)s")
        % {"name": page.night_name, "phone": page.night_phone}
        if page.line.hours == "24x7" and page.night_name
        else "",
        why_url=reverse("portal:request-why", args=[page.line.shown_number]),
        first_answer=_first_answer(page, reader),
        updates="" if page.line.status in {WAITING, RESOLVED, CLOSED} else updates_of(page.update_every),
    )


def facts_of(page: RequestPage, reader: Viewer) -> list[tuple[str, str]]:
    """For whom the request was made, if that is somebody else, and what it is about, as (label, value) pairs."""
    plan = page.plan.shown(language(), in_the_cloud=page.in_the_cloud) if page.plan else _("Free of charge")
    return [
        *on_behalf_in_words(page.on_behalf, reader.zone.key, language()),
        (_("Product"), product_name(page.line.product, page.version, language())),
        *choices_in_words(page.channel, page.category, page.feature, page.problem, language()),
        *answers_in_words(page.answers, language()),
        *([(_("Use"), str(dict(USAGES).get(page.usage, "")))] if page.usage else []),
        (_("Plan"), plan),
        *([(_("We may call"), call_back_in_words(page.call_back, language()))] if page.call_back else []),
    ]


def _next_steps(page: RequestPage, reader: Viewer, at: datetime) -> tuple[str, ...]:
    zone, due = reader.zone.key, page.line.first_response_due_at
    values = {"owner": page.owner, "due": instant_in_words(due, zone, language())}
    late = page.line.first_response_at is None and at > due
    match page.line.status:
        case "waiting":
            return (_("It is your turn. We go on as soon as you have answered."),)
        case "resolved":
            return (
                _("We think that this is solved. If it is not, reply and we go on."),
                *_closes(page, zone),
            )
        case "closed":
            return _closed(page, zone)
        case _ if late and page.owner:
            return (_("%(owner)s has taken it up. The first answer is late.") % values,)
        case _ if late:
            return (_("An engineer has yet to take it up. The first answer is late."),)
        case "assigned" if page.line.first_response_at is None:
            return (_("%(owner)s has taken it up and answers by %(due)s.") % values,)
        case _ if page.line.first_response_at is None:
            return (_("An engineer takes it up and answers by %(due)s.") % values,)
        case _ if page.owner:
            return (_("%(owner)s is working on it.") % values,)
        case _:
            return (_("We are working on it."),)


def _closes(page: RequestPage, zone: str) -> tuple[str, ...]:
    days: int = settings.CLOSE_RESOLVED_AFTER_DAYS
    if not days or page.resolved_at is None:
        return ()
    day = day_in_words(page.resolved_at + timedelta(days=days), zone, language())
    return (_("Without an answer it closes by itself on %(day)s.") % {"day": day},)


def _closed(page: RequestPage, zone: str) -> tuple[str, ...]:
    assert page.closed_at is not None  # the database keeps both together
    closed = _("Closed on %(day)s.") % {"day": day_in_words(page.closed_at, zone, language())}
    counts = (str(CAUSES[page.outcome_cause]),) if page.unit and page.outcome_cause else ()
    if page.goes_on_as is not None:
        return (closed, *counts)
    return (closed, *counts, _("If it is not solved, you can reopen it."))


def clock_of(line: RequestLine, *, reader: Viewer, at: datetime) -> Clock:
    """The clock chip of a request for one of its contacts."""
    return clock(
        status=line.status,
        due_at=line.due_at,
        first_response_at=line.first_response_at,
        first_response_due_at=line.first_response_due_at,
        viewer=reader,
        at=at,
    )


def _due(page: RequestPage, reader: Viewer, at: datetime) -> NextDue | None:
    line = page.line
    stands = clock_of(line, reader=reader, at=at)
    if line.due_at is not None and line.status not in {RESOLVED, CLOSED}:
        zone = reader.zone.key
        late, first = line.due_at < at, line.first_response_at is None
        if first:
            title = _("First answer was due by") if late else _("First answer by")
        else:
            title = _("News was due by") if late else _("News by")
        moment = instant_in_words(line.due_at, zone, language())
        return NextDue(title, moment, line.due_at.isoformat(), stands)
    if line.status == WAITING and stands.icon == "paused":
        return NextDue(_("Next news"), "", "", stands, _("The clock stands still while it is your turn."))
    return None


def _first_answer(page: RequestPage, reader: Viewer) -> FirstAnswer | None:
    zone, due, given = reader.zone.key, page.line.first_response_due_at, page.line.first_response_at
    promised = instant_in_words(due, zone, language())
    if given is not None:
        kept = given <= due
        return FirstAnswer(
            title=_("First answer"),
            moment=instant_in_words(given, zone, language()),
            iso=given.isoformat(),
            note=_("Promised by %(moment)s") % {"moment": promised},
            chip=_("On time") if kept else _("Late"),
            chip_kind="ok" if kept else "warn",
            chip_icon="met" if kept else "late",
        )
    return None
