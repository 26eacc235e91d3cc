"""Verbs on agreements. Units move in `ledger` only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements import ledger, sealing
from pactdesk.agreements.access import owned_agreement, plan_of
from pactdesk.agreements.facts import (
    PairReplaced,
    RegistrationAdded,
    RegistrationRestored,
    RegistrationRevoked,
    SeatLimitChanged,
)
from pactdesk.agreements.models import Agreement, Registration, WrongPair
from pactdesk.agreements.rules import (
    ACCESS_ID_LENGTH,
    CONTRACT_ID_LENGTH,
    GuessLimits,
    Pair,
    Subject,
    addable_for,
    end_of_benefits,
    may_limit_seats,
    may_take_a_seat,
    may_try_a_pair,
    read_pair,
)
from pactdesk.catalog import queries as catalog
from pactdesk.journal import services as journal
from pactdesk.kernel.decisions import Decision, Reason, Refused
from pactdesk.kernel.ids import random_digits

# Namespaces of advisory locks: the guesses of one account, and those from one address, are counted one after the other.
_ACCOUNT_LOCK = 0x50414952
_ADDRESS_LOCK = 0x50414953

DEFAULT_LIMITS = GuessLimits()


class CannotAddAgreement(Refused):
    """The agreement was not added; nothing changed but the count of wrong pairs."""


class CannotRestoreRegistration(Refused):
    """Access was not given back; nothing changed."""


class CannotLimitSeats(Refused):
    """The limit stays as it was."""


class CannotReplacePair(Refused):
    """The agreement keeps its pair."""


@dataclass(frozen=True, slots=True)
class NewAgreement:
    """A fresh agreement and the pair to be told to its owner. The Contract ID is not readable anywhere else."""

    agreement_id: int
    pair: Pair


def add_agreement(
    access_id: str,
    contract_id: str,
    *,
    subject: Subject | None,
    address: str,
    actor: Viewer,
    at: datetime,
    limits: GuessLimits = DEFAULT_LIMITS,
) -> int:
    """Register the agreement behind the pair with the actor's account and answer its id (AGR-3, AGR-4).

    `subject` is what the request at hand is about, None when adding ahead of need. `address` is where the call comes
    from, for counting guesses. Raises `CannotAddAgreement` with every reason; the answer to a pair that does not exist
    is the same whichever half is wrong (AGR-11).
    """
    pair = read_pair(access_id, contract_id)
    if isinstance(pair, Decision):
        raise CannotAddAgreement(*pair)
    outcome = _register(pair, subject, sealing.address_digest(address), actor, at, limits)
    if isinstance(outcome, Decision):
        raise CannotAddAgreement(*outcome)
    return outcome


@transaction.atomic
def _register(
    pair: Pair, subject: Subject | None, address: bytes, actor: Viewer, at: datetime, limits: GuessLimits
) -> int | Decision:
    # Always in this order, so that no two callers wait for each other.
    _wait_for_the_account(actor.account_id)
    _wait_for_the_address(address)
    since = at - timedelta(minutes=limits.window_minutes)
    decision = may_try_a_pair(
        by_account=WrongPair.objects.filter(account_id=actor.account_id, at__gt=since).count(),
        by_address=WrongPair.objects.filter(address_digest=address, at__gt=since).count(),
        limits=limits,
    )
    if not decision.allowed:
        return decision
    agreement = Agreement.objects.filter(pair_digest=sealing.pair_digest(pair)).select_for_update().first()
    if agreement is None:
        WrongPair.objects.create(account_id=actor.account_id, address_digest=address, at=at)
        return Decision((Reason("pair.not-recognised"),))
    mine = Registration.objects.filter(agreement=agreement, account_id=actor.account_id).first()
    decision = addable_for(
        plan_of(agreement, mine),
        subject,
        already_registered=mine is not None and mine.revoked_at is None,
        at=at,
    )
    if not decision.allowed:
        return decision
    decision = may_take_a_seat(seat_limit=agreement.seat_limit, taken=_seats_taken(agreement))
    if not decision.allowed:
        return decision
    Registration.objects.create(agreement=agreement, account_id=actor.account_id, registered_at=at)
    journal.record(RegistrationAdded(agreement.pk, actor.account_id), actor_id=actor.account_id, at=at)
    return agreement.pk


def _wait_for_the_account(account_id: int) -> None:
    _take_turns(_ACCOUNT_LOCK, account_id % 2**31)


def _wait_for_the_address(address: bytes) -> None:
    # Addresses that happen to share a key take turns with each other, which is harmless.
    _take_turns(_ADDRESS_LOCK, int.from_bytes(address[:4], signed=True))


def _take_turns(namespace: int, key: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [namespace, key])


@transaction.atomic
def revoke_registration(agreement_id: int, registration_id: int, *, actor: Viewer, at: datetime) -> None:
    """Take an account's right to draw on an agreement away (AGR-11). Only its owner may; raises Http404 otherwise.

    Revoking twice changes nothing. Requests that were already paid stay paid.
    """
    agreement = owned_agreement(actor, agreement_id, lock=True)
    seat = Registration.objects.filter(pk=registration_id, agreement=agreement, revoked_at=None).first()
    if seat is None:
        return
    seat.revoked_at, seat.revoked_by_id = at, actor.account_id
    seat.save(update_fields=["revoked_at", "revoked_by"])
    journal.record(RegistrationRevoked(agreement.pk, seat.account_id), actor_id=actor.account_id, at=at)


@transaction.atomic
def restore_registration(agreement_id: int, registration_id: int, *, actor: Viewer, at: datetime) -> None:
    """Undo `revoke_registration`. Only the owner may; raises Http404 otherwise.

    Raises `CannotRestoreRegistration` where others have taken all places meanwhile. Restoring twice changes nothing.
    """
    agreement = owned_agreement(actor, agreement_id, lock=True)
    seat = Registration.objects.filter(pk=registration_id, agreement=agreement).first()
    if seat is None or seat.revoked_at is None:
        return
    decision = may_take_a_seat(seat_limit=agreement.seat_limit, taken=_seats_taken(agreement))
    if not decision.allowed:
        raise CannotRestoreRegistration(*decision)
    seat.revoked_at, seat.revoked_by_id = None, None
    seat.save(update_fields=["revoked_at", "revoked_by"])
    journal.record(RegistrationRestored(agreement.pk, seat.account_id), actor_id=actor.account_id, at=at)


@transaction.atomic
def set_seat_limit(agreement_id: int, limit: int | None, *, actor: Viewer, at: datetime) -> None:
    """Say how many accounts may have registered an agreement at a time; None lifts the limit (AGR-11).

    Only its owner may; raises Http404 otherwise. Raises `CannotLimitSeats` where more accounts draw on it already.
    """
    limit_seats(owned_agreement(actor, agreement_id, lock=True), limit, actor=actor, at=at)


def limit_seats(
    agreement: Agreement, limit: int | None, *, actor: Viewer, at: datetime, reason: str = ""
) -> None:
    """The same for an agreement whose row is locked, by somebody who may."""
    decision = may_limit_seats(limit, taken=_seats_taken(agreement))
    if not decision.allowed:
        raise CannotLimitSeats(*decision)
    before = agreement.seat_limit
    if limit == before:
        return
    agreement.seat_limit = limit
    agreement.save(update_fields=["seat_limit"])
    fact = SeatLimitChanged(agreement.pk, before, limit, reason)
    journal.record(fact, actor_id=actor.account_id, at=at)


@transaction.atomic
def replace_pair(agreement_id: int, *, access_id: str, actor: Viewer, at: datetime) -> Pair:
    """Name an agreement by a new random pair and answer it; from now on the old one is not recognised (AGR-11).

    Whoever has registered the agreement keeps it. `access_id` is that of the pair to be replaced: asking twice replaces
    once, and the second time raises `CannotReplacePair`. Only its owner may; raises Http404 otherwise. The Contract ID
    is told here and nowhere else.
    """
    agreement = owned_agreement(actor, agreement_id, lock=True)
    return name_anew(agreement, access_id=access_id, actor=actor, at=at)


def name_anew(agreement: Agreement, *, access_id: str, actor: Viewer, at: datetime, reason: str = "") -> Pair:
    """The same for an agreement whose row is locked, by somebody who may."""
    if agreement.access_id != access_id:
        raise CannotReplacePair(Reason("agreement.pair-replaced-already"))
    pair = new_pair()
    agreement.access_id = pair.access_id
    agreement.contract_id_sealed = sealing.seal(pair.contract_id)
    agreement.pair_digest = sealing.pair_digest(pair)
    agreement.save(update_fields=["access_id", "contract_id_sealed", "pair_digest"])
    fact = PairReplaced(agreement.pk, reason, agreement.owner_id, was=access_id)
    journal.record(fact, actor_id=actor.account_id, at=at)
    return pair


def new_pair() -> Pair:
    """A random pair, as we issue them: 10 and 20 digits (AGR-11)."""
    return Pair(random_digits(ACCESS_ID_LENGTH), random_digits(CONTRACT_ID_LENGTH))


def _seats_taken(agreement: Agreement) -> int:
    """How many accounts may draw on the agreement. It stays true only while the agreement's row is locked."""
    return Registration.objects.filter(agreement=agreement, revoked_at=None).count()


@transaction.atomic
def issue_agreement(
    programme_code: str,
    *,
    starts_on: date,
    time_zone: str,
    organization_id: int | None,
    owner_id: int | None,
    actor_id: int | None,
    at: datetime,
    pair: Pair | None = None,
    quantity: int | None = None,
    seat_limit: int | None = None,
) -> NewAgreement:
    """Issue an agreement with the units and the term of its programme (AGR-2, AGR-11).

    The pair is random digits unless an imported one is given, which keeps the form it came with. `starts_on` is a day
    in `time_zone`, `quantity` are whole incidents or hours. Raises `LookupError` for an unknown programme.
    """
    programme = catalog.current().programme(programme_code)
    zone = ZoneInfo(time_zone)
    pair = pair or new_pair()
    agreement = Agreement.objects.create(
        programme_id=programme.id,
        access_id=pair.access_id,
        contract_id_sealed=sealing.seal(pair.contract_id),
        pair_digest=sealing.pair_digest(pair),
        organization_id=organization_id,
        owner_id=owner_id,
        starts_at=datetime.combine(starts_on, time(), tzinfo=zone),
        ends_at=end_of_benefits(starts_on, programme.length_months, programme.extra_days, zone),
        time_zone=time_zone,
        overdraft=programme.overdraft * programme.whole,
        seat_limit=seat_limit,
        created_at=at,
    )
    units = programme.quantity if quantity is None else quantity
    if units:
        ledger.grant(
            agreement.pk,
            units=units * programme.whole,
            key=f"grant:{agreement.pk}",
            actor_id=actor_id,
            at=at,
            note=programme.code,
        )
    return NewAgreement(agreement.pk, pair)


def expire_ended(*, at: datetime) -> int:
    """Post the expiry of what was left on agreements that have ended by `at`; answers how many. Safe to repeat."""
    expired = 0
    ended = (
        Agreement.objects.filter(ends_at__lte=at, units_left__gt=0)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    for agreement_id in list(ended):
        with transaction.atomic():
            agreement = Agreement.objects.select_for_update().get(pk=agreement_id)
            if agreement.units_left > 0 and agreement.ends_at <= at:
                key = f"expire:{agreement.pk}:{agreement.entry_count}"
                ledger.expire(agreement.pk, units=agreement.units_left, key=key, at=at)
                expired += 1
    return expired
