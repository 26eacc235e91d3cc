"""`verify` names what does not fit the rights under which people act: each check is broken and it alone sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from pactdesk.cases.services.submission import submit
from pactdesk.catalog import queries as catalog
from pactdesk.catalog.models import Channel
from pactdesk.delegation.rules import Terms
from pactdesk.delegation.services import delegations
from tests import world
from tests.drafts import problem, ready
from tests.project.test_verify import NOW, broken, sql


@pytest.fixture(autouse=True)
def acted(db: None) -> Iterator[None]:
    """Nora's organization has made a request for Carla's, paid by Carla's, and lets Rafael's in."""
    world.catalogue()
    Channel.objects.filter(code="on-premises").update(sign_in="tenant")
    catalog.forget()
    nora, customer = world.administrator("nora"), world.organization_of("carla")
    world.delegation("nora", "carla", "submit", "read", "spend", units=2, tier="provider", at=NOW)
    world.relationship("rafael", "carla", "reseller", provider="nora")
    delegations.pass_on(
        customer,
        world.organization_of("rafael"),
        Terms(frozenset({"read"}), 0, NOW.replace(month=12)),
        subscription_id=None,
        actor=nora,
        at=NOW,
    )
    plan = world.agreement(owner="carla", at=NOW)
    draft = ready(nora, plan.id, at=NOW, problem_answer=problem(), customer_id=customer)
    submit(draft, terms_accepted=True, for_customer=customer, actor=nora, at=NOW)
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    yield
    catalog.forget()


def a_request_under_nothing() -> None:
    sql("UPDATE cases_case SET delegation_id = NULL, agreement_id = agreement_id")
    sql("UPDATE delegation_delegation SET units_spent = 0")


def a_contact_who_knows_of_no_customer() -> None:
    sql("UPDATE cases_contact SET customer_id = NULL")


def a_reseller_who_may_more_than_its_provider() -> None:
    sql("UPDATE delegation_delegation SET may_manage_contacts = true WHERE parent_id IS NOT NULL")


def an_incident_that_was_not_counted() -> None:
    sql("UPDATE delegation_delegation SET units_spent = 0")


RIGHTS_BREAKS: dict[Callable[[], None], set[str]] = {
    a_request_under_nothing: {"customer-under-right"},
    a_contact_who_knows_of_no_customer: {"contact-knows-customer"},
    a_reseller_who_may_more_than_its_provider: {"passed-on-within"},
    an_incident_that_was_not_counted: {"allowance-as-charged"},
}


@pytest.mark.req("OBO-3")
def test_nothing_is_wrong_where_everything_went_through_the_services() -> None:
    assert broken() == {}


@pytest.mark.req("OBO-3")
@pytest.mark.parametrize("damage", RIGHTS_BREAKS, ids=lambda damage: damage.__name__)
def test_damage_is_seen_by_its_check_and_by_no_other(damage: Callable[[], None]) -> None:
    damage()
    assert set(broken()) == RIGHTS_BREAKS[damage]
