"""The service centre issues an agreement, sends and replaces its pair, and limits its seats, at its pages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from pactdesk.accounts.models import Location
from pactdesk.agreements import ledger
from pactdesk.agreements.facts import PairMailed
from pactdesk.agreements.models import Agreement, Issuance, PairMailing, Registration
from pactdesk.agreements.queries.mailing import pair_of
from pactdesk.journal import services as journal
from pactdesk.journal.models import FactRow
from pactdesk.notifications.models import OutgoingMail
from pactdesk.notifications.services import outbox, telling_pairs
from tests import world
from tests.buying import PACK, SANDBOX, buy
from tests.doors.visitors import visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre() -> tuple[Client, Client]:
    """Marta and Ines of the service centre."""
    world.team("service-centre", "marta", "ines")
    return visitor("marta"), visitor("ines")


def with_contact(who: str = "carla", country: str = "GR") -> int:
    organization_id = world.organization_of(who)
    Location.objects.create(
        organization_id=organization_id,
        is_headquarters=True,
        name="Head office",
        country=country,
        primary_contact=world.person(who),
    )
    return organization_id


def form(client: Client, url: str, **typed: str) -> dict[str, str]:
    """What a form of the page carries unseen, with what is typed."""
    text = client.get(url).text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text))
    return {**hidden, "starts_on": timezone.localdate().isoformat(), "reason": "Agreed by phone", **typed}


@pytest.mark.req("AGR-11", "BEN-1")
def test_an_agreement_is_issued_and_above_the_limit_by_two(centre: tuple[Client, Client]) -> None:
    marta, ines = centre
    organization_id = with_contact()
    url = f"/desk/organizations/{organization_id}/issue/"
    assert url in marta.get(f"/desk/organizations/{organization_id}/").text
    empty = marta.post(url, {"units": "lots", "owner": "carla", "seat_limit": "-1"})
    assert empty.status_code == 422
    for told in ("Choose a programme.", "Say why, in a few words.", 'value="lots"'):
        assert told in empty.text
    typed = form(marta, url, programme="gold-partner-support-20", units="2", seat_limit="4")
    elsewhere = marta.post(url, {**typed, "owner": world.person("cem").email})
    assert "has to be an account of the organization" in elsewhere.text
    assert "There is no account" in marta.post(url, {**typed, "owner": "nobody@mail.example"}).text
    answers = [marta.post(url, typed) for _twice in range(2)]
    agreement = Agreement.objects.get()
    assert {each["Location"] for each in answers} == {f"/desk/agreements/{agreement.pk}/"}
    assert (agreement.units_left, agreement.seat_limit) == (2, 4)
    shown = marta.get(f"/desk/agreements/{agreement.pk}/").text
    assert "The IDs are to be mailed to Carla Papadaki" in shown
    assert pair_of(agreement.pk).contract_id not in re.sub(r"\s", "", shown)

    whole = form(marta, url, programme="gold-partner-support-20")
    assert marta.post(url, whole)["Location"] == "/desk/approvals/"
    asked = Issuance.objects.get(outcome="")
    decide = f"/desk/approvals/issues/{asked.pk}/"
    assert decide in marta.get("/desk/approvals/").text
    assert marta.post(decide, {"do": "approve"}).status_code == 422
    assert "Approve and issue it" in ines.get(decide).text
    assert ines.post(decide, {"do": "approve", "words": "Fine"}).status_code == 302
    assert Agreement.objects.count() == 2
    assert ines.post(decide, {"do": "approve"}).status_code == 422
    assert Agreement.objects.count() == 2
    Location.objects.update(primary_contact=None)
    assert "nobody could be mailed" in marta.get(url).text
    assert marta.post(url, form(marta, url, programme="gold-partner-support-20")).status_code == 422


def test_for_one_person_the_owner_has_to_be_said(centre: tuple[Client, Client]) -> None:
    marta, _ines = centre
    world.catalogue()
    url = "/desk/agreements/issue/"
    assert url in marta.get("/desk/agreements/").text
    typed = form(marta, url, programme="gold-partner-support-20", units="1")
    assert "Enter the address of an account." in marta.post(url, typed).text
    assert marta.post(url, {**typed, "owner": world.person("olaf").email}).status_code == 302
    assert PairMailing.objects.get().account == world.person("olaf")


@pytest.mark.req("BEN-4")
def test_the_pair_is_sent_to_those_alone_who_may_have_it(centre: tuple[Client, Client]) -> None:
    marta, _ines = centre
    with_contact(country="JP")
    plan = world.agreement(owner="carla")
    cem = world.person("cem", organization_id=world.organization_of("carla"))
    url = f"/desk/agreements/{plan.id}/send/"
    shown = marta.get(url).text
    assert "the IDs may be sent to the primary programme contact only" in shown
    assert f'value="{world.person("carla").pk}" checked' in shown
    for to in ("", "x", str(cem.pk), str(world.person("olaf").pk), "9" * 30):
        refused = marta.post(url, {"to": to})
        assert refused.status_code == 422, to
        assert plan.contract_id not in refused.text
    assert not PairMailing.objects.exists()
    assert marta.post(url, {"to": world.person("carla").pk}).status_code == 302
    assert PairMailing.objects.get().account == world.person("carla")
    held = world.ended_agreement()
    assert "There is nobody who may be sent the IDs." in marta.get(f"/desk/agreements/{held.id}/send/").text


@pytest.mark.req("BEN-4", "AGR-11")
def test_it_says_what_became_of_the_letter_and_what_helps_where_it_did_not_leave(
    centre: tuple[Client, Client],
) -> None:
    marta, _ines = centre
    with_contact()
    carla = world.person("carla")
    plan = world.agreement(owner="carla", registered=["carla"])
    here = f"/desk/agreements/{plan.id}/"

    def send() -> int:
        sent = marta.post(f"{here}send/", {"to": carla.pk}, follow=True)
        assert "A letter with the IDs goes to Carla Papadaki." in sent.text
        (mail_id,) = telling_pairs.tell(
            FactRow.objects.filter(code="agreement.pair-mailed").latest("pk").pk, at=timezone.now()
        )
        return mail_id

    letter = send()
    assert "The IDs are to be mailed to Carla Papadaki" in marta.get(here).text
    outbox.hand_over(letter, at=timezone.now())
    assert "The IDs were mailed to Carla Papadaki" in marta.get(here).text
    OutgoingMail.objects.update(state="parked")
    shown = marta.get(here).text
    assert "The IDs could not be mailed to Carla Papadaki" in shown
    assert 'href="/desk/mail/?state=parked"' in shown
    OutgoingMail.objects.all().delete()
    letter = send()
    Registration.objects.update(revoked_at=timezone.now())
    outbox.hand_over(letter, at=timezone.now())
    shown = marta.get(here).text
    assert "The IDs were not mailed to Carla Papadaki" in shown
    assert "could not have them any more" in shown
    assert shown.count(f'href="{here}send/"') == 2, "among what can be done, and with the letter"
    # One to somebody else of that name does not take its place.
    namesake = world.person("cem", first_name="Carla", last_name="Papadaki")
    told = PairMailed(plan.id, account=namesake.pk, occasion="sent-again")
    journal.record(told, actor_id=None, at=timezone.now())
    telling_pairs.tell(FactRow.objects.filter(code=told.code).latest("pk").pk, at=timezone.now())
    shown = marta.get(here).text
    assert "The IDs are to be mailed to Carla Papadaki" in shown
    assert "A later letter took its place." not in shown
    # Nor is one on its way for ever that nobody has written.
    an_hour_ago = timezone.now() - timedelta(minutes=61)
    journal.record(
        PairMailed(plan.id, account=carla.pk, occasion="sent-again"), actor_id=None, at=an_hour_ago
    )
    assert "No letter was written" in marta.get(here).text
    # Nor is the new pair said to be mailed to her.
    url = f"{here}pair/"
    assert "so the new pair is mailed to nobody" in marta.get(url).text
    replaced = marta.post(url, form(marta, url), follow=True).text
    assert "because the access of the contact was withdrawn" in replaced
    assert "the new one is mailed" not in replaced
    assert "New pair of IDs, mailed to nobody yet" in replaced
    assert f'href="{here}send/"' in replaced.partition("mailed to nobody yet")[2].partition("</li>")[0]
    Registration.objects.update(revoked_at=None)
    send()
    assert "mailed to nobody yet" not in marta.get(here).text


@pytest.mark.req("AGR-11")
def test_the_pair_is_replaced_and_seats_are_limited_with_a_reason(centre: tuple[Client, Client]) -> None:
    marta, _ines = centre
    with_contact()
    plan = world.agreement(owner="carla", registered=["carla", "cem"])
    url = f"/desk/agreements/{plan.id}/pair/"
    typed = form(marta, url)
    assert marta.post(url, {**typed, "reason": ""}).status_code == 422
    assert Agreement.objects.get().access_id == plan.access_id
    assert marta.post(url, typed).status_code == 302
    new = pair_of(plan.id)
    assert new.access_id != plan.access_id
    assert "was replaced" in (again := marta.post(url, typed)).text or "has been replaced" in again.text
    assert again.status_code == 422
    assert pair_of(plan.id) == new
    Location.objects.update(primary_contact=None)
    nobody = marta.post(url, {**typed, "access_id": new.access_id})
    assert nobody.status_code == 422
    assert "Nobody could be mailed the new pair" in nobody.text
    assert "button-danger" not in nobody.text
    assert pair_of(plan.id) == new
    limit = f"/desk/agreements/{plan.id}/seat-limit/"
    for wrong in ("1", "0", "many"):
        assert marta.post(limit, {"limit": wrong, "reason": "x"}).status_code == 422, wrong
    assert marta.post(limit, {"limit": "2", "reason": "Asked by phone"}).status_code == 302
    shown = marta.get(f"/desk/agreements/{plan.id}/").text
    for told in ("New pair of IDs", "Another number of accounts may add it", "Asked by phone"):
        assert told in shown
    assert new.contract_id not in re.sub(r"\s", "", shown)
    assert marta.post(limit, {"limit": "", "reason": "Any"}).status_code == 302
    assert Agreement.objects.get().seat_limit is None


@pytest.mark.req("OBO-9", "AGR-10")
def test_a_membership_is_not_counted_so_two_people_issue_it(centre: tuple[Client, Client]) -> None:
    marta, ines = centre
    organization_id = with_contact()
    url = f"/desk/organizations/{organization_id}/issue/"
    typed = form(marta, url, programme="cloud-solution-provider")
    assert "leave the number, the owner and the limit empty" in marta.post(url, {**typed, "units": "3"}).text
    alone = {**typed, "owner": world.person("olaf").email}
    assert "Begin on the page of one" in marta.post("/desk/agreements/issue/", alone).text
    assert marta.post(url, typed)["Location"] == "/desk/approvals/"
    assert not Agreement.objects.exists()
    decide = f"/desk/approvals/issues/{Issuance.objects.get().pk}/"
    assert "not counted" in ines.get(decide).text
    assert ines.post(decide, {"do": "approve"}).status_code == 302
    agreement = Agreement.objects.get()
    assert (agreement.pair_digest, agreement.organization_id) == (None, organization_id)
    for page in ("send", "pair", "seat-limit", "owner"):
        assert marta.get(f"/desk/agreements/{agreement.pk}/{page}/").status_code == 404
    assert not PairMailing.objects.exists()


@pytest.mark.req("AGR-11")
def test_another_owner_is_named_with_a_reason(centre: tuple[Client, Client]) -> None:
    marta, _ines = centre
    plan = world.agreement(owner="carla")
    url = f"/desk/agreements/{plan.id}/owner/"
    for wrong, told in (
        (world.person("cem").email, "has to be an account of the organization"),
        ("nobody@mail.example", "There is no account"),
    ):
        refused = marta.post(url, {"owner": wrong, "reason": "x"})
        assert refused.status_code == 422
        assert told in refused.text
    assert marta.post(url, {"owner": "", "reason": ""}).status_code == 422
    assert Agreement.objects.get().owner == world.person("carla")
    assert marta.post(url, {"owner": "", "reason": "Left the company"}).status_code == 302
    assert Agreement.objects.get().owner is None
    assert marta.post(url, {"owner": world.person("carla").email, "reason": "Is back"}).status_code == 302
    shown = marta.get(f"/desk/agreements/{plan.id}/").text
    for told in ("Another owner: Nobody", "Another owner: Carla Papadaki", "Left the company"):
        assert told in shown
    Agreement.objects.update(organization=None)
    assert "it is no organization" in marta.post(url, {"owner": "", "reason": "x"}).text


@pytest.mark.req("PPI-5")
def test_a_purchase_is_paid_back_once_and_not_where_it_was_used(
    centre: tuple[Client, Client], settings: LazySettings
) -> None:
    marta, _ines = centre
    settings.PAYMENT_PROVIDER = SANDBOX
    bought, used = buy(at=timezone.now()), buy(ware=PACK, at=timezone.now())
    assert used.agreement_id is not None
    ledger.deduct(used.agreement_id, case_number=1, key="used", actor_id=None, at=timezone.now())
    url = f"/desk/agreements/{used.agreement_id}/refund/"
    shown = marta.get(url).text
    assert "1 of this purchase are used" in shown
    assert "<textarea" not in shown
    assert "button-danger" not in shown
    assert marta.post(url, {"cause": "service-centre", "reason": "x"}).status_code == 422
    url = f"/desk/agreements/{bought.agreement_id}/refund/"
    assert url in marta.get(f"/desk/agreements/{bought.agreement_id}/").text
    assert "€499.00" in marta.get(url).text
    for wrong in ({"cause": "service-centre"}, {"cause": "provider", "reason": "x"}, {"reason": "x"}):
        assert marta.post(url, wrong).status_code == 422
    assert marta.post(url, {"cause": "service-centre", "reason": "Goodwill"}).status_code == 302
    bought.refresh_from_db()
    assert bought.state in {"refunding", "refunded"}
    assert Agreement.objects.get(pk=bought.agreement_id).units_left == 0
    again = marta.post(url, {"cause": "service-centre", "reason": "Once more"})
    assert again.status_code == 422
    assert "Reason: Goodwill" in again.text
    plain = world.agreement(owner="carla")
    assert marta.get(f"/desk/agreements/{plain.id}/refund/").status_code == 404
