"""How severe a request is, what else it could be, and what a change would do to what is owed (SEV-1, SEV-4, SEV-6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pactdesk.accounts import queries as accounts
from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.access import case_for, desk_case
from pactdesk.cases.models import Case, ReachAttempt
from pactdesk.cases.queries.clocks import calendars_for, events_of, folded, has_terms, promised_to
from pactdesk.cases.rules import severity as rules
from pactdesk.cases.rules.numbers import shown_number
from pactdesk.cases.rules.reaching import REACHED
from pactdesk.cases.rules.severity import Level, Reachable, Wanted
from pactdesk.catalog import queries as catalog
from pactdesk.kernel.decisions import Decision, Reason
from pactdesk.servicelevels.rules import Event, Kind, SeverityOffer, Timer, UpdateCadence, explain_timer
from pactdesk.servicelevels.rules.reaching import (
    Attempt,
    Patience,
    next_attempt_counts_from,
    rule_lowered_as_unreachable,
)
from pactdesk.servicelevels.rules.timers import Metric, Why


@dataclass(frozen=True, slots=True)
class DueChange:
    """What is owed and until when, before a change and after it. None: it stands still then, or is not owed."""

    metric: Metric
    before: datetime | None
    after: datetime | None
    is_owed_after: bool = True


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a change would do, and whether it can be done. `level` is what the request would be kept at, `updates` how
    often news would be promised; None where nothing would be, or it cannot be done."""

    decision: Decision
    level: Level | None
    due: tuple[DueChange, ...] = ()
    updates: UpdateCadence | None = None


@dataclass(frozen=True, slots=True)
class SeverityPage:
    """A request and the severities that it can have. `break_fix` False: the first answer may take business days.

    `lowered_from` is the level that can be restored, None where there is none.
    """

    number: int
    shown_number: str
    summary: str
    status: str
    revision: int
    level: Level
    reachable: Reachable
    time_zone: str
    country: str
    break_fix: bool
    offers: tuple[SeverityOffer, ...]
    lowered_from: Level | None


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """An attempt in the log. `at` is when it was made, `logged_at` when it was written down."""

    at: datetime
    logged_at: datetime
    channel: str
    outcome: str
    note: str
    who: str


@dataclass(frozen=True, slots=True)
class StartPage:
    """The clock of a request's first answer: when it began, None once that was given, and whether the viewer may set it
    back."""

    begins_at: datetime | None
    is_manager: bool


@dataclass(frozen=True, slots=True)
class Reaching:
    """Whether the request can be lowered because nobody can be reached (SEV-4), and what was tried, oldest first.

    `counts_from` is when one more attempt would count, None where that is at once. `lowered_to` is "" where its policy
    names none.
    """

    attempts: tuple[AttemptLine, ...]
    patience: Patience
    decision: Decision
    counts_from: datetime | None
    lowered_to: str


@dataclass(frozen=True, slots=True)
class Counted:
    """Why this time? For each timer of a request, the one that is owed now first, then the newest."""

    shown_number: str
    summary: str
    why: tuple[Why, ...]


def severity_page(viewer: Viewer, number: int | None, *, at_desk: bool) -> SeverityPage:
    """A request for whoever wants to change its severity. Raises Http404. Two queries."""
    case = _case(viewer, number, at_desk=at_desk)
    change = rules.last_change(events_of([case])[case.pk])
    restorable = rules.may_restore(change, status=case.status).allowed
    return SeverityPage(
        number=case.pk,
        shown_number=shown_number(case.pk),
        summary=case.summary,
        status=case.status,
        revision=case.revision,
        level=level_now(case),
        reachable=Reachable(case.night_name, case.night_phone, case.night_time_zone or case.time_zone),
        time_zone=case.time_zone,
        country=case.country,
        break_fix=not has_terms(case) or promised_to(case).terms.break_fix,
        offers=offers_for(case),
        lowered_from=change.before if change is not None and restorable else None,
    )


def outlook(viewer: Viewer, number: int | None, wanted: Wanted, *, at_desk: bool, at: datetime) -> Outlook:
    """What changing the severity now would do. Raises Http404. Two queries."""
    case = _case(viewer, number, at_desk=at_desk)
    decision, level = may_change(case, wanted), rules.level_of(offers_for(case), wanted)
    if level is None or (not decision.allowed and "intake.night-contact-missing" not in decision.codes):
        return Outlook(decision, None)
    kind = rules.kind_of_change(severities(), level_now(case), level)
    return _outlook(case, decision, level, Event(kind, at, level.severity, level.hours), at=at)


def outlook_of_lowering(viewer: Viewer, number: int | None, *, at: datetime) -> Outlook:
    """What lowering it now, because nobody can be reached, would do. Raises Http404. Three queries."""
    case = desk_case(viewer, number)
    decision, level = may_lower(case), lowered_level(case)
    if level is None:
        return Outlook(decision, None)
    event = Event(Kind.LOWERED_UNREACHABLE, at, level.severity, level.hours)
    return _outlook(case, decision, level, event, at=at)


def outlook_of_restoring(viewer: Viewer, number: int | None, *, at: datetime) -> Outlook:
    """What making it as severe again as it was would do. Raises Http404. Three queries."""
    case = case_for(viewer, number)
    change = rules.last_change(events_of([case])[case.pk])
    decision = rules.may_restore(change, status=case.status)
    if change is None or not decision.allowed:
        return Outlook(decision, None)
    level = change.before
    event = Event(Kind.RESTORED, at, level.severity, level.hours)
    return _outlook(case, decision, level, event, at=at)


def outlook_of_start(viewer: Viewer, number: int | None, start: datetime, *, at: datetime) -> Outlook:
    """What setting the clock of the first answer back to `start` would do. Raises Http404. Four queries."""
    case = desk_case(viewer, number)
    decision = may_set_back(case, start, actor=viewer)
    if not decision.allowed:
        return Outlook(decision, None)
    return _outlook(case, decision, level_now(case), Event(Kind.BACKDATED, at, start=start), at=at)


def start_page(viewer: Viewer, number: int | None) -> StartPage:
    """The clock of the first answer of a request at the viewer's desk. Raises Http404. Four queries."""
    case = desk_case(viewer, number)
    return StartPage(begins_at(case), is_manager_of(case, viewer))


def reaching(viewer: Viewer, number: int | None) -> Reaching:
    """What was tried to reach the contact of a request at the viewer's desk. Raises Http404. Four queries."""
    case = desk_case(viewer, number)
    rows = list(ReachAttempt.objects.filter(case=case).order_by("at", "pk"))
    names = accounts.names_of(row.actor_id for row in rows)
    patience = promised_to(case).patience if has_terms(case) else Patience()
    return Reaching(
        attempts=tuple(
            AttemptLine(row.at, row.logged_at, row.channel, row.outcome, row.note, names[row.actor_id])
            for row in rows
        ),
        patience=patience,
        decision=may_lower(case, rows),
        counts_from=next_attempt_counts_from(_tried(rows), patience, since=_since(case)),
        lowered_to=_lowered_to(case),
    )


def why(viewer: Viewer, number: int | None, *, at_desk: bool, at: datetime) -> Counted:
    """How the times of a request were counted, for whoever may see it. Raises Http404. Two queries."""
    case = _case(viewer, number, at_desk=at_desk)
    known = calendars_for([case])
    timers = sorted(folded(case, at=at), key=lambda each: (each.is_open, each.started_at), reverse=True)
    return Counted(
        shown_number(case.pk),
        case.summary,
        tuple(explain_timer(timer, known, zone=viewer.zone.key) for timer in timers),
    )


# For the verbs, which have locked the request


def severities() -> tuple[str, ...]:
    """The severities that there are, the most severe first."""
    return tuple(severity.code for severity in catalog.current().offered_severities())


def level_now(case: Case) -> Level:
    """At which level the request is kept."""
    return Level(case.severity, "24x7" if case.hours == "24x7" else "business")


def offers_for(case: Case) -> tuple[SeverityOffer, ...]:
    """Every severity, with what the request was promised for it when it was sent, or why it is not offered."""
    if not has_terms(case):
        return rules.offers_of(severities(), {})
    terms = promised_to(case).terms
    targets = {code: target for code in terms.targets if (target := terms.target(code, "24x7")) is not None}
    return rules.offers_of(severities(), targets)


def may_change(case: Case, wanted: Wanted) -> Decision:
    """Whether the severity of a request can be changed like that."""
    return rules.may_change(offers_for(case), wanted, now=level_now(case), status=case.status)


def may_lower(case: Case, attempts: Sequence[ReachAttempt] | None = None) -> Decision:
    """Whether the request can be lowered because nobody can be reached. Two queries at most."""
    if case.status in {"resolved", "closed"}:
        return Decision((Reason("case.severity-at-rest"),))
    if attempts is None:
        attempts = list(ReachAttempt.objects.filter(case=case))
    return rule_lowered_as_unreachable(
        _tried(attempts),
        promised_to(case).patience if has_terms(case) else Patience(),
        around_the_clock=case.hours == "24x7",
        lowered_to=_lowered_to(case),
        since=_since(case),
    )


def lowered_level(case: Case) -> Level | None:
    """The level to which the request falls when nobody can be reached."""
    severity = _lowered_to(case)
    return Level(severity, "business") if severity else None


def may_set_back(case: Case, start: datetime, *, actor: Viewer) -> Decision:
    """Whether the actor can set the clock of the first answer back to `start`. Three queries."""
    return rules.may_set_back(
        start, begins_at=begins_at(case), status=case.status, is_manager=is_manager_of(case, actor)
    )


def begins_at(case: Case) -> datetime | None:
    """When the clock of the first answer began; None once it was given. One query."""
    owed = _owed(folded(case)).get(Metric.INITIAL_RESPONSE)
    return owed.started_at if owed else None


def is_manager_of(case: Case, viewer: Viewer) -> bool:
    """Whether the viewer manages the request's team. Two queries."""
    team = next(iter(accounts.teams(only=[case.team_id])), None) if case.team_id else None
    return team is not None and team.manager_id == viewer.account_id


def _case(viewer: Viewer, number: int | None, *, at_desk: bool) -> Case:
    return desk_case(viewer, number) if at_desk else case_for(viewer, number)


def _updates(case: Case, level: Level) -> UpdateCadence | None:
    target = promised_to(case).terms.target(level.severity, level.hours)
    return target.update_every if target else None


def _outlook(case: Case, decision: Decision, level: Level, event: Event, *, at: datetime) -> Outlook:
    if not has_terms(case):
        return Outlook(decision, level)
    before = _owed(folded(case, at=at))
    after = _owed(folded(case, at=at, further=[event]))
    metrics = sorted(before.keys() | after.keys())
    return Outlook(
        decision,
        level,
        tuple(
            DueChange(
                metric,
                before[metric].due_at if metric in before else None,
                after[metric].due_at if metric in after else None,
                metric in after,
            )
            for metric in metrics
        ),
        _updates(case, level),
    )


def _owed(timers: Sequence[Timer]) -> dict[Metric, Timer]:
    return {timer.metric: timer for timer in timers if timer.is_open}


def _lowered_to(case: Case) -> str:
    return promised_to(case).lowered_to.get(case.severity, "") if has_terms(case) else ""


def _tried(rows: Sequence[ReachAttempt]) -> list[Attempt]:
    return [Attempt(row.at, reached=row.outcome == REACHED) for row in rows]


def _since(case: Case) -> datetime:
    """When the severity of the moment began. One query."""
    change = rules.last_change(events_of([case])[case.pk])
    return case.opened_at if change is None else change.at
