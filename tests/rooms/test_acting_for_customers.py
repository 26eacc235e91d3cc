"""Requests that a partner makes for a customer: under which right, paid by what, seen only while it stands (OBO)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.http import Http404
from django.utils import timezone

from pactdesk.accounts.models import OrganizationDomain
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.models import Agreement, Registration
from pactdesk.cases.access import case_for
from pactdesk.cases.models import Case, Contact
from pactdesk.cases.queries.audience import audience, is_still_contact, may_be_told
from pactdesk.cases.queries.lists import Sought, request_list
from pactdesk.cases.queries.requests import confirmation
from pactdesk.cases.rules.answers import Person, Support
from pactdesk.cases.rules.outcomes import DECREMENT, NON_DECREMENT
from pactdesk.cases.services import drafts, ending, submission
from pactdesk.cases.services.contacts import CannotChangeContacts, add_contact
from pactdesk.cases.services.conversation import reply, reply_as_contact
from pactdesk.cases.services.submission import CannotSubmit, submit
from pactdesk.catalog import queries as catalog
from pactdesk.catalog.models import Channel, Programme
from pactdesk.delegation.models import (
    Delegation,
    RoleAssignment,
    Subscription,
    SupportGroup,
    SupportGroupMember,
)
from pactdesk.delegation.rules import Terms
from pactdesk.delegation.services import delegations
from pactdesk.kernel.ids import new_key
from pactdesk.project.verification import prove
from tests import world
from tests.drafts import problem, ready
from tests.racing import behind, outcome

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _catalogue(db: None) -> Iterator[None]:
    world.catalogue()
    yield
    catalog.forget()


def door(sign_in: str, *, needs_pair: bool = False) -> None:
    """The products of the tests are supported at a door with this sign-in."""
    Channel.objects.filter(code="on-premises").update(
        sign_in=sign_in, needs_pair=needs_pair, asks_subscription=sign_in == "subscription"
    )
    catalog.forget()


def draft(
    viewer: Viewer,
    *,
    at: datetime,
    customer: str | None = "carla",
    subscription: str = "",
    agreement: int | None = None,
    **about: object,
) -> uuid.UUID:
    """A draft that only has to be sent."""
    return ready(
        viewer,
        agreement,
        at=at,
        problem_answer=problem(subscription=subscription),
        customer_id=world.organization_of(customer) if customer else None,
        **about,  # type: ignore[arg-type]
    )


def send(draft_id: uuid.UUID, viewer: Viewer, *, at: datetime, customer: str | None = "carla") -> int:
    for_customer = world.organization_of(customer) if customer else None
    return submit(draft_id, terms_accepted=True, for_customer=for_customer, actor=viewer, at=at).number


@pytest.mark.req("OBO-1")
@pytest.mark.req("OBO-3")
def test_a_request_for_a_customer_says_for_whom_and_under_what() -> None:
    door("tenant")
    at, nora = timezone.now(), world.administrator("nora")
    delegation = world.delegation("nora", "carla", "submit", "read")
    number = send(draft(nora, at=at), nora, at=at)
    case = Case.objects.get(pk=number)
    assert (case.customer_id, case.organization_id, case.delegation_id) == (
        world.organization_of("carla"),
        nora.organization_id,
        delegation,
    )
    assert case_for(nora, number) == case
    assert [line.number for line in request_list(nora, Sought()).lines] == [number]
    assert [each.email for each in audience(number).contacts] == [nora.email]
    # Being the customer is no place in the request (REQ-1).
    with pytest.raises(Http404):
        case_for(world.viewer("carla"), number)


@pytest.mark.req("OBO-1")
def test_the_customer_has_to_be_confirmed() -> None:
    door("tenant")
    at, nora = timezone.now(), world.administrator("nora")
    world.delegation("nora", "carla", "submit", "read")
    draft_id = draft(nora, at=at)
    for confirmed in (None, "cem"):
        with pytest.raises(CannotSubmit) as refused:
            send(draft_id, nora, at=at, customer=confirmed)
        assert refused.value.decision.codes == ("intake.customer-not-confirmed",)
        assert refused.value.step == "verify"
    assert not Case.objects.exists()


@pytest.mark.req("OBO-2")
def test_contact_details_are_the_partners_never_the_customers() -> None:
    door("tenant")
    at, nora = timezone.now(), world.administrator("nora")
    world.delegation("nora", "carla", "submit", "read", "manage-contacts")
    carla = world.viewer("carla")
    OrganizationDomain.objects.create(organization_id=carla.organization_id, name="olive-grove-foods.example")
    mine = Person(nora.name, nora.email, nora.phone, nora.time_zone, "en")
    theirs = {
        "contact": replace(mine, email="reception@shop.olive-grove-foods.example"),
        "share": replace(mine, email="somebody@elsewhere.example", phone=carla.phone),
    }
    for step, person in theirs.items():
        primary, share = (person, ()) if step == "contact" else (mine, (person,))
        with pytest.raises(CannotSubmit) as refused:
            send(draft(nora, at=at, primary=primary, share=share), nora, at=at)
        assert (refused.value.decision.codes, refused.value.step) == (("contact.of-the-customer",), step)
    number = send(draft(nora, at=at), nora, at=at)
    with pytest.raises(CannotChangeContacts) as later:
        add_contact(number, Person("Carla", carla.email), actor=nora, at=at)
    assert later.value.decision.codes == ("contact.of-the-customer",)


@pytest.mark.req("OBO-3")
def test_contacts_are_changed_only_by_whoever_may_manage_them() -> None:
    door("tenant")
    at, nora = timezone.now(), world.administrator("nora")
    world.delegation("nora", "carla", "submit", "read")
    number = send(draft(nora, at=at), nora, at=at)
    with pytest.raises(CannotChangeContacts) as refused:
        add_contact(number, Person("Rafael", "rafael@lemaire-conseil.example"), actor=nora, at=at)
    assert refused.value.decision.codes == ("acting.purpose-missing",)


@pytest.mark.req("OBO-3")
def test_nobody_begins_for_a_customer_that_is_not_theirs() -> None:
    at = timezone.now()
    for who in ("olaf", "rafael", "cem"):
        with pytest.raises(Http404):
            draft(world.viewer(who), at=at)
    with pytest.raises(Http404):  # for oneself one needs no customer
        draft(world.viewer("carla"), at=at)


@pytest.mark.req("OBO-3")
@pytest.mark.parametrize("how", ["revoked", "ended", "narrowed"])
def test_what_was_taken_back_shows_and_tells_nothing_a_moment_later(how: str) -> None:
    door("tenant")
    at, nora = timezone.now(), world.administrator("nora")
    delegation = world.delegation("nora", "carla", "submit", "read", "manage-contacts")
    guest = Person("Somebody", "somebody@northgate-distribution.example", "", "", "en")
    number = send(draft(nora, at=at, share=(guest,)), nora, at=at)
    place = Contact.objects.get(case=number, account=nora.account_id)
    unclaimed = Contact.objects.get(case=number, account=None)
    assert may_be_told(number, nora.account_id)
    if how == "revoked":
        delegations.revoke(delegation, actor=world.viewer("carla"), at=at)
    elif how == "ended":
        Delegation.objects.update(granted_at=at - timedelta(days=2), ends_at=at - timedelta(seconds=1))
    else:
        terms = Terms(frozenset({"manage-contacts"}), 0, at + timedelta(days=1))
        delegations.change(delegation, terms, customer_sees=True, actor=world.viewer("carla"), at=at)
    assert not request_list(nora, Sought()).lines
    assert not audience(number).contacts
    assert not audience(number).accounts
    assert not may_be_told(number, nora.account_id)
    assert not is_still_contact(place.pk)
    assert not is_still_contact(unclaimed.pk)
    for attempt in (
        lambda: case_for(nora, number),
        lambda: confirmation(nora, number),
        lambda: reply(number, "Still there?", key=new_key(), actor=nora, at=at),
        lambda: reply_as_contact(place.pk, "By mail?", key=new_key(), at=at),
        lambda: add_contact(number, guest, actor=nora, at=at),
        lambda: ending.close_by_contact(number, reason="Gone", actor=nora, at=at),
    ):
        with pytest.raises(Http404):
            attempt()
    # Granted anew, it is all there again.
    world.delegation("nora", "carla", "read")
    assert case_for(nora, number).pk == number


@pytest.mark.req("OBO-4")
def test_what_a_reseller_made_falls_with_what_its_provider_holds() -> None:
    door("subscription")
    at, nora, rafael = timezone.now(), world.administrator("nora"), world.administrator("rafael")
    world.subscription("carla")
    granted = world.delegation("nora", "carla", "submit", "read", tier="provider")
    world.relationship("rafael", "carla", "reseller", provider="nora")
    with pytest.raises(CannotSubmit) as refused:
        send(draft(rafael, at=at, subscription="sub-1001"), rafael, at=at)
    assert refused.value.decision.codes == ("acting.provider-grant-missing",)
    delegations.pass_on(
        world.organization_of("carla"),
        world.organization_of("rafael"),
        Terms(frozenset({"submit", "read"}), 0, at + timedelta(days=9)),
        subscription_id=None,
        actor=nora,
        at=at,
    )
    number = send(draft(rafael, at=at, subscription="sub-1001"), rafael, at=at)
    assert case_for(rafael, number).subscription_id is not None
    with pytest.raises(Http404):  # the provider is no contact of it
        case_for(nora, number)
    delegations.revoke(granted, actor=world.viewer("carla"), at=at)
    with pytest.raises(Http404):
        case_for(rafael, number)


@pytest.mark.req("OBO-3")
def test_a_helpdesk_administrator_submits_on_a_subscription_through_a_support_group() -> None:
    door("subscription")
    at = timezone.now()
    nora = world.administrator("nora", "helpdesk-administrator")
    subscription = world.subscription("carla")
    delegation = world.delegation("nora", "carla", "submit", "read")
    with pytest.raises(CannotSubmit) as refused:
        send(draft(nora, at=at, subscription="sub-1001"), nora, at=at)
    assert refused.value.decision.codes == ("acting.helpdesk-not-on-subscriptions",)
    group = SupportGroup.objects.create(organization_id=nora.organization_id, name="Cloud", created_at=at)
    SupportGroupMember.objects.create(group=group, account_id=nora.account_id)
    assignment = world.role_on(subscription, group, "contributor")
    RoleAssignment.objects.filter(pk=assignment.pk).update(under=delegation)
    number = send(draft(nora, at=at, subscription="sub-1001"), nora, at=at)
    case = Case.objects.get(pk=number)
    assert (case.delegation_id, case.role_assignment_id) == (None, assignment.pk)
    # The role was given under the delegation, so it falls with it.
    delegations.revoke(delegation, actor=world.viewer("carla"), at=at)
    with pytest.raises(Http404):
        case_for(nora, number)


@pytest.mark.req("OBO-5")
def test_a_role_on_the_subscription_does_without_a_delegation() -> None:
    door("subscription")
    at, olaf = timezone.now(), world.viewer("olaf")
    assignment = world.role_on(world.subscription("carla"), "olaf", "owner")
    world.subscription("carla", "sub-1002")
    number = send(draft(olaf, at=at, subscription="sub-1001"), olaf, at=at)
    assert case_for(olaf, number).role_assignment_id == assignment.pk
    with pytest.raises(CannotSubmit):
        send(draft(olaf, at=at, subscription="sub-1002"), olaf, at=at)
    Subscription.objects.filter(number="sub-1001").update(ended_at=at)
    with pytest.raises(Http404):  # a role on what has ended opens nothing
        case_for(olaf, number)
    Subscription.objects.update(ended_at=None)
    assert case_for(olaf, number)
    RoleAssignment.objects.update(revoked_at=at)
    with pytest.raises(Http404):
        case_for(olaf, number)


@pytest.mark.req("RTE-3")
def test_out_of_scope_goes_on_in_ones_own_name_with_what_was_typed() -> None:
    door("subscription")
    at, nora = timezone.now(), world.administrator("nora", "helpdesk-administrator")
    world.subscription("carla")
    world.delegation("nora", "carla", "submit", "read")
    draft_id = draft(nora, at=at, subscription="sub-1001")
    answers = drafts.turn_to_own_tenant(draft_id, best_effort=True, actor=nora, at=at)
    assert answers.problem.description == problem().description
    assert (answers.problem.subscription, answers.problem.best_effort) == ("", "on")
    for step in ("problem", "support", "verify"):
        drafts.save_step(draft_id, step, getattr(answers, step, None), actor=nora, at=at)
    number = send(draft_id, nora, at=at, customer=None)
    assert (Case.objects.get(pk=number).customer_id, Case.objects.get(pk=number).best_effort) == (None, True)


@pytest.mark.req("RTE-3")
def test_on_ones_own_subscription_a_role_that_writes_is_needed() -> None:
    door("subscription")
    at, carla = timezone.now(), world.viewer("carla")
    subscription = world.subscription("carla")
    draft_id = draft(carla, at=at, customer=None, subscription="sub-1001")
    with pytest.raises(CannotSubmit) as refused:
        send(draft_id, carla, at=at, customer=None)
    assert refused.value.decision.codes == ("acting.subscription-role-missing",)
    world.role_on(subscription, "carla", "co-administrator")
    number = send(draft_id, carla, at=at, customer=None)
    assert Case.objects.get(pk=number).subscription_id == subscription.pk


def _spending(units: int, *, left: int = 5) -> tuple[Viewer, int, int, datetime]:
    door("tenant", needs_pair=True)
    at, nora = timezone.now(), world.administrator("nora")
    delegation = world.delegation("nora", "carla", "submit", "read", "spend", units=units)
    agreement = world.agreement("gold-partner-support-20", units=left, owner="carla")
    return nora, delegation, agreement.id, at


@pytest.mark.req("OBO-3")
def test_a_customers_incidents_are_spent_within_what_it_allows_and_come_back() -> None:
    nora, delegation, agreement, at = _spending(1)
    number = send(draft(nora, at=at, agreement=agreement), nora, at=at)
    assert Agreement.objects.get(pk=agreement).units_left == 4
    assert Delegation.objects.get(pk=delegation).units_spent == 1
    with pytest.raises(CannotSubmit) as refused:
        send(draft(nora, at=at, agreement=agreement), nora, at=at)
    assert refused.value.decision.codes == ("agreement.gone",)
    engineer = world.viewer("ines")
    Case.objects.filter(pk=number).update(team=world.team("support", "ines"))
    engineer = world.viewer("ines")
    ending.close(
        number, outcome=NON_DECREMENT, cause="duplicate", reason="Solved.", seen=None, actor=engineer, at=at
    )
    assert Agreement.objects.get(pk=agreement).units_left == 5
    assert Delegation.objects.get(pk=delegation).units_spent == 0
    ending.reopen(number, reason="It is back.", seen=None, actor=engineer, at=at)
    assert Delegation.objects.get(pk=delegation).units_spent == 1
    ending.close(number, outcome=DECREMENT, cause="", reason="Solved.", seen=None, actor=engineer, at=at)
    assert Delegation.objects.get(pk=delegation).units_spent == 1


@pytest.mark.req("OBO-3", "AGR-6")
def test_of_a_customers_hours_one_is_spent_as_long_as_a_request_costs_any() -> None:
    door("tenant", needs_pair=True)
    at, nora = timezone.now(), world.administrator("nora")
    delegation = world.delegation("nora", "carla", "submit", "read", "spend", units=1)
    Programme.objects.filter(code="partner-advisory-hours-20").update(for_customers=["on-premises"])
    catalog.forget()
    hours = world.agreement("partner-advisory-hours-20", units=1, owner="carla")
    advice = problem(category="advice", problem="how-to")
    carla = world.organization_of("carla")
    ready_one = ready(nora, hours.id, at=at, severity="C", problem_answer=advice, customer_id=carla)
    number = send(ready_one, nora, at=at)
    Case.objects.filter(pk=number).update(team=world.team("support", "ines"))
    engineer = world.viewer("ines")

    def spent() -> int:
        broken = {found.check.code for _group, found in prove(at=at) if found.is_broken}
        assert not broken & {"allowance-as-charged", "charged-as-posted", "advice-costs-its-time"}
        return Delegation.objects.get(pk=delegation).units_spent

    assert spent() == 1
    ways: dict[str, Any] = {"reason": "Solved.", "seen": None, "actor": engineer, "at": at}
    for ends, cause in ((DECREMENT, ""), (NON_DECREMENT, "goodwill")):
        assert ending.close(number, outcome=ends, cause=cause, **ways) == 60
        assert spent() == 0
        assert ending.reopen(number, **ways) == 60
        assert spent() == 1


@pytest.mark.django_db(transaction=True)
def test_sent_twice_the_last_incident_that_may_be_spent_makes_one_request() -> None:
    world.catalogue()
    nora, _delegation, agreement, at = _spending(1)
    draft_id = draft(nora, at=at, agreement=agreement)
    number: list[int] = []
    with behind(lambda: number.append(send(draft_id, nora, at=at)), lambda: send(draft_id, nora, at=at)) as (
        again,
    ):
        pass
    assert [outcome(again)] == number
    Channel.objects.filter(code="on-premises").update(sign_in="any", needs_pair=True, asks_subscription=False)


@pytest.mark.django_db(transaction=True)
def test_a_role_falls_with_its_delegation_before_a_submission_or_after_it() -> None:
    world.catalogue()
    door("subscription")
    at, nora = timezone.now(), world.administrator("nora")
    delegation = world.delegation("nora", "carla", "submit", "read")
    assignment = world.role_on(world.subscription("carla"), "nora", "owner")
    RoleAssignment.objects.filter(pk=assignment.pk).update(under=delegation)
    draft_id, carla = draft(nora, at=at, subscription="sub-1001"), world.viewer("carla")
    with behind(
        lambda: delegations.revoke(delegation, actor=carla, at=at), lambda: send(draft_id, nora, at=at)
    ) as (sent,):
        pass
    assert isinstance(outcome(sent), CannotSubmit)
    assert not Case.objects.exists()
    Channel.objects.filter(code="on-premises").update(sign_in="any", needs_pair=True, asks_subscription=False)


@pytest.mark.req("OBO-4")
def test_a_reseller_acts_on_a_subscription_under_what_its_provider_passed_on() -> None:
    door("subscription")
    at, rafael = timezone.now(), world.administrator("rafael")
    nora = world.administrator("nora")
    world.subscription("carla")
    world.delegation("nora", "carla", "submit", "read", tier="provider", at=at)
    world.relationship("rafael", "carla", "reseller", provider="nora")
    world.delegation("rafael", "carla", "submit", "read", at=at)
    passed_on = delegations.pass_on(
        world.organization_of("carla"),
        rafael.organization_id or 0,
        Terms(frozenset({"submit", "read"}), 0, at + timedelta(days=9)),
        subscription_id=None,
        actor=nora,
        at=at,
    )
    number = send(draft(rafael, at=at, subscription="sub-1001"), rafael, at=at)
    assert Case.objects.get(pk=number).delegation_id == passed_on


@pytest.mark.req("OBO-3")
def test_a_subscription_that_nobody_asks_for_keeps_nothing_open() -> None:
    door("tenant")
    at, nora = timezone.now(), world.administrator("nora")
    world.role_on(world.subscription("carla"), "nora", "contributor")
    delegation = world.delegation("nora", "carla", "submit", "read")
    number = send(draft(nora, at=at, subscription="sub-1001"), nora, at=at)
    case = Case.objects.get(pk=number)
    assert (case.delegation_id, case.role_assignment_id, case.subscription_id) == (delegation, None, None)
    delegations.revoke(delegation, actor=world.viewer("carla"), at=at)
    with pytest.raises(Http404):
        case_for(nora, number)


@pytest.mark.req("OBO-3")
def test_a_pair_that_is_shared_does_not_stand_in_the_way_of_what_is_allowed() -> None:
    nora, delegation, agreement, at = _spending(1)
    Registration.objects.create(agreement_id=agreement, account_id=nora.account_id, registered_at=at)
    send(draft(nora, at=at, agreement=agreement), nora, at=at)
    assert Agreement.objects.get(pk=agreement).units_left == 4
    assert Delegation.objects.get(pk=delegation).units_spent == 1


@pytest.mark.req("OBO-3")
def test_without_the_purpose_a_customers_plan_is_none() -> None:
    nora, _delegation, agreement, at = _spending(1)
    Delegation.objects.update(most_units=0)
    with pytest.raises(CannotSubmit) as refused:
        send(draft(nora, at=at, agreement=agreement), nora, at=at)
    assert refused.value.decision.codes == ("agreement.gone",)
    assert Agreement.objects.get(pk=agreement).units_left == 5


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False], ids=["held", "the guard taken away"])
def test_taking_back_comes_before_a_submission_or_after_it(
    guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that has begun to write is finished first; one that was judged before and writes after is refused."""
    world.catalogue()
    door("tenant")
    at, nora = timezone.now(), world.administrator("nora")
    delegation = world.delegation("nora", "carla", "submit", "read")
    draft_id = draft(nora, at=at)
    carla = world.viewer("carla")
    if not guarded:
        monkeypatch.setattr(submission, "_held", lambda _outlook, *, test: nullcontext())
    with behind(
        lambda: delegations.revoke(delegation, actor=carla, at=at), lambda: send(draft_id, nora, at=at)
    ) as (sent,):
        pass
    if guarded:
        assert isinstance(outcome(sent), CannotSubmit)
        assert not Case.objects.exists()
    else:
        assert outcome(sent) == Case.objects.get().pk
    Channel.objects.filter(code="on-premises").update(sign_in="any", needs_pair=True, asks_subscription=False)


def test_a_draft_begun_for_a_customer_stays_with_that_customer() -> None:
    door("tenant")
    at, nora = timezone.now(), world.administrator("nora")
    world.delegation("nora", "carla", "submit", "read")
    world.relationship("nora", "cem")
    draft_id = draft(nora, at=at)
    drafts.start_draft(draft_id, problem(), customer_id=world.organization_of("cem"), actor=nora, at=at)
    drafts.save_step(
        draft_id,
        "support",
        Support(severity="B", country="CZ", time_zone="Europe/Prague"),
        actor=nora,
        at=at,
    )
    drafts.save_step(draft_id, "verify", None, actor=nora, at=at)
    assert Case.objects.get(pk=send(draft_id, nora, at=at)).customer_id == world.organization_of("carla")
