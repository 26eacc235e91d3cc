"""Programs have addresses told of what happens, see what these were told, and have it sent again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from pactdesk.accounts.rules.tokens import SCOPES
from pactdesk.api.models import IdempotencyKey
from pactdesk.kernel.sealing import unseal
from pactdesk.notifications.models import WebhookDelivery, WebhookEndpoint
from pactdesk.notifications.rules.endpoints import MOST_ENDPOINTS, MOST_TESTS_AN_HOUR
from pactdesk.notifications.services import endpoints
from pactdesk.notifications.services.delivering import SECRET
from tests import world
from tests.doors.programs import Program, codes, kind, new_key, program

pytestmark = pytest.mark.django_db

HOOK = {
    "url": "https://hooks.example.com/in",
    "description": "CI",
    "events": ["request.opened", "request.closed"],
}


@pytest.fixture
def carla() -> Program:
    return program("carla")


def add(asking: Program, **changes: Any) -> dict[str, Any]:
    response = asking.post("/webhooks", {**HOOK, **changes}, key=new_key())
    assert response.status_code == 201, response.content
    made: dict[str, Any] = response.json()
    return made


def queued(asking: Program, hook: int) -> dict[str, Any]:
    response = asking.post(f"/webhooks/{hook}/test", key=new_key())
    assert response.status_code == 201, response.content
    made: dict[str, Any] = response.json()
    return made


def test_an_address_is_told_from_now_on_and_its_secret_is_shown_once(carla: Program) -> None:
    key = new_key()
    first = carla.post("/webhooks", HOOK, key=key)
    assert first.status_code == 201, first.content
    told = first.json()
    row = WebhookEndpoint.objects.get()
    assert first["Location"] == f"/api/v1/webhooks/{row.pk}"
    assert first["Cache-Control"] == "no-store"
    assert told["secret"] == unseal(SECRET, row.secret_sealed)
    assert (told["active"], told["off_because"], told["waiting"]) == (True, None, 0)
    assert (told["url"], told["description"], told["events"]) == (
        HOOK["url"],
        "CI",
        ["request.closed", "request.opened"],
    )
    # The same again makes no second one; the secret is not said again, since it stands nowhere in the clear.
    again = carla.post("/webhooks", HOOK, key=key)
    assert again["Idempotency-Replayed"] == "true"
    assert again.json() == {**told, "secret": None}
    assert WebhookEndpoint.objects.count() == 1
    assert b"whsec_" not in bytes(IdempotencyKey.objects.get().body)
    del told["secret"]
    assert carla.get(f"/webhooks/{row.pk}").json() == told
    assert carla.get("/webhooks").json() == {"items": [told]}


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"url": "http://hooks.example.com/"}, "url.not-https", "#/url"),
        ({"url": "https://127.0.0.1/"}, "url.host-is-address", "#/url"),
        ({"events": ["request.nothing"]}, "webhook.unknown-event", "#/events"),
        ({"description": "a\u202eb"}, "webhook.description-hidden-characters", "#/description"),
    ],
)
def test_what_cannot_be_called_is_refused_with_its_place(
    carla: Program, changes: dict[str, Any], code: str, pointer: str
) -> None:
    hook = add(carla)["id"]
    for refused in (
        carla.post("/webhooks", {**HOOK, **changes}, key=new_key()),
        carla.ask("PATCH", f"/webhooks/{hook}", changes),
    ):
        assert refused.status_code == 422
        [reason] = refused.json()["reasons"]
        assert (reason["code"], reason["pointer"]) == (code, pointer)
    assert WebhookEndpoint.objects.get().url == HOOK["url"]


def test_what_is_not_written_as_it_should_be_is_refused(carla: Program) -> None:
    for body in ({}, {**HOOK, "events": []}, {**HOOK, "secret": "whsec_x"}, {**HOOK, "url": "x" * 1001}):
        assert kind(carla.post("/webhooks", body, key=new_key())) == "invalid"
    assert kind(carla.post("/webhooks", HOOK)) == "key-missing"
    hook = add(carla)["id"]
    for changes in ({"id": 7}, {"is_active": False}, {"active": "no"}, {"events": []}):
        assert kind(carla.ask("PATCH", f"/webhooks/{hook}", changes)) == "invalid"


def test_an_account_has_ten_and_no_more(carla: Program) -> None:
    for _each in range(MOST_ENDPOINTS):
        add(carla)
    refused = carla.post("/webhooks", HOOK, key=new_key())
    assert (refused.status_code, codes(refused)) == (409, ["webhook.too-many-endpoints"])


def test_what_is_sent_changes_and_the_rest_stays(carla: Program) -> None:
    hook = add(carla)["id"]
    path = f"/webhooks/{hook}"
    changed = carla.ask("PATCH", path, {"description": "Build"})
    assert changed.status_code == 200, changed.content
    assert (changed.json()["description"], changed.json()["url"]) == ("Build", HOOK["url"])
    assert carla.ask("PATCH", path, {"events": ["request.message"]}).json()["events"] == ["request.message"]
    off = carla.ask("PATCH", path, {"active": False}).json()
    assert (off["active"], off["off_because"]) == (False, "owner")
    refused = carla.post(f"{path}/test", key=new_key())
    assert (refused.status_code, codes(refused)) == (409, ["webhook.endpoint-off"])
    on = carla.ask("PATCH", path, {"active": True, "url": "https://hooks.example.com/two"}).json()
    assert (on["active"], on["off_because"], on["url"]) == (True, None, "https://hooks.example.com/two")

    endpoints.switch_off_as_operator(hook, actor_id=world.person("marta").pk, at=timezone.now())
    # All or nothing: what could be changed is not, where the rest cannot.
    refused = carla.ask("PATCH", path, {"active": True, "description": "Mine"})
    assert (refused.status_code, codes(refused)) == (409, ["webhook.switched-off-by-operator"])
    assert carla.get(path).json()["description"] == "Build"


def test_a_secret_is_replaced_and_both_sign_for_a_day(carla: Program) -> None:
    made = add(carla)
    new = carla.post(f"/webhooks/{made['id']}/secret")
    assert new.status_code == 200, new.content
    row = WebhookEndpoint.objects.get()
    assert new.json()["secret"] == unseal(SECRET, row.secret_sealed) != made["secret"]
    assert row.previous_secret_sealed is not None
    assert unseal(SECRET, row.previous_secret_sealed) == made["secret"]
    assert carla.get(f"/webhooks/{made['id']}").json()["previous_secret_until"] is not None
    assert "whsec_" not in carla.get(f"/webhooks/{made['id']}").content.decode()


def test_a_webhook_goes_with_all_that_it_was_told(carla: Program) -> None:
    hook = add(carla)["id"]
    queued(carla, hook)
    assert carla.delete(f"/webhooks/{hook}").status_code == 204
    assert carla.delete(f"/webhooks/{hook}").status_code == 404
    assert not WebhookDelivery.objects.exists()


def test_a_test_is_sent_once_for_each_key_and_not_without_end(carla: Program) -> None:
    hook, key = add(carla)["id"], new_key()
    first = carla.post(f"/webhooks/{hook}/test", key=key)
    assert first["Location"] == f"/api/v1/webhooks/{hook}/deliveries/{first.json()['id']}"
    assert (first.json()["type"], first.json()["state"], first.json()["request"]) == (
        "endpoint.test",
        "queued",
        None,
    )
    assert '"test":true' in first.json()["sent"]
    assert carla.post(f"/webhooks/{hook}/test", key=key).json() == first.json()
    assert carla.get(first["Location"].removeprefix("/api/v1")).json() == first.json()
    for _each in range(MOST_TESTS_AN_HOUR - 1):
        queued(carla, hook)
    refused = carla.post(f"/webhooks/{hook}/test", key=new_key())
    assert (refused.status_code, codes(refused)) == (409, ["webhook.too-many-tests"])


def test_deliveries_are_listed_newest_first_page_by_page(carla: Program) -> None:
    hook, other = add(carla)["id"], add(carla)["id"]
    ids = [queued(carla, hook)["id"] for _each in range(5)]
    path, found, cursor = f"/webhooks/{hook}/deliveries", [], ""
    while cursor is not None:
        page = carla.get(f"{path}?limit=2&cursor={cursor}").json()
        found += [line["id"] for line in page["items"]]
        cursor = page["next"]
    assert found == ids[::-1]
    assert carla.get(f"/webhooks/{other}/deliveries").json() == {"items": [], "next": None}
    foreign = carla.get(f"{path}?limit=2").json()["next"]
    assert codes(carla.get(f"/webhooks/{other}/deliveries?cursor={foreign}")) == ["input.cursor-unknown"]


def test_what_was_told_is_sent_again_under_the_same_id(carla: Program) -> None:
    hook = add(carla)["id"]
    delivery = queued(carla, hook)
    row = WebhookDelivery.objects.filter(pk=delivery["id"])
    row.update(state="parked", attempts=9, last_error="call.timed-out", last_status=None)
    path = f"/webhooks/{hook}/deliveries/{delivery['id']}"
    parked = carla.get(path).json()
    assert (parked["state"], parked["error"]["code"]) == ("parked", "call.timed-out")
    again = carla.post(f"{path}/replay")
    assert again.status_code == 200, again.content
    assert (again.json()["state"], again.json()["event_id"]) == ("queued", delivery["event_id"])
    row.update(state="delivered")
    since = (timezone.now() - timedelta(hours=1)).isoformat()
    assert carla.post(f"/webhooks/{hook}/replay", {"since": since}).json() == {"count": 1}
    # What was withheld stays so, and does not say what it was about.
    row.update(state="withheld", case_id=None)
    refused = carla.post(f"{path}/replay")
    assert (refused.status_code, codes(refused)) == (409, ["webhook.nothing-to-replay"])
    withheld = carla.get(path).json()
    assert (withheld["request"], withheld["sent"]) == (None, "")
    for never in ("yesterday", 7, None, "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"):
        assert kind(carla.post(f"/webhooks/{hook}/replay", {"since": never})) == "invalid"


OPERATIONS = (
    ("GET", ""),
    ("PATCH", ""),
    ("DELETE", ""),
    ("POST", "/secret"),
    ("POST", "/test"),
    ("POST", "/replay"),
    ("GET", "/deliveries"),
    ("GET", "/deliveries/{delivery}"),
    ("POST", "/deliveries/{delivery}/replay"),
)


@pytest.mark.parametrize(("method", "below"), OPERATIONS)
@pytest.mark.parametrize("who", ["cem", "ines", "marta", "olaf"])
def test_what_is_somebody_elses_looks_like_nothing(carla: Program, who: str, method: str, below: str) -> None:
    hook = add(carla)["id"]
    delivery = queued(carla, hook)["id"]
    bodies: dict[str, Any] = {"PATCH": {"active": False}, "/replay": {"since": "2020-01-01T00:00:00Z"}}
    body = bodies.get(method) or bodies.get(below)
    before = [*WebhookEndpoint.objects.values(), *WebhookDelivery.objects.values()]
    asking = program(who)
    theirs, nobodys = (
        asking.ask(method, f"/webhooks/{number}{below}".format(delivery=delivery), body, key=new_key())
        for number in (hook, 2**40)
    )
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.content == nobodys.content
    assert asking.get("/webhooks").json() == {"items": []}
    assert [*WebhookEndpoint.objects.values(), *WebhookDelivery.objects.values()] == before
    # Nor is a delivery found below another webhook of one's own.
    own = add(asking)["id"]
    if "{delivery}" in below:
        address = f"/webhooks/{own}{below}".format(delivery=delivery)
        assert asking.ask(method, address, body).status_code == 404


@pytest.mark.parametrize(("method", "below"), [*OPERATIONS, ("POST", None)])
def test_another_scope_does_not_do(method: str, below: str | None) -> None:
    asking = program("carla", scopes=[each for each in SCOPES if each != "webhooks:manage"])
    path = "/webhooks" if below is None else f"/webhooks/1{below}".format(delivery=1)
    assert kind(asking.ask(method, path, HOOK if below is None else None, key=new_key())) == "scope"
