"""The service centre withdraws a registration where an owner does not, or where there is none."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.access import any_agreement
from pactdesk.agreements.facts import RegistrationRevoked
from pactdesk.agreements.models import Registration
from pactdesk.journal import services as journal


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
