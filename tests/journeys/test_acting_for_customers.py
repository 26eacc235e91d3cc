"""A partner acts for a customer: under which right, out of scope, and when the right ends (OBO-1 to OBO-6, RTE-3)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from pactdesk.accounts.models import Organization
from pactdesk.agreements.services.memberships import join_programme
from pactdesk.cases.models import Case
from pactdesk.catalog import queries as catalog
from pactdesk.catalog.rules import Product
from pactdesk.delegation.models import Delegation, SupportGroup, SupportGroupMember
from pactdesk.delegation.rules import Terms
from pactdesk.delegation.services import delegations
from tests import world
from tests.drafts import problem
from tests.journeys.conftest import Enter
from tests.journeys.steps import MOVING, describe_problem, expect_step, go_on, next_button
from tests.journeys.test_everybody_can_use_it import broken_rules


def product_at(channel: str) -> Product:
    """The first product that is supported there."""
    return next(each for each in catalog.current().products.values() if each.channel.code == channel)


def looks_right(page: Page) -> None:
    """Everybody can use the page, and nothing of it is cut off."""
    expect(page.locator(MOVING)).to_have_count(0)
    assert broken_rules(page) == []


def partner(*names: str) -> None:
    """These people's organizations are partners, and they read English."""
    for name in names:
        world.person(name, language="en")
        Organization.objects.filter(pk=world.organization_of(name)).update(kind="partner")


def new_request(page: Page, customer: str, channel: str) -> None:
    """From the list of customers to the first step of a request about a product of this channel."""
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Customers").click()
    page.locator("[name=q]").fill(customer.split()[0])
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name=customer).click()
    expect(page.locator("h1")).to_have_text(customer)
    family = catalog.current().families[product_at(channel).family.code].name["en"]
    page.get_by_role("link", name=f"Start a request about {family}").click()
    expect(page.locator(".acting")).to_contain_text(f"For {customer}")


def describe(page: Page, channel: str, subscription: str = "") -> None:
    """Step 1, all but the last click."""
    product = product_at(channel)
    answers = problem(product=product.code, version="", usage="")
    feature = catalog.current().problem(answers.category, answers.problem).feature
    chosen = {
        "product": product.code,
        "subscription": subscription,
        "category": answers.category,
        "feature": feature.code if feature else "",
        "problem": answers.problem,
    }
    for name, value in chosen.items():
        if value:
            page.locator(f"[name={name}]").select_option(value)
            expect(page.locator(MOVING)).to_have_count(0)
    describe_problem(page)
    for question in page.locator("#questions input[type=radio][required]").all():
        question.check()


@pytest.mark.req("OBO-1", "OBO-4", "OBO-6", "IDN-4")
def test_an_indirect_reseller_needs_the_providers_grant_and_says_for_whom_it_asks(enter: Enter) -> None:
    at = timezone.now()
    partner("nora", "rafael")
    world.administrator("nora")
    world.administrator("rafael")
    world.subscription("carla")
    held = world.delegation("nora", "carla", "submit", "read", tier="provider")
    world.relationship("rafael", "carla", "reseller", provider="nora")
    join_programme(
        "cloud-solution-provider",
        world.organization_of("rafael"),
        starts_on=(at - timedelta(days=2)).date(),
        time_zone="UTC",
        actor_id=None,
        at=at,
    )
    page = enter("rafael")
    page.goto("/customers/")
    looks_right(page)
    page.get_by_role("link", name="Olive Grove Foods").click()
    expect(page.locator("main")).to_contain_text("from your indirect provider first")
    looks_right(page)

    delegations.pass_on(
        world.organization_of("carla"),
        world.organization_of("rafael"),
        Terms(frozenset({"submit", "read"}), 0, at + timedelta(days=20)),
        subscription_id=None,
        actor=world.viewer("nora"),
        at=at,
    )
    new_request(page, "Olive Grove Foods", "cloud-subscriptions")
    expect(page.locator(".acting")).to_contain_text("Northgate Distribution passed on to you")
    looks_right(page)
    describe(page, "cloud-subscriptions", "sub-1001")
    go_on(page, "support")
    expect(page.locator("#plans").get_by_role("radio")).to_have_count(1)
    page.locator("[name=severity][value=C]").check()
    go_on(page, "contact")
    go_on(page, "share")
    go_on(page, "verify")
    expect(page.locator(".acting")).to_contain_text("For Olive Grove Foods")
    next_button(page).click()
    expect(page.get_by_role("alert")).to_contain_text("Confirm that this request is for Olive Grove Foods")
    looks_right(page)
    page.get_by_label("This request is for Olive Grove Foods").check()
    go_on(page, "submit")
    page.locator("[name=terms_accepted]").check()
    go_on(page, "confirmation")
    expect(page.locator(".acting")).to_contain_text("For Olive Grove Foods")
    looks_right(page)
    page.get_by_role("link", name="Open the request").click()
    expect(page.locator("main")).to_contain_text("rights that Northgate Distribution passed on")
    page.goto(f"/customers/{world.organization_of('carla')}/")
    expect(page.locator("#requests")).to_contain_text("Domain controllers stop replicating")

    # What the provider takes back opens nothing a moment later.
    number = Case.objects.get().pk
    delegations.revoke(held, actor=world.viewer("nora"), at=timezone.now())
    assert page.goto(f"/requests/PD-{number}/").status == 404  # type: ignore[union-attr]
    page.goto(f"/customers/{world.organization_of('carla')}/")
    expect(page.locator("#requests")).not_to_contain_text("Domain controllers stop replicating")


@pytest.mark.req("OBO-3", "OBO-6", "RTE-3")
def test_a_helpdesk_administrator_is_led_into_scope_and_a_support_group_comes_in(enter: Enter) -> None:
    at = timezone.now()
    partner("nora")
    nora = world.administrator("nora", "helpdesk-administrator")
    world.delegation("nora", "carla", "submit", "read")
    theirs = world.subscription("carla")
    world.role_on(world.subscription("nora", "own-1"), "nora", "owner")
    join_programme(
        "cloud-solution-provider",
        world.organization_of("nora"),
        starts_on=(at - timedelta(days=2)).date(),
        time_zone="UTC",
        actor_id=None,
        at=at,
    )
    page = enter("nora")
    page.goto("/")
    new_request(page, "Olive Grove Foods", "cloud-subscriptions")
    describe(page, "cloud-subscriptions", "sub-1001")
    next_button(page).click()
    scope = page.get_by_role("alert").filter(has_text="You cannot ask for this for Olive Grove Foods")
    expect(scope).to_contain_text(
        "A helpdesk administrator cannot make requests on a customer's subscription."
    )
    looks_right(page)
    scope.get_by_role("button", name="Reproduce it on your own subscription").click()
    expect(page.locator("#messages")).to_contain_text("goes on in your own name")
    expect(page.locator(".acting")).to_have_count(0)
    expect(page.locator("[name=summary]")).to_have_value("Domain controllers stop replicating")
    page.locator("[name=subscription]").select_option("own-1")
    go_on(page, "support")
    # What pays for customers does not pay for the own tenant.
    expect(page.locator("#plans").get_by_role("radio")).to_have_count(0)
    page.locator("#plans details", has_text="Plans that cannot be used").locator("summary").click()
    expect(page.locator("#plans .unusable")).to_contain_text("not for your own tenant")

    group = SupportGroup.objects.create(
        organization_id=nora.organization_id, name="Cloud", created_at=world.LONG_AGO
    )
    SupportGroupMember.objects.create(group=group, account_id=nora.account_id)
    world.role_on(theirs, group, "contributor")
    new_request(page, "Olive Grove Foods", "cloud-subscriptions")
    describe(page, "cloud-subscriptions", "sub-1001")
    go_on(page, "support")
    expect(page.locator(".acting")).to_contain_text("Under your role on Subscription sub-1001: Contributor.")
    expect(page.locator("#plans").get_by_role("radio")).to_have_count(1)
    page.locator("[name=severity][value=C]").check()
    go_on(page, "contact")
    page.locator("[name=email]").fill(world.viewer("carla").email)
    next_button(page).click()
    expect(page.locator("#id_email_error")).to_contain_text("is one of the customer's")
    page.locator("[name=email]").fill(nora.email)
    page.locator("[name=name]").fill("Nora D.")

    # The role falls while somebody types: nothing is sent, nothing is lost.
    theirs.ended_at = timezone.now()
    theirs.save()
    Delegation.objects.update(revoked_at=timezone.now())
    go_on(page, "share")
    expect(page.get_by_role("alert").first).to_contain_text("You cannot ask for this for Olive Grove Foods")
    looks_right(page)
    page.get_by_role("button", name="Ask for help that needs no access").click()
    expect_step(page, "problem")
    expect(page.locator("[name=best_effort]")).to_be_checked()
    expect(page.locator("[name=summary]")).to_have_value("Domain controllers stop replicating")
    assert not Case.objects.exists()
