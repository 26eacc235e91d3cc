"""Invitations: for the letter, for whoever holds a token, and for the contacts of a request."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.models import Contact, Invitation
from pactdesk.cases.queries.audience import is_still_contact
from pactdesk.cases.rules.invitations import PURPOSE, is_token
from pactdesk.cases.rules.numbers import shown_number
from pactdesk.kernel import sealing


@dataclass(frozen=True, slots=True)
class InvitationLetter:
    """What the letter to somebody without an account needs. `token` is the secret in it: `/invitations/<token>/`."""

    invitation_id: int
    number: int
    shown_number: str
    summary: str
    to_name: str
    to_email: str
    language: str
    time_zone: str
    invited_by: str
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class InvitationPage:
    """What whoever holds the token is told. `sees_it`: the account that asks is a contact of that request already."""

    number: int
    shown_number: str
    summary: str
    name: str
    email: str
    time_zone: str
    invited_by: str
    expires_at: datetime
    sees_it: bool


def invitation_letter(contact_id: int) -> InvitationLetter | None:
    """The letter that is owed to a contact, None where no invitation is open. For the worker, which stands for nobody.

    Three queries at most. Nothing but this may unseal the token, and the letter must not be kept once it was handed
    over."""
    invitation = (
        Invitation.objects.select_related("contact", "case", "issued_by")
        .filter(contact_id=contact_id, ended_at=None)
        .first()
    )
    if invitation is None or invitation.contact is None or invitation.contact.account_id is not None:
        return None
    if not is_still_contact(invitation.contact.pk):
        return None
    contact, case = invitation.contact, invitation.case
    return InvitationLetter(
        invitation_id=invitation.pk,
        number=case.pk,
        shown_number=shown_number(case.pk),
        summary=case.summary,
        to_name=contact.name,
        to_email=invitation.email,
        language=contact.language or case.language,
        time_zone=contact.time_zone or case.time_zone,
        invited_by=invitation.issued_by.get_full_name() if invitation.issued_by else "",
        token=sealing.unseal(PURPOSE, invitation.sealed_token),
        expires_at=invitation.expires_at,
    )


def open_invitation(token: str, *, at: datetime) -> Invitation | None:
    """The invitation that this token answers, with what belongs to it, if it holds at `at`. Three queries at most."""
    if not is_token(token):
        return None
    invitations = Invitation.objects.select_related("contact", "case", "issued_by")
    found = invitations.filter(token_hash=token_hash(token), ended_at=None, expires_at__gt=at).first()
    if found is None or found.contact is None or found.contact.account_id is not None:
        return None
    return found if is_still_contact(found.contact.pk) else None


def token_hash(token: str) -> bytes:
    """By what a token is known again. As many bits as it has cannot be guessed, so this need not be slow."""
    return hashlib.sha256(token.encode()).digest()


def invitation_page(viewer: Viewer | None, token: str, *, at: datetime) -> InvitationPage | None:
    """What a token leads to, for somebody who need not be signed in; None where it leads nowhere (any more).

    Four queries at most.
    """
    invitation = open_invitation(token, at=at)
    if invitation is None or invitation.contact is None:
        return None
    mine = Contact.objects.filter(case_id=invitation.case_id)
    return InvitationPage(
        number=invitation.case_id,
        shown_number=shown_number(invitation.case_id),
        summary=invitation.case.summary,
        name=invitation.contact.name,
        email=invitation.email,
        time_zone=invitation.contact.time_zone or invitation.case.time_zone,
        invited_by=invitation.issued_by.get_full_name() if invitation.issued_by else "",
        expires_at=invitation.expires_at,
        sees_it=viewer is not None and mine.filter(account_id=viewer.account_id).exists(),
    )
