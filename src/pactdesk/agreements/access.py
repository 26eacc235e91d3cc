"""Which agreements a Viewer may see: those registered with the account, those it owns, what it bought, and what its
organization holds without a pair."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.models import Agreement, Registration
from pactdesk.agreements.rules import Plan
from pactdesk.catalog import queries as catalog
from pactdesk.catalog.rules import Programme


def visible_agreements(viewer: Viewer) -> QuerySet[Agreement]:
    """The agreements that `viewer` has registered (and was not cut off from) or owns."""
    mine = Registration.objects.filter(
        agreement=OuterRef("pk"), account_id=viewer.account_id, revoked_at=None
    )
    return Agreement.objects.filter(Exists(mine) | Q(owner_id=viewer.account_id) | held_by(viewer))


def held_by(viewer: Viewer) -> Q:
    """What is held without a pair: what the viewer bought, and the memberships and set-asides of the organization."""
    bought = Q(holder_id=viewer.account_id)
    if viewer.organization_id is None:
        return bought
    return bought | Q(pair_digest=None, organization_id=viewer.organization_id)


def drawn_on_by(viewer: Viewer) -> QuerySet[Agreement]:
    """The agreements on which `viewer` may draw: those registered and not withdrawn, and those held without a pair."""
    mine = Registration.objects.filter(
        agreement=OuterRef("pk"), account_id=viewer.account_id, revoked_at=None
    )
    return Agreement.objects.filter(Exists(mine) | held_by(viewer))


def listed_agreements(viewer: Viewer) -> QuerySet[Agreement]:
    """The agreements that `viewer` has ever registered, or owns, or bought, or whose organization holds them.

    Those from which the viewer was cut off are among them, so that the list can say so; they cannot be opened.
    """
    ever = Registration.objects.filter(agreement=OuterRef("pk"), account_id=viewer.account_id)
    return Agreement.objects.filter(Exists(ever) | Q(owner_id=viewer.account_id) | held_by(viewer))


def agreement_for(viewer: Viewer, agreement_id: int) -> Agreement:
    """The agreement with this id. Raises Http404 where it is not the viewer's to see."""
    agreement = visible_agreements(viewer).filter(pk=agreement_id).first()
    if agreement is None:
        raise Http404
    return agreement


def owned_agreement(viewer: Viewer, agreement_id: int, *, lock: bool = False) -> Agreement:
    """The agreement with this id. Raises Http404 where the viewer is not its owner.

    `lock` holds its row until the caller's transaction ends: for whatever depends on how many have registered it.
    """
    owned = Agreement.objects.filter(pk=agreement_id, owner_id=viewer.account_id)
    agreement = (owned.select_for_update() if lock else owned).first()
    if agreement is None:
        raise Http404
    return agreement


def require_service_centre(viewer: Viewer) -> None:
    """Raises Http404 for whoever is not of the service centre."""
    if not viewer.at_service_centre:
        raise Http404


def any_agreement(viewer: Viewer, agreement_id: int, *, lock: bool = False) -> Agreement:
    """The agreement with this id, whoever owns it, for the service centre. Raises Http404. `lock` as in
    `owned_agreement`."""
    require_service_centre(viewer)
    found = Agreement.objects.filter(pk=agreement_id).select_related("organization", "owner", "holder")
    agreement = (found.select_for_update(of=("self",)) if lock else found).first()
    if agreement is None:
        raise Http404
    return agreement


def divisible_agreement(viewer: Viewer, agreement_id: int, *, lock: bool = False) -> Agreement:
    """The agreement of which the viewer may set units aside: its owner's, or what was set aside for the viewer's
    organization, for a global administrator of it. Raises Http404. `lock` as in `owned_agreement`."""
    mine = Q(owner_id=viewer.account_id, parent=None)
    if viewer.administers and viewer.organization_id is not None:
        mine |= Q(parent__isnull=False, organization_id=viewer.organization_id)
    found = Agreement.objects.filter(mine, pk=agreement_id)
    agreement = (found.select_for_update(of=("self",)) if lock else found).first()
    if agreement is None or not programme_of(agreement.programme_id).quantity:
        raise Http404
    return agreement


def plan_of(agreement: Agreement, registration: Registration | None) -> Plan:
    """`agreement` as the pure rules see it, for the account behind `registration`; what has no pair needs none."""
    programme = programme_of(agreement.programme_id)
    return Plan(
        agreement_id=agreement.pk,
        coverage=programme.coverage,
        units_left=agreement.units_left,
        starts_at=agreement.starts_at,
        ends_at=agreement.ends_at,
        suspended=agreement.suspended_at is not None,
        frozen=agreement.frozen_at is not None,
        overdraft=agreement.overdraft,
        registered=registration is not None or agreement.pair_digest is None,
        revoked=registration is not None and registration.revoked_at is not None,
        counted=programme.quantity is not None,
    )


def programme_of(programme_id: int) -> Programme:
    """The programme with this id, out of the catalogue in memory."""
    return catalog.current().programme_by_id(programme_id)
