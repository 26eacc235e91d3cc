"""Whom an agreement benefits. Whoever that is decides nothing about it at the service centre."""

from __future__ import annotations

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.models import Agreement, Registration
from pactdesk.agreements.queries.mailing import addressed_to


def would_benefit(viewer: Viewer, organization_id: int | None, owner_id: int | None) -> bool:
    """Whether an agreement that is to be issued would be the viewer's own: as its owner, as one of its organization, or
    as whoever is mailed the pair."""
    if viewer.account_id == owner_id:
        return True
    if organization_id is None:
        return False
    is_ours = organization_id == viewer.organization_id
    return is_ours or addressed_to(organization_id, owner_id).contact == viewer.account_id


def benefits(viewer: Viewer, agreement: Agreement) -> bool:
    """The same of an agreement that there is; it also benefits whoever has bought it, or has ever added it: access that
    was withdrawn can be given back. Reads at most a few rows."""
    return (
        agreement.holder_id == viewer.account_id
        or would_benefit(viewer, agreement.organization_id, agreement.owner_id)
        or Registration.objects.filter(agreement=agreement, account_id=viewer.account_id).exists()
    )
