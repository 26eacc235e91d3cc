"""OAuth clients fetch short-lived tokens by their own credentials, and can do nothing else."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from allauth.idp.oidc.models import Token as AccessToken
from django.http import HttpResponse
from django.test import Client, override_settings
from django.utils import timezone

from pactdesk.accounts.models import Account
from pactdesk.accounts.queries import clients_of
from pactdesk.accounts.services.tokens import NewClient, issue_client, revoke_client
from tests import world
from tests.doors.programs import Program, kind

pytestmark = pytest.mark.django_db

TOKEN_URL = "/api/oauth/token"
GRANT = {"grant_type": "client_credentials"}


@pytest.fixture
def made() -> NewClient:
    world.catalogue()
    return issue_client(
        "CI", scopes=["catalogue:read", "agreements:read"], actor=world.viewer("carla"), at=timezone.now()
    )


def basic(made: NewClient) -> dict[str, str]:
    pair = base64.b64encode(f"{made.client_id}:{made.secret}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def fetch(made: NewClient, **form: str) -> HttpResponse:
    return Client().post(TOKEN_URL, {**GRANT, **form}, headers=basic(made))


@pytest.mark.parametrize("way", ["basic", "post"])
def test_a_client_fetches_a_token_that_opens_its_account(made: NewClient, way: str) -> None:
    form: dict[str, Any] = dict(GRANT)
    if way == "post":
        form |= {"client_id": made.client_id, "client_secret": made.secret}
    response = Client().post(TOKEN_URL, form, headers=basic(made) if way == "basic" else None)
    told = response.json()
    assert response.status_code == 200, told
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 900)
    assert set(told["scope"].split()) == {"agreements:read", "catalogue:read"}
    assert "no-store" in response["Cache-Control"]
    assert "refresh_token" not in told
    assert "id_token" not in told

    world.agreement(registered=["carla"])
    program = Program(told["access_token"])
    assert len(program.get("/agreements").json()["items"]) == 1
    assert kind(program.post("/agreements", {})) == "scope"
    (line,) = clients_of(world.viewer("carla"))
    assert line.last_used_at is not None


def test_the_token_can_be_fetched_for_less_and_never_for_more(made: NewClient) -> None:
    less = fetch(made, scope="catalogue:read").json()
    assert less["scope"] == "catalogue:read"
    assert kind(Program(less["access_token"]).get("/agreements")) == "scope"
    more = fetch(made, scope="catalogue:read requests:write")
    assert (more.status_code, more.json()["error"]) == (400, "invalid_scope")


def test_the_token_ends_after_a_quarter_of_an_hour(made: NewClient) -> None:
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        token = fetch(made).json()["access_token"]
    for seconds, status in ((899, 200), (900, 401)):
        with time_machine.travel(now + timedelta(seconds=seconds), tick=False):
            assert Program(token).get("/severities").status_code == status


@pytest.mark.parametrize(
    "grant",
    [
        "",
        "authorization_code",
        "password",
        "refresh_token",
        "implicit",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
    ],
)
def test_there_is_no_other_way_to_a_token(made: NewClient, grant: str) -> None:
    about = {"username": "carla@x.example", "password": world.PASSWORD, "code": "x", "device_code": "x"}
    response = fetch(made, **about, grant_type=grant)
    assert (response.status_code, response.json()["error"]) == (400, "unsupported_grant_type")
    assert not AccessToken.objects.exists()


@pytest.mark.parametrize(
    "path",
    [
        "/.well-known/openid-configuration",
        "/.well-known/jwks.json",
        "/identity/o/authorize",
        "/identity/o/device",
        "/identity/o/logout",
        "/identity/o/api/token",
        "/identity/o/api/userinfo",
        "/identity/o/api/clients",
        "/api/oauth/authorize",
        "/api/oauth/register",
    ],
)
def test_nothing_else_of_an_oauth_server_has_an_address(path: str) -> None:
    assert Client().get(path).status_code == 404
    assert Client().post(path).status_code in {403, 404}


def test_wrong_secrets_open_nothing(made: NewClient) -> None:
    for client_id, secret in (
        (made.client_id, "wrong"),
        (made.client_id, ""),
        ("nobody", made.secret),
        ("", made.secret),
        ("\x00", made.secret),
    ):
        response = fetch(NewClient(client_id, secret))
        assert (response.status_code, response.json()["error"]) in {
            (401, "invalid_client"),
            (400, "invalid_request"),
        }, client_id
    in_the_address = Client().post(
        f"{TOKEN_URL}?client_id={made.client_id}&client_secret={made.secret}", GRANT
    )
    assert in_the_address.status_code in {400, 401}
    assert not AccessToken.objects.exists()


@pytest.mark.parametrize(
    "authorization",
    ["", "Basic", "Basic !!!", "Basic /w==", "Basic AA==", "Basic OjoK", "Basic " + "QQ" * 9000, "Bearer x"],
)
def test_whatever_is_sent_instead_of_credentials_is_refused_calmly(
    authorization: str, made: NewClient
) -> None:
    for path in (TOKEN_URL, "/api/oauth/revoke"):
        for form in (GRANT, {**GRANT, "scope": "\x00", "token": "\x00"}, {**GRANT, "client_id": "\ud800"}):
            encoded = urlencode(form, errors="surrogatepass")
            response = Client().post(
                path,
                encoded,
                content_type="application/x-www-form-urlencoded",
                headers={"Authorization": authorization},
            )
            assert response.status_code in {400, 401}, (path, form)
            assert response.json()["error"].startswith(("invalid_", "unsupported_"))


def test_secrets_are_not_tried_more_often_than_thirty_times_a_minute(made: NewClient) -> None:
    with time_machine.travel("2026-11-20T13:02:00Z", tick=False), override_settings(API_RATE_OF_FETCHING=3):
        answers = [fetch(NewClient(made.client_id, "wrong")).status_code for _ in range(3)]
        assert answers == [401, 401, 401]
        refused = fetch(made)
        assert (refused.status_code, refused["Retry-After"]) == (429, "60")
        assert refused.json()["error"] == "temporarily_unavailable"
        elsewhere = Client(REMOTE_ADDR="192.0.2.7").post(TOKEN_URL, GRANT, headers=basic(made))
        assert elsewhere.status_code == 200


def test_a_revoked_client_loses_its_tokens_at_once(made: NewClient) -> None:
    token = fetch(made).json()["access_token"]
    assert Program(token).get("/severities").status_code == 200
    revoke_client(made.client_id, actor=world.viewer("carla"), at=timezone.now())
    assert Program(token).get("/severities").status_code == 401
    assert fetch(made).status_code == 401


def test_a_client_may_give_its_token_back(made: NewClient) -> None:
    token = fetch(made).json()["access_token"]
    given = Client().post("/api/oauth/revoke", {"token": token}, headers=basic(made))
    assert given.status_code == 200
    assert Program(token).get("/severities").status_code == 401


def test_a_client_of_an_inactive_account_fetches_nothing(made: NewClient) -> None:
    token = fetch(made).json()["access_token"]
    Account.objects.filter(pk=world.person("carla").pk).update(is_active=False)
    assert Program(token).get("/severities").status_code == 401
    assert (fetch(made).status_code, fetch(made).json()["error"]) == (401, "invalid_client")
