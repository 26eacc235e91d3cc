"""Subscriptions, the roles on them and support groups, with real tables (OBO-3 to OBO-5)."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.http import Http404
from django.utils import timezone

from pactdesk.accounts.models import Account
from pactdesk.accounts.viewer import Viewer
from pactdesk.delegation.access import customer_for
from pactdesk.delegation.models import RoleAssignment, Subscription
from pactdesk.delegation.queries import acting_for, who_may_read
from pactdesk.delegation.queries.subscriptions import (
    group_list,
    group_page,
    subscription_list,
    subscription_page,
)
from pactdesk.delegation.rules.trying import MOST_WRONG
from pactdesk.delegation.services import delegations, groups
from pactdesk.delegation.services.groups import CannotKeepGroup
from pactdesk.delegation.services.subscriptions import (
    CannotAssign,
    CannotKeepSubscription,
    Holder,
    add_subscription,
    end_subscription,
    give_role,
    take_role,
)
from pactdesk.journal.models import FactRow
from tests import world

GLOBAL, HELPDESK = "global-administrator", "helpdesk-administrator"

pytestmark = [pytest.mark.django_db, pytest.mark.req("OBO-4")]


@pytest.fixture(autouse=True)
def _nobody_has_tried() -> None:
    cache.clear()


def codes(refused: Any) -> tuple[str, ...]:
    return tuple(refused.value.decision.codes)


def role_of(viewer: Viewer, subscription: Subscription) -> str:
    mine = subscription.organization_id == viewer.organization_id
    return acting_for(
        viewer, None if mine else subscription.organization_id, subscription.number
    ).standing.subscription_role


def colleague_of(who: str) -> Account:
    account = Account.objects.create_user(
        "jana@northgate-distribution.example",
        first_name="Jana",
        last_name="Malá",
        organization_id=world.organization_of(who),
    )
    account.emailaddress_set.create(email=account.email, verified=True, primary=True)
    return account


def test_an_organization_keeps_its_own_subscriptions() -> None:
    carla, at = world.administrator("carla"), timezone.now()
    number = add_subscription(" SUB-2001 ", "Shop", actor=carla, at=at)
    with pytest.raises(CannotKeepSubscription) as refused:
        add_subscription("sub-2001", "", actor=carla, at=at)
    assert codes(refused) == ("subscription.name-missing", "subscription.number-taken")
    with pytest.raises(CannotKeepSubscription) as refused:
        add_subscription("../..", "Shop", actor=carla, at=at)
    assert codes(refused) == ("subscription.number-invalid",)
    [line] = subscription_list(carla).lines
    assert (line.id, line.number, line.name, line.roles) == (number, "SUB-2001", "Shop", 0)
    for _each in range(2):
        end_subscription(number, actor=carla, at=at)
    assert not subscription_list(carla).lines
    assert len(subscription_list(carla, ended=True).lines) == 1
    for who in (world.viewer("olaf"), world.administrator("cem"), world.viewer("nora")):
        with pytest.raises(Http404):
            end_subscription(number, actor=who, at=at)
        with pytest.raises(Http404):
            subscription_page(who, number)
    assert list(FactRow.objects.order_by("pk").values_list("code", flat=True)) == [
        "subscription.added",
        "subscription.ended",
    ]


@pytest.mark.req("OBO-5")
def test_its_administrator_gives_roles_also_to_people_outside() -> None:
    carla, at = world.administrator("carla"), timezone.now()
    subscription, olaf = world.subscription("carla"), world.viewer("olaf")
    first = give_role(subscription.pk, "reader", Holder(olaf.email.upper()), actor=carla, at=at)
    assert role_of(olaf, subscription) == "reader"
    second = give_role(subscription.pk, "contributor", Holder(olaf.email), actor=carla, at=at)
    assert role_of(olaf, subscription) == "contributor"
    assert RoleAssignment.objects.get(pk=first).revoked_at == at
    [line] = subscription_page(carla, subscription.pk).roles
    # Who is no colleague is called by the address that was typed.
    assert (line.holder, line.of, line.may_take) == (olaf.email, "", True)
    for _each in range(2):
        take_role(subscription.pk, second, actor=carla, at=at)
    assert role_of(olaf, subscription) == ""


def test_whatever_is_wrong_with_an_address_is_answered_alike_and_not_often() -> None:
    carla, at = world.administrator("carla"), timezone.now()
    subscription = world.subscription("carla")
    Account.objects.filter(pk=world.person("cem").pk).update(is_active=False)
    unproved = world.person("rafael")
    unproved.emailaddress_set.update(verified=False)
    wrong = [world.person("cem").email, unproved.email, "nobody@mail.example", "", "x\x00"[:1]]
    for email in wrong * 4:
        with pytest.raises(CannotAssign) as refused:
            give_role(subscription.pk, "owner", Holder(email), actor=carla, at=at)
        assert codes(refused) == ("role.nobody-there",), email
    assert len(wrong) * 4 == MOST_WRONG
    with pytest.raises(CannotAssign) as refused:
        give_role(subscription.pk, "owner", Holder(world.person("olaf").email), actor=carla, at=at)
    assert codes(refused) == ("role.too-many-addresses",)


@pytest.mark.req("OBO-3")
def test_what_a_partner_gives_falls_with_its_delegation() -> None:
    at = timezone.now()
    nora, carla = world.administrator("nora"), world.administrator("carla")
    subscription, jana = world.subscription("carla"), colleague_of("nora")
    with pytest.raises(Http404):  # nothing to do with each other
        give_role(subscription.pk, "owner", Holder(jana.email), actor=nora, at=at)
    delegation = world.delegation("nora", "carla", "submit", at=at)
    assignment = give_role(subscription.pk, "owner", Holder(jana.email), actor=nora, at=at)
    assert RoleAssignment.objects.get(pk=assignment).under_id == delegation
    assert role_of(world.viewer(jana), subscription) == "owner"
    [line] = subscription_page(carla, subscription.pk).roles
    assert (line.holder, line.of, line.under_partner) == (
        jana.email,
        "Northgate Distribution",
        "Northgate Distribution",
    )
    with pytest.raises(CannotAssign) as refused:  # a partner lets in its own people only
        give_role(subscription.pk, "owner", Holder(world.person("olaf").email), actor=nora, at=at)
    assert codes(refused) == ("role.nobody-there",)
    delegations.revoke(delegation, actor=carla, at=at)
    assert role_of(world.viewer(jana), subscription) == ""
    with pytest.raises(CannotAssign) as refused:
        give_role(subscription.pk, "owner", Holder(jana.email), actor=nora, at=at)
    assert codes(refused) == ("acting.delegation-revoked",)
    # Granted anew it does not come back by itself, and can be given again.
    world.delegation("nora", "carla", "submit", at=at)
    assert role_of(world.viewer(jana), subscription) == ""
    give_role(subscription.pk, "reader", Holder(jana.email), actor=nora, at=at)
    assert role_of(world.viewer(jana), subscription) == "reader"


@pytest.mark.req("OBO-3")
def test_what_a_partner_gave_stays_behind_with_the_partner() -> None:
    at = timezone.now()
    nora, customer = world.administrator("nora"), world.organization_of("carla")
    subscription, jana = world.subscription("carla"), colleague_of("nora")
    world.delegation("nora", "carla", "submit", at=at)
    give_role(subscription.pk, "owner", Holder(jana.email), actor=nora, at=at)
    for organization in (None, world.organization_of("rafael")):
        Account.objects.filter(pk=jana.pk).update(organization=organization)
        gone = world.viewer(Account.objects.get(pk=jana.pk))
        assert role_of(gone, subscription) == ""
        assert not who_may_read([jana.pk], customer_id=customer, subscription_id=subscription.pk)
        with pytest.raises(Http404):
            customer_for(gone, customer)


def test_what_the_customer_gave_is_the_customers_to_take() -> None:
    at = timezone.now()
    nora, carla = world.administrator("nora"), world.administrator("carla")
    subscription, jana = world.subscription("carla"), colleague_of("nora")
    world.delegation("nora", "carla", "submit", at=at)
    given = give_role(subscription.pk, "owner", Holder(jana.email), actor=carla, at=at)
    with pytest.raises(CannotAssign) as refused:
        give_role(subscription.pk, "reader", Holder(jana.email), actor=nora, at=at)
    assert codes(refused) == ("role.given-by-customer",)
    with pytest.raises(Http404):
        take_role(subscription.pk, given, actor=nora, at=at)
    # And a partner sees of a subscription what concerns its own people.
    give_role(subscription.pk, "owner", Holder(world.person("olaf").email), actor=carla, at=at)
    assert [line.holder for line in subscription_page(nora, subscription.pk).roles] == ["Jana Malá"]
    assert len(subscription_page(carla, subscription.pk).roles) == 2


@pytest.mark.req("OBO-3")
def test_a_helpdesk_administrator_lets_support_groups_in_and_no_single_people() -> None:
    at = timezone.now()
    nora, jana = world.administrator("nora", HELPDESK), colleague_of("nora")
    subscription = world.subscription("carla")
    world.delegation("nora", "carla", "submit", at=at)
    with pytest.raises(CannotAssign) as refused:
        give_role(subscription.pk, "contributor", Holder(jana.email), actor=nora, at=at)
    assert codes(refused) == ("acting.helpdesk-assigns-groups-only",)
    group = groups.create_group(" Cloud  desk ", actor=nora, at=at)
    groups.add_member(group, jana.pk, actor=nora, at=at)
    given = give_role(subscription.pk, "contributor", Holder(group_id=group), actor=nora, at=at)
    assert role_of(world.viewer(jana), subscription) == "contributor"
    page = group_page(nora, group)
    assert (page.line.name, page.line.members, page.line.roles) == ("Cloud desk", 1, 1)
    assert page.on == (("contributor", "Subscription sub-1001", "Olive Grove Foods"),)
    groups.remove_member(group, jana.pk, actor=nora, at=at)
    assert role_of(world.viewer(jana), subscription) == ""
    groups.add_member(group, jana.pk, actor=nora, at=at)
    # Who leaves the organization is out, and so is a group that is deleted.
    Account.objects.filter(pk=jana.pk).update(organization_id=world.organization_of("cem"))
    assert role_of(world.viewer(Account.objects.get(pk=jana.pk)), subscription) == ""
    Account.objects.filter(pk=jana.pk).update(organization_id=world.organization_of("nora"))
    groups.delete_group(group, actor=nora, at=at)
    assert role_of(world.viewer(Account.objects.get(pk=jana.pk)), subscription) == ""
    assert RoleAssignment.objects.get(pk=given).revoked_at == at


def test_groups_belong_to_their_organization() -> None:
    at = timezone.now()
    nora, rafael = world.administrator("nora"), world.administrator("rafael", HELPDESK)
    group = groups.create_group("Desk", actor=nora, at=at)
    with pytest.raises(CannotKeepGroup) as refused:
        groups.create_group("DESK", actor=nora, at=at)
    assert codes(refused) == ("group.name-taken",)
    for name in ("", " ", "x" * 101, "a\u202eb"):
        with pytest.raises(CannotKeepGroup):
            groups.rename_group(group, name, actor=nora, at=at)
    groups.rename_group(group, "Night desk", actor=nora, at=at)
    assert [line.name for line in group_list(nora)] == ["Night desk"]
    subscription = world.subscription("carla")
    world.delegation("rafael", "carla", "submit", at=at)
    for who in (rafael, world.viewer("olaf"), world.viewer("carla")):
        for verb in (
            lambda who=who: groups.rename_group(group, "Mine", actor=who, at=at),
            lambda who=who: groups.delete_group(group, actor=who, at=at),
            lambda who=who: groups.add_member(group, who.account_id, actor=who, at=at),
            lambda who=who: group_page(who, group),
            lambda who=who: give_role(subscription.pk, "owner", Holder(group_id=group), actor=who, at=at),
        ):
            with pytest.raises(Http404):
                verb()
    with pytest.raises(Http404):  # nobody else's people
        groups.add_member(group, rafael.account_id, actor=nora, at=at)


def test_who_has_a_role_on_one_subscription_sees_that_one() -> None:
    shown, hidden = world.subscription("carla"), world.subscription("carla", "sub-1002")
    olaf = world.viewer("olaf")
    world.role_on(shown, "olaf", "reader")
    listed = subscription_list(olaf, shown.organization_id)
    assert [line.id for line in listed.lines] == [shown.pk]
    assert not listed.keeping.allowed
    assert [role.holder for role in subscription_page(olaf, shown.pk).roles] == ["Olaf Berg"]
    with pytest.raises(Http404):
        subscription_page(olaf, hidden.pk)
