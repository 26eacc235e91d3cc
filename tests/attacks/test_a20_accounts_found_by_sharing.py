"""A20: nobody learns by sharing a request whether an address has an account here, or whose it is (REQ-2).

Whoever shares reads the same words about an address with an account, one without, one that was invited lately, and
another one of somebody who sees the request already, on the page, in the timeline, and in the answers to programs.
"""

from __future__ import annotations

import json
import re

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from pactdesk.cases.models import Case, Contact, Invitation
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.services.contacts import add_contact
from tests import world
from tests.conversations import sent
from tests.doors.programs import program
from tests.doors.visitors import visitor

pytestmark = [pytest.mark.django_db, pytest.mark.req("REQ-2")]

WITHOUT = "zoe@olive-grove-foods.example"
LATELY = "eleni@olive-grove-foods.example"
SECOND = "second@mail.example"


@pytest.fixture
def plan() -> world.Agreement:
    return world.agreement(units=20, registered=["carla"])


@pytest.fixture
def addresses(plan: world.Agreement) -> dict[str, str]:
    """An address of each kind."""
    add_contact(sent(plan).pk, Person("Eleni", LATELY), actor=world.viewer("carla"), at=timezone.now())
    EmailAddress.objects.create(user=world.person("cem"), email=SECOND, verified=True)
    return {
        "without an account": WITHOUT,
        "with one": world.person("olaf").email,
        "with one in another language": world.person("nora").email,
        "invited lately": LATELY,
        "of somebody who is there": SECOND,
    }


def alike(text: str, case: Case, address: str) -> str:
    """What somebody reads, without what has to differ: the address that was typed, numbers of rows, tokens, times."""
    text = text.replace(address, "ADDRESS").replace(f"PD-{case.pk}", "NUMBER")
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"|nonce="[^"]+"|name="key" value="[\w-]+"', "", text)
    text = re.sub(r'(datetime|data-at|data-now|id|data-seen|value)="[^"]*\d[^"]*"', "", text)
    return re.sub(r"/(contacts|sharing)/\d+|#m?\d+|\b\d{1,2}:\d\d\b", "", text)


def said(response: HttpResponse, case: Case, address: str) -> str:
    assert response.status_code == 200
    return alike(response.content.decode(), case, address)


def test_the_pages_say_the_same_of_every_address(plan: world.Agreement, addresses: dict[str, str]) -> None:
    carla, pages = visitor("carla"), {}
    # Pages say how much time is left, so all of them are read at one instant.
    with time_machine.travel(timezone.now(), tick=False):
        for kind, address in addresses.items():
            case = sent(plan, share=("cem",))
            sharing = reverse("portal:request-sharing", args=[f"PD-{case.pk}"])
            answered = carla.post(sharing, {"name": "Zoe", "email": address}, follow=True)
            place = Contact.objects.get(case=case, email=address)
            asked = reverse("portal:request-contact", args=[f"PD-{case.pk}", place.pk])
            pages[kind] = [
                said(answered, case, address),
                said(carla.get(asked), case, address),
                said(carla.post(asked, {"do": "invite"}, follow=True), case, address),
                said(carla.get(reverse("portal:request", args=[f"PD-{case.pk}"])), case, address),
            ]
    first = pages.pop("without an account")
    assert "Zoe is a contact of this request now. We write to ADDRESS how to see it." in first[0]
    assert "Invite again" in first[0]
    for kind, found in pages.items():
        for one, other in zip(first, found, strict=True):
            assert one.splitlines() == other.splitlines(), kind
    # What follows from it still differs: only those are invited who need it, once a day.
    invited = set(Invitation.objects.values_list("email", flat=True))
    assert invited == {WITHOUT, LATELY, SECOND}
    assert Invitation.objects.filter(email=LATELY).count() == 1


def test_programs_are_told_the_same_of_every_address(
    plan: world.Agreement, addresses: dict[str, str]
) -> None:
    carla, answers = program("carla"), {}
    for kind, address in addresses.items():
        case = sent(plan, share=("cem",))
        path = f"/requests/PD-{case.pk}/contacts"
        added = carla.post(path, {"name": "Zoe", "email": address})
        assert added.status_code == 201, (kind, added.content)
        told = [added, carla.get(path), carla.get(f"/requests/PD-{case.pk}")]
        written = [re.sub(r'("\w*(id|_at)": )("[^"]*"|\d+)', r"\1", json.dumps(each.json())) for each in told]
        answers[kind] = [alike(each, case, address) for each in written] + [sorted(added.headers)]
    first = answers.pop("without an account")
    for kind, found in answers.items():
        assert found == first, kind


@pytest.mark.usefixtures("addresses")
def test_whoever_is_there_gets_no_second_view_by_another_address(plan: world.Agreement) -> None:
    case = sent(plan, share=("cem",))
    add_contact(case.pk, Person("Zoe", SECOND), actor=world.viewer("carla"), at=timezone.now())
    assert Contact.objects.get(case=case, email=SECOND).account_id is None
    assert Contact.objects.filter(case=case, account=world.person("cem")).count() == 1
