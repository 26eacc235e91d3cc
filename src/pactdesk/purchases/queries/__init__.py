"""Read models of purchases and cards, each with a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.access import programme_of
from pactdesk.agreements.models import Agreement
from pactdesk.journal import queries as journal
from pactdesk.journal.queries import RecordedFact
from pactdesk.kernel.decisions import ALLOWED, Decision, Reason
from pactdesk.purchases.access import allowances_of, cards_of, purchase_for, visible_purchases
from pactdesk.purchases.models import Purchase
from pactdesk.purchases.providers import provider
from pactdesk.purchases.rules import buying, refunds
from pactdesk.purchases.rules.payments import Dispute, PaymentPage, TestCard
from pactdesk.purchases.rules.programs import Allowance
from pactdesk.purchases.rules.states import State

PAGE = 50


@dataclass(frozen=True, slots=True)
class SavedCardLine:
    """A card in a list. `brand` is as the provider writes it: "visa", "amex"; `last_day` is the last good one.
    `programs` is what programs may charge to it, None where its owner allows nothing."""

    card_id: int
    brand: str
    last_four: str
    last_day: date
    expired: bool
    programs: Allowance | None = None


@dataclass(frozen=True, slots=True)
class PurchaseLine:
    """A purchase in a list. Amounts are minor units of `currency`; `tax_note` is as it was shown.

    `programme` is worded. `failure` is the code of a reason. `units_left`, `ends_at` and `agreement_id` are None until
    it is granted. `program` is what the token was called by which it was ordered, "" where a person did; `is_asked`:
    its buyer has to confirm the payment.
    """

    purchase_id: int
    number: str
    offer_code: str
    programme_code: str
    programme: dict[str, str]
    units: int
    amount_minor: int
    currency: str
    tax_note: str
    state: State
    dispute: Dispute
    failure: str
    ordered_at: datetime
    paid_at: datetime | None
    refunded_at: datetime | None
    refunded_minor: int
    card_brand: str
    card_last_four: str
    program: str
    is_asked: bool
    agreement_id: int | None
    units_left: int | None
    ends_at: datetime | None
    time_zone: str

    @property
    def last_day(self) -> datetime | None:
        """An instant of the last day of what was bought, for showing that day in `time_zone`."""
        return self.ends_at - timedelta(microseconds=1) if self.ends_at else None


@dataclass(frozen=True, slots=True)
class PurchaseList:
    """A page of purchases, newest first. `older_than` is the id to ask for next, None on the last page."""

    lines: tuple[PurchaseLine, ...]
    older_than: int | None


@dataclass(frozen=True, slots=True)
class PurchasePage:
    """A purchase on its own page. `action_url` is where its buyer confirms the payment, "" where nothing is to be
    confirmed; `refund` says whether the service centre may pay it back; `history` is what happened, oldest first."""

    line: PurchaseLine
    action_url: str
    provider: str
    terms_version: str
    terms_accepted_at: datetime
    refund: Decision
    history: tuple[RecordedFact, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """A purchase as its receipt tells it. `buyer_id` is an account."""

    line: PurchaseLine
    buyer_id: int
    buyer_name: str
    buyer_email: str
    country: str


def may_buy(viewer: Viewer) -> Decision:
    """Whether the viewer's account can buy at all (PPI-1)."""
    return buying.may_buy(kind=viewer.kind, is_sold_here=provider() is not None)


def payment_page() -> PaymentPage | None:
    """What the page on which a card is added needs of the provider; None where nothing is sold."""
    asked = provider()
    return asked.page() if asked else None


def test_cards() -> tuple[TestCard, ...]:
    """The cards for trying out; none where money is real."""
    asked = provider()
    return asked.test_cards if asked else ()


def cards(viewer: Viewer, *, at: datetime) -> tuple[SavedCardLine, ...]:
    """The viewer's cards, the newest first. One query, and another one where programs may charge one."""
    today = at.astimezone(viewer.zone).date()
    found = list(cards_of(viewer).order_by("-pk"))
    allowed = allowances_of(found, at=at)
    return tuple(
        SavedCardLine(
            card.pk,
            card.brand,
            card.last_four,
            card.last_day,
            card.last_day < today,
            allowed.get(card.pk),
        )
        for card in found
    )


def purchases(viewer: Viewer, *, older_than: int | None = None, most: int = PAGE) -> PurchaseList:
    """What the viewer has ordered, `most` on a page. One query."""
    rows = visible_purchases(viewer).select_related("agreement", "card").order_by("-pk")
    if older_than is not None:
        rows = rows.filter(pk__lt=older_than)
    page = list(rows[: most + 1])
    more = len(page) > most
    page = page[:most]
    return PurchaseList(tuple(line_of(row) for row in page), page[-1].pk if more else None)


def purchase_page(viewer: Viewer, purchase_id: int, *, at: datetime) -> PurchasePage:
    """One purchase. Raises Http404 where it is not the viewer's to see. Four queries."""
    row = purchase_for(viewer, purchase_id)
    return PurchasePage(
        line=line_of(row),
        action_url=row.action_url,
        provider=row.provider,
        terms_version=row.terms_version,
        terms_accepted_at=row.terms_accepted_at,
        refund=refundable(row, row.agreement, at=at),
        history=tuple(journal.facts_about("purchase", row.pk)),
    )


def receipt(purchase_id: int) -> Receipt:
    """A purchase, for whoever writes to its buyer. Raises `Purchase.DoesNotExist`. One query."""
    row = Purchase.objects.select_related("agreement", "card", "account").get(pk=purchase_id)
    return Receipt(line_of(row), row.account_id, row.account.get_full_name(), row.account.email, row.country)


def may_refund(purchase_id: int, *, at: datetime) -> Decision:
    """Whether a purchase may be paid back now. Raises `Purchase.DoesNotExist`. One query."""
    row = Purchase.objects.select_related("agreement").get(pk=purchase_id)
    return refundable(row, row.agreement, at=at)


def purchase_of_agreement(agreement_id: int) -> int | None:
    """The purchase that granted an agreement, None where it was not bought. One query."""
    return Purchase.objects.filter(agreement_id=agreement_id).values_list("pk", flat=True).first()


def refundable(row: Purchase, agreement: Agreement | None, *, at: datetime) -> Decision:
    """Whether a purchase may be paid back at `at`, with the agreement that it granted."""
    return refunds.may_refund(
        State(row.state),
        Dispute(row.dispute),
        units=row.units,
        left=agreement.units_left if agreement else 0,
        has_ended=agreement is not None and agreement.ends_at <= at,
    )


def for_oneself(viewer: Viewer, buyer_id: int) -> Decision:
    """Whether the viewer may have money paid back to this buyer: nobody does so to themself."""
    return Decision((Reason("agreement.for-oneself"),)) if viewer.account_id == buyer_id else ALLOWED


def line_of(row: Purchase) -> PurchaseLine:
    """A purchase as lists show it; its agreement and card have to be at hand."""
    programme = programme_of(row.programme_id)
    agreement = row.agreement
    return PurchaseLine(
        purchase_id=row.pk,
        number=row.number,
        offer_code=row.offer_code,
        programme_code=programme.code,
        programme=dict(programme.name),
        units=row.units,
        amount_minor=row.amount_minor,
        currency=row.currency,
        tax_note=row.tax_note,
        state=State(row.state),
        dispute=Dispute(row.dispute),
        failure=row.failure,
        ordered_at=row.ordered_at,
        paid_at=row.paid_at,
        refunded_at=row.refunded_at,
        refunded_minor=row.refunded_minor,
        card_brand=row.card.brand,
        card_last_four=row.card.last_four,
        program=row.program,
        is_asked=row.state == State.PAYING and bool(row.action_url),
        agreement_id=row.agreement_id,
        units_left=agreement.units_left if agreement else None,
        ends_at=agreement.ends_at if agreement else None,
        time_zone=row.time_zone,
    )
