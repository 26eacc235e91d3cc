"""For whom a request was made and under what (OBO-1, OBO-3), as whoever may open it is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pactdesk.cases.models import Case


@dataclass(frozen=True, slots=True)
class OnBehalf:
    """`customer` is "" for the own tenant. A request for a customer rests on the `role` that its submitter had on the
    subscription, or on what was granted at `granted_at`, by `provider` where that is not the customer itself. `partner`
    is the organization of the submitter. `best_effort`: help without access to the subscription (RTE-3)."""

    customer: str
    submitter: str
    partner: str
    subscription: str
    role: str
    granted_at: datetime | None
    provider: str
    best_effort: bool


def on_behalf_of(case: Case) -> OnBehalf | None:
    """None where it was made in one's own name and concerns no subscription. One query at most."""
    if case.customer_id is None and case.subscription_id is None and not case.best_effort:
        return None
    told = Case.objects.select_related(
        "customer", "organization", "submitter", "subscription", "delegation__grantor", "role_assignment"
    ).get(pk=case.pk)
    delegation, subscription = told.delegation, told.subscription
    passed_on = delegation is not None and delegation.grantor_id != told.customer_id
    return OnBehalf(
        customer=told.customer.name if told.customer else "",
        submitter=told.submitter.get_full_name() or told.submitter.email,
        partner=told.organization.name if told.organization else "",
        subscription=f"{subscription.name} ({subscription.number})" if subscription else "",
        role=told.role_assignment.role if told.role_assignment and told.customer_id is not None else "",
        granted_at=delegation.granted_at if delegation else None,
        provider=delegation.grantor.name if delegation and passed_on else "",
        best_effort=told.best_effort,
    )
