"""What a term in the partner network brings, activated on request or asked of the service centre (BEN-2, BEN-3)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from pactdesk.accounts.models import Competency, Enrolment, Location, Organization
from pactdesk.agreements.models import Activation, PairMailing
from pactdesk.agreements.queries.activation import activatable
from pactdesk.cases.models import Draft
from pactdesk.cases.rules.answers import Answers
from pactdesk.kernel.ids import new_key
from tests import world
from tests.doors.guided import texts
from tests.doors.visitors import visitor

pytestmark = pytest.mark.django_db
URL = "/benefits/activate/"
PACK = f"{URL}action-pack-support-10/"


def enrolled(level: str) -> int:
    """Nora's organization at this level for a year; answers its id."""
    world.catalogue()
    world.person("nora", language="en")
    today = timezone.now().date()
    organization_id = world.organization_of("nora")
    Enrolment.objects.create(
        organization_id=organization_id, level=level, renewed_on=today, ends_on=today + timedelta(days=364)
    )
    return organization_id


@pytest.mark.req("BEN-2")
def test_an_action_pack_is_activated_once_by_those_who_may_ask() -> None:
    organization_id = enrolled("action-pack")
    nora = visitor("nora")
    page = texts(nora.get(URL))
    assert "Action Pack Partner Support 10-pack" in page
    assert "Only an administrator or the primary programme contact" in page
    assert nora.get(PACK).status_code == nora.post(PACK).status_code == 403
    assert not Activation.objects.exists()
    world.administrator("nora")
    asked = texts(nora.get(PACK))
    assert "10 incidents" in asked
    assert "the IDs wait until the service centre knows who it is" in asked
    Organization.objects.filter(pk=organization_id).update(primary_contact=world.person("nora"))
    assert "primary programme contact, Nora Dvořáková" in texts(nora.get(PACK))
    assert "is activated" in texts(nora.post(PACK, follow=True))
    assert PairMailing.objects.get().account_id == world.person("nora").pk
    again = nora.post(PACK)
    assert again.status_code == 422
    assert "It was activated for this term already" in texts(again)
    assert "It was activated for this term already" in texts(nora.get(PACK))
    assert Activation.objects.count() == 1
    # What the term does not bring, or nobody has, is not there.
    assert nora.get(f"{URL}gold-partner-support-20/").status_code == 404
    assert visitor("olaf").post(PACK).status_code == visitor("carla").get(PACK).status_code == 404
    assert "No enrolment is noted for you" in texts(visitor("olaf").get(URL))


@pytest.mark.req("BEN-2", "BEN-3", "REQ-3")
@pytest.mark.usefixtures("statements")
def test_kits_are_asked_of_the_service_centre_with_what_is_known(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    organization_id = enrolled("gold")
    branch = Location.objects.create(
        organization_id=organization_id, name="Branch", city="Brno", country="CZ"
    )
    Location.objects.create(organization_id=organization_id, name="Depot", country="CZ")
    Competency.objects.create(location=branch, name="Cloud platform", earned_on=timezone.now().date())
    Organization.objects.filter(pk=organization_id).update(partner_number="4648141")
    nora = visitor("nora")
    page = texts(nora.get(URL))
    for told in (
        "Partner number 4648141",
        "Comes by itself with each renewal, usually within 28 days",
        "Branch · Cloud platform",
        "No contact is noted for it",
    ):
        assert told in page
    assert "Depot" not in page
    noras = world.viewer("nora")
    with django_assert_max_num_queries(7):
        assert activatable(noras, at=timezone.now())
    kit = {"do": "ask-kit", "programme": "competency-kit-support-5", "location": str(branch.pk)}
    key = str(new_key())
    assert nora.post(URL, {**kit, "key": key})["Location"] == f"/requests/new/{key}/"
    problem = Answers.from_data(Draft.objects.get().answers).problem
    assert (problem.category, problem.problem) == ("benefits", "competency-kit")
    assert problem.answers == {"partner-id": "4648141"}
    for told in (
        "Partner number: 4648141",
        "Location: Branch · Brno · Czechia",
        "Competency: Cloud platform",
        "Partner network: Gold",
    ):
        assert told in problem.description
    assert nora.post(URL, {"do": "ask", "key": str(new_key())}).status_code == 302
    asked = Answers.from_data(Draft.objects.latest("created_at").answers).problem
    assert (asked.problem, asked.answers) == ("activate-benefits", {"partner-id": "4648141"})
    assert "Partner number: 4648141" in asked.description
    for wrong in ({"location": "999999"}, {"programme": "gold-partner-support-20"}):
        assert nora.post(URL, {**kit, **wrong}).status_code == 404
    assert visitor("olaf").post(URL, kit).status_code == 422
    assert not Activation.objects.exists()
