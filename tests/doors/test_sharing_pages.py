"""Sharing a request: who sees it, adding, inviting, removing, leaving (REQ-1, REQ-2)."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from pactdesk.cases.models import Case, Contact, Invitation
from pactdesk.cases.queries.invitations import invitation_letter
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.rules.contacts import MOST_ADDITIONAL
from pactdesk.cases.rules.invitations import COUNTED
from pactdesk.cases.services import contacts
from tests import world
from tests.conversations import closes, sent
from tests.doors.guided import error_at, texts, value_of
from tests.doors.visitors import ANONYMOUS, account, visitor

ADDRESS = "eleni@olive-grove-foods.example"

pytestmark = [pytest.mark.django_db, pytest.mark.req("REQ-2")]


@pytest.fixture
def case() -> Case:
    return sent(world.agreement(units=9, registered=["carla"]), share=("cem",))


def url(case: Case) -> str:
    return reverse("portal:request-sharing", args=[f"PD-{case.pk}"])


def url_of(case: Case, who: str) -> str:
    """Where somebody's place is, by name of the world or address."""
    email = who if "@" in who else world.person(who).email
    place = Contact.objects.get(case=case, email=email)
    return reverse("portal:request-contact", args=[f"PD-{case.pk}", place.pk])


def shares(case: Case, who: str = "carla", follow: bool = True, **typed: str) -> HttpResponse:
    data = {"name": "Eleni Vasilaki", "email": ADDRESS, "phone": ""} | typed
    response: HttpResponse = visitor(who).post(url(case), data, follow=follow)
    return response


def emails(case: Case) -> list[str]:
    return list(Contact.objects.filter(case=case).order_by("pk").values_list("email", flat=True))


def test_the_page_says_who_sees_the_request_and_what_that_means(case: Case) -> None:
    shares(case)
    told = texts(visitor("carla").get(url(case)))
    for each in (
        "Contacts read everything in this request",
        "Carla Papadaki (you) Primary contact · carla@olive-grove-foods.example",
        "Cem Kowalski Additional contact · cem@baltic-sails.example",
        f"Eleni Vasilaki Additional contact · {ADDRESS}",
        "Sharing (3)",
        "Remove Eleni Vasilaki",
    ):
        assert each in told, each
    assert "Remove Carla" not in told
    assert "Leave this request" not in told


@pytest.mark.parametrize("who", ["carla", "cem"])
def test_every_contact_shares_it_with_somebody_who_is_invited(who: str, case: Case) -> None:
    told = texts(shares(case, who, phone="+30 2721 054321"))
    assert f"Eleni Vasilaki is a contact of this request now. We write to {ADDRESS} how to see it." in told
    place = Contact.objects.get(email=ADDRESS)
    assert (place.name, place.phone, place.role) == ("Eleni Vasilaki", "+30 2721 054321", "additional")
    assert invitation_letter(place.pk) is not None


def test_whoever_has_an_account_sees_it_at_once(case: Case) -> None:
    address = world.person("olaf").email
    told = texts(shares(case, name="Olaf", email=address.upper()))
    assert f"Olaf is a contact of this request now. We write to {address} how to see it." in told
    assert visitor("olaf").get(reverse("portal:request", args=[f"PD-{case.pk}"])).status_code == 200
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    ("typed", "field", "told"),
    [
        ({"name": ""}, "name", "Enter a name."),
        ({"name": "x" * 201}, "name", "Shorten it to 200."),
        ({"name": "a\u202eb"}, "name", "hidden characters"),
        ({"email": ""}, "email", "Enter an e-mail address."),
        ({"email": "eleni"}, "email", "Enter a valid email address."),
        ({"email": "eleni@x.example\r\nBcc: olaf@x.example"}, "email", "valid email address"),
        ({"email": "e\u202eleni@x.example"}, "email", "hidden characters"),
        ({"email": f"{'x' * 250}@x.example"}, "email", "254 characters"),
        ({"email": "cem@baltic-sails.example"}, "email", "This person is already on the list."),
        ({"email": "CARLA@olive-grove-foods.example"}, "email", "already the primary contact"),
        ({"phone": "call me"}, "phone", "not a phone number"),
    ],
)
def test_what_cannot_be_shared_with_is_told_at_its_field_and_stays(
    typed: dict[str, str], field: str, told: str, case: Case
) -> None:
    before = emails(case)
    response = shares(case, follow=False, **typed)
    assert response.status_code == 422
    assert told in error_at(response, f"id_{field}_error")
    assert value_of(response, field) == typed[field].replace("\r\n", "") or field == "email"
    assert emails(case) == before


def test_a_request_is_shared_with_ten_people_and_no_more(case: Case) -> None:
    for number in range(MOST_ADDITIONAL - 1):
        shares(case, name=f"P{number}", email=f"p{number}@mail.example")
    assert len(emails(case)) == MOST_ADDITIONAL + 1
    told = visitor("carla").get(url(case))
    assert "A request can be shared with 10 people. Remove somebody first." in texts(told)
    assert 'name="email"' not in told.content.decode()
    refused = shares(case, follow=False)
    assert refused.status_code == 422
    assert "10 people" in error_at(refused, "id_email_error")
    assert value_of(refused, "email") == ADDRESS


def test_a_closed_request_is_reopened_before_it_is_shared(case: Case) -> None:
    closes(case)
    told = visitor("carla").get(url(case))
    assert "This request is closed. Reopen it first." in texts(told)
    assert reverse("portal:request-reopen", args=[f"PD-{case.pk}"]) in told.content.decode()
    assert shares(case, follow=False).status_code == 422


def test_the_primary_contact_removes_somebody_after_a_question(case: Case) -> None:
    carla = visitor("carla")
    asked = carla.get(url_of(case, "cem"))
    assert "Cem Kowalski will no longer see this request" in texts(asked)
    told = texts(carla.post(url_of(case, "cem"), {"do": "remove"}, follow=True))
    assert "Cem Kowalski no longer sees this request." in told
    assert emails(case) == ["carla@olive-grove-foods.example"]
    assert visitor("cem").get(url(case)).status_code == 404
    assert "Cem Kowalski taken off the contacts by you" in texts(
        carla.get(reverse("portal:request", args=[f"PD-{case.pk}"]))
    )


def test_somebody_leaves_and_sees_nothing_any_more(case: Case) -> None:
    cem = visitor("cem")
    assert "Leave this request" in texts(cem.get(url(case)))
    assert "You will no longer see this request" in texts(cem.get(url_of(case, "cem")))
    told = cem.post(url_of(case, "cem"), {"do": "remove"}, follow=True)
    assert f"You no longer see request PD-{case.pk}." in texts(told)
    assert cem.get(url(case)).status_code == 404
    assert "Cem Kowalski no longer follows this request" in texts(
        visitor("carla").get(reverse("portal:request", args=[f"PD-{case.pk}"]))
    )


@pytest.mark.parametrize(("who", "whom"), [("cem", "carla"), ("carla", "carla"), ("cem", ADDRESS)])
def test_nobody_else_is_removed(who: str, whom: str, case: Case) -> None:
    shares(case)
    before = emails(case)
    address = url_of(case, whom)
    asked = visitor(who).get(address)
    assert "This cannot be done" in texts(asked)
    refused = visitor(who).post(address, {"do": "remove"})
    assert refused.status_code == 422
    assert "This cannot be done" in texts(refused)
    assert emails(case) == before


def test_removing_twice_leads_to_a_page_that_is_not_there(case: Case) -> None:
    address = url_of(case, "cem")
    carla = visitor("carla")
    assert carla.post(address, {"do": "remove"}).status_code == 302
    assert carla.post(address, {"do": "remove"}).status_code == 404


def test_a_place_of_another_request_is_out_of_reach(case: Case) -> None:
    """A9: a foreign id in the address changes nothing."""
    other = sent(world.agreement(units=9, registered=["carla"]), share=("cem",))
    theirs = Contact.objects.get(case=other, role="additional").pk
    address = reverse("portal:request-contact", args=[f"PD-{case.pk}", theirs])
    for do in ("remove", "invite"):
        assert visitor("carla").post(address, {"do": do}).status_code == 404
    assert len(emails(other)) == 2


def test_an_invitation_is_sent_again_a_day_later(case: Case) -> None:
    shares(case)
    carla, address = visitor("carla"), url_of(case, ADDRESS)
    assert "Invite again Eleni Vasilaki" in texts(carla.get(url(case)))
    answer = f"If Eleni Vasilaki still needs an invitation, it goes to {ADDRESS}, once a day at most."
    for invitations in (1, 2):
        told = texts(carla.post(address, {"do": "invite"}, follow=True))
        assert answer in told
        assert Invitation.objects.count() == invitations
        Invitation.objects.update(issued_at=timezone.now() - COUNTED)
    for do in ("", "x", "accept"):
        assert carla.post(address, {"do": do}).status_code == 400


def test_whoever_was_written_to_today_is_added_without_an_invitation(case: Case) -> None:
    shares(case)
    visitor("carla").post(url_of(case, ADDRESS), {"do": "remove"})
    shares(case)
    assert Contact.objects.filter(case=case, email=ADDRESS).exists()
    assert Invitation.objects.count() == 1


def test_people_who_were_named_at_sending_can_be_invited(case: Case) -> None:
    """Sending itself invites nobody (WIZ-6)."""
    eleni = Person("Eleni", ADDRESS)
    other = sent(world.agreement(units=9, registered=["carla"]), share=(eleni,))
    assert not Invitation.objects.exists()
    carla = visitor("carla")
    carla.post(url_of(other, ADDRESS), {"do": "invite"})
    assert Invitation.objects.get().email == ADDRESS


def test_the_invitation_tells_what_it_is_and_until_when(case: Case) -> None:
    shares(case)
    letter = invitation_letter(Contact.objects.get(email=ADDRESS).pk)
    assert letter is not None
    address = reverse("portal:invitation", args=[letter.token])
    told = texts(visitor(ANONYMOUS).get(address))
    assert f"Carla Papadaki has made Eleni Vasilaki ({ADDRESS}) a contact" in told
    assert "(Athens)" in told
    assert "Create an account" in told
    told = texts(visitor("olaf").get(address))
    assert f"You are signed in as {world.person('olaf').email}." in told
    told = texts(visitor("cem").get(address))
    assert "You see this request already" in told
    assert "Accept" not in told
    # Whoever sees it already cannot use it up.
    response = visitor("cem").post(address, {"do": "accept"})
    assert response["Location"] == reverse("portal:request", args=[f"PD-{case.pk}"])
    assert invitation_letter(place := Contact.objects.get(email=ADDRESS).pk) is not None
    accepted = visitor("olaf").post(address, {"do": "accept"}, follow=True)
    assert f"You are a contact of request PD-{case.pk} now." in texts(accepted)
    assert "Invitation to Eleni Vasilaki accepted by you" in texts(accepted)
    assert invitation_letter(place) is None
    assert not Contact.objects.filter(email=ADDRESS).exists()


def test_somebody_without_a_profile_accepts_and_completes_it_first(case: Case) -> None:
    shares(case)
    letter = invitation_letter(Contact.objects.get(email=ADDRESS).pk)
    assert letter is not None
    petra = visitor("petra")
    response = petra.post(reverse("portal:invitation", args=[letter.token]), {"do": "accept"}, follow=True)
    assert response.redirect_chain[-1][0].startswith(reverse("portal:profile"))
    assert Contact.objects.get(case=case, account=account("petra")).name == "Petra Horáková"


def test_sharing_costs_the_same_however_many_see_it(case: Case, statements: list[str]) -> None:
    carla, counts = visitor("carla"), []
    for count in (5, 0):
        carla.get(url(case))
        statements.clear()
        carla.get(url(case))
        counts.append(len(statements))
        for number in range(count):
            contacts.add_contact(
                case.pk,
                Person(f"P{number}", f"p{number}@mail.example"),
                actor=world.viewer("carla"),
                at=timezone.now(),
            )
    assert counts[0] == counts[1] <= 11
