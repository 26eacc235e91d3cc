"""Pages about rights, roles, groups and subscriptions, over HTTP: what each shows, keeps and refuses (OBO-3, OBO-4)."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pactdesk.accounts.models import Account, Organization
from pactdesk.accounts.viewer import Viewer
from pactdesk.delegation.models import Delegation, DelegationRequest, RoleAssignment, SupportGroup
from pactdesk.delegation.rules import Wish
from pactdesk.delegation.services import asking, delegations, groups
from pactdesk.delegation.services.subscriptions import Holder, give_role
from tests import world
from tests.doors.guided import texts
from tests.doors.test_every_page import Page
from tests.doors.visitors import ANONYMOUS, visitor

GLOBAL, HELPDESK = "global-administrator", "helpdesk-administrator"

pytestmark = [pytest.mark.django_db, pytest.mark.req("OBO-3")]


@dataclass(frozen=True)
class House:
    """Carla administers a customer, Nora its provider with Jana at the helpdesk, Rafael a reseller through Nora's; Mia
    and Eleni have no role."""

    people: dict[str, Viewer]
    granted: int
    passed_on: int
    subscription: int
    group: int
    by_nora: int
    by_carla: int
    link: asking.NewLink

    def client(self, who: str) -> Client:
        if who == ANONYMOUS:
            return visitor(ANONYMOUS)
        client = Client()
        client.force_login(Account.objects.get(pk=self.people[who].account_id))
        return client


def colleague(name: str, of: str) -> Account:
    organization = Organization.objects.get(pk=world.organization_of(of))
    email = f"{name}@{organization.name.lower().replace(' ', '-')}.example"
    about = {
        "contact_email": email,
        "phone": "+30 21 0123 4500",
        "country": "GR",
        "time_zone": "Europe/Athens",
        "language": "en",
        "profile_completed_at": world.LONG_AGO,
    }
    account = Account.objects.create_user(
        email,
        first_name=name.capitalize(),
        last_name="Other",
        organization=organization,
        kind=Account.Kind.WORK,
        **about,
    )
    account.emailaddress_set.create(email=email, verified=True, primary=True)
    return account


@pytest.fixture
def house(db: None) -> House:
    at = timezone.now()
    people = {who: world.administrator(who) for who in ("carla", "nora", "rafael", "cem")}
    Account.objects.update(language="en")
    people = {who: world.viewer(who) for who in people}
    people["jana"] = world.administrator(colleague("jana", "nora"), HELPDESK)
    people["mia"] = world.viewer(colleague("mia", "nora"))
    people["eleni"] = world.viewer(colleague("eleni", "carla"))
    people["olaf"] = world.viewer("olaf")
    granted = world.delegation("nora", "carla", "submit", "read", "spend", units=9, tier="provider", at=at)
    world.relationship("rafael", "carla", "reseller", provider="nora")
    customer = people["carla"].organization_id or 0
    passed_on = delegations.pass_on(
        customer,
        people["rafael"].organization_id or 0,
        delegations.Terms(frozenset({"read"}), 0, at + timedelta(days=9)),
        subscription_id=None,
        actor=people["nora"],
        at=at,
    )
    subscription = world.subscription("carla")
    group = groups.create_group("Cloud desk", actor=people["jana"], at=at)
    return House(
        people=people,
        granted=granted,
        passed_on=passed_on,
        subscription=subscription.pk,
        group=group,
        by_nora=give_role(
            subscription.pk, "contributor", Holder(group_id=group), actor=people["jana"], at=at
        ),
        by_carla=give_role(
            subscription.pk, "owner", Holder(people["eleni"].email), actor=people["carla"], at=at
        ),
        link=asking.ask(
            Wish(frozenset({"submit", "read"}), 0, 30, "direct", "Please."),
            actor=people["nora"],
            at=at,
        ),
    )


# What GET answers. A member of the organization, somebody of another one and a stranger find nothing.
WHO = ("carla", "nora", "rafael", "jana", "mia", "eleni", "cem", "olaf")
OPENED = """
                                            carla nora rafael jana mia eleni cem olaf
/rights/                                    200   200  200    302  404 404   200 404
/rights/list.csv                            200   200  200    404  404 404   200 404
/rights/held/                               404   200  200    200  404 404   404 404
/rights/held/list.csv                       404   200  200    200  404 404   404 404
/rights/asked/                              404   200  200    404  404 404   404 404
/rights/asked/new/                          404   200  200    404  404 404   404 404
/rights/asked/customers/                    404   404  200    404  404 404   404 404
/rights/asked/new/?customer={customer}      404   404  200    404  404 404   404 404
/rights/asked/{asked}/withdraw/             404   200  404    404  404 404   404 404
/rights/answer/{token}/                     200   200  200    200  200 200   200 200
/rights/{granted}/                          200   200  404    404  404 404   404 404
/rights/{granted}/change/                   200   404  404    404  404 404   404 404
/rights/{granted}/end/                      200   200  404    404  404 404   404 404
/rights/{passed_on}/                        200   200  200    404  404 404   404 404
/rights/{passed_on}/change/                 404   200  404    404  404 404   404 404
/rights/{passed_on}/end/                    200   200  200    404  404 404   404 404
/rights/colleagues/                         200   200  200    404  404 404   200 404
/rights/colleagues/{eleni}/                 200   404  404    404  404 404   404 404
/rights/colleagues/{jana}/                  404   200  404    404  404 404   404 404
/rights/groups/                             200   200  200    200  404 404   200 404
/rights/groups/new/                         200   200  200    200  404 404   200 404
/rights/groups/{group}/                     404   200  404    200  404 404   404 404
/rights/groups/{group}/rename/              404   200  404    200  404 404   404 404
/rights/groups/{group}/delete/              404   200  404    200  404 404   404 404
/subscriptions/                             200   200  200    404  404 404   200 404
/subscriptions/new/                         200   200  200    404  404 404   200 404
/subscriptions/{subscription}/              200   200  200    200  404 404   404 404
/subscriptions/{subscription}/end/          200   200  404    404  404 404   404 404
/subscriptions/{subscription}/roles/{by_nora}/  200 200 404   200  404 404   404 404
/subscriptions/{subscription}/roles/{by_carla}/ 200 404 404   404  404 404   404 404
/customers/{customer}/subscriptions/        404   200  200    200  200 404   404 404
/customers/{customer}/subscriptions/new/    404   200  404    404  404 404   404 404
"""


def addresses(house: House) -> dict[str, list[str]]:
    """The rows of the table, with the addresses filled in."""
    known = {
        "granted": house.granted,
        "passed_on": house.passed_on,
        "customer": house.people["carla"].organization_id,
        "asked": house.link.request_id,
        "token": house.link.token,
        "eleni": house.people["eleni"].account_id,
        "jana": house.people["jana"].account_id,
        "group": house.group,
        "subscription": house.subscription,
        "by_nora": house.by_nora,
        "by_carla": house.by_carla,
    }
    head, *lines = OPENED.strip().splitlines()
    assert tuple(head.split()) == WHO
    return {line.split()[0].format(**known): line.split()[1:] for line in lines}


@pytest.mark.req("OBO-3", "OBO-4")
def test_every_address_answers_everybody_as_the_table_says(house: House) -> None:
    clients = {who: house.client(who) for who in WHO}
    wrong = [
        f"{who} at {address}: {found}, not {told}"
        for address, cells in addresses(house).items()
        for who, told in zip(WHO, cells, strict=True)
        if (found := str(clients[who].get(address).status_code)) != told
    ]
    assert not wrong, "\n".join(wrong)
    anonymous = visitor(ANONYMOUS)
    for address in addresses(house):
        response = anonymous.get(address)
        if "/answer/" in address:
            assert response.status_code == 200
        else:
            assert urlsplit(response["Location"]).path == "/accounts/login/", address


def test_every_page_is_well_formed_and_small_also_after_mistakes(house: House) -> None:
    mistakes = []
    for who in ("carla", "nora", "rafael", "jana"):
        client = house.client(who)
        for address, cells in addresses(house).items():
            if cells[WHO.index(who)] != "200" or address.endswith(".csv"):
                continue
            for response in (client.get(address), client.get(f"{address}?show=ended&q=nowhere")):
                mistakes += [f"{who} {address}: {each}" for each in Page(response).all_mistakes()]
                assert len(response.content) < 60_000
        for address, data in (
            ("/rights/asked/new/", {"days": "0"}),
            ("/rights/groups/new/", {"name": ""}),
            ("/subscriptions/new/", {"number": "!", "name": ""}),
            (f"/subscriptions/{house.subscription}/", {"role": "owner"}),
            (f"/rights/{house.granted}/change/", {"until": "yesterday"}),
        ):
            response = client.post(address, data)
            if response.status_code != 404:
                assert response.status_code == 422, (who, address)
                mistakes += [f"{who} {address}: {each}" for each in Page(response).all_mistakes()]
    assert not mistakes, "\n".join(mistakes)


def test_a_link_is_made_answered_narrower_changed_and_taken_back(house: House) -> None:
    nora, cem = house.client("nora"), house.client("cem")
    response = nora.post(
        "/rights/asked/new/",
        {"tier": "direct", "purposes": ["submit", "read"], "days": "30", "note": "For <b>you</b>"},
    )
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    found = re.search(r"/rights/answer/[A-Za-z0-9_-]{32}/", response.content.decode())
    assert found is not None
    page = cem.get(found[0])
    assert "Northgate Distribution asks for rights" in texts(page)
    assert "&lt;b&gt;you&lt;/b&gt;" in page.content.decode()
    until = (timezone.now() + timedelta(days=5)).date().isoformat()
    kept = cem.post(found[0], {"do": "grant", "purposes": [], "until": until})
    assert kept.status_code == 422
    assert "Choose at least one purpose." in texts(kept)
    assert f'value="{until}"' in kept.content.decode()
    granted = cem.post(found[0], {"do": "grant", "purposes": ["read"], "until": until, "customer_sees": "on"})
    assert granted.status_code == 302
    right = granted["Location"]
    assert "Read requests" in texts(cem.get(right))
    assert cem.get(found[0]).status_code == 404
    assert "Baltic Sails" in texts(nora.get("/rights/held/"))
    assert "Granted on" in texts(nora.get("/rights/asked/"))
    changed = cem.post(f"{right}change/", {"purposes": ["submit"], "until": until})
    assert changed["Location"] == right
    row = Delegation.objects.get(pk=int(right.split("/")[2]))
    assert (row.may_submit, row.may_read, row.customer_sees) == (True, False, False)
    assert cem.post(f"{right}end/").status_code == 302
    assert "Baltic Sails" not in texts(nora.get("/rights/held/"))
    assert "Taken back on" in texts(nora.get("/rights/held/?show=ended"))
    assert cem.get(f"{right}change/")["Location"] == right


def test_refusing_asks_first_and_works_once(house: House) -> None:
    carla, url = house.client("carla"), reverse("portal:rights-answer", args=[house.link.token])
    assert "Refuse this?" in texts(carla.post(url, {"do": "refuse"}))
    assert DelegationRequest.objects.get().outcome == ""
    for data in ({}, {"do": "refuse-for-good2"}):
        assert carla.post(url, data).status_code == 400
    assert carla.post(url, {"do": "refuse-for-good"}).status_code == 302
    assert carla.post(url, {"do": "refuse-for-good"}).status_code == 404
    assert "Refused on" in texts(house.client("nora").get("/rights/asked/"))


def test_who_may_not_decide_reads_no_more_than_who_asks(house: House) -> None:
    url = reverse("portal:rights-answer", args=[house.link.token])
    asker = html.escape(house.people["nora"].name)
    for who in (ANONYMOUS, "olaf", "eleni", "jana", "mia"):
        page = house.client(who).get(url).content.decode()
        assert "Northgate Distribution asks for rights" in html.unescape(page)
        assert "Please." not in page, who
        assert "Make requests" not in page, who
        assert asker not in page.replace(f"<strong>{asker}", ""), who
        assert house.client(who).post(url, {"do": "grant"}).status_code == 404
    assert "Carla Papadaki" in house.client("eleni").get(url).content.decode()


def test_what_follows_is_said_before_something_is_taken_back(house: House) -> None:
    page = texts(house.client("carla").get(f"/rights/{house.granted}/end/"))
    assert "Lemaire Conseil" in page
    assert "1 role on a subscription that was given under it ends." in page
    assert not Delegation.objects.exclude(revoked_at=None).exists()
    house.client("carla").post(f"/rights/{house.granted}/end/")
    assert not Delegation.objects.filter(revoked_at=None).exists()


def test_roles_are_given_and_the_last_administrator_stays(house: House) -> None:
    carla, eleni = house.client("carla"), house.people["eleni"].account_id
    own = f"/rights/colleagues/{house.people['carla'].account_id}/"
    refused = carla.post(own, {"do": "take", "role": GLOBAL})
    assert refused.status_code == 422
    assert "needs a global administrator" in texts(refused)
    carla.post(f"/rights/colleagues/{eleni}/", {"do": "give", "role": GLOBAL})
    assert house.client("eleni").get("/rights/").status_code == 200
    assert carla.post(own, {"do": "take", "role": GLOBAL})["Location"] == "/"
    assert carla.get("/rights/").status_code == 404
    for data in ({}, {"do": "give"}, {"do": "give", "role": "owner"}, {"do": "x", "role": GLOBAL}):
        assert house.client("eleni").post(own, data).status_code == 400
    found = house.client("eleni").get("/rights/colleagues/?q=papad")
    assert "Carla Papadaki" in texts(found)
    assert "Nobody matches" in texts(house.client("eleni").get("/rights/colleagues/?q=olaf"))


def test_groups_and_their_members(house: House) -> None:
    jana = house.client("jana")
    made = jana.post("/rights/groups/new/", {"name": "Night desk"})["Location"]
    mia = house.people["mia"].account_id
    assert "Mia Other" in texts(jana.get(f"{made}?q=mia"))
    assert jana.post(made, {"do": "add", "account": str(mia)}).status_code == 302
    assert "Mia Other" in texts(jana.get(made))
    taken = jana.post(f"{made}rename/", {"name": "cloud desk"})
    assert taken.status_code == 422
    assert 'value="cloud desk"' in taken.content.decode()
    assert jana.post(f"{made}rename/", {"name": "Day desk"})["Location"] == made
    jana.post(made, {"do": "remove", "account": str(mia)})
    assert "Nobody is in this group yet." in texts(jana.get(made))
    for data in ({}, {"do": "add"}, {"do": "add", "account": "x"}, {"do": "x", "account": str(mia)}):
        assert jana.post(made, data).status_code == 400
    outside = {"do": "add", "account": str(house.people["cem"].account_id)}
    assert jana.post(made, outside).status_code == 404
    assert "Cloud desk" in texts(jana.get(f"/rights/groups/{house.group}/delete/"))
    jana.post(f"/rights/groups/{house.group}/delete/")
    assert SupportGroup.objects.get(pk=house.group).deleted_at is not None
    assert RoleAssignment.objects.get(pk=house.by_nora).revoked_at is not None


@pytest.mark.req("OBO-4", "OBO-5")
def test_subscriptions_and_the_roles_on_them(house: House) -> None:
    carla, nora = house.client("carla"), house.client("nora")
    customer = house.people["carla"].organization_id
    made = nora.post(f"/customers/{customer}/subscriptions/new/", {"number": "sub-2002", "name": "Shop"})[
        "Location"
    ]
    assert "Shop" in texts(carla.get("/subscriptions/"))
    taken = carla.post("/subscriptions/new/", {"number": "SUB-2002", "name": "Mine"})
    assert "cannot be added" in texts(taken)
    assert 'value="Mine"' in taken.content.decode()
    nobody = carla.post(made, {"role": "owner", "email": "nobody@mail.example"})
    assert nobody.status_code == 422
    assert "no account at this address" in texts(nobody)
    assert 'value="nobody@mail.example"' in nobody.content.decode()
    both = nora.post(made, {"role": "owner", "email": "x@y.example", "group": str(house.group)})
    assert "not both" in texts(both)
    assert carla.post(made, {"role": "reader", "email": house.people["olaf"].email}).status_code == 302
    assert house.people["olaf"].email in texts(carla.get(made))
    assert house.people["olaf"].email not in texts(nora.get(made))
    of_olaf = RoleAssignment.objects.get(account=house.people["olaf"].account_id)
    role = f"{made}roles/{of_olaf.pk}/"
    assert nora.get(role).status_code == 404
    assert carla.post(role, {"do": "change", "role": "owner"}).status_code == 302
    assert carla.post(role, {"do": "take"}).status_code == 404  # another one took its place
    of_olaf = RoleAssignment.objects.get(account=house.people["olaf"].account_id, revoked_at=None)
    assert of_olaf.role == "owner"
    assert house.client("olaf").get(made).status_code == 200
    assert carla.post(f"{made}roles/{of_olaf.pk}/", {"do": "take"}).status_code == 302
    assert house.client("olaf").get(made).status_code == 404
    assert carla.post(f"{made}end/").status_code == 302
    assert "Ended on" in texts(carla.get("/subscriptions/?show=ended"))
    assert carla.post(made, {"role": "reader", "email": house.people["olaf"].email}).status_code == 422


@pytest.mark.parametrize(
    "address",
    [
        "/rights/?older=x&show=y&q=%00",
        "/rights/?older=9999999999.999999-999999999999999",
        "/rights/held/?q=" + "x" * 3000,
        "/rights/colleagues/?from=999999&q=%25_",
        "/rights/colleagues/?from=-1",
        "/subscriptions/?after=1-&show=ended",
        "/subscriptions/?after=99999999999999999999-x",
        "/subscriptions/?after=5-%00",
        "/rights/groups/?q=1",
    ],
)
def test_nothing_in_an_address_breaks_a_page(address: str, house: House) -> None:
    assert house.client("nora").get(address).status_code == 200


@pytest.mark.parametrize(
    "data",
    [
        {"purposes": ["submit"], "until": "9999-12-31"},
        {"purposes": ["submit"], "until": "0001-01-01"},
        {"purposes": ["submit"], "until": "x"},
        {"purposes": ["everything"], "until": "2026-12-31"},
        {"purposes": ["submit", "spend"], "until": "2026-12-31", "units": "-1"},
        {"purposes": ["submit", "spend"], "until": "2026-12-31", "units": "9" * 30},
        {"purposes": ["submit", "spend"], "until": "2026-12-31", "units": "1.5"},
    ],
)
def test_what_cannot_be_granted_changes_nothing(data: dict[str, object], house: House) -> None:
    before = Delegation.objects.values().get(pk=house.granted)
    assert house.client("carla").post(f"/rights/{house.granted}/change/", data).status_code == 422
    assert Delegation.objects.values().get(pk=house.granted) == before


def test_only_those_are_led_there_who_have_something_there(house: House) -> None:
    led = {
        who: f'href="{reverse("portal:rights")}"' in house.client(who).get("/help/").content.decode()
        for who in WHO
    }
    assert led == {
        "carla": True,
        "nora": True,
        "rafael": True,
        "jana": True,
        "mia": False,
        "eleni": False,
        "cem": True,
        "olaf": False,
    }
    # And each page that the tabs lead to opens.
    for who in ("carla", "nora", "jana"):
        client = house.client(who)
        page = client.get("/rights/", follow=True).content.decode()
        tabs = re.search(r'<nav class="tabs" aria-label="Rights and roles">(.*?)</nav>', page, re.DOTALL)
        assert tabs is not None
        links = re.findall(r'href="([^"]+)"', tabs[1])
        assert len(links) >= 2
        assert {client.get(link).status_code for link in links} == {200}


def test_long_lists_come_in_pages(house: House) -> None:
    nora, at = house.people["nora"], timezone.now()
    customers = Organization.objects.bulk_create(
        [Organization(name=f"Customer {number:03}", kind="customer") for number in range(120)]
    )
    Delegation.objects.bulk_create(
        [
            Delegation(
                customer=each,
                grantor=each,
                partner_id=nora.organization_id,
                may_read=True,
                granted_at=at + timedelta(seconds=number),
                ends_at=at + timedelta(days=9),
            )
            for number, each in enumerate(customers)
        ]
    )
    client, seen, url = house.client("nora"), [], "/rights/held/"
    while url:
        page = client.get(url).content.decode()
        seen += re.findall(r"Customer \d\d\d", page)
        further = re.search(r'href="([^"]+)" rel="next"', page)
        url = html.unescape(further[1]) if further else ""
    assert len(seen) == len(set(seen)) == 120
    assert "Customer 007" in client.get("/rights/held/?q=customer+007").content.decode()
    assert client.get("/rights/held/list.csv").content.decode().count("Customer ") >= 120
