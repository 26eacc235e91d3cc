"""Places of people in requests (WIZ-4, REQ-1, REQ-2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from pactdesk.accounts import queries as accounts
from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.access import case_for, desk_case
from pactdesk.cases.facts import ContactAdded, ContactRemoved
from pactdesk.cases.models import Case, Contact
from pactdesk.cases.queries.sharing import may_manage
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.rules.contacts import addable_contact, may_add, may_remove, not_of_the_customer
from pactdesk.cases.rules.status import CLOSED, Side
from pactdesk.cases.services import invitations
from pactdesk.cases.services.changing import keep
from pactdesk.journal import services as journal
from pactdesk.kernel.database import execute
from pactdesk.kernel.decisions import ALLOWED, Decision, Reason, Refused


class CannotChangeContacts(Refused):
    """The contacts stay as they were."""


@dataclass(frozen=True, slots=True)
class Added:
    """A place that was made. `is_known`: an account has proved to own the address, so it sees the request at once.

    Others are invited, or `not_invited` says why that has to wait. Both are for the desk: contacts are not to learn by
    sharing which addresses have accounts.
    """

    contact_id: int
    is_known: bool
    not_invited: Decision = ALLOWED


_HOLD = "SELECT pg_advisory_xact_lock_shared(hashtextextended(address, 0)) FROM unnest(%s::text[]) address"
_WAIT = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


def hold_addresses(addresses: Sequence[str]) -> None:
    """Until the transaction ends, let nobody claim places by these addresses, which are looked up after this.

    Otherwise somebody could prove an address between the look-up and the commit, and get the place from neither side.
    Who only names addresses keeps nobody else who does waiting. May be sent together with other statements.
    """
    execute(_HOLD, (list(addresses),))


def claim_places(address: str, *, account_id: int) -> int:
    """Give an account the places of the contacts with this address, once it has proved to own it; answers how many.

    Places that belong to an account stay with it, and whoever sees a request already gets no second place in it
    (WIZ-4, REQ-1); a test reaches nobody whom it names. Not for use inside a transaction that has locked something.
    """
    address = address.lower()
    with transaction.atomic():  # which is over at once: see `hold_addresses`
        execute(_WAIT, (address,))
    mine = Contact.objects.filter(account_id=account_id)
    places = Contact.objects.filter(email=address, account=None, case__is_test=False)
    with transaction.atomic():
        # In the order in which everybody locks requests. Who changes their contacts meanwhile comes before or after.
        cases = Case.objects.select_for_update().filter(pk__in=places.values("case"))
        list(cases.order_by("pk").values_list("pk"))
        return places.exclude(case__in=mine.values("case")).update(account_id=account_id)


@transaction.atomic
def add_contact(number: int | None, person: Person, *, actor: Viewer, at: datetime) -> Added:
    """A contact lets somebody else see the request (REQ-2). Raises Http404, `CannotChangeContacts`."""
    case = case_for(actor, number, lock=True)
    _require(may_manage(actor, case))
    return _add(case, person, Side.REQUESTER, actor, at)


@transaction.atomic
def add_contact_from_desk(number: int | None, person: Person, *, actor: Viewer, at: datetime) -> Added:
    """An engineer lets somebody see the request (REQ-2). Raises Http404, `CannotChangeContacts`."""
    return _add(desk_case(actor, number, lock=True), person, Side.VENDOR, actor, at)


@transaction.atomic
def remove_contact(number: int | None, contact_id: int, *, actor: Viewer, at: datetime) -> None:
    """A contact takes the own place away, or the primary contact that of somebody else. Again changes nothing.

    The primary contact stays: somebody has to be talked to. Raises Http404, `CannotChangeContacts`.
    """
    case = case_for(actor, number, lock=True)
    contact = Contact.objects.filter(pk=contact_id, case=case).first()
    if contact is None:
        return
    mine = Contact.objects.get(case=case, account_id=actor.account_id)
    by_primary = mine.role == Contact.Role.PRIMARY
    if contact.pk != mine.pk:
        _require(may_manage(actor, case))
    _require(may_remove(contact.role, is_own=contact.pk == mine.pk, by_primary=by_primary))
    _remove(case, contact, Side.REQUESTER, actor, at)


@transaction.atomic
def remove_contact_from_desk(number: int | None, contact_id: int, *, actor: Viewer, at: datetime) -> None:
    """An engineer takes somebody's place away (REQ-2). Raises Http404, `CannotChangeContacts`."""
    case = desk_case(actor, number, lock=True)
    contact = Contact.objects.filter(pk=contact_id, case=case).first()
    if contact is not None:
        _require(may_remove(contact.role, is_own=False, by_primary=True))
        _remove(case, contact, Side.VENDOR, actor, at)


def place(case: Case, person: Person, side: Side, *, actor_id: int, at: datetime) -> Added:
    """Make a place in a locked request for somebody who may have one.

    Who sees it already by another address gets no second place at the desk; a contact is not told whose address it is,
    and names somebody who then has a place without an account.
    """
    email = person.email.strip().lower()
    hold_addresses([email])
    known = None if case.is_test else accounts.people_by_address([email]).get(email)
    if known and Contact.objects.filter(case=case, account_id=known.account_id).exists():
        if side == Side.VENDOR:
            raise CannotChangeContacts(Reason("contact.named-twice"))
        known = None
    contact = Contact.objects.create(
        case=case,
        role=Contact.Role.ADDITIONAL,
        name=person.name,
        email=email,
        phone=person.phone,
        time_zone=person.time_zone or (known.time_zone if known else ""),
        language=person.language or (known.language if known else "") or case.language,
        account_id=known.account_id if known else None,
        customer_id=case.customer_id,
        subscription_id=case.subscription_id,
        is_open=case.status != CLOSED,
        changed_at=at,
    )
    fact = ContactAdded(case.pk, contact=contact.pk, name=contact.name, email=email, side=side.value)
    journal.record(fact, actor_id=actor_id, at=at)
    return Added(contact.pk, is_known=known is not None)


def _add(case: Case, person: Person, side: Side, actor: Viewer, at: datetime) -> Added:
    people = [(each.role, _person(each)) for each in Contact.objects.filter(case=case)]
    primary = next(each for role, each in people if role == Contact.Role.PRIMARY)
    others = [each for role, each in people if role != Contact.Role.PRIMARY]
    person = Person(
        person.name, person.email.strip().lower(), person.phone, person.time_zone, person.language
    )
    _require(addable_contact(person, primary=primary, others=others))
    if case.customer_id is not None:
        theirs = accounts.belonging_to(case.customer_id, [(person.email, person.phone)])
        _require(not_of_the_customer(person, theirs=theirs))
    _require(may_add(status=case.status, others=len(others)))
    added = place(case, person, side, actor_id=actor.account_id, at=at)
    keep(case, at=at)
    if added.is_known:
        return added
    contact = Contact.objects.get(pk=added.contact_id)
    decision = invitations.issue(case, contact, side, actor_id=actor.account_id, at=at)
    return replace(added, not_invited=decision)


def _remove(case: Case, contact: Contact, side: Side, actor: Viewer, at: datetime) -> None:
    fact = ContactRemoved(
        case.pk,
        name=contact.name,
        email=contact.email,
        account=contact.account_id,
        language=contact.language,
        time_zone=contact.time_zone,
        side=side.value,
    )
    invitations.end(contact, at=at)
    contact.delete()
    if contact.account_id is not None:
        # Who is a contact by another address, too, still is one.
        addresses = accounts.addresses_of(contact.account_id)
        other = Contact.objects.filter(case=case, account=None, email__in=addresses).order_by("pk").first()
        if other is not None:
            other.account_id = contact.account_id
            other.save(update_fields=["account"])
    journal.record(fact, actor_id=actor.account_id, at=at)
    keep(case, at=at)


def _require(decision: Decision) -> None:
    if not decision.allowed:
        raise CannotChangeContacts(*decision)


def _person(contact: Contact) -> Person:
    return Person(contact.name, contact.email, contact.phone, contact.time_zone, contact.language)
