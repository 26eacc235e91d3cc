"""Programs make requests, follow them, talk, and close them, as far as their account is a contact of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from pactdesk.agreements.models import Agreement, LedgerEntry
from pactdesk.cases.access import desk_cases
from pactdesk.cases.models import Case, Contact, Draft, Message
from pactdesk.cases.services import conversation
from pactdesk.cases.services.contacts import claim_places
from pactdesk.catalog import queries as catalog
from pactdesk.journal.models import FactRow
from pactdesk.journal.tasks import fan_out
from pactdesk.kernel.ids import new_key as random_key
from pactdesk.notifications.models import OutgoingMail
from pactdesk.notifications.tasks import write_letters
from tests import world
from tests.doors.programs import Program, codes, kind, new_key, program, request_body

pytestmark = pytest.mark.django_db

ANA = {
    "name": "Ana",
    "email": "ana@x.example",
    "phone": "+30 21 0123 4567",
    "time_zone": "UTC",
    "language": "en",
}


@pytest.fixture
def plan() -> world.Agreement:
    world.team("support", "ines")
    return world.agreement(units=5, registered=["carla"])


@pytest.fixture
def carla(plan: world.Agreement) -> Program:
    return program("carla")


def left(plan: world.Agreement) -> int:
    return Agreement.objects.get(pk=plan.id).units_left


def create(asking: Program, plan: world.Agreement, **changes: Any) -> Any:
    response = asking.post("/requests", request_body(plan.id, **changes), key=new_key())
    assert response.status_code == 201, response.content
    return response.json()


@pytest.mark.req("WIZ-6", "AGR-6")
def test_a_request_is_made_and_paid_and_its_contacts_see_it(carla: Program, plan: world.Agreement) -> None:
    response = carla.post("/requests", request_body(plan.id), key=new_key())
    assert response.status_code == 201, response.content
    told = response.json()
    case = Case.objects.get()
    assert told["number"] == f"PD-{case.pk}"
    assert response["Location"] == f"/api/v1/requests/PD-{case.pk}"
    assert (told["status"], told["severity"], told["you_see_it"], told["test"]) == ("new", "B", True, False)
    assert left(plan) == 4

    found = carla.get(f"/requests/{told['number']}").json()
    assert found["agreement"] == {
        "id": plan.id,
        "access_id": plan.access_id,
        "programme": {"code": "gold-partner-support-20", "name": "Gold Partner Support 20-pack"},
        "units": 1,
    }
    assert found["product"]["code"] == "windows-server"
    assert found["description"].startswith("Since Tuesday")
    (contact,) = found["contacts"]
    viewer = world.viewer("carla")
    assert (contact["name"], contact["email"], contact["phone"]) == (viewer.name, viewer.email, viewer.phone)
    assert found["page"].endswith(f"/requests/{told['number']}/")
    # The number alone will do, and however it is written.
    for written in (str(case.pk), f"pd-{case.pk}"):
        assert carla.get(f"/requests/{written}").json() == found


def test_what_changed_since_an_instant_is_asked_with_whatever_offset(
    carla: Program, plan: world.Agreement
) -> None:
    create(carla, plan)
    for since, status in (
        ("2020-01-01T00:00:00-23:59", 200),
        ("2020-01-01T00:00:00%2B23:59", 200),
        ("0001-01-01T00:00:00%2B01:00", 422),
        ("9999-12-31T23:59:59-01:00", 422),
    ):
        found = carla.get(f"/requests?changed_since={since}")
        assert found.status_code == status, since
        assert status == 422 or len(found.json()["items"]) == 1


@pytest.mark.req("WIZ-4", "REQ-1")
def test_whoever_submits_for_others_is_told_the_number_and_no_more(
    carla: Program, plan: world.Agreement
) -> None:
    cem = world.viewer("cem")
    contact = {
        "name": cem.name,
        "email": cem.email.upper(),
        "phone": cem.phone,
        "time_zone": cem.time_zone,
        "language": "pl",
    }
    told = create(carla, plan, contact=contact)
    assert not told["you_see_it"]
    assert carla.get(f"/requests/{told['number']}").status_code == 404
    assert carla.get("/requests").json()["items"] == []
    assert program("cem").get(f"/requests/{told['number']}").json()["role"] == "primary"


def test_a_preview_tells_what_would_happen_and_writes_nothing(carla: Program, plan: world.Agreement) -> None:
    response = carla.post("/requests/preview", request_body(plan.id))
    assert response.status_code == 200, response.content
    told = response.json()
    assert (told["allowed"], told["reasons"], told["needs_plan"]) == (True, [], True)
    assert (told["units"], told["units_left"], told["you_will_see_it"]) == (1, 4, True)
    assert told["promise"]["hours"] == "business"
    assert [offer["severity"] for offer in told["severities"]] == ["A", "B", "C"]
    assert not Draft.objects.exists()
    assert not Case.objects.exists()
    made = create(carla, plan)
    assert made["first_response_due_at"][:16] == told["promise"]["first_response_due_at"][:16]


@pytest.mark.req("ELI-10", "WIZ-2")
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"problem__product": "nothing"}, {("intake.product-unknown", "#/problem/product")}),
        ({"problem__version": "1.0"}, {("intake.version-unknown", "#/problem/version")}),
        ({"problem__category": "nothing"}, {("intake.category-unknown", "#/problem/category")}),
        ({"problem__problem": "nothing"}, {("intake.problem-unknown", "#/problem/problem")}),
        ({"problem__usage": None}, {("intake.usage-missing", "#/problem/usage")}),
        ({"problem__summary": " \u200b "}, {("intake.summary-missing", "#/problem/summary")}),
        ({"problem__summary": "a\u202eb"}, {("typed.hidden-characters", "#/problem/summary")}),
        ({"problem__description": "\x00"}, {("typed.hidden-characters", "#/problem/description")}),
        ({"support__agreement": None}, {("intake.plan-missing", "#/support")}),
        ({"support__agreement": 999_999}, {("agreement.gone", "#/support")}),
        ({"support__agreement": 2**63 - 1}, {("agreement.gone", "#/support")}),
        ({"support__severity": ""}, {("intake.severity-missing", "#/support")}),
        ({"support__severity": "Z"}, {("severity.not-in-plan", "#/support")}),
        ({"support__severity": "A"}, {("intake.hours-missing", "#/support/hours")}),
        (
            {"support__severity": "A", "support__hours": "24x7"},
            {("intake.night-contact-missing", "#/support")},
        ),
        ({"support__hours": "24x7"}, {("intake.only-critical-around-the-clock", "#/support")}),
        (
            {
                "support__severity": "A",
                "support__hours": "24x7",
                "support__night_contact": {"name": "Night desk", "phone": "12"},
            },
            {
                ("contact.phone-invalid", "#/support/night_contact/phone"),
                ("intake.night-contact-missing", "#/support"),
            },
        ),
        ({"support__country": "ZZ"}, {("intake.country-unknown", "#/support/country")}),
        ({"support__time_zone": "Mars/Olympus"}, {("contact.time-zone-unknown", "#/support/time_zone")}),
        ({"terms_accepted": False}, {("intake.terms-not-accepted", "#/terms_accepted")}),
        (
            {"share": [{"name": "Ana", "email": "nobody"}]},
            {("contact.email-invalid", "#/share/0/email")},
        ),
        (
            {"share": [{"name": "Ana", "email": "ana@x.example"}, {"name": "Ana", "email": "ANA@x.example"}]},
            {("contact.named-twice", "#/share/1/email")},
        ),
        (
            {"share": [{"name": "", "email": "ana@x.example", "phone": "x"}]},
            {("contact.name-missing", "#/share/0/name"), ("contact.phone-invalid", "#/share/0/phone")},
        ),
        (
            {
                "contact": {
                    "name": "Ana",
                    "email": "ana@x.example",
                    "phone": "",
                    "time_zone": "Nowhere",
                    "language": "en",
                }
            },
            {
                ("contact.phone-missing", "#/contact/phone"),
                ("contact.time-zone-unknown", "#/contact/time_zone"),
            },
        ),
    ],
)
def test_every_reason_is_told_with_its_place_by_preview_and_by_making(
    carla: Program, plan: world.Agreement, changes: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    body = request_body(plan.id, **changes)
    previewed = carla.post("/requests/preview", body)
    assert previewed.status_code == 200, previewed.content
    assert not previewed.json()["allowed"]
    made = carla.post("/requests", body, key=new_key())
    assert made.status_code == 422, made.content
    for told in (previewed.json(), made.json()):
        assert {(reason["code"], reason["pointer"]) for reason in told["reasons"]} == expected
        assert all(reason["sentence"] for reason in told["reasons"])
    assert not Case.objects.exists()
    assert not Draft.objects.exists()
    assert left(plan) == 5


@pytest.mark.req("IDN-2", "WIZ-1")
def test_a_product_of_a_channel_that_is_not_open_is_refused_with_its_front_door(
    carla: Program, plan: world.Agreement, closed_channel: str
) -> None:
    elsewhere = next(product for product in catalog.current().products.values() if not product.channel.open)
    body = request_body(plan.id, problem__product=elsewhere.code)
    (reason, *_others) = carla.post("/requests/preview", body).json()["reasons"]
    assert (reason["code"], reason["pointer"]) == ("channel.other-front-door", "#/problem")
    assert reason["params"]["url"] == elsewhere.channel.front_door_url
    assert isinstance(reason["params"]["channel"], str)


@pytest.mark.req("ELI-1", "AGR-4")
def test_a_plan_of_others_is_no_plan(carla: Program) -> None:
    theirs = world.agreement(registered=["cem"])
    body = request_body(theirs.id)
    assert codes(carla.post("/requests", body, key=new_key())) == ["agreement.gone"]
    assert left(theirs) == 20


@pytest.mark.req("SEV-4", "WIZ-2")
def test_a_request_around_the_clock_keeps_whom_to_call(carla: Program, plan: world.Agreement) -> None:
    night = {"name": "Night desk", "phone": "+30 21 0123 9999"}
    told = create(carla, plan, support__severity="A", support__hours="24x7", support__night_contact=night)
    assert told["hours"] == "24x7"
    assert carla.get(f"/requests/{told['number']}").json()["night_contact"] == night


def test_lists_are_narrowed_down_and_read_to_their_end(carla: Program, plan: world.Agreement) -> None:
    numbers = [create(carla, plan, support__severity=severity)["number"] for severity in ("B", "C", "B")]
    carla.post(f"/requests/{numbers[0]}/close", {"reason": "Solved"})
    create(program("cem"), world.agreement(registered=["cem"]))

    def asked(query: str = "") -> list[str]:
        response = carla.get(f"/requests{query}")
        assert response.status_code == 200, response.content
        return [line["number"] for line in response.json()["items"]]

    assert asked() == [numbers[0], numbers[2], numbers[1]]
    assert asked("?state=open") == [numbers[2], numbers[1]]
    assert asked("?state=closed") == asked("?status=closed") == [numbers[0]]
    assert asked("?severity=C") == [numbers[1]]
    assert asked("?product=windows-server&severity=B&state=open") == [numbers[2]]
    assert asked("?product=nothing") == []
    later = (timezone.now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert asked(f"?changed_since={later}") == []
    since = Case.objects.get(pk=int(numbers[0][3:])).changed_at.isoformat().replace("+00:00", "Z")
    assert asked(f"?changed_since={since}") == [numbers[0]]

    pages, cursor = [], ""
    for _ in range(3):
        page = carla.get(f"/requests?limit=1&cursor={cursor}").json()
        pages += [line["number"] for line in page["items"]]
        cursor = page["next"]
    assert pages == asked()
    assert cursor is None


@pytest.mark.parametrize(
    "query",
    [
        "?limit=0",
        "?limit=101",
        "?limit=x",
        "?state=gone",
        "?status=Open",
        "?severity=123456789",
        "?changed_since=yesterday",
        "?changed_since=2026-11-20T13:02:00",
        "?cursor=x",
        "?cursor=WzFd:1abc:xyz",
    ],
)
def test_what_a_list_cannot_be_asked_is_invalid(carla: Program, query: str) -> None:
    response = carla.get(f"/requests{query}")
    assert kind(response) == "invalid"
    assert response.json()["reasons"][0]["pointer"] == query.partition("=")[0]


def test_a_cursor_of_one_list_does_not_go_on_in_another(carla: Program, plan: world.Agreement) -> None:
    number = create(carla, plan)["number"]
    create(carla, plan)
    cursor = carla.get("/requests?limit=1").json()["next"]
    assert codes(carla.get(f"/requests/{number}/messages?cursor={cursor}")) == ["input.cursor-unknown"]


@pytest.mark.req("REQ-2")
def test_messages_are_said_once_and_notes_are_not_among_them(carla: Program, plan: world.Agreement) -> None:
    number = create(carla, plan)["number"]
    key = new_key()
    said = carla.post(f"/requests/{number}/messages", {"text": "  Now it is 1753. "}, key=key)
    assert said.status_code == 201, said.content
    assert (
        carla.post(f"/requests/{number}/messages", {"text": "  Now it is 1753. "}, key=key).content
        == said.content
    )
    ines, at = world.viewer("ines"), timezone.now()
    case = Case.objects.get()
    conversation.note(case.pk, "Looks like DNS.", key=random_key(), actor=ines, at=at)
    conversation.answer(case.pk, "Please restart it.", key=random_key(), seen=None, actor=ines, at=at)

    told = carla.get(f"/requests/{number}/messages").json()
    assert [(line["text"], line["side"], line["via"]) for line in told["items"]] == [
        ("Now it is 1753.", "requester", "api"),
        ("Please restart it.", "vendor", "desk"),
    ]
    assert told["next"] is None
    first = carla.get(f"/requests/{number}/messages?limit=1").json()
    rest = carla.get(f"/requests/{number}/messages?limit=1&cursor={first['next']}").json()
    assert [*first["items"], *rest["items"]] == told["items"]
    assert rest["next"] is None


def test_what_cannot_be_said_is_refused(carla: Program, plan: world.Agreement) -> None:
    number = create(carla, plan)["number"]
    path = f"/requests/{number}/messages"
    assert codes(carla.post(path, {"text": " "}, key=new_key())) == ["message.empty"]
    assert codes(carla.post(path, {"text": "a\x00"}, key=new_key())) == ["message.hidden-characters"]
    assert codes(carla.post(path, {"text": "x" * 50_001}, key=new_key())) == ["input.too-many"]
    carla.post(f"/requests/{number}/close", {"reason": "Solved"})
    closed = carla.post(path, {"text": "One more thing"}, key=new_key())
    assert (kind(closed), codes(closed)) == ("conflict", ["case.is-closed"])
    assert not Message.objects.exists()


@pytest.mark.req("REQ-2", "WIZ-4")
def test_contacts_are_added_and_taken_off(carla: Program, plan: world.Agreement) -> None:
    number = create(carla, plan)["number"]
    path = f"/requests/{number}/contacts"
    cem = world.viewer("cem")
    added = carla.post(path, {"name": cem.name, "email": cem.email})
    assert added.status_code == 201, added.content
    assert added.json()["role"] == "additional"
    assert "is_known" not in added.json()
    assert program("cem").get(f"/requests/{number}").json()["role"] == "additional"
    assert [line["email"] for line in carla.get(path).json()["items"]] == [
        world.viewer("carla").email,
        cem.email,
    ]

    assert codes(carla.post(path, {"name": "Cem", "email": cem.email})) == ["contact.named-twice"]
    assert codes(carla.post(path, {"name": "", "email": "x", "phone": "y"})) == [
        "contact.name-missing",
        "contact.phone-invalid",
        "contact.email-invalid",
    ]
    removed = carla.delete(added["Location"].removeprefix("/api/v1"))
    assert (removed.status_code, removed.content) == (204, b"")
    assert carla.delete(added["Location"].removeprefix("/api/v1")).status_code == 204
    assert program("cem").get(f"/requests/{number}").status_code == 404
    primary = Contact.objects.get()
    stays = carla.delete(f"{path}/{primary.pk}")
    assert (kind(stays), codes(stays)) == ("conflict", ["contact.primary-stays"])


@pytest.mark.req("AGR-6")
def test_closing_and_reopening_say_why(carla: Program, plan: world.Agreement) -> None:
    number = create(carla, plan)["number"]
    closed = carla.post(f"/requests/{number}/close", {"reason": "It works since the restart."})
    assert closed.status_code == 200, closed.content
    assert (closed.json()["status"], closed.json()["outcome"]) == ("closed", "decrement")
    again = carla.post(f"/requests/{number}/close", {"reason": "Once more"})
    assert again.json() == closed.json()
    reopened = carla.post(f"/requests/{number}/reopen", {"reason": "It is back."})
    assert (reopened.json()["status"], reopened.json()["closed_at"]) == ("new", None)
    assert kind(carla.post(f"/requests/{number}/reopen", {"reason": "Again"})) == "conflict"
    assert codes(carla.post(f"/requests/{number}/close", {"reason": " "})) == ["message.empty"]
    assert left(plan) == 4


@pytest.mark.req("SEV-1", "SEV-6")
def test_the_severity_is_asked_about_and_then_changed(carla: Program, plan: world.Agreement) -> None:
    number = create(carla, plan)["number"]
    path = f"/requests/{number}/severity"
    night = {"name": "Night desk", "phone": "+420 601 123 999", "time_zone": "Europe/Prague"}
    outlook = carla.post(f"{path}/preview", {"severity": "A", "night_contact": night}).json()
    assert (outlook["allowed"], outlook["severity"], outlook["hours"]) == (True, "A", "24x7")
    assert [offer["severity"] for offer in outlook["severities"] if offer["offered"]] == ["A", "B", "C"]
    [due] = outlook["due"]
    assert (due["metric"], outlook["update_every"]["minutes"]) == ("initial-response", 240)
    assert due["after"] < due["before"]
    assert Case.objects.get().severity == "B"
    without = carla.post(f"{path}/preview", {"severity": "A"}).json()
    assert (without["allowed"], [each["code"] for each in without["reasons"]]) == (
        False,
        ["intake.night-contact-missing"],
    )
    refused = carla.post(path, {"severity": "A", "reason": "Worse."})
    assert (kind(refused), codes(refused)) == ("refused", ["intake.night-contact-missing"])
    wrong = {"severity": "A", "reason": "Worse.", "night_contact": {"name": "N", "phone": "12"}}
    assert codes(carla.post(path, wrong)) == ["contact.phone-invalid"]
    changed = carla.post(path, {"severity": "A", "reason": "Worse.", "night_contact": night})
    assert changed.status_code == 200, changed.content
    assert (changed.json()["severity"], changed.json()["hours"]) == ("A", "24x7")
    assert changed.json()["update_every"]["minutes"] == 240
    again = carla.post(path, {"severity": "A", "reason": "Worse.", "night_contact": night})
    assert (kind(again), codes(again)) == ("conflict", ["severity.as-before"])
    nothing = carla.post(f"{path}/restore")
    assert (kind(nothing), codes(nothing)) == ("conflict", ["severity.nothing-to-restore"])


@pytest.mark.req("REQ-1")
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("GET", "/messages", None),
        ("POST", "/messages", {"text": "Hello"}),
        ("GET", "/contacts", None),
        ("POST", "/contacts", {"name": "Olaf", "email": "olaf@mail.example"}),
        ("DELETE", "/contacts/{contact}", None),
        ("POST", "/close", {"reason": "Mine now"}),
        ("POST", "/reopen", {"reason": "Mine now"}),
        ("POST", "/severity", {"severity": "C", "reason": "Mine now"}),
        ("POST", "/severity/preview", {"severity": "C"}),
        ("POST", "/severity/restore", None),
    ],
)
def test_a_request_of_others_answers_like_one_that_does_not_exist(
    carla: Program, plan: world.Agreement, method: str, path: str, body: Any
) -> None:
    number = create(carla, plan)["number"]
    path = path.format(contact=Contact.objects.get().pk)
    before = (Message.objects.count(), Contact.objects.count(), Case.objects.get().revision)
    # An engineer of the team is no contact: the API is the door of requesters.
    for who in ("olaf", "cem", "ines"):
        asking = program(who)
        theirs, nobodys, nonsense = (
            asking.ask(method, f"/requests/{name}{path}", body, key=new_key())
            for name in (number, "PD-999999", "PD-x")
        )
        assert theirs.status_code == nobodys.status_code == nonsense.status_code == 404, theirs.content
        assert theirs.content == nobodys.content == nonsense.content
        assert {*theirs.headers} == {*nobodys.headers}
    assert before == (Message.objects.count(), Contact.objects.count(), Case.objects.get().revision)


# Tests


def test_a_test_goes_the_whole_way_costs_nothing_and_reaches_nobody(
    carla: Program, plan: world.Agreement
) -> None:
    cem = world.viewer("cem")
    share = [{"name": cem.name, "email": cem.email}, {"name": "New", "email": "new@x.example"}]
    told = create(carla, plan, test=True, share=share)
    assert told["test"]
    case = Case.objects.get()
    assert (case.is_test, case.charged_units, case.charge_count) == (True, 0, 0)
    assert left(plan) == 5
    assert not LedgerEntry.objects.exclude(kind="grant").exists()

    assert carla.get(f"/requests/{told['number']}").json()["test"]
    assert carla.get("/requests").json()["items"][0]["test"]
    assert program("cem").get(f"/requests/{told['number']}").status_code == 404
    assert case.team_id in world.viewer("ines").teams
    assert not desk_cases(world.viewer("ines")).exists()

    for fact in FactRow.objects.filter(subject_type="case"):
        fan_out(fact.pk)
        write_letters(fact.pk)
    assert not OutgoingMail.objects.exists()

    # Whoever proves an address later does not come to see it either.
    assert claim_places("new@x.example", account_id=world.person("olaf").pk) == 0
    assert carla.post(f"/requests/{told['number']}/close", {"reason": "Only a test"}).status_code == 200
    assert carla.post(f"/requests/{told['number']}/reopen", {"reason": "Only a test"}).status_code == 200
    assert left(plan) == 5


def test_a_test_is_refused_like_the_real_thing(carla: Program) -> None:
    empty = world.agreement(units=1, registered=["carla"])
    create(carla, empty)
    refused = carla.post("/requests", request_body(empty.id, test=True), key=new_key())
    assert codes(refused) == ["agreement.no-incidents-left"]
    assert carla.post("/requests/preview", request_body(empty.id, test=True)).json()["units"] == 0
