"""The ledger. This is the only module that writes entries; no other may.

How it holds: an entry is posted by inserting it. The table's trigger then moves the agreement's balance with one
conditional UPDATE, numbers the entry and writes the balance behind it; an insert that would take more than is left is
refused by the same statement. So balance and sum cannot part, whoever writes, and two submissions cannot spend the same
last unit (AGR-10). Entries cannot be changed or removed, and `units_left` cannot be set by hand.

Lock order: the agreement's row is locked by the insert and held until the transaction ends. Post last, and post to
several agreements in the order of their ids.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pactdesk.agreements.models import LedgerEntry
from pactdesk.kernel.database import constraint_of, execute
from pactdesk.kernel.decisions import Reason

BALANCE_GUARD = "ledger_balance_not_negative"
KEY_GUARD = "ledger_key_once"

# What the note of an entry begins with that brought a balance along; the number of the import follows.
IMPORTED = "import:"
# With this begins the note of units that were added later; the reason follows.
ADDED = "added: "

_POST = """
INSERT INTO agreements_ledgerentry
  (agreement_id, position, kind, units, balance_after, at, actor_id, case_number, note, idempotency_key, counterpart_id)
VALUES (%s, 0, %s, %s, 0, %s, %s, %s, %s, %s, %s)
"""


_OPEN = """
INSERT INTO agreements_ledgerentry
  (agreement_id, position, kind, units, balance_after, at, actor_id, case_number, note, idempotency_key, counterpart_id)
SELECT opened.agreement_id, 0, opened.kind, opened.units, 0, %s, %s, NULL, %s, opened.key, NULL
FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::text[])
  WITH ORDINALITY AS opened (agreement_id, kind, units, key, place)
ORDER BY opened.place
"""


def deduct(
    agreement_id: int,
    *,
    case_number: int,
    key: str,
    actor_id: int | None,
    at: datetime,
    note: str = "",
    units: int = 1,
) -> None:
    """Take `units` for a request (AGR-6). May be sent together with other statements.

    Raises a psycopg error whose constraint is `BALANCE_GUARD` where fewer are left, or `KEY_GUARD` where this key was
    posted before; `refusal_of` turns either into a reason.
    """
    _post(agreement_id, LedgerEntry.Kind.DEDUCT, -units, at, actor_id, case_number, note, key)


def credit(
    agreement_id: int,
    *,
    case_number: int,
    key: str,
    actor_id: int | None,
    at: datetime,
    note: str,
    units: int = 1,
) -> None:
    """Give back what a request had taken (AGR-6)."""
    _post(agreement_id, LedgerEntry.Kind.CREDIT, units, at, actor_id, case_number, note, key)


def grant(agreement_id: int, *, units: int, key: str, actor_id: int | None, at: datetime, note: str) -> None:
    """Add the units that came with the programme."""
    _post(agreement_id, LedgerEntry.Kind.GRANT, units, at, actor_id, None, note, key)


def adjust(agreement_id: int, *, units: int, key: str, actor_id: int | None, at: datetime, note: str) -> None:
    """Correct the balance by `units` (signed), with the operator's reason as `note`."""
    _post(agreement_id, LedgerEntry.Kind.ADJUST, units, at, actor_id, None, note, key)


def open_with(
    balances: Iterable[tuple[int, int, int]], *, actor_id: int | None, at: datetime, note: str
) -> None:
    """Begin many ledgers in one statement: for each (agreement id, units granted, units left) with the grant, and where
    less is left, with a correction down to that."""
    entries: list[tuple[int, str, int, str]] = []
    for agreement_id, granted, left in balances:
        if granted:
            entries.append((agreement_id, LedgerEntry.Kind.GRANT.value, granted, f"grant:{agreement_id}"))
        if left != granted:
            less = left - granted
            entries.append((agreement_id, LedgerEntry.Kind.ADJUST.value, less, f"opening:{agreement_id}"))
    if entries:
        execute(_OPEN, (at, actor_id, note, *(list(column) for column in zip(*entries, strict=True))))


def expire(agreement_id: int, *, units: int, key: str, at: datetime) -> None:
    """Take away the `units` that were left when the benefits ended."""
    _post(agreement_id, LedgerEntry.Kind.EXPIRE, -units, at, None, None, "", key)


def transfer(
    giver_id: int, taker_id: int, *, units: int, key: str, actor_id: int | None, at: datetime, note: str
) -> None:
    """Move `units` from one agreement to another: two entries that sum to zero, each naming the other's agreement. The
    database refuses one without the other when the transaction ends."""
    halves = [(giver_id, -units, f"{key}:out", taker_id), (taker_id, units, f"{key}:in", giver_id)]
    for agreement_id, moved, half, other in sorted(halves):
        _post(agreement_id, LedgerEntry.Kind.TRANSFER, moved, at, actor_id, None, note, half, other)


def refusal_of(error: BaseException) -> Reason | None:
    """The reason behind a refused posting, or None where the ledger did not refuse it."""
    reasons = {BALANCE_GUARD: "agreement.no-incidents-left", KEY_GUARD: "ledger.posted-before"}
    code = reasons.get(constraint_of(error))
    return Reason(code) if code else None


def _post(
    agreement_id: int,
    kind: LedgerEntry.Kind,
    units: int,
    at: datetime,
    actor_id: int | None,
    case_number: int | None,
    note: str,
    key: str,
    counterpart_id: int | None = None,
) -> None:
    execute(_POST, (agreement_id, kind.value, units, at, actor_id, case_number, note, key, counterpart_id))
