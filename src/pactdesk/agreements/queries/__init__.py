"""Read models of agreements, each with a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.access import agreement_for, held_by, listed_agreements, plan_of, programme_of
from pactdesk.agreements.models import Agreement, DrawPlace, LedgerEntry, Registration
from pactdesk.agreements.rules import Plan, PlanName, Subject, stands, usable_for
from pactdesk.catalog.rules import Programme
from pactdesk.kernel.database import execute
from pactdesk.kernel.decisions import Decision

# What raises what there was to be used; transfers out of an agreement lower it.
GRANTED = (LedgerEntry.Kind.GRANT.value, LedgerEntry.Kind.TRANSFER.value)


class Ending:
    """What has benefits that end at `ends_at`, an instant."""

    __slots__ = ()
    ends_at: datetime

    @property
    def last_day(self) -> datetime:
        """An instant of the last day of the benefits, for showing that day in `time_zone`."""
        return self.ends_at - timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class AgreementLine(Ending):
    """An agreement in a list. What it counts is counted as the ledger does: `whole` of it are one incident or hour.
    `programme` is the programme's worded name; `decision` says whether it can pay now.

    `named` is how a plan is called (AGR-9). `units_granted` is what the ledger says was granted, set aside or
    recalled ones included, which need not be the quantity of the programme. `counted` is False for a membership.
    `set_aside_by` is the name of the organization that put its units aside, "" where nobody did; `bought` says that
    the viewer paid for it. `may_open` is False where the owner has withdrawn the viewer's access: then it stands in
    lists with its reason, and has no page. `place` is the one that the viewer has given it in an own order, from 0 on;
    None: it is offered after those that have one."""

    agreement_id: int
    access_id: str
    programme_code: str
    programme: dict[str, str]
    unit: str
    units_left: int
    units_granted: int
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    is_owner: bool
    may_open: bool
    decision: Decision
    named: PlanName
    counted: bool
    set_aside_by: str = ""
    bought: bool = False
    overdraft: int = 0
    whole: int = 1
    place: int | None = None


@dataclass(frozen=True, slots=True)
class ChosenPlan:
    """The plan that a request is to be charged to: for the rule, and for what it promises. `lent_by_customer`: it is an
    agreement of the customer for whom somebody acts, who allows them to spend it."""

    plan: Plan
    programme: Programme
    named: PlanName
    time_zone: str
    units_granted: int
    lent_by_customer: bool = False

    @property
    def last_day(self) -> datetime:
        """An instant of the last day of the benefits, for showing that day in `time_zone`."""
        return self.plan.ends_at - timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Seat:
    """An account that has registered an agreement, as its owner sees it."""

    registration_id: int
    name: str
    email: str
    registered_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class AgreementPage:
    """An agreement on its own page. `seats` is None for everybody but its owner."""

    line: AgreementLine
    seats: tuple[Seat, ...] | None
    seat_limit: int | None


_CHOSEN = """
SELECT agreement.programme_id, agreement.access_id, agreement.time_zone, agreement.units_left, agreement.starts_at,
  agreement.ends_at, agreement.suspended_at IS NOT NULL, agreement.frozen_at IS NOT NULL,
  registration.revoked_at IS NOT NULL,
  (SELECT COALESCE(SUM(units), 0) FROM agreements_ledgerentry
   WHERE agreement_id = agreement.id AND kind IN ('grant', 'transfer')),
  organization.partner_number, agreement.created_at, agreement.overdraft
FROM agreements_agreement agreement
LEFT JOIN agreements_registration registration
  ON registration.agreement_id = agreement.id AND registration.account_id = %s
LEFT JOIN accounts_organization organization ON organization.id = agreement.organization_id
WHERE agreement.id = %s AND (
  registration.id IS NOT NULL OR (agreement.pair_digest IS NULL AND agreement.organization_id = %s)
  OR agreement.holder_id = %s
)
"""


def chosen_plan(viewer: Viewer, agreement_id: int) -> ChosenPlan | None:
    """The agreement as a way to pay for `viewer`'s account, None where it never was one. One query."""
    asked = (viewer.account_id, agreement_id, viewer.organization_id, viewer.account_id)
    row = execute(_CHOSEN, asked).fetchone()
    if row is None:
        return None
    programme_id, access_id, time_zone, units_left, starts_at, ends_at, suspended, frozen, revoked, *told = (
        row
    )
    granted, partner_number, created_at, overdraft = told
    programme = programme_of(programme_id)
    plan = Plan(
        agreement_id=agreement_id,
        coverage=programme.coverage,
        units_left=units_left,
        starts_at=starts_at,
        ends_at=ends_at,
        suspended=suspended,
        frozen=frozen,
        overdraft=overdraft,
        registered=True,
        revoked=revoked,
        counted=programme.quantity is not None,
    )
    named = PlanName(access_id, programme.name, programme.short_code, partner_number or "", created_at.year)
    return ChosenPlan(plan, programme, named, time_zone, granted)


def named(agreement: Agreement) -> PlanName:
    """What an agreement is called by. Its organization should have come with it."""
    programme = programme_of(agreement.programme_id)
    organization = agreement.organization
    return PlanName(
        agreement.access_id,
        programme.name,
        programme.short_code,
        organization.partner_number if organization else "",
        agreement.created_at.year,
    )


def standing_of(agreement_id: int, *, at: datetime, whatever_is_left: bool = False) -> Decision:
    """Whether an agreement can pay at `at`, whoever draws on it and for whatever. One query.

    For what was paid by it before and is to be paid again. `whatever_is_left` asks only whether it is suspended or
    outside its term: of hours less than a whole one may be enough.
    """
    plan = plan_of(Agreement.objects.get(pk=agreement_id), None)
    if whatever_is_left:
        return stands(plan, at=at)
    return usable_for(replace(plan, registered=True), None, account="", at=at)


@dataclass(frozen=True, slots=True)
class Balance(Ending):
    """How an agreement stands, for the vendor's side, which has registered nothing. `decision` says whether it can pay
    now."""

    agreement_id: int
    named: PlanName
    counted: bool
    unit: str
    units_left: int
    units_granted: int
    overdraft: int
    ends_at: datetime
    time_zone: str
    decision: Decision


def balance_of(agreement_id: int, *, at: datetime) -> Balance:
    """How the agreement that pays for something stands at `at`. One query."""
    agreement = (
        Agreement.objects.select_related("organization")
        .annotate(granted=granted_total("pk"))
        .get(pk=agreement_id)
    )
    return balance_from(agreement, granted=agreement.granted, at=at)


def balance_from(agreement: Agreement, *, granted: int, at: datetime) -> Balance:
    """The same of an agreement at hand, on which `granted` units were granted. Its organization should have come with
    it."""
    programme = programme_of(agreement.programme_id)
    return Balance(
        agreement_id=agreement.pk,
        named=named(agreement),
        counted=programme.quantity is not None,
        unit=programme.unit,
        units_left=agreement.units_left,
        units_granted=granted,
        overdraft=agreement.overdraft,
        ends_at=agreement.ends_at,
        time_zone=agreement.time_zone,
        decision=usable_for(replace(plan_of(agreement, None), registered=True), None, account="", at=at),
    )


def granted_on(agreement: Agreement) -> int:
    """What was granted on it, with what was set aside in it or out of it. One query."""
    grants = LedgerEntry.objects.filter(agreement=agreement, kind__in=GRANTED)
    total: int = grants.aggregate(total=Coalesce(Sum("units"), 0))["total"]
    return total


def granted_total(agreement: str) -> Coalesce:
    """What was granted on the agreement to which the field `agreement` leads, with what was set aside in it or out of
    it, for annotating."""
    grants = LedgerEntry.objects.filter(agreement=OuterRef(agreement), kind__in=GRANTED)
    total = grants.order_by().values("agreement").annotate(total=Sum("units")).values("total")
    return Coalesce(Subquery(total), 0)


def plans_for(viewer: Viewer, subject: Subject, *, at: datetime) -> list[AgreementLine]:
    """Every agreement on which the viewer's account may draw and whether it can pay for `subject`, usable ones first
    and among them what the account wants first, then the one that ends soonest: of those that end together one's own
    before one set aside, and what is counted after what is not. One query (ELI-1 to ELI-9)."""
    mine = Registration.objects.filter(agreement=OuterRef("pk"), account_id=viewer.account_id)
    agreements = (
        Agreement.objects.filter(Exists(mine) | held_by(viewer))
        .select_related("organization", "parent__organization")
        .annotate(
            granted=granted_total("pk"), revoked_at=Subquery(mine.values("revoked_at")), place=_place(viewer)
        )
    )
    lines = []
    for agreement in agreements:
        plan = replace(plan_of(agreement, None), registered=True, revoked=agreement.revoked_at is not None)
        decision = usable_for(plan, subject, account=viewer.email, at=at)
        may_open = agreement.revoked_at is None
        line = _line(agreement, viewer, decision, granted=agreement.granted, may_open=may_open)
        lines.append(replace(line, place=agreement.place))
    return sorted(lines, key=_draw_order)


def _place(viewer: Viewer) -> Subquery:
    """The place of an agreement in the viewer's own order, for annotating."""
    mine = DrawPlace.objects.filter(account_id=viewer.account_id, agreement=OuterRef("pk"))
    return Subquery(mine.values("place"))


def usual_order(
    counted: bool, ends_at: datetime, is_set_aside: bool, agreement_id: int
) -> tuple[bool, datetime, bool, int]:
    """By what agreements are sorted for whoever wants nothing else: what is not counted, then what ends soonest."""
    return counted, ends_at, is_set_aside, agreement_id


def _draw_order(line: AgreementLine) -> tuple[bool, bool, int, tuple[bool, datetime, bool, int]]:
    usual = usual_order(line.counted, line.ends_at, bool(line.set_aside_by), line.agreement_id)
    return not line.decision.allowed, line.place is None, line.place or 0, usual


def benefits(viewer: Viewer, *, at: datetime) -> list[AgreementLine]:
    """The agreements that the viewer has registered or owns, those that can pay first. Two queries.

    Those from which the owner has withdrawn the viewer's access are listed, too, with that reason.
    """
    registrations = {
        registration.agreement_id: registration
        for registration in Registration.objects.filter(account_id=viewer.account_id)
    }
    lines = []
    listed = listed_agreements(viewer).select_related("organization", "parent__organization")
    for agreement in listed.annotate(granted=granted_total("pk"), place=_place(viewer)):
        mine = registrations.get(agreement.pk)
        decision = _standing(agreement, mine, viewer, at)
        may_open = _may_open(agreement, mine)
        line = _line(agreement, viewer, decision, granted=agreement.granted, may_open=may_open)
        lines.append(replace(line, place=agreement.place))
    return sorted(lines, key=_draw_order)


def agreement_page(viewer: Viewer, agreement_id: int, *, at: datetime) -> AgreementPage:
    """One agreement. Raises Http404 where it is not the viewer's to see. Four queries at most."""
    agreement = agreement_for(viewer, agreement_id)
    mine = Registration.objects.filter(agreement=agreement, account_id=viewer.account_id).first()
    seats: tuple[Seat, ...] | None = None
    if agreement.owner_id == viewer.account_id:
        seats = tuple(
            Seat(
                registration_id=seat.pk,
                name=seat.account.get_full_name(),
                email=seat.account.email,
                registered_at=seat.registered_at,
                revoked_at=seat.revoked_at,
            )
            for seat in Registration.objects.filter(agreement=agreement)
            .select_related("account")
            .order_by("registered_at", "pk")
        )
    line = _line(
        agreement,
        viewer,
        _standing(agreement, mine, viewer, at),
        granted=granted_on(agreement),
        may_open=_may_open(agreement, mine),
    )
    return AgreementPage(line, seats, agreement.seat_limit)


def _standing(agreement: Agreement, mine: Registration | None, viewer: Viewer, at: datetime) -> Decision:
    """Whether the agreement can pay at all for this viewer, whatever the product."""
    return usable_for(plan_of(agreement, mine), None, account=viewer.email, at=at)


def _may_open(agreement: Agreement, mine: Registration | None) -> bool:
    return agreement.pair_digest is None or (mine is not None and mine.revoked_at is None)


def _line(
    agreement: Agreement, viewer: Viewer, decision: Decision, *, granted: int, may_open: bool
) -> AgreementLine:
    programme = programme_of(agreement.programme_id)
    is_owner = agreement.owner_id == viewer.account_id
    giver = agreement.parent.organization if agreement.parent else None
    return AgreementLine(
        agreement_id=agreement.pk,
        access_id=agreement.access_id,
        programme_code=programme.code,
        programme=dict(programme.name),
        unit=programme.unit,
        units_left=agreement.units_left,
        units_granted=granted,
        starts_at=agreement.starts_at,
        ends_at=agreement.ends_at,
        time_zone=agreement.time_zone,
        is_owner=is_owner,
        may_open=is_owner or may_open,
        decision=decision,
        named=named(agreement),
        counted=programme.quantity is not None,
        set_aside_by=giver.name if giver else "",
        bought=agreement.holder_id is not None,
        overdraft=agreement.overdraft,
        whole=programme.whole,
    )


def in_force(programme_code: str, *, at: datetime) -> int:
    """How many agreements of this programme have not ended at `at`. One query."""
    return Agreement.objects.filter(programme__code=programme_code, ends_at__gt=at).count()


def lent_plan(customer_id: int, agreement_id: int) -> ChosenPlan | None:
    """An agreement of a customer as a way to pay for what is done for it, None where it is not that customer's. For
    whom the customer allows to spend its incidents, which `delegation` knows. One query."""
    agreement = (
        Agreement.objects.filter(organization_id=customer_id, pk=agreement_id)
        .select_related("organization")
        .annotate(granted=granted_total("pk"))
        .first()
    )
    if agreement is None:
        return None
    programme = programme_of(agreement.programme_id)
    plan = replace(plan_of(agreement, None), registered=True)
    return ChosenPlan(
        plan, programme, named(agreement), agreement.time_zone, agreement.granted, lent_by_customer=True
    )


def plans_lent(customer_id: int, viewer: Viewer, subject: Subject, *, at: datetime) -> list[AgreementLine]:
    """The agreements of a customer and whether each can pay for `subject`, those that can first and among them the one
    that ends soonest. For whom the customer allows to spend its incidents. One query.

    They are the customer's own, so they pay for the customer's tenant.
    """
    own = replace(subject, for_customer=False)
    agreements = Agreement.objects.filter(organization_id=customer_id).annotate(granted=granted_total("pk"))
    lines = []
    for agreement in agreements.select_related("organization", "parent__organization"):
        plan = replace(plan_of(agreement, None), registered=True)
        decision = usable_for(plan, own, account=viewer.email, at=at)
        lines.append(_line(agreement, viewer, decision, granted=agreement.granted, may_open=False))
    return sorted(lines, key=_draw_order)
