"""A21, A20: what was withdrawn, answered or taken back opens nothing more, on the pages where rights are managed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pactdesk.accounts.models import Account, OrganizationRole
from pactdesk.accounts.services.roles import take_role
from pactdesk.delegation.models import Delegation, DelegationRequest, RoleAssignment
from pactdesk.delegation.queries import acting_for
from pactdesk.delegation.rules import Wish
from pactdesk.delegation.services import asking, delegations, groups
from pactdesk.delegation.services.asking import CannotAnswer
from pactdesk.delegation.services.delegations import CannotGrant
from pactdesk.delegation.services.subscriptions import Holder, give_role
from tests import world
from tests.doors.guided import texts
from tests.doors.visitors import ANONYMOUS, visitor
from tests.racing import behind, outcome

GLOBAL = "global-administrator"
WISH = Wish(frozenset({"submit", "read"}), 0, 30, "direct")

pytestmark = [pytest.mark.django_db, pytest.mark.req("OBO-3")]


def url(token: str) -> str:
    return reverse("portal:rights-answer", args=[token])


def grant_form(at: datetime) -> dict[str, Any]:
    return {"do": "grant", "purposes": ["read"], "until": (at + timedelta(days=3)).date().isoformat()}


def links_that_do_not_work(at: datetime) -> dict[str, str]:
    """One of each kind: made up, answered, refused, withdrawn, too old; and wrong in form."""
    nora, cem = world.administrator("nora"), world.administrator("cem")
    made = {kind: asking.ask(WISH, actor=nora, at=at) for kind in ("granted", "refused", "withdrawn", "old")}
    asking.grant_asked(made["granted"].token, WISH.terms(at), actor=cem, at=at)
    asking.refuse_asked(made["refused"].token, actor=cem, at=at)
    asking.withdraw(made["withdrawn"].request_id, actor=nora, at=at)
    DelegationRequest.objects.filter(pk=made["old"].request_id).update(expires_at=at)
    good = asking.ask(WISH, actor=nora, at=at).token
    return {
        **{kind: link.token for kind, link in made.items()},
        "made up": "A" * 32,
        "short": good[:-1],
        "long": good + "A",
        "case": good.swapcase(),
        "spaces": "%20" * 3,
        "NUL": good[:-1] + "%00",
        "SQL": "' OR 1=1 --",
    }


@pytest.mark.parametrize("who", [ANONYMOUS, "olaf", "carla"])
def test_a_link_that_does_not_work_is_answered_alike_whatever_the_reason(who: str) -> None:
    at = timezone.now()
    world.administrator("carla")
    client, answers = visitor(who), set()
    granted = Delegation.objects.count()
    for token in links_that_do_not_work(at).values():
        for response in (
            client.get(f"/rights/answer/{token}/"),
            client.post(f"/rights/answer/{token}/", grant_form(at)),
            client.post(f"/rights/answer/{token}/", {"do": "refuse-for-good"}),
        ):
            answers.add((response.status_code, texts(response)))
            assert "no-store" in response["Cache-Control"]
    assert len(answers) == 1
    assert next(iter(answers))[0] == 404
    assert "This link does not work" in next(iter(answers))[1]
    assert Delegation.objects.count() == granted + 1  # the one that was answered in between


def test_opening_a_link_changes_nothing_however_often_and_by_whatever_program() -> None:
    at = timezone.now()
    world.administrator("carla")
    link = asking.ask(WISH, actor=world.administrator("nora"), at=at)
    kept = DelegationRequest.objects.values().get()
    for who in (ANONYMOUS, "olaf", "carla", "nora"):
        client = visitor(who)
        for method in ("get", "head", "get"):
            assert getattr(client, method)(url(link.token)).status_code == 200
        for method in ("put", "patch", "delete", "options"):
            assert getattr(client, method)(url(link.token)).status_code == 405
    assert DelegationRequest.objects.values().get() == kept
    forged = Client(enforce_csrf_checks=True)
    forged.force_login(world.person("carla"))
    assert forged.post(url(link.token), grant_form(at)).status_code == 403


def test_a_link_is_answered_once_however_often_the_form_is_sent() -> None:
    at = timezone.now()
    world.administrator("carla")
    link = asking.ask(WISH, actor=world.administrator("nora"), at=at)
    carla = visitor("carla")
    assert carla.post(url(link.token), grant_form(at)).status_code == 302
    for data in (grant_form(at), {"do": "refuse"}, {"do": "refuse-for-good"}):
        assert carla.post(url(link.token), data).status_code == 404
    assert Delegation.objects.count() == 1
    assert DelegationRequest.objects.get().outcome == "granted"


@pytest.mark.django_db(transaction=True)
def test_a_link_that_is_withdrawn_while_it_is_answered_grants_nothing() -> None:
    at = timezone.now()
    nora, carla = world.administrator("nora"), world.administrator("carla")
    link = asking.ask(WISH, actor=nora, at=at)
    with behind(
        lambda: asking.withdraw(link.request_id, actor=nora, at=at),
        lambda: asking.grant_asked(link.token, WISH.terms(at), actor=carla, at=at),
    ) as [answering]:
        pass
    assert isinstance(outcome(answering), CannotAnswer)
    assert not Delegation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_role_that_is_given_while_its_delegation_is_taken_back_opens_nothing() -> None:
    at = timezone.now()
    nora, carla = world.administrator("nora"), world.administrator("carla")
    subscription = world.subscription("carla")
    delegation = world.delegation("nora", "carla", "submit", at=at)
    group = groups.create_group("Desk", actor=nora, at=at)
    with behind(
        lambda: delegations.revoke(delegation, actor=carla, at=at),
        lambda: give_role(subscription.pk, "owner", Holder(group_id=group), actor=nora, at=at),
    ) as [giving]:
        pass
    assert isinstance(outcome(giving), CannotGrant)
    assert not RoleAssignment.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_who_loses_the_role_while_giving_one_gives_nothing() -> None:
    at, carla = timezone.now(), world.administrator("carla")
    eleni = Account.objects.create_user(
        "eleni@olive-grove-foods.example",
        first_name="Eleni",
        last_name="V",
        organization_id=carla.organization_id,
    )
    other = world.administrator(eleni)
    with behind(
        lambda: take_role(carla.account_id, GLOBAL, actor=other, at=at),
        lambda: take_role(other.account_id, GLOBAL, actor=carla, at=at),
    ) as [taking]:
        pass
    assert type(outcome(taking)).__name__ == "Http404"
    assert OrganizationRole.objects.get().account_id == eleni.pk


def _demoted(_at: datetime) -> None:
    OrganizationRole.objects.filter(account=world.person("nora")).delete()


def _left(_at: datetime) -> None:
    Account.objects.filter(pk=world.person("nora").pk).update(organization_id=world.organization_of("rafael"))


def _switched_off(_at: datetime) -> None:
    Account.objects.filter(pk=world.person("nora").pk).update(is_active=False)


@pytest.mark.parametrize("event", [_demoted, _left, _switched_off])
def test_who_may_no_more_finds_nothing_with_the_page_still_open(event: Callable[[datetime], None]) -> None:
    """The session goes on; what it opens is looked at each time."""
    at = timezone.now()
    nora = world.administrator("nora")
    world.person("rafael")
    delegation = world.delegation("nora", "carla", "submit", at=at)
    link = asking.ask(WISH, actor=nora, at=at)
    client = visitor("nora")
    pages = [
        f"/rights/{delegation}/",
        f"/rights/{delegation}/end/",
        f"/rights/asked/{link.request_id}/withdraw/",
    ]
    assert [client.get(page).status_code for page in pages] == [200, 200, 200]
    event(at)
    for page in pages:
        for response in (client.get(page), client.post(page, {"do": "yes"})):
            assert response.status_code in {302, 404, 405}
            assert response.status_code != 302 or response["Location"].startswith("/accounts/login/")
    assert Delegation.objects.get().revoked_at is None
    assert DelegationRequest.objects.get().outcome == ""


def test_taking_back_works_for_the_very_next_question_also_inside_of_a_transaction() -> None:
    at = timezone.now()
    nora, carla = world.administrator("nora"), world.administrator("carla")
    delegation = world.delegation("nora", "carla", "submit", "read", at=at)
    with transaction.atomic():
        delegations.revoke(delegation, actor=carla, at=at)
        assert acting_for(nora, carla.organization_id).standing.purposes == frozenset()
    with pytest.raises(CannotGrant):
        delegations.hold(delegation, spend=False)


def test_fields_that_no_form_has_change_nothing() -> None:
    """A18: whose it is, who granted it and what is spent are not for a form to say."""
    at = timezone.now()
    world.administrator("nora")
    delegation = world.delegation("nora", "carla", "submit", at=at)
    before = Delegation.objects.values().get()
    form = {
        "purposes": ["submit"],
        "until": before["ends_at"].date().isoformat(),
        "customer_sees": "on",
        "partner": world.organization_of("cem"),
        "partner_id": world.organization_of("cem"),
        "grantor_id": world.organization_of("nora"),
        "units_spent": "5",
        "most_units": "9",
        "revoked_at": "",
    }
    assert visitor("carla").post(f"/rights/{delegation}/change/", form).status_code == 302
    after = Delegation.objects.values().get()
    assert {name for name in before if before[name] != after[name]} <= {"ends_at"}
