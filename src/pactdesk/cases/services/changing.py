"""What every change of a request has in common: it is noted in the row, in the lists of its contacts, and nowhere lost.

The row is locked by whoever fetched it (`access`), so changes of one request come one after the other. Lock order:
requests by number, then the agreement's row (the ledger), which comes last.
"""

from __future__ import annotations

from datetime import datetime

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.facts import CaseAssigned, StatusChanged
from pactdesk.cases.models import Case, Contact
from pactdesk.cases.rules.status import CLOSED, RESOLVED, Move, Side, transition
from pactdesk.journal import services as journal
from pactdesk.kernel.decisions import Decision, Reason, Refused


class CannotChange(Refused):
    """The request stays as it was."""


def require_unchanged(case: Case, seen: int | None) -> None:
    """Raises `CannotChange` where somebody changed the request since it had revision `seen`; None asks nothing."""
    if seen is not None and seen != case.revision:
        raise CannotChange(Reason("case.changed-meanwhile"))


def move(
    case: Case, step: Move, *, side: Side, actor_id: int | None, at: datetime, quietly: bool = False
) -> None:
    """Move the request along the table of `rules.status`, in memory; `keep` writes it.

    The change of status is a fact of its own unless it is told by another one (`quietly`). Raises `CannotChange`.
    """
    row = transition(step, status=case.status, side=side)
    if isinstance(row, Decision):
        raise CannotChange(*row)
    before, case.status = case.status, row.leads_to(owned=case.owner_id is not None)
    case.resolved_at = at if case.status == RESOLVED else None
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
    """Write the request as it now is. `publicly`: its contacts may know that something changed."""
    case.revision += 1
    case.changed_at = at
    case.save(
        update_fields=[
            "status",
            "team",
            "owner",
            "revision",
            "charged_units",
            "charge_count",
            "outcome",
            "outcome_cause",
            "merged_into",
            "changed_at",
            "due_at",
            "first_response_at",
            "resolved_at",
            "closed_at",
        ]
    )
    if publicly:
        Contact.objects.filter(case=case).update(changed_at=at, is_open=case.status != CLOSED)
