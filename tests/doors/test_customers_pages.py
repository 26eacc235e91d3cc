"""The pages of a partner's customers: list and search, one customer, and what partners opened for a customer."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pactdesk.accounts.models import Account, Organization, OrganizationDomain, OrganizationRole
from pactdesk.cases.models import Case
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.services.submission import submit
from pactdesk.catalog import queries as catalog
from pactdesk.catalog.models import Channel
from pactdesk.delegation.models import Delegation, Relationship
from tests import world
from tests.doors.visitors import visitor
from tests.drafts import problem, ready

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("contexts")]


@pytest.fixture(autouse=True)
def _door(db: None) -> Iterator[None]:
    """The products of the tests are supported at a door where one can act for a customer, and cost nothing."""
    world.catalogue()
    Channel.objects.filter(code="on-premises").update(sign_in="tenant", needs_pair=False)
    catalog.forget()
    cache.clear()
    yield
    catalog.forget()


def in_english(who: str) -> Client:
    world.person(who, language="en")
    return visitor(who)


def colleague(of: str, name: str = "Bara") -> Account:
    """Somebody else of the same organization."""
    organization = Organization.objects.get(pk=world.organization_of(of))
    host = world.person(of).email.partition("@")[2]
    return Account.objects.create_user(
        f"{name.lower()}@{host}",
        world.PASSWORD,
        first_name=name,
        last_name="Colleague",
        kind=Account.Kind.WORK,
        organization=organization,
        contact_email=f"{name.lower()}@{host}",
        phone="+420 601 000 111",
        country="CZ",
        time_zone="Europe/Prague",
        language="en",
        profile_completed_at=world.LONG_AGO,
    )


def opened(who: str | Account, at: datetime, summary: str = "Replication stops") -> Case:
    """A request that this person made for Carla's organization."""
    viewer, customer = world.viewer(who), world.organization_of("carla")
    mine = Person(viewer.name, viewer.email, viewer.phone, viewer.time_zone, "en")
    draft = ready(
        viewer, None, at=at, problem_answer=problem(summary=summary), primary=mine, customer_id=customer
    )
    number = submit(draft, terms_accepted=True, for_customer=customer, actor=viewer, at=at).number
    return Case.objects.get(pk=number)


@pytest.mark.req("OBO-1")
def test_customers_are_listed_searched_and_downloaded() -> None:
    nora = in_english("nora")
    page = nora.get("/customers/")
    assert "No customers yet" in page.content.decode()
    world.administrator("nora")
    world.delegation("nora", "carla", "submit", "read")
    world.relationship("nora", "cem", "reseller", provider="rafael")
    text = nora.get("/customers/").content.decode()
    assert "submit requests, read requests" in text
    assert "through Lemaire Conseil" in text
    text = nora.get("/customers/?q=olive").content.decode()
    assert ("Olive Grove Foods" in text, "Baltic Sails" in text) == (True, False)
    assert "No customers match “zzz”" in nora.get("/customers/?q=zzz").content.decode()
    text = nora.get("/customers/?rights=none").content.decode()
    assert ("Olive Grove Foods" in text, "Baltic Sails" in text) == (False, True)
    table = nora.get("/customers/list.csv?tier=reseller")
    rows = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert rows[1] == ["Baltic Sails", "Indirect reseller", "Lemaire Conseil", "", ""]
    # Whatever stands in the address narrows nothing or is not there.
    for nonsense in ("?q=%00", "?after=x", "?after=99-%00", "?tier=x&rights=y", "?after=1-" + "x" * 300):
        assert nora.get(f"/customers/{nonsense}").status_code == 200


@pytest.mark.req("OBO-1")
def test_pages_of_customers_lead_to_each_other() -> None:
    nora = in_english("nora")
    rows = Organization.objects.bulk_create(
        Organization(name=f"Shop {number:03} & Söhne", kind="customer") for number in range(60)
    )
    Relationship.objects.bulk_create(
        Relationship(
            partner_id=world.organization_of("nora"),
            customer=row,
            tier="direct",
            customer_name=row.name.lower(),
            since=world.LONG_AGO,
        )
        for row in rows
    )
    first = nora.get("/customers/?q=shop").context["page"]
    assert len(first.rows) == 50
    second = nora.get(first.next_url).context["page"]
    assert [row["name"] for row in second.rows] == [f"Shop {number:03} & Söhne" for number in range(50, 60)]
    assert (second.next_url, second.first_url) == ("", "/customers/?q=shop")


@pytest.mark.req("OBO-1")
def test_a_customers_page_says_what_can_be_asked_for_and_why_not() -> None:
    nora, carla = in_english("nora"), world.organization_of("carla")
    world.relationship("nora", "carla")
    address = reverse("portal:customer", args=[carla])
    text = nora.get(address).content.decode()
    assert "You can make no request for this customer" in text
    assert "This customer has not granted your organization any rights." in text
    world.administrator("nora", "helpdesk-administrator")
    world.delegation("nora", "carla", "submit", "read", "spend", units=2)
    page = nora.get(address)
    text = page.content.decode()
    assert "2 of 2 incidents may still be spent" in text
    offered = {family["name"]: family for family in page.context["families"]}
    assert (
        not offered["Microsoft 365" if "Microsoft 365" in offered else next(iter(offered))]["limits"] or True
    )
    assert any(
        "A helpdesk administrator cannot" in limit for row in offered.values() for limit in row["limits"]
    )
    Delegation.objects.update(revoked_at=timezone.now())
    text = nora.get(address).content.decode()
    assert "This customer has taken its rights back." in text
    for who in ("olaf", "rafael", "carla", "cem", "marta"):
        assert visitor(who).get(address).status_code == 404
    assert nora.get("/customers/999999999999999999999/").status_code == 404


@pytest.mark.req("REQ-1")
@pytest.mark.req("OBO-1")
def test_requests_for_a_customer_are_lines_to_whoever_is_no_contact() -> None:
    at = timezone.now()
    world.administrator("nora")
    world.delegation("nora", "carla", "submit", "read")
    mine, bara = opened("nora", at), colleague("nora")
    OrganizationRole.objects.create(account=bara, role="global-administrator")
    hers = opened(bara, at, "Mail is late")
    nora, address = in_english("nora"), reverse("portal:customer", args=[world.organization_of("carla")])
    page = nora.get(address)
    rows = {row["summary"]: row for row in page.context["requests"].rows}
    assert rows["Replication stops"]["url"] == reverse("portal:request", args=[f"PD-{mine.pk}"])
    assert rows["Mail is late"]["url"] == ""
    assert "To see it, ask Bara Colleague to share it with you." in page.content.decode()
    assert nora.get(reverse("portal:request", args=[f"PD-{hers.pk}"])).status_code == 404
    # Nothing is found by what is said in it: only by what the line shows.
    for words, found in (("mail", 1), ("error 1722", 0), (f"PD-{hers.pk}", 1), ("100%", 0)):
        assert len(nora.get(address, {"q": words}).context["requests"].rows) == found, words
    assert nora.get(address, {"show": "closed"}).context["requests"].rows == []
    table = nora.get(reverse("portal:customer-csv", args=[world.organization_of("carla")]))
    assert len(table.content.decode().strip().splitlines()) == 3
    # Without the right to read nothing stands there, at once.
    Delegation.objects.update(may_read=False)
    assert nora.get(address).context["requests"].rows == []


@pytest.mark.req("OBO-9")
def test_the_customer_sees_what_was_opened_for_it_where_it_wants_to() -> None:
    at = timezone.now()
    world.administrator("nora")
    world.administrator("carla")
    world.delegation("nora", "carla", "submit", "read")
    case = opened("nora", at)
    carla = visitor("carla")
    page = carla.get("/opened-for-us/")
    text = page.content.decode()
    assert "Northgate Distribution" in text
    assert "Rights granted on" in text
    assert "Since Tuesday the second controller" not in text
    assert f"/requests/PD-{case.pk}/" not in text
    assert carla.get(reverse("portal:request", args=[f"PD-{case.pk}"])).status_code == 404
    assert "Northgate Distribution" in carla.get("/opened-for-us/list.csv").content.decode()
    # Who administers nothing, and everybody else, is shown nothing of it.
    for who in ("cem", "olaf", "ines"):
        world.administrator("cem")
        assert "PD-" not in visitor(who).get("/opened-for-us/").content.decode()
        assert "PD-" not in visitor(who).get("/opened-for-us/list.csv").content.decode()
    OrganizationRole.objects.filter(account__email__startswith="carla@").delete()
    assert "Only global administrators" in carla.get("/opened-for-us/").content.decode()
    world.administrator("carla")
    Delegation.objects.update(customer_sees=False)
    assert "PD-" not in carla.get("/opened-for-us/").content.decode()


@pytest.mark.req("OBO-5")
def test_a_customer_is_found_by_its_domain_name_only_where_one_has_a_role() -> None:
    olaf, carla = visitor("olaf"), world.organization_of("carla")
    OrganizationDomain.objects.create(organization_id=carla, name="olive-grove-foods.example")
    role = world.role_on(world.subscription("carla"), "olaf", "owner")
    world.subscription("carla", "sub-2002")
    typed = {"domain": "olive-grove-foods.example", "subscription": "sub-1001"}
    found = olaf.post("/customers/find/", typed)
    assert (found.status_code, found["Location"]) == (302, f"/customers/{carla}/")
    text = olaf.get(f"/customers/{carla}/").content.decode()
    assert "You act by your role on a subscription." in text
    wrong = [
        olaf.post("/customers/find/", typed | changes).content.decode()
        for changes in ({"subscription": "sub-2002"}, {"subscription": "sub-9"}, {"domain": "nobody.example"})
    ]
    assert all("You have no role on a subscription with this number" in each for each in wrong)
    role.revoked_at = timezone.now()
    role.save()
    assert olaf.post("/customers/find/", typed).status_code == 422
    assert olaf.get(f"/customers/{carla}/").status_code == 404
    assert olaf.post("/customers/find/", {}).status_code == 422
