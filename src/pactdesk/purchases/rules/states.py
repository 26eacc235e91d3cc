"""The phases of a purchase, and what the provider's word means in each (PPI-5)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from pactdesk.purchases.rules.payments import Dispute, Money, Payment, PaymentState


class State(StrEnum):
    """Where a purchase stands."""

    ORDERED = "ordered"  # written down; the provider does not know of it
    PAYING = "paying"  # the provider has a payment for it, which is not decided
    PAID = "paid"  # the money is here; the incidents are granted next
    GRANTED = "granted"  # the incidents can be used
    FAILED = "failed"  # nothing was taken
    REFUNDING = "refunding"  # the incidents are taken away; the money is on its way back
    REFUNDED = "refunded"


# What somebody still has to finish.
UNFINISHED: Final = (State.ORDERED, State.PAYING, State.PAID, State.REFUNDING)
NOT_PAID: Final = frozenset({State.ORDERED, State.PAYING, State.FAILED})


class Verdict(StrEnum):
    """What a purchase becomes by what the provider says."""

    NOTHING = "nothing"
    WAITS = "waits"
    PAID = "paid"
    FAILED = "failed"
    DIFFERS = "differs"


def verdict(state: State, expected: Money, payment: Payment) -> Verdict:
    """What `payment` means for a purchase of `expected`.

    Only exactly what was ordered pays for it. A purchase that was given up and is paid after all is paid: whatever
    order the news come in, money that was taken is never forgotten. Once paid, no news of the payment takes that back.
    """
    if state not in NOT_PAID:
        return Verdict.NOTHING
    if payment.money != expected:
        return Verdict.DIFFERS
    if payment.state is PaymentState.SUCCEEDED:
        return Verdict.PAID if payment.captured_minor == expected.minor else Verdict.DIFFERS
    if state is State.FAILED:
        return Verdict.NOTHING
    if payment.state in {PaymentState.FAILED, PaymentState.CANCELLED}:
        return Verdict.FAILED
    return Verdict.WAITS


def dispute_becomes(before: Dispute, told: Dispute) -> Dispute:
    """How a dispute stands after what was `told`. Its end stays its end, whatever arrives late; none is no news."""
    if before in {Dispute.WON, Dispute.LOST} or told is Dispute.NONE:
        return before
    return told
