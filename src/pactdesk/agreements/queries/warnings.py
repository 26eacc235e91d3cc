"""Who is warned about an agreement, and how the agreements stand of which somebody may have to be."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Exists, OuterRef, Subquery

from pactdesk.accounts.models import Location
from pactdesk.agreements.access import programme_of
from pactdesk.agreements.models import Agreement, BalanceWarning, LedgerEntry, LedgerReader, Registration
from pactdesk.agreements.queries import AgreementLine, named
from pactdesk.agreements.rules import PlanName
from pactdesk.agreements.rules.warnings import Count, Steps, balance_steps, end_steps, read_steps
from pactdesk.kernel.database import execute

READER: Final = "warnings"

_STANDINGS = """
SELECT agreement.id, agreement.programme_id, agreement.starts_at, agreement.ends_at, agreement.units_left,
  (SELECT COALESCE(SUM(units), 0) FROM agreements_ledgerentry
   WHERE agreement_id = agreement.id AND kind IN ('grant', 'transfer'))
FROM agreements_agreement agreement
WHERE agreement.id = ANY(%s) AND agreement.suspended_at IS NULL AND agreement.frozen_at IS NULL
  AND agreement.starts_at <= %s AND agreement.ends_at > %s
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """An agreement that is in force: what is left of it, how long it lasts, and whether it is counted."""

    agreement_id: int
    count: Count
    counted: bool
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Warned:
    """An agreement about which people are warned. `readers` are the accounts, its owner first, each with whether that
    account may open the agreement's page."""

    agreement_id: int
    named: PlanName
    unit: str
    counted: bool
    time_zone: str
    ends_at: datetime
    shares_by_pair: bool
    readers: tuple[tuple[int, bool], ...]


def chosen_steps() -> Steps:
    """The steps that the operator has chosen."""
    return read_steps(settings.WARN_AT_BALANCE, settings.WARN_BEFORE_END)


def standings(agreement_ids: Collection[int], *, at: datetime) -> list[Standing]:
    """How those of the agreements stand that are in force at `at`. One query."""
    rows = execute(_STANDINGS, (list(agreement_ids), at, at)).fetchall()
    found = []
    for agreement_id, programme_id, starts_at, ends_at, left, granted in rows:
        programme = programme_of(programme_id)
        count = Count(left, granted, programme.whole)
        found.append(Standing(agreement_id, count, programme.quantity is not None, starts_at, ends_at))
    return found


def moved_since(before: int) -> tuple[list[int], int]:
    """The agreements that entries of the ledger above `before` have moved, and the highest of those entries. Two
    queries."""
    moved = LedgerEntry.objects.filter(pk__gt=before).order_by()
    top = moved.order_by("-pk").values_list("pk", flat=True).first()
    if top is None:
        return [], before
    return list(moved.filter(pk__lte=top).values_list("agreement_id", flat=True).distinct()), top


def read_so_far() -> tuple[int, int]:
    """Up to which entries the ledger was read the time before last, and the last time."""
    reader = LedgerReader.objects.filter(name=READER).first()
    return (reader.before, reader.upto) if reader else (0, 0)


def ending_untold(steps: Steps, *, at: datetime) -> list[int]:
    """The agreements that have reached a step before their end of which nobody was told. One query for each step."""
    found: set[int] = set()
    for days in steps.days:
        told = BalanceWarning.objects.filter(
            agreement=OuterRef("pk"), ends_at=OuterRef("ends_at"), step=f"{days}d", over_at=None
        )
        soon = Agreement.objects.filter(ends_at__gt=at, ends_at__lte=at + timedelta(days=days))
        found.update(
            soon.filter(~Exists(told), suspended_at=None, frozen_at=None).values_list("pk", flat=True)
        )
    return sorted(found)


def in_force(*, at: datetime, above: int, most: int) -> list[int]:
    """The next agreements that have not ended at `at`, in the order of their ids. One query."""
    rows = Agreement.objects.filter(pk__gt=above, ends_at__gt=at).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:most])


def warned(agreement_id: int) -> Warned | None:
    """Whom to warn about an agreement, None where it is gone. Two queries.

    That is its owner or whoever bought it, and the primary programme contact of its organization, or of the
    headquarters of it: nobody twice.
    """
    headquarters = Location.objects.filter(organization=OuterRef("organization"), is_headquarters=True)
    agreement = (
        Agreement.objects.filter(pk=agreement_id)
        .select_related("organization")
        .annotate(of_headquarters=Subquery(headquarters.values("primary_contact")[:1]))
        .first()
    )
    if agreement is None:
        return None
    contact = agreement.organization.primary_contact_id if agreement.organization else None
    accounts = dict.fromkeys(
        account
        for account in (agreement.owner_id, agreement.holder_id, contact or agreement.of_headquarters)
        if account is not None
    )
    programme = programme_of(agreement.programme_id)
    return Warned(
        agreement_id=agreement.pk,
        named=named(agreement),
        unit=programme.unit,
        counted=programme.quantity is not None,
        time_zone=agreement.time_zone,
        ends_at=agreement.ends_at,
        shares_by_pair=agreement.pair_digest is not None,
        readers=tuple((account, account in _who_may_open(agreement, accounts)) for account in accounts),
    )


def may_be_warned(agreement_id: int, account_id: int) -> bool:
    """Whether this account is one of those who are warned about the agreement now. Two queries."""
    about = warned(agreement_id)
    return about is not None and account_id in dict(about.readers)


def reached(line: AgreementLine, steps: Steps, *, at: datetime) -> tuple[str, ...]:
    """The steps that an agreement of a list has reached at `at`, for saying so beside it: of its balance, then of its
    end. Nothing where it cannot pay: then the reason says more."""
    if not line.decision.allowed:
        return ()
    count = Count(line.units_left, line.units_granted, line.whole)
    low = balance_steps(count, steps) if line.counted else ()
    return (*low[:1], *end_steps(line.starts_at, line.ends_at, steps, at=at)[:1])


def _who_may_open(agreement: Agreement, accounts: Iterable[int]) -> set[int]:
    """Those of the accounts to whom the agreement's page is open (`access.visible_agreements`)."""
    if agreement.pair_digest is None:
        return set(accounts)
    registered = Registration.objects.filter(
        agreement=agreement, account_id__in=list(accounts), revoked_at=None
    )
    owner = () if agreement.owner_id is None else (agreement.owner_id,)
    return {*registered.values_list("account_id", flat=True), *owner}
