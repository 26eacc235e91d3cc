"""What this room announces. All of it is about a case; `case` is its number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pactdesk.journal.facts import Fact


@dataclass(frozen=True)
class CaseFact(Fact):
    """Something that happened to a request."""

    subject_type: ClassVar[str] = "case"

    case: int

    @property
    def subject_id(self) -> int:
        return self.case


@dataclass(frozen=True)
class CaseOpened(CaseFact):
    """A support request was submitted and paid for."""

    code: ClassVar[str] = "case.opened"

    severity: str
    hours: str
    agreement: int | None


@dataclass(frozen=True)
class MessageAdded(CaseFact):
    """Something was said: by `side` ("requester" or "vendor"), to everybody or as a note (`kind` "internal")."""

    code: ClassVar[str] = "case.message-added"

    message: int
    kind: str
    side: str


@dataclass(frozen=True)
class CaseAssigned(CaseFact):
    """An engineer owns the request now; `before` is the account that did, None where nobody did."""

    code: ClassVar[str] = "case.assigned"

    owner: int
    owner_name: str
    before: int | None


@dataclass(frozen=True)
class CaseReleased(CaseFact):
    """Nobody owns the request any more; `before` is the account that did."""

    code: ClassVar[str] = "case.released"

    before: int
    before_name: str


@dataclass(frozen=True)
class CaseTransferred(CaseFact):
    """The request stands in another team's queue, and nobody owns it there yet. Both are ids of teams."""

    code: ClassVar[str] = "case.transferred"

    team: int
    team_code: str
    before: int | None
    note: str


@dataclass(frozen=True)
class StatusChanged(CaseFact):
    """The request moved from status to status, other than by closing and reopening."""

    code: ClassVar[str] = "case.status-changed"

    before: str
    after: str
    side: str


@dataclass(frozen=True)
class ContactAdded(CaseFact):
    """Somebody sees the request from now on. `contact` is the id of the place."""

    code: ClassVar[str] = "case.contact-added"

    contact: int
    name: str
    email: str
    side: str


@dataclass(frozen=True)
class ContactInvited(CaseFact):
    """Somebody without an account is owed the letter with the way in: an invitation was issued, anew or for the first
    time. `contact` is the id of the place, `invitation` that of the invitation."""

    code: ClassVar[str] = "case.contact-invited"

    contact: int
    invitation: int
    name: str
    email: str
    side: str


@dataclass(frozen=True)
class InvitationAccepted(CaseFact):
    """Somebody has taken a place to which `name` was invited. `account` is theirs."""

    code: ClassVar[str] = "case.invitation-accepted"

    contact: int
    name: str
    account: int


@dataclass(frozen=True)
class ContactRemoved(CaseFact):
    """Somebody no longer sees the request. `account` is theirs, None where the place was never taken."""

    code: ClassVar[str] = "case.contact-removed"

    name: str
    email: str
    account: int | None
    language: str
    time_zone: str
    side: str


@dataclass(frozen=True)
class CaseClosed(CaseFact):
    """The request is closed by `side`; `credited` is how many units were given back (AGR-6), to `agreement`."""

    code: ClassVar[str] = "case.closed"

    outcome: str
    cause: str
    credited: int
    side: str
    reason: str
    agreement: int | None = None


@dataclass(frozen=True)
class CaseReopened(CaseFact):
    """The request is open again; `deducted` is how many units were taken once more, because they had been credited."""

    code: ClassVar[str] = "case.reopened"

    deducted: int
    side: str
    reason: str


@dataclass(frozen=True)
class CaseMerged(CaseFact):
    """The request is a duplicate and goes on as `into`, another number."""

    code: ClassVar[str] = "case.merged"

    into: int


@dataclass(frozen=True)
class CasesLinked(CaseFact):
    """The request has to do with another one, `other`. Told once for each of the two."""

    code: ClassVar[str] = "case.linked"

    other: int


@dataclass(frozen=True)
class CasesUnlinked(CaseFact):
    """The link to `other` was taken away. Told once for each of the two."""

    code: ClassVar[str] = "case.unlinked"

    other: int


@dataclass(frozen=True)
class CaseEscalated(CaseFact):
    """The request went wrong: the accounts in `told` are to take it up (ESC-1).

    `step` is "engineers", "lead", "manager" or "head"; `side` is whose wish it was, "" where time alone did it.
    """

    code: ClassVar[str] = "case.escalated"

    escalation: int
    step: str
    told: list[int]
    reason: str
    side: str


@dataclass(frozen=True)
class EscalationTakenUp(CaseFact):
    """Somebody takes care of it now; the contacts may know who."""

    code: ClassVar[str] = "case.escalation-taken-up"

    escalation: int
    step: str
    name: str


@dataclass(frozen=True)
class DangerTakenUp(CaseFact):
    """Somebody at the desk takes care of a promise that is in danger, before anybody was asked to."""

    code: ClassVar[str] = "case.danger-taken-up"

    name: str


@dataclass(frozen=True)
class PromiseAtRisk(CaseFact):
    """A step on the way to a due instant was reached, and what is owed was not done (ESC-1).

    `metric` is "initial-response" or "update", `number` counts them; `step` is "75%" or "-60min", and `audience` who is
    to know of it: "engineer", "team-lead", "manager" or "head-of-support". `due_at` is a UTC instant as ISO text.
    """

    code: ClassVar[str] = "case.promise-at-risk"

    metric: str
    number: int
    step: str
    audience: str
    due_at: str


@dataclass(frozen=True)
class PromiseBroken(CaseFact):
    """A due instant has passed ("100%"), or a step beyond it was reached, and what is owed was not done.

    The fields are those of `PromiseAtRisk`.
    """

    code: ClassVar[str] = "case.promise-broken"

    metric: str
    number: int
    step: str
    audience: str
    due_at: str


@dataclass(frozen=True)
class FileAdded(CaseFact):
    """A file can be read in the request. `internal`: by the desk only."""

    code: ClassVar[str] = "case.file-added"

    file: str
    name: str
    size: int
    internal: bool
    side: str


@dataclass(frozen=True)
class FileRemoved(CaseFact):
    """A file was taken out of the request."""

    code: ClassVar[str] = "case.file-removed"

    file: str
    name: str
    internal: bool
    side: str


@dataclass(frozen=True)
class SeverityChanged(CaseFact):
    """Somebody changed how severe the request is, or its hours ("24x7", "business"), and said why (SEV-1)."""

    code: ClassVar[str] = "case.severity-changed"

    before: str
    after: str
    hours_before: str
    hours: str
    reason: str
    side: str


@dataclass(frozen=True)
class ReachingTried(CaseFact):
    """The desk tried to reach whoever ought to be reachable: `name`, by `channel`, with what `result` (SEV-4).

    `made_at` is a UTC instant as ISO text.
    """

    code: ClassVar[str] = "case.reaching-tried"

    attempt: int
    name: str
    channel: str
    result: str
    made_at: str


@dataclass(frozen=True)
class SeverityLowered(CaseFact):
    """The request was lowered because nobody could be reached; `attempts`: when that was tried, as ISO text (SEV-4)."""

    code: ClassVar[str] = "case.severity-lowered"

    before: str
    after: str
    hours: str
    name: str
    attempts: list[str]


@dataclass(frozen=True)
class SeverityRestored(CaseFact):
    """A contact made it as severe again as it was before it was lowered (SEV-4)."""

    code: ClassVar[str] = "case.severity-restored"

    before: str
    after: str
    hours: str


@dataclass(frozen=True)
class ClockSetBack(CaseFact):
    """The clock of the first answer begins earlier than it did, and why. Both instants are UTC, as ISO text (SEV-6)."""

    code: ClassVar[str] = "case.clock-set-back"

    before: str
    start: str
    reason: str


@dataclass(frozen=True)
class CalendarChanged(CaseFact):
    """Another version of the business hours counts in the request: `before` and `after` are its numbers (SEV-6)."""

    code: ClassVar[str] = "case.calendar-changed"

    calendar: str
    before: int
    after: int


@dataclass(frozen=True)
class TimeWritten(CaseFact):
    """A consultant spent `minutes` of a `day` (ISO) on it (AGR-7). `time` is the id of what was written."""

    code: ClassVar[str] = "case.time-written"

    time: int
    minutes: int
    day: str
    note: str


@dataclass(frozen=True)
class TimeCorrected(CaseFact):
    """What a consultant wrote was corrected, from `before` minutes. The other fields are those of `TimeWritten`."""

    code: ClassVar[str] = "case.time-corrected"

    time: int
    before: int
    minutes: int
    day: str
    note: str


@dataclass(frozen=True)
class TimeRemoved(CaseFact):
    """What a consultant had written was taken away."""

    code: ClassVar[str] = "case.time-removed"

    time: int
    minutes: int
    day: str
