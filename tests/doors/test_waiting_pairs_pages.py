"""The pairs that nobody could be mailed, at the service centre (BEN-1, BEN-3)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from pactdesk.accounts.models import Enrolment, Location, Organization
from pactdesk.agreements.models import Agreement, PairMailing, Registration
from pactdesk.agreements.queries import waiting_pairs
from pactdesk.agreements.queries.mailing import pair_of
from pactdesk.agreements.queries.waiting_pairs import waiting
from pactdesk.agreements.services import activation
from tests import world
from tests.doors.guided import texts
from tests.doors.visitors import visitor

pytestmark = [pytest.mark.django_db, pytest.mark.req("BEN-1")]
URL = "/desk/pairs/"


def without_a_contact(who: str, country: str, *, days: int) -> int:
    """The organization of somebody, renewed so many days ago, whose pair waits; answers its id."""
    world.catalogue()
    at = timezone.now() - timedelta(days=days)
    organization_id = world.organization_of(who)
    Location.objects.create(
        organization_id=organization_id, name="Main", country=country, is_headquarters=True
    )
    Enrolment.objects.create(
        organization_id=organization_id,
        level="gold",
        renewed_on=at.date(),
        ends_on=at.date() + timedelta(days=364),
    )
    activation.activate_due(at=at)
    return organization_id


@pytest.mark.usefixtures("statements")
def test_what_waits_is_listed_and_mailed_once_somebody_is_named(
    monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    world.team("service-centre", "marta")
    marta = visitor("marta")
    assert "Nothing waits" in texts(marta.get(URL))
    nora, rafael = without_a_contact("nora", "CZ", days=3), without_a_contact("rafael", "VN", days=2)
    page = marta.get(URL)
    told = texts(page)
    assert told.index("Lemaire Conseil") < told.index("Northgate Distribution")
    assert "Main · Czechia" not in told  # the headquarters go by that word
    assert "Headquarters · Czechia · activated on" in told
    with django_assert_max_num_queries(5):
        first, second = (each.agreement_id for each in waiting())
    # Elsewhere nobody but the contact may have it.
    assert f"/desk/agreements/{first}/send/" in page.text
    assert f"/desk/agreements/{second}/send/" not in page.text
    for agreement_id in (first, second):
        pair = pair_of(agreement_id)
        assert pair.access_id not in told
        assert pair.contract_id not in told
    assert "Lemaire Conseil,,VN," in marta.get(f"{URL}list.csv").content.decode("utf-8-sig")
    monkeypatch.setattr(waiting_pairs, "PAGE", 1)
    first_page = marta.get(URL)
    assert "Northgate Distribution" not in texts(first_page)
    older = first_page.text.partition(f'href="{URL}?older=')[2].partition('"')[0]
    assert "Northgate Distribution" in texts(marta.get(f"{URL}?older={older}"))

    refused = texts(marta.post(f"{URL}{first}/mail/", follow=True))
    assert "nobody to be written to" in refused
    assert not PairMailing.objects.exists()
    Organization.objects.filter(pk=nora).update(primary_contact=world.person("nora"))
    seat = Registration.objects.create(
        agreement_id=first,
        account=world.person("nora"),
        registered_at=timezone.now(),
        revoked_at=timezone.now(),
    )
    assert "withdrawn. Once another contact is named, the IDs" in texts(marta.get(f"{URL}?older={older}"))
    Agreement.objects.filter(pk=first).update(owner=world.person("carla"))
    assert "Once the owner has given that back" in texts(marta.get(f"{URL}?older={older}"))
    Agreement.objects.filter(pk=first).update(owner=None)
    listed = marta.get(f"{URL}list.csv").content.decode("utf-8-sig")
    assert "Nora Dvořáková,The contact's access was withdrawn" in listed
    assert ",,No primary programme contact who can be written to" in listed
    seat.delete()
    assert "Can be mailed to Nora Dvořáková" in texts(marta.get(f"{URL}?older={older}"))
    assert "The IDs are mailed" in texts(marta.post(f"{URL}{first}/mail/", follow=True))
    assert "mailed in the meantime" in texts(marta.post(f"{URL}{first}/mail/", follow=True))
    mailing = PairMailing.objects.get()
    assert (mailing.agreement_id, mailing.account_id) == (first, world.person("nora").pk)
    assert [each.organization_id for each in waiting()] == [rafael]
    other = world.agreement(owner="carla")
    assert marta.post(f"{URL}{other.id}/mail/").status_code == 404
    for who in ("ines", "nora"):
        assert visitor(who).post(f"{URL}{second}/mail/").status_code == 404
