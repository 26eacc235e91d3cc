"""What every change of a request has in common: it is noted in the row, in the lists of its contacts, and nowhere lost.

The row is locked by whoever fetched it (`access`), so changes of one request come one after the other. Lock order:
requests by number, then the agreement's row (the ledger), which comes last.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import psycopg

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements import ledger
from pactdesk.cases.facts import CaseAssigned, StatusChanged
from pactdesk.cases.models import Case, Contact
from pactdesk.cases.rules.clock_events import clock_event_of
from pactdesk.cases.rules.status import CLOSED, RESOLVED, WAITING, Move, Side, transition
from pactdesk.cases.services import clocks
from pactdesk.delegation.services.delegations import CannotGrant, CannotSpend
from pactdesk.journal import services as journal
from pactdesk.kernel.decisions import Decision, Reason, Refused


class CannotChange(Refused):
    """The request stays as it was."""


@contextmanager
def explained() -> Iterator[None]:
    """Turns what the ledger or a customer's delegation refuses into a `CannotChange` with its reasons."""
    try:
        yield
    except (CannotGrant, CannotSpend) as refused:
        raise CannotChange(*refused.decision) from refused
    except psycopg.Error as error:
        if (refusal := ledger.refusal_of(error)) is None:
            raise
        raise CannotChange(refusal) from error


@contextmanager
def taking(short: Reason | None) -> Iterator[None]:
    """Around one deduction: where less is left than it takes, `short` is why; None leaves that to `explained`."""
    try:
        yield
    except psycopg.Error as error:
        refusal = ledger.refusal_of(error)
        if short is None or refusal is None or refusal.code != "agreement.no-incidents-left":
            raise
        raise CannotChange(short) from error


def require_unchanged(case: Case, seen: int | None) -> None:
    """Raises `CannotChange` where somebody changed the request since it had revision `seen`; None asks nothing."""
    if seen is not None and seen != case.revision:
        raise CannotChange(Reason("case.changed-meanwhile"))


def require_still_to_come(until: datetime | None, *, at: datetime) -> None:
    """Raises `CannotChange` where waiting would end before it begins; None ends with a reply only."""
    if until is not None and until <= at:
        raise CannotChange(Reason("case.until-in-the-past"))


def move(
    case: Case,
    step: Move,
    *,
    side: Side,
    actor_id: int | None,
    at: datetime,
    quietly: bool = False,
    until: datetime | None = None,
) -> None:
    """Move the request along the table of `rules.status`, and its clocks with it, in memory; `keep` writes it.

    The change of status is a fact of its own unless it is told by another one (`quietly`). `until`: waiting ends by
    itself then. Raises `CannotChange`.
    """
    row = transition(step, status=case.status, side=side)
    if isinstance(row, Decision):
        raise CannotChange(*row)
    before, case.status = case.status, row.leads_to(owned=case.owner_id is not None)
    case.resolved_at = at if case.status == RESOLVED else None
    case.waiting_until = until if case.status == WAITING else None
    if (kind := clock_event_of(before, case.status)) is not None:
        clocks.happened(case, kind, at=at, actor_id=actor_id, until=case.waiting_until)
    if before != case.status and not quietly:
        journal.record(
            StatusChanged(case.pk, before=before, after=case.status, side=side.value),
            actor_id=actor_id,
            at=at,
        )


def own_if_unowned(case: Case, *, actor: Viewer, at: datetime) -> None:
    """Whoever works on a request that nobody owns owns it from then on, in memory; `keep` writes it."""
    if case.owner_id is None:
        case.owner_id = actor.account_id
        fact = CaseAssigned(case.pk, owner=actor.account_id, owner_name=actor.name, before=None)
        journal.record(fact, actor_id=actor.account_id, at=at)


def keep(case: Case, *, at: datetime, publicly: bool = True) -> None:
    """Write the request as it now is, and its timers. `publicly`: its contacts may know that something changed."""
    if case.clock_moved:
        clocks.fold_in(case, at=at)
    case.revision += 1
    case.changed_at = max(case.changed_at, at)  # whoever came first may have waited longer
    case.save(
        update_fields=[
            "status",
            "team",
            "owner",
            "revision",
            "charged_units",
            "reserved_units",
            "charge_count",
            "outcome",
            "outcome_cause",
            "merged_into",
            "changed_at",
            "due_at",
            "first_response_at",
            "first_response_due_at",
            "waiting_until",
            "calendar",
            "severity",
            "hours",
            "night_name",
            "night_phone",
            "night_time_zone",
            "resolved_at",
            "closed_at",
        ]
    )
    if publicly:
        Contact.objects.filter(case=case).update(changed_at=case.changed_at, is_open=case.status != CLOSED)
