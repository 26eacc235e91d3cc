"""What a request of a program costs the database: so many statements, however much there is."""

from __future__ import annotations

from typing import Any

import pytest

from tests import world
from tests.doors.programs import Program, new_key, program, request_body

pytestmark = pytest.mark.django_db


@pytest.fixture
def carla() -> Program:
    world.team("support", "ines")
    found = program("carla")
    found.get("/severities")  # the catalogue is in memory from now on, and the use of the token noted
    return found


def sent(statements: list[str], act: Any) -> list[str]:
    """What is sent while `act` runs, but for savepoints, and for looking every two seconds if the catalogue changed."""
    del statements[:]
    response = act()
    assert response.status_code in {200, 201}, response.content
    return [
        each
        for each in statements
        if not each.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))
        and "catalog_catalogrevision" not in each
    ]


def test_letting_a_program_in_takes_two_statements(carla: Program, statements: list[str]) -> None:
    """Who it is, and how often it came."""
    carla.get("/severities")  # the catalogue is in memory from now on, whatever ran before
    assert len(sent(statements, lambda: carla.get("/severities"))) == 2


def test_lists_cost_the_same_however_long_they_are(carla: Program, statements: list[str]) -> None:
    agreement = world.agreement(registered=["carla"], units=50)
    body = request_body(agreement.id)
    number = carla.post("/requests", body, key=new_key()).json()["number"]
    paths = (
        "/requests",
        "/requests?state=open",
        f"/requests/{number}",
        f"/requests/{number}/messages",
        f"/requests/{number}/contacts",
        f"/requests/{number}/files",
        "/agreements",
        f"/agreements/{agreement.id}/statement",
        "/eligibility?product=windows-server&version=2022",
    )
    before = {path: len(sent(statements, lambda path=path: carla.get(path))) for path in paths}
    for _ in range(5):
        other = carla.post("/requests", body, key=new_key()).json()["number"]
        carla.post(f"/requests/{number}/messages", {"text": "Hello"}, key=new_key())
        carla.post(f"/requests/{number}/contacts", {"name": "Ana", "email": f"ana-{other}@x.example"})
        world.agreement(registered=["carla"])
    assert {path: len(sent(statements, lambda path=path: carla.get(path))) for path in paths} == before
    assert max(before.values()) <= 6, before


def test_making_a_request_costs_a_bounded_number_of_statements(carla: Program, statements: list[str]) -> None:
    agreement = world.agreement(registered=["carla"], units=50)
    body = request_body(agreement.id)
    made = sent(statements, lambda: carla.post("/requests", body, key=new_key()))
    assert len(made) <= 22, made
    previewed = sent(statements, lambda: carla.post("/requests/preview", body))
    assert not [each for each in previewed if each.startswith(('INSERT INTO "', "UPDATE", "DELETE"))]
    assert len(previewed) <= 4, previewed
