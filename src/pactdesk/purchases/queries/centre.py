"""What was bought, as the service centre sees it whoever bought it. Http404 for everybody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.journal import queries as journal
from pactdesk.kernel.decisions import Decision
from pactdesk.purchases.facts import RefundBegun
from pactdesk.purchases.models import Purchase
from pactdesk.purchases.queries import PurchaseLine, line_of, refundable


@dataclass(frozen=True, slots=True)
class Bought:
    """A purchase with its buyer; `refund` says whether it may be paid back now, `paid_back_because` why it was, ""
    where it was not."""

    line: PurchaseLine
    buyer_name: str
    buyer_email: str
    refund: Decision
    paid_back_because: str


def bought(viewer: Viewer, agreement_id: int, *, at: datetime) -> Bought:
    """The purchase that granted an agreement. Two queries. Raises Http404, also where it was not bought."""
    if not viewer.at_service_centre:
        raise Http404
    row = (
        Purchase.objects.filter(agreement_id=agreement_id)
        .select_related("agreement", "card", "account")
        .first()
    )
    if row is None:
        raise Http404
    begun = journal.facts_about("purchase", row.pk, codes=(RefundBegun.code,))
    return Bought(
        line_of(row),
        row.account.get_full_name(),
        row.account.email,
        refundable(row, row.agreement, at=at),
        str(begun[-1].payload.get("note", "")) if begun else "",
    )
