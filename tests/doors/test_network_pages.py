"""How an organization stands in the partner network, at the pages of the service centre (BEN-2, BEN-3)."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.http import Http404
from django.test import Client
from django.utils import timezone

from pactdesk.accounts.models import Account, Competency, Enrolment, Location
from pactdesk.accounts.rules.network import Term
from pactdesk.accounts.services import network
from pactdesk.agreements.models import Activation, Agreement, Issuance, PairMailing
from pactdesk.agreements.queries.activation import brought_to
from pactdesk.journal.models import FactRow
from tests import world
from tests.doors.visitors import visitor

WHY = {"key": "0b7a8c0e-6f0d-4d5e-9d5b-0f5d1b0f4a11", "reason": "Asked by phone"}

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
    Enrolment.objects.create(
        organization_id=place.organization_id,
        level="silver",
        renewed_on=timezone.localdate() - timedelta(days=60),
        ends_on=timezone.localdate() - timedelta(days=30),
    )
    anew = marta.post(f"{page}enrolments/", {**typed, "level": "silver"}).text
    assert re.search('href="#id_renewed_on">A term at this level began', anew)
    Enrolment.objects.filter(level="silver").delete()
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
    assert marta.post(kit, {"key": uuid4(), "reason": ""}).status_code == 422
    asked = {"key": uuid4(), "reason": "Asked in request 100"}
    assert marta.post(kit, asked)["Location"] == page
    assert "for this term already" in marta.post(kit, {**asked, "key": uuid4()}).text
    activation = Activation.objects.get()
    assert (activation.location, PairMailing.objects.get().account) == (place, world.person("carla"))
    assert kit not in marta.get(page).text
    codes = list(FactRow.objects.filter(subject_type="organization").values_list("code", flat=True))
    assert sorted(codes) == ["organization.competency-earned", "organization.enrolled"]


@pytest.mark.req("BEN-2")
def test_an_action_pack_is_activated_on_behalf_of_an_organization_by_two(marta: Client) -> None:
    place, today = branch(), timezone.localdate()
    page = f"/desk/organizations/{place.organization_id}/"
    pack = f"{page}programmes/action-pack-support-10/"
    assert marta.get(pack).status_code == 404
    Enrolment.objects.create(
        organization_id=place.organization_id,
        level="action-pack",
        renewed_on=today,
        ends_on=today.replace(year=today.year + 1),
    )
    assert pack in marta.get(page).text
    Account.objects.filter(pk=world.person("marta").pk).update(organization=place.organization)
    shown = marta.get(pack).text
    assert ("Nobody does this for themself" in shown, 'name="reason"' in shown) == (True, False)
    Account.objects.filter(pk=world.person("marta").pk).update(organization=None)
    shown = marta.get(pack).text
    for told in ("the pair waits until there is one", "10 incidents", "Alone you move"):
        assert told in shown, told
    Location.objects.update(is_headquarters=True)
    assert world.person("carla").email in marta.get(pack).text
    typed = marta.post(pack, {**WHY, "reason": ""})
    assert (typed.status_code, "Say why, in a few words." in typed.text) == (422, True)
    assert marta.post(pack, WHY, follow=True).redirect_chain == [("/desk/approvals/", 302)]
    assert marta.post(pack, WHY)["Location"] == "/desk/approvals/"  # sent twice is asked once
    row = Issuance.objects.get()
    shown = marta.get(page).text
    assert ("Waiting for a second person" in shown, pack in shown) == (True, False)
    assert "waits for a second person of the service centre already" in marta.get(pack).text
    again = marta.post(pack, {**WHY, "key": uuid4()})
    assert (again.status_code, Issuance.objects.count()) == (422, 1)
    world.team("service-centre", "ines")
    ines, approval = visitor("ines"), f"/desk/approvals/issues/{row.pk}/"
    shown = ines.get(approval).text
    for told in ("Activate Action Pack", "Asked by phone", "Approve and activate it"):
        assert told in shown, told
    assert "First day" not in shown
    done = ines.post(approval, {"do": "approve"}, follow=True)
    assert "The benefits are activated." in done.text
    assert PairMailing.objects.get().account == world.person("carla")
    shown = marta.get(f"/desk/agreements/{Agreement.objects.get().pk}/").text
    assert ("Asked by phone" in shown, "Activated" in shown) == (True, True)
    assert "for this term already" in marta.get(pack).text


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
    assert marta.post(f"{page}locations/{place.pk}/kits/competency-kit-support-5/", WHY).status_code == 302
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
