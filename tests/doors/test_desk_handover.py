"""Handing requests over to a team whose day begins, several at once, with a note (follow the sun)."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from pactdesk.cases.models import Case, ClockEvent, Timer
from pactdesk.journal.models import FactRow
from pactdesk.routing.models import Engineer
from tests import queues, world
from tests.doors.guided import texts
from tests.doors.visitors import visitor

pytestmark = [pytest.mark.django_db, pytest.mark.req("SEV-6")]


@pytest.fixture
def ines() -> Client:
    world.team("support", "ines")
    world.team("sydney", "olaf", "nora")
    Engineer.objects.create(account=world.person("nora"), away_from=datetime(2020, 1, 1, tzinfo=UTC))
    return visitor("ines")


def chosen(*cases: Case) -> list[str]:
    return [f"{case.pk}:{case.revision}" for case in cases]


def test_what_was_selected_goes_to_the_other_team_with_a_note_and_keeps_its_promise(ines: Client) -> None:
    first, second, changed = queues.request(), queues.request(), queues.request()
    picks = chosen(first, second, changed)
    Case.objects.filter(pk=changed.pk).update(revision=7)
    before = list(Timer.objects.order_by("pk").values_list("due_at", "state"))
    answer = ines.post("/desk/bulk/", {"do": "handover", "pick": picks, "next": "/desk/?view=team"})
    asked = urlsplit(answer["Location"])
    assert (asked.path, parse_qs(asked.query)["pick"]) == ("/desk/handover/", picks)
    page = texts(ines.get(answer["Location"]))
    assert "Sydney (1 on shift now)" in page
    assert "Support" not in page.partition("Choose a team")[2].partition("Note")[0]
    sydney = str(world.team("sydney").pk)
    data = {"pick": picks, "team": sydney, "next": "/desk/?view=team"}
    refused = ines.post("/desk/handover/", {**data, "note": " "})
    assert (refused.status_code, Case.objects.filter(team__code="sydney").count()) == (422, 0)
    assert f'name="pick" value="{picks[0]}"' in refused.content.decode()
    done = ines.post("/desk/handover/", {**data, "note": "Waits for a log."})
    assert done["Location"] == "/desk/?view=team"
    told = texts(ines.get(done["Location"]))
    assert "2 requests stand with the team Sydney now." in told
    assert f"PD-{changed.pk} was changed meanwhile." in told
    assert set(Case.objects.filter(team__code="sydney").values_list("pk", flat=True)) == {
        first.pk,
        second.pk,
    }
    assert list(Timer.objects.order_by("pk").values_list("due_at", "state")) == before
    assert ClockEvent.objects.filter(kind="transferred").count() == 2
    notes = {fact.payload["note"] for fact in FactRow.objects.filter(code="case.transferred")}
    assert notes == {"Waits for a log."}
    assert "Waits for a log." in texts(visitor("olaf").get(f"/desk/requests/PD-{first.pk}/"))
    assert "Waits for a log." not in texts(visitor("carla").get(f"/requests/PD-{first.pk}/"))


def test_what_stands_with_others_is_neither_named_nor_handed_over(ines: Client) -> None:
    theirs = queues.request(summary="A secret of theirs")
    Case.objects.filter(pk=theirs.pk).update(team=world.team("sydney"))
    answer = ines.get("/desk/handover/", {"pick": chosen(theirs)})
    assert answer["Location"] == "/desk/"
    assert "Select the requests first." in texts(ines.get("/desk/"))
    data = {"pick": chosen(theirs), "team": str(world.team("support").pk), "note": "Mine."}
    ines.post("/desk/handover/", data)
    assert Case.objects.get().team_id == world.team("sydney").pk


def test_the_page_for_one_request_says_who_is_on_shift_too(ines: Client) -> None:
    case = queues.request()
    assert "Sydney (1 on shift now)" in texts(ines.get(f"/desk/requests/PD-{case.pk}/team/"))
