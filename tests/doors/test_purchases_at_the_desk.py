"""The purchases at the service centre: found by what somebody says who calls about a payment."""

from __future__ import annotations

import re

import pytest
from django.conf import LazySettings
from django.db import connection
from django.http import Http404
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pactdesk.accounts.models import Account
from pactdesk.cases.models import Case
from pactdesk.cases.queries.charged import charged_to, charged_with
from pactdesk.cases.services.submission import submit
from pactdesk.purchases.models import Purchase
from pactdesk.purchases.queries import centre
from pactdesk.purchases.services import refunds
from tests import world
from tests.attacks.benefits_house import another_buyer
from tests.buying import PACK, SANDBOX, buy
from tests.doors.visitors import visitor
from tests.drafts import ready

pytestmark = pytest.mark.django_db
HERE = "/desk/purchases/"


@pytest.fixture
def marta(settings: LazySettings) -> Client:
    settings.PAYMENT_PROVIDER = SANDBOX
    world.catalogue()
    world.team("support", "ines")
    world.team("service-centre", "marta")
    return visitor("marta")


def numbers(client: Client, **asked: str) -> list[str]:
    answer = client.get(HERE, asked)
    assert answer.status_code == 200
    return re.findall(r"strong num\">(P-\d+)<", answer.text)


@pytest.mark.req("PPI-5")
def test_a_purchase_is_found_by_what_its_buyer_can_say(marta: Client) -> None:
    assert "No purchases yet" in marta.get(HERE).text
    at = timezone.now()
    berta = world.viewer(another_buyer())
    hers, his = buy(actor=berta, at=at), buy(ware=PACK, at=at)
    number = submit(
        ready(berta, hers.agreement_id or 0, at=at), terms_accepted=True, actor=berta, at=at
    ).number
    assert numbers(marta) == [his.number, hers.number]
    for words in (
        hers.number,
        hers.number.lower(),
        f"PD-{number}",
        f"pd-{number}",
        "Berta@MAIL.example",
        "bert",
        "LIND",
        "Berta Lindqvist",
        "lindqvist berta",
    ):
        assert numbers(marta, q=words) == [hers.number], words
    # Of digits alone nobody knows what they are the number of.
    assert hers.number in numbers(marta, q=str(number))
    assert hers.number in numbers(marta, q=hers.number[2:])
    for words in ("P-1", "PD-1", "berta@mail", "erta", "Berta Berg", "%", "_erta", "\\", "x" * 300, "9" * 30):
        assert numbers(marta, q=words) == [], words
    assert "No purchases match" in marta.get(HERE, {"q": "erta"}).text
    for name in ("Weiß", "ǰan", "Ίρις"):
        Account.objects.filter(pk=berta.account_id).update(last_name=name)
        assert numbers(marta, q=name) == numbers(marta, q=name.lower()) == [hers.number], name
    Account.objects.filter(pk=berta.account_id).update(last_name="Lindqvist")

    shown = marta.get(HERE, {"q": hers.number}).text
    for there in ("Berta Lindqvist", "berta@mail.example", "€499.00 · incl. VAT", "Visa, ends in 4242"):
        assert there in shown
    assert f"/desk/agreements/{hers.agreement_id}/" in shown
    assert f"PD-{number}" in shown
    assert f"/desk/requests/PD-{number}/" not in shown, "it is another team's"
    assert "/refund/" not in shown, "it is used"
    Case.objects.filter(pk=number).update(owner_id=world.person("marta"))
    assert f"/desk/requests/PD-{number}/" in marta.get(HERE, {"q": hers.number}).text
    shown = marta.get(HERE, {"q": his.number}).text
    assert f"/desk/agreements/{his.agreement_id}/refund/" in shown
    assert f"{HERE}?q={hers.number}" in marta.get(f"/desk/agreements/{hers.agreement_id}/").text
    plain = world.agreement(owner="carla")
    assert HERE + "?q" not in marta.get(f"/desk/agreements/{plain.id}/").text


@pytest.mark.req("PPI-5")
def test_each_purchase_stands_in_one_state(marta: Client) -> None:
    at = timezone.now()
    paid, declined, asked, back, disputed, lost, won = (
        buy(card, at=at) for card in ("works", "declined", "asks", "works", "works", "works", "works")
    )
    refunds.refund(back.pk, note="Goodwill", actor=world.viewer("marta"), at=at)
    for purchase, how in ((disputed, "open"), (lost, "lost"), (won, "won")):
        Purchase.objects.filter(pk=purchase.pk).update(dispute=how)
    Purchase.objects.filter(pk=asked.pk).update(differs_at=at)
    stands = {
        "paid": [won, paid],
        "refunded": [back],
        "disputed": [lost, disputed],
        "failed": [declined],
        "waiting": [asked],
    }
    assert set(stands) == {*centre.STANDINGS} - {""}
    for state, expected in stands.items():
        assert numbers(marta, state=state) == [each.number for each in expected], state
    assert numbers(marta, state="paid", q=back.number) == []
    assert len(numbers(marta, state="nonsense")) == 7
    assert "The bank has declined the card." in marta.get(HERE, {"state": "failed"}).text
    waiting = marta.get(HERE, {"state": "waiting"}).text
    assert "has to confirm the payment" in waiting
    assert "speaks of another amount" in waiting
    assert "Why it was paid back" in marta.get(HERE, {"state": "refunded"}).text
    for who in ("ines", "olaf"):
        assert visitor(who).get(HERE).status_code == 404
        stranger = world.viewer(who)
        for ask in (
            lambda viewer: centre.sold(viewer, centre.Sought(), at=at),
            lambda viewer: charged_to(viewer, 1),
            lambda viewer: charged_with(viewer, [1]),
        ):
            with pytest.raises(Http404):
                ask(stranger)


def test_the_list_is_read_a_page_at_a_time_with_as_many_queries_for_many(
    marta: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = buy(at=timezone.now())
    marta.get(HERE)
    with CaptureQueriesContext(connection) as for_one:
        marta.get(HERE)
    bought = [first, *(buy(at=timezone.now()) for _more in range(3))]
    with CaptureQueriesContext(connection) as for_many:
        marta.get(HERE)
    assert len(for_many) == len(for_one)
    monkeypatch.setattr(centre, "PAGE", 3)
    page = marta.get(HERE, {"state": "paid"}).text
    assert f"{HERE}?state=paid&amp;older={bought[1].pk}" in page
    assert numbers(marta, older=str(bought[1].pk)) == [first.number]
    assert "Newer" in marta.get(HERE, {"older": str(bought[1].pk)}).text
    assert len(numbers(marta, older="x")) == 3
