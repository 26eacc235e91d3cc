"""What an account bought: an agreement without a pair that it alone draws on (PPI-1).

It is issued when the payment has arrived and taken back with it; whoever pays is known to `purchases`, which calls this
within the transaction that says so.
"""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db import transaction

from pactdesk.agreements import ledger
from pactdesk.agreements.models import Agreement
from pactdesk.agreements.rules import end_of_benefits
from pactdesk.catalog import queries as catalog


@transaction.atomic
def issue_bought(
    programme_code: str,
    *,
    holder_id: int,
    units: int,
    starts_on: date,
    time_zone: str,
    key: str,
    actor_id: int | None,
    at: datetime,
) -> int:
    """Issue the `units` that were bought, for the term of their programme (PPI-2); answers the agreement's id.

    `starts_on` is a day in `time_zone`. A second one with the same `key` is refused by the ledger, and nothing is
    issued. Raises `LookupError` for an unknown programme, `ValueError` for one that is not sold so.
    """
    programme = catalog.current().programme(programme_code)
    if programme.held_as != "purchase" or not programme.quantity:
        raise ValueError(f"{programme_code} is not bought.")
    zone = ZoneInfo(time_zone)
    agreement = Agreement.objects.create(
        programme_id=programme.id,
        holder_id=holder_id,
        starts_at=datetime.combine(starts_on, time(), tzinfo=zone),
        ends_at=end_of_benefits(starts_on, programme.length_months, programme.extra_days, zone),
        time_zone=time_zone,
        created_at=at,
    )
    ledger.grant(
        agreement.pk, units=units * programme.whole, key=key, actor_id=actor_id, at=at, note=programme.code
    )
    return agreement.pk


@transaction.atomic
def take_back(
    agreement_id: int, *, units: int | None, key: str, note: str, actor_id: int | None, at: datetime
) -> int:
    """Take units of a bought agreement away, for money that goes back; answers how many.

    With `units` None whatever is left, which may be nothing. Raises a psycopg error whose constraint is
    `ledger.BALANCE_GUARD` where fewer are left than `units`, `ledger.KEY_GUARD` where this was done before.
    """
    agreement = Agreement.objects.select_for_update().get(pk=agreement_id, holder__isnull=False)
    taken = agreement.units_left if units is None else units
    if taken:
        ledger.adjust(agreement_id, units=-taken, key=key, actor_id=actor_id, at=at, note=note)
    return taken


def freeze(agreement_id: int, *, at: datetime) -> None:
    """Let nobody draw on a bought agreement while its payment is disputed (PPI-5). Again changes nothing."""
    Agreement.objects.filter(pk=agreement_id, holder__isnull=False, frozen_at=None).update(frozen_at=at)


def unfreeze(agreement_id: int) -> None:
    """Undo `freeze`."""
    Agreement.objects.filter(pk=agreement_id).update(frozen_at=None)
