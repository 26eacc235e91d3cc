"""A18: members that nobody offered. Every body gets the names of all fields of our tables, and what attackers try."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps

from tests import world
from tests.attacks.test_a09_foreign_ids_in_bodies import TABLES, fingerprint
from tests.doors.programs import codes, kind, new_key, program, request_body

pytestmark = pytest.mark.django_db

ATTEMPTS = (
    "id", "pk", "owner", "role", "balance", "price", "region", "tenant", "is_staff", "is_superuser", "is_admin",
    "account", "account_id", "viewer", "actor", "scopes", "__proto__", "constructor", "_id", "submitter_id",
    "draft_key", "units", "units_left", "charged_units", "status", "state", "at", "opened_at", "terms", "explanation",
    "team_id",
)  # fmt: skip


def field_names() -> set[str]:
    """The names of all columns of all our tables."""
    ours = [model for model in apps.get_models() if model.__module__.startswith("pactdesk.")]
    return {field.attname for model in ours for field in model._meta.concrete_fields}


@pytest.fixture
def house() -> dict[str, Any]:
    world.team("support", "ines")
    plan = world.agreement(registered=["carla"])
    number = program("carla").post("/requests", request_body(plan.id), key=new_key()).json()["number"]
    hook = {"url": "https://hooks.example.com/", "description": "CI", "events": ["request.opened"]}
    webhook = program("carla").post("/webhooks", hook, key=new_key()).json()["id"]
    delegation = world.delegation("nora", "carla", "read")
    holder = world.relationship("carla", "cem").customer_id
    owned = world.agreement(owner="carla").id
    about = {"organization": holder, "units": 1}
    price = {"amount_minor": 45_900, "currency": "EUR"}
    order = {"offer": "single-incident", "card": 1, "price": price, "terms_accepted": True}
    held = program("carla").post(f"/agreements/{owned}/set-asides", about, key=new_key()).json()["id"]
    return {
        "number": number,
        "webhook": f"/webhooks/{webhook}",
        "patterns": {
            f"/agreements/{owned}/set-asides": "/agreements/{agreement_id}/set-asides",
            f"/agreements/set-asides/{held}": "/agreements/set-asides/{set_aside_id}",
            f"/agreements/set-asides/{held}/recall": "/agreements/set-asides/{set_aside_id}/recall",
            f"/delegations/{delegation}": "/delegations/{delegation_id}",
        },
        "bodies": {
            "/agreements": {"access_id": "1", "contract_id": "2"},
            "/agreements/order": {"agreements": [owned]},
            "/requests": request_body(plan.id),
            "/requests/preview": request_body(plan.id),
            f"/requests/{number}/messages": {"text": "Hello"},
            f"/requests/{number}/contacts": {"name": "Ana", "email": "ana@x.example"},
            f"/requests/{number}/close": {"reason": "Solved"},
            f"/requests/{number}/reopen": {"reason": "Again"},
            f"/requests/{number}/severity": {
                "severity": "C",
                "reason": "Small",
                "night_contact": {"name": "Ana", "phone": "+30 21 0123 4567"},
            },
            f"/requests/{number}/severity/preview": {"severity": "C"},
            f"/requests/{number}/escalations": {"reason": "Nobody answers"},
            f"/requests/{number}/files": {"name": "a.txt", "size": 3},
            "/webhooks": dict(hook),
            f"/webhooks/{webhook}": dict(hook),
            f"/webhooks/{webhook}/replay": {"since": "2026-11-20T13:02:00Z"},
            f"/agreements/{owned}/set-asides": about,
            f"/agreements/set-asides/{held}": {"most_units": 9},
            f"/agreements/set-asides/{held}/recall": {"units": 1},
            f"/delegations/{delegation}": {"purposes": ["read"], "ends_at": "2027-06-01T00:00:00Z"},
            "/purchases": dict(order),
            "/purchases/preview": dict(order),
            "/delegations/requests": {"purposes": ["read"], "days": 9},
        },
    }


def test_every_writable_operation_is_tried(house: dict[str, Any]) -> None:
    from pactdesk.api.reference import openapi

    tried = {
        house["patterns"].get(path)
        or path.replace(house["number"], "{number}").replace(house["webhook"], "/webhooks/{webhook_id}")
        for path in house["bodies"]
    }
    writable = {
        path.removeprefix("/api/v1")
        for path, methods in openapi()["paths"].items()
        for about in methods.values()
        if "application/json" in about.get("requestBody", {}).get("content", {})
    }
    assert tried == writable


def test_a_name_that_is_not_offered_is_refused_wherever_it_stands(house: dict[str, Any]) -> None:
    carla = program("carla")
    before = fingerprint(*TABLES)
    for path, body in house["bodies"].items():
        places = [body, *(member for member in body.values() if isinstance(member, dict))]
        for place in places:
            names = sorted((field_names() | set(ATTEMPTS)) - set(offered(path, place, body)))
            place.update(dict.fromkeys(names, 1))
            refused = carla.ask(method(house, path), path, body, key=new_key())
            assert kind(refused) == "invalid", (path, refused.content)
            unknown = [
                reason["pointer"] for reason in refused.json()["reasons"] if reason["code"] == "input.unknown"
            ]
            assert len(unknown) == len(names), path
            for name in names:
                del place[name]
    assert fingerprint(*TABLES) == before


def method(house: dict[str, Any], path: str) -> str:
    if path == house["webhook"]:
        return "PATCH"
    if path == "/agreements/order":
        return "PUT"
    return (
        "PUT" if house["patterns"].get(path, "").endswith(("{set_aside_id}", "{delegation_id}")) else "POST"
    )


def offered(path: str, place: dict[str, Any], body: dict[str, Any]) -> set[str]:
    """What a program may say at this place, also what it did not."""
    optional = {
        "contact", "share", "test", "hours", "night_contact", "country", "time_zone", "agreement", "usage", "phone",
        "mark", "active", "call_back", "answers", "best_effort", "subscription", "customer",
        "most_units", "customer_sees", "note", "tier", "provider_number",
    }  # fmt: skip
    return set(place) | optional


@pytest.mark.parametrize("name", ATTEMPTS)
def test_nothing_comes_in_by_the_address_either(house: dict[str, Any], name: str) -> None:
    carla = program("carla")
    before = fingerprint(*TABLES)
    plain = carla.get("/requests").content
    assert carla.get(f"/requests?{name}=1").content == plain or name in {"status", "state"}
    assert fingerprint(*TABLES) == before


def test_a_member_of_another_type_is_not_bent_into_shape(house: dict[str, Any]) -> None:
    carla = program("carla")
    for path, body in house["bodies"].items():
        for name, value in list(body.items()):
            for wrong in (None, 1, "1", True, [], {}, [value], {"x": value}):
                # What is of the right type, or may be left out; in a change, anything may.
                may_be_none = name in {"night_contact", "most_units"} or path == house["webhook"]
                if type(wrong) is type(value) or (wrong is None and may_be_none):
                    continue
                answer = carla.ask(method(house, path), path, {**body, name: wrong}, key=new_key())
                assert answer.status_code == 422, (path, name, wrong, answer.content)
                assert codes(answer)
