"""Coming in: signing up, signing in, the profile that is completed first, and where one lands afterwards."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse

from pactdesk.accounts.models import Account
from pactdesk.pages.requests import address_of
from tests import world
from tests.doors.visitors import account, visitor

pytestmark = pytest.mark.django_db

ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "https:evil.example",
    "http:///evil.example",
    "http://testserver@evil.example/",
    "http://testserver.evil.example/",
    "javascript:alert(1)",
    "data:text/html,x",
    " https://evil.example/",
    "\thttps://evil.example/",
    "/%0d%0aLocation:%20https://evil.example/\r\nX: y",
)
PROFILE = {
    "contact_email": "petra@mail.example",
    "phone": "+420 601 123 456",
    "country": "CZ",
    "time_zone": "Europe/Prague",
    "language": "en",
}


def sign_in(client: Client, email: str, password: str = world.PASSWORD, **more: str) -> HttpResponse:
    response: HttpResponse = client.post(
        reverse("account_login"), {"login": email, "password": password, **more}
    )
    return response


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def where_next(page: HttpResponse) -> str:
    """Where the form of the page leads afterwards; the forms in the menus of every page lead back to it."""
    form = page.content.decode().partition("<main")[2]
    found = re.search(r'name="next" value="([^"]*)"', form)
    assert found is not None
    return found.group(1)


def stays_here(response: HttpResponse) -> bool:
    """Whether a redirect leads to this installation, as browsers read it."""
    location = response["Location"].strip().replace("\\", "/")
    return location.startswith("/") and not location.startswith("//") and urlsplit(location).netloc == ""


@pytest.mark.req("IDN-1")
def test_whoever_is_not_signed_in_does_so_and_comes_back() -> None:
    client, carla = Client(), account("carla")
    asked = client.get("/requests/new/?product=windows-server")
    assert asked.status_code == 302
    response = sign_in(client, carla.email, next=where_next(client.get(asked["Location"])))
    assert response["Location"] == "/requests/new/?product=windows-server"
    assert is_signed_in(client)


@pytest.mark.req("IDN-1")
@pytest.mark.parametrize("kind", ["work", "personal"])
def test_work_and_personal_accounts_can_sign_in(kind: str) -> None:
    client, someone = Client(), world.person("cem", kind=kind)
    assert sign_in(client, someone.email)["Location"] == "/"
    assert is_signed_in(client)


def test_whoever_answers_for_a_team_lands_at_the_desk_unless_they_wanted_to_go_elsewhere() -> None:
    world.team("support", "ines")
    ines = account("ines")
    assert sign_in(Client(), ines.email)["Location"] == reverse("desk:queue")
    assert sign_in(Client(), ines.email, next="/requests/")["Location"] == "/requests/"


@pytest.mark.parametrize("where", ELSEWHERE)
def test_no_form_sends_anybody_to_another_site(where: str) -> None:
    stranger = Client()
    assert stays_here(sign_in(stranger, account("carla").email, next=where))
    carla = visitor("carla")
    for address, data in (
        (reverse("portal:set-theme"), {"theme": "dark"}),
        (reverse("set_language"), {"language": "el"}),
        (reverse("portal:profile"), PROFILE),
        (reverse("account_logout"), {}),
    ):
        response = carla.post(address, {**data, "next": where})
        assert response.status_code == 302, address
        assert stays_here(response), address


@pytest.mark.parametrize("where", ELSEWHERE)
def test_no_link_sends_anybody_to_another_site(where: str) -> None:
    """What stands in ?next= of a page that was opened, and is sent along with its form."""
    for address in (reverse("account_login"), reverse("account_signup"), "/admin/login/"):
        response = Client().get(f"{address}?next={quote(where)}")
        if response.status_code == 302:
            assert stays_here(response)
    # Those who are signed in already are sent on at once.
    response = visitor("carla").get(f"{reverse('account_login')}?next={quote(where)}")
    assert response.status_code == 302
    assert stays_here(response)


def test_signing_in_changes_the_session_so_that_nobody_can_prepare_one() -> None:
    client, carla = Client(), account("carla")
    client.get(reverse("account_login"))
    session = client.session
    session["prepared"] = "by somebody else"
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = before = session.session_key
    sign_in(client, carla.email)
    assert client.session.session_key != before
    assert not Client().session.exists(before)


def test_a_wrong_password_and_an_unknown_address_are_answered_alike() -> None:
    known, unknown = (
        sign_in(Client(), email, "not-the-password-at-all")
        for email in (account("carla").email, "nobody@mail.example")
    )
    assert known.status_code == unknown.status_code

    def sentences(response: HttpResponse) -> list[str]:
        return re.findall(r'<div class="error-summary".*?</div>', response.content.decode(), re.DOTALL)

    assert sentences(known) == sentences(unknown) != []


def test_guessing_a_password_ends_after_five_tries() -> None:
    cache.clear()
    client, carla = Client(), account("carla")
    for _ in range(5):
        sign_in(client, carla.email, "not-the-password-at-all")
    sign_in(client, carla.email)
    assert not is_signed_in(client)
    cache.clear()
    sign_in(client, carla.email)
    assert is_signed_in(client)


def test_a_typed_forwarding_header_does_not_make_another_address() -> None:
    request = RequestFactory().get("/", headers={"X-Forwarded-For": "203.0.113.9"}, REMOTE_ADDR="192.0.2.7")
    assert address_of(request) == "192.0.2.7"
    with override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=1):
        # The proxy in front adds the last one; those before it were sent by the caller.
        request.META["HTTP_X_FORWARDED_FOR"] = "198.51.100.1, 203.0.113.9"
        assert address_of(request) == "203.0.113.9"


def test_signing_out_takes_a_form() -> None:
    carla = visitor("carla")
    carla.get(reverse("account_logout"))
    assert is_signed_in(carla)
    carla.post(reverse("account_logout"))
    assert not is_signed_in(carla)


@pytest.mark.req("IDN-1")
def test_signing_up_proves_the_address_and_leads_to_the_profile() -> None:
    client = Client()
    response = client.post(
        reverse("account_signup"),
        {
            "first_name": "Petra",
            "last_name": "Horáková",
            "email": "Petra@Mail.example",
            "password1": world.PASSWORD,
            # Everything below is not asked and must not be heard.
            "kind": "work",
            "is_staff": "1",
            "is_superuser": "1",
            "is_active": "1",
            "organization": "1",
            "organization_id": "1",
            "profile_completed_at": "2026-01-01",
        },
    )
    assert response["Location"] == reverse("account_email_verification_sent")
    assert not is_signed_in(client)
    petra = Account.objects.get(email="petra@mail.example")
    assert (petra.first_name, petra.last_name) == ("Petra", "Horáková")
    assert (petra.is_staff, petra.is_superuser, petra.organization_id, petra.profile_completed_at) == (
        False,
        False,
        None,
        None,
    )
    assert petra.kind == Account._meta.get_field("kind").default
    assert not EmailAddress.objects.get(user=petra).verified

    [letter] = mail.outbox
    assert letter.to == ["petra@mail.example"]
    code = re.search(r"^\s*([A-Z0-9-]{6,9})\s*$", letter.body, re.MULTILINE)
    assert code is not None, letter.body
    client.post(reverse("account_email_verification_sent"), {"code": code.group(1)})
    assert is_signed_in(client)
    assert EmailAddress.objects.get(user=petra).verified
    assert client.get("/")["Location"] == "/profile/?next=%2F"


def test_signing_up_does_not_tell_who_is_here_already() -> None:
    def sign_up(email: str) -> HttpResponse:
        answer: HttpResponse = Client().post(
            reverse("account_signup"),
            {"first_name": "A", "last_name": "B", "email": email, "password1": world.PASSWORD},
        )
        return answer

    known, new = sign_up(account("carla").email), sign_up("new@mail.example")
    assert (known.status_code, known["Location"]) == (new.status_code, new["Location"])
    assert Account.objects.filter(email=account("carla").email).count() == 1


@override_settings(ALLOWED_HOSTS=["*"])
@pytest.mark.parametrize("page", ["account_reset_password", "account_signup"])
def test_mails_lead_to_this_installation_whatever_host_was_named(page: str) -> None:
    form = {"email": account("carla").email, "first_name": "A", "last_name": "B", "password1": world.PASSWORD}
    Client(headers={"host": "evil.example"}).post(reverse(page), form)
    body = mail.outbox[-1].body
    assert urlsplit(settings.BASE_URL).netloc not in ("", "evil.example")
    assert f"{settings.BASE_URL}/accounts/password/reset/" in body
    assert "evil.example" not in body
    assert "Pactdesk" in body


def test_what_is_tried_too_often_is_answered_by_a_page_of_ours() -> None:
    cache.clear()
    form = {"email": "new@mail.example", "first_name": "A", "last_name": "B", "password1": world.PASSWORD}
    first, second = (Client().post(reverse("account_signup"), form) for _ in range(2))
    assert (first.status_code, second.status_code) == (302, 429)
    assert "That was too often" in second.content.decode()


def test_a_name_without_letters_that_can_be_seen_is_refused() -> None:
    data = {"last_name": "B", "email": "new@mail.example", "password1": world.PASSWORD}
    for name in ("", "\u202egnp.exe", "a\x00b", "x" * 101):
        response = Client().post(reverse("account_signup"), {**data, "first_name": name})
        assert response.status_code == 200
        assert 'aria-invalid="true"' in response.content.decode()
    assert not Account.objects.filter(email="new@mail.example").exists()


def test_an_address_that_looks_like_another_one_cannot_sign_up() -> None:
    data = {"first_name": "A", "last_name": "B", "password1": world.PASSWORD}
    response = Client().post(reverse("account_signup"), {**data, "email": "new@mail\u202e.example"})
    assert "hidden characters" in response.content.decode()
    assert not Account.objects.exists()


@pytest.mark.req("IDN-1")
def test_the_profile_comes_first_and_leads_on_to_where_one_wanted_to_go() -> None:
    petra = visitor("petra")
    response = petra.get("/requests/new/?product=sql-server")
    assert response["Location"] == "/profile/?next=%2Frequests%2Fnew%2F%3Fproduct%3Dsql-server"
    page = petra.get(response["Location"])
    assert "Complete your profile" in page.content.decode()
    response = petra.post(reverse("portal:profile"), {**PROFILE, "next": where_next(page)})
    assert response["Location"] == "/requests/new/?product=sql-server"
    assert petra.get(response["Location"]).status_code == 200


@pytest.mark.req("IDN-1")
def test_nothing_but_the_profile_can_be_changed_in_the_profile() -> None:
    petra, before = visitor("petra"), account("petra")
    others = {
        "id": "1",
        "pk": "1",
        "first_name": "Olga",
        "last_name": "Other",
        "email": "olga@mail.example",
        "password": "x",
        "kind": "work",
        "is_staff": "on",
        "is_superuser": "on",
        "is_active": "",
        "organization": "1",
        "organization_id": "1",
        "profile_completed_at": "2020-01-01",
        "groups": "1",
        "user_permissions": "1",
    }
    petra.post(reverse("portal:profile"), {**PROFILE, **others})
    after = account("petra")
    changed = {
        field.attname
        for field in Account._meta.concrete_fields
        if getattr(before, field.attname) != getattr(after, field.attname)
    }
    assert changed == {"contact_email", "phone", "country", "time_zone", "language", "profile_completed_at"}
    assert after.profile_completed_at.year != 2020
    assert not after.groups.exists()
    assert not after.user_permissions.exists()


@pytest.mark.req("IDN-1")
def test_the_day_on_which_the_profile_was_completed_stays() -> None:
    carla = visitor("carla")
    carla.post(reverse("portal:profile"), {**PROFILE, "phone": "+30 21 0123 9876"})
    after = account("carla")
    assert after.phone == "+30 21 0123 9876"
    assert after.profile_completed_at == world.LONG_AGO


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("phone", "12", "phone"),
        ("phone", "call me", "phone"),
        ("phone", "+420 601 123 456" + " " * 3 + "1" * 40, "phone"),
        ("time_zone", "Mars/Olympus", "time_zone"),
        ("time_zone", "", "time_zone"),
        ("country", "ZZ", "country"),
        ("language", "tlh", "language"),
        ("contact_email", "petra at mail", "contact_email"),
        ("contact_email", "petra@mail.example\r\nBcc: all@mail.example", "contact_email"),
        ("phone", "+420\u202e601", "phone"),
        ("phone", "+420\x00601", "phone"),
        ("contact_email", "petra@mail\u202e.example", "contact_email"),
    ],
)
def test_a_profile_that_cannot_be_right_says_where_and_keeps_what_was_typed(
    field: str, typed: str, told: str
) -> None:
    petra = visitor("petra")
    response = petra.post(reverse("portal:profile"), {**PROFILE, field: typed})
    assert response.status_code == 422
    page = response.content.decode()
    assert f'id="id_{told}_error"' in page
    assert "Error:" in page
    kept = next(name for name in ("contact_email", "phone") if name != field)
    assert f'value="{PROFILE[kept]}"' in page
    assert account("petra").profile_completed_at is None


def test_the_language_is_switched_and_stays() -> None:
    carla = visitor("carla")
    response = carla.post(reverse("set_language"), {"language": "el", "next": "/requests/?show=closed"})
    assert response["Location"] == "/requests/?show=closed"
    assert carla.cookies[settings.LANGUAGE_COOKIE_NAME].value == "el"
    assert '<html lang="el"' in carla.get("/requests/").content.decode()
    carla.post(reverse("set_language"), {"language": "tlh"})
    assert '<html lang="el"' in carla.get("/requests/").content.decode()


@pytest.mark.req("LOC-1")
def test_pages_are_in_the_language_of_the_profile_until_another_one_is_chosen() -> None:
    world.person("carla", language="el")
    carla = visitor("carla")
    assert '<html lang="el"' in carla.get("/requests/").content.decode()
    carla.post(reverse("set_language"), {"language": "fr"})
    assert '<html lang="fr"' in carla.get("/requests/").content.decode()


def test_the_display_is_chosen_and_only_what_is_offered_is_kept() -> None:
    client = Client()
    client.post(reverse("portal:set-theme"), {"theme": "dark"})
    cookie = client.cookies["theme"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("dark", True, "Lax")
    assert 'data-theme="dark"' in client.get("/").content.decode()
    client.post(reverse("portal:set-theme"), {"theme": '"><script>'})
    assert client.cookies["theme"].value == "dark"
    client.cookies["theme"] = '"><script>'
    assert "data-theme" not in client.get("/").content.decode().split("<head>")[0]
    client.post(reverse("portal:set-theme"), {"theme": ""})
    assert client.cookies["theme"].value == ""


def test_operators_sign_in_where_everybody_does() -> None:
    """The administration's own form would know neither the limits nor the second factor."""
    marta = account("marta")
    TOTP.activate(marta, generate_totp_secret())
    client = Client()
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0] == "/accounts/login/?next=/admin/"
    data = {"username": marta.email, "login": marta.email, "password": world.PASSWORD, "next": "/admin/"}
    client.post("/admin/login/", data)
    assert not is_signed_in(client)
    response = client.post(reverse("account_login"), data)
    assert response["Location"].startswith(reverse("mfa_authenticate"))
    assert not is_signed_in(client)
