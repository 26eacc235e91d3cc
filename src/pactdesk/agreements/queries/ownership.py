"""What an owner of an agreement, or who was one, is told of it by letter (AGR-11)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pactdesk.agreements.facts import PairReplaced
from pactdesk.agreements.models import Agreement
from pactdesk.agreements.queries import named
from pactdesk.agreements.rules import PlanName
from pactdesk.journal import queries as journal


@dataclass(frozen=True, slots=True)
class Owned:
    """An agreement as it is called now; `owner_id` owns it now, None nobody."""

    agreement_id: int
    owner_id: int | None
    named: PlanName
    is_replaced_since: bool

    def named_for(self, account_id: int) -> PlanName:
        """What it is called for somebody who owned it when it happened. An Access ID that was drawn after that is told
        to no former owner: another pair may have been drawn to shut just that one out."""
        if self.is_replaced_since and account_id != self.owner_id:
            return replace(self.named, access_id="")
        return self.named


def owned(agreement_id: int, fact_id: int) -> Owned:
    """How to call an agreement in a letter about the fact `fact_id`. Two queries."""
    agreement = Agreement.objects.select_related("organization").get(pk=agreement_id)
    return Owned(
        agreement_id=agreement.pk,
        owner_id=agreement.owner_id,
        named=named(agreement),
        is_replaced_since=journal.is_followed_by(fact_id, agreement_id, code=PairReplaced.code),
    )
