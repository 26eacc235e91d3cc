"""Which plans can pay, why one cannot, what a pair looks like, and when benefits end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactdesk.agreements.rules import (
    ADVISORY_HOUR,
    MOST_SEATS,
    GuessLimits,
    Pace,
    Pair,
    Plan,
    PlanName,
    Subject,
    addable_for,
    end_of_benefits,
    grouped,
    may_limit_seats,
    may_recall,
    may_set_aside,
    may_take_a_seat,
    may_try_a_pair,
    pace,
    read_pair,
    usable_for,
)
from pactdesk.catalog.rules import Coverage, Version
from pactdesk.kernel.decisions import Decision, Reason

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CARLA = "carla@example.org"

GOLD = Coverage(unit="incident", channels=frozenset({"on-premises", "cloud-subscriptions"}))
ON_PREMISES = Coverage(unit="incident", channels=frozenset({"on-premises"}))
CLOUD = Coverage(unit="incident", channels=frozenset({"cloud-subscriptions", "online-services"}))
DEVELOPER = Coverage(unit="incident", channels=frozenset({"on-premises"}), mainstream_only=True)
RECENT = Coverage(unit="incident", channels=frozenset({"on-premises"}), recent_only=True)


def version(code: str, mainstream_until: date | None, extended_until: date | None = None) -> Version:
    return Version(
        id=1,
        product_code="mail-server",
        code=code,
        name={"en": code},
        mainstream_until=mainstream_until,
        extended_until=extended_until,
    )


def mainstream_until(day: date | None) -> Subject:
    return Subject("on-premises", version("2022", day))


SERVER = Subject("on-premises", version("2019", date(2024, 1, 9), date(2029, 1, 9)))
NEW_SERVER = Subject("on-premises", version("2025", date(2030, 10, 14)))
OLD_SERVER = Subject("on-premises", version("2010", date(2015, 1, 13), AT.date() - timedelta(days=1)))
SUBSCRIPTION = Subject("cloud-subscriptions", version("current", None))
ADVICE = replace(SERVER, needs_advice=True)

HOURS = replace(GOLD, unit=ADVISORY_HOUR)  # counted in minutes


def plan(coverage: Coverage = GOLD, **changes: object) -> Plan:
    """A plan that nothing speaks against, with some things changed."""
    usable = Plan(
        agreement_id=1,
        coverage=coverage,
        units_left=7,
        starts_at=AT - timedelta(days=100),
        ends_at=AT + timedelta(days=265),
    )
    return replace(usable, **changes)  # type: ignore[arg-type]  # any field of a plan


@pytest.mark.req("ELI-1", "ELI-2", "ELI-3", "ELI-4", "ELI-5", "ELI-6", "ELI-7", "ELI-10")
@pytest.mark.parametrize(
    ("what", "about", "codes"),
    [
        (plan(), None, []),
        (plan(), SERVER, []),
        (plan(), SUBSCRIPTION, []),
        (plan(registered=False), SERVER, ["agreement.not-registered"]),
        (plan(revoked=True), SERVER, ["agreement.registration-revoked"]),
        (plan(suspended=True), SERVER, ["agreement.suspended"]),
        (plan(starts_at=AT + timedelta(seconds=1)), SERVER, ["agreement.not-started"]),
        (plan(starts_at=AT), SERVER, []),
        (plan(ends_at=AT + timedelta(microseconds=1)), SERVER, []),
        (plan(ends_at=AT), SERVER, ["agreement.expired"]),
        (plan(units_left=1), SERVER, []),
        (plan(units_left=0), SERVER, ["agreement.no-incidents-left"]),
        (plan(HOURS, units_left=0), ADVICE, ["agreement.no-hours-left"]),
        (plan(HOURS, units_left=59), ADVICE, ["agreement.no-whole-hour-left"]),
        (plan(HOURS, units_left=60), SERVER, ["agreement.advisory-hours-only"]),
        (plan(HOURS, units_left=60), ADVICE, []),
        (
            plan(replace(GOLD, except_versions=frozenset({"mail-server/2019"}))),
            SERVER,
            ["agreement.version-not-enabled"],
        ),
        (plan(replace(GOLD, except_versions=frozenset({"mail-server/2019"}))), NEW_SERVER, []),
        (
            plan(replace(GOLD, only_versions=frozenset({"mail-server/2025"}))),
            SERVER,
            ["agreement.version-not-enabled"],
        ),
        (plan(replace(GOLD, only_versions=frozenset({"mail-server/2025"}))), NEW_SERVER, []),
        (plan(DEVELOPER), SERVER, ["agreement.mainstream-only"]),
        (plan(DEVELOPER), mainstream_until(AT.date()), []),
        (plan(DEVELOPER), mainstream_until(AT.date() - timedelta(days=1)), ["agreement.mainstream-only"]),
        (plan(DEVELOPER), mainstream_until(None), []),
        (plan(RECENT), SERVER, []),
        (plan(RECENT), OLD_SERVER, ["agreement.version-not-enabled"]),
        (
            plan(replace(GOLD, except_products=frozenset({"mail-server"}))),
            SERVER,
            ["agreement.version-not-enabled"],
        ),
        (plan(ON_PREMISES), SERVER, []),
        (plan(CLOUD), SERVER, ["agreement.cloud-only"]),
        (plan(CLOUD), SUBSCRIPTION, []),
        (plan(ON_PREMISES), SUBSCRIPTION, ["agreement.on-premises-only"]),
        (
            plan(GOLD),
            replace(SUBSCRIPTION, channel="business-applications"),
            ["agreement.channel-not-covered"],
        ),
    ],
)
def test_a_plan_is_refused_for_exactly_the_reasons_that_apply(
    what: Plan, about: Subject | None, codes: list[str]
) -> None:
    assert list(usable_for(what, about, account=CARLA, at=AT).codes) == codes


@pytest.mark.req("ELI-10")
def test_every_reason_that_applies_is_collected_and_not_only_the_first() -> None:
    worst = plan(CLOUD, registered=False, units_left=0, ends_at=AT - timedelta(days=3), suspended=True)
    assert usable_for(worst, SERVER, account=CARLA, at=AT).codes == (
        "agreement.not-registered",
        "agreement.suspended",
        "agreement.expired",
        "agreement.no-incidents-left",
        "agreement.cloud-only",
    )


@pytest.mark.req("ELI-1")
def test_the_reason_about_a_missing_registration_names_the_account_that_is_signed_in() -> None:
    (reason,) = usable_for(plan(registered=False), SERVER, account=CARLA, at=AT)
    assert reason.params == {"account": CARLA}


@pytest.mark.req("ELI-2")
def test_the_reason_about_an_end_names_the_last_instant_that_still_belonged_to_the_benefits() -> None:
    ended = datetime(2026, 11, 19, 23, 0, tzinfo=UTC)  # midnight in Prague
    (reason,) = usable_for(plan(ends_at=ended), SERVER, account=CARLA, at=AT)
    last = datetime.fromisoformat(reason.params["ended_at"]).astimezone(ZoneInfo("Europe/Prague"))
    assert last.date() == date(2026, 11, 19)


@pytest.mark.req("ELI-5")
def test_the_reason_about_mainstream_support_names_its_last_day() -> None:
    (reason,) = usable_for(plan(DEVELOPER), SERVER, account=CARLA, at=AT)
    assert reason.params == {"until_on": "2024-01-09"}


@pytest.mark.req("ELI-10")
def test_a_plan_that_is_not_asked_about_a_product_is_not_refused_for_one() -> None:
    assert usable_for(plan(CLOUD), None, account=CARLA, at=AT).allowed


@pytest.mark.req("AGR-3", "AGR-5", "ELI-6", "ELI-7", "ELI-8", "ELI-9")
@pytest.mark.parametrize(
    ("what", "about", "already", "codes"),
    [
        (plan(), None, False, []),
        (plan(registered=False), None, False, []),
        (plan(CLOUD), None, False, []),
        (plan(), None, True, ["agreement.already-registered"]),
        (plan(revoked=True), None, False, ["agreement.registration-revoked"]),
        (plan(CLOUD), SERVER, False, ["agreement.cloud-only"]),
        (plan(ON_PREMISES), SUBSCRIPTION, False, ["agreement.on-premises-only"]),
        (plan(CLOUD), SERVER, True, ["agreement.already-registered", "agreement.cloud-only"]),
        (plan(units_left=0, ends_at=AT - timedelta(days=1)), None, False, []),
    ],
)
def test_a_pair_may_be_added_unless_it_is_there_already_or_the_product_cannot_use_it(
    what: Plan, about: Subject | None, already: bool, codes: list[str]
) -> None:
    assert list(addable_for(what, about, already_registered=already, at=AT).codes) == codes


@pytest.mark.req("AGR-1")
@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("0230242323", "0230242323"),
        ("230242323", "230242323"),
        ("  0230242323\n", "0230242323"),
        ("0230 2423 23", "0230242323"),
        ("0230-2423-23", "0230242323"),
        ("0230–2423—23", "0230242323"),
        ("0230\u00a02423\u202f23", "0230242323"),
        ("0230.2423.23", "0230242323"),
        ("0000000000", "0000000000"),
    ],
)
def test_an_id_is_read_without_its_grouping_and_with_every_zero(typed: str, read: str) -> None:
    assert read_pair(typed, typed) == Pair(read, read)


@pytest.mark.req("AGR-1")
@given(st.text("0123456789", min_size=1, max_size=40), st.integers(1, 7))
def test_an_id_that_is_shown_in_groups_can_be_pasted_as_it_is_shown(digits: str, size: int) -> None:
    assert read_pair(grouped(digits, size), digits) == Pair(digits, digits)


@pytest.mark.req("AGR-1")
@pytest.mark.parametrize(
    ("access_id", "contract_id", "codes"),
    [
        ("", "", ["pair.access-id-missing", "pair.contract-id-missing"]),
        (" - ", "123", ["pair.access-id-missing"]),
        ("O230242323", "123", ["pair.access-id-not-digits"]),
        ("123", "12a", ["pair.contract-id-not-digits"]),
        ("١٢٣", "123", ["pair.access-id-not-digits"]),
        ("12²", "１２", ["pair.access-id-not-digits", "pair.contract-id-not-digits"]),
        ("1" * 41, "1" * 40, ["pair.access-id-too-long"]),
        ("1", "1" * 41, ["pair.contract-id-too-long"]),
        ("+12", "12", ["pair.access-id-not-digits"]),
    ],
)
def test_what_cannot_be_a_pair_is_refused_at_the_field_that_is_wrong(
    access_id: str, contract_id: str, codes: list[str]
) -> None:
    answer = read_pair(access_id, contract_id)
    assert isinstance(answer, Decision)
    assert list(answer.codes) == codes


@pytest.mark.req("AGR-2")
@pytest.mark.parametrize(
    ("starts_on", "months", "extra_days", "zone", "first_day_after"),
    [
        (date(2026, 11, 20), 12, 0, "UTC", datetime(2027, 11, 20, tzinfo=UTC)),
        (date(2026, 11, 20), 12, 30, "UTC", datetime(2027, 12, 20, tzinfo=UTC)),
        (date(2027, 2, 28), 12, 0, "UTC", datetime(2028, 2, 28, tzinfo=UTC)),
        (date(2028, 2, 29), 12, 0, "UTC", datetime(2029, 2, 28, tzinfo=UTC)),
        (date(2026, 12, 31), 2, 0, "UTC", datetime(2027, 2, 28, tzinfo=UTC)),
        (date(2026, 11, 20), 12, 0, "Europe/Athens", datetime(2027, 11, 19, 22, tzinfo=UTC)),
        (date(2026, 6, 1), 12, 0, "Europe/Athens", datetime(2027, 5, 31, 21, tzinfo=UTC)),
        (date(2026, 11, 20), 12, 0, "America/New_York", datetime(2027, 11, 20, 5, tzinfo=UTC)),
    ],
)
def test_benefits_end_with_the_last_day_of_their_term_in_their_own_zone(
    starts_on: date, months: int, extra_days: int, zone: str, first_day_after: datetime
) -> None:
    assert end_of_benefits(starts_on, months, extra_days, ZoneInfo(zone)) == first_day_after


@pytest.mark.req("AGR-2")
@given(
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    st.integers(1, 60),
    st.integers(0, 60),
    st.sampled_from(["UTC", "Europe/Athens", "Asia/Ho_Chi_Minh", "America/New_York", "Pacific/Apia"]),
)
def test_extra_days_are_whole_days_on_top_of_the_months(
    starts_on: date, months: int, extra: int, zone: str
) -> None:
    place = ZoneInfo(zone)
    plain = end_of_benefits(starts_on, months, 0, place).astimezone(place)
    longer = end_of_benefits(starts_on, months, extra, place).astimezone(place)
    assert longer.date() - plain.date() == timedelta(days=extra)
    assert starts_on < plain.date()
    assert longer.tzinfo is not None


@pytest.mark.req("AGR-11")
@pytest.mark.parametrize(
    ("by_account", "by_address", "allowed"),
    [(0, 0, True), (9, 29, True), (10, 0, False), (0, 30, False), (11, 31, False)],
)
def test_guessing_stops_at_the_limit_of_the_account_or_of_the_address(
    by_account: int, by_address: int, allowed: bool
) -> None:
    decision = may_try_a_pair(by_account=by_account, by_address=by_address, limits=GuessLimits())
    assert decision.allowed is allowed
    if not allowed:
        assert decision.refusals == (Reason("pair.too-many-attempts", {"minutes": 60}),)


@pytest.mark.req("AGR-11")
@pytest.mark.parametrize(
    ("seat_limit", "taken", "allowed"),
    [(None, 0, True), (None, 10**6, True), (2, 1, True), (2, 2, False), (1, 5, False), (0, 0, False)],
)
def test_a_seat_is_free_while_fewer_are_taken_than_the_owner_allows(
    seat_limit: int | None, taken: int, allowed: bool
) -> None:
    assert may_take_a_seat(seat_limit=seat_limit, taken=taken).codes == (
        () if allowed else ("agreement.no-seat-left",)
    )


@pytest.mark.req("AGR-11")
@pytest.mark.parametrize(
    ("limit", "taken", "code"),
    [
        (None, 7, None),
        (1, 0, None),
        (3, 3, None),
        (MOST_SEATS, 0, None),
        (2, 3, "agreement.seat-limit-below-taken"),
        (0, 0, "agreement.seat-limit-out-of-range"),
        (MOST_SEATS + 1, 0, "agreement.seat-limit-out-of-range"),
    ],
)
def test_the_owner_may_allow_no_fewer_accounts_than_have_access(
    limit: int | None, taken: int, code: str | None
) -> None:
    assert may_limit_seats(limit, taken=taken).codes == ((code,) if code else ())


_BEGIN, _END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.req("AGR-2")
@pytest.mark.parametrize(
    ("used", "left", "days", "expected"),
    [
        (0, 20, 200, None),
        (20, 0, 200, None),
        (5, 15, 13, None),
        (5, 15, 365, None),
        (5, 15, 400, None),
        (5, 15, 73, Pace(0, _BEGIN + timedelta(days=292))),
        (5, 15, 146, Pace(8, None)),
        (1, 19, 182, Pace(18, None)),
        (10, 10, 182.5, Pace(0, None)),
    ],
)
def test_what_a_pace_comes_to(used: int, left: int, days: float, expected: Pace | None) -> None:
    at = _BEGIN + timedelta(days=days)
    assert pace(used=used, units_left=left, starts_at=_BEGIN, ends_at=_END, at=at) == expected


@pytest.mark.parametrize(
    ("coverage", "subject", "codes"),
    [
        (replace(CLOUD, own_tenant=False), SUBSCRIPTION, ("agreement.not-for-own-tenant",)),
        (CLOUD, SUBSCRIPTION, ()),
        (CLOUD, replace(SUBSCRIPTION, for_customer=True), ("agreement.not-for-customers",)),
        (
            CLOUD,
            replace(SUBSCRIPTION, for_customer=True, paid_for_customers=({"en": "Advanced Support"},)),
            ("agreement.other-support-needed",),
        ),
        (
            replace(CLOUD, own_tenant=False, for_customers=frozenset({"cloud-subscriptions"})),
            replace(SUBSCRIPTION, for_customer=True),
            (),
        ),
        (
            replace(CLOUD, for_customers=frozenset({"online-services"})),
            replace(SUBSCRIPTION, for_customer=True),
            ("agreement.not-for-customers",),
        ),
    ],
)
@pytest.mark.req("OBO-6")
@pytest.mark.req("OBO-7")
def test_what_pays_for_customers_and_what_for_the_own_tenant(
    coverage: Coverage, subject: Subject, codes: tuple[str, ...]
) -> None:
    assert usable_for(plan(coverage), subject, account=CARLA, at=AT).codes == codes


@pytest.mark.req("OBO-6")
def test_what_is_not_counted_never_runs_out_but_ends() -> None:
    member = plan(units_left=0, counted=False)
    assert usable_for(member, SERVER, account=CARLA, at=AT).allowed
    assert usable_for(member, SERVER, account=CARLA, at=member.ends_at).codes == ("agreement.expired",)


@pytest.mark.parametrize(
    ("access_id", "partner_number", "in_the_cloud", "shown"),
    [
        ("0230242323", "4648141", False, "0230242323 – Signature Cloud Support"),
        ("0037123456", "4648141", True, "15 SCS-4648141 (0037xxxxxx)"),
        ("0037123456", "", True, "15 SCS-unk (0037xxxxxx)"),
        ("12", "4648141", True, "15 SCS-4648141 (12)"),
        ("", "4648141", True, "Signature Cloud Support"),
        ("", "", False, "Signature Cloud Support"),
    ],
)
@pytest.mark.req("AGR-9")
def test_how_a_plan_is_called(access_id: str, partner_number: str, in_the_cloud: bool, shown: str) -> None:
    named = PlanName(access_id, {"en": "Signature Cloud Support"}, "SCS", partner_number, 2015)
    assert named.shown("cs", in_the_cloud=in_the_cloud) == shown


def test_what_may_be_set_aside() -> None:
    def codes(units: int, **changes: object) -> tuple[str, ...]:
        about = {"aside": 0, "most_units": None, "related": True, "at": AT, **changes}
        return may_set_aside(plan(units_left=5), units=units, **about).codes  # type: ignore[arg-type]

    assert codes(5) == ()
    assert codes(6) == ("set-aside.more-than-left",)
    assert codes(0) == ("set-aside.no-units",)
    assert codes(-1) == ("set-aside.no-units",)
    assert codes(2, aside=3, most_units=5) == ()
    assert codes(3, aside=3, most_units=5) == ("set-aside.above-limit",)
    assert codes(1, related=False) == ("set-aside.no-relationship",)
    assert codes(1, at=AT + timedelta(days=400)) == ("agreement.expired",)
    assert may_recall(units=2, left=2).allowed
    assert may_recall(units=0, left=2).codes == ("set-aside.no-units",)
    assert may_recall(units=3, left=2).codes == ("set-aside.recalls-more-than-left",)
