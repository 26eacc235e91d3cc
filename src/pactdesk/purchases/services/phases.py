"""The phases of a purchase, one after the other (PPI-5).

    ordered → opened at the provider → confirmed → paid → granted

Each border is a commit. Whoever was killed at one leaves a row that says how far it came, and `advance` goes on from
there: what is taken once is the provider's payment, of which only the one that is written down is ever confirmed; what
is granted once is the ledger's entry with the purchase's key. So every step may be repeated, by anybody, at any time.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction

from pactdesk.agreements.services import bought
from pactdesk.journal import services as journal
from pactdesk.purchases.facts import PurchaseDiffers, PurchaseFailed, PurchaseGranted, PurchasePaid
from pactdesk.purchases.models import Payer, Purchase
from pactdesk.purchases.providers import PaymentProvider, PaymentRefused
from pactdesk.purchases.rules.buying import PATIENCE
from pactdesk.purchases.rules.payments import ABANDONED, NOT_CHARGED, Dispute, Money, Payment, PaymentOrder
from pactdesk.purchases.rules.states import State, Verdict, verdict

log = structlog.get_logger(__name__)


def locked(purchase_id: int) -> Purchase:
    """The purchase, held until the caller's transaction ends. Lock order: the purchase, then its agreement."""
    return Purchase.objects.select_for_update().get(pk=purchase_id)


def pay(purchase_id: int, provider: PaymentProvider, *, at: datetime, late: bool) -> Payment | None:
    """Have a purchase charged that is not decided yet, and answer how its payment stands; None where there is none.

    One that nobody finished in time is given up, so that no card is charged when its owner has long gone. `late` says
    that the buyer is not there any more. Raises `providers.Unreachable`.
    """
    purchase = Purchase.objects.select_related("card").get(pk=purchase_id)
    is_too_late = at - purchase.ordered_at >= PATIENCE
    if purchase.state == State.ORDERED:
        if is_too_late:
            _give_up(purchase_id, NOT_CHARGED, late=True, at=at)
            return None
        try:
            opened = provider.open_payment(_order(purchase))
        except PaymentRefused as refused:
            _give_up(purchase_id, refused.args[0], late=late, at=at)
            return None
        purchase.payment = _note_payment(purchase_id, opened)
        purchase.state = State.PAYING.value
    if purchase.state != State.PAYING:
        return None
    found = (
        provider.cancel(purchase.payment)
        if is_too_late
        else provider.confirm(purchase.payment, return_url=purchase.return_url)
    )
    settle(purchase_id, found, at=at, late=late)
    return found


def _order(purchase: Purchase) -> PaymentOrder:
    payer = Payer.objects.get(account_id=purchase.account_id, provider=purchase.provider)
    return PaymentOrder(
        key=str(purchase.provider_key),
        number=purchase.number,
        money=Money(purchase.amount_minor, purchase.currency),
        payer=payer.reference,
        card=purchase.card.reference,
    )


@transaction.atomic
def _note_payment(purchase_id: int, reference: str) -> str:
    """Write the reference of an opened payment down; answers the one that counts, which may be somebody else's."""
    purchase = locked(purchase_id)
    if not purchase.payment:
        purchase.payment, purchase.state = reference, State.PAYING.value
        purchase.save(update_fields=["payment", "state"])
    return purchase.payment


@transaction.atomic
def _give_up(purchase_id: int, reason: str, *, late: bool, at: datetime) -> None:
    purchase = locked(purchase_id)
    if purchase.state == State.ORDERED:
        _fail(purchase, reason, late=late, at=at)


@transaction.atomic
def settle(purchase_id: int, found: Payment, *, at: datetime, late: bool) -> Verdict:
    """Write down what the provider says of the payment; answers what it came to. Again changes nothing."""
    purchase = locked(purchase_id)
    expected = Money(purchase.amount_minor, purchase.currency)
    outcome = verdict(State(purchase.state), expected, found)
    if outcome is Verdict.PAID:
        purchase.state, purchase.captured_minor, purchase.paid_at = State.PAID.value, found.captured_minor, at
        purchase.action_url = purchase.failure = ""
        purchase.save(update_fields=["state", "captured_minor", "paid_at", "action_url", "failure"])
        journal.record(PurchasePaid(purchase.pk, expected.minor, expected.currency), actor_id=None, at=at)
    elif outcome is Verdict.FAILED:
        _fail(purchase, found.failure or ABANDONED, late=late, at=at)
    elif outcome is Verdict.WAITS and purchase.action_url != found.action_url:
        purchase.action_url = found.action_url
        purchase.save(update_fields=["action_url"])
    elif outcome is Verdict.DIFFERS:
        _differs(purchase, found.money, at=at)
    return outcome


def differs(purchase_id: int, told: Money, *, at: datetime) -> bool:
    """Whether `told` is another amount than was ordered, which is then written down for an operator to look at."""
    with transaction.atomic():
        purchase = locked(purchase_id)
        if told == Money(purchase.amount_minor, purchase.currency):
            return False
        _differs(purchase, told, at=at)
    return True


def _differs(purchase: Purchase, told: Money, *, at: datetime) -> None:
    log.error(
        "payment of another amount",
        purchase=purchase.number,
        ordered=f"{purchase.amount_minor} {purchase.currency}",
        told=f"{told.minor} {told.currency}",
    )
    if purchase.differs_at is not None:
        return
    purchase.differs_at = at
    purchase.save(update_fields=["differs_at"])
    fact = PurchaseDiffers(purchase.pk, purchase.amount_minor, purchase.currency, told.minor, told.currency)
    journal.record(fact, actor_id=None, at=at)


def _fail(purchase: Purchase, reason: str, *, late: bool, at: datetime) -> None:
    purchase.state, purchase.failure, purchase.action_url = State.FAILED.value, reason, ""
    purchase.save(update_fields=["state", "failure", "action_url"])
    journal.record(PurchaseFailed(purchase.pk, reason, late), actor_id=None, at=at)


@transaction.atomic
def grant(purchase_id: int, *, at: datetime) -> None:
    """Issue what was paid for (PPI-5). Nothing is issued that is not paid, nor twice: the ledger refuses the key."""
    purchase = (
        Purchase.objects.select_for_update(of=("self",)).select_related("programme").get(pk=purchase_id)
    )
    if purchase.state != State.PAID:
        return
    agreement_id = bought.issue_bought(
        purchase.programme.code,
        holder_id=purchase.account_id,
        units=purchase.units,
        starts_on=at.astimezone(ZoneInfo(purchase.time_zone)).date(),
        time_zone=purchase.time_zone,
        key=grant_key(purchase_id),
        actor_id=purchase.account_id,
        at=at,
    )
    if purchase.dispute in {Dispute.OPEN, Dispute.LOST}:
        bought.freeze(agreement_id, at=at)
    purchase.agreement_id, purchase.state = agreement_id, State.GRANTED.value
    purchase.save(update_fields=["agreement", "state"])
    journal.record(PurchaseGranted(purchase.pk, agreement_id, purchase.units), actor_id=None, at=at)


def grant_key(purchase_id: int) -> str:
    """The ledger's key of what a purchase grants."""
    return f"purchase:{purchase_id}"
