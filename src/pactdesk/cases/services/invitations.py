"""Inviting contacts who have no account: a letter with a token that works once, for 72 hours (REQ-2, A20).

The request's row is locked by whoever issues, ends or accepts, so that each happens before or after the others.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.access import case_for
from pactdesk.cases.facts import ContactInvited, InvitationAccepted
from pactdesk.cases.models import Case, Contact, Invitation
from pactdesk.cases.queries.invitations import open_invitation, token_hash
from pactdesk.cases.rules.invitations import COUNTED, LIFETIME, PURPOSE, TOKEN_BYTES, may_invite
from pactdesk.cases.rules.status import Side
from pactdesk.journal import services as journal
from pactdesk.kernel import sealing
from pactdesk.kernel.decisions import Decision, Reason, Refused

# How long ended invitations are kept for counting.
KEPT: Final = timedelta(days=30)


class CannotInvite(Refused):
    """No letter was sent."""


class CannotAccept(Refused):
    """The place stays as it was. Why an invitation does not hold is never told, whatever the reason."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The request that somebody sees now."""

    case_number: int


def issue(case: Case, contact: Contact, side: Side, *, actor_id: int, at: datetime) -> Decision:
    """Invite a contact of a locked request, in place of an earlier invitation; answers why not, where not."""
    since = at - COUNTED
    decision = may_invite(
        has_account=contact.account_id is not None,
        is_test=case.is_test,
        to_address=Invitation.objects.filter(email=contact.email, issued_at__gt=since).count(),
        from_request=Invitation.objects.filter(case=case, issued_at__gt=since).count(),
    )
    if not decision.allowed:
        return decision
    end(contact, at=at)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation = Invitation.objects.create(
        case=case,
        contact=contact,
        email=contact.email,
        token_hash=token_hash(token),
        sealed_token=sealing.seal(PURPOSE, token),
        issued_by_id=actor_id,
        issued_at=at,
        expires_at=at + LIFETIME,
    )
    fact = ContactInvited(
        case.pk,
        contact=contact.pk,
        invitation=invitation.pk,
        name=contact.name,
        email=contact.email,
        side=side.value,
    )
    journal.record(fact, actor_id=actor_id, at=at)
    return decision


def end(contact: Contact, *, at: datetime) -> None:
    """Let the open invitation of a contact hold no longer."""
    Invitation.objects.filter(contact=contact, ended_at=None).update(ended_at=at, sealed_token=b"")


@transaction.atomic
def invite_again(number: int | None, contact_id: int, *, actor: Viewer, at: datetime) -> str:
    """A contact has the letter sent once more, with a new token; answers to which address.

    Raises Http404 where the actor is no contact, and `CannotInvite`.
    """
    case = case_for(actor, number, lock=True)
    contact = Contact.objects.filter(pk=contact_id, case=case).first()
    if contact is None:
        raise CannotInvite(Reason("invitation.nobody-there"))
    decision = issue(case, contact, Side.REQUESTER, actor_id=actor.account_id, at=at)
    if not decision.allowed:
        raise CannotInvite(*decision)
    return contact.email


@transaction.atomic
def accept(token: str, *, actor: Viewer, at: datetime) -> Accepted:
    """Give the place to which the token leads to the actor's account, once.

    The token proves that its address was reached, so the account may have another one; the place then names who has
    taken it, so that everybody knows who sees the request and letters go where they are read.

    Raises `CannotAccept`: with "invitation.not-valid" where the token is wrong, used, replaced, withdrawn or too old;
    with "invitation.in-already" where the actor sees that request without it, and it stays good for somebody else.
    """
    found = open_invitation(token, at=at)
    if found is None:
        raise CannotAccept(Reason("invitation.not-valid"))
    case = Case.objects.select_for_update(of=("self",)).get(pk=found.case_id)
    invitation = open_invitation(token, at=at)  # as it is now that nobody else can answer it
    contact = invitation.contact if invitation else None
    if invitation is None or contact is None:
        raise CannotAccept(Reason("invitation.not-valid"))
    if Contact.objects.filter(case=case, account_id=actor.account_id).exists():
        raise CannotAccept(Reason("invitation.in-already"))
    fact = InvitationAccepted(case.pk, contact=contact.pk, name=contact.name, account=actor.account_id)
    contact.account_id = actor.account_id
    if not Contact.objects.filter(case=case, email=actor.email.lower()).exists():
        contact.name, contact.email, contact.phone = actor.name, actor.email.lower(), actor.phone
        contact.language, contact.time_zone = actor.language or contact.language, actor.time_zone
    contact.save(update_fields=["account", "name", "email", "phone", "language", "time_zone"])
    invitation.accepted_by_id = actor.account_id
    invitation.ended_at, invitation.sealed_token = at, b""
    invitation.save(update_fields=["accepted_by", "ended_at", "sealed_token"])
    journal.record(fact, actor_id=actor.account_id, at=at)
    return Accepted(case.pk)


def end_expired(*, at: datetime) -> None:
    """Forget the tokens of those whose time is over or whose place is taken, and rows that nobody counts any more.

    Safe to repeat.
    """
    over = Q(expires_at__lte=at) | Q(contact=None) | Q(contact__account__isnull=False)
    Invitation.objects.filter(over, ended_at=None).update(ended_at=at, sealed_token=b"")
    Invitation.objects.filter(ended_at__lte=at - KEPT).delete()
