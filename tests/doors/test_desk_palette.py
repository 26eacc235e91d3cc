"""Going anywhere at the desk by a few letters, and the sheet of keys: pages of their own, parts for the script."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import Client

from pactdesk.cases.models import Case
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.services.indexing import index_case
from tests import queues, world
from tests.doors.guided import plain, texts
from tests.doors.visitors import visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    world.team("support", "ines", "marta")
    case = queues.request(share=(Person("Eleni Voulgari", "eleni@mail.example"),))
    index_case(case.pk)
    return case


@pytest.fixture
def ines(case: Case) -> Client:
    return visitor("ines")


def go(client: Client, words: str, *, whole: bool = False) -> HttpResponse:
    return client.get("/desk/go/", {"q": words}, headers={} if whole else {"HX-Request": "true"})


def test_requests_are_found_by_number_and_by_words_wherever_one_types(ines: Client, case: Case) -> None:
    for words in (f"PD-{case.pk}", str(case.pk), "replicating", "domain controllers"):
        answer = go(ines, words)
        assert f'href="/desk/requests/PD-{case.pk}/"' in answer.content.decode(), words
        assert "<html" not in answer.content.decode()
        assert f"PD-{case.pk} Domain controllers stop replicating New" in texts(go(ines, words, whole=True))


def test_pages_and_people_are_found_by_a_part_of_their_name(ines: Client) -> None:
    marta = world.person("marta")
    assert 'href="/desk/?view=unassigned"' in go(ines, "unass").content.decode()
    assert f"view=team&amp;owner={marta.pk}" in go(ines, "marta").content.decode()
    assert "Eleni Voulgari eleni@mail.example" in plain(go(ines, "voulg").content.decode())
    assert "?q=eleni%40mail.example" in go(ines, "eleni@").content.decode()


def test_without_words_there_are_the_pages_and_one_letter_looks_for_nobody(ines: Client, case: Case) -> None:
    for words in ("", "E"):
        found = go(ines, words).content.decode()
        assert "/desk/?view=mine" in found
        assert "Eleni" not in found
    assert "Nothing is called or has “quokka”." in plain(go(ines, "quokka").content.decode())
    assert "<script>" not in go(ines, "<script>").content.decode()


def test_nobody_is_found_who_belongs_to_other_teams_requests(case: Case) -> None:
    world.team("billing", "olaf")
    olaf = visitor("olaf")
    for words in ("eleni", "replicating", str(case.pk), "ines", "carla"):
        found = go(olaf, words).content.decode()
        assert "Eleni" not in found
        assert "requests/PD-" not in found
        assert "owner=" not in found


def test_the_sheet_of_keys_is_a_page_and_a_part_for_the_script(ines: Client) -> None:
    page = ines.get("/desk/keys/")
    assert "<h1" in page.content.decode()
    part = ines.get("/desk/keys/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "Go to a page, a request or a person" in plain(part)
    assert 'data-opens="key-sheet"' in page.content.decode()
