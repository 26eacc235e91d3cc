"""A provider that takes no money, for trying everything out: its cards succeed, fail, or misbehave, each in its way.

It keeps books of its own, writes them in transactions of its own and announces what happened through the job queue, as
another company would from outside.
"""

from __future__ import annotations

import hmac
import json
from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.db import transaction
from procrastinate.contrib.django import app

from pactdesk.kernel import sealing
from pactdesk.kernel.ids import new_key
from pactdesk.purchases.models import SandboxEvent, SandboxPayment
from pactdesk.purchases.providers import CardRefused, NotFromProvider
from pactdesk.purchases.rules.payments import (
    DECLINED,
    NO_FUNDS,
    NOT_CONFIRMED,
    Card,
    CardSetup,
    Dispute,
    Money,
    Payer,
    Payment,
    PaymentOrder,
    PaymentPage,
    PaymentState,
    ProviderEvent,
    TestCard,
)

CODE: Final = "sandbox"
SIGNATURE: Final = "Sandbox-Signature"
ANNOUNCE_TASK: Final = "pactdesk.purchases.tasks.announce_sandbox_event"
_PURPOSE: Final = b"events of the sandbox"

SUCCEEDS: Final = "succeeds"
ASKS: Final = "asks"
DISPUTED: Final = "disputed"
SILENT: Final = "silent"
_REFUSALS: Final = {"declined": DECLINED, "no-funds": NO_FUNDS}

# Numbers are never asked for; these are the last digits of well-known test cards.
TEST_CARDS: Final = (
    TestCard("works", "visa", "4242", SUCCEEDS),
    TestCard("declined", "visa", "0002", "declined"),
    TestCard("no-funds", "mastercard", "9995", "no-funds"),
    TestCard("asks", "mastercard", "3155", ASKS),
    TestCard("silent", "visa", "0077", SILENT),
    TestCard("disputed", "amex", "0259", DISPUTED),
)


class Sandbox:
    """See the module."""

    code = CODE
    test_cards = TEST_CARDS

    def page(self) -> PaymentPage:
        return PaymentPage(CODE)

    def know(self, payer: Payer) -> str:
        return f"cus_sandbox_{payer.account_id}"

    def begin_card(self, payer: Payer) -> CardSetup:
        return CardSetup(f"seti_sandbox_{new_key().hex}", "")

    def card_of(self, setup: str, payer: Payer) -> Card:
        """Setups are called "…:code of a test card" by whoever chose one."""
        chosen = next((card for card in TEST_CARDS if card.code == setup.rpartition(":")[2]), None)
        if chosen is None:
            raise CardRefused("card.refused")
        month = 12
        year = 2099
        return Card(
            reference=f"pm_sandbox_{chosen.code}_{new_key().hex}",
            brand=chosen.brand,
            last_four=chosen.last_four,
            last_day=date(year, month, monthrange(year, month)[1]),
        )

    def forget_card(self, card: str) -> None:
        """Nothing is kept of it."""

    def open_payment(self, order: PaymentOrder) -> str:
        found, _is_new = SandboxPayment.objects.get_or_create(
            key=order.key,
            defaults={
                "reference": f"pi_sandbox_{new_key().hex[:24]}",
                "card": order.card,
                "amount_minor": order.money.minor,
                "currency": order.money.currency,
                "state": PaymentState.OPEN.value,
            },
        )
        return found.reference

    def confirm(self, payment: str, *, return_url: str) -> Payment:
        with transaction.atomic():
            row = _locked(payment)
            is_new = row.state == PaymentState.OPEN
            behaviour = _behaviour(row)
            if is_new:
                row.return_url = return_url
                if behaviour in _REFUSALS:
                    _fail(row, _REFUSALS[behaviour])
                elif behaviour == ASKS:
                    row.state = PaymentState.NEEDS_ACTION.value
                    row.save()
                else:
                    _take(row)
            found = _as_payment(row)
        if is_new and behaviour == SILENT:
            # The answer gets lost on the way, and so does the event.
            return Payment(payment, PaymentState.PROCESSING, found.money)
        return found

    def answer(self, payment: str, *, approve: bool) -> None:
        """What the buyer says on the sandbox's own page. Nothing happens where nothing was asked."""
        with transaction.atomic():
            row = _locked(payment)
            if row.state == PaymentState.NEEDS_ACTION:
                if approve:
                    _take(row)
                else:
                    _fail(row, NOT_CONFIRMED)

    def look(self, payment: str) -> Payment:
        return _as_payment(SandboxPayment.objects.get(reference=payment))

    def cancel(self, payment: str) -> Payment:
        with transaction.atomic():
            row = _locked(payment)
            if row.state in {PaymentState.OPEN, PaymentState.NEEDS_ACTION}:
                row.state = PaymentState.CANCELLED.value
                row.save()
        return _as_payment(row)

    def refund(self, payment: str, *, amount_minor: int, key: str) -> Payment:
        with transaction.atomic():
            row = _locked(payment)
            if not row.refunded_minor:
                row.refunded_minor = amount_minor
                row.save()
                _announce(row, "refunded")
        return _as_payment(row)

    def settle_dispute(self, payment: str, *, won: bool) -> None:
        """What the bank decides. Nothing happens where nothing is disputed."""
        with transaction.atomic():
            row = _locked(payment)
            if row.dispute == Dispute.OPEN:
                row.dispute = (Dispute.WON if won else Dispute.LOST).value
                row.save()
                _announce(row, "dispute-closed")

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> ProviderEvent:
        if not hmac.compare_digest(headers.get(SIGNATURE, "").encode(), signature(body).encode()):
            raise NotFromProvider
        told = json.loads(body)
        return ProviderEvent(
            event_id=told["id"],
            kind=told["kind"],
            payment=told["payment"],
            money=Money(told["amount_minor"], told["currency"]),
            dispute=Dispute(told["dispute"]),
        )


def signature(body: bytes) -> str:
    """What stands in the header `SIGNATURE` of an event with this body."""
    return sealing.keyed_hash(_PURPOSE, body.decode("utf-8", "replace")).hex()


def event_body(event_id: int) -> bytes:
    """The event as it is sent. It tells how the payment stands when it is sent, not when it came about."""
    event = SandboxEvent.objects.select_related("payment").get(pk=event_id)
    row = event.payment
    told: dict[str, Any] = {
        "id": event.reference,
        "kind": event.kind,
        "payment": row.reference,
        "amount_minor": row.amount_minor,
        "currency": row.currency,
        "dispute": row.dispute,
    }
    return json.dumps(told).encode()


def _locked(payment: str) -> SandboxPayment:
    return SandboxPayment.objects.select_for_update().get(reference=payment)


def _behaviour(row: SandboxPayment) -> str:
    code = row.card.removeprefix("pm_sandbox_").rpartition("_")[0]
    return next((card.behaviour for card in TEST_CARDS if card.code == code), "declined")


def _take(row: SandboxPayment) -> None:
    row.state, row.captured_minor = PaymentState.SUCCEEDED.value, row.amount_minor
    behaviour = _behaviour(row)
    if behaviour == DISPUTED:
        row.dispute = Dispute.OPEN.value
    row.save()
    if behaviour != SILENT:
        _announce(row, "succeeded")
    if behaviour == DISPUTED:
        _announce(row, "disputed")


def _fail(row: SandboxPayment, failure: str) -> None:
    row.state, row.failure = PaymentState.FAILED.value, failure
    row.save()
    _announce(row, "failed")


def _announce(row: SandboxPayment, kind: str) -> None:
    event = SandboxEvent.objects.create(payment=row, kind=kind, reference=f"evt_sandbox_{new_key().hex}")
    app.configure_task(ANNOUNCE_TASK, queue="payments").defer(event_id=event.pk)


def _as_payment(row: SandboxPayment) -> Payment:
    waits = row.state == PaymentState.NEEDS_ACTION
    return Payment(
        reference=row.reference,
        state=PaymentState(row.state),
        money=Money(row.amount_minor, row.currency),
        captured_minor=row.captured_minor,
        refunded_minor=row.refunded_minor,
        failure=row.failure,
        action_url=f"{row.return_url.rstrip('/')}/confirm/" if waits else "",
        dispute=Dispute(row.dispute),
    )
