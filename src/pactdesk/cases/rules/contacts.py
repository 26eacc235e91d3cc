"""Who will see a request (WIZ-3, WIZ-4, REQ-1)."""

from __future__ import annotations

from collections.abc import Sequence

from pactdesk.cases.rules.answers import Person
from pactdesk.kernel.decisions import Decision, Reason

MOST_ADDITIONAL = 10


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


def submitter_will_see(address: str, *, primary: Person, others: Sequence[Person]) -> bool:
    """Is the person who submits among the contacts? If not, they see the confirmation and no more (WIZ-4)."""
    mine = address.lower()
    return mine == primary.email or any(mine == person.email for person in others)
