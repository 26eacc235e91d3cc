"""What happened to a request, in whole sentences, for the desk: always by whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.urls import reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from pactdesk.accounts.queries import TeamLine
from pactdesk.cases.queries.timeline import TimelineEntry
from pactdesk.cases.rules.numbers import shown_number
from pactdesk.desk.words import CAUSES, STATUSES, Words, language
from pactdesk.kernel.worded import text_in
from pactdesk.pages.happenings import (
    ADVICE,
    Happening,
    advice_in_words,
    calendar_changed,
    deducted_again,
    given_back,
    hours_of_change,
    lowered,
    tried,
)
from pactdesk.pages.plain_text import linked

_SAID: Final[Mapping[str, Words]] = {
    "case.opened": _("%(who)s sent the request"),
    "case.assigned": _("%(who)s assigned it to %(owner)s"),
    "case.released": _("%(who)s gave it back to the queue"),
    "case.transferred": _("%(who)s moved it to the team %(team)s"),
    "case.status-changed": _("%(who)s set it to “%(status)s”"),
    "case.contact-added": _("%(who)s added the contact %(name)s (%(email)s)"),
    "case.contact-invited": _("%(who)s invited a contact by e-mail"),
    "case.invitation-accepted": _("%(name)s accepted the invitation"),
    "case.contact-removed": _("%(who)s removed the contact %(name)s (%(email)s)"),
    "case.closed": _("%(who)s closed it"),
    "case.reopened": _("%(who)s reopened it"),
    "case.merged": _("%(who)s merged it into %(request)s"),
    "case.linked": _("%(who)s linked %(request)s"),
    "case.unlinked": _("%(who)s took away the link to %(request)s"),
    "case.file-added": _("%(who)s added the file %(name)s"),
    "case.file-removed": _("%(who)s removed the file %(name)s"),
    "case.severity-changed": _("%(who)s changed the severity from %(before)s to %(after)s"),
    "case.severity-restored": _("%(who)s restored severity %(after)s"),
    "case.clock-set-back": _("%(who)s set the clock of the first answer back"),
}
_HOURS_CHANGED: Final = _("%(who)s changed the hours of severity %(after)s")
_WHO_LOWERED: Final = _("By %(who)s.")
# Where time or a rule did it, and nobody.
_HAPPENED: Final[Mapping[str, Words]] = {
    "case.assigned": _("Assigned to %(owner)s by the rules"),
    "case.status-changed": _("Now “%(status)s”"),
    "case.closed": _("Closed by itself, since nobody objected after it was resolved"),
    "case.file-added": _("The file %(name)s was added"),
    "case.file-removed": _("The file %(name)s was removed"),
}
# What was owed and not done, by its metric; `step` is "75%" of the time, or "-60min" before it is due.
_AT_RISK: Final[Mapping[str, Words]] = {
    "initial-response": _("The first answer is still owed (%(step)s)"),
    "update": _("News is still owed (%(step)s)"),
}
_BROKEN: Final[Mapping[str, Words]] = {
    "initial-response": _("The first answer is late (%(step)s)"),
    "update": _("News is late (%(step)s)"),
}
# A request that went wrong: a contact asked for help, somebody at the desk passed it on, or its time ran out.
_ASKED: Final[Mapping[str, Words]] = {
    "engineers": _("%(who)s asked for help: the engineer and the backup know"),
    "manager": _("%(who)s asked for a manager: the manager knows"),
}
_PASSED_ON: Final[Mapping[str, Words]] = {
    "manager": _("%(who)s took it to the manager"),
    "head": _("%(who)s took it to the head of support"),
}
_ESCALATED: Final[Mapping[str, Words]] = {
    "engineers": _("Brought to the attention of the engineer and the backup"),
    "lead": _("Brought to the attention of the team’s lead, because nobody could take it"),
    "manager": _("Brought to the attention of the manager"),
    "head": _("Brought to the attention of the head of support"),
}
_DANGER_TAKEN_UP: Final = _("%(name)s takes care that what is owed is done")
_TAKEN_UP: Final = _("%(name)s takes it up")
_TOOK: Final = _("%(who)s took it")
_ANSWERED: Final = _("%(who)s answered, so it is our turn")
_COUNTS: Final = _("It counts.")
_DOES_NOT_COUNT: Final = _("It does not count: %(cause)s.")


def happening(entry: TimelineEntry, *, unit: str, teams: Mapping[int, TeamLine]) -> Happening:
    """What one event says. `unit` is what the request's plan counts, "" where nothing was paid; `teams` are those that
    it went through. Raises KeyError for a fact that the desk does not read."""
    payload: Mapping[str, Any] = entry.payload or {}
    values: dict[str, Any] = {
        "who": entry.who,
        "name": payload.get("name", ""),
        "email": payload.get("email", ""),
    }
    match entry.code:
        case code if code in ADVICE:
            return advice_in_words(payload, code, mine=False, who=entry.who)
        case "case.assigned":
            taken = entry.author_id == payload["owner"]
            return Happening(_filled(_TOOK if taken else _said(entry), **values, owner=payload["owner_name"]))
        case "case.transferred":
            team = teams.get(payload["team"])
            name = text_in(team.name, language()) if team else payload["team_code"]
            said = _filled(_said(entry), **values, team=name)
            return Happening(said, (), linked(payload["note"]), stands_alone=True)
        case "case.status-changed":
            if payload["side"] == "requester":
                return Happening(_filled(_ANSWERED, **values), stands_alone=True)
            return Happening(_filled(_said(entry), **values, status=STATUSES[payload["after"]][0]))
        case "case.closed":
            details = outcome_in_words(payload["outcome"], payload["cause"], payload["credited"], unit)
            return Happening(
                _filled(_said(entry), **values), details, linked(payload["reason"]), stands_alone=True
            )
        case "case.reopened":
            details = (deducted_again(payload["deducted"], unit),) if payload["deducted"] else ()
            return Happening(
                _filled(_said(entry), **values), details, linked(payload["reason"]), stands_alone=True
            )
        case "case.merged":
            return Happening(
                _filled(_said(entry), **values, request=link_to(payload["into"])), stands_alone=True
            )
        case "case.promise-at-risk":
            return Happening(_filled(_AT_RISK[payload["metric"]], step=payload["step"]))
        case "case.promise-broken":
            said = _filled(_BROKEN[payload["metric"]], step=payload["step"])
            return Happening(said, stands_alone=True)
        case "case.escalated":
            told = _ESCALATED
            if entry.who:
                told = _ASKED if payload["side"] == "requester" else _PASSED_ON
            said = _filled(told[payload["step"]], **values)
            return Happening(said, (), linked(payload["reason"]), stands_alone=True)
        case "case.danger-taken-up":
            return Happening(_filled(_DANGER_TAKEN_UP, **values))
        case "case.escalation-taken-up":
            return Happening(_filled(_TAKEN_UP, **values), stands_alone=True)
        case "case.severity-changed":
            same = payload["before"] == payload["after"]
            said = _filled(
                _HOURS_CHANGED if same else _said(entry),
                **values,
                before=payload["before"],
                after=payload["after"],
            )
            return Happening(said, hours_of_change(payload), linked(payload["reason"]), stands_alone=True)
        case "case.severity-restored":
            return Happening(_filled(_said(entry), **values, after=payload["after"]), stands_alone=True)
        case "case.severity-lowered":
            details = (str(_WHO_LOWERED % {"who": entry.who}),)
            return Happening(lowered(payload), details, stands_alone=True)
        case "case.reaching-tried":
            return Happening(tried(payload, who=entry.who), stands_alone=payload["result"] == "reached")
        case "case.clock-set-back":
            return Happening(
                _filled(_said(entry), **values), (), linked(payload["reason"]), stands_alone=True
            )
        case "case.calendar-changed":
            return Happening(calendar_changed(payload))
        case "case.linked" | "case.unlinked":
            return Happening(_filled(_said(entry), **values, request=link_to(payload["other"])))
        case _:
            return Happening(_filled(_said(entry), **values))


def outcome_in_words(outcome: str, cause: str, credited: int, unit: str) -> tuple[str, ...]:
    """Whether a closed request counts and, if not, why and what was given back (AGR-6)."""
    if outcome != "non-decrement":
        return (str(_COUNTS),)
    said = str(_DOES_NOT_COUNT % {"cause": CAUSES[cause]})
    return (said, given_back(credited, unit)) if credited else (said,)


def link_to(number: int) -> SafeString:
    """Another request at the desk, by its number."""
    shown = shown_number(number)
    return format_html('<a href="{}">{}</a>', reverse("desk:request", args=[shown]), shown)


def _said(entry: TimelineEntry) -> Words:
    return _SAID[entry.code] if entry.who or entry.code not in _HAPPENED else _HAPPENED[entry.code]


def _filled(sentence: Words, **values: Any) -> SafeString:
    """The sentence with its values, all escaped but what is markup of ours already."""
    escaped = {name: conditional_escape(value) for name, value in values.items()}
    return mark_safe(conditional_escape(str(sentence)) % escaped)  # noqa: S308 - every part is escaped
