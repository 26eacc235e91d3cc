"""What a first reader stumbled over, each as a test."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pactdesk.accounts.models import Account
from pactdesk.cases.models import Contact, Draft
from pactdesk.cases.rules.answers import Answers
from pactdesk.cases.services import drafts
from pactdesk.cases.services.submission import submit
from pactdesk.notifications.models import OutgoingMail
from pactdesk.notifications.services import outbox as notifications
from pactdesk.notifications.services.outbox import Letter
from tests import world
from tests.drafts import contact, problem, ready


@pytest.fixture
def carla(db: None) -> Account:
    return world.person("carla")


@pytest.fixture
def browser(carla: Account, contexts: None) -> Client:
    client = Client()
    client.force_login(carla)
    return client


@pytest.mark.req("WIZ-8")
def test_a_late_autosave_does_not_reopen_a_step_that_was_answered(browser: Client) -> None:
    plan = world.agreement(units=3, registered=["carla"])
    carla = world.viewer("carla")
    draft_id = ready(carla, plan.id, at=timezone.now() - timedelta(minutes=1))
    typed = {
        "agreement_id": plan.id,
        "severity": "C",
        "hours": "24x7",
        "country": "GR",
        "time_zone": "Europe/Athens",
    }

    answer = browser.post(
        reverse("portal:intake-step", args=[draft_id, "support"]), {**typed, "action": "autosave"}
    )

    answers = Answers.from_data(Draft.objects.get(pk=draft_id).answers)
    assert answer.status_code == 204
    assert "support" in answers.done
    assert answers.support.severity == "B"


@pytest.mark.req("WIZ-8")
def test_an_autosave_keeps_what_was_typed_in_an_open_step(browser: Client) -> None:
    plan = world.agreement(units=3, registered=["carla"])
    carla = world.viewer("carla")
    at = timezone.now() - timedelta(minutes=1)
    draft_id = ready(carla, plan.id, at=at)
    drafts.keep_unfinished(draft_id, "contact", contact(carla), actor=carla, at=at)
    drafts.save_step(draft_id, "problem", problem(), actor=carla, at=at)
    Draft.objects.filter(pk=draft_id).update(answers=Answers().with_step("problem", problem()).as_data())

    typed = {"severity": "C", "country": "GR", "time_zone": "Europe/Athens", "action": "autosave"}
    answer = browser.post(reverse("portal:intake-step", args=[draft_id, "support"]), typed)

    assert answer.status_code == 200
    assert Answers.from_data(Draft.objects.get(pk=draft_id).answers).support.severity == "C"


@pytest.mark.req("IDN-1", "REQ-1")
def test_the_address_of_the_own_profile_is_the_first_contact_and_sees_the_request(
    browser: Client, carla: Account
) -> None:
    Account.objects.filter(pk=carla.pk).update(contact_email="Shop.Floor@olive-grove-foods.example")
    viewer = world.viewer("carla")
    at = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)
    plan = world.agreement(units=3, registered=["carla"], at=at)
    draft_id = ready(viewer, plan.id, at=at)
    stored = Answers.from_data(Draft.objects.get(pk=draft_id).answers)
    without = {**stored.as_data(), "contact": {}, "done": ["problem", "support"]}
    Draft.objects.filter(pk=draft_id).update(answers=without)

    page = browser.get(reverse("portal:intake-step", args=[draft_id, "contact"]))
    assert page.context["form"]["email"].value() == "shop.floor@olive-grove-foods.example"

    mine = stored.contact.__class__(name="Carla", email="shop.floor@olive-grove-foods.example", language="en")
    number = submit(
        ready(viewer, plan.id, at=at, primary=mine), terms_accepted=True, actor=viewer, at=at
    ).number
    assert Contact.objects.get(case_id=number).account_id == viewer.account_id


@pytest.mark.req("ELI-4", "WIZ-5")
def test_step_5_names_the_plan_that_no_longer_fits_and_promises_nothing(browser: Client) -> None:
    plan = world.agreement(units=3, registered=["carla"])
    viewer = world.viewer("carla")
    old = problem(product="exchange-server", version="2019", category="", problem="")
    draft_id = ready(viewer, plan.id, at=timezone.now(), problem_answer=old)

    page = browser.get(reverse("portal:intake-step", args=[draft_id, "verify"]))
    text = page.content.decode()
    assert page.context["promise_lines"] == []
    assert f"<strong>{plan.access_id} – Gold Partner Support 20-pack</strong>" in text
    assert "It does not cover this version of the product." in text


@pytest.mark.req("WIZ-2")
def test_step_2_without_any_plan_asks_for_an_agreement_and_nothing_else(browser: Client) -> None:
    world.catalogue()
    viewer = world.viewer("carla")
    draft_id = ready(viewer, None, at=timezone.now())
    address = reverse("portal:intake-step", args=[draft_id, "support"])

    text = browser.get(address).content.decode()
    assert "Add an agreement first" in text
    assert 'name="severity"' not in text
    refused = browser.post(address, {"country": "GR", "time_zone": "Europe/Athens"})
    assert refused.status_code == 422
    assert set(refused.context["form"].errors) == {"agreement_id"}


def test_pages_of_a_person_are_kept_by_nobody(browser: Client, db: None) -> None:
    assert browser.get(reverse("portal:request-list"))["Cache-Control"] == "private, no-store"
    assert "no-store" not in Client().get(reverse("portal:help")).get("Cache-Control", "")


@pytest.mark.req("LOC-1", "WIZ-5")
def test_step_5_names_places_in_the_readers_language(browser: Client) -> None:
    plan = world.agreement(units=3, registered=["carla"])
    draft_id = ready(world.viewer("carla"), plan.id, at=timezone.now())
    browser.cookies["django_language"] = "el"
    assert (
        "Ελλάδα, Αθήνα"
        in browser.get(reverse("portal:intake-step", args=[draft_id, "verify"])).content.decode()
    )


def test_secrets_of_second_factors_are_not_in_the_administration(db: None) -> None:
    marta = Client()
    marta.force_login(world.person("marta", is_superuser=True))
    assert marta.get("/admin/mfa/authenticator/").status_code == 404


def test_what_opens_an_account_is_not_kept_once_it_was_sent(
    db: None, settings: object, monkeypatch: object
) -> None:
    at = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)
    settings.SMTP = {"host": "127.0.0.1", "port": 9}  # type: ignore[attr-defined]
    letter = Letter(
        "account:1", notifications.ACCOUNT, "ana@example.org", "en", "Your code", "123456", "<p>123456</p>"
    )
    mail_id = notifications.post(letter, at=at)
    assert mail_id is not None
    monkeypatch.setattr(notifications, "_deliver", lambda mail, pair: None)  # type: ignore[attr-defined]  # the server takes it
    notifications.hand_over(mail_id, at=at)
    mail = OutgoingMail.objects.get()
    assert (mail.state, mail.text, mail.html) == ("sent", "", "")
