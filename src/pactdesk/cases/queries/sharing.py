"""With whom a request is shared, and what its contacts may do about that (REQ-2)."""

from __future__ import annotations

from dataclasses import dataclass

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.access import case_for
from pactdesk.cases.models import Case, Contact
from pactdesk.cases.rules.contacts import PRIMARY, may_add, may_remove
from pactdesk.delegation.queries import acting_for
from pactdesk.delegation.rules import may_manage_contacts
from pactdesk.kernel.decisions import ALLOWED, Decision


@dataclass(frozen=True, slots=True)
class SharedWith:
    """A contact, without a word on whether the address has an account: contacts could ask that of any address.

    What may be done is about the viewer; `may_invite` is whether an invitation can be asked for, for whoever needs one.
    """

    id: int
    role: str
    name: str
    email: str
    phone: str
    is_viewer: bool
    may_remove: Decision
    may_invite: bool


@dataclass(frozen=True, slots=True)
class Sharing:
    """The contacts of a request, the primary one first, and whether another one can be added."""

    people: tuple[SharedWith, ...]
    may_add: Decision
    is_test: bool


def may_manage(viewer: Viewer, case: Case) -> Decision:
    """Whether the viewer may change who else sees the request: of one that was made for a customer only with the right
    to manage contacts (OBO-3). One query where there is a customer."""
    if case.customer_id is None or case.customer_id == viewer.organization_id:
        return ALLOWED
    number = case.subscription.number if case.subscription else ""
    return may_manage_contacts(acting_for(viewer, case.customer_id, number).standing)


def sharing_of(viewer: Viewer, number: int | None) -> Sharing:
    """With whom the request is shared, for one of its contacts. Raises Http404. Three queries at most."""
    case = case_for(viewer, number, along=("subscription",))
    manages = may_manage(viewer, case)
    contacts = list(Contact.objects.filter(case=case).order_by("pk"))
    contacts.sort(key=lambda contact: contact.role != PRIMARY)
    mine = next(contact for contact in contacts if contact.account_id == viewer.account_id)
    people = tuple(
        SharedWith(
            id=contact.pk,
            role=contact.role,
            name=contact.name,
            email=contact.email,
            phone=contact.phone,
            is_viewer=contact.pk == mine.pk,
            may_remove=may_remove(
                contact.role, is_own=contact.pk == mine.pk, by_primary=mine.role == PRIMARY
            ).and_also(() if contact.pk == mine.pk else manages),
            may_invite=contact.pk != mine.pk and not case.is_test,
        )
        for contact in contacts
    )
    addable = may_add(status=case.status, others=len(people) - 1)
    return Sharing(people, addable.and_also(manages), case.is_test)
