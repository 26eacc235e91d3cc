"""What an owner of an agreement, or who was one, is told of it by letter (AGR-11)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pactdesk.agreements.models import Agreement
from pactdesk.agreements.queries import named
from pactdesk.agreements.rules import PlanName


@dataclass(frozen=True, slots=True)
class Owned:
    """An agreement as it is called now; `owner_id` owns it now, None nobody."""

    agreement_id: int
    owner_id: int | None
    named: PlanName

    def named_for(self, account_id: int) -> PlanName:
        """What it is called for an account that owns it or has owned it. Only who owns it now is told its Access ID:
        the pair may have been drawn to shut just that one out who owned it before."""
        return self.named if account_id == self.owner_id else self.named_before("")

    def named_before(self, access_id: str) -> PlanName:
        """What it was called by an Access ID that is not recognised any more; by its programme where that is ""."""
        return replace(self.named, access_id=access_id)


def owned(agreement_id: int) -> Owned:
    """How to call an agreement in a letter. One query."""
    agreement = Agreement.objects.select_related("organization").get(pk=agreement_id)
    return Owned(agreement.pk, agreement.owner_id, named(agreement))


def owns(agreement_id: int, account_id: int | None) -> bool:
    """Whether an account owns an agreement now. One query, none for no account."""
    return account_id is not None and Agreement.objects.filter(pk=agreement_id, owner_id=account_id).exists()
