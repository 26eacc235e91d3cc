"""My activity: what an organization asks for and uses, and what of that is told to whom (REQ-1, REQ-3)."""

from __future__ import annotations

import csv
import io
import re
import uuid
from datetime import timedelta
from html import unescape

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from pactdesk.accounts.models import Account, Location
from pactdesk.cases.models import Case
from pactdesk.cases.queries.activity import Sought, activity, used
from pactdesk.cases.services.submission import submit
from tests import world
from tests.doors.visitors import visitor
from tests.drafts import problem, ready

AT = timezone.now() - timedelta(minutes=5)
SECRET = "zeppelin"

pytestmark = pytest.mark.django_db


def colleague(name: str, of: str = "carla") -> Account:
    account = world.person("olaf")
    account.pk, account.id, account.email = None, None, f"{name}@{of}.example"
    account.first_name, account.organization = name.title(), world.person(of).organization
    account.save()
    return account


def ask(who: Account, plan: world.Agreement, summary: str) -> str:
    draft = ready(world.viewer(who), plan.id, problem_answer=problem(summary=summary), at=AT)
    return f"PD-{submit(draft, terms_accepted=True, actor=world.viewer(who), at=AT).number}"


def words(client: Client, path: str) -> str:
    html = client.get(path).content.decode()
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def table(client: Client, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(path).content.decode("utf-8-sig"))))


@pytest.fixture
def house() -> dict[str, str]:
    """Carla manages; Dora of her organization works in Athens; Cem, of another one, was given the pair."""
    world.administrator("carla")
    dora = colleague("dora")
    place = Location.objects.create(organization=dora.organization, name="Athens office", country="GR")
    Account.objects.filter(pk=dora.pk).update(location=place)
    plan = world.agreement(units=9, owner="carla", registered=["carla", dora, "cem"], at=AT)
    return {
        "own": ask(world.person("carla"), plan, "Own words"),
        "dora": ask(dora, plan, SECRET),
        "cem": ask(world.person("cem"), plan, f"{SECRET} of Cem"),
        "plan": str(plan.id),
        "place": str(place.pk),
        "person": str(dora.pk),
    }


@pytest.mark.req("REQ-1", "REQ-3")
def test_whoever_manages_is_told_that_there_is_a_request_and_whom_to_ask_but_not_what_it_says(
    house: dict[str, str],
) -> None:
    carla = visitor("carla")
    told = words(carla, "/activity/")
    for expected in (
        house["own"],
        "Own words",
        house["dora"],
        "Athens office",
        "ask Dora Berg to share it with you",
    ):
        assert expected in told
    assert SECRET not in told
    assert house["cem"] not in told, "of another organization"
    rows = table(carla, "/activity/list.csv")
    assert {row["Number"]: row["Summary"] for row in rows} == {house["own"]: "Own words", house["dora"]: ""}
    assert f"/requests/{house['dora']}/" not in carla.get("/activity/").content.decode()


@pytest.mark.req("REQ-1")
def test_requests_are_found_by_number_and_person_and_never_by_what_they_say(house: dict[str, str]) -> None:
    carla = visitor("carla")

    def found(query: str) -> set[str]:
        return {row["Number"] for row in table(carla, f"/activity/list.csv?{query}")}

    assert found(f"q={SECRET}") == set()
    assert found(f"q={house['dora']}") == found("q=dora") == {house["dora"]}
    assert found(f"location={house['place']}") == found(f"person={house['person']}") == {house["dora"]}
    assert found(f"agreement={house['plan']}") == {house["own"], house["dora"]}
    assert found("person=999999&location=x") == {house["own"], house["dora"]}, "what is not on offer"
    assert found("show=closed") == found(f"q={house['cem']}") == set()


@pytest.mark.req("REQ-1")
def test_everybody_else_sees_the_own_requests_and_no_use(house: dict[str, str]) -> None:
    told = words(visitor("cem"), "/activity/")
    assert house["cem"] in told
    assert house["own"] not in told
    dora = Account.objects.get(pk=house["person"])
    client = Client()
    client.force_login(dora)
    assert house["own"] not in words(client, "/activity/")
    for path in ("/activity/list.csv", "/activity/use/", "/activity/use.csv"):
        assert client.get(path).status_code == 404
    viewer = world.viewer(dora)
    assert activity(viewer, Sought()).lines == ()
    assert used(viewer, [int(house["plan"])], since=world.LONG_AGO) == ()


@pytest.mark.req("REQ-3", "AGR-11")
def test_use_is_told_by_month_agreement_location_and_person_and_strangers_are_only_counted(
    house: dict[str, str],
) -> None:
    carla = visitor("carla")
    told = words(carla, "/activity/use/")
    for expected in ("3 incidents used", "Athens office", "Dora Berg", "Accounts of other organizations"):
        assert expected in told
    assert "1 account of another organization" in told
    assert "Cem" not in told
    lines = table(carla, "/activity/use.csv")
    assert {(line["Person"], line["Used"], line["Requests"]) for line in lines} == {
        ("Carla Papadaki", "1", "1"),
        ("Dora Berg", "1", "1"),
        ("Accounts of other organizations", "1", "1"),
    }
    assert {line["Month"] for line in lines} == {AT.strftime("%Y-%m")}


@pytest.mark.req("REQ-3")
def test_from_here_everything_can_be_asked_for_and_it_says_that_only_incidents_need_the_pair(
    settings: LazySettings,
) -> None:
    told = words(visitor("carla"), "/activity/")
    for expected in ("Only incidents need the pair of IDs", "Start an incident", "Ask for advice"):
        assert expected in told
    assert "Go to the community" not in told
    settings.COMMUNITY_URL = "https://community.example/"
    assert 'href="https://community.example/"' in visitor("carla").get("/activity/").content.decode()


def test_nothing_is_said_so_and_many_cost_no_more_queries_than_one(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    world.administrator("carla")
    carla = visitor("carla")
    assert "No open requests" in words(carla, "/activity/")
    assert "Nothing was used in the past twelve months." in words(carla, "/activity/use/")
    plan = world.agreement(units=90, owner="carla", registered=["carla"], at=AT)
    ask(world.person("carla"), plan, "One")
    copies = [Case.objects.get() for _each in range(45)]
    for copy in copies:
        copy.pk, copy.draft_key = None, uuid.uuid4()
    Case.objects.bulk_create(copies)
    carla.get("/activity/")
    with django_assert_max_num_queries(16):
        html = carla.get("/activity/").content.decode()
    [older] = set(re.findall(r'href="(/activity/\?older=[^"]+)"', html))
    assert html.count('role="row"') == 21
    assert carla.get(unescape(older)).content.decode().count('role="row"') == 21
    with django_assert_max_num_queries(16):
        carla.get("/activity/use/")
