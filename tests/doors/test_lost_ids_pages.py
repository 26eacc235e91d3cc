"""I do not have my IDs: what is known, whom the region lets be mailed, and a request that needs no pair (BEN-4)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from pactdesk.accounts.models import Account, Enrolment, Location, Organization
from pactdesk.agreements.facts import PairMailed
from pactdesk.agreements.models import PairMailing, Registration
from pactdesk.agreements.queries import lost_pairs as lost_pairs_query
from pactdesk.agreements.queries.lost_pairs import lost_pairs
from pactdesk.agreements.rules import grouped
from pactdesk.agreements.services import activation, revoke_registration
from pactdesk.cases.models import Draft
from pactdesk.cases.rules.answers import Answers
from pactdesk.journal import services as journal
from pactdesk.journal.models import FactRow
from pactdesk.kernel.ids import new_key
from pactdesk.notifications.models import OutgoingMail
from pactdesk.notifications.services import outbox, telling_pairs
from tests import world
from tests.doors.guided import texts
from tests.doors.visitors import visitor

pytestmark = pytest.mark.django_db
URL = "/benefits/lost-ids/"


class House:
    """Nora's organization, a partner: she is its contact at the headquarters, Rafael and Cem work for it elsewhere."""

    def __init__(self) -> None:
        world.catalogue()
        self.nora = world.person("nora", language="en")
        organization_id = world.organization_of("nora")
        self.headquarters = Location.objects.create(
            organization_id=organization_id, name="Prague", city="Prague", country="CZ", is_headquarters=True
        )
        branch = Location.objects.create(organization_id=organization_id, name="Brno", country="CZ")
        abroad = Location.objects.create(organization_id=organization_id, name="Wien", country="AT")
        ours = {"organization_id": organization_id, "language": "en"}
        self.rafael = world.person("rafael", location=branch, **ours)
        self.cem = world.person("cem", location=abroad, **ours)
        Organization.objects.filter(pk=organization_id).update(
            primary_contact=self.nora, partner_number="4648141"
        )
        today = timezone.now().date()
        Enrolment.objects.create(
            organization_id=organization_id,
            level="gold",
            renewed_on=today,
            ends_on=today.replace(year=today.year + 1, day=1),
        )
        (self.activated,) = activation.activate_due(at=timezone.now())

    def move_to(self, country: str) -> None:
        """The headquarters are in this country from now on, and so is everybody's branch."""
        Location.objects.update(country=country)

    def mailed(self) -> list[tuple[str, str]]:
        """To whom the pair was mailed, and why, in the order in which it was."""
        return list(PairMailing.objects.order_by("pk").values_list("account__first_name", "occasion"))


@pytest.fixture
def house() -> House:
    return House()


def mail_me(client: Client, agreement_id: int | None) -> int:
    return client.post(URL, {"do": "mail-me", "agreement": str(agreement_id)}).status_code


@pytest.mark.req("BEN-4")
@pytest.mark.usefixtures("statements")
def test_the_region_decides_who_has_the_pair_mailed_and_nobody_sees_it(
    house: House, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    pair = world.agreement(owner=house.nora, units=3)
    rafaels = world.viewer(house.rafael)
    for _how_many in range(2):
        with django_assert_num_queries(6):
            assert lost_pairs(rafaels, at=timezone.now())
        world.agreement(owner=house.nora)
    rafael, cem, nora = visitor("rafael"), visitor("cem"), visitor("nora")
    page = texts(rafael.get(URL))
    for told in (
        "Partner number 4648141",
        "Partner network Gold, until",
        "Nora Dvořáková · nora@northgate-distribution.example",
        "Your location Brno",
        "Region Europe, Middle East and Africa",
        "Gold Partner Support 20-pack",
        "E-mail me the IDs",
    ):
        assert told in page
    for secret in (pair.access_id, pair.contract_id, grouped(pair.contract_id)):
        assert secret not in page
    assert mail_me(rafael, house.activated.agreement_id) == 302
    # Another country than that of the benefits.
    page = texts(cem.get(URL))
    assert "Your location is in another one" in page
    assert "Gold Partner Support" not in page
    assert mail_me(cem, house.activated.agreement_id) == mail_me(cem, 999_999) == 404
    assert house.mailed() == [("Nora", "activated"), ("Rafael", "asked-for")]
    # A region whose policy is the primary programme contact only.
    house.move_to("VN")
    page = texts(rafael.get(URL))
    assert "to the primary programme contact only" in page
    assert "Gold Partner Support" not in page
    assert mail_me(rafael, house.activated.agreement_id) == mail_me(rafael, 999_999) == 404
    assert "You may have the IDs" in texts(nora.get(URL))
    assert mail_me(nora, house.activated.agreement_id) == 302
    assert house.mailed()[2:] == [("Nora", "asked-for")]
    # Whoever is in no organization, or in another one.
    for stranger in ("olaf", "carla"):
        page = texts(visitor(stranger).get(URL))
        assert "Gold Partner Support" not in page
        assert house.nora.email not in page
        assert mail_me(visitor(stranger), house.activated.agreement_id) == 404


@pytest.mark.req("BEN-4")
def test_many_pairs_stand_on_pages_and_one_is_mailed_from_any(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lost_pairs_query, "PAGE", 1)
    world.agreement("silver-partner-support-10", owner=house.nora)
    rafael = visitor("rafael")
    first, second = texts(rafael.get(URL)), texts(rafael.get(f"{URL}?page=2"))
    assert "Silver Partner Support" in first
    assert "Gold Partner Support" not in first
    assert "Page 1 of 2 Next page" in first
    assert "Silver Partner Support" not in second
    assert "Gold Partner Support" in second
    assert texts(rafael.get(f"{URL}?page=99")) == second
    sent = rafael.post(
        f"{URL}?page=2", {"do": "mail-me", "agreement": str(house.activated.agreement_id)}, follow=True
    )
    assert sent.redirect_chain == [(f"{URL}?page=2", 302)]
    assert "On its way to Rafael" in texts(sent)
    letter = FactRow.objects.filter(code=PairMailed.code).latest("pk").pk
    (mail_id,) = telling_pairs.tell(letter, at=timezone.now())
    for moved, told in ((False, "E-mailed to Rafael"), (True, "The e-mail to Rafael Lemaire did not leave")):
        OutgoingMail.objects.update(state="queued")
        world.person("rafael", is_active=not moved)
        outbox.hand_over(mail_id, at=timezone.now())
        world.person("rafael", is_active=True)
        assert told in texts(visitor("rafael").get(f"{URL}?page=2"))
    # One that nobody has written within an hour is not on its way any more.
    OutgoingMail.objects.all().delete()
    an_hour_ago = timezone.now() - timedelta(minutes=61)
    journal.record(
        PairMailed(house.activated.agreement_id, account=house.rafael.pk, occasion="asked-for"),
        actor_id=None,
        at=an_hour_ago,
    )
    assert "The e-mail to Rafael Lemaire did not leave" in texts(visitor("rafael").get(f"{URL}?page=2"))


@pytest.mark.req("BEN-4", "AGR-11")
def test_what_is_suspended_has_ended_or_was_withdrawn_is_not_mailed_and_not_told(house: House) -> None:
    shared = world.agreement("silver-partner-support-10", owner=house.nora, registered=[house.rafael])
    ended = world.ended_agreement("action-pack-support-10", owner=house.nora)
    rafael = visitor("rafael")
    assert "Silver Partner Support" in texts(rafael.get(URL))
    assert "Action Pack" not in texts(rafael.get(URL))
    seat = shared_seat(shared.id, house.rafael)
    revoke_registration(shared.id, seat, actor=world.viewer(house.nora), at=timezone.now())
    assert "Silver Partner Support" not in texts(rafael.get(URL))
    assert (mail_me(rafael, shared.id), mail_me(rafael, ended.id)) == (404, 404)


def shared_seat(agreement_id: int, who: Account) -> int:
    return Registration.objects.get(agreement=agreement_id, account=who).pk


@pytest.mark.req("BEN-4")
def test_nobody_is_mailed_the_same_pair_without_end(house: House) -> None:
    rafael, cem = visitor("rafael"), visitor("cem")
    assert [mail_me(rafael, house.activated.agreement_id) for _time in range(4)] == [302, 302, 302, 422]
    page = texts(rafael.post(URL, {"do": "mail-me", "agreement": str(house.activated.agreement_id)}))
    assert "Nothing was sent" in page
    assert "Wait until tomorrow" in page
    # Whoever has it mailed to the contact is answered alike, whether something is sent, was sent or does not exist.
    PairMailing.objects.all().delete()
    answers = [cem.post(URL, {"do": "mail-contacts"}, follow=True) for _time in range(2)]
    assert house.mailed() == [("Nora", "asked-for")]
    world.person("cem", organization_id=world.organization_of("carla"))
    answers.append(cem.post(URL, {"do": "mail-contacts"}, follow=True))
    for answer in answers:
        assert "If there are IDs that can be sent" in texts(answer)
    assert house.mailed() == [("Nora", "asked-for")]
    assert visitor("olaf").post(URL, {"do": "mail-contacts"}).status_code == 404


@pytest.mark.req("BEN-4", "REQ-3")
def test_it_begins_a_request_once_that_is_filled_in_and_needs_no_pair(house: House) -> None:
    nora, key = visitor("nora"), str(new_key())
    for _click in range(2):
        answer = nora.post(URL, {"do": "ask", "key": key})
        assert answer["Location"] == f"/requests/new/{key}/"
    problem = Answers.from_data(Draft.objects.get().answers).problem
    assert (problem.product, problem.category, problem.problem) == (
        "partner-membership",
        "benefits",
        "ids-lost",
    )
    assert problem.answers == {"partner-id": "4648141"}
    for told in ("Organization: Northgate Distribution", "Partner number: 4648141", "Headquarters: Prague"):
        assert told in problem.description
    shown = nora.get(answer["Location"], follow=True)
    assert "Northgate Distribution" in shown.content.decode()
    nora.post(URL, {"do": "ask-contact", "key": str(new_key())})
    changed = Answers.from_data(Draft.objects.latest("created_at").answers).problem
    assert changed.problem == "programme-contact"
    # The partner centre is for partners; others are told whom to write to.
    for who in ("olaf", "carla"):
        refused = visitor(who).post(URL, {"do": "ask", "key": str(new_key())})
        assert refused.status_code == 422
        assert "Write to" in texts(refused)
    assert Draft.objects.count() == 2
