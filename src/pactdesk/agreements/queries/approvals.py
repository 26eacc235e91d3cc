"""What two people of the service centre do together, as letters tell it (to whom: `notifications.rules.approvals`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pactdesk.agreements.access import programme_of
from pactdesk.agreements.models import Correction, Issuance
from pactdesk.agreements.queries import named
from pactdesk.agreements.rules import PlanName
from pactdesk.agreements.rules.corrections import Kind
from pactdesk.kernel.worded import Worded


@dataclass(frozen=True, slots=True)
class Told:
    """A correction, or an agreement to be issued (`kind` "issue") or activated ("activate"), and what became of it
    (`outcome` "" while it waits).

    `agreement` is that of a correction, or the one that was issued, `named` only that of a correction. `units` are
    whole incidents or hours, None where there is nothing to count; `ends_at` is the first instant after the
    benefits that is asked for, whose days are those of `time_zone`.
    """

    id: int
    kind: Kind | Literal["issue", "activate"]
    agreement: int | None
    named: PlanName | None
    programme: Worded
    holder: str
    unit: str
    units: int | None
    ends_at: datetime | None
    time_zone: str
    reason: str
    needs_second: bool
    asked_by: int
    asker: str
    outcome: str
    decided_by: int | None
    decider: str
    words: str


def correction_told(correction_id: int) -> Told | None:
    """A correction; None: there is none. One query."""
    people = ("asked_by", "decided_by")
    found = (
        Correction.objects.select_related("agreement__organization", *people).filter(pk=correction_id).first()
    )
    if found is None:
        return None
    agreement = found.agreement
    programme = programme_of(agreement.programme_id)
    return Told(
        id=found.pk,
        kind=found.kind,  # type: ignore[arg-type]  # as stored
        agreement=agreement.pk,
        named=named(agreement),
        programme=programme.name,
        holder=agreement.organization.name if agreement.organization else "",
        unit=programme.unit,
        units=found.units,
        ends_at=found.ends_at,
        time_zone=agreement.time_zone,
        reason=found.reason,
        needs_second=found.needs_second,
        asked_by=found.asked_by_id,
        asker=found.asked_by.get_full_name(),
        outcome=found.outcome,
        decided_by=found.decided_by_id,
        decider=found.decided_by.get_full_name() if found.decided_by else "",
        words=found.words,
    )


def issuance_told(issuance_id: int) -> Told | None:
    """An agreement to be issued; None: there is none. One query."""
    people = ("asked_by", "decided_by", "owner")
    found = (
        Issuance.objects.select_related("organization", "location", *people).filter(pk=issuance_id).first()
    )
    if found is None:
        return None
    programme = programme_of(found.programme_id)
    place = f" · {found.location.name}" if found.location else ""
    owner = found.owner.email if found.owner else ""
    return Told(
        id=found.pk,
        kind="activate" if found.activates else "issue",
        agreement=found.agreement_id,
        named=None,
        programme=programme.name,
        holder=f"{found.organization.name}{place}" if found.organization else owner,
        unit=programme.unit,
        units=found.units or None,
        ends_at=None,
        time_zone=found.time_zone,
        reason=found.reason,
        needs_second=found.needs_second,
        asked_by=found.asked_by_id,
        asker=found.asked_by.get_full_name(),
        outcome=found.outcome,
        decided_by=found.decided_by_id,
        decider=found.decided_by.get_full_name() if found.decided_by else "",
        words=found.words,
    )
