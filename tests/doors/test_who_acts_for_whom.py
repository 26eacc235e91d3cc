"""One table more: what the pages about a customer answer to fifteen people, each in another relation to it (OBO, A23).

Carla's organization is the customer. Nora's is its indirect provider, Rafael's a reseller of Nora's, Dana's a direct
partner whose rights have ended, Rolf's a reseller whose rights were taken back. Nick and Nina work with Nora, Rosa with
Rafael, Clio with Carla. Otto has a role on the customer's subscription and is in no organization.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pactdesk.accounts.models import Account, Organization
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.services.set_asides import set_aside
from pactdesk.cases.models import Contact
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.rules.files import Place
from pactdesk.cases.services.submission import submit
from pactdesk.catalog import queries as catalog
from pactdesk.catalog.models import Channel
from pactdesk.delegation.models import Delegation, SupportGroup, SupportGroupMember
from pactdesk.delegation.rules import Terms
from pactdesk.delegation.services import delegations
from tests import world
from tests.attachments import put
from tests.doors.programs import Program, program
from tests.drafts import problem, ready

pytestmark = pytest.mark.django_db

PEOPLE: Final = (
    "anonymous",
    "carla",
    "clio",
    "nora",
    "nick",
    "nina",
    "rafael",
    "rosa",
    "rolf",
    "dana",
    "otto",
    "cem",
    "ines",
    "marta",
    "olaf",
)

# The request was made by Nora for the customer, on its subscription; Nick is a contact, too. "own" is a page of one's
# own, in which nothing of the customer's stands; "sign-in" leads there. Everything else is the status.
TABLE: Final = """
                          anonymous carla clio nora nick nina rafael rosa rolf dana otto cem  ines marta olaf
request                   sign-in   404   404  200  200  404  404    404  404  404  404  404  404  404   404
request-sharing           sign-in   404   404  200  200  404  404    404  404  404  404  404  404  404   404
request-why               sign-in   404   404  200  200  404  404    404  404  404  404  404  404  404   404
request-severity          sign-in   404   404  200  200  404  404    404  404  404  404  404  404  404   404
request-close             sign-in   404   404  200  200  404  404    404  404  404  404  404  404  404   404
request-manager           sign-in   404   404  200  200  404  404    404  404  404  404  404  404  404   404
request-contact           sign-in   404   404  200  200  404  404    404  404  404  404  404  404  404   404
request-file              sign-in   404   404  200  200  404  404    404  404  404  404  404  404  404   404
confirmation              sign-in   404   404  200  404  404  404    404  404  404  404  404  404  404   404
intake-step               sign-in   404   404  200  404  404  404    404  404  404  404  404  404  404   404
request-list              sign-in   own   own  200  200  own  own    own  own  own  own  own  own  own   own
request-list-csv          sign-in   own   own  200  200  own  own    own  own  own  own  own  own  own   own
home                      200       own   own  200  200  own  own    own  own  own  own  own  own  own   own
customers                 sign-in   own   own  200  200  200  200    200  200  200  own  own  own  own   own
customers-csv             sign-in   own   own  200  200  200  200    200  200  200  own  own  own  own   own
customer                  sign-in   404   404  200  200  200  200    200  200  200  200  404  404  404   404
customer-csv              sign-in   404   404  200  200  200  own    own  own  own  own  404  404  404   404
opened-for-us             sign-in   200   own  own  own  own  own    own  own  own  own  own  own  own   own
right                     sign-in   200   404  200  404  404  404    404  404  404  404  404  404  404   404
right-change              sign-in   200   404  404  404  404  404    404  404  404  404  404  404  404   404
right-end                 sign-in   200   404  200  404  404  404    404  404  404  404  404  404  404   404
subscription              sign-in   200   404  200  200  404  200    200  404  404  200  404  404  404   404
benefit                   sign-in   200   200  404  404  404  404    404  404  404  404  404  404  404   404
api-request               401       404   404  200  200  404  404    404  404  404  404  404  404  404   404
api-customer              401       404   404  200  200  200  200    200  200  200  200  404  404  404   404
api-delegation            401       200   404  200  404  404  404    404  404  404  404  404  404  404   404
"""
SECRET: Final = "zeppelin"
# What is there for everybody, and may tell of the customer.
LISTS: Final = (
    "request-list",
    "request-list-csv",
    "home",
    "customers",
    "customers-csv",
    "customer-csv",
    "opened-for-us",
)


def people() -> dict[str, Account]:
    """Everybody but the anonymous one, those of `world` and their colleagues."""
    found = {name: world.person(name) for name in ("carla", "nora", "rafael", "cem", "ines", "marta", "olaf")}
    for name, colleague_of in (("clio", "carla"), ("nick", "nora"), ("nina", "nora"), ("rosa", "rafael")):
        found[name] = _account(name, found[colleague_of].organization)
    for name in ("rolf", "dana"):
        organization = Organization.objects.create(name=f"{name.title()} & Partners", kind="partner")
        found[name] = _account(name, organization)
    found["otto"] = _account("otto", None)
    return found


def _account(name: str, organization: Organization | None) -> Account:
    email = f"{name}@{name}.example"
    account = Account.objects.create_user(
        email,
        world.PASSWORD,
        first_name=name.title(),
        last_name="Novák",
        kind="work" if organization else "personal",
        organization=organization,
        contact_email=email,
        phone="+420 601 000 000",
        country="CZ",
        time_zone="Europe/Prague",
        language="en",
        profile_completed_at=world.LONG_AGO,
    )
    EmailAddress.objects.create(user=account, email=email, verified=True, primary=True)
    return account


@dataclass(frozen=True)
class House:
    """A house in which all of them have something to do with one customer."""

    accounts: dict[str, Account]
    addresses: dict[str, str]
    number: int
    delegation: int


@pytest.fixture
def house(db: None) -> Iterator[House]:
    world.catalogue()
    Channel.objects.filter(code="on-premises").update(
        sign_in="subscription", needs_pair=False, asks_subscription=True
    )
    catalog.forget()
    yield _house()
    catalog.forget()


def _house() -> House:
    at, accounts = timezone.now(), people()
    customer = world.organization_of("carla")
    subscription = world.subscription("carla", name=f"Subscription {SECRET}")
    for name in ("carla", "nora", "rafael", "rolf", "dana", "cem"):
        world.administrator(accounts[name])
    for name in ("nick", "rosa"):
        world.administrator(accounts[name], "helpdesk-administrator")
    delegation = world.delegation(
        "nora", "carla", "submit", "read", "manage-contacts", tier="provider", at=at
    )
    terms = Terms(frozenset({"submit", "read"}), 0, at + timedelta(days=9))
    for name in ("rafael", "rolf"):
        world.relationship(accounts[name], "carla", "reseller", provider="nora")
        passed_on = delegations.pass_on(
            customer,
            world.organization_of(accounts[name]),
            terms,
            subscription_id=None,
            actor=world.viewer("nora"),
            at=at,
        )
    delegations.revoke(passed_on, actor=world.viewer("nora"), at=at)
    ended = world.delegation(accounts["dana"], "carla", "submit", "read", at=at)
    Delegation.objects.filter(pk=ended).update(
        granted_at=at - timedelta(days=2), ends_at=at - timedelta(seconds=1)
    )
    group = SupportGroup.objects.create(
        organization_id=world.organization_of("nora"), name="Cloud desk", created_at=at
    )
    SupportGroupMember.objects.create(group=group, account=accounts["nick"])
    world.role_on(subscription, group, "contributor")
    world.role_on(subscription, accounts["otto"], "contributor")
    nora = world.viewer("nora")
    nick = Person("Nick", accounts["nick"].email)
    about = {
        "at": at,
        "problem_answer": problem(summary=f"The {SECRET} is down", subscription=subscription.number),
        "customer_id": customer,
    }
    draft = _draft(nora, **about)
    sent = _draft(nora, share=(nick,), **about)
    file = put(Place(draft_id=sent), nora, at=at)
    number = submit(sent, terms_accepted=True, for_customer=customer, actor=nora, at=at).number
    whole = world.agreement(owner="nora", at=at).id
    held = set_aside(whole, customer, units=2, most_units=None, key="house", actor=nora, at=at)
    shown = f"PD-{number}"
    addresses = {
        **{
            name: reverse(f"portal:{name}", args=[shown])
            for name in ("request", "request-sharing", "request-why", "request-severity", "request-close")
        },
        "request-manager": reverse("portal:request-manager", args=[shown]),
        "request-contact": reverse(
            "portal:request-contact",
            args=[shown, Contact.objects.get(case=number, email=nick.email).pk],
        ),
        "request-file": reverse("portal:request-file", args=[shown, file]),
        "confirmation": reverse("portal:confirmation", args=[shown]),
        "intake-step": reverse("portal:intake-step", args=[draft, "problem"]),
        **{
            name: reverse(f"portal:{name}")
            for name in (
                "request-list",
                "request-list-csv",
                "home",
                "customers",
                "customers-csv",
                "opened-for-us",
            )
        },
        **{name: reverse(f"portal:{name}", args=[customer]) for name in ("customer", "customer-csv")},
        **{
            name: reverse(f"portal:{name}", args=[delegation])
            for name in ("right", "right-change", "right-end")
        },
        "subscription": reverse("portal:subscription", args=[subscription.pk]),
        "benefit": reverse("portal:benefit", args=[held]),
        "api-request": f"/requests/{shown}",
        "api-customer": f"/customers/{customer}",
        "api-delegation": f"/delegations/{delegation}",
    }
    return House(accounts, addresses, number, delegation)


def _draft(viewer: Viewer, **about: Any) -> uuid.UUID:
    return ready(viewer, None, **about)


def answer_to(house: House, who: str, name: str) -> str:
    """What the table says: a status, "own" or "sign-in"."""
    address = house.addresses[name]
    if name.startswith("api-"):
        asking = Program() if who == "anonymous" else program(house.accounts[who])
        return str(asking.get(address).status_code)
    browser = Client()
    if who != "anonymous":
        browser.force_login(house.accounts[who])
    response = browser.get(address)
    if response.status_code == 302:
        return (
            "sign-in" if response["Location"].startswith(reverse("account_login")) else response["Location"]
        )
    if response.status_code != 200:
        return str(response.status_code)
    if name not in LISTS or who == "anonymous":
        return "200"
    # The customer's own people read its name everywhere.
    canaries = {SECRET} if who in {"carla", "clio"} else {SECRET, "Olive Grove"}
    return "200" if any(each in response.text for each in canaries) else "own"


def wanted() -> dict[tuple[str, str], str]:
    head, *lines = (line.split() for line in TABLE.strip().splitlines())
    assert tuple(head) == PEOPLE
    assert all(len(cells) == len(PEOPLE) for _name, *cells in lines)
    return {(name, who): cell for name, *cells in lines for who, cell in zip(head, cells, strict=True)}


@pytest.mark.req("OBO-1", "OBO-3", "OBO-4", "OBO-5", "REQ-1")
def test_every_page_about_a_customer_answers_everybody_as_the_table_says(house: House) -> None:
    assert len(PEOPLE) >= 14
    table = wanted()
    assert {name for name, _who in table} == set(house.addresses)
    found = {(name, who): answer_to(house, who, name) for name, who in table}
    assert {place: (found[place], table[place]) for place in table if found[place] != table[place]} == {}


def test_after_the_customer_took_its_rights_back_nobody_of_the_partners_sees_anything(house: House) -> None:
    delegations.revoke(house.delegation, actor=world.viewer("carla"), at=timezone.now())
    for who in ("nora", "nick", "nina", "rafael", "rosa"):
        for name in (
            "request",
            "request-file",
            "request-sharing",
            "api-request",
            "request-list",
            "customer-csv",
        ):
            assert answer_to(house, who, name) in {"404", "own"} or who == "nick", (who, name)
    # Nick's group has its role from the customer itself, not under the delegation.
    assert answer_to(house, "nick", "request") == "200"
    assert answer_to(house, "nora", "confirmation") == "404"
