"""Coming to a customer without rights of one's organization: by its domain name and one of its subscriptions
(OBO-5)."""

from __future__ import annotations

from django.db import transaction

from pactdesk.accounts.viewer import Viewer
from pactdesk.delegation.queries.customers import customer_by_domain
from pactdesk.delegation.rules.trying import Tried
from pactdesk.delegation.services.trying import count_wrong, may_try_now
from pactdesk.kernel.decisions import Decision, Reason, Refused


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
    decision = may_try_now(Tried.CUSTOMER, actor)
    if not decision.allowed:
        return decision
    customer_id = customer_by_domain(actor, domain, subscription)
    if customer_id is None:
        count_wrong(Tried.CUSTOMER, actor)
        return Decision((Reason("customer.not-found"),))
    return customer_id
