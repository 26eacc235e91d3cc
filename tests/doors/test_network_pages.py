"""How an organization stands in the partner network, at the pages of the service centre (BEN-2, BEN-3)."""

from __future__ import annotations

import pytest
from django.http import Http404
from django.test import Client
from django.utils import timezone

from pactdesk.accounts.models import Account, Competency, Enrolment, Location
from pactdesk.accounts.rules.network import Term
from pactdesk.accounts.services import network
from pactdesk.agreements.models import Activation, Agreement, PairMailing
from pactdesk.agreements.queries.activation import brought_to
from pactdesk.journal.models import FactRow
from tests import world
from tests.doors.visitors import visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def marta() -> Client:
    world.team("service-centre", "marta")
    world.catalogue()
    return visitor("marta")


def branch() -> Location:
    return Location.objects.create(
        organization_id=world.organization_of("carla"),
        name="Piraeus",
        country="GR",
        primary_contact=world.person("carla"),
    )


@pytest.mark.req("BEN-2", "BEN-3")
def test_a_renewal_and_a_competency_bring_a_kit_whose_pair_goes_to_the_location(marta: Client) -> None:
    place, today = branch(), timezone.localdate().isoformat()
    page = f"/desk/organizations/{place.organization_id}/"
    kit = f"{page}locations/{place.pk}/kits/competency-kit-support-5/"
    assert marta.get(kit).status_code == 404
    typed = {"level": "gold", "renewed_on": today, "ends_on": "", "reason": "Renewal 4711"}
    for wrong in ({"level": "platinum"}, {"renewed_on": "soon"}, {"ends_on": today}, {"reason": ""}):
        assert marta.post(f"{page}enrolments/", {**typed, **wrong}).status_code == 422, wrong
    assert marta.post(f"{page}enrolments/", typed).status_code == 302
    assert "overlaps with it" in marta.post(f"{page}enrolments/", typed).text
    earned = f"{page}locations/{place.pk}/competencies/"
    assert earned in marta.get(page).text
    assert marta.post(earned, {"name": "", "earned_on": "2999-01-01"}).status_code == 422
    assert marta.post(earned, {"name": "Cloud platform", "earned_on": today}).status_code == 302
    assert (
        "has this competency already"
        in marta.post(earned, {"name": "cloud Platform", "earned_on": today}).text
    )
    shown = marta.get(page).text
    for told in ("Runs now", "Gold Partner Support 20-pack", "Not activated yet", "Cloud platform", kit):
        assert told in shown, told
    carla = world.person("carla")
    Account.objects.filter(pk=carla.pk).update(is_active=False)
    assert "the pair waits until it has one" in marta.get(kit).text
    Account.objects.filter(pk=carla.pk).update(is_active=True)
    assert carla.email in marta.get(kit).text
    assert marta.post(kit).status_code == 302
    assert marta.post(kit).status_code == 422
    activation = Activation.objects.get()
    assert (activation.location, PairMailing.objects.get().account) == (place, world.person("carla"))
    assert kit not in marta.get(page).text
    codes = list(FactRow.objects.filter(subject_type="organization").values_list("code", flat=True))
    assert sorted(codes) == ["organization.competency-earned", "organization.enrolled"]


def test_a_term_ends_earlier_and_a_competency_is_taken_off_but_what_was_activated_stays(
    marta: Client,
) -> None:
    place, today = branch(), timezone.localdate()
    Competency.objects.create(location=place, name="Cloud", earned_on=today)
    term = Enrolment.objects.create(
        organization_id=place.organization_id,
        level="gold",
        renewed_on=today.replace(year=today.year - 1),
        ends_on=today.replace(year=today.year + 1),
    )
    page = f"/desk/organizations/{place.organization_id}/"
    assert marta.post(f"{page}locations/{place.pk}/kits/competency-kit-support-5/").status_code == 302
    end = f"{page}enrolments/{term.pk}/"
    late = marta.post(end, {"last_day": term.ends_on.isoformat(), "reason": "Left"})
    assert "Choose a day from" in late.text
    assert marta.post(end, {"last_day": today.isoformat(), "reason": ""}).status_code == 422
    assert marta.post(end, {"last_day": today.isoformat(), "reason": "Left"}).status_code == 302
    term.refresh_from_db()
    assert term.ends_on == today
    off = f"{page}competencies/{Competency.objects.get().pk}/"
    assert marta.post(off, {"reason": ""}).status_code == 422
    assert marta.post(off, {"reason": "Expired"}).status_code == 302
    assert not Competency.objects.exists()
    assert marta.get(off).status_code == 404
    assert Agreement.objects.get().units_left == 5
    elsewhere = f"/desk/organizations/{world.organization_of('cem')}/"
    for url in (f"{elsewhere}enrolments/{term.pk}/", f"{elsewhere}locations/{place.pk}/competencies/"):
        assert marta.post(url, {}).status_code == 404


@pytest.mark.parametrize("who", ["ines", "carla"])
def test_nobody_else_enters_any_of_it(marta: Client, who: str) -> None:
    world.team("support", "ines")
    place, now = branch(), timezone.now()
    viewer, organization_id = world.viewer(who), place.organization_id
    competency = Competency.objects.create(location=place, name="Cloud", earned_on=now.date())
    term = Term("gold", now.date(), now.date().replace(year=now.year + 1))
    for attempt in (
        lambda: network.enrol(organization_id, term, reason="x", actor=viewer, at=now),
        lambda: network.end_term(organization_id, 1, now.date(), reason="x", actor=viewer, at=now),
        lambda: network.add_competency(
            organization_id, place.pk, "x", earned_on=now.date(), actor=viewer, at=now
        ),
        lambda: network.take_competency(organization_id, competency.pk, reason="x", actor=viewer, at=now),
        lambda: brought_to(viewer, organization_id, at=now),
    ):
        with pytest.raises(Http404):
            attempt()
