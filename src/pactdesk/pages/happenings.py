"""What happened to a request, in whole sentences, for its contacts: one line for each fact, and what it means for the
plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from pactdesk.agreements.amounts import in_time
from pactdesk.agreements.rules import ADVISORY_HOUR
from pactdesk.cases.queries.timeline import TimelineEntry
from pactdesk.cases.rules.numbers import shown_number
from pactdesk.pages.plain_text import linked

Sentence = str | Promise


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a timeline. `details` are further sentences, `quote` is what somebody wrote as the reason.

    `stands_alone`: it changes whose turn it is or how the request ends, so it is not folded away with others.
    """

    text: SafeString
    details: tuple[str, ...] = ()
    quote: SafeString | str = ""
    stands_alone: bool = False


# By whom something was done: by the reader, or by somebody with a name.
_BY_YOU_AND_OTHERS: Final[Mapping[str, tuple[Sentence, Sentence]]] = {
    "case.opened": (_("Request sent by you"), _("Request sent by %(who)s")),
    "case.contact-added": (
        _("%(name)s added to the contacts by you"),
        _("%(name)s added to the contacts by %(who)s"),
    ),
    "case.contact-removed": (
        _("%(name)s taken off the contacts by you"),
        _("%(name)s taken off the contacts by %(who)s"),
    ),
    "case.invitation-accepted": (
        _("Invitation to %(name)s accepted by you"),
        _("Invitation to %(name)s accepted by %(who)s"),
    ),
    "case.closed": (_("Closed by you"), _("Closed by %(who)s")),
    "case.reopened": (_("Reopened by you"), _("Reopened by %(who)s")),
    "case.file-added": (_("File %(name)s added by you"), _("File %(name)s added by %(who)s")),
    "case.file-removed": (_("File %(name)s removed by you"), _("File %(name)s removed by %(who)s")),
    "case.severity-changed": (
        _("Severity changed from %(before)s to %(after)s by you"),
        _("Severity changed from %(before)s to %(after)s by %(who)s"),
    ),
    "case.severity-restored": (
        _("Severity %(after)s restored by you"),
        _("Severity %(after)s restored by %(who)s"),
    ),
    "hours": (
        _("Hours of severity %(after)s changed by you"),
        _("Hours of severity %(after)s changed by %(who)s"),
    ),
    "case.time-written": (
        _("%(time)s of advice written down by you"),
        _("%(time)s of advice written down by %(who)s"),
    ),
    "case.time-corrected": (
        _("%(before)s of advice corrected to %(time)s by you"),
        _("%(before)s of advice corrected to %(time)s by %(who)s"),
    ),
    "case.time-removed": (
        _("%(time)s of advice taken off again by you"),
        _("%(time)s of advice taken off again by %(who)s"),
    ),
    "answered": (
        _("Your answer has come: it is our turn"),
        _("The answer of %(who)s has come: it is our turn"),
    ),
}
# A request that went wrong, by whom that reached: because a contact asked, or because its time ran out.
_ESCALATED: Final[Mapping[str, tuple[Sentence, Sentence]]] = {
    "engineers": (
        _("You asked for help with this request: the engineers know"),
        _("%(who)s asked for help with this request: the engineers know"),
    ),
    "manager": (
        _("You asked for a manager: the engineers' manager knows"),
        _("%(who)s asked for a manager: the engineers' manager knows"),
    ),
}
_ESCALATED_BY_TIME: Final[Mapping[str, Sentence]] = {
    "engineers": _("Brought to the attention of the engineers, so that it goes on in time"),
    "lead": _("Brought to the attention of the team’s lead, so that somebody takes it at once"),
    "head": _("Brought to the attention of the head of support, so that it goes on in time"),
    "manager": _("Brought to the attention of the engineers' manager, so that it goes on in time"),
}
_HOURS: Final[Mapping[str, Sentence]] = {
    "24x7": _("It is worked on day and night."),
    "business": _("It is worked on in business hours."),
}
CHANNELS: Final[Mapping[str, Sentence]] = {"phone": _("phone"), "e-mail": _("e-mail"), "chat": _("chat")}
# Somebody ought to be reachable day and night, and we tried.
_TRIED: Final[Mapping[str, Sentence]] = {
    "reached": _("%(who)s has spoken with %(name)s (%(channel)s)"),
    "no-answer": _("%(who)s tried to reach %(name)s (%(channel)s): nobody answered"),
    "left-message": _("%(who)s tried to reach %(name)s (%(channel)s) and left a message"),
    "wrong-number": _("%(who)s tried to reach %(name)s (%(channel)s): nobody can be reached there"),
}
_SOMEBODY: Final = _("a contact")
_LOWERED: Final = _("Lowered from severity %(before)s to %(after)s, because %(name)s could not be reached")
_SET_BACK: Final = _("The clock of the first answer was set back")
_CALENDAR_CHANGED: Final = _(
    "The business hours were edited: version %(after)s counts now, before it was %(before)s"
)
_TAKEN_UP: Final = _("%(name)s takes care that it goes on")
_LEFT: Final = _("%(name)s no longer follows this request")
_CLOSED_BY_TIME: Final = _("Closed by itself, since nobody objected after it was solved")
_ASSIGNED: Final = _("Assigned to %(owner)s")
_MERGED: Final = _("This request goes on as %(request)s")
_IN_PROGRESS: Final = _("%(who)s is working on it")
_STATUS: Final[Mapping[str, Sentence]] = {
    "new": _("Waiting for an engineer"),
    "assigned": _("Assigned"),
    "waiting": _("Waiting for your answer"),
    "in-progress": _("In progress"),
    "resolved": _("Solved, as we see it"),
}
# Why a request does not count (`cases.rules.outcomes.CAUSES`).
CAUSES: Final[Mapping[str, Sentence]] = {
    "product-fault": _("It does not count, because the product was at fault."),
    "documentation": _("It does not count, because the documentation was wrong or missing."),
    "duplicate": _("It does not count, because it repeats another request."),
    "our-error": _("It does not count, because the mistake was ours."),
    "out-of-scope": _("It does not count, because it was out of scope from the beginning."),
    "not-worked-on": _("It does not count, because nobody worked on it."),
    "goodwill": _("It does not count: we decided so in your favour."),
}


def happening(entry: TimelineEntry, *, reader_id: int | None, unit: str) -> Happening:
    """What one event of a timeline says. `unit` is what the request's plan counts, "" where nothing was paid.

    Raises KeyError for a fact that contacts do not read.
    """
    payload: Mapping[str, Any] = entry.payload or {}
    mine = reader_id is not None and entry.author_id == reader_id
    values = {"who": entry.who, "name": payload.get("name", "")}
    match entry.code:
        case code if code in ADVICE:
            return advice_in_words(payload, code, mine=mine, who=entry.who)
        case "case.assigned":
            return Happening(_filled(_ASSIGNED, owner=payload["owner_name"]))
        case "case.status-changed":
            return _moved(payload, mine=mine, who=entry.who)
        case "case.contact-removed" if payload["account"] is not None and (
            payload["account"] == entry.author_id
        ):
            return Happening(_filled(_LEFT, **values))
        case "case.closed":
            said = _by("case.closed", mine=mine, **values) if entry.who else _filled(_CLOSED_BY_TIME)
            details = outcome_in_words(payload["outcome"], payload["cause"], payload["credited"], unit)
            return Happening(said, details, linked(payload["reason"]), stands_alone=True)
        case "case.reopened":
            details = (deducted_again(payload["deducted"], unit),) if payload["deducted"] else ()
            said = _by("case.reopened", mine=mine, **values)
            return Happening(said, details, linked(payload["reason"]), stands_alone=True)
        case "case.escalated":
            return _escalated(payload, mine=mine, who=entry.who, quote=linked(payload["reason"]))
        case "case.escalation-taken-up":
            return Happening(_filled(_TAKEN_UP, **values), stands_alone=True)
        case "case.severity-changed":
            return _severity(payload, mine=mine, who=entry.who)
        case "case.reaching-tried":
            return Happening(tried(payload, who=entry.who), stands_alone=payload["result"] == "reached")
        case "case.severity-lowered":
            return Happening(lowered(payload), (str(_HOURS[payload["hours"]]),), stands_alone=True)
        case "case.severity-restored":
            said = _by("case.severity-restored", mine=mine, who=entry.who, after=payload["after"])
            return Happening(said, (str(_HOURS[payload["hours"]]),), stands_alone=True)
        case "case.clock-set-back":
            return Happening(_filled(_SET_BACK), (), linked(payload["reason"]), stands_alone=True)
        case "case.calendar-changed":
            return Happening(calendar_changed(payload))
        case "case.merged":
            number = shown_number(payload["into"])
            link = format_html('<a href="{}">{}</a>', reverse("portal:request", args=[number]), number)
            return Happening(_filled(_MERGED, request=link), stands_alone=True)
        case code:
            return Happening(_by(code, mine=mine, **values))


def outcome_in_words(outcome: str, cause: str, credited: int, unit: str) -> tuple[str, ...]:
    """What closing meant for the plan, as whole sentences; nothing where nothing was paid (AGR-6)."""
    if not unit:
        return ()
    if outcome != "non-decrement":
        return (str(_("It counts.")), *((given_back(credited, unit),) if credited else ()))
    return (str(CAUSES[cause]), *((given_back(credited, unit),) if credited else ()))


ADVICE: Final = frozenset({"case.time-written", "case.time-corrected", "case.time-removed"})


def advice_in_words(payload: Mapping[str, Any], code: str, *, mine: bool, who: str) -> Happening:
    """What a consultant wrote down, corrected or took off, with the note for the contacts."""
    values = {"time": in_time(payload["minutes"]), "before": in_time(payload.get("before", 0)), "who": who}
    note = payload.get("note", "")
    return Happening(_by(code, mine=mine, **values), (), linked(note) if note else "", stands_alone=True)


def given_back(units: int, unit: str) -> str:
    """What was credited, as a sentence."""
    if unit == ADVISORY_HOUR:
        return str(_("%(time)s of advice were given back.")) % {"time": in_time(units)}
    text = ngettext("%(count)s incident was given back.", "%(count)s incidents were given back.", units)
    return text % {"count": units}


def deducted_again(units: int, unit: str) -> str:
    """What was taken once more, as a sentence."""
    if unit == ADVISORY_HOUR:
        return str(_("%(time)s of advice were deducted again.")) % {"time": in_time(units)}
    text = ngettext(
        "%(count)s incident was deducted again.", "%(count)s incidents were deducted again.", units
    )
    return text % {"count": units}


def tried(payload: Mapping[str, Any], *, who: str) -> SafeString:
    """An attempt to reach somebody, and what came of it."""
    channel, name = str(CHANNELS[payload["channel"]]), payload["name"] or str(_SOMEBODY)
    return _filled(_TRIED[payload["result"]], who=who, name=name, channel=channel)


def lowered(payload: Mapping[str, Any]) -> SafeString:
    """That a request was lowered because nobody could be reached."""
    return _filled(_LOWERED, before=payload["before"], after=payload["after"], name=payload["name"])


def calendar_changed(payload: Mapping[str, Any]) -> SafeString:
    """That another version of the business hours counts."""
    return _filled(_CALENDAR_CHANGED, before=str(payload["before"]), after=str(payload["after"]))


def hours_of_change(payload: Mapping[str, Any]) -> tuple[str, ...]:
    """When a request is worked on, where a change of severity changed that, as a sentence."""
    return (str(_HOURS[payload["hours"]]),) if payload["hours"] != payload["hours_before"] else ()


def _severity(payload: Mapping[str, Any], *, mine: bool, who: str) -> Happening:
    code = "hours" if payload["before"] == payload["after"] else "case.severity-changed"
    said = _by(code, mine=mine, who=who, before=payload["before"], after=payload["after"])
    return Happening(said, hours_of_change(payload), linked(payload["reason"]), stands_alone=True)


def _moved(payload: Mapping[str, Any], *, mine: bool, who: str) -> Happening:
    after = payload["after"]
    if payload["side"] == "requester":
        return Happening(_by("answered", mine=mine, who=who))
    if after == "in-progress" and who:
        return Happening(_filled(_IN_PROGRESS, who=who))
    return Happening(_filled(_STATUS[after]), stands_alone=after in {"waiting", "resolved"})


def _escalated(payload: Mapping[str, Any], *, mine: bool, who: str, quote: SafeString) -> Happening:
    step = payload["step"]
    if who and payload["side"] == "requester":
        by_you, by_somebody = _ESCALATED[step]
        return Happening(_filled(by_you if mine else by_somebody, who=who), quote=quote, stands_alone=True)
    return Happening(_filled(_ESCALATED_BY_TIME[step]), stands_alone=True)


def _by(code: str, *, mine: bool, **values: str) -> SafeString:
    by_you, by_somebody = _BY_YOU_AND_OTHERS[code]
    return _filled(by_you if mine else by_somebody, **values)


def _filled(sentence: Sentence, **values: str) -> SafeString:
    """The sentence with its values, all escaped but what is markup of ours already."""
    escaped = {name: conditional_escape(value) for name, value in values.items()}
    return mark_safe(conditional_escape(str(sentence)) % escaped)  # noqa: S308 - every part is escaped
