"""Who will see a request (WIZ-3, WIZ-4, REQ-1)."""

from __future__ import annotations

from collections.abc import Sequence

from pactdesk.cases.rules.answers import Person
from pactdesk.cases.rules.status import CLOSED
from pactdesk.kernel.decisions import Decision, Reason

MOST_ADDITIONAL = 10
PRIMARY = "primary"


def addable_contact(person: Person, *, primary: Person, others: Sequence[Person]) -> Decision:
    """May `person` be shared with, beside the primary contact and `others`? Nobody is named twice."""
    refusals: list[Reason] = []
    if person.email == primary.email:
        refusals.append(Reason("contact.is-primary"))
    if any(person.email == other.email for other in others):
        refusals.append(Reason("contact.named-twice"))
    if len(others) >= MOST_ADDITIONAL:
        refusals.append(Reason("contact.too-many", {"most": MOST_ADDITIONAL}))
    return Decision(tuple(refusals))


def not_of_the_customer(person: Person, *, theirs: frozenset[str]) -> Decision:
    """Whether `person` may be named in a request that is made for a customer, whose addresses are `theirs`: how to
    reach somebody has to be the partner's own, never the customer's (OBO-2)."""
    if person.email.lower() in theirs:
        return Decision((Reason("contact.of-the-customer", {"address": person.email}),))
    return Decision()


def may_add(*, status: str, others: int) -> Decision:
    """Whether anybody can be added to a request that is shared with so many others already."""
    refusals: list[Reason] = []
    if status == CLOSED:
        refusals.append(Reason("case.is-closed"))
    if others >= MOST_ADDITIONAL:
        refusals.append(Reason("contact.too-many", {"most": MOST_ADDITIONAL}))
    return Decision(tuple(refusals))


def may_remove(role: str, *, is_own: bool, by_primary: bool) -> Decision:
    """Whether somebody can be taken off a request: by themselves, or by its primary contact, who stays (REQ-2).

    `by_primary` is true at the desk, too.
    """
    refusals: list[Reason] = []
    if role == PRIMARY:
        refusals.append(Reason("contact.primary-stays"))
    if not is_own and not by_primary:
        refusals.append(Reason("contact.not-yours-to-remove"))
    return Decision(tuple(refusals))


def submitter_will_see(address: str, *, primary: Person, others: Sequence[Person]) -> bool:
    """Is the person who submits among the contacts? If not, they see the confirmation and no more (WIZ-4)."""
    mine = address.lower()
    return mine == primary.email or any(mine == person.email for person in others)
