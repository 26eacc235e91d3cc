"""Correcting agreements: units added or adjusted, benefits extended; above a limit by two people. And suspending.

Lock order: the correction or the person who asks, then the agreement; the ledger is posted to last.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements import ledger
from pactdesk.agreements.access import any_agreement, programme_of, require_service_centre
from pactdesk.agreements.facts import (
    AgreementResumed,
    AgreementSuspended,
    CorrectionAsked,
    CorrectionDecided,
)
from pactdesk.agreements.models import Agreement, Correction, Outcome
from pactdesk.agreements.queries.benefiting import benefits
from pactdesk.agreements.rules.corrections import (
    Change,
    Standing,
    is_far_for_one,
    may_be_corrected,
    may_decide,
)
from pactdesk.agreements.services.alone import count_as_alone, is_too_much_alone, wait_for_the_person
from pactdesk.journal import services as journal
from pactdesk.kernel.decisions import Decision, Reason, Refused

# What one person extends alone counts together for as long.
_LATELY: Final = timedelta(days=1)


class CannotCorrect(Refused):
    """The agreement stays as it is, and so does what was asked for it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of it: `waits` for a second person, or done."""

    correction_id: int
    waits: bool


@transaction.atomic
def ask(agreement_id: int, change: Change, *, reason: str, key: UUID, actor: Viewer, at: datetime) -> Asked:
    """Correct the agreement, or where that is more than one person does alone or benefits the actor, ask for it.

    The same change with the same `key` again answers the same and does nothing. Raises Http404 where the actor is not
    at the service centre, and `CannotCorrect` with every reason.
    """
    require_service_centre(actor)
    wait_for_the_person(actor.account_id)
    agreement = any_agreement(actor, agreement_id, lock=True)
    before = Correction.objects.filter(key=key).first()
    if before is not None:
        if (before.agreement_id, before.asked_by_id, _change(before)) != (
            agreement.pk,
            actor.account_id,
            change,
        ):
            raise CannotCorrect(Reason("correction.key-used-otherwise"))
        return Asked(before.pk, waits=before.outcome == "")
    standing = _standing(agreement)
    _require(may_be_corrected(change, standing, at=at))
    is_much = (
        is_far_for_one(
            change, standing, days=settings.DAYS_ALONE, extended=_extended_alone(agreement, actor, at)
        )
        if change.kind == "extend"
        else is_too_much_alone(actor.account_id, abs(change.units or 0), at=at)
    )
    waits = is_much or benefits(actor, agreement)
    correction = Correction.objects.create(
        agreement=agreement,
        key=key,
        kind=change.kind,
        units=change.units,
        ends_at=change.ends_at,
        reason=reason,
        needs_second=waits,
        asked_by_id=actor.account_id,
        asked_at=at,
    )
    if waits:
        journal.record(CorrectionAsked(agreement.pk, correction.pk), actor_id=actor.account_id, at=at)
    else:
        count_as_alone(actor.account_id, abs(change.units or 0), at=at)
        _do(correction, agreement, actor, at)
    return Asked(correction.pk, waits)


@transaction.atomic
def decide(correction_id: int, *, approves: bool, words: str, actor: Viewer, at: datetime) -> None:
    """Say yes or no to what somebody else asked for; who asked takes it back by saying no.

    What is done is what was asked, and it is judged again by how the agreement stands now. Raises Http404 where the
    actor is not at the service centre, and `CannotCorrect`; it then waits on, unless somebody else has decided.
    """
    require_service_centre(actor)
    correction = Correction.objects.select_for_update().filter(pk=correction_id).first()
    if correction is None:
        raise Http404
    asked_by = correction.asked_by_id
    is_open = correction.outcome == ""
    agreement = any_agreement(actor, correction.agreement_id, lock=True)
    _require(
        may_decide(
            asked_by=asked_by,
            decider=actor.account_id,
            approves=approves,
            is_open=is_open,
            benefits=benefits(actor, agreement),
        )
    )
    correction.words = words
    if approves:
        change = _change(correction)
        _require(may_be_corrected(change, _standing(agreement), at=at))
        _do(correction, agreement, actor, at)
    else:
        outcome = Outcome.WITHDRAWN if asked_by == actor.account_id else Outcome.REFUSED
        _note(correction, outcome, actor, at)


@transaction.atomic
def suspend(agreement_id: int, *, reason: str, actor: Viewer, at: datetime) -> None:
    """Let nobody draw on an agreement for the time being; what was set aside out of it follows. Raises like `ask`."""
    agreement = any_agreement(actor, agreement_id, lock=True)
    if agreement.suspended_at is not None:
        raise CannotCorrect(Reason("correction.suspended-already"))
    _set_suspended(agreement, at)
    journal.record(AgreementSuspended(agreement.pk, reason), actor_id=actor.account_id, at=at)


@transaction.atomic
def resume(agreement_id: int, *, reason: str, actor: Viewer, at: datetime) -> None:
    """Let it be drawn on again. Raises like `ask`."""
    agreement = any_agreement(actor, agreement_id, lock=True)
    if agreement.suspended_at is None:
        raise CannotCorrect(Reason("correction.not-suspended"))
    _set_suspended(agreement, None)
    journal.record(AgreementResumed(agreement.pk, reason), actor_id=actor.account_id, at=at)


def _set_suspended(agreement: Agreement, at: datetime | None) -> None:
    agreement.suspended_at = at
    agreement.save(update_fields=["suspended_at"])


def _do(correction: Correction, agreement: Agreement, actor: Viewer, at: datetime) -> None:
    _note(correction, Outcome.DONE, actor, at)
    if correction.ends_at is not None:
        agreement.ends_at = correction.ends_at
        agreement.save(update_fields=["ends_at"])
        return
    assert correction.units is not None
    units = correction.units * programme_of(agreement.programme_id).whole
    key = f"correction:{correction.pk}"
    if correction.kind == Correction.Kind.ADD:
        ledger.grant(
            agreement.pk,
            units=units,
            key=key,
            actor_id=actor.account_id,
            at=at,
            note=f"{ledger.ADDED}{correction.reason}",
        )
    else:
        ledger.adjust(
            agreement.pk,
            units=units,
            key=key,
            actor_id=actor.account_id,
            at=at,
            note=correction.reason,
        )


def _note(correction: Correction, outcome: Outcome, actor: Viewer, at: datetime) -> None:
    correction.outcome, correction.decided_by_id, correction.decided_at = outcome, actor.account_id, at
    correction.save(update_fields=["outcome", "decided_by", "decided_at", "words"])
    fact = CorrectionDecided(correction.agreement_id, correction.pk, outcome.value)
    journal.record(fact, actor_id=actor.account_id, at=at)


def _standing(agreement: Agreement) -> Standing:
    return Standing(
        units_left=agreement.units_left // programme_of(agreement.programme_id).whole,
        counted=programme_of(agreement.programme_id).quantity is not None,
        starts_at=agreement.starts_at,
        ends_at=agreement.ends_at,
        is_part=agreement.parent_id is not None,
        bought=agreement.holder_id is not None,
    )


def _extended_alone(agreement: Agreement, actor: Viewer, at: datetime) -> bool:
    """Whether the actor has extended it alone within a day; true while the agreement's row is locked."""
    return Correction.objects.filter(
        agreement=agreement,
        asked_by_id=actor.account_id,
        needs_second=False,
        kind=Correction.Kind.EXTEND,
        outcome=Outcome.DONE,
        asked_at__gt=at - _LATELY,
    ).exists()


def _require(decision: Decision) -> None:
    if not decision.allowed:
        raise CannotCorrect(*decision)


def _change(correction: Correction) -> Change:
    """What was asked for."""
    return Change(correction.kind, correction.units, correction.ends_at)  # type: ignore[arg-type]  # as stored
