"""Which requests were charged to what, for the service centre: their numbers, which stand in the statements it reads,
and nothing of what they say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.access import require_service_centre
from pactdesk.cases.access import desk_cases
from pactdesk.cases.models import Case


@dataclass(frozen=True, slots=True)
class Charged:
    """A request that was charged to an agreement. `at_desk`: the viewer works on it and may open it."""

    number: int
    at_desk: bool


def charged_to(viewer: Viewer, number: int | None) -> int | None:
    """The agreement to which a request was charged; None: there is none, or no such request. One query. Raises Http404
    for everybody who is not of the service centre."""
    require_service_centre(viewer)
    return Case.objects.filter(pk=number or 0, is_test=False).values_list("agreement_id", flat=True).first()


def charged_with(viewer: Viewer, agreement_ids: Iterable[int]) -> dict[int, tuple[Charged, ...]]:
    """The requests that were charged to these agreements, by agreement, the newest first. One query, by the index of
    agreements. Raises Http404 like `charged_to`."""
    require_service_centre(viewer)
    mine = desk_cases(viewer).filter(pk=OuterRef("pk"))
    rows = (
        Case.objects.filter(agreement_id__in=set(agreement_ids), is_test=False)
        .annotate(at_desk=Exists(mine))
        .order_by("-pk")
        .values_list("agreement_id", "pk", "at_desk")
    )
    found: dict[int, list[Charged]] = {}
    for agreement_id, number, at_desk in rows:
        found.setdefault(agreement_id or 0, []).append(Charged(number, at_desk))
    return {agreement_id: tuple(charged) for agreement_id, charged in found.items()}
