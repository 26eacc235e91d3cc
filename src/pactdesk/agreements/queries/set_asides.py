"""What was set aside of an agreement, for whoever may divide it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.access import divisible_agreement, programme_of
from pactdesk.agreements.models import Agreement, LedgerEntry


@dataclass(frozen=True, slots=True)
class SetAside:
    """Units that stand aside for an organization. `aside` is how many were put there, less what was recalled; `left`
    are not used, and not set aside further either. `most` limits `aside`, None does not."""

    id: int
    holder_id: int
    holder: str
    aside: int
    left: int
    most: int | None

    @property
    def used(self) -> int:
        return self.aside - self.left


@dataclass(frozen=True, slots=True)
class SetAsides:
    """All that was set aside of an agreement, by the names of the holders. `left` is what can still be."""

    agreement_id: int
    organization_id: int | None
    left: int
    lines: tuple[SetAside, ...]


def may_divide(viewer: Viewer, agreement_id: int) -> bool:
    """Whether the viewer may set units of this agreement aside. One query."""
    try:
        divisible_agreement(viewer, agreement_id)
    except Http404:
        return False
    return True


def set_asides_of(viewer: Viewer, agreement_id: int) -> SetAsides:
    """What was set aside of an agreement. Raises Http404 where the viewer may not divide it. Two queries."""
    agreement = divisible_agreement(viewer, agreement_id)
    moved = LedgerEntry.objects.filter(agreement=OuterRef("pk"), counterpart=agreement).order_by()
    net = moved.values("agreement").annotate(net=Sum("units")).values("net")
    held = Agreement.objects.filter(parent=agreement).annotate(
        aside=Coalesce(Subquery(net), 0), holder_name=F("organization__name")
    )
    whole = programme_of(agreement.programme_id).whole
    return SetAsides(
        agreement_id=agreement.pk,
        organization_id=agreement.organization_id or viewer.organization_id,
        left=max(agreement.units_left, 0) // whole,
        lines=tuple(
            SetAside(
                each.pk,
                each.organization_id or 0,
                each.holder_name,
                each.aside // whole,
                each.units_left // whole,
                each.most_units,
            )
            for each in held.order_by("organization__name", "pk")
        ),
    )


def set_aside_for(viewer: Viewer, set_aside_id: int) -> tuple[SetAsides, SetAside]:
    """One of them, with the agreement from which it came. Raises Http404. Three queries."""
    parent_id = Agreement.objects.filter(pk=set_aside_id).values_list("parent_id", flat=True).first()
    if parent_id is None:
        raise Http404
    found = set_asides_of(viewer, parent_id)
    return found, next(line for line in found.lines if line.id == set_aside_id)
