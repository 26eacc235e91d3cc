"""A request in the words of the desk: what stands beside it on every page about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.amounts import units_left
from pactdesk.agreements.queries import Balance
from pactdesk.agreements.rules import ADVISORY_HOUR
from pactdesk.cases.queries.desk import DeskContact, DeskLine, DeskPage
from pactdesk.cases.rules.outcomes import NON_DECREMENT
from pactdesk.catalog import queries as catalog
from pactdesk.desk.words import ROLES, STATUSES, Words, language, language_name
from pactdesk.kernel.moments import clock_time, day_in_words, instant_in_words, place_of
from pactdesk.kernel.worded import text_in
from pactdesk.pages.asked import answers_in_words, choices_in_words
from pactdesk.pages.call_backs import call_back_in_words
from pactdesk.pages.clocks import Clock, clock
from pactdesk.pages.words import product_name, updates_of


@dataclass(frozen=True, slots=True)
class Head:
    """What names a request on every page about it. `seen` is the revision that the page shows."""

    number: str
    url: str
    summary: str
    status: Words
    status_kind: str
    severity: str
    owner: str
    is_mine: bool
    customer: str
    clock: Clock
    seen: int


@dataclass(frozen=True, slots=True)
class Person:
    """A contact beside a request. `there` is what time it is where they are; `remove_url` is "" for the primary one."""

    name: str
    role: Words
    email: str
    phone: str
    there: str
    language: str
    is_invited: bool
    remove_url: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What pays for a request, how much is left of it, and what closing would do to that."""

    label: str
    units: str
    left: int
    total: int
    until: str
    takes_advice: bool


def head_of(line: DeskLine, *, viewer: Viewer, at: datetime) -> Head:
    """The head of a request's pages, for the viewer at `at`."""
    status, kind = STATUSES[line.status]
    return Head(
        number=line.shown_number,
        url=reverse("desk:request", args=[line.shown_number]),
        summary=line.summary,
        status=status,
        status_kind=kind,
        severity=line.severity,
        owner=line.owner_name,
        is_mine=line.owner_id == viewer.account_id,
        customer=line.customer,
        clock=clock(
            status=line.status,
            due_at=line.due_at,
            first_response_at=line.first_response_at,
            first_response_due_at=line.first_response_due_at,
            viewer=viewer,
            at=at,
        ),
        seen=line.revision,
    )


def people_of(contacts: Iterable[DeskContact], number: str, *, at: datetime) -> tuple[Person, ...]:
    """The contacts of a request, each with the time at their place."""
    return tuple(
        Person(
            name=contact.name,
            role=ROLES[contact.role],
            email=contact.email,
            phone=contact.phone,
            there=time_there(contact.time_zone, at=at) if contact.time_zone else "",
            language=language_name(contact.language),
            is_invited=not contact.has_account,
            remove_url=reverse("desk:contact", args=[number, contact.id])
            if contact.role != "primary"
            else "",
        )
        for contact in contacts
    )


def time_there(zone: str, *, at: datetime) -> str:
    """What time it is where somebody is: "14:02 there (Warsaw)"."""
    return _("%(time)s there (%(place)s)") % {
        "time": clock_time(at, zone, language()),
        "place": place_of(zone, language()),
    }


def plan_of(balance: Balance) -> Plan:
    """The plan that pays, in words; its days are those of the zone in which it counts them."""
    return Plan(
        label=balance.named.shown(language()),
        units=units_left(
            balance.unit,
            balance.units_left,
            balance.units_granted,
            counted=balance.counted,
            overdraft=balance.overdraft,
        ),
        left=max(balance.units_left, 0),
        total=max(balance.units_granted, balance.units_left),
        until=_("until %(day)s") % {"day": day_in_words(balance.last_day, balance.time_zone, language())},
        takes_advice=balance.unit == ADVISORY_HOUR and balance.counted,
    )


def facts_of(line: DeskLine, viewer: Viewer) -> list[tuple[str, str]]:
    """What was asked, as (label, value), for the viewer; when to call comes first."""
    call = line.call_back
    wish = call_back_in_words(call, language(), reader_zone=viewer.time_zone) if call else ""
    severity = catalog.current().severities.get(line.severity)
    named = f"{line.severity} · {text_in(severity.name, language())}" if severity else line.severity
    return [
        *([(_("Call back"), wish)] if wish else []),
        (_("Severity"), named),
        (_("Hours"), _("Day and night") if line.hours == "24x7" else _("Business hours")),
        (_("Product"), product_name(line.product, line.version, language())),
        *choices_in_words(line.channel, line.category, line.feature, line.problem, language()),
        *answers_in_words(line.answers, language()),
        (_("Customer"), line.customer),
        (_("Language"), language_name(line.language)),
        (_("Place"), f"{line.country} · {place_of(line.time_zone, language())}"),
    ]


def promise_of(line: DeskLine, *, viewer: Viewer) -> list[tuple[str, str]]:
    """What was promised and what became of it, as (label, value)."""
    zone = viewer.time_zone
    rows = [(_("First answer by"), instant_in_words(line.first_response_due_at, zone, language()))]
    if line.first_response_at is not None:
        label = _("Answered")
        if line.first_response_at > line.first_response_due_at:
            label = _("Answered late")
        rows.append((label, instant_in_words(line.first_response_at, zone, language())))
    if news := updates_of(line.update_every):
        rows.append((_("After that"), news))
    return rows


def what_closing_does(line: DeskLine, balance: Balance | None) -> tuple[str, str]:
    """What happens to the plan if the request counts and if it does not, each as a sentence (AGR-6)."""
    if balance is None or not line.charged_units:
        nothing = _("Nothing was deducted for this request, so nothing changes.")
        return nothing, nothing
    as_now = units_left(balance.unit, balance.units_left, balance.units_granted)
    with_it = units_left(balance.unit, balance.units_left + line.charged_units, balance.units_granted)
    if balance.unit == ADVISORY_HOUR:
        return (
            _("The time that was written stays deducted; what was set aside beyond it is given back."),
            _("What was deducted is given back at once: %(left)s.") % {"left": with_it},
        )
    return (
        _("What was deducted stays deducted: %(left)s.") % {"left": as_now},
        _("What was deducted is given back at once: %(left)s.") % {"left": with_it},
    )


def what_reopening_does(page: DeskPage) -> str:
    """What happens to the plan if the request is reopened, as a sentence."""
    line, balance = page.line, page.plan
    if not page.taken_by_reopening or balance is None:
        if line.status == "closed" and line.outcome != NON_DECREMENT:
            return _("It counted when it was closed, so nothing is deducted again.")
        return _("Nothing is deducted.")
    if balance.unit == ADVISORY_HOUR:
        return _("What was given back when it was closed is deducted again.")
    left = max(balance.units_left - page.taken_by_reopening, 0)
    return _("What was given back when it was closed is deducted again: %(left)s.") % {
        "left": units_left(balance.unit, left, balance.units_granted)
    }
