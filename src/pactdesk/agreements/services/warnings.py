"""Noticing that an agreement runs low or ends soon, and saying so once.

Nothing of this happens while somebody submits: the ledger is read behind, a minute at a time, by the numbers of its
entries. A row for each step that was told keeps it from being told again, whoever looks and however often.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db import transaction

from pactdesk.agreements.facts import AgreementFact, BalanceLow, EndingSoon
from pactdesk.agreements.models import BalanceWarning, LedgerReader
from pactdesk.agreements.queries.warnings import (
    READER,
    Standing,
    ending_untold,
    in_force,
    moved_since,
    read_so_far,
    standings,
)
from pactdesk.agreements.rules.warnings import Steps, balance_steps, end_steps, is_end_step
from pactdesk.journal import services as journal
from pactdesk.kernel.database import execute

# Agreements that are looked at in one transaction.
BATCH: Final = 500

_TELL = """
INSERT INTO agreements_balancewarning (agreement_id, step, ends_at, told_at)
SELECT reached.agreement_id, reached.step, reached.ends_at, %s
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS reached (agreement_id, step, ends_at)
ON CONFLICT DO NOTHING
RETURNING agreement_id, step
"""


def look_at_what_moved(steps: Steps, *, at: datetime) -> int:
    """Look at the agreements that the ledger has moved since the time before last; answers of how many it was told that
    they run low. Safe to repeat, and to run twice at once.

    What the last time has read is read once more: an entry may have been written meanwhile that came before.
    """
    before, upto = read_so_far()
    moved, top = moved_since(before)
    told = _look_at(moved, steps, at=at)
    if (before, upto) != (upto, top):
        LedgerReader.objects.update_or_create(name=READER, defaults={"before": upto, "upto": top})
    return told


def look_at_the_ends(steps: Steps, *, at: datetime) -> int:
    """Look at the agreements that come to their end; answers of how many it was told. Safe to repeat."""
    return _look_at(ending_untold(steps, at=at), steps, at=at)


def look_at_all(steps: Steps, *, at: datetime) -> int:
    """Look at every agreement in force, whatever was missed: because the operator has chosen other steps, or because
    somebody took longer than two looks to write an entry. Safe to repeat."""
    told, above = 0, 0
    while some := in_force(at=at, above=above, most=BATCH):
        told += _look_at(some, steps, at=at)
        above = some[-1]
    return told


def _look_at(agreement_ids: Collection[int], steps: Steps, *, at: datetime) -> int:
    told, waiting = 0, sorted(agreement_ids)
    for start in range(0, len(waiting), BATCH):
        with transaction.atomic():
            told += _tell(standings(waiting[start : start + BATCH], at=at), steps, at=at)
    return told


def _tell(found: Collection[Standing], steps: Steps, *, at: datetime) -> int:
    """Write down which steps are reached, and tell of the last one of each kind that is new."""
    reached = {each.agreement_id: _reached(each, steps, at=at) for each in found}
    _let_go(found, reached, at=at)
    rows = [
        (each.agreement_id, step, each.ends_at)
        for each in found
        for step in (*reached[each.agreement_id][0], *reached[each.agreement_id][1])
    ]
    if not rows:
        return 0
    agreements, codes, ends = zip(*rows, strict=True)
    new = set(execute(_TELL, (at, list(agreements), list(codes), list(ends))).fetchall())
    facts: list[AgreementFact] = []
    for each in found:
        for kind, codes_of_kind in zip((BalanceLow, EndingSoon), reached[each.agreement_id], strict=True):
            step = next((code for code in codes_of_kind if (each.agreement_id, code) in new), None)
            # A step that lies behind one that was told is told with it.
            if step is not None and step == codes_of_kind[0]:
                facts.append(
                    kind(
                        each.agreement_id,
                        step=step,
                        units_left=each.count.left,
                        units_granted=each.count.granted,
                        ends_at=each.ends_at.isoformat(),
                    )
                )
    journal.record_all(facts, actor_id=None, at=at)
    return len(facts)


def _reached(each: Standing, steps: Steps, *, at: datetime) -> tuple[tuple[str, ...], tuple[str, ...]]:
    low = balance_steps(each.count, steps) if each.counted else ()
    return low, end_steps(each.starts_at, each.ends_at, steps, at=at)


def _let_go(
    found: Collection[Standing],
    reached: dict[int, tuple[tuple[str, ...], tuple[str, ...]]],
    *,
    at: datetime,
) -> None:
    """Steps of the balance above which it has risen again are told anew when it comes down to them."""
    told = BalanceWarning.objects.filter(agreement_id__in=reached, over_at=None)
    over = [
        row.pk for row in told if not is_end_step(row.step) and row.step not in reached[row.agreement_id][0]
    ]
    if over:
        BalanceWarning.objects.filter(pk__in=over).update(over_at=at)
