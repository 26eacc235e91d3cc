"""The profile is completed once and gives defaults (IDN-1)."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from django.test import Client

from pactdesk.accounts.models import Account
from tests import world
from tests.doors.visitors import account, visitor

PROFILE = "/profile/"
COMPLETE = {
    "contact_email": "petra.h@mail.example",
    "country": "CZ",
    "phone": "601 123 456",
    "time_zone": "Europe/Prague",
    "language": "en",
}

pytestmark = pytest.mark.django_db


@pytest.fixture
def petra(db: None) -> Client:
    """Somebody who has just signed up."""
    return visitor("petra")


def stored() -> Account:
    return account("petra")


@pytest.mark.req("IDN-1")
@pytest.mark.parametrize("path", ["/", "/benefits/", "/benefits/add/", "/requests/", "/requests/new/"])
def test_whoever_signs_in_for_the_first_time_completes_the_profile_and_comes_back(
    petra: Client, path: str
) -> None:
    sent_there = petra.get(f"{path}?x=1")
    target = f"{path}?x=1"
    assert sent_there["Location"] == f"{PROFILE}?next={quote(target, safe='')}"
    html = petra.get(sent_there["Location"]).content.decode()
    assert "Complete your profile" in html
    assert f'name="next" value="{target}"' in html
    came_back = petra.post(PROFILE, {**COMPLETE, "next": target})
    assert (came_back.status_code, came_back["Location"]) == (302, target)
    assert petra.get(path).status_code == 200


@pytest.mark.req("IDN-1")
def test_what_was_entered_is_stored_with_the_phone_in_its_international_form(petra: Client) -> None:
    petra.post(PROFILE, COMPLETE)
    saved = stored()
    assert (saved.contact_email, saved.phone, saved.country, saved.time_zone, saved.language) == (
        "petra.h@mail.example",
        "+420 601 123 456",
        "CZ",
        "Europe/Prague",
        "en",
    )
    assert saved.profile_completed_at is not None


@pytest.mark.req("IDN-1")
def test_the_profile_can_be_changed_later_and_keeps_the_moment_of_its_completion() -> None:
    carla = visitor("carla")
    completed = world.person("carla").profile_completed_at
    carla.post(
        PROFILE, {**COMPLETE, "time_zone": "Asia/Ho_Chi_Minh", "phone": "+84 24 1234 5678", "country": "VN"}
    )
    changed = world.person("carla")
    assert (changed.time_zone, changed.country) == ("Asia/Ho_Chi_Minh", "VN")
    assert changed.profile_completed_at == completed
    assert 'value="+84 24 1234 5678"' in carla.get(PROFILE).content.decode()


@pytest.mark.req("IDN-1")
def test_names_are_shown_and_cannot_be_edited(petra: Client) -> None:
    html = petra.get(PROFILE).content.decode()
    for name, value in (("first_name", "Petra"), ("last_name", "Horáková")):
        field = re.search(rf'<input[^>]*name="{name}"[^>]*>', html)
        assert field is not None
        assert f'value="{value}"' in field[0]
        assert " disabled" in field[0]
    assert "Your names come from your sign-in" in html
    petra.post(PROFILE, {**COMPLETE, "first_name": "Somebody", "last_name": "Else"})
    assert stored().get_full_name() == "Petra Horáková"


def test_the_page_shows_which_account_is_signed_in() -> None:
    html = visitor("carla").get(PROFILE).content.decode()
    assert "Work account" in html
    assert "Olive Grove Foods" in html
    assert world.person("carla").email in html


def test_an_account_without_a_profile_is_offered_its_own_address_and_no_time_zone(petra: Client) -> None:
    html = petra.get(PROFILE).content.decode()
    assert 'value="petra@mail.example"' in html
    select = html.partition("data-time-zone-guess")[2].partition("</select>")[0]
    assert '<option value="" selected>' in select


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("contact_email", "", "Enter the e-mail address at which we reach you."),
        ("contact_email", "petra@", "Enter a valid email address."),
        ("country", "", "Choose the country in which you work."),
        ("country", "ZZ", "Select a valid choice."),
        ("phone", "", "Enter the phone number at which we reach you."),
        ("phone", "12", "This is not a phone number we could call."),
        ("phone", "call me", "This is not a phone number we could call."),
        ("phone", "+999 123 456 789", "Start the number with + and the country code"),
        ("phone", "601\u202e123456", "This text contains hidden characters (U+202E)."),
        ("phone", "6" * 50, "This is 50 characters long."),
        ("phone", "+30 21 0123 4567 ext 1234567890123", "This is not a phone number we could call."),
        ("time_zone", "", "Choose your time zone."),
        ("time_zone", "Mars/Olympus", "Select a valid choice."),
        ("language", "xx", "Select a valid choice."),
    ],
)
def test_a_slip_is_told_at_its_field_keeps_what_was_typed_and_stores_nothing(
    petra: Client, field: str, value: str, told: str
) -> None:
    answer = petra.post(PROFILE, {**COMPLETE, field: value, "next": "/benefits/"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert told in html.partition(f'id="id_{field}_error"')[2].partition("</div>")[0]
    assert f'href="#id_{field}"' in html
    assert 'name="next" value="/benefits/"' in html
    kept = "contact_email" if field != "contact_email" else "phone"
    assert f'value="{COMPLETE[kept]}"' in html
    assert stored().profile_completed_at is None


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:///evil.example",
        "",
    ],
)
def test_saving_leads_nowhere_but_to_a_page_of_ours(petra: Client, elsewhere: str) -> None:
    assert petra.post(PROFILE, {**COMPLETE, "next": elsewhere})["Location"] == "/"


def test_saving_switches_the_pages_to_the_language_that_was_chosen(petra: Client) -> None:
    answer = petra.post(PROFILE, {**COMPLETE, "language": "fr"})
    assert answer.cookies["django_language"].value == "fr"
    assert '<html lang="fr"' in petra.get("/").content.decode()


def test_the_guess_of_the_time_zone_is_a_script_of_this_page_only(petra: Client) -> None:
    assert "portal/profile" in petra.get(PROFILE).content.decode()
    assert "portal/profile" not in petra.get("/help/").content.decode()


def test_whoever_works_at_the_desk_switches_single_keys_off_and_on() -> None:
    world.team("support", "ines")
    ines = visitor("ines")
    sent = {**COMPLETE, "contact_email": "ines@fabrikon.example", "phone": "+33 1 99 00 43 21"}
    assert "data-single-keys" in ines.get("/desk/").content.decode()
    ines.post(PROFILE, sent)
    assert "data-single-keys" not in ines.get("/desk/").content.decode()
    ines.post(PROFILE, {**sent, "single_keys": "on"})
    assert "data-single-keys" in ines.get("/desk/").content.decode()


def test_nobody_else_is_asked_about_single_keys_and_what_they_send_for_it_is_not_read(petra: Client) -> None:
    assert "single_keys" not in petra.get(PROFILE).content.decode()
    petra.post(PROFILE, {**COMPLETE, "single_keys": ""})
    assert stored().single_keys is True
