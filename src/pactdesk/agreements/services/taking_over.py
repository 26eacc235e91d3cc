"""Taking agreements over from another ledger, with what is left. A pair keeps the form it came with (AGR-11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from pactdesk.agreements import ledger, sealing
from pactdesk.agreements.access import programme_of
from pactdesk.agreements.models import Agreement
from pactdesk.agreements.rules import Pair
from pactdesk.agreements.services import new_pair

_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Opening:
    """An agreement as it stood elsewhere: of `granted` units so many are `left`. `pair` None: a new one is drawn.
    Instants are UTC; `ends_at` is the first one after the benefits."""

    pair: Pair | None
    programme_id: int
    organization_id: int | None
    owner_id: int | None
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    granted: int
    left: int
    seat_limit: int | None
    suspended: bool


@transaction.atomic
def take_over(openings: Sequence[Opening], *, note: str, actor_id: int | None, at: datetime) -> list[int]:
    """Make an agreement of each and answer their ids, in this order; all or none (AGR-10).

    The ledger of each begins with the grant and, where less is left, a correction down to that; both name in `note`
    where they come from. Raises `IntegrityError` where there is an agreement with one of the pairs already.
    """
    ids: list[int] = []
    for some in _batches(openings):
        made = Agreement.objects.bulk_create([_agreement(opening, at) for opening in some])
        balances = [
            (each.pk, opening.granted, opening.left) for each, opening in zip(made, some, strict=True)
        ]
        ledger.open_with(balances, actor_id=actor_id, at=at, note=note)
        ids += [agreement.pk for agreement in made]
    return ids


def _batches(openings: Sequence[Opening]) -> list[Sequence[Opening]]:
    return [openings[start : start + _AT_ONCE] for start in range(0, len(openings), _AT_ONCE)]


def _agreement(opening: Opening, at: datetime) -> Agreement:
    pair, programme = opening.pair or new_pair(), programme_of(opening.programme_id)
    return Agreement(
        programme_id=opening.programme_id,
        access_id=pair.access_id,
        contract_id_sealed=sealing.seal(pair.contract_id),
        pair_digest=sealing.pair_digest(pair),
        organization_id=opening.organization_id,
        owner_id=opening.owner_id,
        starts_at=opening.starts_at,
        ends_at=opening.ends_at,
        time_zone=opening.time_zone,
        overdraft=programme.overdraft * programme.whole,
        suspended_at=at if opening.suspended else None,
        seat_limit=opening.seat_limit,
        created_at=at,
    )
