"""One account, one place in a request, however many addresses somebody is known by (REQ-1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from pactdesk.cases.models import Contact
from pactdesk.cases.queries.lists import Sought, request_list
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.services import contacts, relations
from pactdesk.cases.services.conversation import reply
from pactdesk.cases.services.submission import submit
from pactdesk.kernel.ids import new_key
from tests import world
from tests.drafts import ready

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
SECOND = "carla@home.example"

pytestmark = [pytest.mark.django_db, pytest.mark.req("REQ-1")]


@pytest.fixture
def plan() -> world.Agreement:
    world.team("support", "ines")
    return world.agreement(units=5, registered=["carla", "cem"], at=NOW)


def sent(plan: world.Agreement, *, primary: Person | None = None, share: tuple[Person, ...] = ()) -> int:
    carla = world.viewer("carla")
    draft = ready(carla, plan.id, at=NOW, primary=primary, share=share)
    return submit(draft, terms_accepted=True, actor=carla, at=NOW).number


def proves(name: str, address: str) -> int:
    """Somebody proves to own one more address; answers how many places that gives."""
    account = world.person(name)
    EmailAddress.objects.create(user=account, email=address, verified=True)
    return contacts.claim_places(address, account_id=account.pk)


def places_of(name: str, number: int) -> list[str]:
    mine = Contact.objects.filter(case_id=number, account=world.person(name))
    return list(mine.order_by("pk").values_list("email", flat=True))


def talks(name: str, number: int) -> None:
    reply(number, "Here I am.", key=new_key(), actor=world.viewer(name), at=LATER)


def test_the_database_gives_nobody_a_second_place(plan: world.Agreement) -> None:
    number = sent(plan, share=(Person("Carla", SECOND),))
    other = Contact.objects.get(case_id=number, email=SECOND)
    with pytest.raises(IntegrityError, match="contact_one_of_an_account"), transaction.atomic():
        Contact.objects.filter(pk=other.pk).update(account=world.person("carla"))


def test_whoever_proves_a_second_address_that_is_shared_with_keeps_one_place(plan: world.Agreement) -> None:
    number = sent(plan, share=(Person("Carla", SECOND),))
    elsewhere = sent(plan, primary=Person("Carla", SECOND), share=(Person("Cem", world.person("cem").email),))
    assert proves("carla", SECOND) == 1
    assert places_of("carla", number) == [world.person("carla").email]
    assert places_of("carla", elsewhere) == [SECOND]
    talks("carla", number)
    lines = request_list(world.viewer("carla"), Sought()).lines
    assert sorted(line.number for line in lines) == [number, elsewhere]


def test_whoever_submits_for_two_own_addresses_has_one_place(plan: world.Agreement) -> None:
    world.person("carla", contact_email="desk@olive-grove-foods.example")
    carla = world.viewer("carla")
    number = sent(
        plan, primary=Person("Carla", carla.contact_email, carla.phone), share=(Person("Carla", carla.email),)
    )
    assert places_of("carla", number) == [carla.contact_email]
    talks("carla", number)


def test_somebody_who_is_there_gets_no_second_place_under_another_address(plan: world.Agreement) -> None:
    """The desk is told whose address it is. A contact is not, and names somebody who takes up no place."""
    proves("carla", SECOND)
    number = sent(plan)
    with pytest.raises(contacts.CannotChangeContacts, match=r"contact\.named-twice"):
        contacts.add_contact_from_desk(number, Person("C", SECOND), actor=world.viewer("ines"), at=LATER)
    contacts.add_contact(number, Person("C", SECOND), actor=world.viewer("carla"), at=LATER)
    assert places_of("carla", number) == [world.person("carla").email]


def test_a_duplicate_brings_nobody_along_who_is_there_already(plan: world.Agreement) -> None:
    proves("carla", SECOND)
    duplicate, original = sent(plan, primary=Person("Carla", SECOND)), sent(plan)
    relations.merge(duplicate, original, seen=None, actor=world.viewer("ines"), at=LATER)
    assert places_of("carla", original) == [world.person("carla").email]
    assert Contact.objects.filter(case_id=original).count() == 1


def test_whoever_loses_one_of_two_places_keeps_the_other(plan: world.Agreement) -> None:
    number = sent(plan, primary=Person("Cem", world.person("cem").email), share=(Person("Carla", SECOND),))
    added = contacts.add_contact(
        number, Person("Carla", world.person("carla").email), actor=world.viewer("cem"), at=LATER
    )
    assert proves("carla", SECOND) == 0
    contacts.remove_contact(number, added.contact_id, actor=world.viewer("cem"), at=LATER)
    assert places_of("carla", number) == [SECOND]
    talks("carla", number)
