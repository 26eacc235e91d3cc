"""What the service centre does in an owner's place, each with a reason: replacing the pair, limiting the accounts that
may add it, withdrawing what one has added (AGR-11); and making another account the owner."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.http import Http404

from pactdesk.accounts.models import Account
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.access import any_agreement
from pactdesk.agreements.facts import OwnerChanged, RegistrationRevoked
from pactdesk.agreements.models import Agreement, Registration
from pactdesk.agreements.queries.benefiting import benefits
from pactdesk.agreements.queries.mailing import addressed
from pactdesk.agreements.services import CannotReplacePair, limit_seats, name_anew
from pactdesk.agreements.services.mailing import mail_replaced
from pactdesk.journal import services as journal
from pactdesk.kernel.decisions import Decision, Reason, Refused


class CannotChangeOwner(Refused):
    """The owner stays who it was."""


@transaction.atomic
def replace_pair_for(
    agreement_id: int, *, access_id: str, reason: str, actor: Viewer, at: datetime
) -> Decision:
    """Name an agreement by a new pair and mail that to whom its benefits are addressed; from now on the old one is not
    recognised, and whoever has added the agreement keeps it.

    Answers why the new pair is mailed to nobody, if so (`mail_replaced`): it is replaced all the same. `access_id` is
    that of the pair to be replaced, so that asking twice replaces once. Raises `CannotReplacePair`, also where there is
    nobody to whom the benefits are addressed or the agreement benefits the actor, and Http404 where there is no pair or
    the actor is not at the service centre.
    """
    agreement = _with_a_pair(agreement_id, actor)
    if benefits(actor, agreement):
        raise CannotReplacePair(Reason("agreement.for-oneself"))
    if addressed(agreement).contact is None:
        raise CannotReplacePair(Reason("agreement.nobody-to-mail"))
    name_anew(agreement, access_id=access_id, actor=actor, at=at, reason=reason)
    return mail_replaced(agreement.pk, actor_id=actor.account_id, at=at)


@transaction.atomic
def set_seat_limit_for(
    agreement_id: int, limit: int | None, *, reason: str, actor: Viewer, at: datetime
) -> None:
    """Say how many accounts may have added an agreement at a time; None lifts the limit.

    Raises `CannotLimitSeats` where more draw on it already, and Http404 like `replace_pair_for`.
    """
    limit_seats(_with_a_pair(agreement_id, actor), limit, actor=actor, at=at, reason=reason)


@transaction.atomic
def change_owner(
    agreement_id: int, owner_id: int | None, *, reason: str, actor: Viewer, at: datetime
) -> None:
    """Make another account the owner of an agreement: one of its organization, or nobody; where it is no
    organization's, anybody, but never the actor. Again changes nothing. Raises `CannotChangeOwner`, and Http404 like
    `replace_pair_for`."""
    agreement = _with_a_pair(agreement_id, actor)
    if owner_id == actor.account_id and agreement.owner_id != owner_id:
        raise CannotChangeOwner(Reason("agreement.for-oneself"))
    if owner_id is None and agreement.organization_id is None:
        raise CannotChangeOwner(Reason("agreement.owner-needed"))
    owner = Account.objects.filter(pk=owner_id, is_active=True).first() if owner_id is not None else None
    belongs = owner is not None and agreement.organization_id in (None, owner.organization_id)
    if owner_id is not None and not belongs:
        raise CannotChangeOwner(Reason("agreement.owner-elsewhere"))
    before = agreement.owner_id
    if before == owner_id:
        return
    agreement.owner = owner
    agreement.save(update_fields=["owner"])
    fact = OwnerChanged(agreement.pk, before, owner_id, reason)
    journal.record(fact, actor_id=actor.account_id, at=at)


@transaction.atomic
def withdraw_registration(
    agreement_id: int, registration_id: int, *, reason: str, actor: Viewer, at: datetime
) -> None:
    """Take an account's right to draw on an agreement away; its owner can give it back (AGR-11). Again changes nothing.

    Raises Http404 for everybody who does not work at the service centre.
    """
    agreement = any_agreement(actor, agreement_id, lock=True)
    seat = Registration.objects.filter(pk=registration_id, agreement=agreement, revoked_at=None).first()
    if seat is None:
        return
    seat.revoked_at, seat.revoked_by_id = at, actor.account_id
    seat.save(update_fields=["revoked_at", "revoked_by"])
    fact = RegistrationRevoked(agreement.pk, seat.account_id, reason)
    journal.record(fact, actor_id=actor.account_id, at=at)


def _with_a_pair(agreement_id: int, actor: Viewer) -> Agreement:
    agreement = any_agreement(actor, agreement_id, lock=True)
    if agreement.pair_digest is None:
        raise Http404
    return agreement
