"""The pages about letters: what is wanted, and switching off from a link in one."""

from __future__ import annotations

import re

import pytest

from pactdesk.notifications.models import LetterChoice
from pactdesk.notifications.queries.choices import choices
from tests import world
from tests.doors.visitors import visitor

PAGE = "/profile/letters/"

pytestmark = pytest.mark.django_db


def checked(html: str) -> set[str]:
    return {
        match[1]
        for match in re.finditer(r'<input type="checkbox" name="wanted" value="(\w+)"[^>]* checked', html)
    }


def test_contacts_are_asked_about_their_requests_and_want_all_of_it_at_first() -> None:
    html = visitor("carla").get(PAGE).content.decode()
    assert checked(html) == {"answers", "endings", "severity", "places", "balances", "registrations"}
    assert 'value="team"' not in html
    assert f'href="{PAGE}"' in visitor("carla").get("/profile/").content.decode()


def test_engineers_are_also_asked_about_the_desk_and_their_teams_news_is_off_at_first() -> None:
    world.team("support", "ines")
    html = visitor("ines").get(PAGE).content.decode()
    assert 'value="team"' in html
    assert checked(html) == {
        "answers",
        "endings",
        "severity",
        "places",
        "balances",
        "registrations",
        "assigned",
        "replies",
        "escalations",
        "promises",
    }


def test_what_was_chosen_is_kept_and_shown() -> None:
    carla = visitor("carla")
    assert carla.post(PAGE, {"wanted": ["endings", "team", "nonsense"]})["Location"] == PAGE
    html = carla.get(PAGE).content.decode()
    assert checked(html) == {"endings"}
    assert "Your choice is saved." in html
    assert choices(world.viewer("carla")) == {
        "answers": False,
        "endings": True,
        "severity": False,
        "places": False,
        "balances": False,
        "registrations": False,
        "uses": False,
    }
    assert not LetterChoice.objects.filter(choice__in=["team", "nonsense"]).exists()


def test_the_link_in_a_letter_asks_once_and_one_button_does_it() -> None:
    carla = visitor("carla")
    html = carla.get(f"{PAGE}answers/off/").content.decode()
    assert "No more such e-mails?" in html
    assert not LetterChoice.objects.exists(), "looking changes nothing: programs follow links, too"
    assert carla.post(f"{PAGE}answers/off/")["Location"] == PAGE
    assert choices(world.viewer("carla"))["answers"] is False


def test_whoever_is_not_signed_in_comes_back_to_the_question() -> None:
    answer = visitor("anonymous").get(f"{PAGE}answers/off/")
    assert answer.status_code == 302
    assert "next=/profile/letters/answers/off/" in answer["Location"]


@pytest.mark.parametrize("choice", ["nonsense", "account", "request-opened"])
def test_what_is_no_choice_cannot_be_switched_off(choice: str) -> None:
    carla = visitor("carla")
    assert carla.get(f"{PAGE}{choice}/off/").status_code == 404
    assert carla.post(f"{PAGE}{choice}/off/").status_code == 404
    assert not LetterChoice.objects.exists()


def test_one_persons_choice_is_nobody_elses() -> None:
    visitor("carla").post(f"{PAGE}answers/off/")
    assert choices(world.viewer("cem"))["answers"] is True


@pytest.mark.req("LOC-1")
@pytest.mark.parametrize("language", ["el", "vi", "pl", "cs", "fr"])
def test_the_pages_open_in_every_language(language: str) -> None:
    carla = visitor("carla")
    carla.post("/i18n/setlang/", {"language": language})
    for path in (PAGE, f"{PAGE}answers/off/"):
        answer = carla.get(path)
        assert answer.status_code == 200
        assert f'<html lang="{language}"' in answer.content.decode()
