"""Being a member of a programme that is held without a pair and not counted (OBO-6, OBO-9)."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db import transaction

from pactdesk.agreements.facts import ProgrammeJoined
from pactdesk.agreements.models import Agreement
from pactdesk.agreements.rules import end_of_benefits
from pactdesk.catalog import queries as catalog
from pactdesk.journal import services as journal


@transaction.atomic
def join_programme(
    programme_code: str,
    organization_id: int,
    *,
    starts_on: date,
    time_zone: str,
    actor_id: int | None,
    at: datetime,
) -> int:
    """Let an organization hold a programme as its member, whether it pays for it or tries it (OBO-9); answers the id.

    `starts_on` is a day in `time_zone`. Every account of the organization may draw on it while it lasts. Raises
    `LookupError` for an unknown programme, `ValueError` for one that is not held so.
    """
    programme = catalog.current().programme(programme_code)
    if programme.held_as != "membership" or programme.quantity is not None:
        raise ValueError(f"{programme_code} is not held as a member.")
    zone = ZoneInfo(time_zone)
    agreement = Agreement.objects.create(
        programme_id=programme.id,
        organization_id=organization_id,
        starts_at=datetime.combine(starts_on, time(), tzinfo=zone),
        ends_at=end_of_benefits(starts_on, programme.length_months, programme.extra_days, zone),
        time_zone=time_zone,
        created_at=at,
    )
    journal.record(ProgrammeJoined(agreement.pk, organization_id), actor_id=actor_id, at=at)
    return agreement.pk
