"""The agreements of an organization, for its global administrators: what is left, and who of its own people has added
each (REQ-3). Whoever else has added one is its owner's to know (AGR-11), and only counted here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.access import programme_of
from pactdesk.agreements.models import Agreement, Registration
from pactdesk.agreements.queries import Ending, granted_total, named
from pactdesk.agreements.rules import PlanName

MOST: Final = 200


@dataclass(frozen=True, slots=True)
class OrganizationAgreement(Ending):
    """An agreement of the organization. `colleagues` are names of its own people who have added it, `others` how many
    accounts beside them; `owner` is a name, "" where there is none. Units are those of the ledger."""

    agreement_id: int
    named: PlanName
    unit: str
    counted: bool
    units_left: int
    units_granted: int
    ends_at: datetime
    time_zone: str
    owner: str
    has_pair: bool
    colleagues: tuple[str, ...] = field(default=())
    others: int = 0


def of_organization(viewer: Viewer) -> tuple[OrganizationAgreement, ...]:
    """The agreements of the viewer's organization, those that end last first and at most `MOST`; none for whoever is
    not its global administrator. Two queries."""
    if not viewer.administers or viewer.organization_id is None:
        return ()
    agreements = list(
        Agreement.objects.filter(organization_id=viewer.organization_id)
        .select_related("organization", "owner")
        .annotate(granted=granted_total("pk"))
        .order_by("-ends_at", "-pk")[:MOST]
    )
    seats: dict[int, list[Registration]] = {}
    for seat in (
        Registration.objects.filter(agreement__in=[each.pk for each in agreements], revoked_at=None)
        .select_related("account")
        .order_by("registered_at", "pk")
    ):
        seats.setdefault(seat.agreement_id, []).append(seat)
    return tuple(_line(each, seats.get(each.pk, []), viewer) for each in agreements)


def _line(agreement: Agreement, seats: list[Registration], viewer: Viewer) -> OrganizationAgreement:
    programme = programme_of(agreement.programme_id)
    own = [seat.account for seat in seats if seat.account.organization_id == viewer.organization_id]
    owner = agreement.owner
    return OrganizationAgreement(
        agreement_id=agreement.pk,
        named=named(agreement),
        unit=programme.unit,
        counted=programme.quantity is not None,
        units_left=agreement.units_left,
        units_granted=agreement.granted,  # type: ignore[attr-defined]  # annotated above
        ends_at=agreement.ends_at,
        time_zone=agreement.time_zone,
        owner=(owner.get_full_name() or owner.email) if owner else "",
        has_pair=agreement.pair_digest is not None,
        colleagues=tuple(account.get_full_name() or account.email for account in own),
        others=len(seats) - len(own),
    )
