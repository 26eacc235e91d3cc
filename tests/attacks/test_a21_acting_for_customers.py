"""A21: taking rights back, at each level of provider, reseller and customer, ends all that rested on them at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.http import Http404
from django.test import Client
from django.urls import reverse

from pactdesk.accounts.models import Account, OrganizationRole
from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.models import Contact
from pactdesk.cases.queries.reply_addresses import place_at, reply_address_of
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.rules.files import Place
from pactdesk.cases.services.conversation import answer, reply_as_contact
from pactdesk.cases.services.submission import CannotSubmit, submit
from pactdesk.catalog import queries as catalog
from pactdesk.catalog.models import Channel
from pactdesk.delegation.models import Delegation
from pactdesk.delegation.rules import Terms
from pactdesk.delegation.services import delegations
from pactdesk.journal.models import FactRow
from pactdesk.kernel.ids import new_key
from pactdesk.notifications.models import OutgoingMail, WebhookDelivery
from pactdesk.notifications.services import announcing, delivering, endpoints, outbox, telling
from tests import world
from tests.attachments import put
from tests.doors.programs import program
from tests.drafts import problem, ready
from tests.receiver import Receiver

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Reached:
    """A request that Rafael, a reseller, made for Carla's organization, with all that waits to tell him of it."""

    number: int
    draft: Any
    file: Any
    granted: int
    passed_on: int
    endpoint: int
    receiver: Receiver
    fact: int


@pytest.fixture
def reached(db: None, settings: LazySettings) -> Iterator[Reached]:
    settings.WEBHOOKS_TO_THIS_MACHINE = True
    settings.MAIL_REPLY_ADDRESS = "reply@desk.example"
    receiver = Receiver()
    world.catalogue()
    Channel.objects.filter(code="on-premises").update(
        sign_in="subscription", needs_pair=False, asks_subscription=True
    )
    catalog.forget()
    yield _reached(receiver)
    receiver.close()
    catalog.forget()


def _reached(receiver: Receiver) -> Reached:
    nora, rafael = world.administrator("nora"), world.administrator("rafael")
    world.team("support", "ines")
    customer, subscription = world.organization_of("carla"), world.subscription("carla")
    granted = world.delegation("nora", "carla", "submit", "read", tier="provider", at=NOW)
    world.relationship("rafael", "carla", "reseller", provider="nora")
    passed_on = delegations.pass_on(
        customer,
        world.organization_of("rafael"),
        Terms(frozenset({"submit", "read"}), 0, NOW + timedelta(days=9)),
        subscription_id=None,
        actor=nora,
        at=NOW,
    )
    about: dict[str, Any] = {
        "at": NOW,
        "problem_answer": problem(subscription=subscription.number),
        "customer_id": customer,
    }
    new = endpoints.add_endpoint(
        receiver.url(), description="", events=["request.opened"], actor=rafael, at=NOW
    )
    draft = ready(rafael, None, **about)
    sent = ready(rafael, None, share=(Person("Guest", "guest@lemaire-conseil.example"),), **about)
    file = put(Place(draft_id=sent), rafael, at=NOW)
    number = submit(sent, terms_accepted=True, for_customer=customer, actor=rafael, at=NOW).number
    fact = FactRow.objects.get(code="case.opened").pk
    announcing.announce(fact, at=NOW)
    answer(number, "We look.", key=new_key(), seen=None, actor=world.viewer("ines"), at=NOW)
    for said in FactRow.objects.filter(code="case.message-added"):
        telling.tell(said.pk, at=NOW)
    return Reached(number, draft, file, granted, passed_on, new.endpoint_id, receiver, fact)


def by_the_customer(here: Reached) -> None:
    delegations.revoke(here.granted, actor=world.viewer("carla"), at=NOW)


def by_the_provider(here: Reached) -> None:
    delegations.revoke(here.passed_on, actor=world.viewer("nora"), at=NOW)


def by_giving_it_up(here: Reached) -> None:
    delegations.revoke(here.granted, actor=world.viewer("nora"), at=NOW)


def by_ending_the_relationship(here: Reached) -> None:
    delegations.end_relationship(
        world.organization_of("rafael"), world.organization_of("carla"), actor=world.viewer("carla"), at=NOW
    )


def by_time(here: Reached) -> None:
    Delegation.objects.filter(pk=here.passed_on).update(
        granted_at=NOW - timedelta(days=2), ends_at=NOW - timedelta(minutes=1)
    )


def by_leaving_the_organization(here: Reached) -> None:
    Account.objects.filter(pk=world.person("rafael").pk).update(organization=None)


WAYS: tuple[Callable[[Reached], None], ...] = (
    by_the_customer,
    by_the_provider,
    by_giving_it_up,
    by_ending_the_relationship,
    by_time,
    by_leaving_the_organization,
)


def seen(here: Reached) -> dict[str, bool]:
    """Through which doors something of the request can still be had."""
    rafael = world.viewer(Account.objects.get(pk=world.person("rafael").pk))
    browser = Client()
    browser.force_login(Account.objects.get(pk=rafael.account_id))
    shown = f"PD-{here.number}"
    place = Contact.objects.get(case=here.number, account_id=rafael.account_id)
    guest = Contact.objects.get(case=here.number, account=None)
    asking = program(Account.objects.get(pk=rafael.account_id))
    mails = list(OutgoingMail.objects.filter(contact_id__in=[place.pk, guest.pk]))
    return {
        "page": browser.get(f"/requests/{shown}/").status_code == 200,
        "list": shown in browser.get("/requests/").text,
        "csv": shown in browser.get("/requests/list.csv").text,
        "file": browser.get(reverse("portal:request-file", args=[shown, here.file])).status_code == 200,
        "confirmation": browser.get(reverse("portal:confirmation", args=[shown])).status_code == 200,
        "customer": shown in browser.get(f"/customers/{world.organization_of('carla')}/").text,
        "token": asking.get(f"/requests/{shown}").status_code == 200,
        "token list": bool(asking.get("/requests").json()["items"]),
        "mail": any(outbox._may_still_know(mail, None) for mail in mails),
        "reply": _answers(place, rafael),
        "webhook": _called(here),
        "told anew": bool(announcing.announce(here.fact, at=NOW)),
        "draft": _sends(here, rafael),
    }


def _answers(place: Contact, rafael: Viewer) -> bool:
    at = place_at(reply_address_of(case=place.case_id, contact=place.pk))
    assert at is not None
    try:
        reply_as_contact(place.pk, "By mail", key=new_key(), at=NOW)
    except Http404:
        return False
    return True


def _called(here: Reached) -> bool:
    before = len(here.receiver.asked)
    delivering.deliver(here.endpoint, clock=lambda: NOW + timedelta(minutes=1))
    return len(here.receiver.asked) > before


def _sends(here: Reached, rafael: Viewer) -> bool:
    customer = world.organization_of("carla")
    try:
        submit(here.draft, terms_accepted=True, for_customer=customer, actor=rafael, at=NOW)
    except CannotSubmit:
        return False
    return True


@pytest.mark.req("OBO-3", "OBO-4")
def test_while_the_right_stands_all_doors_are_open(reached: Reached) -> None:
    WebhookDelivery.objects.filter(state="delivered").delete()
    assert {door for door, is_open in seen(reached).items() if not is_open} <= {"told anew"}


@pytest.mark.req("OBO-3", "OBO-4")
@pytest.mark.parametrize("taken_back", WAYS, ids=lambda way: way.__name__)
def test_a_moment_later_none_is(reached: Reached, taken_back: Callable[[Reached], None]) -> None:
    taken_back(reached)
    assert {door for door, is_open in seen(reached).items() if is_open} == set()
    assert reached.receiver.asked == []


@pytest.mark.req("OBO-3")
def test_without_a_role_in_the_organization_nothing_new_is_made(reached: Reached) -> None:
    OrganizationRole.objects.filter(account=world.person("rafael")).delete()
    doors = seen(reached)
    # What is there can be read on: reading is the organization's right. Acting needs a role.
    assert doors["page"]
    assert not doors["draft"]
