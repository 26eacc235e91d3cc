"""Putting one's agreements in order: on My benefits, in step 2 of the guided request, and by programs."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.urls import reverse

from tests import world
from tests.doors.guided import Guided, texts
from tests.doors.programs import codes, program
from tests.doors.visitors import visitor

pytestmark = pytest.mark.django_db

BENEFITS, ORDER = "/benefits/", "/benefits/order/"


@pytest.fixture
def plans() -> list[world.Agreement]:
    """Three of Carla's, the one that ends soonest first."""
    return [world.agreement(registered=["carla"], starts_on=date(2026, month, 10)) for month in (3, 5, 7)]


def buttons(page: str) -> list[tuple[str, str]]:
    """What each button of the order sends, and what it says."""
    part = page.partition('id="order"')[2].partition("</details>")[0]
    return re.findall(r'name="(?:move|order)" value="([^"]*)">([^<]+)<', part)


def rows(page: str) -> list[str]:
    part = page.partition('id="order"')[2].partition("</details>")[0]
    return re.findall(r'<p class="strong">(\d{10}) – ', part)


@pytest.mark.req("AGR-5")
def test_plans_are_put_in_order_by_buttons_and_that_is_taken_back(plans: list[world.Agreement]) -> None:
    first, second, third = plans
    carla = visitor("carla")
    page = carla.get(BENEFITS).content.decode()
    assert rows(page) == [each.access_id for each in plans]
    assert buttons(page) == [
        (f"{second.id}-{first.id}", "Later"),
        (f"{second.id}-{first.id}", "Earlier"),
        (f"{third.id}-{second.id}", "Later"),
        (f"{third.id}-{first.id}", "Use first"),
        (f"{third.id}-{second.id}", "Earlier"),
    ]
    assert "because it ends soonest." in page
    moved = carla.post(ORDER, {"move": f"{third.id}-{first.id}"})
    assert (moved.status_code, moved["Location"]) == (302, "/benefits/#order")
    page = carla.get(BENEFITS).content.decode()
    assert rows(page) == [third.access_id, first.access_id, second.access_id]
    assert "The order is changed." in page
    assert "because you have put it before the others." in page
    assert buttons(page)[0] == ("", "Undo")
    assert buttons(page)[-1] == ("", "Back to the usual order")
    again = carla.get(BENEFITS).content.decode()
    assert "The order is changed." not in again
    assert rows(again) == rows(page)
    own = carla.get(f"{BENEFITS}{first.id}/").content.decode()
    assert f'name="move" value="{first.id}-"' in own
    assert 'name="move"' not in carla.get(f"{BENEFITS}{third.id}/").content.decode()
    carla.post(ORDER, {"move": f"{second.id}-"})
    page = carla.get(BENEFITS).content.decode()
    assert rows(page) == [second.access_id, third.access_id, first.access_id]
    assert buttons(page)[0] == (str(third.id), "Undo")
    carla.post(ORDER, {"order": str(third.id)})
    assert rows(carla.get(BENEFITS).content.decode())[0] == third.access_id
    carla.post(ORDER, {"order": ""})
    assert rows(carla.get(BENEFITS).content.decode()) == [each.access_id for each in plans]


def test_what_is_no_order_changes_nothing(plans: list[world.Agreement]) -> None:
    carla, theirs = visitor("carla"), world.agreement(registered=["cem"])
    for move in (f"{theirs.id}-{plans[0].id}", f"{plans[0].id}-{theirs.id}", f"{plans[0].id}-999999999"):
        assert carla.post(ORDER, {"move": move}).status_code == 404
    for sent in ({}, {"move": "x"}, {"move": "1-2-3"}, {"move": "-"}, {"order": "1,,2"}, {"order": "9" * 20}):
        assert carla.post(ORDER, sent).status_code == 400
    carla.post(ORDER, {"order": f"{theirs.id},999999999"})
    assert "Back to the usual order" not in texts(carla.get(BENEFITS))
    assert 'id="order"' not in visitor("cem").get(BENEFITS).content.decode(), "nothing to put in order"


@pytest.mark.req("WIZ-2")
def test_step_2_says_which_plan_is_offered_first_and_why(plans: list[world.Agreement]) -> None:
    guided = Guided()
    guided.begin()
    page = guided.get("support")
    label = "Gold Partner Support 20-pack"
    assert f"{plans[0].access_id} – {label} is offered first, because it ends soonest." in texts(page)
    guided.client.post(ORDER, {"move": f"{plans[2].id}-"})
    page = guided.get("support")
    told = f"{plans[2].access_id} – {label} is offered first, because you have put it before the others."
    assert told in texts(page)
    chosen = re.search(r'name="agreement_id"[^>]*value="(\d+)" checked', page.content.decode())
    assert chosen is not None
    assert int(chosen[1]) == plans[2].id


def test_programs_put_agreements_in_order_too(plans: list[world.Agreement]) -> None:
    first, second, third = plans
    carla = program("carla")
    plans_for = "/eligibility?product=windows-server&version=2022"
    before = carla.get(plans_for).json()
    assert before["first_because"] == "ends-soonest"
    put = carla.ask("PUT", "/agreements/order", {"agreements": [third.id, second.id]})
    assert [(each["id"], each["place"]) for each in put.json()["items"]] == [
        (third.id, 0),
        (second.id, 1),
        (first.id, None),
    ]
    after = carla.get(plans_for).json()
    assert [each["id"] for each in after["plans"]] == [third.id, second.id, first.id]
    assert after["first_because"] == "own-order"
    theirs = world.agreement(registered=["cem"])
    refused = carla.ask("PUT", "/agreements/order", {"agreements": [first.id, theirs.id]})
    assert (refused.status_code, codes(refused)) == (422, ["draw-order.not-yours"])
    assert refused.json()["reasons"][0]["pointer"] == "#/agreements/1"
    assert carla.ask("PUT", "/agreements/order", {"agreements": ["1"]}).status_code == 422
    usual = carla.ask("PUT", "/agreements/order", {"agreements": []}).json()["items"]
    assert [each["id"] for each in usual] == [each.id for each in plans]
    assert (
        program("carla", scopes={"agreements:read"})
        .ask("PUT", "/agreements/order", {"agreements": []})
        .status_code
        == 403
    )
    assert reverse("api:v1:agreement-order") == "/api/v1/agreements/order"
