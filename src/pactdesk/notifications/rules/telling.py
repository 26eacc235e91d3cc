"""Who gets which letter when something happens to a request. Pure: what happened and who listens in, letters out.

Nobody is told what they did themselves, and what happened in one step is told once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Kinds of letters to contacts
OPENED = "request-opened"
ANSWER = "answer"
WAITING = "waiting"
RESOLVED = "resolved"
FILE_ADDED = "file-added"
CLOSED = "closed"
REOPENED = "reopened"
MERGED = "merged"
CONTACT_ADDED = "contact-added"
INVITATION = "invitation"
CONTACT_REMOVED = "contact-removed"
SEVERITY_CHANGED = "severity-changed"
SEVERITY_LOWERED = "severity-lowered"
SEVERITY_RESTORED = "severity-restored"
TAKEN_UP = "taken-up"
# and to engineers
DESK_NEW = "desk-new"
DESK_ASSIGNED = "desk-assigned"
DESK_REPLY = "desk-reply"
DESK_REOPENED = "desk-reopened"
DESK_SEVERITY = "desk-severity"
DESK_ESCALATED = "desk-escalated"
DESK_PAGED = "desk-paged"
DESK_PROMISE = "desk-promise"

KINDS = (
    OPENED,
    ANSWER,
    WAITING,
    RESOLVED,
    FILE_ADDED,
    CLOSED,
    REOPENED,
    MERGED,
    CONTACT_ADDED,
    INVITATION,
    CONTACT_REMOVED,
    SEVERITY_CHANGED,
    SEVERITY_LOWERED,
    SEVERITY_RESTORED,
    TAKEN_UP,
    DESK_NEW,
    DESK_ASSIGNED,
    DESK_REPLY,
    DESK_REOPENED,
    DESK_SEVERITY,
    DESK_ESCALATED,
    DESK_PAGED,
    DESK_PROMISE,
)
# What anybody can make us send to an address that is not theirs: no more than one a day, until it is proved (A6).
ARRIVALS = frozenset({OPENED, CONTACT_ADDED, INVITATION})

# What time alone tells about a promise; those who are told follow from the step of the timer.
NOTICES = ("case.promise-at-risk", "case.promise-broken")
# The facts that somebody may have to be told of by letter.
FACT_CODES = (
    "case.opened",
    "case.message-added",
    "case.assigned",
    "case.transferred",
    "case.status-changed",
    "case.contact-added",
    "case.contact-invited",
    "case.contact-removed",
    "case.closed",
    "case.reopened",
    "case.merged",
    "case.file-added",
    "case.severity-changed",
    "case.severity-lowered",
    "case.severity-restored",
    "case.escalated",
    "case.escalation-taken-up",
    *NOTICES,
)


@dataclass(frozen=True, slots=True)
class Happened:
    """A fact as this rule needs it. `actor` is an account, None where time alone, or a stranger's mail, did it."""

    code: str
    payload: Mapping[str, Any]
    actor: int | None


@dataclass(frozen=True, slots=True)
class Reader:
    """A contact: the id of the place, and the account behind it, if there is one that proved to own the address."""

    contact: int
    account: int | None
    is_primary: bool = False


@dataclass(frozen=True, slots=True)
class Owed:
    """A letter that is owed: to a contact, to an account of the desk, or to whoever was removed (neither)."""

    kind: str
    contact: int | None = None
    account: int | None = None


def letters_owed(
    fact: Happened,
    *,
    together: Sequence[Happened],
    readers: Sequence[Reader],
    owner: int | None,
    team: Sequence[int],
    noticed: Sequence[int] = (),
) -> list[Owed]:
    """The letters that `fact` owes. `together` is what happened to the request in the same step, `owner` the engineer
    who owns it now, `team` the accounts that answer for the queue in which it stands. `noticed` are those who are told
    of the step of a timer that the fact is about.
    """
    others = [each for each in readers if each.account is None or each.account != fact.actor]
    codes = {each.code for each in together}
    payload = fact.payload
    match fact.code:
        case "case.opened":
            return [Owed(OPENED, contact=each.contact) for each in readers if each.is_primary] + _team(
                fact, team, owner
            )
        case "case.message-added" if payload["kind"] == "public":
            if payload["side"] == "vendor":
                return _to(ANSWER, others)
            return _owner(DESK_REPLY, fact, owner)
        case "case.file-added" if not payload["internal"] and not _said(together, payload["side"]):
            if payload["side"] == "vendor":
                return _to(FILE_ADDED, others)
            return _owner(DESK_REPLY, fact, owner)
        case "case.assigned":
            # Whoever gave it away again meanwhile need not hear of it.
            return _owner(DESK_ASSIGNED, fact, owner) if payload["owner"] == owner else []
        case "case.transferred":
            return _team(fact, team, owner)
        case "case.status-changed" if not _said(together, "vendor") and payload["side"] == "vendor":
            kinds = {"waiting": WAITING, "resolved": RESOLVED}
            kind = kinds.get(payload["after"])
            return _to(kind, others) if kind else []
        # Whoever comes along with a duplicate is told by the letter about that: the two are linked in the same step.
        case "case.contact-added" if "case.linked" not in codes:
            added = [each for each in others if each.contact == payload["contact"]]
            return [Owed(CONTACT_ADDED, contact=each.contact) for each in added if each.account]
        # Whoever has no account is not told, but invited, then and whenever a contact asks for it again.
        case "case.contact-invited":
            invited = [each for each in others if each.contact == payload["contact"] and not each.account]
            return [Owed(INVITATION, contact=each.contact) for each in invited]
        case "case.contact-removed":
            return [Owed(CONTACT_REMOVED)] if payload["account"] != fact.actor or fact.actor is None else []
        case "case.closed" if "case.merged" not in codes:
            return _to(CLOSED, others)
        case "case.reopened":
            desk = _owner(DESK_REOPENED, fact, owner) if payload["side"] == "requester" else []
            return _to(REOPENED, others) + desk
        case "case.merged":
            return _to(MERGED, others)
        case "case.severity-changed":
            desk = _owner(DESK_SEVERITY, fact, owner) if payload["side"] == "requester" else []
            return _to(SEVERITY_CHANGED, others) + desk
        case "case.escalated":
            kind = DESK_PAGED if payload["step"] == "lead" else DESK_ESCALATED
            return [Owed(kind, account=each) for each in payload["told"] if each != fact.actor]
        case "case.escalation-taken-up":
            return _to(TAKEN_UP, others)
        case code if code in NOTICES:
            return [Owed(DESK_PROMISE, account=each) for each in noticed]
        case "case.severity-lowered":
            return _to(SEVERITY_LOWERED, others)
        case "case.severity-restored":
            return _to(SEVERITY_RESTORED, others) + _owner(DESK_SEVERITY, fact, owner)
    return []


def _to(kind: str, readers: Sequence[Reader]) -> list[Owed]:
    return [Owed(kind, contact=each.contact) for each in readers]


def _owner(kind: str, fact: Happened, owner: int | None) -> list[Owed]:
    return [Owed(kind, account=owner)] if owner is not None and owner != fact.actor else []


def _team(fact: Happened, team: Sequence[int], owner: int | None) -> list[Owed]:
    """A request that somebody owns already is no news for the others."""
    if owner is not None:
        return []
    return [Owed(DESK_NEW, account=each) for each in team if each != fact.actor]


def _said(together: Sequence[Happened], side: str) -> bool:
    return any(
        each.code == "case.message-added"
        and each.payload["kind"] == "public"
        and each.payload["side"] == side
        for each in together
    )
