"""Setting units aside on the pages of an agreement."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from pactdesk.agreements.models import Agreement
from pactdesk.agreements.services.memberships import join_programme
from tests import world

pytestmark = pytest.mark.django_db


def signed_in(who: str) -> Client:
    client = Client()
    client.force_login(world.person(who))
    return client


@pytest.fixture
def agreement() -> int:
    world.administrator("marta")
    owner = world.person("carla")
    world.relationship("carla", "cem")
    return world.agreement(owner=owner, registered=[owner]).id


def test_units_are_set_aside_limited_and_called_back(agreement: int) -> None:
    carla, cem = signed_in("carla"), signed_in("cem")
    url = f"/benefits/{agreement}/set-asides/"
    assert url in carla.get(f"/benefits/{agreement}/").text
    page = carla.get(url).text
    assert "Nothing is set aside" in page
    assert "Baltic Sails" in page
    typed = {"key": "one", "organization": "baltic sails", "units": "5", "most_units": "6"}
    for _twice in range(2):
        assert carla.post(url, typed).status_code == 302
    assert Agreement.objects.get(pk=agreement).units_left == 15
    held = Agreement.objects.get(parent=agreement)
    assert held.units_left == 5
    assert "Set aside by Olive Grove Foods" in cem.get("/benefits/").text
    assert "Set aside by Olive Grove Foods" in cem.get(f"/benefits/{held.pk}/").text
    assert "Set aside for Baltic Sails" in carla.get(f"/benefits/{agreement}/").text
    one = f"/benefits/set-asides/{held.pk}/"
    assert "5 of 5 left" in carla.get(one).text
    assert carla.post(one, {"do": "recall", "key": "two", "units": "2"}).status_code == 302
    assert carla.post(one, {"do": "limit", "most_units": "3"}).status_code == 302
    assert Agreement.objects.get(pk=held.pk).units_left == 3
    assert "3 at most" in carla.get(url).text
    statement = carla.get(f"/benefits/{agreement}/statement.csv").text
    assert "Called back from Baltic Sails" in statement


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"organization": "Northgate Distribution"}, "This organization is neither."),
        ({"organization": ""}, "Enter the name of one of your customers"),
        ({"units": "21"}, "Only 20 are left to be set aside."),
        ({"units": "-1"}, "Enter a whole number from 1 on."),
        ({"units": "x"}, "Enter a whole number from 1 on."),
        ({"units": "4", "most_units": "3"}, "At most 3 may stand aside"),
    ],
)
def test_a_refusal_stands_at_its_field_and_keeps_what_was_typed(
    agreement: int, typed: dict[str, str], sentence: str
) -> None:
    world.person("nora")
    form = {"key": "one", "organization": "Baltic Sails", "units": "1", "most_units": "", **typed}
    answer = signed_in("carla").post(f"/benefits/{agreement}/set-asides/", form)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{form["units"]}"' in answer.text
    assert not Agreement.objects.filter(parent=agreement).exists()


def test_more_than_is_unused_is_not_called_back(agreement: int) -> None:
    carla = signed_in("carla")
    carla.post(
        f"/benefits/{agreement}/set-asides/", {"key": "k", "organization": "Baltic Sails", "units": "2"}
    )
    held = Agreement.objects.get(parent=agreement).pk
    answer = carla.post(f"/benefits/set-asides/{held}/", {"do": "recall", "key": "r", "units": "3"})
    assert answer.status_code == 422
    assert "Only 2 are not used yet" in answer.text
    answer = carla.post(f"/benefits/set-asides/{held}/", {"do": "limit", "most_units": "1"})
    assert answer.status_code == 422
    assert "At most 1 may stand aside" in answer.text
    # The holder is no administrator, so what is held is not divided further.
    assert signed_in("cem").get(f"/benefits/{held}/set-asides/").status_code == 404
    assert signed_in("cem").get(f"/benefits/set-asides/{held}/").status_code == 404


@pytest.mark.req("OBO-6")
def test_a_membership_is_shown_without_numbers() -> None:
    world.catalogue()
    membership = join_programme(
        "cloud-solution-provider",
        world.organization_of("carla"),
        starts_on=date(2026, 1, 1),
        time_zone="UTC",
        actor_id=None,
        at=timezone.now(),
    )
    carla = signed_in("carla")
    for url in ("/benefits/", f"/benefits/{membership}/", "/"):
        page = carla.get(url).text
        assert "Cloud Solution Provider" in page
        assert "Not counted" in page
    assert signed_in("cem").get(f"/benefits/{membership}/").status_code == 404
