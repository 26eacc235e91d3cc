"""A9: theft by naming what is somebody else's in a body. Every id-like member of every body is tried.

What is foreign is answered like what does not exist, and nothing changes hands.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
import time_machine
from django.conf import LazySettings
from django.db import connection
from django.utils import timezone

from pactdesk.api.reference import openapi
from pactdesk.cases.models import Attachment, Case, Contact
from pactdesk.cases.rules.files import Place
from pactdesk.cases.services import files
from pactdesk.purchases.models import Purchase, SavedCard
from pactdesk.purchases.rules.payments import Money
from pactdesk.purchases.services.cards import save_test_card
from pactdesk.purchases.services.programs import open_card
from tests import world
from tests.buying import SANDBOX
from tests.doors.programs import Program, new_key, program, request_body

pytestmark = pytest.mark.django_db

# Members of bodies that name something of somebody's. A new one has to be put here, with what it is tried with.
NAMING = {
    ("ask_for_delegation", "customer"),
    ("create_request", "customer"),
    ("create_request", "support.agreement"),
    ("order_agreements", "agreements"),
    ("order_incident", "card"),
    ("preview_order", "card"),
    ("preview_request", "customer"),
    ("preview_request", "support.agreement"),
    ("set_units_aside", "organization"),
}
# Members that are numbers and name nothing.
COUNTING = {
    ("ask_for_delegation", "days"),
    ("ask_for_delegation", "most_units"),
    ("begin_file", "size"),
    ("change_delegation", "most_units"),
    ("limit_set_aside", "most_units"),
    ("order_incident", "price.amount_minor"),
    ("preview_order", "price.amount_minor"),
    ("recall_units", "units"),
    ("set_units_aside", "most_units"),
    ("set_units_aside", "units"),
}


def members(schema: dict[str, Any], inside: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every member of a body by its path, behind references and behind "or null"."""
    schemas = openapi()["components"]["schemas"]
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[-1]]
    for part in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from members(part, inside)
    if "items" in schema:
        yield from members(schema["items"], inside)
    for name, member in schema.get("properties", {}).items():
        path = f"{inside}.{name}" if inside else name
        yield path, member
        yield from members(member, path)


def types_of(member: dict[str, Any]) -> set[str]:
    parts = (member, member.get("items", {}), *member.get("anyOf", ()))
    return {part.get("type", "") for part in parts}


def test_every_member_that_could_name_a_row_is_known() -> None:
    found = set()
    for methods in openapi()["paths"].values():
        for about in methods.values():
            body = about.get("requestBody", {}).get("content", {}).get("application/json")
            for path, member in members(body["schema"]) if body else ():
                if types_of(member) & {"integer", "number"} or member.get("format") == "uuid":
                    found.add((about["operationId"], path))
    assert found == NAMING | COUNTING


@pytest.fixture
def house() -> dict[str, Any]:
    """Nora has an agreement, a request with a file, and contacts; Carla has an agreement and a request of her own."""
    world.team("support", "ines")
    theirs, own = world.agreement(owner="nora", registered=["nora"]), world.agreement(registered=["carla"])
    number = program("nora").post("/requests", request_body(theirs.id), key=new_key()).json()["number"]
    mine = program("carla").post("/requests", request_body(own.id), key=new_key()).json()["number"]
    nora = world.viewer("nora")
    file = files.start(Place(number=int(number[3:])), "a.txt", 3, actor=nora, at=timezone.now())
    return {"theirs": theirs.id, "own": own.id, "number": number, "mine": mine, "file": file.id}


def fingerprint(*tables: str) -> list[str]:
    found = []
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" t')
            found.append(cursor.fetchone()[0])
    return found


TABLES = (
    "cases_case",
    "cases_contact",
    "cases_message",
    "cases_attachment",
    "cases_draft",
    "agreements_agreement",
    "agreements_registration",
    "agreements_drawplace",
    "agreements_ledgerentry",
    "delegation_delegation",
    "delegation_delegationrequest",
)


def alike(asking: Program, method: str, path: str, theirs: Any, nobodys: Any) -> None:
    """Both are refused in the same words, and nothing changes."""
    before = fingerprint(*TABLES)
    with time_machine.travel(timezone.now(), tick=False):  # a minute that passes is no difference
        answers = [asking.ask(method, path, body, key=new_key()) for body in (theirs, nobodys)]
    assert answers[0].status_code == answers[1].status_code
    assert answers[0].content == answers[1].content
    assert fingerprint(*TABLES) == before


@pytest.mark.parametrize("path", ["/requests", "/requests/preview"])
@pytest.mark.parametrize("who", ["carla", "olaf", "ines"])
def test_an_agreement_of_others_pays_for_nobody(house: dict[str, Any], who: str, path: str) -> None:
    alike(program(who), "POST", path, request_body(house["theirs"]), request_body(999_999_999))


@pytest.mark.req("OBO-3")
@pytest.mark.parametrize("path", ["/requests", "/requests/preview"])
@pytest.mark.parametrize("who", ["carla", "olaf", "ines"])
def test_a_customer_of_others_is_nobodys(house: dict[str, Any], who: str, path: str) -> None:
    world.delegation("rafael", "nora", "submit", "read")
    theirs = {**request_body(house["own"]), "customer": world.organization_of("nora")}
    alike(program(who), "POST", path, theirs, {**theirs, "customer": 999_999_999})


@pytest.mark.req("OBO-4")
def test_nobody_asks_a_provider_about_a_customer_of_others(house: dict[str, Any]) -> None:
    world.person("rafael", language="en")
    world.administrator("rafael")
    wish = {"purposes": ["read"], "days": 9, "tier": "reseller"}
    theirs = {**wish, "customer": world.organization_of("carla")}
    alike(program("rafael"), "POST", "/delegations/requests", theirs, {**wish, "customer": 999_999_999})


def test_units_are_not_set_aside_for_strangers(house: dict[str, Any]) -> None:
    agreement = world.agreement(owner="carla").id
    path = f"/agreements/{agreement}/set-asides"
    theirs = {"organization": world.organization_of("nora"), "units": 1}
    alike(program("carla"), "POST", path, theirs, {**theirs, "organization": 999_999_999})
    path = f"/agreements/{house['theirs']}/set-asides"
    world.relationship("carla", "nora")
    alike(program("carla"), "POST", path, theirs, {**theirs, "organization": 999_999_999})


def test_an_agreement_of_others_has_no_place_in_ones_order(house: dict[str, Any]) -> None:
    theirs, nobodys = ({"agreements": [house["own"], each]} for each in (house["theirs"], 999_999_999))
    alike(program("carla"), "PUT", "/agreements/order", theirs, nobodys)


@pytest.mark.req("PPI-3")
@pytest.mark.parametrize("path", ["/purchases", "/purchases/preview"])
def test_nobody_pays_with_the_card_of_others(settings: LazySettings, path: str) -> None:
    settings.PAYMENT_PROVIDER = SANDBOX
    world.catalogue()
    olaf, at = world.viewer("olaf"), timezone.now()
    card = save_test_card("works", actor=olaf, at=at)
    open_card(card, Money(99_900, "EUR"), terms_accepted=True, actor=olaf, at=at)
    order = {"offer": "single-incident", "price": {"amount_minor": 45_900, "currency": "EUR"}}
    theirs = {**order, "terms_accepted": True, "card": card}
    SavedCard.objects.update(account=world.person("nora"))
    alike(program("olaf"), "POST", path, theirs, {**theirs, "card": 999_999_999})
    assert not Purchase.objects.exists()


@pytest.mark.parametrize(
    "agreement", [-1, 0, 2**31, 2**63 - 1, 2**63, 10**30, 1.5, "1", "1 OR 1=1", [1], {"id": 1}, True]
)
def test_whatever_else_is_named_as_an_agreement_is_none(house: dict[str, Any], agreement: Any) -> None:
    before = fingerprint(*TABLES)
    refused = program("carla").post("/requests", request_body(agreement), key=new_key())
    assert refused.status_code == 422
    assert fingerprint(*TABLES) == before


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "/requests/{mine}/contacts/{contact}", None),
        ("GET", "/requests/{mine}/files/{file}", None),
        ("GET", "/requests/{mine}/files/{file}/content", None),
        ("DELETE", "/requests/{mine}/files/{file}", None),
        ("GET", "/agreements/{theirs}", None),
        ("GET", "/agreements/{theirs}/statement", None),
    ],
)
def test_parents_and_children_that_do_not_belong_together_find_nothing(
    house: dict[str, Any], method: str, path: str, body: Any
) -> None:
    """A contact or file of another request, below a request of one's own."""
    contact = Contact.objects.get(case=int(house["number"][3:]))
    carla = program("carla")
    before = fingerprint(*TABLES)
    theirs = carla.ask(method, path.format(**house, contact=contact.pk), body)
    absent = {**house, "file": uuid.uuid4(), "theirs": 999_999_999}
    nobodys = carla.ask(method, path.format(**absent, contact=999_999_999), body)
    assert theirs.status_code == nobodys.status_code
    assert theirs.status_code in {404, 204}
    assert theirs.content == nobodys.content
    assert fingerprint(*TABLES) == before


def test_bytes_cannot_be_put_into_a_file_of_others(house: dict[str, Any]) -> None:
    carla = program("carla")
    for number in (house["mine"], house["number"]):
        answer = carla.ask(
            "PUT",
            f"/requests/{number}/files/{house['file']}/content",
            raw=b"abc",
            content_type="application/octet-stream",
        )
        assert answer.status_code == 404
    assert Attachment.objects.get().received == 0


def test_naming_somebody_as_contact_does_not_make_the_request_theirs_to_read_for_others(
    house: dict[str, Any],
) -> None:
    """An address is only an address: that of a colleague who is no contact lets nobody into anything."""
    body = deepcopy(request_body(house["own"]))
    nora = world.viewer("nora")
    body["contact"] = {
        "name": "Carla",
        "email": nora.email,
        "phone": "+420 601 123 456",
        "time_zone": "UTC",
        "language": "en",
    }
    told = program("carla").post("/requests", body, key=new_key()).json()
    assert not told["you_see_it"]
    assert program("carla").get(f"/requests/{told['number']}").status_code == 404
    assert Case.objects.get(pk=int(told["number"][3:])).submitter_id == world.viewer("carla").account_id
