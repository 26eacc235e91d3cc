"""Requests that have to do with each other: duplicates are merged, others linked."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.access import desk_case
from pactdesk.cases.facts import CaseMerged, CasesLinked, CasesUnlinked
from pactdesk.cases.models import Case, CaseLink, Contact
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.rules.contacts import MOST_ADDITIONAL
from pactdesk.cases.rules.outcomes import DUPLICATE, NON_DECREMENT
from pactdesk.cases.rules.relations import mergeable, same_customer
from pactdesk.cases.rules.status import Side
from pactdesk.cases.services.changing import CannotChange, keep, require_unchanged
from pactdesk.cases.services.contacts import place
from pactdesk.cases.services.ending import close_as
from pactdesk.journal import services as journal
from pactdesk.kernel.decisions import Reason


@transaction.atomic
def merge(number: int, into: int, *, seen: int | None, actor: Viewer, at: datetime) -> int:
    """Close a duplicate, which goes on as `into`; answers how many units were given back (AGR-6).

    Its contacts become contacts of the other one; what was said stays where it was said. Both have to be of one
    customer, so that nobody gets to see what is another's. Raises Http404, `CannotChange`.
    """
    locked = _both(number, into, actor)
    case, other = locked[number], locked[into]
    require_unchanged(case, seen)
    decision = mergeable(
        same=number == into,
        same_customer=same_customer(
            organizations=(case.organization_id, other.organization_id),
            submitters=(case.submitter_id, other.submitter_id),
            customers=(case.customer_id, other.customer_id),
        ),
        statuses=(case.status, other.status),
        test=case.is_test != other.is_test,
    )
    if not decision.allowed:
        raise CannotChange(*decision)
    present = list(Contact.objects.filter(case=other))
    emails, known = {each.email for each in present}, {each.account_id for each in present} - {None}
    coming = [
        each
        for each in Contact.objects.filter(case=case)
        if each.email not in emails and each.account_id not in known
    ]
    if len(present) - 1 + len(coming) > MOST_ADDITIONAL:
        raise CannotChange(Reason("contact.too-many", {"most": MOST_ADDITIONAL}))
    for each in coming:
        person = Person(each.name, each.email, each.phone, each.time_zone, each.language)
        place(other, person, Side.VENDOR, actor_id=actor.account_id, at=at)
    _link(number, into, actor, at)
    journal.record(CaseMerged(number, into=into), actor_id=actor.account_id, at=at)
    keep(other, at=at, publicly=bool(coming))
    return close_as(case, NON_DECREMENT, DUPLICATE, actor_id=actor.account_id, at=at, merged_into=into)


@transaction.atomic
def link(number: int, other: int, *, actor: Viewer, at: datetime) -> None:
    """Note that two requests have to do with each other. Only the desk sees it; again changes nothing.

    Raises Http404 where the actor does not see both, and `CannotChange` for a request and itself.
    """
    locked = _both(number, other, actor)
    if number == other:
        raise CannotChange(Reason("case.same-request"))
    if _link(number, other, actor, at):
        for case in locked.values():
            keep(case, at=at, publicly=False)


@transaction.atomic
def unlink(number: int, other: int, *, actor: Viewer, at: datetime) -> None:
    """Undo `link`; again changes nothing. Raises Http404."""
    locked = _both(number, other, actor)
    gone, _by_model = CaseLink.objects.filter(first=min(number, other), second=max(number, other)).delete()
    if gone:
        for one, two in ((number, other), (other, number)):
            journal.record(CasesUnlinked(one, other=two), actor_id=actor.account_id, at=at)
        for case in locked.values():
            keep(case, at=at, publicly=False)


def _both(number: int, other: int, actor: Viewer) -> dict[int, Case]:
    """Both requests, locked in the order of their numbers. Raises Http404."""
    return {each: desk_case(actor, each, lock=True) for each in sorted({number, other})}


def _link(number: int, other: int, actor: Viewer, at: datetime) -> bool:
    _link_row, is_new = CaseLink.objects.get_or_create(
        first_id=min(number, other), second_id=max(number, other)
    )
    if is_new:
        for one, two in ((number, other), (other, number)):
            journal.record(CasesLinked(one, other=two), actor_id=actor.account_id, at=at)
    return is_new
