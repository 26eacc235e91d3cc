"""The service centre issues an agreement for a partner by two people; the pair is mailed, replaced, and sent again, and
whoever sits at the desk never sees it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from pactdesk.accounts.models import Account, Enrolment, Location
from pactdesk.agreements.facts import PairMailed
from pactdesk.agreements.models import Agreement, PairMailing
from pactdesk.agreements.queries.mailing import pair_of
from pactdesk.journal.models import FactRow
from pactdesk.notifications.services import outbox, telling_pairs
from tests import world
from tests.journeys.conftest import Enter
from tests.journeys.test_everybody_can_use_it import looking_at
from tests.journeys.test_rights import picture


@pytest.mark.req("AGR-11", "BEN-1", "BEN-3", "BEN-4")
def test_a_pair_reaches_its_contact_and_nobody_at_the_desk(enter: Enter) -> None:
    wrong: list[str] = []
    world.team("service-centre", "marta", "ines")
    carla, organization_id = world.person("carla"), world.organization_of("carla")
    place = Location.objects.create(
        organization_id=organization_id, name="Athens", city="Athens", country="GR", is_headquarters=True
    )
    Account.objects.create_user(
        "eleni@olive.example",
        first_name="Eleni",
        last_name="Vasilaki",
        kind="work",
        organization_id=organization_id,
    )
    Account.objects.update(language="en")
    marta, ines = enter("marta", reduced_motion="reduce"), enter("ines", java_script_enabled=False)
    look = looking_at(marta, wrong)

    marta.goto(f"/desk/organizations/{organization_id}/")
    marta.get_by_role("link", name="Issue an agreement").click()
    expect(marta.get_by_text("nobody could be mailed the pair")).to_be_visible()
    place.primary_contact = carla
    place.save()
    marta.get_by_label("How many incidents or hours").fill("lots")
    marta.get_by_role("button", name="Issue it").click()
    expect(marta.get_by_role("alert")).to_contain_text("Choose a programme.")
    look("issue, with mistakes")
    picture(marta, "issue")
    marta.get_by_label("Programme").select_option("gold-partner-support-20")
    marta.get_by_label("How many incidents or hours").fill("")
    marta.get_by_label("Reason").fill("Agreed with sales, offer 4711")
    marta.get_by_role("button", name="Issue it").click()
    expect(marta.get_by_text("It waits for a second person")).to_be_visible()

    ines.goto("/desk/approvals/")
    ines.get_by_role("link", name="Issue Gold Partner Support 20-pack: 20 incidents").click()
    picture(ines, "issuance")
    ines.get_by_role("button", name="Approve and issue it").click()
    expect(ines.get_by_text("The agreement is issued")).to_be_visible()
    agreement = Agreement.objects.get()

    marta.goto(f"/desk/agreements/{agreement.pk}/")
    picture(marta, "agreement-issued")
    marta.get_by_role("link", name="Send the IDs again").click()
    expect(marta.get_by_text("We do not know at which location")).to_be_visible()
    look("send")
    picture(marta, "send")
    marta.get_by_role("button", name="Mail the IDs").click()
    expect(marta.get_by_text("A letter with the IDs goes to Carla Papadaki.")).to_be_visible()
    before = pair_of(agreement.pk)
    marta.get_by_role("link", name="Replace the IDs").click()
    picture(marta, "replace")
    marta.get_by_label("Reason").fill("Posted in a forum")
    marta.get_by_role("button", name="Replace the pair").click()
    expect(marta.get_by_text("Posted in a forum")).to_be_visible()
    after = pair_of(agreement.pk)
    assert after != before
    hidden(marta, after.contract_id)
    for fact in FactRow.objects.filter(code=PairMailed.code).order_by("pk"):
        for mail_id in telling_pairs.tell(fact.pk, at=fact.at):
            outbox.hand_over(mail_id, at=fact.at)
    marta.reload()
    expect(marta.get_by_text("The IDs were mailed to Carla Papadaki")).to_have_count(1)
    expect(marta.get_by_text("The IDs were not mailed to Carla Papadaki")).to_have_count(2)
    expect(marta.get_by_text("A later letter took its place.")).to_have_count(2)
    look("letters that did not leave")
    picture(marta, "letters")
    assert sorted(PairMailing.objects.values_list("occasion", flat=True)) == [
        "issued",
        "replaced",
        "sent-again",
    ]

    marta.goto(f"/desk/organizations/{organization_id}/")
    marta.get_by_role("link", name="Enter a renewal").click()
    picture(marta, "renewal")
    marta.get_by_label("Level").select_option("gold")
    marta.get_by_label("Reason").fill("Renewal 4711")
    marta.get_by_role("button", name="Enter it").click()
    marta.get_by_role("link", name="Enter a competency").click()
    marta.get_by_label("Competency").fill("Cloud platform")
    marta.get_by_role("button", name="Enter it").click()
    look("organization")
    picture(marta, "organization")
    marta.get_by_role("link", name="Activate the kit").click()
    expect(marta.get_by_text(carla.email)).to_be_visible()
    marta.get_by_label("Reason").fill("Asked in a request")
    look("kit")
    picture(marta, "kit")
    marta.get_by_role("button", name="Activate the kit").click()
    expect(marta.get_by_text("is activated, and its pair is mailed.")).to_be_visible()

    today = timezone.localdate()
    Enrolment.objects.create(
        organization_id=organization_id,
        level="action-pack",
        renewed_on=today,
        ends_on=today + timedelta(days=364),
    )
    marta.reload()
    marta.get_by_role("link", name="Activate it").click()
    marta.get_by_label("Reason").fill("Asked by phone")
    picture(marta, "action-pack")
    marta.get_by_role("button", name="Activate it").click()
    expect(marta.get_by_text("It waits for a second person")).to_be_visible()
    marta.goto(f"/desk/organizations/{organization_id}/")
    picture(marta, "organization-waits")
    ines.goto("/desk/approvals/")
    ines.get_by_role("link", name="Activate Action Pack Partner Support 10-pack: 10 incidents").click()
    picture(ines, "activation")
    ines.get_by_role("button", name="Approve and activate it").click()
    expect(ines.get_by_text("The benefits are activated.")).to_be_visible()
    assert not wrong, wrong


def hidden(page: Page, contract_id: str) -> None:
    assert contract_id not in re.sub(r"\s", "", page.content())
