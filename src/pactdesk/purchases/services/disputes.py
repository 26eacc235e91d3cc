"""The buyer's bank asks for the money: what was bought is frozen until it has decided (PPI-5)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pactdesk.agreements.services import bought
from pactdesk.journal import services as journal
from pactdesk.purchases.facts import DisputeLost, DisputeWon, PurchaseDisputed
from pactdesk.purchases.rules.payments import Dispute
from pactdesk.purchases.rules.states import dispute_becomes
from pactdesk.purchases.services.phases import locked


@transaction.atomic
def hear(purchase_id: int, told: Dispute, *, at: datetime) -> None:
    """Take in how a dispute stands. Again, or late, changes nothing: the end of a dispute stays its end.

    What was lost takes away what is left, and what is used stays used. It stays frozen, so that an incident that comes
    back later cannot be used either.
    """
    purchase = locked(purchase_id)
    before = Dispute(purchase.dispute)
    after = dispute_becomes(before, told)
    if after is before:
        return
    purchase.dispute = after.value
    purchase.disputed_at = purchase.disputed_at or at
    purchase.save(update_fields=["dispute", "disputed_at"])
    if before is Dispute.NONE:
        journal.record(PurchaseDisputed(purchase.pk), actor_id=None, at=at)
    agreement_id = purchase.agreement_id
    if after is Dispute.WON:
        if agreement_id is not None and before is Dispute.OPEN:
            bought.unfreeze(agreement_id)
        journal.record(DisputeWon(purchase.pk), actor_id=None, at=at)
        return
    if agreement_id is not None:
        bought.freeze(agreement_id, at=at)
    if after is Dispute.LOST:
        taken = 0
        if agreement_id is not None:
            taken = bought.take_back(
                agreement_id,
                units=None,
                key=f"dispute:{purchase.pk}",
                note="dispute-lost",
                actor_id=None,
                at=at,
            )
        journal.record(DisputeLost(purchase.pk, taken), actor_id=None, at=at)
