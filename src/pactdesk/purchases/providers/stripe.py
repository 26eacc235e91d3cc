"""Stripe, by its own library: PaymentIntents for payments, SetupIntents for the cards that are saved.

Stripe's script on the page talks to Stripe; what comes here of a card is its name there, its brand, its last four
digits and its last month. Keys are restricted as far as Stripe allows; see docs/how-to/take-payments.md.
"""

from __future__ import annotations

import json
from calendar import monthrange
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from typing import Any, Final

import stripe
from django.conf import settings

from pactdesk.purchases.providers import CardRefused, NotFromProvider, PaymentRefused, Unreachable
from pactdesk.purchases.rules.payments import (
    ABANDONED,
    CARD_EXPIRED,
    DECLINED,
    NO_FUNDS,
    NOT_CONFIRMED,
    REFUSED,
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

CODE: Final = "stripe"
SCRIPT: Final = "https://js.stripe.com/v3/"
SECONDS: Final = 20  # for one call
# Stripe's names of what went wrong, in ours; everything else is refused.
_FAILURES: Final = {
    "card_declined": DECLINED,
    "insufficient_funds": NO_FUNDS,
    "expired_card": CARD_EXPIRED,
    "authentication_required": NOT_CONFIRMED,
    "payment_intent_authentication_failure": NOT_CONFIRMED,
}
_STATES: Final = {
    "requires_confirmation": PaymentState.OPEN,
    "requires_action": PaymentState.NEEDS_ACTION,
    "processing": PaymentState.PROCESSING,
    "succeeded": PaymentState.SUCCEEDED,
    "canceled": PaymentState.CANCELLED,
}
_UNDECIDED: Final = frozenset({"requires_payment_method", "requires_confirmation", "requires_action"})
# Of these Stripe tells about a dispute; the kinds in which it has ended come with its outcome.
_DISPUTES: Final = {"won": Dispute.WON, "lost": Dispute.LOST, "warning_closed": Dispute.WON}


class Stripe:
    """See the module."""

    code = CODE
    test_cards: tuple[TestCard, ...] = ()

    @cached_property
    def _client(self) -> stripe.StripeClient:
        return stripe.StripeClient(
            settings.STRIPE_SECRET_KEY,
            base_addresses={"api": settings.STRIPE_API},
            http_client=stripe.RequestsClient(timeout=SECONDS),
            max_network_retries=1,
        )

    def page(self) -> PaymentPage:
        return PaymentPage(
            CODE,
            publishable_key=settings.STRIPE_PUBLISHABLE_KEY,
            script_url=SCRIPT,
            csp={
                "script-src": ("https://js.stripe.com",),
                "frame-src": ("https://js.stripe.com", "https://hooks.stripe.com"),
                "connect-src": ("https://api.stripe.com",),
                "img-src": ("https://*.stripe.com",),
            },
        )

    def know(self, payer: Payer) -> str:
        with _answered():
            # Without a key: another installation may use the same account at Stripe, and a spare customer does no harm.
            customer = self._client.v1.customers.create({"email": payer.email, "name": payer.name})
        return customer.id

    def begin_card(self, payer: Payer) -> CardSetup:
        with _answered():
            setup = self._client.v1.setup_intents.create(
                {
                    "customer": payer.reference,
                    "usage": "on_session",
                    "allowed_payment_method_types": ["card"],
                }
            )
        return CardSetup(setup.id, setup.client_secret or "")

    def card_of(self, setup: str, payer: Payer) -> Card:
        with _answered():
            try:
                found = self._client.v1.setup_intents.retrieve(setup)
            except stripe.InvalidRequestError as error:
                raise CardRefused("card.refused") from error
            if _id(found.customer) != payer.reference:
                raise CardRefused("card.refused")
            if found.status != "succeeded" or found.payment_method is None:
                raise CardRefused("card.setup-unfinished")
            method = self._client.v1.payment_methods.retrieve(_id(found.payment_method))
        card = method.card
        if card is None:
            raise CardRefused("card.refused")
        year, month = card.exp_year, card.exp_month
        last_day = date(year, month, monthrange(year, month)[1])
        return Card(method.id, card.brand, card.last4 or "", last_day)

    def forget_card(self, card: str) -> None:
        with _answered():
            try:
                self._client.v1.payment_methods.detach(card)
            except stripe.InvalidRequestError as error:
                # Detached before, or removed at Stripe's.
                if error.http_status not in {400, 404}:
                    raise

    def open_payment(self, order: PaymentOrder) -> str:
        with _answered():
            try:
                intent = self._client.v1.payment_intents.create(
                    {
                        "amount": order.money.minor,
                        "currency": order.money.currency.lower(),
                        "customer": order.payer,
                        "payment_method": order.card,
                        "metadata": {"pactdesk_purchase": order.number},
                    },
                    {"idempotency_key": order.key},
                )
            except (stripe.CardError, stripe.InvalidRequestError) as error:
                raise PaymentRefused(_failure(error.code, None)) from error
        return intent.id

    def confirm(self, payment: str, *, return_url: str) -> Payment:
        found = self.look(payment)
        if found.state is not PaymentState.OPEN:
            return found
        with _answered():
            try:
                intent = self._client.v1.payment_intents.confirm(payment, {"return_url": return_url})
            except stripe.CardError as error:
                return self._declined(payment, error)
            except stripe.InvalidRequestError:
                # Somebody else confirmed it between the look and now.
                return self.look(payment)
        return self._payment(intent)

    def _declined(self, payment: str, error: stripe.CardError) -> Payment:
        """A payment that was declined is closed, so that nobody pays it later."""
        found = self.cancel(payment)
        if found.state is not PaymentState.CANCELLED:
            return found
        failure = _failure(error.code, error.error.decline_code if error.error else None)
        return Payment(payment, PaymentState.FAILED, found.money, failure=failure)

    def look(self, payment: str) -> Payment:
        with _answered():
            return self._payment(
                self._client.v1.payment_intents.retrieve(payment, {"expand": ["latest_charge"]})
            )

    def cancel(self, payment: str) -> Payment:
        with _answered():
            try:
                intent = self._client.v1.payment_intents.cancel(payment)
            except stripe.InvalidRequestError:
                return self.look(payment)
        return self._payment(intent)

    def refund(self, payment: str, *, amount_minor: int, key: str) -> Payment:
        with _answered():
            self._client.v1.refunds.create(
                {"payment_intent": payment, "amount": amount_minor}, {"idempotency_key": key}
            )
        return self.look(payment)

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> ProviderEvent:
        try:
            stripe.WebhookSignature.verify_header(
                body.decode("utf-8"),
                headers.get("Stripe-Signature", ""),
                settings.STRIPE_WEBHOOK_SECRET,
                tolerance=300,
            )
            told = json.loads(body)
            about = told["data"]["object"]
            event_id, kind = str(told["id"]), str(told["type"])
        except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError) as error:
            raise NotFromProvider from error
        return ProviderEvent(
            event_id=event_id[:100],
            kind=kind[:100],
            payment=_payment_of(about),
            money=_money_of(about),
            dispute=_dispute_of(about),
        )

    def _payment(self, found: stripe.PaymentIntent) -> Payment:
        intent = found.to_dict()
        charge = intent.get("latest_charge")
        charge = charge if isinstance(charge, dict) else {}
        # Also what is to be tried with another card has failed: nothing is tried twice here.
        state = _STATES.get(intent["status"], PaymentState.FAILED)
        error, action = intent.get("last_payment_error"), intent.get("next_action") or {}
        failure = _failure(error.get("code"), error.get("decline_code")) if error else ""
        if state is PaymentState.CANCELLED:
            failure = failure or ABANDONED
        is_paid = state is PaymentState.SUCCEEDED
        waits = state is PaymentState.NEEDS_ACTION
        return Payment(
            reference=intent["id"],
            state=state,
            money=Money(intent["amount"], intent["currency"].upper()),
            captured_minor=int(intent.get("amount_received", intent["amount"])) if is_paid else 0,
            refunded_minor=int(charge.get("amount_refunded", 0)) if is_paid else 0,
            failure=failure,
            action_url=(action.get("redirect_to_url") or {}).get("url", "") if waits else "",
            dispute=self._dispute(intent["id"]) if charge.get("disputed") else Dispute.NONE,
        )

    def _dispute(self, payment: str) -> Dispute:
        with _answered():
            found = self._client.v1.disputes.list({"payment_intent": payment, "limit": 1}).data
        return _DISPUTES.get(found[0].status, Dispute.OPEN) if found else Dispute.OPEN


@contextmanager
def _answered() -> Iterator[None]:
    """Whatever is not an answer to the question leaves everything open."""
    try:
        yield
    except stripe.StripeError as error:
        raise Unreachable(f"{type(error).__name__} {error.code or ''}".strip()) from error


def _failure(code: str | None, decline_code: str | None) -> str:
    return _FAILURES.get(decline_code or "") or _FAILURES.get(code or "", REFUSED)


def _id(found: Any) -> str:
    return found if isinstance(found, str) else str(found.id if found is not None else "")


def _payment_of(about: Mapping[str, Any]) -> str:
    if about.get("object") == "payment_intent":
        return str(about.get("id", ""))[:100]
    named = about.get("payment_intent")
    return str(named["id"] if isinstance(named, dict) else named or "")[:100]


def _money_of(about: Mapping[str, Any]) -> Money | None:
    """The amount of a payment; those of refunds and disputes may be parts of it."""
    if about.get("object") not in {"payment_intent", "charge"}:
        return None
    return Money(int(about["amount"]), str(about["currency"]).upper()[:3])


def _dispute_of(about: Mapping[str, Any]) -> Dispute:
    if about.get("object") != "dispute":
        return Dispute.NONE
    return _DISPUTES.get(str(about.get("status")), Dispute.OPEN)
