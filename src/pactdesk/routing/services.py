"""On which terms engineers work: said by who leads them; an absence by themselves, too (SEV-5)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.http import Http404

from pactdesk.accounts.models import TeamMember
from pactdesk.accounts.viewer import Viewer
from pactdesk.journal import services as journal
from pactdesk.kernel.decisions import Reason, Refused
from pactdesk.routing.access import answers_above, is_colleague
from pactdesk.routing.facts import TermsChanged
from pactdesk.routing.models import Engineer
from pactdesk.routing.rules.terms import Terms, weekly_of
from pactdesk.servicelevels.rules import CalendarData, InvalidCalendar


class CannotChangeTerms(Refused):
    """The terms stay as they are."""


@transaction.atomic
def set_terms(account_id: int, terms: Terms, *, actor: Viewer, at: datetime) -> None:
    """Change languages, skills, shift, capacity and backup of somebody. What is as it was changes nothing.

    Raises Http404 where the actor does not answer above them, and `CannotChangeTerms`.
    """
    if not answers_above(actor, account_id):
        raise Http404
    refusals = []
    if not terms.shifts:
        refusals.append(Reason("engineer.no-shift"))
    elif not _is_week(weekly_of(terms.shifts)):
        refusals.append(Reason("engineer.shift-unreadable"))
    if terms.backup_id is not None and not _in_one_team(account_id, terms.backup_id):
        refusals.append(Reason("engineer.backup-not-in-team"))
    if refusals:
        raise CannotChangeTerms(*refusals)
    _change(
        account_id,
        {
            "languages": sorted(terms.languages),
            "products": sorted(terms.products),
            "problem_types": sorted(terms.problem_types),
            "weekly": weekly_of(terms.shifts),
            "capacity": terms.capacity,
            "backup_id": terms.backup_id,
        },
        actor=actor,
        at=at,
    )


@transaction.atomic
def set_away(
    account_id: int, begin: datetime | None, end: datetime | None, *, actor: Viewer, at: datetime
) -> None:
    """Say from when until when somebody is away, None until further notice; without a begin they are back.

    Raises Http404 where it is neither the actor nor somebody whom the actor answers above, and `CannotChangeTerms`.
    """
    itself = account_id == actor.account_id and is_colleague(actor, account_id)
    if not itself and not answers_above(actor, account_id):
        raise Http404
    if begin is None and end is not None:
        raise CannotChangeTerms(Reason("engineer.away-without-begin"))
    if begin is not None and end is not None and end <= begin:
        raise CannotChangeTerms(Reason("engineer.away-backwards"))
    _change(account_id, {"away_from": begin, "away_until": end}, actor=actor, at=at)


def _change(account_id: int, values: dict[str, object], *, actor: Viewer, at: datetime) -> None:
    Engineer.objects.get_or_create(account_id=account_id)
    row = Engineer.objects.select_for_update().get(account_id=account_id)
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    if changed:
        row.save()
        journal.record(TermsChanged(account_id, what=changed), actor_id=actor.account_id, at=at)


def _is_week(weekly: dict[str, list[list[str]]]) -> bool:
    try:
        CalendarData.from_data({"tz": "UTC", "weekly": weekly})
    except InvalidCalendar:
        return False
    return all(begin != end for spans in weekly.values() for begin, end in spans)


def _in_one_team(account_id: int, other_id: int) -> bool:
    theirs = TeamMember.objects.filter(account_id=account_id).values("team_id")
    return (
        account_id != other_id and TeamMember.objects.filter(account_id=other_id, team_id__in=theirs).exists()
    )
