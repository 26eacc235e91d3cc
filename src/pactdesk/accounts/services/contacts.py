"""Who is the primary programme contact of an organization, or of one of its locations (BEN-1)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.http import Http404

from pactdesk.accounts.facts import PrimaryContactChanged
from pactdesk.accounts.models import Account, Location, Organization
from pactdesk.accounts.viewer import Viewer
from pactdesk.journal import services as journal
from pactdesk.kernel.decisions import Reason, Refused


class CannotChangeContact(Refused):
    """The contact stays who it was."""


@transaction.atomic
def set_primary_contact(
    organization_id: int, location_id: int | None, email: str, *, actor: Viewer, at: datetime
) -> None:
    """Let the account with this address be the contact of an organization, or of its location; "" is nobody.

    Raises `CannotChangeContact` where the organization has no such account; Http404 for everybody who does not work at
    the service centre, for an unknown organization and for a location of another one.
    """
    if not actor.at_service_centre:
        raise Http404
    rows = (
        Organization.objects.filter(pk=organization_id)
        if location_id is None
        else Location.objects.filter(pk=location_id, organization_id=organization_id)
    )
    found = rows.select_for_update(no_key=True).first()
    if found is None:
        raise Http404
    account_id = None
    if email:
        account = Account.objects.filter(
            email__iexact=email, organization_id=organization_id, is_active=True
        ).first()
        if account is None:
            raise CannotChangeContact(Reason("organization.contact-elsewhere"))
        account_id = account.pk
    before = found.primary_contact_id
    if before == account_id:
        return
    found.primary_contact_id = account_id
    found.save(update_fields=["primary_contact"])
    changed = PrimaryContactChanged(organization_id, location_id, before, account_id)
    journal.record(changed, actor_id=actor.account_id, at=at)
