"""Programs add agreements, see what is left, where it went, and what can pay for what."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from pactdesk.agreements import ledger
from pactdesk.agreements.models import Registration, WrongPair
from pactdesk.catalog import queries as catalog
from tests import world
from tests.doors.programs import codes, kind, new_key, program, request_body

pytestmark = pytest.mark.django_db


def pair(agreement: world.Agreement, **changes: str) -> dict[str, str]:
    return {"access_id": agreement.access_id, "contract_id": agreement.contract_id, **changes}


@pytest.mark.req("AGR-1", "AGR-3")
def test_an_agreement_is_added_by_its_pair_however_it_is_grouped() -> None:
    agreement = world.agreement()
    grouped = pair(agreement, contract_id=f" {agreement.contract_id[:4]}-{agreement.contract_id[4:]} ")
    added = program("carla").post("/agreements", grouped)
    assert added.status_code == 201, added.content
    told = added.json()
    assert added["Location"] == f"/api/v1/agreements/{agreement.id}"
    assert told["label"] == f"{agreement.access_id} – Gold Partner Support 20-pack"
    assert (told["units_left"], told["can_pay"], told["is_owner"]) == (20, True, False)
    assert agreement.contract_id not in added.content.decode()
    assert program("carla").get(f"/agreements/{agreement.id}").json() == told
    again = program("carla").post("/agreements", pair(agreement))
    assert (kind(again), codes(again)) == ("refused", ["agreement.already-registered"])
    assert Registration.objects.count() == 1


@pytest.mark.req("AGR-11")
def test_whichever_half_is_wrong_the_answer_is_the_same_and_guessing_ends() -> None:
    agreement, carla = world.agreement(), program("carla")
    wrong = [
        carla.post("/agreements", pair(agreement, access_id="0000000000")),
        carla.post("/agreements", pair(agreement, contract_id="0" * 20)),
        carla.post("/agreements", {"access_id": "1", "contract_id": "2"}),
    ]
    assert {answer.status_code for answer in wrong} == {422}
    assert len({answer.content for answer in wrong}) == 1
    assert codes(wrong[0]) == ["pair.not-recognised"]
    for _ in range(7):
        carla.post("/agreements", {"access_id": "1", "contract_id": "2"})
    assert WrongPair.objects.count() == 10
    refused = carla.post("/agreements", pair(agreement))
    assert (kind(refused), codes(refused)) == ("too-many", ["pair.too-many-attempts"])
    assert refused["Retry-After"] == "3600"
    assert not Registration.objects.exists()


def test_what_no_pair_can_be_is_told_at_its_half() -> None:
    refused = program("carla").post("/agreements", {"access_id": "12a", "contract_id": "1" * 41})
    assert {(reason["code"], reason["pointer"]) for reason in refused.json()["reasons"]} == {
        ("pair.access-id-not-digits", "#/access_id"),
        ("pair.contract-id-too-long", "#/contract_id"),
    }


@pytest.mark.req("ELI-2", "ELI-3", "AGR-5")
def test_agreements_that_cannot_pay_are_listed_with_every_reason() -> None:
    usable = world.agreement(registered=["carla"])
    world.ended_agreement(registered=["carla"])
    lines = program("carla").get("/agreements").json()["items"]
    assert [line["can_pay"] for line in lines] == [True, False]
    assert lines[0]["id"] == usable.id
    (reason,) = lines[1]["reasons"]
    assert (reason["code"], reason["remedy"]) == ("agreement.expired", "renew")
    czech = program("carla", language="cs").get("/agreements").json()["items"][1]["reasons"][0]
    assert czech["code"] == reason["code"]
    assert czech["sentence"] != reason["sentence"]


@pytest.mark.req("AGR-10")
def test_the_statement_is_read_to_its_beginning() -> None:
    agreement, carla = world.agreement(registered=["carla"]), program("carla")
    number = carla.post("/requests", request_body(agreement.id), key=new_key()).json()["number"]
    for step in range(3):
        ledger.adjust(
            agreement.id, units=1, key=f"k{step}", actor_id=None, at=timezone.now(), note=f"Step {step}"
        )
    path, entries, cursor = f"/agreements/{agreement.id}/statement", [], ""
    for _page in range(3):
        told = carla.get(f"{path}?limit=2&cursor={cursor}").json()
        entries += told["items"]
        cursor = told["next"]
    assert cursor is None
    assert [entry["position"] for entry in entries] == [5, 4, 3, 2, 1]
    assert sum(entry["units"] for entry in entries) == entries[0]["balance_after"] == 22
    deducted = next(entry for entry in entries if entry["kind"] == "deduct")
    assert (deducted["request"], deducted["actor"]) == (number, world.viewer("carla").name)
    assert entries == carla.get(path).json()["items"]


@pytest.mark.parametrize("who", ["cem", "olaf", "ines", "marta"])
def test_agreements_of_others_answer_like_those_that_do_not_exist(who: str) -> None:
    agreement, asking = world.agreement(owner="nora", registered=["nora"]), program(who)
    for path in ("/agreements/{}", "/agreements/{}/statement"):
        theirs, nobodys = asking.get(path.format(agreement.id)), asking.get(path.format(999_999_999))
        assert theirs.status_code == nobodys.status_code == 404
        assert theirs.content == nobodys.content
    assert asking.get("/agreements").json()["items"] == []


@pytest.mark.req("ELI-6", "ELI-7", "ELI-10")
def test_it_is_told_what_can_pay_for_a_product_and_why_the_others_cannot() -> None:
    incidents = world.agreement(registered=["carla"])
    cloud = world.agreement("signature-cloud-support", registered=["carla"])
    told = program("carla").get("/eligibility?product=windows-server&version=2022").json()
    assert (told["needs_plan"], told["reasons"]) == (True, [])
    assert [(plan["id"], plan["can_pay"]) for plan in told["plans"]] == [
        (incidents.id, True),
        (cloud.id, False),
    ]
    assert [reason["code"] for reason in told["plans"][1]["reasons"]] == ["agreement.cloud-only"]


def test_advice_and_free_questions_are_told_apart() -> None:
    world.agreement(registered=["carla"])
    carla, product = program("carla"), catalog.current().product("windows-server")
    kinds: dict[str, str] = {}
    for category in product.offered_categories:
        for problem in category.offered_problems:
            kinds.setdefault(problem.problem_type.draws, f"category={category.code}&problem={problem.code}")
    for draws, query in kinds.items():
        told = carla.get(f"/eligibility?product=windows-server&version=2022&{query}").json()
        assert told["needs_plan"] == (draws != "nothing")
        assert bool(told["plans"]) == (draws != "nothing")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("product=nothing&version=1", ("intake.product-unknown", "?product")),
        ("product=windows-server&version=1", ("intake.version-unknown", "?version")),
        (
            "product=windows-server&version=2022&category=x&problem=y",
            ("intake.category-unknown", "?category"),
        ),
        ("version=2022", ("input.missing", "?product")),
    ],
)
def test_what_the_catalogue_does_not_have_is_told(query: str, expected: tuple[str, str]) -> None:
    world.catalogue()
    (reason,) = program("carla").get(f"/eligibility?{query}").json()["reasons"]
    assert (reason["code"], reason["pointer"]) == expected


@pytest.mark.req("IDN-3")
def test_a_product_of_a_channel_that_is_not_open_is_told_with_its_front_door(closed_channel: str) -> None:
    elsewhere = next(product for product in catalog.current().products.values() if not product.channel.open)
    version = next(iter(elsewhere.offered_versions), None)
    query = f"product={elsewhere.code}&version={version.code if version else 'any'}"
    told = program("carla").get(f"/eligibility?{query}").json()
    assert told["reasons"][0]["code"] == "channel.other-front-door"


def test_the_catalogue_is_what_the_guided_request_offers() -> None:
    world.catalogue()
    carla = program("carla")
    offered = [
        product.code for _family, products in catalog.current().offered_products() for product in products
    ]
    assert [line["code"] for line in carla.get("/products").json()["items"]] == offered
    product: dict[str, Any] = carla.get("/products/windows-server").json()
    known = catalog.current().product("windows-server")
    assert [version["code"] for version in product["versions"]] == [
        each.code for each in known.offered_versions
    ]
    assert [category["code"] for category in product["categories"]] == [
        category.code for category in known.offered_categories
    ]
    assert carla.get("/products/nothing").status_code == 404
    programmes = carla.get("/programmes").json()["items"]
    assert {line["code"] for line in programmes} == {
        code for code, programme in catalog.current().programmes.items() if not programme.retired
    }
