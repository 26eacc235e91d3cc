"""With whom a request is shared, and what its contacts may do about that (REQ-2)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.access import case_for
from pactdesk.cases.models import Contact, Invitation
from pactdesk.cases.rules.contacts import PRIMARY, may_add, may_remove
from pactdesk.cases.rules.invitations import COUNTED, may_invite
from pactdesk.kernel.decisions import Decision


@dataclass(frozen=True, slots=True)
class SharedWith:
    """A contact. `has_account`: sees the request; others do once they have taken up their place.

    `invited_until` is when their invitation ends, None where none is open. What may be done is about the viewer.
    """

    id: int
    role: str
    name: str
    email: str
    phone: str
    is_viewer: bool
    has_account: bool
    invited_until: datetime | None
    may_remove: Decision
    may_invite: Decision


@dataclass(frozen=True, slots=True)
class Sharing:
    """The contacts of a request, the primary one first, and whether another one can be added."""

    people: tuple[SharedWith, ...]
    may_add: Decision


def sharing_of(viewer: Viewer, number: int | None, *, at: datetime) -> Sharing:
    """With whom the request is shared, for one of its contacts. Raises Http404. Three queries."""
    case = case_for(viewer, number)
    contacts = list(Contact.objects.filter(case=case).order_by("pk"))
    contacts.sort(key=lambda contact: contact.role != PRIMARY)
    mine = next(contact for contact in contacts if contact.account_id == viewer.account_id)
    emails = [contact.email for contact in contacts]
    invited: dict[int | None, datetime] = {}
    to_address, from_request = Counter[str](), 0
    for each in Invitation.objects.filter(Q(case=case) | Q(email__in=emails)):
        if each.case_id == case.pk and each.ended_at is None and each.expires_at > at:
            invited[each.contact_id] = each.expires_at
        if each.issued_at > at - COUNTED:
            to_address[each.email] += 1
            from_request += each.case_id == case.pk
    people = tuple(
        SharedWith(
            id=contact.pk,
            role=contact.role,
            name=contact.name,
            email=contact.email,
            phone=contact.phone,
            is_viewer=contact.pk == mine.pk,
            has_account=contact.account_id is not None,
            invited_until=invited.get(contact.pk),
            may_remove=may_remove(
                contact.role, is_own=contact.pk == mine.pk, by_primary=mine.role == PRIMARY
            ),
            may_invite=may_invite(
                has_account=contact.account_id is not None,
                is_test=case.is_test,
                to_address=to_address[contact.email],
                from_request=from_request,
            ),
        )
        for contact in contacts
    )
    return Sharing(people, may_add(status=case.status, others=len(people) - 1))
