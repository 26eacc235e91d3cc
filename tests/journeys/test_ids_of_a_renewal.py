"""A renewal comes to its first incident, and lost IDs are found again as the region allows (BEN-1 to BEN-4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Page, expect

from pactdesk.accounts.models import Account, Enrolment, Location, Organization
from pactdesk.agreements.models import Agreement
from pactdesk.agreements.services import activation
from pactdesk.cases.models import Case
from pactdesk.notifications.services import outbox
from tests import world
from tests.journeys.conftest import Enter, run_jobs
from tests.journeys.steps import (
    accept_terms,
    answer_problem,
    answer_support,
    answer_the_rest,
    choose_severity,
    expect_step,
    go_on,
    next_button,
    number_on,
    send,
)
from tests.journeys.test_everybody_can_use_it import looking_at
from tests.journeys.test_rights import picture


class Post:
    """The mail server, and the mailboxes behind it."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, str]] = []

    def pair(self, to: str) -> tuple[str, str]:
        """The IDs in the last letter to this address."""
        text = next(text for address, text in reversed(self.letters) if address == to)
        found = re.search(r"Access ID: (\d{10})\s+Contract ID: ((?:\d{4} ?){5})", text)
        assert found is not None, text
        return found.group(1), found.group(2).strip()


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch, settings: LazySettings, town: str) -> Iterator[Post]:
    taken = Post()

    class Server:
        def __init__(self, **_about: object) -> None:
            pass

        def send_messages(self, messages: list[EmailMessage]) -> int:
            taken.letters += [(message.to[0], message.body) for message in messages]  # type: ignore[attr-defined]
            return len(messages)

    settings.SMTP = {"host": "127.0.0.1"}
    settings.BASE_URL = town
    monkeypatch.setattr(outbox, "SmtpBackend", Server)
    return taken


def renewed(who: str, country: str) -> Location:
    """The organization of `who`, the contact of its headquarters in `country`, has renewed its gold membership."""
    organization_id = world.organization_of(who)
    Organization.objects.filter(pk=organization_id).update(primary_contact=world.person(who))
    today = timezone.now().date()
    Enrolment.objects.create(
        organization_id=organization_id,
        level="gold",
        renewed_on=today - timedelta(days=3),
        ends_on=today + timedelta(days=361),
    )
    return Location.objects.create(
        organization_id=organization_id, name="Main", country=country, is_headquarters=True
    )


def add(page: Page, pair: tuple[str, str]) -> None:
    page.get_by_label("Access ID").fill(pair[0])
    page.get_by_label("Contract ID").fill(pair[1])
    page.get_by_role("button", name="Add agreement").click()
    expect(page.get_by_text("The agreement is now in your account")).to_be_visible()


@pytest.mark.req("BEN-1", "BEN-2", "AGR-3", "AGR-6")
def test_a_renewal_comes_to_its_first_incident(enter: Enter, post: Post) -> None:
    wrong: list[str] = []
    renewed("nora", "CZ")
    Account.objects.update(language="en")
    call_command("activate_renewals", dry_run=False)
    run_jobs()
    [(to, letter)] = post.letters
    assert to == world.person("nora").email
    assert "have been activated for Northgate Distribution" in letter

    nora = enter("nora", reduced_motion="reduce")
    look = looking_at(nora, wrong)
    nora.goto("/benefits/")
    nora.get_by_role("link", name="Activate benefits").click()
    expect(nora.get_by_role("listitem").filter(has_text="Gold Partner Support")).to_contain_text("Activated")
    look("what the membership brings")
    picture(nora, "activate-benefits")
    [address] = re.findall(r"https?://[^/\s]+(/benefits/add/)", letter)
    nora.goto(address)
    add(nora, post.pair(to))
    expect(nora.get_by_text("20 of 20 incidents left").first).to_be_visible()

    answer_problem(nora)
    answer_support(nora)
    answer_the_rest(nora)
    send(nora)
    number = number_on(nora)
    agreement = Agreement.objects.get()
    assert Case.objects.get().agreement_id == agreement.pk
    assert agreement.units_left == 19
    nora.goto(f"/benefits/{agreement.pk}/")
    expect(nora.get_by_text("19 of 20 incidents left").first).to_be_visible()
    expect(nora.locator("#statement")).to_contain_text(f"PD-{number}")
    assert wrong == []


@pytest.mark.req("BEN-4", "REQ-3")
def test_lost_ids_are_found_in_one_region_and_asked_for_in_another(enter: Enter, post: Post) -> None:
    wrong: list[str] = []
    world.team("support", "ines")
    world.team("service-centre", "marta", takes={"problem_type": ["programme"]})
    prague, hanoi = renewed("nora", "CZ"), renewed("rafael", "VN")
    world.person("cem", organization_id=prague.organization_id, location=prague)
    world.person("carla", organization_id=hanoi.organization_id, location=hanoi)
    Account.objects.update(language="en")
    activation.activate_due(at=timezone.now() - timedelta(days=2))
    run_jobs()
    post.letters.clear()

    # In Europe, the policy is any contact of the partner in the country of the benefits.
    cem = enter("cem", reduced_motion="reduce")
    look = looking_at(cem, wrong)
    cem.goto("/benefits/")
    cem.get_by_role("link", name="I do not have my IDs").click()
    look("who may have them")
    picture(cem, "lost-ids-mailed")
    cem.get_by_role("button", name="E-mail me the IDs").click()
    expect(cem.get_by_text(f"on their way to {world.person('cem').email}")).to_be_visible()
    run_jobs()
    assert [to for to, _text in post.letters] == [world.person("cem").email]
    pair = post.pair(world.person("cem").email)
    for half in pair:
        expect(cem.locator("body")).not_to_contain_text(half)
    cem.goto("/benefits/add/")
    add(cem, pair)

    # In Asia, it is the primary programme contact only; whoever else needs more asks the service centre.
    carla = enter("carla", reduced_motion="reduce")
    look_too = looking_at(carla, wrong)
    carla.goto("/benefits/lost-ids/")
    expect(carla.get_by_text("to the primary programme contact only")).to_be_visible()
    expect(carla.get_by_role("button", name="E-mail me the IDs")).to_have_count(0)
    look_too("who may not")
    picture(carla, "lost-ids-asked")
    carla.get_by_role("button", name="Send the IDs to Rafael Lemaire again").click()
    expect(carla.get_by_text("If there are IDs that can be sent")).to_be_visible()
    run_jobs()
    assert [to for to, text in post.letters if "Access ID" in text][1:] == [world.person("rafael").email]
    carla.get_by_role("button", name="The primary contact has to be changed").click()
    expect_step(carla, "problem")
    expect(carla.get_by_label("Description")).to_have_value(re.compile("Organization: Lemaire Conseil"))
    go_on(carla, "support")
    expect(carla.get_by_text("You need no plan.").first).to_be_visible()
    choose_severity(carla, "C")
    next_button(carla).click()
    expect_step(carla, "contact")
    answer_the_rest(carla)
    accept_terms(carla)
    go_on(carla, "confirmation")
    number = number_on(carla)

    marta = enter("marta", reduced_motion="reduce")
    look_there = looking_at(marta, wrong)
    marta.goto(f"/desk/requests/PD-{number}/")
    expect(marta.get_by_text("Primary programme contact: Rafael Lemaire").first).to_be_visible()
    marta.get_by_role("link", name="Its contacts, agreements and kits").click()
    expect(marta.get_by_role("heading", level=1)).to_have_text("Lemaire Conseil")
    marta.goto("/desk/pairs/")
    expect(marta.get_by_text("Nothing waits")).to_be_visible()
    look_there("nothing waits")
    assert wrong == []
