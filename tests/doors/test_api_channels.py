"""Requests of every channel by the API: versions that nobody has to name, questions, and sign-ins that do not fit."""

from __future__ import annotations

from typing import Any

import pytest

from pactdesk.cases.models import Case
from tests import world
from tests.doors.programs import Program, new_key, program, request_body

pytestmark = [pytest.mark.django_db, pytest.mark.req("IDN-2", "IDN-3", "WIZ-1")]

MAIL: dict[str, Any] = {
    "problem__product": "exchange-online",
    "problem__version": None,
    "problem__usage": None,
    "problem__category": "online-mail",
    "problem__problem": "not-delivered",
    "problem__answers": {"service-down": "no", "users-affected": "all"},
}


@pytest.fixture
def carla() -> Program:
    world.catalogue()
    world.team("support", "ines")
    return program("carla")


def test_a_request_answers_what_its_channel_asks_and_needs_no_plan(carla: Program) -> None:
    body = request_body(None, **MAIL)
    previewed = carla.post("/requests/preview", body).json()
    assert previewed["allowed"], previewed
    made = carla.post("/requests", body, key=new_key())
    assert made.status_code == 201, made.content
    found = carla.get(f"/requests/{made.json()['number']}").json()
    assert found["answers"] == {"service-down": "no", "users-affected": "all"}
    assert found["version"]["code"] == "current"
    assert found["agreement"] is None
    assert Case.objects.get().answers == found["answers"]


def test_what_is_wrong_with_an_answer_is_told_at_its_place(carla: Program) -> None:
    body = request_body(None, **MAIL | {"problem__answers": {"service-down": "perhaps", "environment": "x"}})
    for told in (
        carla.post("/requests/preview", body).json(),
        carla.post("/requests", body, key=new_key()).json(),
    ):
        assert {(reason["code"], reason["pointer"]) for reason in told["reasons"]} == {
            ("intake.answer-unknown", "#/problem/answers/service-down"),
            ("intake.answer-missing", "#/problem/answers/users-affected"),
        }
        assert all(reason["params"]["question"] for reason in told["reasons"])
    assert not Case.objects.exists()


def test_the_catalogue_tells_what_is_asked(carla: Program) -> None:
    found = carla.get("/products/exchange-online").json()
    down, users = found["questions"]
    assert (down["code"], down["kind"], down["required"], down["when"]) == (
        "service-down",
        "yes-no",
        True,
        ["break-fix"],
    )
    assert [choice["code"] for choice in users["choices"]] == ["one", "some", "many", "all"]
    mail = next(each for each in found["categories"] if each["code"] == "online-mail")
    assert mail["problems"][0]["feature"]["code"] == "delivery"


@pytest.mark.parametrize(
    ("who", "product", "problem", "code"),
    [
        ("olaf", "exchange-online", ("online-mail", "delayed"), "channel.needs-work-account"),
        ("carla", "partner-membership", ("benefits", "membership"), "channel.needs-partner"),
    ],
)
def test_a_sign_in_that_does_not_fit_is_refused(
    who: str, product: str, problem: tuple[str, str], code: str
) -> None:
    world.catalogue()
    category, name = problem
    changes = MAIL | {
        "problem__product": product,
        "problem__category": category,
        "problem__problem": name,
    }
    asked = program(who).post("/requests", request_body(None, **changes), key=new_key())
    assert asked.status_code == 422
    assert (code, "#/problem") in {(each["code"], each["pointer"]) for each in asked.json()["reasons"]}
    query = f"/eligibility?product={product}"
    assert code in [each["code"] for each in program(who).get(query).json()["reasons"]]


@pytest.mark.req("ELI-7", "ELI-9")
def test_a_cloud_product_is_asked_about_without_its_version(carla: Program) -> None:
    cloud = world.agreement("signature-cloud-support", registered=["carla"])
    local = world.agreement("gold-partner-support-20", registered=["carla"])
    told = carla.get("/eligibility?product=business-central").json()
    assert told["needs_plan"]
    reasons = {plan["id"]: [reason["code"] for reason in plan["reasons"]] for plan in told["plans"]}
    assert reasons[cloud.id] == []
    assert reasons[local.id] != []
