"""Saying which agreement is offered first. It is the account's own matter: nobody else is told, and no unit moves.

Whoever loses a registration loses its place: the database sees to that (`registration_gives_up_its_place`).
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, transaction
from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.models import DrawPlace
from pactdesk.agreements.queries.draw_order import DrawOrder, draw_order
from pactdesk.agreements.rules.draw_order import ordered, put_before, shortest

# Namespace of advisory locks: one account puts its agreements in order one after the other.
_ACCOUNT_LOCK = 0x44524157


@transaction.atomic
def use_before(agreement_id: int, before_id: int | None, *, actor: Viewer) -> tuple[int, ...]:
    """Have an agreement offered directly before another one from now on, or before all others (None); answers the own
    order that there was, for `put_in_order` to undo it. Again changes nothing.

    Raises Http404 where the actor may not draw on one of them.
    """
    known = _alone_with_the_order_of(actor)
    order = known.all
    if agreement_id not in order or before_id not in (None, *order):
        raise Http404
    own = put_before(known.usual, known.own, agreement_id, order[0] if before_id is None else before_id)
    _keep(own, known, actor)
    return known.own


@transaction.atomic
def put_in_order(agreement_ids: Sequence[int], *, actor: Viewer) -> tuple[int, ...]:
    """Have these agreements offered first, in this order, and all others as is usual; none: all as is usual. Answers
    like `use_before`. What the actor may not draw on is passed over, as if it were not there."""
    known = _alone_with_the_order_of(actor)
    _keep(shortest(known.usual, ordered(known.usual, agreement_ids)), known, actor)
    return known.own


# Withdrawing a registration locks its agreement: it comes before this, or waits and then finds the new place.
_HOLD = "SELECT FROM agreements_agreement WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE"


def _alone_with_the_order_of(actor: Viewer) -> DrawOrder:
    """The order, which nobody changes until the transaction ends; nor loses the account a registration until then."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_ACCOUNT_LOCK, actor.account_id % 2**31])
        cursor.execute(_HOLD, [list(draw_order(actor).usual)])
    return draw_order(actor)


def _keep(own: tuple[int, ...], known: DrawOrder, actor: Viewer) -> None:
    if own == known.own:
        return
    DrawPlace.objects.filter(account_id=actor.account_id).delete()
    DrawPlace.objects.bulk_create(
        DrawPlace(account_id=actor.account_id, agreement_id=agreement_id, place=place)
        for place, agreement_id in enumerate(own)
    )
