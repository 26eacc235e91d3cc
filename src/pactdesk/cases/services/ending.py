"""Closing and reopening, and what that does to the plan (AGR-6).

A request that does not count gives its incident back in the same transaction in which it is closed, one of advice what
was not used of its hour. Reopening takes that again. The ledger's own keys make each of these happen once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements import ledger
from pactdesk.cases.access import case_for, desk_case
from pactdesk.cases.facts import CaseClosed, CaseReopened
from pactdesk.cases.models import Case, Contact
from pactdesk.cases.queries.advice import hour_of, may_be_taken, spent_on, taken_by_reopening
from pactdesk.cases.rules.advice import reopening_takes_more
from pactdesk.cases.rules.messages import MOST_REASON, sayable
from pactdesk.cases.rules.outcomes import DECREMENT, NON_DECREMENT, outcome_fits
from pactdesk.cases.rules.status import CLOSED, RESOLVED, Move, Side
from pactdesk.cases.services import clocks
from pactdesk.cases.services.changing import CannotChange, explained, keep, move, require_unchanged, taking
from pactdesk.delegation.services import delegations
from pactdesk.journal import services as journal
from pactdesk.kernel.decisions import Reason
from pactdesk.kernel.text import tidy
from pactdesk.servicelevels.rules import Kind

# Why something came back that was set aside, in the ledger.
UNUSED = "unused"


def close_by_contact(number: int | None, *, reason: str, actor: Viewer, at: datetime) -> None:
    """A contact closes the request and says why. It counts: only the desk decides otherwise. Again changes nothing.

    Raises Http404 where the actor is no contact, and `CannotChange`.
    """
    with transaction.atomic():
        case = case_for(actor, number, lock=True)
        if case.status != CLOSED:
            _close(case, DECREMENT, "", _reason(reason), Side.REQUESTER, actor.account_id, at)


def close(
    number: int | None,
    *,
    outcome: str,
    cause: str,
    reason: str,
    seen: int | None,
    actor: Viewer,
    at: datetime,
) -> int:
    """An engineer closes the request; answers how many units were given back.

    `outcome` says whether it counts, `cause` why it does not (`rules.outcomes`), `reason` is for the contacts to read.
    Raises Http404, and `CannotChange`, also where an engineer who submitted it or is its contact says that it does not
    count.
    """
    decision = outcome_fits(outcome, cause)
    if not decision.allowed:
        raise CannotChange(*decision)
    with transaction.atomic():
        case = desk_case(actor, number, lock=True)
        require_unchanged(case, seen)
        return _close(case, outcome, cause, _reason(reason), Side.VENDOR, actor.account_id, at)


def reopen_by_contact(number: int | None, *, reason: str, actor: Viewer, at: datetime) -> int:
    """A contact reopens the request and says why; answers how many units were deducted again.

    Raises Http404 where the actor is no contact, and `CannotChange`, for example where an incident that was given back
    cannot be taken again because none is left.
    """
    with explained(), transaction.atomic():
        case = case_for(actor, number, lock=True)
        return _reopen(case, _reason(reason), Side.REQUESTER, actor, at)


def reopen(number: int | None, *, reason: str, seen: int | None, actor: Viewer, at: datetime) -> int:
    """Like `reopen_by_contact`, by an engineer."""
    with explained(), transaction.atomic():
        case = desk_case(actor, number, lock=True)
        require_unchanged(case, seen)
        return _reopen(case, _reason(reason), Side.VENDOR, actor, at)


def close_resolved(*, after: timedelta, at: datetime) -> int:
    """Close what was resolved `after` ago or earlier and that nobody answered; answers how many. Safe to repeat."""
    closed = 0
    due = Case.objects.filter(status=RESOLVED, resolved_at__lte=at - after).order_by("pk")
    for number in list(due.values_list("pk", flat=True)):
        with transaction.atomic():
            case = Case.objects.select_for_update(skip_locked=True).filter(pk=number, status=RESOLVED).first()
            if case is not None and case.resolved_at is not None and case.resolved_at <= at - after:
                _close(case, DECREMENT, "", "", Side.NOBODY, None, at)
                closed += 1
    return closed


def close_as(case: Case, outcome: str, cause: str, *, actor_id: int, at: datetime, merged_into: int) -> int:
    """Close a locked request because it goes on as another one; answers how many units were given back."""
    case.merged_into_id = merged_into
    return _close(case, outcome, cause, "", Side.VENDOR, actor_id, at)


def _close(
    case: Case, outcome: str, cause: str, reason: str, side: Side, actor_id: int | None, at: datetime
) -> int:
    if side is Side.VENDOR and outcome == NON_DECREMENT and _is_own(case, actor_id):
        raise CannotChange(Reason("case.own-not-counted"))
    if side is Side.VENDOR and reason:
        # What an engineer tells the contacts on closing is an answer.
        case.first_response_at = case.first_response_at or at
        clocks.happened(case, Kind.ANSWERED, at=at, actor_id=actor_id)
    move(case, Move.CLOSE, side=side, actor_id=actor_id, at=at, quietly=True)
    case.closed_at, case.due_at = at, None
    case.outcome, case.outcome_cause = outcome, cause
    # What a consultant has spent counts; of what was set aside for that the rest comes back.
    kept = 0 if outcome == NON_DECREMENT else spent_on(case) if case.reserved_units else case.charged_units
    credited, case.charged_units, case.reserved_units = case.charged_units - kept, kept, 0
    fact = CaseClosed(
        case.pk,
        outcome=outcome,
        cause=cause,
        credited=credited,
        side=side.value,
        reason=reason,
        agreement=case.agreement_id if credited else None,
    )
    journal.record(fact, actor_id=actor_id, at=at)
    keep(case, at=at)
    if credited and case.agreement_id is not None:
        is_all = outcome == NON_DECREMENT
        if not kept and (allowance := _allowance_of(case)) is not None:
            delegations.give_back(allowance)
        ledger.credit(
            case.agreement_id,
            case_number=case.pk,
            key=f"credit:{case.pk}:{case.charge_count}" if is_all else f"unused:{case.pk}:{case.revision}",
            actor_id=actor_id,
            at=at,
            note=cause or UNUSED,
            units=credited,
        )
    return credited


def _is_own(case: Case, actor_id: int | None) -> bool:
    """Whether the actor is on the requester's side of it, too."""
    if actor_id is None:
        return False
    return case.submitter_id == actor_id or Contact.objects.filter(case=case, account_id=actor_id).exists()


def _reopen(case: Case, reason: str, side: Side, actor: Viewer, at: datetime) -> int:
    was_closed, deducted = case.status == CLOSED, taken_by_reopening(case)
    if deducted and case.agreement_id is not None:
        decision = may_be_taken(case, deducted, at=at)
        if not decision.allowed:
            raise CannotChange(*decision)
    move(case, Move.REOPEN, side=side, actor_id=actor.account_id, at=at, quietly=True)
    case.closed_at, case.outcome, case.outcome_cause, case.merged_into_id = None, "", "", None
    was_free = not case.charged_units
    if was_closed and case.charge_count:
        # An open request of advice has its hour, whatever it cost when it was closed: no hour backs two of them.
        case.reserved_units = hour_of(case)
    if deducted:
        case.charged_units += deducted
        case.charge_count += 1
    fact = CaseReopened(case.pk, deducted=deducted, side=side.value, reason=reason)
    journal.record(fact, actor_id=actor.account_id, at=at)
    keep(case, at=at)
    if deducted and case.agreement_id is not None:
        if was_free and (allowance := _allowance_of(case)) is not None:
            delegations.hold(allowance, spend=True)
        with taking(reopening_takes_more(deducted) if case.reserved_units else None):
            ledger.deduct(
                case.agreement_id,
                case_number=case.pk,
                key=f"case:{case.draft_key}:{case.charge_count}",
                actor_id=actor.account_id,
                at=at,
                units=deducted,
            )
    return deducted


def _allowance_of(case: Case) -> int | None:
    """The delegation under which an incident of the customer's own was spent, None where the partner's plan pays."""
    if case.agreement is None or case.customer_id is None:
        return None
    return case.delegation_id if case.agreement.organization_id == case.customer_id else None


def _reason(text: str) -> str:
    text = tidy(text)
    if refusals := sayable(text, most=MOST_REASON).refusals:
        raise CannotChange(*refusals)
    return text
