"""Which plans can pay for what, and every reason why one cannot (ELI-1 to ELI-10). Pure."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pactdesk.catalog.rules import ON_PREMISES, Coverage, Phase, Version, enables, phase_on
from pactdesk.kernel.decisions import Decision, Reason
from pactdesk.kernel.worded import Worded, text_in

ADVISORY_HOUR = "advisory_hour"

# The wording of the service agreement that requesters and buyers accept; a new wording gets a new date.
SERVICE_AGREEMENT: Final = "2026-11"

ACCESS_ID_LENGTH = 10
CONTRACT_ID_LENGTH = 20
_LONGEST_ID = 40
_SHOWN_OF_ACCESS_ID: Final = 4
MOST_SEATS = 100_000
TOO_MANY_PAIRS = "pair.too-many-attempts"

# People paste the groups in which an ID is shown; dashes come in many shapes.
_GROUPING = re.compile(r"[\s\-‐-―−.·]+")


@dataclass(frozen=True, slots=True)
class Plan:
    """An agreement as a way to pay, seen by one account. `ends_at` is the first instant at which it no longer pays.

    What is not `counted`, such as membership of the provider programme, never runs out. What was bought is `frozen`
    while its payment is disputed. So many units as `overdraft` says may be drawn in advance.
    """

    agreement_id: int
    coverage: Coverage
    units_left: int
    starts_at: datetime
    ends_at: datetime
    suspended: bool = False
    frozen: bool = False
    overdraft: int = 0
    registered: bool = True
    revoked: bool = False
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Subject:
    """What the request is about: a version of a product, in the channel with this code. `needs_advice`: it asks for
    advice, which advisory hours pay for. `for_customer`: a partner asks for a customer, and `paid_for_customers` are
    the worded names of the programmes that pay for that in this channel (OBO-7)."""

    channel: str
    version: Version
    needs_advice: bool = False
    for_customer: bool = False
    paid_for_customers: tuple[Worded, ...] = ()


def usable_for(plan: Plan, subject: Subject | None, *, account: str, at: datetime) -> Decision:
    """Can `plan` pay for a request about `subject` at `at`? Collects every reason that applies.

    `subject` None asks whether it can pay at all, whatever the product.

    `account` is the address that is signed in; it stands in the reason about a missing registration, because the wrong
    account is its usual cause (ELI-1).
    """
    return Decision(
        (
            *_refusals_of_holder(plan, account),
            *_refusals_of_term(plan, at),
            *_refusals_of_balance(plan),
            *(_refusals_of_coverage(plan.coverage, subject, at) if subject else ()),
        )
    )


def stands(plan: Plan, *, at: datetime) -> Decision:
    """Is `plan` neither suspended nor outside its term at `at`? However much is left on it."""
    return Decision(tuple(_refusals_of_term(plan, at)))


def addable_for(plan: Plan, subject: Subject | None, *, already_registered: bool, at: datetime) -> Decision:
    """May this agreement be added now? `subject` is what is being asked about, None when adding ahead of need (AGR-3).

    An expired or used-up agreement may be added: it then stands under the unavailable plans with its reason (AGR-5).
    A cloud-only pair is not valid while an on-premises product is chosen, and the reverse (ELI-7, ELI-9).
    """
    refusals: list[Reason] = []
    if already_registered:
        refusals.append(Reason("agreement.already-registered"))
    if plan.revoked:
        refusals.append(Reason("agreement.registration-revoked"))
    if subject is not None:
        refusals.extend(_refusals_of_channel(plan.coverage, subject))
    return Decision(tuple(refusals))


def _refusals_of_holder(plan: Plan, account: str) -> Iterator[Reason]:
    if plan.revoked:
        yield Reason("agreement.registration-revoked")
    elif not plan.registered:
        yield Reason("agreement.not-registered", {"account": account})


def _refusals_of_term(plan: Plan, at: datetime) -> Iterator[Reason]:
    if plan.suspended:
        yield Reason("agreement.suspended")
    if plan.frozen:
        yield Reason("agreement.payment-disputed")
    if at < plan.starts_at:
        yield Reason("agreement.not-started", {"starts_at": plan.starts_at.isoformat()})
    if at >= plan.ends_at:
        yield Reason(
            "agreement.expired", {"ended_at": (plan.ends_at - timedelta(microseconds=1)).isoformat()}
        )


def _refusals_of_balance(plan: Plan) -> Iterator[Reason]:
    rest = plan.units_left + plan.overdraft
    if plan.counted and rest <= 0:
        unit = "hours" if plan.coverage.unit == ADVISORY_HOUR else "incidents"
        yield Reason(f"agreement.no-{unit}-left")
    elif plan.counted and rest < plan.coverage.whole:
        yield Reason("agreement.no-whole-hour-left", {"minutes": rest})


def _refusals_of_coverage(coverage: Coverage, subject: Subject, at: datetime) -> Iterator[Reason]:
    if coverage.unit == ADVISORY_HOUR and not subject.needs_advice:
        yield Reason("agreement.advisory-hours-only")
    yield from _refusals_of_channel(coverage, subject)
    if subject.channel in coverage.channels:
        yield from _refusals_of_tenant(coverage, subject)
        version, today = subject.version, at.date()
        if not enables(coverage, version, today):
            yield Reason("agreement.version-not-enabled")
        if (
            coverage.mainstream_only
            and version.mainstream_until
            and phase_on(version, today) is not Phase.MAINSTREAM
        ):
            yield Reason("agreement.mainstream-only", {"until_on": version.mainstream_until.isoformat()})


def _refusals_of_tenant(coverage: Coverage, subject: Subject) -> Iterator[Reason]:
    if not subject.for_customer:
        if not coverage.own_tenant:
            yield Reason("agreement.not-for-own-tenant")
    elif subject.channel not in coverage.for_customers:
        if subject.paid_for_customers:
            names = [dict(name) for name in subject.paid_for_customers]
            yield Reason("agreement.other-support-needed", {"programmes": names})
        else:
            yield Reason("agreement.not-for-customers")


def _refusals_of_channel(coverage: Coverage, subject: Subject) -> Iterator[Reason]:
    if subject.channel in coverage.channels:
        return
    if coverage.cloud_only and subject.channel == ON_PREMISES:
        yield Reason("agreement.cloud-only")
    elif coverage.on_premises_only:
        yield Reason("agreement.on-premises-only")
    else:
        yield Reason("agreement.channel-not-covered")


@dataclass(frozen=True, slots=True)
class PlanName:
    """What a plan is called by (AGR-9). `access_id` is "" where there is no pair; `partner_number` is that of its
    organization, "" where it has none; `created_in` is a year, `programme` worded."""

    access_id: str
    programme: Worded
    short_code: str
    partner_number: str
    created_in: int

    def shown(self, language: str, *, in_the_cloud: bool = False) -> str:
        """ "0230242323 – Gold Partner Support 20-pack"; on a subscription in the cloud "15 SCS-4648141 (0037xxxxxx)",
        of which most of the Access ID is hidden. What has no pair is called by its programme."""
        if not self.access_id:
            return text_in(self.programme, language)
        if not in_the_cloud:
            return f"{self.access_id} – {text_in(self.programme, language)}"
        shown = self.access_id[:_SHOWN_OF_ACCESS_ID]
        masked = shown + "x" * (len(self.access_id) - len(shown))
        return f"{self.created_in % 100:02d} {self.short_code}-{self.partner_number or 'unk'} ({masked})"


@dataclass(frozen=True, slots=True)
class Pair:
    """Access ID and Contract ID as typed, with grouping taken out. Digits only; leading zeros count (AGR-1)."""

    access_id: str
    contract_id: str


def read_pair(access_id: str, contract_id: str) -> Pair | Decision:
    """The pair that somebody typed or pasted, or why it cannot be one.

    Spaces, dashes and dots between groups are taken out; nothing is ever added, so a missing zero stays missing
    (AGR-1). The codes name the field that is wrong, never whether a pair exists.
    """
    refusals: list[Reason] = []
    cleaned: dict[str, str] = {}
    for field, text in (("access-id", access_id), ("contract-id", contract_id)):
        digits = _GROUPING.sub("", text)
        cleaned[field] = digits
        if not digits:
            refusals.append(Reason(f"pair.{field}-missing"))
        elif not digits.isascii() or not digits.isdigit():
            refusals.append(Reason(f"pair.{field}-not-digits"))
        elif len(digits) > _LONGEST_ID:
            refusals.append(Reason(f"pair.{field}-too-long", {"length": len(digits)}))
    if refusals:
        return Decision(tuple(refusals))
    return Pair(cleaned["access-id"], cleaned["contract-id"])


def grouped(digits: str, size: int = 4) -> str:
    """`digits` in groups for reading aloud: "1234 5678 …" (AGR-11)."""
    return " ".join(digits[start : start + size] for start in range(0, len(digits), size))


def end_of_benefits(starts_on: date, months: int, extra_days: int, zone: ZoneInfo) -> datetime:
    """The first instant after an agreement's benefits, in UTC (AGR-2).

    Benefits that start on 20 November and last twelve months run through 19 November of the next year; extra days (30
    for partner-network programmes) come on top. A month without that day ends on its last day.
    """
    month = starts_on.month - 1 + months
    year, month = starts_on.year + month // 12, month % 12 + 1
    day = min(starts_on.day, calendar.monthrange(year, month)[1])
    first_day_after = date(year, month, day) + timedelta(days=extra_days)
    return datetime.combine(first_day_after, time(), tzinfo=zone).astimezone(ZoneInfo("UTC"))


@dataclass(frozen=True, slots=True)
class GuessLimits:
    """How many wrong pairs are answered before we stop looking (AGR-11). Windows are minutes."""

    per_account: int = 10
    per_address: int = 30
    window_minutes: int = 60


def may_try_a_pair(*, by_account: int, by_address: int, limits: GuessLimits) -> Decision:
    """May one more pair be looked up, after so many wrong ones within the window?"""
    if by_account >= limits.per_account or by_address >= limits.per_address:
        return Decision((Reason(TOO_MANY_PAIRS, {"minutes": limits.window_minutes}),))
    return Decision()


def may_take_a_seat(*, seat_limit: int | None, taken: int) -> Decision:
    """May one more account draw on an agreement on which `taken` do? Without a limit any number may (AGR-11)."""
    if seat_limit is not None and taken >= seat_limit:
        return Decision((Reason("agreement.no-seat-left"),))
    return Decision()


def may_limit_seats(limit: int | None, *, taken: int) -> Decision:
    """May the owner of an agreement, on which `taken` accounts draw, allow `limit` of them? None lifts the limit."""
    if limit is None:
        return Decision()
    if not 1 <= limit <= MOST_SEATS:
        return Decision((Reason("agreement.seat-limit-out-of-range", {"least": 1, "most": MOST_SEATS}),))
    if limit < taken:
        return Decision((Reason("agreement.seat-limit-below-taken", {"taken": taken}),))
    return Decision()


def may_set_aside(
    plan: Plan, *, units: int, aside: int, most_units: int | None, related: bool, at: datetime
) -> Decision:
    """May `units` more of `plan` stand aside for an organization for which `aside` do, net of what was recalled?

    `most_units` limits what may stand aside in all, None does not. `related`: the organization that gives them has to
    do with the one that gets them. With `units` 0 only the limit is asked about."""
    refusals: list[Reason] = []
    if not related:
        refusals.append(Reason("set-aside.no-relationship"))
    if plan.suspended:
        refusals.append(Reason("agreement.suspended"))
    if at >= plan.ends_at:
        refusals.append(
            Reason("agreement.expired", {"ended_at": (plan.ends_at - timedelta(microseconds=1)).isoformat()})
        )
    if units < 0 or (units == 0 and not aside):
        refusals.append(Reason("set-aside.no-units"))
    elif units > (left := max(plan.units_left, 0) // plan.coverage.whole):
        refusals.append(Reason("set-aside.more-than-left", {"left": left}))
    if most_units is not None and aside + units > most_units:
        refusals.append(Reason("set-aside.above-limit", {"most": most_units, "aside": aside}))
    return Decision(tuple(refusals))


def may_recall(*, units: int, left: int) -> Decision:
    """May so many units be called back, of which `left` are not used?"""
    if units < 1:
        return Decision((Reason("set-aside.no-units"),))
    if units > left:
        return Decision((Reason("set-aside.recalls-more-than-left", {"left": left}),))
    return Decision()


# Before so many days nothing can be said of a pace.
PACE_NEEDS: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Pace:
    """What an agreement comes to if units go on being used as they were so far: so many left at its end, or none from
    `used_up_at` on, an instant before the end."""

    left_at_end: int
    used_up_at: datetime | None


def pace(*, used: int, units_left: int, starts_at: datetime, ends_at: datetime, at: datetime) -> Pace | None:
    """What `used` units since the start come to at the end, to the nearest unit.

    None where that would be guessing: nothing used, nothing left, over, or less than two weeks since the start.
    """
    since = at - starts_at
    if used <= 0 or units_left <= 0 or at >= ends_at or since < PACE_NEEDS:
        return None
    lasts = since * units_left / used
    if at + lasts < ends_at:
        return Pace(0, at + lasts)
    return Pace(round(units_left - used * ((ends_at - at) / since)), None)
