"""What only the sandbox has: its own page on which a payment is confirmed, and a bank that decides when told to."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.purchases.access import purchase_for
from pactdesk.purchases.providers import provider
from pactdesk.purchases.providers.sandbox import Sandbox
from pactdesk.purchases.rules.payments import Dispute
from pactdesk.purchases.rules.states import State
from pactdesk.purchases.services import completing


def answer(purchase_id: int, *, approve: bool, actor: Viewer, at: datetime) -> None:
    """Confirm a payment in the place of the buyer's bank, or refuse to. Raises Http404 where nothing is to be
    confirmed."""
    purchase = purchase_for(actor, purchase_id)
    asked = _sandbox()
    if purchase.state != State.PAYING or not purchase.action_url or purchase.provider != asked.code:
        raise Http404
    asked.answer(purchase.payment, approve=approve)
    completing.look_again(purchase_id, asked, told=Dispute.NONE, at=at, late=False)


def settle_dispute(payment: str, *, won: bool) -> None:
    """Let the bank decide a dispute; the event about it comes by itself. Raises Http404 without the sandbox."""
    _sandbox().settle_dispute(payment, won=won)


def _sandbox() -> Sandbox:
    found = provider()
    if not isinstance(found, Sandbox):
        raise Http404
    return found
