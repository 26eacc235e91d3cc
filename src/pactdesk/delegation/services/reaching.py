"""Coming to a customer without rights of one's organization: by its domain name and one of its subscriptions
(OBO-5)."""

from __future__ import annotations

from typing import Final

from django.core.cache import cache
from django.db import connection, transaction

from pactdesk.accounts.viewer import Viewer
from pactdesk.delegation.queries.customers import customer_by_domain
from pactdesk.delegation.rules.subscriptions import may_try_a_customer
from pactdesk.kernel.decisions import Decision, Reason, Refused

_LOCK: Final = (
    0x444F4D41  # the namespace of advisory locks: names of one account are tried one after the other
)
_HOUR: Final = 3600


class CannotReach(Refused):
    """Nothing is told about the customer, not even whether it is there."""


def reach(domain: str, subscription: str, *, actor: Viewer) -> int:
    """The id of the customer with this domain name and a subscription of this number on which the actor has a role.

    Raises `CannotReach`, with one and the same reason whatever is wrong, and once too many were tried within an hour.
    """
    found = _counted(domain, subscription, actor)
    if isinstance(found, Decision):
        raise CannotReach(*found)
    return found


@transaction.atomic
def _counted(domain: str, subscription: str, actor: Viewer) -> int | Decision:
    # Whoever raises here takes back what was counted, which is kept in the database, too.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, actor.account_id % 2**31])
    counter = f"customers-tried:{actor.account_id}"
    wrong = int(cache.get(counter, 0))
    decision = may_try_a_customer(wrong)
    if not decision.allowed:
        return decision
    customer_id = customer_by_domain(actor, domain, subscription)
    if customer_id is None:
        cache.set(counter, wrong + 1, _HOUR)
        return Decision((Reason("customer.not-found"),))
    return customer_id
