"""Programs act for customers under the rights of their account, manage those, and set units aside (OBO, A21)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from pactdesk.agreements.models import Agreement
from pactdesk.cases.models import Case
from pactdesk.catalog import queries as catalog
from pactdesk.catalog.models import Channel
from pactdesk.delegation.models import Delegation
from tests import world
from tests.doors.programs import codes, kind, new_key, program, request_body

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _tenants(db: None) -> Iterator[None]:
    """What the tests ask about is supported at a door of tenants, where no plan is asked for."""
    world.catalogue()
    Channel.objects.filter(code="on-premises").update(sign_in="tenant", needs_pair=False)
    catalog.forget()
    yield
    catalog.forget()


def body(**changes: Any) -> dict[str, Any]:
    return request_body(None, **changes)


@pytest.mark.req("OBO-1", "OBO-3")
def test_a_program_makes_a_request_for_a_customer_and_lists_by_customer() -> None:
    world.administrator("nora")
    delegation = world.delegation("nora", "carla", "submit", "read")
    customer = world.organization_of("carla")
    nora = program("nora")
    preview = nora.post("/requests/preview", {**body(), "customer": customer})
    assert preview.json()["allowed"], preview.content
    made = nora.post("/requests", {**body(), "customer": customer}, key=new_key())
    assert made.status_code == 201, made.content
    number = made.json()["number"]
    told = nora.get(f"/requests/{number}").json()
    assert told["customer"] == {"id": customer, "name": "Olive Grove Foods"}
    assert told["delegation"] == delegation
    nora.post("/requests", body(), key=new_key())
    assert [each["number"] for each in nora.get(f"/requests?customer={customer}").json()["items"]] == [number]
    assert len(nora.get("/requests").json()["items"]) == 2
    assert program("carla").get(f"/requests/{number}").status_code == 404


@pytest.mark.req("OBO-3")
def test_a_customer_of_others_is_none() -> None:
    world.person("carla")
    customer = world.organization_of("carla")
    for who in ("olaf", "rafael", "carla"):
        for path in ("/requests", "/requests/preview"):
            answer = program(who).post(path, {**body(), "customer": customer}, key=new_key())
            assert (who, answer.status_code) == (who, 404)
            absent = program(who).post(path, {**body(), "customer": 2**40}, key=new_key())
            assert absent.content == answer.content
    assert not Case.objects.exists()


@pytest.mark.req("OBO-3", "RTE-3")
def test_refusals_are_those_of_the_guided_request() -> None:
    world.relationship("nora", "carla")
    customer = world.organization_of("carla")
    refused = program("nora").post("/requests", {**body(), "customer": customer}, key=new_key())
    assert (kind(refused), codes(refused)) == (
        "refused",
        ["acting.delegation-missing", "acting.role-missing"],
    )
    world.administrator("nora")
    world.delegation("nora", "carla", "submit", "read")
    theirs = {"name": "Carla", "email": world.person("carla").email, "phone": "+302101234567"}
    refused = program("nora").post(
        "/requests",
        {
            **body(),
            "customer": customer,
            "contact": {**theirs, "time_zone": "Europe/Athens", "language": "en"},
        },
        key=new_key(),
    )
    assert codes(refused) == ["contact.of-the-customer"]


def test_what_was_taken_back_is_not_answered_again() -> None:
    world.administrator("nora")
    delegation = world.delegation("nora", "carla", "submit", "read")
    customer, nora = world.organization_of("carla"), program("nora")
    first, said = new_key(), new_key()
    made = nora.post("/requests", {**body(), "customer": customer}, key=first)
    number = made.json()["number"]
    message = nora.post(f"/requests/{number}/messages", {"text": "Any news?"}, key=said)
    assert message.status_code == 201
    assert nora.post("/requests", {**body(), "customer": customer}, key=first).json() == made.json()
    assert program("carla").delete(f"/delegations/{delegation}").status_code == 204
    assert nora.post("/requests", {**body(), "customer": customer}, key=first).status_code == 404
    assert nora.post(f"/requests/{number}/messages", {"text": "Any news?"}, key=said).status_code == 404
    assert nora.get(f"/requests/{number}").status_code == 404
    assert nora.get("/requests").json()["items"] == []


@pytest.mark.req("OBO-3")
def test_rights_are_listed_changed_and_taken_back() -> None:
    world.administrator("nora")
    delegation = world.delegation("nora", "carla", "submit", "read", "spend", units=3)
    (held,) = program("nora").get("/delegations?side=held").json()["items"]
    (given,) = program("carla").get("/delegations?side=given").json()["items"]
    assert held == given == program("carla").get(f"/delegations/{delegation}").json()
    assert (held["purposes"], held["most_units"], held["state"]) == (
        ["submit", "read", "spend"],
        3,
        "in-force",
    )
    assert program("olaf").get("/delegations?side=held").json()["items"] == []
    assert program("olaf").get(f"/delegations/{delegation}").status_code == 404
    ends = timezone.now().replace(microsecond=0).isoformat().replace("+00:00", "Z")
    change = {"purposes": ["read"], "ends_at": ends.replace("2026", "2027"), "customer_sees": False}
    assert program("nora").ask("PUT", f"/delegations/{delegation}", change).status_code == 404
    changed = program("carla").ask("PUT", f"/delegations/{delegation}", change)
    assert changed.status_code == 200, changed.content
    assert (changed.json()["purposes"], changed.json()["most_units"]) == (["read"], 0)
    refused = program("carla").ask("PUT", f"/delegations/{delegation}", {**change, "ends_at": ends})
    assert (kind(refused), codes(refused)) == ("refused", ["delegation.ends-in-the-past"])
    assert program("olaf").delete(f"/delegations/{delegation}").status_code == 404
    for _again in range(2):
        assert program("nora").delete(f"/delegations/{delegation}").status_code == 204
    assert program("carla").get(f"/delegations/{delegation}").json()["state"] == "revoked"
    gone = program("carla").ask("PUT", f"/delegations/{delegation}", change)
    assert (kind(gone), codes(gone)) == ("conflict", ["delegation.gone"])


def test_the_link_by_which_rights_are_asked_for_is_told_once() -> None:
    world.administrator("nora")
    nora, key = program("nora"), new_key()
    wish = {"purposes": ["submit", "read"], "days": 30}
    asked = nora.post("/delegations/requests", wish, key=key)
    assert asked.status_code == 201, asked.content
    link = asked.json()["link"]
    assert link.startswith("http")
    again = nora.post("/delegations/requests", wish, key=key)
    assert again.json() == {**asked.json(), "link": None}
    assert nora.delete(f"/delegations/requests/{asked.json()['id']}").status_code == 204
    assert program("carla").post("/delegations/requests", wish, key=new_key()).status_code == 404


def test_units_are_set_aside_by_programs_once() -> None:
    nora = world.administrator("nora")
    world.relationship("nora", "carla")
    agreement = world.agreement(owner="nora", registered=["nora"]).id
    asking, key = program("nora"), new_key()
    wish = {"organization": world.organization_of("carla"), "units": 4, "most_units": 5}
    for _again in range(2):
        made = asking.post(f"/agreements/{agreement}/set-asides", wish, key=key)
        assert made.status_code == 201, made.content
    held = made.json()["id"]
    assert Agreement.objects.get(pk=agreement).units_left == 16
    assert asking.get(f"/agreements/{agreement}/set-asides").json() == {
        "units_left": 16,
        "items": [made.json()],
    }
    refused = asking.post(f"/agreements/{agreement}/set-asides", wish, key=new_key())
    assert (kind(refused), codes(refused)) == ("refused", ["set-aside.above-limit"])
    limited = asking.ask("PUT", f"/agreements/set-asides/{held}", {"most_units": None})
    assert limited.json()["most_units"] is None
    back = asking.post(f"/agreements/set-asides/{held}/recall", {"units": 3}, key=new_key())
    assert (back.status_code, back.json()["units_left"]) == (201, 1)
    theirs = next(each for each in program("carla").get("/agreements").json()["items"] if each["id"] == held)
    assert (theirs["set_aside_by"], theirs["access_id"], theirs["units_left"]) == (
        nora.organization_name,
        "",
        1,
    )
    for path in (f"/agreements/{agreement}/set-asides", f"/agreements/set-asides/{held}/recall"):
        about = wish if path.endswith("asides") else {"units": 1}
        assert program("carla").post(path, about, key=new_key()).status_code == 404
    assert not Delegation.objects.exists()


@pytest.mark.req("OBO-1")
def test_customers_are_listed_and_searched() -> None:
    world.administrator("nora")
    world.delegation("nora", "carla", "submit", "read", tier="provider")
    world.relationship("nora", "cem")
    nora = program("nora")
    assert [each["name"] for each in nora.get("/customers").json()["items"]] == [
        "Baltic Sails",
        "Olive Grove Foods",
    ]
    (found,) = nora.get("/customers?words=olive&rights=in-force").json()["items"]
    assert (found["tier"], found["purposes"]) == ("provider", ["submit", "read"])
    world.subscription("carla")
    one = nora.get(f"/customers/{found['id']}").json()
    assert {**found, "domains": [], "subscriptions": one["subscriptions"]} == one
    assert one["subscriptions"] == [{"number": "sub-1001", "name": "Subscription sub-1001", "role": None}]
    assert program("olaf").get("/customers").json()["items"] == []
    assert program("olaf").get(f"/customers/{found['id']}").status_code == 404
