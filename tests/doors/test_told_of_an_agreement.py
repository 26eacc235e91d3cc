"""The owner chooses for one agreement whether to be told when somebody adds or uses it (AGR-4, AGR-11)."""

from __future__ import annotations

import pytest
from django.urls import reverse

from pactdesk.notifications.models import AgreementLetterChoice
from pactdesk.notifications.queries.choices import chosen_about
from tests import world
from tests.doors.guided import texts
from tests.doors.visitors import visitor

pytestmark = [pytest.mark.django_db, pytest.mark.req("AGR-4", "AGR-11")]

ALL = "/profile/letters/"


def test_the_owner_chooses_otherwise_for_one_agreement_and_finds_that_again() -> None:
    plan = world.agreement(owner="carla", registered=["cem"])
    page, letters = (
        reverse("portal:benefit", args=[plan.id]),
        reverse("portal:benefit-letters", args=[plan.id]),
    )
    carla = visitor("carla")
    shown = carla.get(page)
    assert "You are told by e-mail when somebody adds the agreement, but not of each use." in texts(shown)
    assert f'href="{letters}"' in shown.content.decode()
    asked = carla.get(letters).content.decode()
    assert "As of all my agreements: tell me" in asked
    assert "As of all my agreements: do not tell me" in asked
    assert asked.count('value="all"') == asked.count(" checked") == 2

    answer = carla.post(letters, {"registrations": "no", "uses": "yes"})
    assert (answer.status_code, answer["Location"]) == (302, f"{page}#seats")
    assert chosen_about(world.viewer("carla").account_id, plan.id) == {"registrations": False, "uses": True}
    words = texts(carla.get(page))
    assert "of each use by others, but not when somebody adds the agreement." in words
    assert f'href="{letters}"' in carla.get(ALL).content.decode()

    carla.post(ALL, {"wanted": ["registrations"]})
    assert "of each use by others, but not when" in texts(carla.get(page)), "what was said of it alone stays"
    carla.post(letters, {"registrations": "all", "uses": "all"})
    assert not AgreementLetterChoice.objects.exists()
    assert letters not in carla.get(ALL).content.decode()


@pytest.mark.parametrize("sent", [{}, {"registrations": "yes"}, {"registrations": "yes", "uses": "maybe"}])
def test_half_an_answer_is_none_and_is_told_at_its_field(sent: dict[str, str]) -> None:
    plan = world.agreement(owner="carla")
    answer = visitor("carla").post(reverse("portal:benefit-letters", args=[plan.id]), sent)
    assert answer.status_code == 422
    assert "Choose one of these." in texts(answer)
    assert not AgreementLetterChoice.objects.exists()


def test_nobody_else_chooses_for_an_agreement() -> None:
    plan = world.agreement(owner="carla", registered=["cem"])
    for who in ("cem", "olaf", "marta"):
        client = visitor(who)
        address = reverse("portal:benefit-letters", args=[plan.id])
        assert client.get(address).status_code == 404
        assert client.post(address, {"registrations": "no", "uses": "yes"}).status_code == 404
    assert not AgreementLetterChoice.objects.exists()
