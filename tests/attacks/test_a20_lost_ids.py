"""A20: lost IDs are mailed to the stored address of whoever may have them, whatever else is sent along, and no answer
shows a pair or tells whether there is one (BEN-4)."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from pactdesk.accounts.models import Location, Organization
from pactdesk.agreements.facts import PairMailed
from pactdesk.agreements.models import PairMailing
from pactdesk.agreements.rules import grouped
from pactdesk.journal.models import FactRow
from pactdesk.notifications.models import OutgoingMail
from pactdesk.notifications.services import telling_pairs
from tests import world
from tests.doors.visitors import visitor

pytestmark = [pytest.mark.django_db, pytest.mark.req("BEN-4")]

MALLORY = "mallory@evil.example"
ASIDE: list[dict[str, Any]] = [
    {},
    {"email": MALLORY},
    {"email": [MALLORY, "carla@olive-grove-foods.example"]},
    {"to": MALLORY, "address": MALLORY, "recipient": MALLORY, "contact_email": MALLORY},
    {"email[]": MALLORY, "to[]": MALLORY, "account": "1", "account_id": "1"},
    {"cc": MALLORY, "bcc": MALLORY, "email": f"carla@olive-grove-foods.example,{MALLORY}"},
    {"email": f"carla@olive-grove-foods.example\r\nBcc: {MALLORY}"},
]
HOSTS: list[dict[str, str]] = [{}, {"X-Forwarded-Host": "evil.example"}, {"Origin": "https://evil.example"}]


@pytest.fixture
def plan() -> world.Agreement:
    """Carla is the contact of her organization, which has an agreement in a region of any contact."""
    carla = world.person("carla")
    Organization.objects.filter(pk=carla.organization_id).update(primary_contact=carla)
    Location.objects.create(
        organization_id=carla.organization_id, name="Head office", country="GR", is_headquarters=True
    )
    return world.agreement(owner="carla")


def letters() -> list[OutgoingMail]:
    """What is owed for every pair that was mailed. Each goes to the address in its row, and to no other."""
    facts = FactRow.objects.filter(code=PairMailed.code).order_by("pk").values_list("pk", flat=True)
    for fact_id in facts:
        telling_pairs.tell(fact_id, at=timezone.now())
    return list(OutgoingMail.objects.order_by("pk"))


def test_the_letter_goes_to_the_stored_address_whatever_is_sent_along(plan: world.Agreement) -> None:
    client, url = visitor("carla"), reverse("portal:benefit-lost-ids")
    for number, more in enumerate(ASIDE):
        PairMailing.objects.all().delete()  # else it is mailed three times and no more
        headers = HOSTS[number % len(HOSTS)]
        form = {**more, "do": "mail-me", "agreement": str(plan.id)}
        answers = [client.post(url, form, headers=headers), client.get(url, more, headers=headers)]
        assert answers[0].status_code == 302
        assert PairMailing.objects.count() == 1, "once, and nothing by looking"
        for answer in answers:
            said = answer.content.decode() + str(answer.headers)
            for told in (plan.contract_id, grouped(plan.contract_id), plan.access_id):
                assert told not in said
    owed = letters()
    assert len(owed) == len(ASIDE)
    assert {each.to_address for each in owed} == {world.person("carla").email}
    for letter in owed:
        assert "evil.example" not in letter.text + letter.html + str(letter.headers)
        assert plan.contract_id not in letter.text + letter.html


@pytest.mark.parametrize(
    "agreement",
    [
        ["{theirs}", "{own}", "{theirs}"],
        "{own},{theirs}",
        "{own} ",
        "[{own}]",
        "-1",
        "",
        "٣",
        "1e9",
        "9" * 40,
    ],
)
def test_one_agreement_is_named_and_no_list_of_them(plan: world.Agreement, agreement: Any) -> None:
    theirs = world.agreement(owner="nora").id
    named = [agreement] if isinstance(agreement, str) else agreement
    sent = [each.format(own=plan.id, theirs=theirs) for each in named]
    answer = visitor("carla").post(reverse("portal:benefit-lost-ids"), {"do": "mail-me", "agreement": sent})
    assert answer.status_code == 404
    assert not PairMailing.objects.exists()


def test_whoever_may_not_have_it_is_answered_alike_whether_there_is_a_pair(plan: world.Agreement) -> None:
    """Cem has joined the organization and is noted nowhere; Olaf belongs to none."""
    world.person("cem", organization_id=world.organization_of("carla"))
    url = reverse("portal:benefit-lost-ids")
    for who in ("cem", "olaf", "marta"):
        client = visitor(who)
        for agreement in (plan.id, 999_999_999):
            sent = {"do": "mail-me", "agreement": str(agreement), "email": world.person("carla").email}
            assert client.post(url, sent).status_code == 404
        assert client.post(url, {"do": ["mail-me", "reveal"]}).status_code == 400
    assert not PairMailing.objects.exists()
