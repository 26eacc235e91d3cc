"""What every page of the desk keeps to: well formed, labelled, small, guarded, in every language."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

import pactdesk.desk
from pactdesk.cases.models import Case
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.rules.status import Move
from pactdesk.cases.services import relations
from pactdesk.cases.services.conversation import answer, note
from pactdesk.kernel.ids import new_key
from tests import queues, world
from tests.doors.test_every_page import MOST_BYTES, Page
from tests.doors.visitors import visitor

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)
STATIC = Path(pactdesk.desk.__file__).parent / "static" / "desk"
VIEWS = ("mine", "unassigned", "team", "waiting", "resolved", "closed")

pytestmark = pytest.mark.django_db


@pytest.fixture
def first() -> Case:
    """A request in which something was said, with another one linked, among sixty more."""
    world.team("support", "ines", "marta")
    world.team("second", "ines")
    cem, ines = world.viewer("cem"), world.viewer("ines")
    case = queues.request(at=NOW, share=(Person("Cem Kowalski", cem.email),))
    other = queues.request(summary="Something alike", at=NOW)
    answer(case.pk, "Try this.", key=new_key(), seen=None, then=Move.ASK, actor=ines, at=NOW)
    note(case.pk, "Known bug", key=new_key(), actor=ines, at=NOW)
    relations.link(case.pk, other.pk, actor=ines, at=NOW)
    queues.copies(other, 60)
    return Case.objects.get(pk=case.pk)


def pages_of(client: Client, case: Case) -> dict[str, HttpResponse]:
    number = f"PD-{case.pk}"
    names = ("request", "owner", "status", "transfer", "close", "merge", "links", "contacts")
    urls = [reverse(f"desk:{name}", args=[number]) for name in names]
    place = case.contacts.get(role="additional").pk
    urls += [f"/desk/?view={view}" for view in VIEWS] + [
        "/desk/?view=team&severity=A",
        "/desk/?q=nothing",
        "/desk/keys/",
        "/desk/reports/",
        "/desk/reports/?weeks=4&team=x",
    ]
    urls += [
        reverse("desk:contact", args=[number, place]),
        reverse("desk:merge", args=[number]) + "?other=1",
        reverse("desk:request", args=[number]) + "?show=changes",
        reverse("desk:request", args=["PD-1"]),
    ]
    pages = {url: client.get(url) for url in urls}
    pages |= {
        f"nothing to {url}": client.post(url, {})
        for url in (reverse(f"desk:{name}", args=[number]) for name in names)
    }
    pages["an old answer"] = client.post(
        reverse("desk:request", args=[number]), {"text": "x", "do": "reply", "seen": "0"}
    )
    return pages


def test_every_page_is_well_formed_labelled_and_small(first: Case) -> None:
    mistakes = []
    for url, response in pages_of(visitor("ines"), first).items():
        assert response.status_code in {200, 404, 422}, (url, response.status_code)
        mistakes += [f"{url}: {mistake}" for mistake in Page(response).all_mistakes()]
        if len(response.content) > MOST_BYTES:
            mistakes.append(f"{url}: {len(response.content)} bytes")
        assert "default-src 'none'" in response["Content-Security-Policy"]
        assert response["Cache-Control"] == "private, no-store"
    assert not mistakes, "\n".join(mistakes)


@pytest.mark.req("LOC-1")
@pytest.mark.parametrize("language", ["el", "vi", "pl", "cs", "fr"])
def test_every_page_can_be_read_in_every_language(language: str, first: Case) -> None:
    client = visitor("ines")
    client.post(reverse("set_language"), {"language": language})
    for url, response in pages_of(client, first).items():
        assert f'<html lang="{language}"' in response.content.decode(), url
        assert not Page(response).all_mistakes(), url
        assert len(response.content) < MOST_BYTES, url


def test_the_stylesheet_and_each_script_stay_small() -> None:
    assert (STATIC / "desk.css").stat().st_size < 25_000
    for script in STATIC.glob("*.js"):
        assert script.stat().st_size < 5_000, script
