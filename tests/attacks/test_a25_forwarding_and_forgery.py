"""A25: what a caller says about itself counts for nothing unless a proxy that we trust says it, nobody prepares a
session for somebody else, and nothing is done that was not sent by a form of ours."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import LazySettings
from django.conf import settings as configured
from django.core.cache import cache
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse

from pactdesk.pages.requests import address_of
from tests import world
from tests.doors.test_who_may_open_what import (  # noqa: F401 - fixtures
    _reads_no_cookies,
    addresses,
    fingerprints,
)
from tests.doors.visitors import account, visitor

pytestmark = pytest.mark.django_db

CLAIMS: dict[str, dict[str, str]] = {
    "forwarded for": {"X-Forwarded-For": "203.0.113.9"},
    "forwarded for, many": {"X-Forwarded-For": "203.0.113.9, 198.51.100.1, 10.0.0.1"},
    "real address": {"X-Real-IP": "203.0.113.9"},
    "client address": {"X-Client-IP": "203.0.113.9"},
    "true client address": {"True-Client-IP": "203.0.113.9"},
    "address by a network": {"CF-Connecting-IP": "203.0.113.9"},
    "forwarded": {"Forwarded": "for=203.0.113.9;proto=https"},
    "forwarded by a list": {"X-Forwarded": "203.0.113.9"},
    "cluster address": {"X-Cluster-Client-IP": "203.0.113.9"},
    "originating address": {"X-Originating-IP": "203.0.113.9"},
    "remote address": {"X-Remote-Addr": "203.0.113.9"},
}
SCHEMES: dict[str, dict[str, str]] = {
    "forwarded scheme": {"X-Forwarded-Proto": "https"},
    "forwarded protocol": {"X-Forwarded-Protocol": "https"},
    "forwarded ssl": {"X-Forwarded-Ssl": "on"},
    "url scheme": {"X-Url-Scheme": "https"},
    "front end": {"Front-End-Https": "on"},
    "forwarded": {"Forwarded": "proto=https"},
}


def _request(headers: dict[str, str]) -> HttpRequest:
    request: HttpRequest = RequestFactory().get("/", headers=headers, REMOTE_ADDR="192.0.2.7")
    return request


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_caller_cannot_say_where_it_calls_from(claim: str) -> None:
    assert address_of(_request(CLAIMS[claim])) == "192.0.2.7"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_caller_cannot_say_that_nobody_listens_in(scheme: str) -> None:
    assert not _request(SCHEMES[scheme]).is_secure()


@pytest.mark.parametrize(
    ("told", "trusted", "address"),
    [
        ("203.0.113.9", 1, "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9", 1, "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9", 2, "198.51.100.1"),
        ("9.9.9.9, 198.51.100.1, 203.0.113.9", 2, "198.51.100.1"),
        ("203.0.113.9", 2, "192.0.2.7"),  # fewer than there are proxies: somebody got past one
        ("", 1, "192.0.2.7"),
        (" , ,", 1, "192.0.2.7"),
    ],
)
def test_of_what_trusted_proxies_say_only_what_they_added_counts(
    told: str, trusted: int, address: str, settings: LazySettings
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = trusted
    assert address_of(_request({"X-Forwarded-For": told})) == address


def test_guessing_passwords_is_not_helped_by_naming_other_addresses() -> None:
    cache.clear()
    carla = account("carla")
    for place in range(5):
        Client(headers={"X-Forwarded-For": f"203.0.113.{place}", "X-Real-IP": f"203.0.113.{place}"}).post(
            reverse("account_login"), {"login": carla.email, "password": "not-the-password-at-all"}
        )
    client = Client(headers={"X-Forwarded-For": "203.0.113.77"})
    client.post(reverse("account_login"), {"login": carla.email, "password": world.PASSWORD})
    assert "_auth_user_id" not in client.session
    cache.clear()


# Sessions


def _key(client: Client) -> str:
    cookie = client.cookies.get(configured.SESSION_COOKIE_NAME)
    return cookie.value if cookie else ""


def test_a_session_that_somebody_prepared_is_left_behind_on_signing_in() -> None:
    cache.clear()
    carla = account("carla")
    for prepared in ("a" * 32, "x", "../../etc/passwd", "0" * 200):
        client = Client()
        client.cookies[configured.SESSION_COOKIE_NAME] = prepared
        client.post(reverse("account_login"), {"login": carla.email, "password": world.PASSWORD})
        assert client.get("/profile/").status_code == 200
        assert _key(client) not in {"", prepared}
        cache.clear()


def test_a_new_password_gives_a_new_session_and_ends_the_others() -> None:
    cache.clear()
    carla = account("carla")
    here, elsewhere = Client(), Client()
    for client in (here, elsewhere):
        client.post(reverse("account_login"), {"login": carla.email, "password": world.PASSWORD})
    before = _key(here)
    changed = here.post(
        reverse("account_change_password"),
        {
            "oldpassword": world.PASSWORD,
            "password1": "another-long-secret",
            "password2": "another-long-secret",
        },
    )
    assert changed.status_code == 302
    assert _key(here) != before
    assert here.get("/profile/").status_code == 200
    assert elsewhere.get("/profile/").status_code == 302
    stolen = Client()
    stolen.cookies[configured.SESSION_COOKIE_NAME] = before
    assert stolen.get("/profile/").status_code == 302


def test_signing_out_ends_the_session_for_whoever_kept_its_key() -> None:
    client = visitor("carla")
    client.get("/profile/")
    kept = _key(client)
    client.post(reverse("account_logout"))
    stolen = Client()
    stolen.cookies[configured.SESSION_COOKIE_NAME] = kept
    assert stolen.get("/profile/").status_code == 302


# Forms


def test_nothing_unsafe_is_done_without_a_token(addresses: dict[str, str]) -> None:  # noqa: F811 - the fixture
    """What POST does without one stands beside who may open what; no other method is a way around it."""
    clients = {who: visitor(who, enforce_csrf_checks=True) for who in ("carla", "ines")}
    before = fingerprints()
    wrong = [
        f"{who} by {method} at {name}: {found}"
        for method in ("PUT", "PATCH", "DELETE", "MOVE")
        for name, address in addresses.items()
        for who, client in clients.items()
        if not _reads_no_cookies(address)
        and (found := client.generic(method, address, "do=reply&text=x").status_code) != 403
    ]
    assert wrong == []
    assert fingerprints() == before


TOKENS: dict[str, dict[str, Any]] = {
    "one of another session": {"csrfmiddlewaretoken": "a" * 64},
    "one that is too short": {"csrfmiddlewaretoken": "a"},
    "one of nobody": {"csrfmiddlewaretoken": ""},
    "two": {"csrfmiddlewaretoken": ["a" * 64, "b" * 64]},
}


@pytest.mark.parametrize("token", TOKENS)
def test_a_token_that_is_not_ones_own_is_none(token: str, addresses: dict[str, str]) -> None:  # noqa: F811 - the fixture
    carla = visitor("carla", enforce_csrf_checks=True)
    carla.get("/profile/")
    for name in (
        "portal:request",
        "portal:request-close",
        "portal:profile",
        "account_logout",
        "portal:draft-discard",
    ):
        assert carla.post(addresses[name], TOKENS[token]).status_code == 403, name


def test_a_form_of_another_site_is_not_ours_even_with_a_token(addresses: dict[str, str]) -> None:  # noqa: F811 - the fixture
    carla = visitor("carla", enforce_csrf_checks=True)
    carla.get(addresses["portal:request"])
    token = carla.cookies["csrftoken"].value
    for origin in ("https://evil.example", "null", "http://localhost.evil.example", "https://testserver:444"):
        sent = carla.post(
            addresses["portal:request"],
            {"csrfmiddlewaretoken": token, "text": "x"},
            headers={"Origin": origin},
        )
        assert sent.status_code == 403, origin


def test_reading_changes_nothing_however_it_is_dressed_up(addresses: dict[str, str]) -> None:  # noqa: F811 - the fixture
    """With another method named in headers and in the address, and a whole form in the address."""
    dressed = {
        "X-HTTP-Method-Override": "POST",
        "X-HTTP-Method": "DELETE",
        "X-Method-Override": "PUT",
        "HX-Request": "true",
        "HX-Target": "main",
    }
    form = (
        "?_method=POST&method=DELETE&do=reply&text=Hello&reason=Over&confirm=1&outcome=decrement&pick=1:0&wanted=answers"
        "&next=/&csrfmiddlewaretoken=a&action=remove&name=X&email=x@y.example&theme=dark&language=cs&terms=on"
    )
    clients = {who: visitor(who, headers=dressed) for who in ("carla", "ines")}
    before = fingerprints()
    for who, client in clients.items():
        for address in addresses.values():
            client.get(address + form)
        after = fingerprints()
        assert {table for table in before if after[table] != before[table]} == set(), who
