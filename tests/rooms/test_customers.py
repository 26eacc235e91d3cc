"""The customers of a partner: found by words, by what stands between them, a page at a time (OBO-1, OBO-5)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pactdesk.accounts.models import Organization, OrganizationDomain, OrganizationRole
from pactdesk.accounts.viewer import Viewer
from pactdesk.delegation.models import Delegation, Relationship, SupportGroup, SupportGroupMember
from pactdesk.delegation.queries import customers
from pactdesk.delegation.queries.customers import Rights, Sought, customer_list, customer_page
from pactdesk.delegation.rules.trying import MOST_WRONG
from pactdesk.delegation.services.reaching import CannotReach, reach
from tests import world

pytestmark = pytest.mark.django_db


def many(partner: str, names: Iterable[str], tier: str = "direct") -> None:
    """Customers with these names."""
    rows = Organization.objects.bulk_create(
        Organization(name=name, kind=Organization.Kind.CUSTOMER) for name in names
    )
    Relationship.objects.bulk_create(
        Relationship(
            partner_id=world.organization_of(partner),
            customer=row,
            tier=tier,
            customer_name=row.name.lower(),
            since=world.LONG_AGO,
        )
        for row in rows
    )


def names(viewer: Viewer, words: str = "", *, tier: str = "", rights: Rights = "") -> list[str]:
    return [line.name for line in customer_list(viewer, Sought(words, tier, rights)).lines]


@pytest.mark.req("OBO-1")
def test_customers_are_found_by_words_of_their_name_a_domain_name_or_a_number() -> None:
    nora = world.viewer("nora")
    many("nora", ["Olive Grove Foods", "Grove Timber", "100% Cotton", "under_score", "Ωμέγα Τρόφιμα"])
    many("rafael", ["Grove of Somebody Else"])
    olive = Organization.objects.get(name="Olive Grove Foods")
    OrganizationDomain.objects.create(organization=olive, name="kalamata.example")
    Organization.objects.filter(name="Grove Timber").update(partner_number="C2041")
    assert names(nora, "grove") == ["Grove Timber", "Olive Grove Foods"]
    assert names(nora, "GROVE oli") == ["Olive Grove Foods"]
    assert names(nora, "imber") == ["Grove Timber"]
    assert names(nora, "kalam") == ["Olive Grove Foods"]
    assert names(nora, "c204") == ["Grove Timber"]
    assert names(nora, "%") == ["100% Cotton"]
    assert names(nora, "r_s") == ["under_score"]
    assert names(nora, "τρόφ") == ["Ωμέγα Τρόφιμα"]
    assert names(nora, "alamata") == []
    assert names(world.viewer("olaf"), "grove") == []
    assert names(world.viewer("carla")) == []


@pytest.mark.req("OBO-1")
def test_customers_are_narrowed_by_tier_and_by_the_rights_that_hold() -> None:
    at, nora = timezone.now(), world.viewer("nora")
    many("nora", ["Nothing granted"], tier="provider")
    world.delegation("nora", "carla", "submit", days=90)
    world.delegation("nora", "cem", "read", days=10)
    assert names(nora, rights="in-force") == ["Baltic Sails", "Olive Grove Foods"]
    assert names(nora, rights="ending") == ["Baltic Sails"]
    assert names(nora, rights="none") == ["Nothing granted"]
    assert names(nora, tier="provider") == ["Nothing granted"]
    assert names(nora, tier="direct", rights="ending") == ["Baltic Sails"]
    lines = {line.name: line for line in customer_list(nora, Sought()).lines}
    assert lines["Olive Grove Foods"].purposes == {"submit"}
    assert lines["Baltic Sails"].ends_soon(at)
    assert not lines["Olive Grove Foods"].ends_soon(at)
    assert lines["Nothing granted"].until is None
    # What has run out or was taken back is no right, at once.
    Delegation.objects.filter(may_read=True).update(
        granted_at=at - timedelta(days=2), ends_at=at - timedelta(seconds=1)
    )
    Delegation.objects.filter(may_submit=True).update(revoked_at=at)
    assert names(nora, rights="in-force") == []
    assert names(nora, rights="none") == ["Baltic Sails", "Nothing granted", "Olive Grove Foods"]


@pytest.mark.req("OBO-1")
def test_pages_follow_each_other_without_a_gap_at_a_fixed_number_of_queries() -> None:
    nora = world.viewer("nora")
    many("nora", [f"Customer {number // 2:03}" for number in range(120)])
    counted, seen, place = set(), [], None
    while True:
        with CaptureQueriesContext(connection) as queries:
            found = customer_list(nora, Sought(), after=place)
        counted.add(len(queries))
        seen += [line.id for line in found.lines]
        place = found.after
        if place is None:
            break
    assert len(seen) == len(set(seen)) == 120
    assert counted == {3}
    assert [line.id for line in customers.whole_list(nora, Sought())] == seen


@pytest.mark.req("OBO-1")
def test_a_customers_page_says_what_is_held_and_who_may_act() -> None:
    nora, carla = world.administrator("nora"), world.administrator("carla")
    assert carla.organization_id is not None
    world.delegation("nora", "carla", "submit", "read", "spend", units=3)
    subscription = world.subscription("carla")
    group = SupportGroup.objects.create(
        organization_id=nora.organization_id, name="Cloud", created_at=world.LONG_AGO
    )
    SupportGroupMember.objects.create(group=group, account_id=nora.account_id)
    world.role_on(subscription, group, "contributor")
    with CaptureQueriesContext(connection) as queries:
        page = customer_page(nora, carla.organization_id)
    assert len(queries) <= 13
    assert (page.name, page.tier) == ("Olive Grove Foods", "direct")
    [right] = page.rights
    assert (right.purposes, right.units_left, right.from_provider) == ({"submit", "read", "spend"}, 3, "")
    assert [(each.number, each.role) for each in page.subscriptions] == [("sub-1001", "contributor")]
    assert page.strongest_role == "contributor"
    [colleague] = page.people
    assert (colleague.roles, colleague.subscriptions) == (("global-administrator",), 1)
    for who in ("olaf", "rafael", "cem", "carla"):
        with pytest.raises(Http404):
            customer_page(world.viewer(who), carla.organization_id)


def test_who_has_no_role_in_the_organization_is_shown_only_what_is_assigned() -> None:
    nora = world.viewer("nora")
    world.delegation("nora", "carla", "submit")
    world.subscription("carla", "sub-1001")
    world.role_on(world.subscription("carla", "sub-2002"), "nora", "reader")
    carla = world.organization_of("carla")
    assert [each.number for each in customer_page(nora, carla).subscriptions] == ["sub-2002"]
    assert [each.number for each in customers.subscriptions_to_name(nora, carla)] == ["sub-2002"]
    OrganizationRole.objects.create(account_id=nora.account_id, role="helpdesk-administrator")
    nora = world.viewer("nora")
    assert [each.number for each in customers.subscriptions_to_name(nora, carla)] == ["sub-2002", "sub-1001"]
    Delegation.objects.update(revoked_at=timezone.now())
    assert [each.number for each in customers.subscriptions_to_name(nora, carla)] == ["sub-2002"]


def test_rights_for_one_subscription_name_no_other_one() -> None:
    nora = world.administrator("nora")
    subscription = world.subscription("carla", "sub-1001")
    world.subscription("carla", "sub-2002")
    world.delegation("nora", "carla", "submit", subscription_id=subscription.pk)
    carla = world.organization_of("carla")
    assert [each.number for each in customers.subscriptions_to_name(nora, carla)] == ["sub-1001"]


@pytest.mark.req("OBO-5")
def test_a_customer_is_reached_by_domain_name_and_subscription_where_one_has_a_role() -> None:
    cache.clear()
    olaf, carla = world.viewer("olaf"), world.organization_of("carla")
    OrganizationDomain.objects.create(organization_id=carla, name="olive-grove-foods.example")
    subscription = world.subscription("carla", "sub-1001")
    world.subscription("carla", "sub-2002")
    role = world.role_on(subscription, "olaf", "owner")
    for typed in ("olive-grove-foods.example", " https://www.Olive-Grove-Foods.example/about "):
        assert reach(typed, "sub-1001", actor=olaf) == carla
    told = set()
    for domain, number in (
        ("olive-grove-foods.example", "sub-2002"),
        ("olive-grove-foods.example", "sub-9999"),
        ("baltic-sails.example", "sub-1001"),
        ("", ""),
        ("\x00", "%"),
        ("x" * 300 + ".example", "sub-1001"),
    ):
        with pytest.raises(CannotReach) as refused:
            reach(domain, number, actor=olaf)
        told.add((refused.value.decision.codes, str(refused.value)))
    assert len(told) == 1
    role.revoked_at = timezone.now()
    role.save()
    with pytest.raises(CannotReach):
        reach("olive-grove-foods.example", "sub-1001", actor=olaf)


@pytest.mark.req("OBO-5")
def test_customers_are_not_guessed_for_long() -> None:
    cache.clear()
    olaf, carla = world.viewer("olaf"), world.organization_of("carla")
    OrganizationDomain.objects.create(organization_id=carla, name="olive-grove-foods.example")
    world.role_on(world.subscription("carla"), "olaf", "owner")
    for number in range(MOST_WRONG):
        with pytest.raises(CannotReach) as refused:
            reach("olive-grove-foods.example", f"sub-{number}", actor=olaf)
        assert refused.value.decision.codes == ("customer.not-found",)
    with pytest.raises(CannotReach) as refused:
        reach("olive-grove-foods.example", "sub-1001", actor=olaf)
    assert refused.value.decision.codes == ("customer.too-many-tried",)
