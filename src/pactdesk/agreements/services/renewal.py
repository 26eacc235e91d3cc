"""What is left of an agreement when it is renewed: carried over where its programme says so, and debts settled."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pactdesk.agreements import ledger
from pactdesk.agreements.access import programme_of
from pactdesk.agreements.facts import CarriedOver
from pactdesk.agreements.models import Agreement, LedgerEntry
from pactdesk.agreements.rules.renewal import carried
from pactdesk.journal import services as journal

CARRIED_OVER = "carried-over"
SETTLED = "settled"


@transaction.atomic
def carry_over(former_id: int, new_id: int, *, at: datetime) -> int:
    """Carry over from one agreement to the one that follows it; answers how many units came to the new one, below zero
    how many it gave for what was drawn in advance. Again answers the same and moves nothing.

    By transfer, so both ledgers sum to what they did. Both are locked, in the order of their ids.
    """
    both = Agreement.objects.select_for_update().filter(pk__in=(former_id, new_id)).order_by("pk")
    locked = {agreement.pk: agreement for agreement in both}
    former, new = locked[former_id], locked[new_id]
    key = f"renewal:{former_id}:{new_id}"
    moved = LedgerEntry.objects.filter(agreement=new, idempotency_key__in=(f"{key}:in", f"{key}:out")).first()
    if moved is not None:
        return moved.units
    programme, renewed = programme_of(former.programme_id), programme_of(new.programme_id)
    outcome = carried(
        left=former.units_left,
        fresh=new.units_left,
        most=None if programme.carries_over is None else programme.carries_over * programme.whole,
        ended=at >= former.ends_at,
        alike=programme.counted_unit == renewed.counted_unit != "",
    )
    if outcome.moved:
        _move(former, new, outcome.moved, key, CARRIED_OVER, at)
    elif outcome.settled:
        _move(new, former, outcome.settled, key, SETTLED, at)
    units = outcome.moved - outcome.settled
    if units:
        journal.record(CarriedOver(new_id, former=former_id, units=units), actor_id=None, at=at)
    return units


def _move(giver: Agreement, taker: Agreement, units: int, key: str, note: str, at: datetime) -> None:
    ledger.transfer(giver.pk, taker.pk, units=units, key=key, actor_id=None, at=at, note=note)
