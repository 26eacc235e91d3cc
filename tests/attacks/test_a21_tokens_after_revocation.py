"""A21: rights that outlive what they came from. A token is worth what its account is worth at this moment."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from pactdesk.accounts.models import Account, ApiToken
from pactdesk.accounts.rules.tokens import SCOPES
from pactdesk.accounts.services.tokens import issue_client, issue_token, revoke_client, revoke_token
from pactdesk.agreements.models import Registration
from pactdesk.agreements.services import revoke_registration
from tests import world
from tests.doors.programs import Program, codes, kind

pytestmark = pytest.mark.django_db


def token_of_carla() -> tuple[str, Callable[[], None]]:
    made = issue_token("CI", scopes=SCOPES, days=30, actor=world.viewer("carla"), at=timezone.now())
    return made.token, lambda: revoke_token(made.token_id, actor=world.viewer("carla"), at=timezone.now())


def access_token_of_carla() -> tuple[str, Callable[[], None]]:
    made = issue_client("CI", scopes=SCOPES, actor=world.viewer("carla"), at=timezone.now())
    form = {"grant_type": "client_credentials", "client_id": made.client_id, "client_secret": made.secret}
    token = Client().post("/api/oauth/token", form).json()["access_token"]
    return token, lambda: revoke_client(made.client_id, actor=world.viewer("carla"), at=timezone.now())


WAYS = pytest.mark.parametrize("way", [token_of_carla, access_token_of_carla])


@WAYS
def test_revoked_means_shut_out_with_the_next_request(
    way: Callable[[], tuple[str, Callable[[], None]]],
) -> None:
    world.catalogue()
    token, revoke = way()
    program = Program(token)
    assert program.get("/agreements").status_code == 200
    revoke()
    assert kind(program.get("/agreements")) == "unauthorized"


@WAYS
def test_whose_account_is_made_inactive_is_shut_out_and_comes_back_with_it(
    way: Callable[[], tuple[str, Callable[[], None]]],
) -> None:
    world.catalogue()
    token, _revoke = way()
    program = Program(token)
    carla = Account.objects.filter(pk=world.person("carla").pk)
    carla.update(is_active=False)
    assert kind(program.get("/agreements")) == "unauthorized"
    carla.update(is_active=True)
    assert program.get("/agreements").status_code == 200


@WAYS
def test_what_the_account_may_no_longer_use_its_programs_may_not_either(
    way: Callable[[], tuple[str, Callable[[], None]]],
) -> None:
    token, _revoke = way()
    program = Program(token)
    shared = world.agreement(owner="nora", registered=["carla"])
    (line,) = program.get("/agreements").json()["items"]
    assert line["can_pay"]
    assert program.get(f"/agreements/{shared.id}").status_code == 200

    seat = Registration.objects.get(agreement_id=shared.id)
    revoke_registration(shared.id, seat.pk, actor=world.viewer("nora"), at=timezone.now())
    (line,) = program.get("/agreements").json()["items"]
    assert [reason["code"] for reason in line["reasons"]] == ["agreement.registration-revoked"]
    assert program.get(f"/agreements/{shared.id}").status_code == 404
    pair = {"access_id": shared.access_id, "contract_id": shared.contract_id}
    assert codes(program.post("/agreements", pair)) == ["agreement.registration-revoked"]


@pytest.mark.parametrize(
    "scopes", [[], ["root"], ["requests:read", "*"], "requests:read", {"requests:read": 1}]
)
def test_scopes_that_nobody_gave_out_allow_nothing(scopes: object) -> None:
    """Whatever stands in the row: only what the closed table knows counts, and only as a list."""
    world.catalogue()
    token, _revoke = token_of_carla()
    if not isinstance(scopes, list):
        scopes = [str(scopes)] if not isinstance(scopes, str) else ["x" + scopes]
    ApiToken.objects.update(scopes=scopes)
    assert kind(Program(token).get("/agreements")) == "scope"


def test_a_token_made_with_one_scope_stays_with_it() -> None:
    world.catalogue()
    for scope in SCOPES:
        made = issue_token("CI", scopes=[scope], days=30, actor=world.viewer("carla"), at=timezone.now())
        program = Program(made.token)
        for path, needed in (("/agreements", "agreements:read"), ("/products", "catalogue:read")):
            assert (program.get(path).status_code == 200) == (scope == needed)
