"""People make tokens for their programs, see them once, and take them back."""

from __future__ import annotations

import re

import pytest
from allauth.idp.oidc.models import Client as OAuthClient
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pactdesk.accounts.models import ApiToken
from pactdesk.accounts.rules.tokens import SCOPES
from pactdesk.accounts.services.tokens import issue_client, issue_token
from pactdesk.portal.forms.tokens import SCOPES as WORDED_SCOPES
from tests import world
from tests.doors.programs import Program
from tests.doors.test_every_page import Page
from tests.doors.visitors import visitor

pytestmark = pytest.mark.django_db

NEW = {"name": "Build server", "days": "90", "scopes": ["catalogue:read", "requests:read"]}


def signed_in(name: str = "carla") -> Client:
    """A browser in which somebody has typed the password a moment ago."""
    client = Client()
    person = world.person(name)
    client.post(reverse("account_login"), {"login": person.email, "password": world.PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": world.PASSWORD})
    return client


def test_a_token_is_shown_once_and_opens_what_was_chosen() -> None:
    world.catalogue()
    carla = signed_in()
    assert carla.get(reverse("portal:token-new")).status_code == 200
    made = carla.post(reverse("portal:token-new"), NEW)
    assert made.status_code == 200
    assert "no-store" in made["Cache-Control"]
    (token,) = re.findall(r"data-secret>(pd_\w+)<", made.content.decode())
    assert Program(token).get("/severities").status_code == 200
    assert Program(token).get("/agreements").status_code == 403

    listed = carla.get(reverse("portal:tokens")).content.decode()
    assert token not in listed
    assert token[:8] in listed
    assert "Build server" in listed
    assert "Last used" in listed


def test_a_client_is_shown_once() -> None:
    carla = signed_in()
    made = carla.post(reverse("portal:client-new"), NEW)
    client_id, secret = re.findall(r"data-secret>([\w-]+)<", made.content.decode())
    assert OAuthClient.objects.get(pk=client_id).check_secret(secret)
    assert secret not in carla.get(reverse("portal:tokens")).content.decode()


@pytest.mark.parametrize("name", ["portal:token-new", "portal:client-new"])
def test_the_password_is_asked_for_before_something_is_made(name: str) -> None:
    carla = visitor("carla")
    for response in (carla.get(reverse(name)), carla.post(reverse(name), NEW)):
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("account_reauthenticate"))
    assert not ApiToken.objects.exists()
    assert not OAuthClient.objects.exists()


def test_a_form_that_is_not_complete_says_so() -> None:
    carla = signed_in()
    for changes in (
        {"name": ""},
        {"scopes": []},
        {"scopes": ["root"]},
        {"days": "10000"},
        {"name": "a\u202eb"},
    ):
        response = carla.post(reverse("portal:token-new"), {**NEW, **changes})
        assert response.status_code == 422, changes
    assert not ApiToken.objects.exists()


def test_revoking_asks_first_and_shuts_the_program_out() -> None:
    world.catalogue()
    at, viewer = timezone.now(), world.viewer("carla")
    token = issue_token("CI", scopes=SCOPES, days=30, actor=viewer, at=at)
    client = issue_client("CI", scopes=SCOPES, actor=viewer, at=at)
    carla = visitor("carla")
    for name, key in (("portal:token-revoke", token.token_id), ("portal:client-revoke", client.client_id)):
        url = reverse(name, args=[key])
        assert carla.get(url).status_code == 200
        assert visitor("cem").post(url).status_code == 404
        assert Program(token.token).get("/severities").status_code == (200 if "token" in name else 401)
        assert carla.post(url).status_code == 302
    assert Program(token.token).get("/severities").status_code == 401
    assert not OAuthClient.objects.exists()
    assert "Revoked on" in carla.get(reverse("portal:tokens")).content.decode()


def test_every_scope_is_told_in_words() -> None:
    assert {code for code, _words in WORDED_SCOPES} == set(SCOPES)


def test_the_menu_leads_there_and_from_there_to_the_reference() -> None:
    carla = visitor("carla")
    assert reverse("portal:tokens") in carla.get("/").content.decode()
    assert reverse("api:reference") in carla.get(reverse("portal:tokens")).content.decode()


def test_the_forms_and_what_they_make_are_well_formed() -> None:
    carla = signed_in()
    for name in ("portal:token-new", "portal:client-new"):
        answers = [carla.get(reverse(name)), carla.post(reverse(name), {}), carla.post(reverse(name), NEW)]
        assert [answer.status_code for answer in answers] == [200, 422, 200]
        for answer in answers:
            assert not Page(answer).all_mistakes(), name
