"""Who has money paid back: the service centre, or a request that is closed without being counted."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from pactdesk.accounts.viewer import Viewer
from pactdesk.kernel.decisions import Reason
from pactdesk.purchases.models import Purchase
from pactdesk.purchases.queries import for_oneself
from pactdesk.purchases.rules.refunds import BY_HAND, Cause, cause_of_closing
from pactdesk.purchases.services import completing, returning
from pactdesk.purchases.services.returning import CannotRefund


def refund(
    purchase_id: int, *, cause: Cause = Cause.SERVICE_CENTRE, note: str, actor: Viewer, at: datetime
) -> None:
    """Pay a purchase back because the service centre says so, which may name one of `BY_HAND`.

    Only one that is unused as a whole, and not the actor's own. Never in a transaction: units and money go one after
    the other. Raises `CannotRefund`, `Purchase.DoesNotExist`.
    """
    if not (actor.at_service_centre or actor.is_operator) or cause not in BY_HAND:
        raise CannotRefund(Reason("refund.not-allowed"))
    own = for_oneself(actor, Purchase.objects.values_list("account_id", flat=True).get(pk=purchase_id))
    if not own.allowed:
        raise CannotRefund(*own)
    returning.begin(purchase_id, cause=cause, note=note, actor_id=actor.account_id, at=at)
    completing.advance(purchase_id, at=at, late=True)


def pay_back_closed(agreement_id: int, *, cause: str, note: str, at: datetime) -> None:
    """Pay back the purchase whose agreement has got an incident back, if it is unused as a whole now (AGR-6). Again
    changes nothing.

    `cause` is why the request was not counted, `note` what the request is called.
    """
    purchase = Purchase.objects.filter(agreement_id=agreement_id).first()
    because = cause_of_closing(cause=cause, units=purchase.units) if purchase else None
    if purchase is None or because is None:
        return
    with suppress(CannotRefund):
        returning.begin(purchase.pk, cause=because, note=note, actor_id=None, at=at)
    completing.advance(purchase.pk, at=at, late=True)
