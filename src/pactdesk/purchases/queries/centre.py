"""What was bought, as the service centre sees it whoever bought it. Http404 for everybody else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Collate, Lower, Upper
from django.http import Http404

from pactdesk.accounts.models import Account
from pactdesk.accounts.viewer import Viewer
from pactdesk.journal import queries as journal
from pactdesk.kernel.decisions import Decision
from pactdesk.purchases.facts import RefundBegun
from pactdesk.purchases.models import Purchase
from pactdesk.purchases.queries import PurchaseLine, for_oneself, line_of, refundable
from pactdesk.purchases.rules.buying import FIRST_NUMBER
from pactdesk.purchases.rules.payments import Dispute
from pactdesk.purchases.rules.states import State

# A line of it has more to tell than one of the buyer's own list.
PAGE: Final = 30
Standing = Literal["", "paid", "refunded", "disputed", "failed", "waiting"]
STANDINGS: Final[tuple[Standing, ...]] = get_args(Standing)
_NUMBER: Final = re.compile(r"(?:P-)?([0-9]{1,15})", re.IGNORECASE)
_SETTLED: Final = Q(dispute__in=[Dispute.NONE, Dispute.WON])
# Each purchase stands in one of them. All but the first have an index of their own: they are rare.
_STANDS: Final[Mapping[Standing, Q]] = {
    "": Q(),
    "paid": Q(state__in=[State.PAID, State.GRANTED]) & _SETTLED,
    "refunded": Q(state__in=[State.REFUNDING, State.REFUNDED]) & _SETTLED,
    "disputed": Q(dispute__in=[Dispute.OPEN, Dispute.LOST]),
    "failed": Q(state=State.FAILED) & _SETTLED,
    "waiting": Q(state__in=[State.ORDERED, State.PAYING]) & _SETTLED,
}


@dataclass(frozen=True, slots=True)
class Sought:
    """What the list is narrowed to. `words` are the number of a purchase, which is that of its receipt, the whole
    address of its buyer, or the beginning of the buyer's first or last name. Where they are the number of a request,
    `agreement_id` is what that was charged to."""

    words: str = ""
    standing: Standing = ""
    agreement_id: int | None = None


@dataclass(frozen=True, slots=True)
class Sold:
    """A purchase in the list, with its buyer; `refund` says whether the viewer may pay it back now. It `differs` where
    the provider spoke of another amount, so that an operator has to look."""

    line: PurchaseLine
    buyer_name: str
    buyer_email: str
    refund: Decision
    differs: bool


@dataclass(frozen=True, slots=True)
class SoldList:
    """A page of the list, newest purchase first. `older` is the id to ask for next, None on the last page."""

    lines: tuple[Sold, ...]
    older: int | None


@dataclass(frozen=True, slots=True)
class Bought:
    """A purchase with its buyer; `refund` says whether the viewer may pay it back now, `paid_back_because` why it was,
    "" where it was not."""

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
        _refundable_by(viewer, row, at=at),
        str(begun[-1].payload.get("note", "")) if begun else "",
    )


def sold(viewer: Viewer, sought: Sought, *, at: datetime, older: int | None = None) -> SoldList:
    """A page of the purchases that are sought, whoever bought them. One query. Raises Http404 like `bought`."""
    if not viewer.at_service_centre:
        raise Http404
    found = Purchase.objects.filter(_meant(sought), _STANDS[sought.standing])
    if older is not None:
        found = found.filter(pk__lt=older)
    page = list(found.select_related("agreement", "card", "account").order_by("-pk")[: PAGE + 1])
    more = len(page) > PAGE
    page = page[:PAGE]
    return SoldList(
        tuple(
            Sold(
                line_of(row),
                row.account.get_full_name(),
                row.account.email,
                _refundable_by(viewer, row, at=at),
                row.differs_at is not None,
            )
            for row in page
        ),
        page[-1].pk if more else None,
    )


def _refundable_by(viewer: Viewer, row: Purchase, *, at: datetime) -> Decision:
    own = for_oneself(viewer, row.account_id)
    return refundable(row, row.agreement, at=at) if own.allowed else own


def _meant(sought: Sought) -> Q:
    """What is found by the words: each way has an index."""
    meant = Q(agreement_id=sought.agreement_id) if sought.agreement_id is not None else Q()
    number = _NUMBER.fullmatch(sought.words)
    if number:
        return meant | Q(pk=int(number[1]) - FIRST_NUMBER)
    if meant or not sought.words:
        return meant
    if "@" in sought.words:
        addressed = Account.objects.alias(address=Lower("email")).filter(address=sought.words.lower())
        return Q(account__in=addressed)
    return Q(account__in=_called(sought.words))


def _called(words: str) -> QuerySet[Account, Any]:
    """The accounts of people whose first or last name begins with the first of the words, and has the others in it."""
    first, *others = words.split()
    rest = Q()
    for each in others:
        rest &= Q(first_name__icontains=each) | Q(last_name__icontains=each)
    by_first, by_last = (
        # As the indexes have it, whatever the collation of the database, which alone knows its capitals of "ß".
        Account.objects.alias(begins=Collate(Upper(name), "C"))
        .filter(rest, begins__startswith=Upper(Value(first)))
        .values("pk")
        for name in ("first_name", "last_name")
    )
    return by_first.union(by_last)
