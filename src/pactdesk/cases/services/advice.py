"""Consultants write down the time that they spend on requests of advice (AGR-7, RTE-2).

What goes beyond the hour that was set aside is deducted when it is written, in the same transaction; what is corrected
or removed is given back as far as nothing else took it. The request's row is locked first, the agreement's last.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements import ledger
from pactdesk.agreements import queries as agreements
from pactdesk.cases.access import desk_case
from pactdesk.cases.facts import TimeCorrected, TimeRemoved, TimeWritten
from pactdesk.cases.models import AdvisoryTime, Case
from pactdesk.cases.queries.advice import hour_of, spent_on
from pactdesk.cases.rules.advice import MOST_NOTE, cost, writable
from pactdesk.cases.rules.messages import sayable
from pactdesk.cases.services.changing import CannotChange, explained, keep, taking
from pactdesk.journal import services as journal
from pactdesk.kernel.decisions import Decision, Reason
from pactdesk.kernel.text import tidy

TIME = "time"
CORRECTED = "time-corrected"


def write_time(
    number: int | None,
    *,
    minutes: int,
    day: date,
    note: str,
    key: uuid.UUID,
    actor: Viewer,
    at: datetime,
) -> None:
    """Write `minutes` of a `day` (as the consultant counts days) on a request, with a note for its contacts.

    The same key again does nothing. Raises Http404, and `CannotChange`, also where less is left than it costs.
    """
    with explained(), transaction.atomic():
        case = desk_case(actor, number, lock=True, along=("agreement",))
        if AdvisoryTime.objects.filter(key=key, case=case, consultant_id=actor.account_id).exists():
            return
        spent = spent_on(case) + minutes
        note = _told(case, minutes, spent, day, note, actor, at)
        row = AdvisoryTime.objects.create(
            case=case,
            consultant_id=actor.account_id,
            day=day,
            minutes=minutes,
            note=note,
            written_at=at,
            key=key,
        )
        fact = TimeWritten(case.pk, time=row.pk, minutes=minutes, day=day.isoformat(), note=note)
        journal.record(fact, actor_id=actor.account_id, at=at)
        _settle(case, spent, TIME, actor, at)


def correct_time(
    number: int | None,
    time_id: int,
    *,
    minutes: int,
    day: date,
    note: str,
    actor: Viewer,
    at: datetime,
) -> None:
    """Correct what the actor wrote; how it was stays in the journal. Raises like `write_time`, and Http404 for what
    somebody else wrote, or was removed."""
    with explained(), transaction.atomic():
        case, row = _own(number, time_id, actor)
        spent = spent_on(case) - row.minutes + minutes
        note = _told(case, minutes, spent, day, note, actor, at)
        if (minutes, day, note) == (row.minutes, row.day, row.note):
            return
        fact = TimeCorrected(
            case.pk, time=row.pk, before=row.minutes, minutes=minutes, day=day.isoformat(), note=note
        )
        row.minutes, row.day, row.note, row.changed_at = minutes, day, note, at
        row.save(update_fields=["minutes", "day", "note", "changed_at"])
        journal.record(fact, actor_id=actor.account_id, at=at)
        _settle(case, spent, CORRECTED, actor, at)


def remove_time(number: int | None, time_id: int, *, actor: Viewer, at: datetime) -> None:
    """Take away what the actor wrote by mistake. Raises like `correct_time`."""
    with explained(), transaction.atomic():
        case, row = _own(number, time_id, actor)
        spent = spent_on(case) - row.minutes
        _require(writable(**_about(case, actor, at), minutes=1, together=spent, day=row.day))
        row.removed_at = at
        row.save(update_fields=["removed_at"])
        fact = TimeRemoved(case.pk, time=row.pk, minutes=row.minutes, day=row.day.isoformat())
        journal.record(fact, actor_id=actor.account_id, at=at)
        _settle(case, spent, CORRECTED, actor, at)


def _settle(case: Case, spent: int, note: str, actor: Viewer, at: datetime) -> None:
    """Keep the request, and let the ledger follow what it costs now. More is taken only from what is neither suspended
    nor over; less is given back whatever it is."""
    due = cost(reserved=case.reserved_units, spent=spent)
    more, case.charged_units = due - case.charged_units, due
    keep(case, at=at)
    if case.agreement_id is None or not more:
        return
    if more > 0:
        _require(agreements.standing_of(case.agreement_id, at=at, whatever_is_left=True))
    key = f"time:{case.pk}:{case.revision}"
    move = ledger.deduct if more > 0 else ledger.credit
    with taking(Reason("advice.more-than-left")):
        move(
            case.agreement_id,
            case_number=case.pk,
            key=key,
            actor_id=actor.account_id,
            at=at,
            note=note,
            units=abs(more),
        )


def _own(number: int | None, time_id: int, actor: Viewer) -> tuple[Case, AdvisoryTime]:
    case = desk_case(actor, number, lock=True, along=("agreement",))
    own = AdvisoryTime.objects.filter(case=case, consultant_id=actor.account_id, removed_at=None)
    row = own.filter(pk=time_id).first()
    if row is None:
        raise Http404
    return case, row


def _told(case: Case, minutes: int, together: int, day: date, note: str, actor: Viewer, at: datetime) -> str:
    note = tidy(note)
    _require(writable(**_about(case, actor, at), minutes=minutes, together=together, day=day))
    _require(sayable(note, most=MOST_NOTE))
    return note


def _about(case: Case, actor: Viewer, at: datetime) -> dict[str, Any]:
    return {
        "status": case.status,
        "opened_on": case.opened_at.astimezone(actor.zone).date(),
        "today": at.astimezone(actor.zone).date(),
        "takes_advice": bool(hour_of(case)),
    }


def _require(decision: Decision) -> None:
    if not decision.allowed:
        raise CannotChange(*decision)
