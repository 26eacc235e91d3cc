"""Setting units of an agreement aside for another organization, and calling back what it has not used.

What is set aside is an agreement of its own, without a pair, which the other organization holds; its units come by
transfer, so the ledger of both says where they went. Units are whole incidents or hours here. Lock order: by id, which
is from the giver to the holder.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Sum
from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements import ledger
from pactdesk.agreements.access import divisible_agreement, plan_of, programme_of
from pactdesk.agreements.facts import SetAsideLimited, UnitsRecalled, UnitsSetAside
from pactdesk.agreements.models import Agreement, LedgerEntry
from pactdesk.agreements.rules import may_recall, may_set_aside
from pactdesk.delegation.queries import may_receive_units
from pactdesk.journal import services as journal
from pactdesk.kernel.decisions import Decision, Refused

SET_ASIDE = "set-aside"
RECALLED = "recalled"


class CannotSetAside(Refused):
    """No unit was moved and no limit changed."""


@transaction.atomic
def set_aside(
    agreement_id: int,
    organization_id: int,
    *,
    units: int,
    most_units: int | None,
    key: str,
    actor: Viewer,
    at: datetime,
) -> int:
    """Put `units` aside for an organization, more if some stand aside for it already; answers the id of what it holds.

    `most_units` is how many may stand aside for it at most, net of what was recalled and with what it has used; None is
    any number, or where some stand aside already, the limit that there is. The same `key` again changes nothing. Raises
    Http404 where the actor may not divide the agreement, and `CannotSetAside` with every reason."""
    agreement = divisible_agreement(actor, agreement_id, lock=True)
    posted = LedgerEntry.objects.filter(agreement=agreement, idempotency_key=f"{key}:out").first()
    if posted is not None and posted.counterpart_id is not None:
        return posted.counterpart_id
    held = (
        Agreement.objects.select_for_update()
        .filter(parent=agreement, organization_id=organization_id)
        .first()
    )
    giver_id = agreement.organization_id or actor.organization_id
    whole = programme_of(agreement.programme_id).whole
    if most_units is None and held is not None:
        most_units = held.most_units
    _require(
        may_set_aside(
            plan_of(agreement, None),
            units=units,
            aside=_net(held) // whole if held else 0,
            most_units=most_units,
            related=giver_id is not None and may_receive_units(giver_id, organization_id),
            at=at,
        )
    )
    if held is None:
        held = Agreement.objects.create(
            parent=agreement,
            programme_id=agreement.programme_id,
            organization_id=organization_id,
            starts_at=agreement.starts_at,
            ends_at=agreement.ends_at,
            suspended_at=agreement.suspended_at,
            time_zone=agreement.time_zone,
            created_at=at,
        )
    _limit(held, most_units, actor, at)
    ledger.transfer(
        agreement.pk, held.pk, units=units * whole, key=key, actor_id=actor.account_id, at=at, note=SET_ASIDE
    )
    fact = UnitsSetAside(agreement.pk, held.pk, organization_id, units)
    journal.record(fact, actor_id=actor.account_id, at=at)
    return held.pk


@transaction.atomic
def recall(set_aside_id: int, *, units: int, key: str, actor: Viewer, at: datetime) -> None:
    """Call `units` back that their holder has not used. The same `key` again changes nothing.

    Raises Http404 where the actor may not divide the agreement from which they came, and `CannotSetAside`.
    """
    agreement, held = _pair(set_aside_id, actor)
    if LedgerEntry.objects.filter(agreement=held, idempotency_key=f"{key}:out").exists():
        return
    whole = programme_of(held.programme_id).whole
    _require(may_recall(units=units, left=held.units_left // whole))
    ledger.transfer(
        held.pk, agreement.pk, units=units * whole, key=key, actor_id=actor.account_id, at=at, note=RECALLED
    )
    fact = UnitsRecalled(agreement.pk, held.pk, held.organization_id or 0, units)
    journal.record(fact, actor_id=actor.account_id, at=at)


@transaction.atomic
def limit(set_aside_id: int, most_units: int | None, *, actor: Viewer, at: datetime) -> None:
    """Say how many units may stand aside at most. Raises like `recall`."""
    agreement, held = _pair(set_aside_id, actor)
    aside = _net(held) // programme_of(held.programme_id).whole
    if aside:  # below nothing there is no limit
        _require(
            may_set_aside(
                plan_of(agreement, None),
                units=0,
                aside=aside,
                most_units=most_units,
                related=True,
                at=min(at, agreement.starts_at),
            )
        )
    _limit(held, most_units, actor, at)


def _pair(set_aside_id: int, actor: Viewer) -> tuple[Agreement, Agreement]:
    """What was set aside, behind that from which it came; both locked. Raises Http404."""
    parent_id = Agreement.objects.filter(pk=set_aside_id).values_list("parent_id", flat=True).first()
    if parent_id is None:
        raise Http404
    agreement = divisible_agreement(actor, parent_id, lock=True)
    return agreement, Agreement.objects.select_for_update().get(pk=set_aside_id)


def _net(held: Agreement) -> int:
    """How many units came into it, less those that were recalled. What it gave away itself still counts."""
    moved = LedgerEntry.objects.filter(agreement=held, counterpart=held.parent_id).aggregate(
        total=Sum("units")
    )
    return moved["total"] or 0


def _limit(held: Agreement, most_units: int | None, actor: Viewer, at: datetime) -> None:
    before = held.most_units
    if most_units == before:
        return
    held.most_units = most_units
    held.save(update_fields=["most_units"])
    fact = SetAsideLimited(held.parent_id or 0, held.pk, before, most_units)
    journal.record(fact, actor_id=actor.account_id, at=at)


def _require(decision: Decision) -> None:
    if not decision.allowed:
        raise CannotSetAside(*decision)
