"""What the owner of an agreement is told when somebody else adds or uses it: no more than its page says (AGR-11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pactdesk.agreements.access import programme_of
from pactdesk.agreements.models import Agreement, LedgerEntry, Registration
from pactdesk.agreements.queries import granted_on, named
from pactdesk.agreements.rules import PlanName


@dataclass(frozen=True, slots=True)
class Shared:
    """An agreement with its owner, and somebody else who drew on it or may: `name` is "" where only the address is
    known. `seats_in_use` of `seat_limit` (None: any number) accounts have added it."""

    agreement_id: int
    owner_id: int
    named: PlanName
    name: str
    email: str
    registration_id: int | None
    registered_at: datetime | None
    seats_in_use: int
    seat_limit: int | None


@dataclass(frozen=True, slots=True)
class Use:
    """What a request took of somebody's agreement. Amounts are units as the ledger counts them."""

    shared: Shared
    unit: str
    units: int
    units_left: int
    units_granted: int
    at: datetime


def registration(agreement_id: int, account_id: int) -> Shared | None:
    """That an account has added an agreement; None where nobody has to be told: it has no owner, the owner added it,
    or access was withdrawn meanwhile. Three queries at most."""
    agreement = Agreement.objects.filter(pk=agreement_id).select_related("organization").first()
    if agreement is None or agreement.owner_id in (None, account_id):
        return None
    seat = _seat(agreement, account_id)
    return None if seat is None else _shared(agreement, seat)


def use(agreement_id: int, case_number: int) -> Use | None:
    """What a request took of an agreement; None where nobody has to be told: it has no owner, took nothing, or is the
    owner's own. Five queries at most."""
    agreement = Agreement.objects.filter(pk=agreement_id).select_related("organization").first()
    if agreement is None or agreement.owner_id is None:
        return None
    entry = (
        LedgerEntry.objects.filter(agreement=agreement, case_number=case_number, kind=LedgerEntry.Kind.DEDUCT)
        .select_related("actor")
        .order_by("position")
        .first()
    )
    if entry is None or entry.actor is None or entry.actor_id == agreement.owner_id:
        return None
    seat = _seat(agreement, entry.actor.pk)
    shared = _shared(agreement, seat) if seat else None
    return Use(
        shared=shared
        or Shared(
            agreement_id=agreement.pk,
            owner_id=agreement.owner_id,
            named=named(agreement),
            name=entry.actor.get_full_name(),
            email="",
            registration_id=None,
            registered_at=None,
            seats_in_use=0,
            seat_limit=agreement.seat_limit,
        ),
        unit=programme_of(agreement.programme_id).unit,
        units=-entry.units,
        units_left=entry.balance_after,
        units_granted=granted_on(agreement),
        at=entry.at,
    )


def _seat(agreement: Agreement, account_id: int) -> Registration | None:
    seats = Registration.objects.filter(agreement=agreement, account_id=account_id, revoked_at=None)
    return seats.select_related("account").first()


def _shared(agreement: Agreement, seat: Registration) -> Shared:
    assert agreement.owner_id is not None
    return Shared(
        agreement_id=agreement.pk,
        owner_id=agreement.owner_id,
        named=named(agreement),
        name=seat.account.get_full_name(),
        email=seat.account.email,
        registration_id=seat.pk,
        registered_at=seat.registered_at,
        seats_in_use=Registration.objects.filter(agreement=agreement, revoked_at=None).count(),
        seat_limit=agreement.seat_limit,
    )
