"""Roles of colleagues in their organization, and the lists that administrators have of them (OBO-3)."""

from __future__ import annotations

import pytest
from django.http import Http404
from django.test import Client
from django.utils import timezone

from pactdesk.accounts.access import viewer_of
from pactdesk.accounts.models import Account, OrganizationRole, Team
from pactdesk.accounts.queries import colleague_with_roles, colleagues_with_roles
from pactdesk.accounts.services.roles import CannotTakeRole, give_role, take_role
from pactdesk.accounts.sessions import account_of
from pactdesk.journal.models import FactRow
from tests import world
from tests.racing import at_once

GLOBAL, HELPDESK = "global-administrator", "helpdesk-administrator"

pytestmark = [pytest.mark.django_db, pytest.mark.req("OBO-3")]


def colleague(name: str = "eleni", of: str = "carla") -> Account:
    return Account.objects.create_user(
        f"{name}@olive-grove-foods.example",
        first_name=name.capitalize(),
        last_name="Vasilaki",
        organization_id=world.organization_of(of),
    )


def test_an_administrator_gives_and_takes_roles_with_effect_on_the_next_click() -> None:
    carla, eleni, at = world.administrator("carla"), colleague(), timezone.now()
    for role in (HELPDESK, GLOBAL, GLOBAL):
        give_role(eleni.pk, role, actor=carla, at=at)
    assert world.viewer(eleni).roles == {GLOBAL, HELPDESK}
    for _each in range(2):
        take_role(eleni.pk, GLOBAL, actor=carla, at=at)
    assert world.viewer(eleni).roles == {HELPDESK}
    assert list(FactRow.objects.order_by("pk").values_list("code", "payload__role")) == [
        ("account.role-given", HELPDESK),
        ("account.role-given", GLOBAL),
        ("account.role-taken", GLOBAL),
    ]


def test_there_is_always_a_global_administrator_left() -> None:
    carla, eleni, at = world.administrator("carla"), colleague(), timezone.now()
    with pytest.raises(CannotTakeRole):
        take_role(carla.account_id, GLOBAL, actor=carla, at=at)
    give_role(eleni.pk, GLOBAL, actor=carla, at=at)
    Account.objects.filter(pk=eleni.pk).update(is_active=False)
    with pytest.raises(CannotTakeRole):  # who is switched off administers nothing
        take_role(carla.account_id, GLOBAL, actor=carla, at=at)
    Account.objects.filter(pk=eleni.pk).update(is_active=True)
    take_role(carla.account_id, GLOBAL, actor=carla, at=at)
    with pytest.raises(Http404):  # as the page of somebody who had the role when it was opened
        give_role(eleni.pk, HELPDESK, actor=carla, at=at)


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_take_each_others_role_at_once_do_not_both_succeed() -> None:
    carla, at = world.administrator("carla"), timezone.now()
    eleni = world.administrator(colleague())
    answers = at_once(
        [
            lambda: take_role(eleni.account_id, GLOBAL, actor=carla, at=at),
            lambda: take_role(carla.account_id, GLOBAL, actor=eleni, at=at),
            lambda: take_role(eleni.account_id, GLOBAL, actor=eleni, at=at),
            lambda: take_role(carla.account_id, GLOBAL, actor=carla, at=at),
        ]
    )
    assert OrganizationRole.objects.filter(role=GLOBAL).count() == 1, answers


def test_nobody_else_gives_roles_and_nobody_outside_is_given_one() -> None:
    carla, at = world.administrator("carla"), timezone.now()
    cem, olaf = world.person("cem"), world.person("olaf")
    eleni = colleague()
    for target, role in (
        (cem.pk, GLOBAL),
        (olaf.pk, GLOBAL),
        (eleni.pk, "owner"),
        (eleni.pk, ""),
        (2**31, GLOBAL),
    ):
        with pytest.raises(Http404):
            give_role(target, role, actor=carla, at=at)
    for who in (world.viewer("olaf"), world.viewer(eleni), world.administrator("cem", HELPDESK)):
        for target in (eleni.pk, carla.account_id, who.account_id):
            for verb in (give_role, take_role):
                with pytest.raises(Http404):
                    verb(target, GLOBAL, actor=who, at=at)
    assert set(OrganizationRole.objects.values_list("account_id", "role")) == {
        (carla.account_id, GLOBAL),
        (cem.pk, HELPDESK),
    }


def test_colleagues_are_listed_those_with_roles_first_and_found_by_words() -> None:
    carla = world.administrator("carla")
    for name in ("anna", "eleni"):
        colleague(name)
    gone = colleague("gone")
    Account.objects.filter(pk=gone.pk).update(is_active=False)
    world.person("cem")
    assert [line.name for line in colleagues_with_roles(carla).lines] == [
        "Carla Papadaki",
        "Anna Vasilaki",
        "Eleni Vasilaki",
    ]
    assert [line.name for line in colleagues_with_roles(carla, words="vasil ele").lines] == ["Eleni Vasilaki"]
    for who in (world.viewer("olaf"), world.viewer("cem")):
        with pytest.raises(Http404):
            colleagues_with_roles(who)
    with pytest.raises(Http404):
        colleague_with_roles(carla, gone.pk)


def test_who_is_in_or_above_the_service_centre_is_known_as_such() -> None:
    centre = world.team("service-centre", "marta")
    world.team("support", "ines")
    Team.objects.filter(pk=centre.pk).update(head=world.person("nora"))
    assert {who: world.viewer(who).at_service_centre for who in ("marta", "nora", "ines", "carla")} == {
        "marta": True,
        "nora": True,
        "ines": False,
        "carla": False,
    }
    for who in ("marta", "ines"):
        client = Client()
        client.force_login(world.person(who))
        loaded = account_of(client.get("/").wsgi_request)
        assert isinstance(loaded, Account)
        assert viewer_of(loaded).at_service_centre is (who == "marta")
