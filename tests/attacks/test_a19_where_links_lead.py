"""A19: links in mails lead to this installation, whatever the browser that asked said its host was, and are not used
up by a program that follows them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import LazySettings
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pactdesk.cases.models import Case, Contact
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.services.submission import submit
from pactdesk.journal.models import FactRow
from pactdesk.kernel.ids import new_key
from pactdesk.notifications.models import LetterChoice, OutgoingMail
from pactdesk.notifications.services import telling
from tests import world
from tests.doors.visitors import account, visitor
from tests.drafts import ready

EVIL = "evil.example"

# How a proxy, or somebody who plays one, may name another host: headers that are believed would all show.
VARIANTS: dict[str, dict[str, str]] = {
    "host": {"Host": EVIL},
    "host with port": {"Host": f"{EVIL}:8080"},
    "host with a dot": {"Host": f"{EVIL}."},
    "host that begins like ours": {"Host": f"localhost.{EVIL}"},
    "host that ends like ours": {"Host": f"{EVIL}.localhost"},
    "host in capitals": {"Host": EVIL.upper()},
    "an address": {"Host": "203.0.113.7"},
    "an address of version 6": {"Host": "[2001:db8::7]"},
    "a host from abroad": {"Host": "xn--vil-7ma.example"},
    "what proxies say": {
        "X-Forwarded-Host": EVIL,
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Server": EVIL,
        "X-Forwarded-Port": "6666",
        "X-Forwarded-Prefix": f"//{EVIL}",
        "Forwarded": f"for=192.0.2.1;host={EVIL};proto=https",
        "Origin": f"https://{EVIL}",
        "Referer": f"https://{EVIL}/",
    },
    "what several proxies say": {
        "X-Forwarded-Host": f"localhost, {EVIL}",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Ssl": "off",
        "Forwarded": f"host=localhost, host={EVIL}",
    },
    "what other proxies say": {
        "X-Host": EVIL,
        "X-Original-Host": EVIL,
        "X-HTTP-Host-Override": EVIL,
        "X-Original-URL": f"https://{EVIL}/",
        "X-Rewrite-URL": f"https://{EVIL}/",
        "X-Script-Name": f"//{EVIL}",
    },
}
# What is no name of a host is not even looked at.
MALFORMED = (
    f"localhost@{EVIL}",
    f"localhost/{EVIL}",
    f"{EVIL}#localhost",
    f"{EVIL}?localhost",
    f"localhost {EVIL}",
    f"{EVIL}\\localhost",
    f"localhost, {EVIL}",
    "%65vil.example",
    f"{EVIL}:port",
    f"localhost:80@{EVIL}",
)

pytestmark = pytest.mark.django_db


def _sent_by_pages(headers: dict[str, str]) -> list[str]:
    """Do everything by which a page sends mail, with these headers; all that was written, heads included."""
    cache.clear()
    world.team("support", "ines")
    carla, ines = visitor("carla", headers=headers), visitor("ines", headers=headers)
    stranger = Client(headers=headers)
    at = timezone.now()
    plan = world.agreement(registered=["carla"], at=at)
    draft = ready(world.viewer("carla"), plan.id, at=at)
    names = {"first_name": "A", "last_name": "B", "password1": world.PASSWORD}

    stranger.post(reverse("account_signup"), {**names, "email": "new@mail.example"})
    cache.clear()
    Client(headers=headers).post(reverse("account_signup"), {**names, "email": account("cem").email})
    stranger.post(reverse("account_reset_password"), {"email": account("carla").email})
    stranger.post(reverse("account_reset_password"), {"email": "nobody@mail.example"})
    carla.post(reverse("portal:intake-step", args=[draft, "submit"]), {"terms": "on", "terms_accepted": "on"})
    case = Case.objects.first()
    if case is not None:
        number = f"PD-{case.pk}"
        carla.post(reverse("portal:request", args=[number]), {"text": "Hello", "key": str(new_key())})
        page = ines.get(reverse("desk:request", args=[number]))
        hidden = dict(
            re.findall(r'<input type="hidden" name="(key|seen|known)" value="([^"]*)"', page.content.decode())
        )
        ines.post(reverse("desk:request", args=[number]), {**hidden, "text": "Try this", "do": "reply"})
        ines.post(
            reverse("desk:contacts", args=[number]), {"name": "Zoe", "email": "zoe@olive-grove-foods.example"}
        )
        carla.post(reverse("portal:request-close", args=[number]), {"reason": "It works."})
    carla.post(reverse("account_email"), {"action_add": "", "email": "second@mail.example"})
    carla.post(
        reverse("account_change_password"),
        {
            "oldpassword": world.PASSWORD,
            "password1": "another-long-secret",
            "password2": "another-long-secret",
        },
    )
    for fact in FactRow.objects.filter(subject_type="case").order_by("id"):
        telling.tell(fact.pk, at=timezone.now())
    written = [f"{letter.message()}" for letter in mail.outbox]
    written += [
        f"{row.subject}\n{row.headers}\n{row.text}\n{row.html}" for row in OutgoingMail.objects.order_by("pk")
    ]
    return [*written, *(str(letter.body) for letter in mail.outbox)]


def _links(text: str) -> set[str]:
    return {each.rstrip(".,;") for each in re.findall(r"https?://[^\s\"'<>)\]]+", text)}


@pytest.mark.parametrize("variant", VARIANTS)
def test_no_mail_leads_elsewhere_whatever_host_was_named(variant: str, settings: LazySettings) -> None:
    """Even where the operator let every host in."""
    settings.ALLOWED_HOSTS = ["*"]
    sent = _sent_by_pages(VARIANTS[variant])
    assert sent
    for written in sent:
        assert EVIL not in written.lower()
        assert "203.0.113.7" not in written
        assert "2001:db8" not in written
        for link in _links(written):
            assert (
                link.startswith((f"{settings.BASE_URL}/", "http://www.w3.org/")) or link == settings.BASE_URL
            )


def test_the_mails_looked_at_are_those_of_every_kind(settings: LazySettings) -> None:
    """Without this, a page that answers an error would make the test above say nothing."""
    written = _sent_by_pages({})
    assert len(mail.outbox) >= 5
    kinds = set(OutgoingMail.objects.values_list("kind", flat=True))
    assert len(kinds) >= 3, kinds
    linked = [each for each in written if f"{settings.BASE_URL}/" in each]
    assert len(linked) >= 6


@pytest.mark.parametrize("host", MALFORMED)
def test_what_is_no_host_is_refused_even_where_every_host_is_let_in(
    host: str, settings: LazySettings
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    client = Client(headers={"Host": host})
    answer = client.post(reverse("account_reset_password"), {"email": account("carla").email})
    assert answer.status_code == 400
    assert not mail.outbox


@pytest.mark.parametrize(
    "host", [EVIL, f"{EVIL}:443", f"localhost.{EVIL}", f"{EVIL}.", "203.0.113.7", MALFORMED[0]]
)
def test_a_host_that_is_not_ours_is_not_served(host: str, settings: LazySettings) -> None:
    settings.ALLOWED_HOSTS = [each for each in settings.ALLOWED_HOSTS if each != "testserver"]
    for address in ("/", "/accounts/login/", "/api/v1/products"):
        answer = Client(headers={"Host": host}).get(address)
        assert answer.status_code == 400
        assert EVIL not in answer.content.decode()
    forwarded = Client(headers={"Host": "localhost", "X-Forwarded-Host": host}).get("/accounts/login/")
    assert forwarded.status_code == 200
    assert host not in forwarded.content.decode()


# What a link is for happens by a form, never by looking: mail programs and scanners look at every link.


def _looks(address: str, client: Client | None = None) -> None:
    for method in ("get", "head", "get", "options"):
        getattr(client or Client(), method)(address)


def test_the_link_of_a_forgotten_password_works_after_programs_have_looked_at_it() -> None:
    cache.clear()
    carla = account("carla")
    Client().post(reverse("account_reset_password"), {"email": carla.email})
    [link] = [each for each in _links(str(mail.outbox[-1].body)) if "/password/reset/key/" in each]
    address = re.sub(r"^https?://[^/]+", "", link).rstrip(".")
    _looks(address)
    _looks(address)
    browser = Client()
    form = browser.get(address, follow=True)
    browser.post(
        form.redirect_chain[-1][0] if form.redirect_chain else address,
        {"password1": "another-long-secret", "password2": "another-long-secret"},
    )
    carla.refresh_from_db()
    assert carla.check_password("another-long-secret")
    # And once only.
    again = Client()
    form = again.get(address, follow=True)
    again.post(
        form.redirect_chain[-1][0] if form.redirect_chain else address,
        {"password1": "a-third-long-secret", "password2": "a-third-long-secret"},
    )
    carla.refresh_from_db()
    assert carla.check_password("another-long-secret")


def test_the_code_that_proves_an_address_works_after_its_page_was_looked_at() -> None:
    cache.clear()
    browser = Client()
    browser.post(
        reverse("account_signup"),
        {"first_name": "A", "last_name": "B", "email": "new@mail.example", "password1": world.PASSWORD},
    )
    code = re.search(r"^\s*([A-Z0-9-]{6,9})\s*$", str(mail.outbox[-1].body), re.MULTILINE)
    assert code is not None
    _looks(reverse("account_email_verification_sent"), browser)
    _looks(reverse("account_email_verification_sent"))
    assert not EmailAddress.objects.get(email="new@mail.example").verified
    browser.post(reverse("account_email_verification_sent"), {"code": code.group(1)})
    assert EmailAddress.objects.get(email="new@mail.example").verified


@pytest.mark.parametrize("choice", ["answers", "endings", "places"])
def test_looking_at_the_link_that_ends_letters_ends_none(choice: str) -> None:
    address = reverse("portal:letters-off", args=[choice])
    _looks(address)
    _looks(address, visitor("carla"))
    assert not LetterChoice.objects.exists()


LOOKED_AT: dict[str, Callable[[str, Any], str]] = {
    "the request": lambda number, _place: reverse("portal:request", args=[number]),
    "closing": lambda number, _place: reverse("portal:request-close", args=[number]),
    "reopening": lambda number, _place: reverse("portal:request-reopen", args=[number]),
    "the desk": lambda number, _place: reverse("desk:request", args=[number]),
    "closing at the desk": lambda number, _place: reverse("desk:close", args=[number]),
    "a contact at the desk": lambda number, place: reverse("desk:contact", args=[number, place]),
}


@pytest.mark.parametrize("what", LOOKED_AT)
def test_looking_at_the_pages_that_letters_lead_to_changes_nothing(what: str) -> None:
    world.team("support", "ines")
    carla, at = world.viewer("carla"), timezone.now()
    plan = world.agreement(registered=["carla"], at=at)
    share = (Person("Cem", world.viewer("cem").email),)
    number = submit(ready(carla, plan.id, at=at, share=share), terms_accepted=True, actor=carla, at=at).number
    place = Contact.objects.get(case_id=number, role="additional").pk
    address = LOOKED_AT[what](f"PD-{number}", place)
    before = (Case.objects.get(pk=number).revision, FactRow.objects.count())
    for who in ("carla", "ines", "anonymous"):
        _looks(f"{address}?reason=x&text=x&do=reply&outcome=decrement&confirm=1", visitor(who))
    assert (Case.objects.get(pk=number).revision, FactRow.objects.count()) == before
    assert Contact.objects.filter(case_id=number).count() == 2
