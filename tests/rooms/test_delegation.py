"""Granting, changing and taking back what partners may do for customers, with real tables (OBO-3, OBO-4, A21)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from pactdesk.accounts.viewer import Viewer
from pactdesk.delegation.models import Delegation, Relationship
from pactdesk.delegation.queries import acting_for, who_may_read
from pactdesk.delegation.rules import Terms
from pactdesk.delegation.services import delegations
from pactdesk.delegation.services.delegations import CannotGrant, CannotSpend
from pactdesk.journal.models import FactRow
from tests import world
from tests.racing import at_once

pytestmark = pytest.mark.django_db


def terms(*purposes: str, at: datetime, days: int = 30, units: int = 0) -> Terms:
    return Terms(frozenset(purposes), units, at + timedelta(days=days))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Chain:
    """Carla's organization has granted Nora's, an indirect provider, which has granted Rafael's, its reseller."""

    customer: Viewer
    provider: Viewer
    reseller: Viewer
    granted: int
    passed_on: int
    at: datetime


@pytest.fixture
def chain(db: None) -> Chain:
    return new_chain()


def new_chain() -> Chain:
    at = timezone.now()
    customer, provider, reseller = (world.administrator(who) for who in ("carla", "nora", "rafael"))
    granted = world.delegation("nora", "carla", "submit", "read", tier="provider", at=at)
    world.relationship("rafael", "carla", "reseller", provider="nora")
    passed_on = delegations.pass_on(
        customer.organization_id or 0,
        reseller.organization_id or 0,
        terms("submit", "read", at=at, days=20),
        subscription_id=None,
        actor=provider,
        at=at,
    )
    return Chain(customer, provider, reseller, granted, passed_on, at)


@pytest.mark.req("OBO-3")
def test_what_a_customer_grants_holds_for_everybody_of_the_partner_at_once() -> None:
    world.administrator("nora")
    delegation = world.delegation("nora", "carla", "submit", "read", "spend", units=3)
    acting = acting_for(world.viewer("nora"), world.person("carla").organization_id)
    assert acting.standing.purposes == {"submit", "read", "spend"}
    assert (acting.delegation_id, acting.units_left, acting.customer_name) == (
        delegation,
        3,
        "Olive Grove Foods",
    )
    assert acting.standing.tier == "direct"
    assert FactRow.objects.get(code="delegation.granted").payload["purposes"] == ["read", "spend", "submit"]


@pytest.mark.req("OBO-3")
def test_only_global_administrators_grant() -> None:
    nora, at = world.person("nora"), timezone.now()
    assert nora.organization_id is not None
    for who in (
        world.viewer("carla"),
        world.administrator("cem", "helpdesk-administrator"),
        world.viewer("olaf"),
    ):
        with pytest.raises(Http404):
            delegations.grant(nora.organization_id, terms("read", at=at), tier="direct", actor=who, at=at)
    assert not Delegation.objects.exists()


def test_granting_anew_replaces_and_a_refused_grant_changes_nothing(chain: Chain) -> None:
    with pytest.raises(CannotGrant) as refused:
        world.delegation("nora", "carla", at=chain.at)
    assert refused.value.decision.codes == ("delegation.purpose-missing",)
    anew = world.delegation("nora", "carla", "read", tier="provider", at=chain.at)
    rows = {row.pk: row.revoked_at for row in Delegation.objects.all()}
    assert rows[anew] is None
    # What rested on the old one has fallen with it.
    assert rows[chain.granted] == rows[chain.passed_on] == chain.at


@pytest.mark.req("OBO-4")
def test_a_provider_passes_on_within_what_it_holds(chain: Chain) -> None:
    acting = acting_for(chain.reseller, chain.customer.organization_id)
    assert (acting.standing.tier, acting.standing.from_provider) == ("reseller", {"submit", "read"})
    assert acting.delegation_id == chain.passed_on
    with pytest.raises(CannotGrant) as refused:
        delegations.pass_on(
            chain.customer.organization_id or 0,
            chain.reseller.organization_id or 0,
            terms("manage-contacts", at=chain.at, days=40),
            subscription_id=None,
            actor=chain.provider,
            at=chain.at,
        )
    assert refused.value.decision.codes == ("delegation.more-than-held", "delegation.longer-than-held")


@pytest.mark.req("OBO-4")
@pytest.mark.parametrize("who", ["customer", "provider", "reseller"])
def test_each_of_the_three_may_end_what_the_reseller_holds(chain: Chain, who: str) -> None:
    delegations.revoke(chain.passed_on, actor=getattr(chain, who), at=chain.at)
    delegations.revoke(chain.passed_on, actor=getattr(chain, who), at=chain.at)
    assert acting_for(chain.reseller, chain.customer.organization_id).standing.from_provider == frozenset()
    assert acting_for(chain.provider, chain.customer.organization_id).standing.purposes
    assert FactRow.objects.filter(code="delegation.revoked").count() == 1


@pytest.mark.req("OBO-4")
def test_what_was_passed_on_falls_with_what_it_came_from(chain: Chain) -> None:
    delegations.revoke(chain.granted, actor=chain.customer, at=chain.at)
    assert not acting_for(chain.reseller, chain.customer.organization_id).standing.from_provider
    assert acting_for(chain.provider, chain.customer.organization_id).standing.lapsed == "revoked"


def test_nobody_else_takes_anything_back(chain: Chain) -> None:
    for stranger in (world.viewer("olaf"), world.administrator("cem"), world.administrator("marta")):
        with pytest.raises(Http404):
            delegations.revoke(chain.granted, actor=stranger, at=chain.at)
    with pytest.raises(Http404):
        delegations.change(
            chain.granted, terms("read", at=chain.at), customer_sees=True, actor=chain.provider, at=chain.at
        )
    assert not Delegation.objects.exclude(revoked_at=None).exists()


def test_narrowing_narrows_what_was_passed_on(chain: Chain) -> None:
    delegations.change(
        chain.granted,
        terms("read", at=chain.at, days=5),
        customer_sees=False,
        actor=chain.customer,
        at=chain.at,
    )
    child = Delegation.objects.get(pk=chain.passed_on)
    assert (child.may_submit, child.may_read, child.customer_sees) == (False, True, False)
    assert child.ends_at == chain.at + timedelta(days=5)
    delegations.change(
        chain.granted,
        terms("manage-contacts", at=chain.at),
        customer_sees=False,
        actor=chain.customer,
        at=chain.at,
    )
    assert Delegation.objects.get(pk=chain.passed_on).revoked_at == chain.at


def test_what_ran_out_opens_nothing_without_anybody_doing_anything(chain: Chain) -> None:
    Delegation.objects.update(granted_at=chain.at - timedelta(days=9), ends_at=chain.at - timedelta(days=1))
    customer = chain.customer.organization_id or 0
    assert acting_for(chain.provider, customer).standing.lapsed == "ended"
    everybody = [chain.provider.account_id, chain.reseller.account_id, chain.customer.account_id]
    assert who_may_read(everybody, customer_id=customer, subscription_id=None) == {chain.customer.account_id}


@pytest.mark.req("OBO-4")
def test_who_may_read_is_looked_at_for_many_at_once(chain: Chain) -> None:
    customer = chain.customer.organization_id or 0
    olaf, cem = world.viewer("olaf"), world.viewer("cem")
    everybody = [each.account_id for each in (chain.provider, chain.reseller, chain.customer, olaf, cem)]
    assert who_may_read(everybody, customer_id=customer, subscription_id=None) == {
        chain.provider.account_id,
        chain.reseller.account_id,
        chain.customer.account_id,
    }
    subscription = world.subscription("carla")
    world.role_on(subscription, "olaf", "reader")
    assert olaf.account_id in who_may_read(everybody, customer_id=customer, subscription_id=subscription.pk)


def test_ending_the_relationship_takes_everything_back(chain: Chain) -> None:
    customer, provider = chain.customer.organization_id or 0, chain.provider.organization_id or 0
    with pytest.raises(Http404):
        delegations.end_relationship(provider, customer, actor=chain.reseller, at=chain.at)
    delegations.end_relationship(provider, customer, actor=chain.provider, at=chain.at)
    assert not Delegation.objects.filter(revoked_at=None).exists()
    assert Relationship.objects.get(partner=provider).ended_at == chain.at


def test_no_more_is_spent_than_the_customer_allowed() -> None:
    world.administrator("nora")
    delegation = world.delegation("nora", "carla", "submit", "spend", units=1)
    delegations.hold(delegation, spend=True)
    with pytest.raises(CannotSpend):
        delegations.hold(delegation, spend=True)
    delegations.give_back(delegation)
    delegations.hold(delegation, spend=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Delegation.objects.filter(pk=delegation).update(units_spent=2)


@pytest.mark.req("OBO-4")
def test_what_holds_is_found_however_much_was_granted_anew(chain: Chain) -> None:
    for _again in range(21):
        world.delegation("rafael", "carla", "read")
    standing = acting_for(chain.reseller, chain.customer.organization_id).standing
    assert standing.from_provider == {"submit", "read"}


@pytest.mark.req("OBO-3")
def test_spending_is_taken_back_also_where_some_was_spent() -> None:
    world.administrator("nora")
    carla, at = world.administrator("carla"), timezone.now()
    delegation = world.delegation("nora", "carla", "submit", "spend", units=3, at=at)
    delegations.hold(delegation, spend=True)
    delegations.change(delegation, terms("submit", at=at), customer_sees=True, actor=carla, at=at)
    # What a request that was made before gives back is not spent a second time.
    delegations.give_back(delegation)
    assert acting_for(world.viewer("nora"), carla.organization_id).standing.purposes == {"submit"}
    with pytest.raises(CannotSpend):
        delegations.hold(delegation, spend=True)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_spend_the_last_incident_one_does() -> None:
    world.administrator("nora")
    delegation = world.delegation("nora", "carla", "submit", "spend", units=1)

    def spend() -> bool:
        with transaction.atomic():
            try:
                delegations.hold(delegation, spend=True)
            except CannotSpend:
                return False
        return True

    assert sorted(at_once([spend] * 8)) == [False] * 7 + [True]
