"""A20: an invitation is worth one place, to whoever read the mail, once, for three days, and nothing to others."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections import Counter
from datetime import timedelta
from statistics import median
from time import perf_counter

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pactdesk.accounts.models import Account
from pactdesk.cases.models import Case, Contact, Invitation
from pactdesk.cases.queries.invitations import invitation_letter
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.rules.invitations import COUNTED
from pactdesk.cases.services import contacts, invitations
from tests import world
from tests.conversations import sent
from tests.doors.guided import texts
from tests.doors.visitors import ANONYMOUS, visitor

ADDRESS = "eleni@olive-grove-foods.example"

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    return sent(world.agreement(units=9, registered=["carla"]))


@pytest.fixture
def contact(case: Case) -> int:
    person = Person("Eleni Vasilaki", ADDRESS)
    return contacts.add_contact(case.pk, person, actor=world.viewer("carla"), at=timezone.now()).contact_id


def token_of(contact: int) -> str:
    letter = invitation_letter(contact)
    assert letter is not None
    return letter.token


def url(token: str) -> str:
    return reverse("portal:invitation", args=[token])


def places(case: Case) -> set[str]:
    """Who sees the request."""
    taken = Contact.objects.filter(case=case, account__isnull=False)
    return set(taken.values_list("account__first_name", flat=True))


def tokens_that_do_not_hold(case: Case, contact: int) -> dict[str, str]:
    """One of each kind: made up, used, replaced, withdrawn, too old; and wrong in form."""
    carla, at = world.viewer("carla"), timezone.now()

    def another(name: str) -> tuple[int, str]:
        person = Person(name, f"{name}@mail.example")
        new = contacts.add_contact(case.pk, person, actor=carla, at=at).contact_id
        return new, token_of(new)

    _used, used = another("used")
    invitations.accept(used, actor=world.viewer("nora"), at=at)
    replaced_id, replaced = another("replaced")
    invitations.invite_again(case.pk, replaced_id, actor=carla, at=at + COUNTED)
    withdrawn_id, withdrawn = another("withdrawn")
    contacts.remove_contact(case.pk, withdrawn_id, actor=carla, at=at)
    old_id, old = another("old")
    Invitation.objects.filter(contact=old_id).update(expires_at=at - timedelta(seconds=1))
    real = token_of(contact)
    return {
        "made up": secrets.token_urlsafe(24),
        "used": used,
        "replaced": replaced,
        "withdrawn": withdrawn,
        "too old": old,
        "too short": real[:-1],
        "too long": real + "A",
        "other case": real.swapcase(),
        "its hash": hashlib.sha256(real.encode()).hexdigest()[:32],
        "spaces": "%20" * 3,
        "space behind": real[:-1] + "%20",
        "NUL": real[:-1] + "%00",
        "other digits": "١" * 32,
        "SQL": "' OR 1=1 --",
        "percent": "%25" * 32,
    }


def test_whatever_does_not_hold_is_answered_alike(case: Case, contact: int) -> None:
    wrong = tokens_that_do_not_hold(case, contact)
    before = places(case)
    for who in (ANONYMOUS, "olaf"):
        answers: Counter[tuple[int, str]] = Counter()
        for token in wrong.values():
            client = visitor(who)
            for response in (
                client.get(f"/invitations/{token}/"),
                client.post(f"/invitations/{token}/", {"do": "accept"}),
                client.post(f"/invitations/{token}/", {"do": "sign-up"}),
            ):
                answers[response.status_code, texts(response)] += 1
        assert len(answers) == 1, answers
        assert next(iter(answers))[0] == 404
        assert "This invitation does not work" in next(iter(answers))[1]
    assert places(case) == before
    for who in (ANONYMOUS, "olaf"):
        assert visitor(who).get("/invitations//").status_code == 404
        assert visitor(who).get("/invitations/").status_code == 404


def test_how_long_an_answer_takes_does_not_tell_why(case: Case, contact: int) -> None:
    """Every token of the right form costs one look-up by its hash, whether there was such an invitation or not."""
    wrong = tokens_that_do_not_hold(case, contact)
    taken: dict[str, list[float]] = {"made up": [], "used": [], "too old": []}
    client = visitor(ANONYMOUS)
    for _round in range(60):
        for kind, times in taken.items():
            began = perf_counter()
            client.get(url(wrong[kind]))
            times.append(perf_counter() - began)
    middle = {kind: median(times[10:]) for kind, times in taken.items()}
    assert max(middle.values()) < 2 * min(middle.values()), middle


def test_opening_it_changes_nothing_however_often_and_by_whatever_program(case: Case, contact: int) -> None:
    """Mail scanners open links (A19)."""
    token = token_of(contact)
    kept = Invitation.objects.values().get()
    for who in (ANONYMOUS, "olaf", "carla"):
        client = visitor(who)
        for method in ("get", "head", "get"):
            response: HttpResponse = getattr(client, method)(url(token))
            assert response.status_code == 200
            assert response["Referrer-Policy"] == "same-origin"
            assert "no-store" in response["Cache-Control"]
        for method in ("put", "patch", "delete", "options"):
            assert getattr(client, method)(url(token)).status_code == 405
    assert Invitation.objects.values().get() == kept
    assert places(case) == {"Carla"}


def test_it_is_not_accepted_by_a_page_of_somebody_else(case: Case, contact: int) -> None:
    """Neither from elsewhere, nor without saying so."""
    token = token_of(contact)
    olaf = visitor("olaf", enforce_csrf_checks=True)
    assert olaf.post(url(token), {"do": "accept"}).status_code == 403
    for data in ({}, {"do": "sign-up"}, {"do": "accept2"}, {"do": ["x", "accept2"]}):
        assert visitor("olaf").post(url(token), data).status_code == 400
    for data in ({}, {"do": "accept"}):
        assert visitor(ANONYMOUS).post(url(token), data).status_code == 400
    assert places(case) == {"Carla"}


def test_it_works_once(case: Case, contact: int) -> None:
    token = token_of(contact)
    olaf = visitor("olaf")
    assert olaf.post(url(token), {"do": "accept"}).status_code == 302
    for who in ("olaf", "nora"):
        assert visitor(who).post(url(token), {"do": "accept"}).status_code == 404
    assert places(case) == {"Carla", "Olaf"}


def test_it_opens_one_request_and_no_other_of_that_address(case: Case, contact: int) -> None:
    """A mail can be passed on. Only what proves an address opens all that is addressed to it."""
    other = sent(
        world.agreement(units=9, registered=["carla"]), share=(Person("Eleni", ADDRESS),), summary="Secret"
    )
    visitor("olaf").post(url(token_of(contact)), {"do": "accept"})
    assert places(case) == {"Carla", "Olaf"}
    assert places(other) == {"Carla"}
    assert visitor("olaf").get(reverse("portal:request", args=[f"PD-{other.pk}"])).status_code == 404


def test_a_token_has_enough_bits_and_no_two_are_alike(case: Case) -> None:
    carla, tokens = world.viewer("carla"), set()
    for number in range(6):
        person = Person(f"P{number}", f"p{number}@mail.example")
        new = contacts.add_contact(case.pk, person, actor=carla, at=timezone.now()).contact_id
        tokens.add(token_of(new))
    assert len(tokens) == 6
    # 24 random bytes, of which every character shows six bits.
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{32}", token) for token in tokens)


def test_a_copy_of_the_database_opens_nothing(case: Case, contact: int) -> None:
    """Neither what is stored, nor its forms as text, is a token."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT token_hash, sealed_token FROM cases_invitation")
        token_hash, sealed = (bytes(each) for each in cursor.fetchone())
    assert token_of(contact).encode() not in sealed
    for stolen in (token_hash.hex(), sealed.decode(), token_hash.hex()[:32], sealed.decode()[:32]):
        assert visitor("olaf").post(url(stolen), {"do": "accept"}).status_code == 404


def signed_up(client: Client, address: str) -> HttpResponse:
    response: HttpResponse = client.post(
        reverse("account_signup"),
        {
            "first_name": "Eleni",
            "last_name": "Vasilaki",
            "email": address,
            "password1": world.PASSWORD,
        },
    )
    return response


def test_signing_up_with_it_proves_its_address_and_takes_the_place(case: Case, contact: int) -> None:
    browser = visitor(ANONYMOUS)
    response = browser.post(url(token := token_of(contact)), {"do": "sign-up"})
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_signup"))
    assert f'value="{ADDRESS}"' in browser.get(response["Location"]).content.decode()
    signed_up(browser, ADDRESS)
    assert EmailAddress.objects.get(email=ADDRESS).verified
    assert not mail.outbox
    assert places(case) == {"Carla", "Eleni"}
    assert visitor("olaf").post(url(token), {"do": "accept"}).status_code == 404


def test_signing_up_with_another_address_proves_only_the_one_that_was_invited(
    case: Case, contact: int
) -> None:
    browser = visitor(ANONYMOUS)
    browser.post(url(token_of(contact)), {"do": "sign-up"})
    signed_up(browser, "somebody@else.example")
    proved = dict(EmailAddress.objects.filter(user__first_name="Eleni").values_list("email", "verified"))
    assert proved == {ADDRESS: True, "somebody@else.example": False}


def test_signing_up_without_it_proves_nothing(case: Case, contact: int) -> None:
    """Neither with the address that was invited, nor after a token that does not hold."""
    browser = visitor(ANONYMOUS)
    browser.post(url(secrets.token_urlsafe(24)), {"do": "sign-up"})
    browser.get(url(token_of(contact)))
    signed_up(browser, ADDRESS)
    assert not EmailAddress.objects.get(email=ADDRESS).verified
    assert len(mail.outbox) == 1
    assert places(case) == {"Carla"}


def test_what_was_withdrawn_before_signing_up_gives_no_place(case: Case, contact: int) -> None:
    browser = visitor(ANONYMOUS)
    browser.post(url(token_of(contact)), {"do": "sign-up"})
    contacts.remove_contact(case.pk, contact, actor=world.viewer("carla"), at=timezone.now())
    signed_up(browser, ADDRESS)
    assert places(case) == {"Carla"}
    account = Account.objects.get(email=ADDRESS)
    assert not Contact.objects.filter(account=account).exists()
