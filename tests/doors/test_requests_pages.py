"""Requests for their contacts and nobody else: the list, one request, the confirmation (REQ-1, WIZ-6)."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from pactdesk.cases.models import Case, Contact, Draft
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.services.submission import submit
from tests import world
from tests.doors.guided import Guided, contact_form, plain, texts
from tests.doors.visitors import visitor
from tests.drafts import problem, ready

LIST = "portal:request-list"
NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)  # a Friday, 15:02 in Athens


@pytest.fixture
def plan(db: None) -> world.Agreement:
    return world.agreement(units=20, registered=["carla"])


def sent(
    plan: world.Agreement,
    *,
    summary: str = "Domain controllers stop replicating",
    primary: Person | None = None,
    share: tuple[Person, ...] = (),
    **about: str,
) -> Case:
    """A request that Carla has sent."""
    carla, at = world.viewer("carla"), timezone.now()
    draft_id = ready(
        carla, plan.id, at=at, problem_answer=problem(summary=summary, **about), primary=primary, share=share
    )
    return Case.objects.get(pk=submit(draft_id, terms_accepted=True, actor=carla, at=at).number)


def page_of(case: Case | int, name: str = "portal:request") -> str:
    return reverse(name, args=[f"PD-{case.pk if isinstance(case, Case) else case}"])


def person(name: str) -> Person:
    viewer = world.viewer(name)
    return Person(viewer.name, viewer.email, viewer.phone, viewer.time_zone, viewer.language)


@pytest.mark.req("REQ-1")
def test_primary_and_additional_contacts_see_a_request_and_nobody_else(plan: world.Agreement) -> None:
    case = sent(plan, share=(person("cem"),))
    for name in ("carla", "cem"):
        assert visitor(name).get(page_of(case)).status_code == 200
        assert case.summary in texts(visitor(name).get(reverse(LIST)))
    for name in ("ines", "marta", "olaf", "nora", "rafael"):
        assert visitor(name).get(page_of(case)).status_code == 404
        assert case.summary not in texts(visitor(name).get(reverse(LIST)))


@pytest.mark.req("REQ-1", "WIZ-4", "WIZ-6")
def test_a_submitter_who_is_no_contact_sees_the_confirmation_and_no_more(plan: world.Agreement) -> None:
    case = sent(plan, primary=person("cem"))
    carla = visitor("carla")
    confirmation = carla.get(page_of(case, "portal:confirmation"))
    assert confirmation.status_code == 200
    told = texts(confirmation)
    assert f"PD-{case.pk}" in told
    assert "You are not a contact of this request" in told
    assert "ask Cem Kowalski to add you" in told
    assert page_of(case) + '"' not in confirmation.content.decode()
    assert carla.get(page_of(case)).status_code == 404
    assert case.summary not in texts(carla.get(reverse(LIST)))
    assert case.summary not in texts(carla.get("/"))
    # The primary contact sees the request, but the confirmation is the submitter's.
    assert visitor("cem").get(page_of(case)).status_code == 200
    assert visitor("cem").get(page_of(case, "portal:confirmation")).status_code == 404


@pytest.mark.req("WIZ-6")
def test_the_confirmation_shows_number_severity_and_response_time(plan: world.Agreement) -> None:
    with time_machine.travel(NOW, tick=False):
        case = sent(plan)
        told = texts(visitor("carla").get(page_of(case, "portal:confirmation")))
    assert f"PD-{case.pk}" in told
    assert "B · Work is badly slowed" in told
    # Four business hours from Friday 15:02 in Athens, where the reader is.
    assert "First answer by Mon 23 Nov 2026, 11:02 (Athens)" in told
    assert "A confirmation is on its way to Carla Papadaki (carla@olive-grove-foods.example)." in told
    assert "One incident was deducted" in told


@pytest.mark.req("REQ-1")
def test_an_address_that_nobody_has_proved_opens_nothing(plan: world.Agreement) -> None:
    """Olaf calls an address his own that is Cem's colleague's, and has not proved it."""
    case = sent(plan, share=(Person("Colleague", "colleague@baltic-sails.example"),))
    EmailAddress.objects.create(
        user=world.person("olaf"), email="colleague@baltic-sails.example", verified=False
    )
    world.person("olaf", contact_email="colleague@baltic-sails.example")
    assert visitor("olaf").get(page_of(case)).status_code == 404


@pytest.mark.req("REQ-1", "WIZ-4")
def test_somebody_who_was_shared_with_before_signing_up_sees_the_request_afterwards(
    plan: world.Agreement,
) -> None:
    colleague = Person("Colleague", "colleague@baltic-sails.example")
    first, second = sent(plan, share=(colleague,)), sent(plan, primary=colleague, summary="Second")
    other = sent(plan, share=(Person("Another", "another@baltic-sails.example"),))
    browser = visitor("anonymous")
    browser.post(
        reverse("account_signup"),
        {
            "first_name": "Colleague",
            "last_name": "Of Cem",
            "email": "Colleague@baltic-sails.example",
            "password1": world.PASSWORD,
        },
    )
    assert not Contact.objects.filter(email=colleague.email, account__isnull=False).exists()
    code = re.search(r"^\s*([A-Z0-9-]{6,9})\s*$", mail.outbox[-1].body, re.MULTILINE)
    assert code is not None
    browser.post(reverse("account_email_verification_sent"), {"code": code.group(1)})
    profile = {
        "contact_email": colleague.email,
        "phone": "+48 22 123 45 99",
        "country": "PL",
        "time_zone": "Europe/Warsaw",
        "language": "en",
    }
    browser.post(reverse("portal:profile"), profile)
    assert browser.get(page_of(first)).status_code == 200
    assert browser.get(page_of(second)).status_code == 200
    assert browser.get(page_of(other)).status_code == 404
    assert "Second" in texts(browser.get(reverse(LIST)))


@pytest.mark.req("REQ-1")
def test_a_place_that_somebody_has_stays_with_them(plan: world.Agreement) -> None:
    """An address that changes hands does not hand over the requests."""
    from pactdesk.cases.services.contacts import claim_places

    case, cem = sent(plan, share=(person("cem"),)), world.person("cem")
    assert claim_places(cem.email, account_id=world.person("olaf").pk) == 0
    assert visitor("olaf").get(page_of(case)).status_code == 404
    assert visitor("cem").get(page_of(case)).status_code == 200


@pytest.mark.req("REQ-1")
def test_open_and_closed_requests_are_listed_apart(plan: world.Agreement) -> None:
    is_open, closed = sent(plan, summary="Still open"), sent(plan, summary="Long done")
    Case.objects.filter(pk=closed.pk).update(status="closed", closed_at=NOW, outcome="decrement")
    Contact.objects.filter(case=closed).update(is_open=False)
    carla = visitor("carla")
    first, second = texts(carla.get(reverse(LIST))), texts(carla.get(reverse(LIST), {"show": "closed"}))
    assert "Still open" in first
    assert "Long done" not in first
    assert "Long done" in second
    assert "Still open" not in second
    for case in (is_open, closed):
        assert carla.get(page_of(case)).status_code == 200


def test_lists_without_requests_say_what_belongs_there(plan: world.Agreement) -> None:
    carla = visitor("carla")
    assert "You have no open requests" in texts(carla.get(reverse(LIST)))
    assert "No closed requests" in texts(carla.get(reverse(LIST), {"show": "closed"}))


@pytest.mark.req("REQ-2")
def test_a_request_shows_what_was_said_who_sees_it_and_by_when_an_answer_is_due(
    plan: world.Agreement,
) -> None:
    with time_machine.travel(NOW, tick=False):
        case = sent(plan, share=(person("cem"),))
        page = texts(visitor("cem").get(page_of(case)))
    for told in (
        f"PD-{case.pk}",
        case.summary,
        case.description,
        "Windows Server 2022",
        "Waiting on us",
        # Cem is in Warsaw, one hour behind Athens.
        "Mon 23 Nov 2026, 10:02 (Warsaw)",
        "Carla Papadaki",
        "Primary contact",
        "Cem Kowalski (you)",
        "Additional contact",
        "Who helps you Nobody yet",
        f"{plan.access_id} – Gold Partner Support 20-pack",
    ):
        assert told in page, told


@pytest.mark.parametrize(
    "written", ["PD-{0}", "pd-{0}", "{0}", " PD-{0} "], ids=["shown", "small", "digits", "spaces"]
)
def test_a_number_is_understood_as_people_type_it(written: str, plan: world.Agreement) -> None:
    case = sent(plan)
    url = reverse("portal:request", args=["X"]).replace("X", written.format(case.pk).replace(" ", "%20"))
    assert visitor("carla").get(url).status_code == 200


@pytest.mark.parametrize(
    "number",
    [
        "PD-",
        "PD-0",
        "PD--1",
        "PD-1e3",
        "PD-99999999999999999999",
        "new2",
        "%00",
        "PD-١٢٣",
        "PD-1%20OR%201=1",
        "..%2f",
    ],
)
def test_a_number_that_is_none_is_not_found(number: str, plan: world.Agreement) -> None:
    carla = visitor("carla")
    for url in (f"/requests/{number}/", f"/requests/{number}/confirmation/"):
        assert carla.get(url).status_code == 404


def many(plan: world.Agreement, count: int) -> None:
    """So many requests of Carla's, made from one by copying its rows."""
    case = sent(plan)
    contact = Contact.objects.get(case=case)
    start = case.pk
    cases, contacts = [], []
    for number in range(1, count):
        case.pk, case.draft_key = start + number, uuid.uuid4()
        case.summary = f"Copy {number}"
        cases.append(
            Case(**{field.attname: getattr(case, field.attname) for field in Case._meta.concrete_fields})
        )
        contacts.append(
            Contact(
                case_id=start + number,
                role=contact.role,
                name=contact.name,
                email=contact.email,
                account_id=contact.account_id,
                changed_at=contact.changed_at,
            )
        )
    Case.objects.bulk_create(cases)
    Contact.objects.bulk_create(contacts)


@pytest.mark.parametrize("count", [5, 60])
def test_the_list_costs_the_same_however_long_it_is(
    count: int, plan: world.Agreement, statements: list[str]
) -> None:
    many(plan, count)
    carla = visitor("carla")
    carla.get(reverse(LIST))
    statements.clear()
    page = carla.get(reverse(LIST))
    # Session with account, places, requests; and now and then whether the catalogue has changed.
    asked = [each for each in statements if "catalogrevision" not in each]
    assert len(asked) == 3, "\n".join(asked)
    assert page.content.decode().count('href="/requests/PD-') == min(count, 50)
    assert len(page.content) < 60_000


def test_a_long_list_goes_on_page_by_page_without_gaps_or_repeats(plan: world.Agreement) -> None:
    many(plan, 120)
    carla, found, url = visitor("carla"), [], reverse(LIST)
    for _ in range(3):
        page = carla.get(url).content.decode()
        found += re.findall(r'href="/requests/(PD-\d+)/"', page)
        older = re.search(r'href="([^"]*older=\d+[^"]*)"', page)
        if older is None:
            break
        url = older.group(1).replace("&amp;", "&")
    assert len(found) == 120
    assert sorted(found, key=lambda number: -int(number[3:])) == found
    assert len(set(found)) == 120


@pytest.mark.parametrize("older", ["-1", "0", "x", "9" * 30, "%00", "1.5", "١"])
def test_a_page_that_is_none_is_no_error(older: str, plan: world.Agreement) -> None:
    sent(plan)
    assert visitor("carla").get(f"{reverse(LIST)}?older={older}&show=sideways").status_code == 200


def test_the_page_of_a_request_costs_the_same_however_many_share_it(
    plan: world.Agreement, statements: list[str]
) -> None:
    alone = sent(plan)
    shared = sent(plan, share=tuple(Person(f"P {n}", f"p{n}@mail.example") for n in range(10)))
    carla, counts = visitor("carla"), []
    carla.get(page_of(alone))
    for case in (alone, shared):
        statements.clear()
        carla.get(page_of(case))
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 10


def test_what_people_type_is_shown_as_they_typed_it_and_never_run(plan: world.Agreement) -> None:
    guided = Guided("carla")
    nasty = "<script>alert(1)</script>'\"><img src=x onerror=alert(1)>{{ 7*7 }}{% url %} %s"
    guided.begin(summary=nasty[:190], description=f"{nasty}\n\n  indented & <b>bold</b>")
    guided.up_to("contact", plan)
    guided.send("contact", contact_form(name=nasty))
    guided.send("share", {"name": nasty, "email": "cem@baltic-sails.example"})
    pages = [guided.get("verify")]
    guided.send("verify")
    pages.append(guided.get("submit"))
    confirmation = guided.send("submit", {"terms_accepted": "on"})["Location"]
    assert guided.case is not None
    pages += [guided.client.get(url) for url in (confirmation, page_of(guided.case), reverse(LIST), "/")]
    for page in pages:
        body = page.content.decode()
        assert page.status_code == 200
        assert "<script>alert" not in body
        assert "<img src=x" not in body
        assert not re.search(r"<[^>]*\sonerror=", body)
        assert "{{ 7*7 }}" in plain(body)
    assert guided.case.description == f"{nasty}\n\n  indented & <b>bold</b>"


@pytest.mark.req("REQ-1")
def test_a_request_outlives_its_draft(plan: world.Agreement) -> None:
    case = sent(plan)
    Draft.objects.filter(case=case).update(expires_at=timezone.now() - timedelta(days=1))
    assert visitor("carla").get(page_of(case)).status_code == 200
