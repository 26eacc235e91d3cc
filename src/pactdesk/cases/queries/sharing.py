"""With whom a request is shared, and what its contacts may do about that (REQ-2)."""

from __future__ import annotations

from dataclasses import dataclass

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.access import case_for
from pactdesk.cases.models import Contact
from pactdesk.cases.rules.contacts import PRIMARY, may_add, may_remove
from pactdesk.kernel.decisions import Decision


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


def sharing_of(viewer: Viewer, number: int | None) -> Sharing:
    """With whom the request is shared, for one of its contacts. Raises Http404. Two queries."""
    case = case_for(viewer, number)
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
            ),
            may_invite=contact.pk != mine.pk and not case.is_test,
        )
        for contact in contacts
    )
    return Sharing(people, may_add(status=case.status, others=len(people) - 1), case.is_test)
