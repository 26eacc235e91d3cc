"""What holds for every operation of the API: who may ask, what goes wrong in which words, what is read."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
import time_machine
from django.test import Client, override_settings
from django.utils import timezone

from pactdesk.accounts.models import ApiToken
from pactdesk.accounts.rules.tokens import RANDOM_LENGTH, SCOPES, TOKEN, marked
from pactdesk.api.frame import SCOPES as DOCUMENTED_SCOPES
from pactdesk.api.problems import STATUSES
from pactdesk.api.reference import openapi
from pactdesk.api.wording import DETAILS, TITLES
from tests import world
from tests.doors.programs import V1, Program, codes, kind, program
from tests.doors.visitors import visitor

pytestmark = pytest.mark.django_db

PAIR = {"access_id": "0230242323", "contract_id": "12345678901234567890"}


@pytest.fixture(autouse=True)
def _catalogue() -> None:
    world.catalogue()


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation of the document: method, path, and what is told of it."""
    for path, methods in openapi()["paths"].items():
        for method, about in methods.items():
            yield method.upper(), path, about


def test_every_operation_asks_for_a_token_with_the_scope_that_it_names() -> None:
    without = {
        scope: program("carla", scopes=[other for other in SCOPES if other != scope]) for scope in SCOPES
    }
    for method, path, about in operations():
        (scope,) = about["security"][1]["clientCredentials"]
        address = path.removeprefix(V1).replace("{file_id}", str(uuid.uuid4()))
        address = re.sub(r"{\w+}", "1", address)
        assert Program().ask(method, address).status_code == 401
        answer = without[scope].ask(method, address)
        assert kind(answer) == "scope", (method, path)
        assert f'scope="{scope}"' in answer["WWW-Authenticate"]


def test_the_scopes_are_the_same_in_the_rules_and_in_the_document() -> None:
    assert set(DOCUMENTED_SCOPES) == set(SCOPES)


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer pd_",
        "Bearer x",
        "Bearer é",
        "Bearer " + "x" * 8000,
        "Bearer " + marked(TOKEN, "a" * RANDOM_LENGTH),
        "Basic Y2FybGE6cGFzc3dvcmQ=",
        "Token abc",
    ],
)
def test_without_a_valid_token_nobody_comes_in_and_is_told_how_to(authorization: str) -> None:
    response = Program().get("/products", **({"Authorization": authorization} if authorization else {}))
    assert kind(response) == "unauthorized"
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_browser_that_is_signed_in_is_nobody_here() -> None:
    carla = visitor("carla")
    assert carla.get("/").status_code == 200
    for path in ("/products", "/agreements"):
        assert carla.get(V1 + path).status_code == 401
    assert carla.post(V1 + "/agreements", PAIR, content_type="application/json").status_code == 401


def test_nothing_is_said_to_pages_of_other_places() -> None:
    response = program("carla").get("/products", Origin="https://elsewhere.example")
    assert not [name for name in response.headers if name.startswith("Access-Control")]
    preflight = Program().ask(
        "OPTIONS", "/products", Origin="https://elsewhere.example", Access_Control_Request_Method="GET"
    )
    assert kind(preflight) == "method"
    assert not [name for name in preflight.headers if name.startswith("Access-Control")]


def test_whoever_has_no_profile_is_told_to_complete_it() -> None:
    world.person("carla", profile_completed_at=None, phone="", country="", time_zone="")
    response = program("carla").get("/products")
    assert (kind(response), codes(response)) == ("forbidden", ["account.profile-incomplete"])


@pytest.mark.parametrize(
    ("method", "path", "problem"),
    [
        ("GET", "/nowhere", "not-found"),
        ("POST", "/nowhere", "not-found"),
        ("GET", "/", "not-found"),
        ("GET", "/agreements/999", "not-found"),
        ("GET", "/agreements/99999999999999999999999999", "not-found"),
        ("GET", "/agreements/-1", "not-found"),
        ("GET", "/products/%00", "not-found"),
        ("DELETE", "/products", "method"),
        ("PUT", "/agreements", "method"),
    ],
)
def test_whatever_goes_wrong_is_a_problem(method: str, path: str, problem: str) -> None:
    response = program("carla").ask(method, path)
    assert kind(response) == problem
    assert response["Cache-Control"] == "private, no-store"
    if problem == "method":
        assert response["Allow"]


def test_every_kind_of_problem_has_words_and_an_explanation_at_its_address() -> None:
    assert set(STATUSES) == set(TITLES) == set(DETAILS)
    page = Client().get("/api/").content.decode()
    for name in STATUSES:
        assert f'id="problem-{name}"' in page


@pytest.mark.parametrize(
    ("raw", "content_type", "problem"),
    [
        (b"{", "application/json", "malformed"),
        (b"\xff", "application/json", "malformed"),
        ('{"access_id": "1", "contract_id": "2"}'.encode("utf-16"), "application/json", "malformed"),
        (b'{"access_id": "1", "access_id": "2", "contract_id": "3"}', "application/json", "malformed"),
        (b'{"access_id": NaN, "contract_id": "3"}', "application/json", "malformed"),
        (b"[" * 100_000, "application/json", "malformed"),
        (b'{"access_id": ' + b"1" * 10_000 + b"}", "application/json", "malformed"),
        (b"access_id=1", "application/x-www-form-urlencoded", "media-type"),
        (b"{}", "text/plain", "media-type"),
        (b"{}", "application/json; charset=latin-1", "media-type"),
        (b'{"access_id": "' + b"1" * 600_000 + b'"}', "application/json", "too-large"),
        (b'{"access_id": "' + b"1" * 3_000_000 + b'"}', "application/json", "too-large"),
        (b"", "application/json", "invalid"),
        (b"null", "application/json", "invalid"),
        (b"[]", "application/json", "invalid"),
        (b'"x"', "application/json", "invalid"),
    ],
)
def test_what_cannot_be_read_is_refused_by_what_is_wrong_with_it(
    raw: bytes, content_type: str, problem: str
) -> None:
    response = program("carla").post("/agreements", raw=raw, content_type=content_type)
    assert kind(response) == problem


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {("input.missing", "#/access_id"), ("input.missing", "#/contract_id")}),
        (
            {"access_id": 230242323, "contract_id": None},
            {("input.not-text", "#/access_id"), ("input.not-text", "#/contract_id")},
        ),
        ({**PAIR, "owner": 1}, {("input.unknown", "#/owner")}),
        ({**PAIR, "a/b~c": 1}, {("input.unknown", "#/a~1b~0c")}),
        ({**PAIR, "access_id": "1" * 201}, {("input.too-many", "#/access_id")}),
    ],
)
def test_every_fault_is_told_with_its_place(body: Any, expected: set[tuple[str, str]]) -> None:
    response = program("carla").post("/agreements", body)
    assert kind(response) == "invalid"
    assert {(reason["code"], reason["pointer"]) for reason in response.json()["reasons"]} == expected


def test_answers_are_in_the_language_that_was_asked_for_or_in_that_of_the_profile() -> None:
    for language, told in (("cs", "cs"), ("fr-CA,fr;q=0.9", "fr"), ("xx", "en"), ("*", "en")):
        response = program("carla", language=language).get("/severities")
        assert response["Content-Language"] == told
    nora = program("nora", language="")
    assert nora.get("/severities")["Content-Language"] == "cs"
    assert nora.get("/severities").json() == program("carla", language="cs").get("/severities").json()
    assert "Accept-Language" in nora.get("/severities")["Vary"]


def test_head_is_answered_like_get() -> None:
    carla = program("carla")
    head, get = carla.ask("HEAD", "/products"), carla.get("/products")
    assert (head.status_code, head["Content-Length"]) == (200, get["Content-Length"])


@override_settings(API_RATE_OF_TOKEN=3, API_RATE_OF_ACCOUNT=5)
def test_who_asks_too_often_waits() -> None:
    first, second = program("carla"), program("carla")
    answers = [first.get("/severities") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert kind(answers[-1]) == "too-many"
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert answers[0]["RateLimit"].startswith('"token";r=2;t=')
    assert answers[0]["RateLimit-Policy"] == '"token";q=3;w=60, "account";q=5;w=60'
    # The account's limit holds for all its tokens together; others are not concerned.
    assert [second.get("/severities").status_code for _ in range(2)] == [200, 429]
    assert program("cem").get("/severities").status_code == 200


@override_settings(API_RATE_OF_TOKEN=1)
def test_in_the_next_minute_one_may_ask_again() -> None:
    with time_machine.travel("2026-11-20T13:02:10Z", tick=False) as clock:
        carla = program("carla")
        assert carla.get("/severities").status_code == 200
        answer = carla.get("/severities")
        assert (answer.status_code, answer["Retry-After"]) == (429, "50")
        clock.shift(50)
        assert carla.get("/severities").status_code == 200


def test_the_document_is_there_for_everybody_and_names_this_installation() -> None:
    response = Client().get(V1 + "/openapi.json")
    assert response.status_code == 200
    document = response.json()
    assert document["openapi"].startswith("3.1")
    assert response["Content-Type"] == "application/json"
    schemes = document["components"]["securitySchemes"]
    assert schemes["clientCredentials"]["flows"]["clientCredentials"]["tokenUrl"].endswith("/api/oauth/token")
    schemathesis.openapi.from_dict(document).validate()
    for _method, _path, about in operations():
        assert {"401", "403", "429"} <= {str(status) for status in about["responses"]}
        for status, told in about["responses"].items():
            if int(status) >= 400:
                assert list(told["content"]) == ["application/problem+json"]


def test_the_reference_is_a_page_of_ours_that_fetches_nothing_from_elsewhere() -> None:
    for client in (Client(), visitor("carla")):
        first = client.get("/api/").content.decode()
        for _method, _path, about in operations():
            (url,) = re.findall(f'"(/api/[a-z]+/)#{about["operationId"]}"', first)
            page = client.get(url).content.decode()
            assert f'id="{about["operationId"]}"' in page
            for each in (first, page):
                assert "http://" not in each.replace("http://www.w3.org", "")
                assert "https://" not in each
    assert client.get("/api/nowhere/").status_code == 404


def test_secrets_of_the_house_do_not_stand_in_the_document() -> None:
    text = json.dumps(openapi())
    assert not re.search(r"\((AGR|REQ|ELI|WIZ|SEV)\b", text)
    for word in ("digest", "sealed", "idempotency_key_once", "traceback"):
        assert word not in text.lower()


def test_a_token_that_has_just_ended_is_no_token() -> None:
    carla = program("carla")
    assert carla.get("/severities").status_code == 200
    now = timezone.now()
    ApiToken.objects.update(created_at=now - timedelta(days=2), expires_at=now)
    assert carla.get("/severities").status_code == 401


def test_what_is_long_is_written_out_once_on_a_page_of_the_reference() -> None:
    page = Client().get("/api/requests/").content.decode()
    assert page.count("<code>problem.summary</code>") == 1
    assert 'Body: the same as of <a href="#' in page
