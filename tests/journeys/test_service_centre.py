"""Two people of the service centre correct an agreement; whoever draws on it reads why. Who calls about a payment is
helped."""

from __future__ import annotations

import pytest
from django.conf import LazySettings
from playwright.sync_api import expect

from pactdesk.accounts.models import Account
from pactdesk.agreements.models import Agreement
from tests import world
from tests.buying import SANDBOX, buy
from tests.journeys.conftest import Enter
from tests.journeys.test_everybody_can_use_it import looking_at
from tests.journeys.test_rights import picture


@pytest.mark.req("AGR-10")
def test_a_correction_above_the_limit_is_approved_by_a_second_person(enter: Enter) -> None:
    wrong: list[str] = []
    world.team("service-centre", "marta", "ines")
    agreement = world.agreement(owner="nora", registered=["nora"])
    Account.objects.update(language="en")
    marta, ines = enter("marta", reduced_motion="reduce"), enter("ines", reduced_motion="reduce")
    look, look_too = looking_at(marta, wrong), looking_at(ines, wrong)

    marta.goto("/desk/")
    marta.get_by_role("link", name="Agreements").click()
    look("agreements")
    picture(marta, "agreements")
    marta.get_by_label("Find an agreement").fill(agreement.access_id[:-1])
    marta.get_by_role("button", name="Search").click()
    expect(marta.get_by_text("No agreements match")).to_be_visible()
    marta.get_by_label("Find an agreement").fill(agreement.access_id)
    marta.get_by_role("button", name="Search").click()
    marta.get_by_role("link", name=agreement.access_id).click()
    marta.get_by_role("link", name="Adjust the balance").click()
    marta.get_by_label("By how much").fill("lots")
    marta.get_by_role("button", name="Correct it").click()
    expect(marta.get_by_role("alert")).to_contain_text("Enter a whole number with a sign")
    look("not a number")
    picture(marta, "adjust")
    marta.get_by_label("By how much").fill("-8")
    marta.get_by_label("Reason").fill("Counted twice in the old system")
    marta.get_by_role("button", name="Correct it").click()
    expect(marta.get_by_text("It waits for a second person")).to_be_visible()
    assert Agreement.objects.get(pk=agreement.id).units_left == 20
    look("agreement")
    picture(marta, "agreement")
    marta.get_by_role("link", name="Decide").click()
    expect(marta.get_by_role("button", name="Approve and correct it")).to_have_count(0)
    look("own")

    ines.goto("/desk/")
    ines.get_by_role("link", name="Approvals").click()
    look_too("approvals")
    picture(ines, "approvals")
    ines.get_by_role("link", name="Adjust by −8 incidents").click()
    look_too("approval")
    picture(ines, "approval")
    ines.get_by_role("button", name="Approve and correct it").click()
    expect(ines.get_by_text("Nothing waits")).to_be_visible()
    assert Agreement.objects.get(pk=agreement.id).units_left == 12

    nora = enter("nora")
    nora.goto(f"/benefits/{agreement.id}/")
    expect(nora.get_by_text("Corrected: Counted twice in the old system")).to_be_visible()
    assert not wrong, wrong


@pytest.mark.req("PPI-5")
def test_who_calls_about_a_payment_is_helped_from_the_list_of_purchases(
    enter: Enter, settings: LazySettings
) -> None:
    wrong: list[str] = []
    world.team("service-centre", "marta")
    settings.PAYMENT_PROVIDER = SANDBOX
    bought, declined = buy(), buy("declined")
    Account.objects.update(language="en")
    marta = enter("marta", reduced_motion="reduce")
    marta.goto("/desk/")
    marta.get_by_role("link", name="Purchases", exact=True).click()
    expect(marta.get_by_text("The bank has declined the card.")).to_be_visible()
    looking_at(marta, wrong)("purchases")
    picture(marta, "purchases")
    marta.get_by_label("Find a purchase").fill("olaf berg")
    marta.get_by_label("State").select_option("paid")
    marta.get_by_role("button", name="Search").click()
    expect(marta.get_by_text(declined.number)).to_have_count(0)
    marta.get_by_role("link", name=f"Open the agreement of {bought.number}").click()
    marta.get_by_role("link", name="Open the purchase").click()
    marta.get_by_role("link", name="Pay it back").click()
    expect(marta.get_by_role("heading", name="Pay the purchase back?")).to_be_visible()
    assert not wrong, wrong
