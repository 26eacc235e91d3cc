"""How severe a request is: changed by either side, lowered because nobody can be reached, restored (SEV-1, SEV-4).

Each verb works on the locked request, so what was looked at for it cannot change on the way.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import IntegrityError, transaction

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.access import case_for, desk_case
from pactdesk.cases.facts import (
    ClockSetBack,
    ReachingTried,
    SeverityChanged,
    SeverityLowered,
    SeverityRestored,
)
from pactdesk.cases.models import Case, ReachAttempt
from pactdesk.cases.queries.clocks import events_of
from pactdesk.cases.queries.severity import (
    begins_at,
    level_now,
    lowered_level,
    may_change,
    may_lower,
    may_set_back,
    offers_for,
    severities,
)
from pactdesk.cases.rules import severity as rules
from pactdesk.cases.rules.messages import MOST_REASON, sayable
from pactdesk.cases.rules.reaching import CHANNELS, MOST_NOTE, OUTCOMES, REACHED, loggable
from pactdesk.cases.rules.severity import Level, Wanted
from pactdesk.cases.rules.status import ASSIGNED, NEW, Move, Side
from pactdesk.cases.services import clocks
from pactdesk.cases.services.changing import CannotChange, keep, move, own_if_unowned, require_unchanged
from pactdesk.journal import services as journal
from pactdesk.kernel.database import constraint_of
from pactdesk.kernel.decisions import Decision, Reason
from pactdesk.kernel.text import tidy
from pactdesk.servicelevels.rules import Kind

KEY_GUARD = "reach_attempt_key_once"


@transaction.atomic
def change_by_contact(
    number: int | None, wanted: Wanted, *, reason: str, actor: Viewer, at: datetime
) -> None:
    """A contact says that it is more severe, or less, and why. Due instants follow (SEV-6).

    Raises Http404 where the actor is no contact, and `CannotChange`.
    """
    case = case_for(actor, number, lock=True)
    _change(case, wanted, reason, Side.REQUESTER, actor.account_id, at)


@transaction.atomic
def change(
    number: int | None, wanted: Wanted, *, reason: str, seen: int | None, actor: Viewer, at: datetime
) -> None:
    """Like `change_by_contact`, by an engineer. Raises Http404, `CannotChange`."""
    case = desk_case(actor, number, lock=True)
    require_unchanged(case, seen)
    _change(case, wanted, reason, Side.VENDOR, actor.account_id, at)


@transaction.atomic
def log_attempt(
    number: int | None,
    *,
    channel: str,
    outcome: str,
    made_at: datetime,
    note: str = "",
    key: uuid.UUID,
    actor: Viewer,
    at: datetime,
) -> None:
    """Write down that somebody was called or written to at `made_at`, and what came of it. The same key again does
    nothing.

    Where somebody was reached, that is a conversation: it answers the request as of `made_at`, like a public message
    (SEV-6). Raises Http404, `CannotChange`, and `ValueError` for an unknown channel or outcome.
    """
    if channel not in CHANNELS or outcome not in OUTCOMES:
        raise ValueError(f"no attempt is made by {channel} with the outcome {outcome}")
    case = desk_case(actor, number, lock=True)
    if ReachAttempt.objects.filter(key=key, case=case, actor_id=actor.account_id).exists():
        return
    note = tidy(note)
    _require(loggable(status=case.status, made_at=made_at, opened_at=case.opened_at, at=at))
    if note:
        _require(sayable(note, most=MOST_NOTE))
    try:
        with transaction.atomic():
            attempt = ReachAttempt.objects.create(
                case=case,
                at=made_at,
                logged_at=at,
                channel=channel,
                outcome=outcome,
                note=note,
                actor_id=actor.account_id,
                key=key,
            )
    except IntegrityError as error:
        if constraint_of(error) != KEY_GUARD:
            raise
        raise CannotChange(Reason("message.key-taken")) from error
    fact = ReachingTried(
        case.pk,
        attempt=attempt.pk,
        name=case.night_name,
        channel=channel,
        result=outcome,
        made_at=made_at.isoformat(),
    )
    journal.record(fact, actor_id=actor.account_id, at=at)
    if outcome == REACHED:
        own_if_unowned(case, actor=actor, at=at)
        said_at = max(made_at, case.opened_at)
        case.first_response_at = case.first_response_at or said_at
        clocks.happened(case, Kind.ANSWERED, at=said_at, actor_id=actor.account_id)
        if case.status in {NEW, ASSIGNED}:
            move(case, Move.START, side=Side.VENDOR, actor_id=actor.account_id, at=at)
    keep(case, at=at)


@transaction.atomic
def lower_as_unreachable(number: int | None, *, seen: int | None, actor: Viewer, at: datetime) -> Level:
    """Lower a request around the clock because its contact cannot be reached; answers to what (SEV-4).

    What was owed ends as `unreachable`, and that of the lower severity begins. Raises Http404, `CannotChange`.
    """
    case = desk_case(actor, number, lock=True)
    require_unchanged(case, seen)
    attempts = list(ReachAttempt.objects.filter(case=case).order_by("at", "pk"))
    _require(may_lower(case, attempts))
    before, after = level_now(case), lowered_level(case)
    assert after is not None  # what may be lowered has somewhere to fall
    change = rules.last_change(events_of([case])[case.pk])
    since = case.opened_at if change is None else change.at
    _set(case, after)
    clocks.happened(
        case,
        Kind.LOWERED_UNREACHABLE,
        at=at,
        actor_id=actor.account_id,
        severity=after.severity,
        hours=after.hours,
    )
    fact = SeverityLowered(
        case.pk,
        before=before.severity,
        after=after.severity,
        hours=after.hours,
        name=case.night_name,
        attempts=[each.at.isoformat() for each in attempts if each.at >= since and each.outcome != REACHED],
    )
    journal.record(fact, actor_id=actor.account_id, at=at)
    keep(case, at=at)
    return after


@transaction.atomic
def restore(number: int | None, *, actor: Viewer, at: datetime) -> Level:
    """A contact makes the request as severe again as it was before it was lowered; answers how severe (SEV-4).

    What is owed begins anew. Raises Http404 where the actor is no contact, and `CannotChange`.
    """
    case = case_for(actor, number, lock=True)
    change = rules.last_change(events_of([case])[case.pk])
    _require(rules.may_restore(change, status=case.status))
    assert change is not None
    before, after = level_now(case), change.before
    _set(case, after)
    clocks.happened(
        case,
        Kind.RESTORED,
        at=at,
        actor_id=actor.account_id,
        severity=after.severity,
        hours=after.hours,
    )
    fact = SeverityRestored(case.pk, before=before.severity, after=after.severity, hours=after.hours)
    journal.record(fact, actor_id=actor.account_id, at=at)
    keep(case, at=at)
    return after


@transaction.atomic
def set_back(
    number: int | None, start: datetime, *, reason: str, seen: int | None, actor: Viewer, at: datetime
) -> None:
    """Let the clock of the first answer begin at `start`, before the request was sent; only its team's manager can.

    Both instants and the reason are kept (SEV-6). Raises Http404, `CannotChange`.
    """
    case = desk_case(actor, number, lock=True)
    require_unchanged(case, seen)
    _require(may_set_back(case, start, actor=actor))
    reason, before = _reason(reason), begins_at(case)
    assert before is not None  # what was answered already is not set back
    clocks.happened(case, Kind.BACKDATED, at=at, actor_id=actor.account_id, reason=reason, start=start)
    fact = ClockSetBack(case.pk, before=before.isoformat(), start=start.isoformat(), reason=reason)
    journal.record(fact, actor_id=actor.account_id, at=at)
    keep(case, at=at)


def _change(case: Case, wanted: Wanted, reason: str, side: Side, actor_id: int, at: datetime) -> None:
    _require(may_change(case, wanted))
    reason = _reason(reason)
    before, after = level_now(case), rules.level_of(offers_for(case), wanted)
    assert after is not None  # what may be changed to is offered
    _set(case, after)
    if after.hours == "24x7":
        case.night_name, case.night_phone = wanted.reachable.name, wanted.reachable.phone
        case.night_time_zone = wanted.reachable.time_zone
    clocks.happened(
        case,
        rules.kind_of_change(severities(), before, after),
        at=at,
        actor_id=actor_id,
        reason=reason,
        severity=after.severity,
        hours=after.hours,
    )
    fact = SeverityChanged(
        case.pk,
        before=before.severity,
        after=after.severity,
        hours_before=before.hours,
        hours=after.hours,
        reason=reason,
        side=side.value,
    )
    journal.record(fact, actor_id=actor_id, at=at)
    keep(case, at=at)


def _set(case: Case, level: Level) -> None:
    case.severity, case.hours = level.severity, level.hours


def _require(decision: Decision) -> None:
    if not decision.allowed:
        raise CannotChange(*decision)


def _reason(text: str) -> str:
    text = tidy(text)
    _require(sayable(text, most=MOST_REASON))
    return text
