"""Who may act for whom, as a table (OBO-3 to OBO-8, RTE-3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pactdesk.delegation.rules import (
    LONGEST_DAYS,
    WRITES,
    Door,
    Standing,
    Terms,
    may_assign_roles,
    may_grant,
    may_manage_contacts,
    may_pass_on,
    may_read,
    may_submit,
)

ONLINE = Door("tenant")
APPLICATIONS = Door("tenant", asks_subscription=True)
CLOUD = Door("subscription", asks_subscription=True)
ON_PREMISES = Door("any")
CENTRE = Door("partner")

GLOBAL = frozenset({"global-administrator"})
HELPDESK = frozenset({"helpdesk-administrator"})
SUBMIT = frozenset({"submit"})

DIRECT = Standing(for_customer=True, tier="direct", roles=GLOBAL, purposes=SUBMIT, subscription="open")
RESELLER = Standing(for_customer=True, tier="reseller", roles=GLOBAL, subscription="open")
NOBODY = Standing(for_customer=True)
NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("standing", "door", "codes"),
    [
        pytest.param(DIRECT, ONLINE, (), id="delegated, global administrator"),
        pytest.param(replace(DIRECT, roles=HELPDESK), ONLINE, (), id="delegated, helpdesk administrator"),
        pytest.param(replace(DIRECT, roles=frozenset()), ONLINE, ("acting.role-missing",), id="no role"),
        pytest.param(replace(DIRECT, tier="provider"), ONLINE, (), id="an indirect provider"),
        pytest.param(replace(RESELLER, purposes=SUBMIT), ONLINE, (), id="a reseller, online services"),
        pytest.param(RESELLER, ONLINE, ("acting.delegation-missing",), id="a reseller without rights"),
        pytest.param(
            replace(RESELLER, from_provider=SUBMIT),
            ONLINE,
            ("acting.delegation-missing",),
            id="what the provider granted does not open online services",
        ),
        pytest.param(
            replace(DIRECT, purposes=frozenset({"read"})),
            ONLINE,
            ("acting.purpose-missing",),
            id="granted to read only",
        ),
        pytest.param(
            replace(DIRECT, purposes=frozenset(), lapsed="ended"),
            ONLINE,
            ("acting.delegation-ended",),
            id="ran out",
        ),
        pytest.param(
            replace(DIRECT, purposes=frozenset(), lapsed="revoked"),
            CLOUD,
            ("acting.delegation-revoked",),
            id="taken back",
        ),
        pytest.param(
            NOBODY, ONLINE, ("acting.delegation-missing", "acting.role-missing"), id="nobody: every reason"
        ),
        pytest.param(DIRECT, ON_PREMISES, ("acting.in-own-name",), id="on premises"),
        pytest.param(DIRECT, CENTRE, (), id="partner centre"),
    ],
)
@pytest.mark.req("OBO-3")
@pytest.mark.req("OBO-4")
def test_who_may_submit_for_a_customer_of_a_tenant(
    standing: Standing, door: Door, codes: tuple[str, ...]
) -> None:
    assert may_submit(standing, door, break_fix=True).codes == codes


@pytest.mark.parametrize(
    ("standing", "codes"),
    [
        pytest.param(DIRECT, (), id="delegated, global administrator"),
        pytest.param(
            replace(DIRECT, roles=HELPDESK),
            ("acting.helpdesk-not-on-subscriptions",),
            id="a helpdesk administrator (OBO-3)",
        ),
        pytest.param(
            replace(DIRECT, roles=HELPDESK, subscription_role="contributor"),
            (),
            id="a helpdesk administrator in a group with a role (OBO-3)",
        ),
        pytest.param(
            replace(DIRECT, roles=HELPDESK, subscription_role="reader"),
            ("acting.helpdesk-not-on-subscriptions",),
            id="a reader only reads",
        ),
        pytest.param(
            replace(RESELLER, purposes=SUBMIT),
            ("acting.provider-grant-missing",),
            id="an indirect reseller without its provider (OBO-4)",
        ),
        pytest.param(replace(RESELLER, from_provider=SUBMIT), (), id="and with it (OBO-4)"),
        pytest.param(
            replace(DIRECT, subscription=""), ("acting.subscription-missing",), id="no subscription named"
        ),
        pytest.param(
            replace(DIRECT, subscription="ended"), ("acting.subscription-ended",), id="one that has ended"
        ),
        pytest.param(
            replace(NOBODY, subscription="open", subscription_role="owner"),
            (),
            id="without delegation, with a role on it (OBO-5)",
        ),
        pytest.param(
            replace(NOBODY, subscription="ended", subscription_role="owner"),
            ("acting.subscription-ended", "acting.delegation-missing", "acting.role-missing"),
            id="a role on what has ended opens nothing",
        ),
    ],
)
@pytest.mark.req("OBO-3")
@pytest.mark.req("OBO-4")
@pytest.mark.req("OBO-5")
@pytest.mark.req("OBO-8")
def test_who_may_submit_on_a_subscription_of_a_customer(standing: Standing, codes: tuple[str, ...]) -> None:
    assert may_submit(standing, CLOUD, break_fix=True).codes == codes


@pytest.mark.req("OBO-8")
def test_business_applications_need_a_subscription_and_a_delegated_role_or_a_role_on_it() -> None:
    assert may_submit(DIRECT, APPLICATIONS, break_fix=True).allowed
    assert may_submit(replace(DIRECT, subscription=""), APPLICATIONS, break_fix=True).codes == (
        "acting.subscription-missing",
    )
    by_role = Standing(for_customer=True, subscription="open", subscription_role="co-administrator")
    assert may_submit(by_role, APPLICATIONS, break_fix=True).allowed


@pytest.mark.parametrize("role", ["", "reader", *WRITES])
@pytest.mark.req("RTE-3")
def test_restoring_something_on_ones_own_subscription_needs_a_role_that_writes(role: str) -> None:
    standing = Standing(subscription="open", subscription_role=role)
    decision = may_submit(standing, CLOUD, break_fix=True)
    assert decision.allowed == (role in WRITES)
    assert decision.allowed or decision.codes == ("acting.subscription-role-missing",)
    # The two ways in scope: another subscription, or help that needs no access.
    assert may_submit(standing, CLOUD, break_fix=True, best_effort=True).allowed
    assert may_submit(standing, CLOUD, break_fix=False).allowed


@pytest.mark.req("RTE-3")
def test_who_administers_a_tenant_restores_its_business_applications() -> None:
    assert may_submit(Standing(roles=HELPDESK), APPLICATIONS, break_fix=True).allowed
    assert not may_submit(Standing(), APPLICATIONS, break_fix=True).allowed
    assert not may_submit(Standing(roles=GLOBAL), CLOUD, break_fix=True).allowed


@pytest.mark.req("RTE-3")
def test_best_effort_is_no_way_around_the_rights_of_a_customer() -> None:
    assert not may_submit(replace(DIRECT, roles=HELPDESK), CLOUD, break_fix=True, best_effort=True).allowed
    assert not may_submit(NOBODY, ONLINE, break_fix=True, best_effort=True).allowed


@pytest.mark.req("OBO-3")
def test_reading_and_contacts_have_purposes_of_their_own() -> None:
    assert not may_read(DIRECT).allowed
    assert may_read(replace(DIRECT, purposes=frozenset({"read"}))).allowed
    assert may_read(replace(NOBODY, subscription="open", subscription_role="reader")).allowed
    assert may_read(Standing()).allowed
    assert may_manage_contacts(replace(DIRECT, purposes=frozenset({"manage-contacts"}))).allowed
    assert may_manage_contacts(DIRECT).codes == ("acting.purpose-missing",)
    assert not may_manage_contacts(replace(NOBODY, subscription="open", subscription_role="reader")).allowed


@pytest.mark.req("OBO-3")
@pytest.mark.req("OBO-4")
def test_a_helpdesk_administrator_gives_roles_to_groups_and_a_reseller_only_with_access() -> None:
    helpdesk = replace(DIRECT, roles=HELPDESK)
    assert may_assign_roles(helpdesk, to_group=True).allowed
    assert may_assign_roles(helpdesk, to_group=False).codes == ("acting.helpdesk-assigns-groups-only",)
    assert may_assign_roles(DIRECT, to_group=False).allowed
    without = replace(RESELLER, purposes=SUBMIT)
    assert may_assign_roles(without, to_group=True).codes == ("acting.provider-grant-missing",)
    assert may_assign_roles(replace(RESELLER, from_provider=SUBMIT), to_group=True).allowed
    assert may_assign_roles(Standing(roles=GLOBAL), to_group=False).allowed
    assert not may_assign_roles(Standing(roles=HELPDESK), to_group=True).allowed


@pytest.mark.parametrize(
    ("terms", "codes"),
    [
        (Terms(frozenset({"submit", "read"}), 0, NOW + timedelta(days=30)), ()),
        (Terms(frozenset(), 0, NOW + timedelta(days=30)), ("delegation.purpose-missing",)),
        (Terms(SUBMIT, 0, NOW), ("delegation.ends-in-the-past",)),
        (Terms(SUBMIT, 0, NOW + timedelta(days=LONGEST_DAYS + 1)), ("delegation.too-long",)),
        (
            Terms(frozenset({"submit", "spend"}), 0, NOW + timedelta(days=1)),
            ("delegation.units-out-of-range",),
        ),
        (
            Terms(frozenset({"read", "spend"}), 3, NOW + timedelta(days=1)),
            ("delegation.spending-needs-submitting",),
        ),
    ],
)
@pytest.mark.req("OBO-3")
def test_what_can_be_granted(terms: Terms, codes: tuple[str, ...]) -> None:
    assert may_grant(terms, at=NOW).codes == codes


@pytest.mark.req("OBO-4")
def test_nobody_passes_on_more_than_is_held_nor_for_longer() -> None:
    held = Terms(frozenset({"submit", "read", "spend"}), 5, NOW + timedelta(days=30))
    assert may_pass_on(Terms(SUBMIT, 0, NOW + timedelta(days=30)), held).allowed
    longer = Terms(SUBMIT, 0, NOW + timedelta(days=31))
    assert may_pass_on(longer, held).codes == ("delegation.longer-than-held",)
    for purposes in ({"manage-contacts"}, {"submit", "spend"}):
        more = Terms(frozenset(purposes), 1, NOW + timedelta(days=1))  # type: ignore[arg-type]
        assert may_pass_on(more, held).codes == ("delegation.more-than-held",)
