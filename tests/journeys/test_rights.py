"""A partner asks for rights by a link; the customer grants less, and takes them back (OBO-3, A21)."""

from __future__ import annotations

import os
import re

import pytest
from playwright.sync_api import Page, expect

from pactdesk.accounts.models import Account
from pactdesk.notifications.models import OutgoingMail
from tests import world
from tests.journeys.conftest import Enter, run_jobs
from tests.journeys.test_everybody_can_use_it import looking_at

# A name of a folder: pictures of every page are put there, to be looked at.
PICTURES = os.environ.get("PACTDESK_PICTURES", "")


def picture(page: Page, name: str) -> None:
    if not PICTURES:
        return
    for scheme, width in (("light", 1200), ("light", 360), ("dark", 360)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=f"{PICTURES}/{name}-{scheme}-{width}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1200, "height": 900})


@pytest.mark.req("OBO-3", "OBO-4")
def test_a_partner_asks_a_customer_grants_less_and_takes_it_back(enter: Enter) -> None:
    wrong: list[str] = []
    for who in ("nora", "carla"):
        world.administrator(who)
    Account.objects.update(language="en")
    nora = enter("nora", reduced_motion="reduce")
    carla = enter("carla", reduced_motion="reduce")
    look, look_too = looking_at(nora, wrong), looking_at(carla, wrong)

    nora.goto("/")
    nora.locator(".menu-account summary").click()
    nora.get_by_role("link", name="Rights and roles").click()
    nora.get_by_role("link", name="Rights held").click()
    look("nothing held")
    picture(nora, "held-empty")
    nora.get_by_role("link", name="Ask for rights").click()
    picture(nora, "ask")
    nora.get_by_label("For how many days").fill("0")
    nora.get_by_role("button", name="Make the link").click()
    expect(nora.locator(".error-summary, [role=alert]").first).to_be_visible()
    look("asking refused")
    nora.get_by_label("For how many days").fill("90")
    nora.get_by_label("A few words to whoever decides").fill("So that we can help at night, too.")
    nora.get_by_role("button", name="Make the link").click()
    link = nora.locator("[data-secret]").inner_text()
    address = re.sub(r"^https?://[^/]+", "", link)
    look("link")
    picture(nora, "link")
    nora.get_by_role("link", name="I have kept the link").click()
    expect(nora.locator("main")).to_contain_text("Open until")
    picture(nora, "asked")

    nobody = enter()
    nobody.goto(address)
    expect(nobody.locator("h1")).to_have_text("Northgate Distribution asks for rights")
    expect(nobody.locator("main")).not_to_contain_text("at night")
    picture(nobody, "answer-nobody")

    carla.goto(address)
    expect(carla.locator("main")).to_contain_text("So that we can help at night, too.")
    look_too("asked")
    picture(carla, "answer")
    carla.get_by_label("Add and remove contacts of these requests").uncheck()
    carla.get_by_role("button", name="Grant this").click()
    expect(carla.locator("h1")).to_have_text("Northgate Distribution")
    expect(carla.locator("main")).not_to_contain_text("Add and remove contacts")
    look_too("granted")
    picture(carla, "right")
    run_jobs()
    mail = OutgoingMail.objects.get(kind="rights-granted")
    assert mail.to_address == world.person("nora").email

    nora.goto("/rights/held/")
    expect(nora.locator("main .rows")).to_contain_text("Olive Grove Foods")
    look("held")
    picture(nora, "held")
    nora.get_by_role("link", name="Olive Grove Foods").click()
    nora.get_by_role("link", name="Subscriptions", exact=True).click()
    nora.get_by_role("link", name="Add a subscription").click()
    nora.get_by_label("Number").fill("SUB-2001")
    nora.get_by_label("Name").fill("Web shop")
    nora.get_by_role("button", name="Add the subscription").click()
    nora.get_by_label("E-mail address of the account").fill(world.person("nora").email)
    nora.get_by_role("button", name="Give the role").click()
    expect(nora.locator("main .rows")).to_contain_text("Contributor")
    look("subscription")
    picture(nora, "subscription")

    carla.get_by_role("link", name="Take it back").click()
    expect(carla.locator("main")).to_contain_text("1 role on a subscription that was given under it ends.")
    look_too("what follows")
    picture(carla, "end")
    carla.get_by_role("button", name="Take them back").click()
    expect(carla.locator("main")).to_contain_text("Nobody acts for your organization")
    picture(carla, "given-empty")

    # The very next click of the partner finds it gone.
    nora.get_by_role("button", name="Give the role").click()
    expect(nora.locator("h1")).to_have_text("We cannot find this page")
    nora.goto("/rights/held/?show=ended")
    expect(nora.locator("main .rows")).to_contain_text("Taken back on")
    nora.goto("/rights/groups/")
    nora.get_by_role("link", name="Make a group").click()
    nora.get_by_label("Name of the group").fill("Night desk")
    nora.get_by_role("button", name="Make the group").click()
    look("group")
    picture(nora, "group")
    carla.goto("/rights/colleagues/")
    look_too("colleagues")
    picture(carla, "colleagues")
    carla.get_by_role("link", name="Carla Papadaki").click()
    carla.get_by_role("button", name=re.compile("Take this role away.*Global")).click()
    expect(carla.locator("main")).to_contain_text("needs a global administrator")
    look_too("last administrator")
    picture(carla, "colleague")
    carla.goto("/subscriptions/")
    look_too("own subscriptions")
    picture(carla, "subscriptions")
    assert wrong == []
