"""The service centre's own desk: organizations, agreements, approvals and the mail log."""

from __future__ import annotations

import pytest
from django.http import Http404
from django.test import Client
from django.utils import timezone

from pactdesk.accounts.models import Location
from pactdesk.accounts.services.contacts import set_primary_contact
from pactdesk.agreements.models import Registration
from pactdesk.agreements.services.looking_after import withdraw_registration
from pactdesk.journal.models import FactRow
from pactdesk.notifications.models import OutgoingMail
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre() -> tuple[Client, Client]:
    """Marta and Nora of the service centre."""
    world.team("service-centre", "marta", "nora")
    return signed_in("marta"), signed_in("nora")


def signed_in(who: str) -> Client:
    client = Client()
    client.force_login(world.person(who))
    return client


@pytest.mark.req("AGR-11")
def test_no_page_of_the_centre_shows_a_contract_id(centre: tuple[Client, Client]) -> None:
    marta, _nora = centre
    plan = world.agreement(owner="carla")
    organization = world.organization_of("carla")
    grouped = " ".join(plan.contract_id[at : at + 4] for at in range(0, len(plan.contract_id), 4))
    for url in (
        "/desk/agreements/",
        "/desk/agreements/list.csv",
        f"/desk/agreements/{plan.id}/",
        f"/desk/organizations/{organization}/",
        "/desk/mail/",
    ):
        text = marta.get(url).text
        assert plan.contract_id not in text
        assert grouped not in text


def test_an_organization_has_its_contact_changed_(
    centre: tuple[Client, Client],
) -> None:
    marta, _nora = centre
    carla = world.person("carla")
    organization = world.organization_of("carla")
    place = Location.objects.create(organization_id=organization, name="Piraeus", country="GR")
    page = f"/desk/organizations/{organization}/"
    assert page in marta.get("/desk/organizations/", {"q": "olive"}).text
    assert marta.post(f"{page}contact/", {"contact": world.person("cem").email}).status_code == 422
    for url in (f"{page}contact/", f"{page}locations/{place.pk}/"):
        assert marta.post(url, {"contact": carla.email}).status_code == 302
    place.refresh_from_db()
    assert place.primary_contact == carla
    plan = world.agreement(owner="carla", registered=["cem"])
    assert f"/desk/agreements/{plan.id}/" in marta.get(page).text
    assert page in marta.get(f"/desk/agreements/{plan.id}/").text
    for who in ("ines", "carla"):
        assert signed_in(who).post(f"{page}contact/", {"contact": ""}).status_code == 404
    with pytest.raises(Http404):
        set_primary_contact(organization, None, "", actor=world.viewer("ines"), at=timezone.now())
    codes = list(FactRow.objects.values_list("code", flat=True))
    assert codes.count("organization.contact-changed") == 2


@pytest.mark.req("AGR-11")
def test_a_registration_is_withdrawn_with_its_reason(centre: tuple[Client, Client]) -> None:
    marta, _nora = centre
    plan = world.agreement(owner="carla", registered=["carla", "cem"])
    seat = Registration.objects.get(agreement_id=plan.id, account=world.person("cem"))
    url = f"/desk/agreements/{plan.id}/seats/{seat.pk}/"
    assert url in marta.get(f"/desk/agreements/{plan.id}/").text
    assert marta.post(url, {"reason": ""}).status_code == 422
    assert marta.post(url, {"reason": "left the company"}).status_code == 302
    seat.refresh_from_db()
    assert seat.revoked_by == world.person("marta")
    shown = marta.get(f"/desk/agreements/{plan.id}/").text
    assert "left the company" in shown
    assert url not in shown
    other = world.agreement(owner="nora")
    assert marta.get(f"/desk/agreements/{other.id}/seats/{seat.pk}/").status_code == 404
    with pytest.raises(Http404):
        withdraw_registration(plan.id, seat.pk, reason="x", actor=world.viewer("carla"), at=timezone.now())


def test_the_mail_log_has_letters_about_agreements_alone(centre: tuple[Client, Client]) -> None:
    marta, _nora = centre
    now = timezone.now()
    for kind, state in (
        ("agreement-registered", "parked"),
        ("agreement-used", "sent"),
        ("pair", "sent"),
        ("opened", "parked"),
    ):
        OutgoingMail.objects.create(
            key=kind,
            kind=kind,
            to_address=f"{kind}@olive.example",
            language="en",
            subject=f"About {kind}",
            text="THE TEXT",
            message_id=f"<{kind}@x>",
            state=state,
            created_at=now,
        )
    page = marta.get("/desk/mail/").text
    assert "About agreement-registered" in page
    assert "About agreement-used" in page
    assert "About pair" in page
    assert "opened@" not in page
    assert "THE TEXT" not in page
    assert "About agreement-used" not in marta.get("/desk/mail/", {"state": "parked"}).text
    begun = marta.get("/desk/mail/", {"q": "Agreement-REG"}).text
    assert "About agreement-registered" in begun
    assert "About agreement-used" not in begun
    for nobody in ("olive.example", "%", "_greement"):
        assert "About agreement" not in marta.get("/desk/mail/", {"q": nobody}).text
    again = OutgoingMail.objects.get(key="agreement-registered")
    assert marta.post(f"/desk/mail/{again.pk}/again/").status_code == 302
    again.refresh_from_db()
    assert again.state == "queued"
    for key in ("agreement-used", "opened"):
        other = OutgoingMail.objects.get(key=key)
        assert marta.post(f"/desk/mail/{other.pk}/again/").status_code == 404
