"""The front doors of the catalogue: what each asks, and doors that are elsewhere (WIZ-1, IDN-2, IDN-3)."""

from __future__ import annotations

import html
from dataclasses import replace
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from pactdesk.agreements.models import Agreement, Registration
from pactdesk.cases.models import Draft
from pactdesk.catalog import queries as catalog
from pactdesk.catalog import services
from pactdesk.catalog.rules import Product
from pactdesk.kernel.worded import text_in
from tests import world
from tests.catalogues import written
from tests.doors.guided import HTMX, Guided, error_at, plain, problem_form, support_form, texts, value_of
from tests.doors.visitors import visitor
from tests.drafts import PROBLEM, problem

pytestmark = pytest.mark.req("WIZ-1", "IDN-2", "IDN-3")


@pytest.fixture
def guided(db: None) -> Guided:
    world.catalogue()
    return Guided("carla")


def elsewhere() -> list[Product]:
    """The products on offer whose channel is not open in this installation."""
    offered = [product for _family, products in catalog.current().offered_products() for product in products]
    return [product for product in offered if not product.channel.open]


def test_a_product_whose_door_is_elsewhere_says_where_and_why(guided: Guided, closed_channel: str) -> None:
    products = elsewhere()
    assert {product.channel.code for product in products} == {closed_channel}
    for product in products:
        channel = product.channel
        response = guided.client.get(
            reverse("portal:intake-options"), {"product": product.code}, headers=HTMX
        )
        page = texts(response)
        assert f"{text_in(product.name, 'en')} is supported through {text_in(channel.name, 'en')}" in page
        assert text_in(channel.explanation, "en") in page
        assert text_in(channel.front_door_label, "en") in page
        assert f'href="{html.escape(channel.front_door_url)}"' in response.content.decode()
        # There is nothing more to choose here.
        for field in ("version", "usage", "category", "problem"):
            assert f'name="{field}"' not in response.content.decode()


def test_every_product_can_be_asked_about(guided: Guided) -> None:
    products = [product for _family, products in catalog.current().offered_products() for product in products]
    assert len(products) > 30
    assert elsewhere() == []
    for product in products:
        page = guided.client.get(
            reverse("portal:intake-options"), {"product": product.code}, headers=HTMX
        ).content.decode()
        # Nobody is asked where there is no choice.
        assert ('name="version"' in page) is (len(product.offered_versions) > 1)
        assert 'name="category"' in page
        assert product.offered_versions
        for category in product.offered_categories:
            assert category.offered_problems, (product.code, category.code)


@pytest.mark.parametrize("script", [False, True], ids=["form", "htmx"])
def test_going_on_with_such_a_product_is_refused_at_its_field(
    script: bool, guided: Guided, closed_channel: str
) -> None:
    product = elsewhere()[0]
    data = problem_form(product=product.code, draft=str(guided.draft_id))
    response = guided.client.post(reverse("portal:request-new"), data, headers=HTMX if script else {})
    assert response.status_code == 422
    assert error_at(response, "id_product_error")
    assert text_in(product.channel.explanation, "en") in texts(response)
    assert value_of(response, "summary") == data["summary"]
    assert not Draft.objects.exists()


def test_a_draft_cannot_be_turned_to_such_a_product(guided: Guided, closed_channel: str) -> None:
    plan = world.agreement(units=3, registered=["carla"])
    guided.up_to("submit", plan)
    before = guided.answers
    assert guided.send("problem", problem_form(product=elsewhere()[0].code)).status_code == 422
    assert guided.answers == before


def test_a_draft_whose_product_has_gone_to_another_door_says_so_in_step_5(
    guided: Guided, closed_channel: str
) -> None:
    """The catalogue may change while a draft is kept."""
    plan = world.agreement(units=3, registered=["carla"])
    guided.up_to("verify", plan)
    draft = guided.draft
    assert draft is not None
    product = elsewhere()[0]
    draft.answers["problem"]["product"] = product.code
    draft.save()
    page = texts(guided.get("verify"))
    assert "This cannot be sent yet" in page
    assert text_in(product.channel.front_door_label, "en") in page
    assert guided.send("verify").status_code == 422


def test_a_draft_whose_product_has_left_the_catalogue_can_be_opened_and_mended(guided: Guided) -> None:
    plan = world.agreement(units=3, registered=["carla"])
    guided.up_to("verify", plan)
    draft = guided.draft
    assert draft is not None
    draft.answers["problem"] |= {"product": "gone", "version": "1"}
    draft.save()
    for step in ("problem", "support", "contact", "share", "verify"):
        assert guided.get(step).status_code == 200
    assert "This product is no longer in the catalogue." in texts(guided.get("verify"))
    assert guided.client.get(reverse("portal:draft-list")).status_code == 200
    assert guided.client.get("/").status_code == 200
    assert guided.send("problem", problem_form())["Location"] == guided.url("verify")
    assert "This cannot be sent yet" not in texts(guided.get("verify"))


def test_a_door_is_named_in_the_readers_language(guided: Guided, closed_channel: str) -> None:
    product = elsewhere()[0]
    guided.client.post(reverse("set_language"), {"language": "el"})
    response = guided.client.get(reverse("portal:intake-options"), {"product": product.code}, headers=HTMX)
    assert text_in(product.channel.explanation, "el") in texts(response)
    assert text_in(product.channel.explanation, "en") not in texts(response)


@pytest.mark.req("ELI-4", "WIZ-5")
def test_a_changed_product_is_judged_anew_with_the_plan_that_was_chosen(guided: Guided) -> None:
    """The plan that was chosen for one product may not cover the other."""
    gold = world.agreement(units=3, registered=["carla"])
    guided.up_to("submit", gold)
    old = problem_form(product="windows-server", version="2012-r2")
    assert guided.send("problem", old)["Location"] == guided.url("verify")
    page = texts(guided.get("verify"))
    assert "It does not cover this version of the product." in page
    assert guided.send("verify").status_code == 422
    # A plan that covers old versions, too, saves the request.
    paid = world.agreement("professional-support-5", units=1, registered=["carla"])
    assert guided.send("support", support_form(paid))["Location"] == guided.url("verify")
    assert guided.send("verify")["Location"] == guided.url("submit")


# What each open door asks.


def options(guided: Guided, **chosen: str) -> str:
    response = guided.client.get(reverse("portal:intake-options"), chosen, headers=HTMX)
    assert response.status_code == 200
    return response.content.decode()


def test_topic_feature_and_symptom_are_chosen_one_after_the_other_and_then_the_rest_is_asked(
    guided: Guided,
) -> None:
    page = options(guided, product="exchange-online")
    assert "Topic" in plain(page)
    assert 'name="feature"' not in page
    assert "data-later" in page

    page = options(guided, product="exchange-online", category="online-mail")
    assert "Sending and receiving" in page
    assert 'name="problem"' not in page
    assert "data-later" in page

    page = options(guided, product="exchange-online", category="online-mail", feature="delivery")
    assert "Symptom" in plain(page)
    assert "Mail is not delivered" in page
    assert "A mailbox does not open" not in page
    assert "data-later" in page
    assert 'name="answer-' not in page

    chosen = {"category": "online-mail", "feature": "delivery", "problem": "not-delivered"}
    page = options(guided, product="exchange-online", **chosen, asked="later")
    assert "data-later" not in page
    assert "Is the service down?" in page
    assert "How many users are affected?" in page

    # What is asked already is left alone, since somebody may be answering.
    again = options(guided, product="exchange-online", **chosen, asked="service-down users-affected")
    assert 'id="questions"' not in again


def test_a_category_without_features_is_followed_by_its_problems(guided: Guided) -> None:
    page = options(guided, product="exchange-online", category="billing")
    assert 'name="feature"' not in page
    assert "An invoice is wrong or missing" in page
    page = options(guided, product="exchange-online", category="billing", problem="invoice", asked="later")
    assert "data-later" not in page
    # Asked about faults only.
    assert "Is the service down?" not in page


def test_summary_and_description_are_not_missed_before_they_have_appeared(guided: Guided) -> None:
    data = {"draft": str(guided.draft_id), "product": "exchange-online", "category": "online-mail"}
    response = guided.client.post(reverse("portal:request-new"), data)
    assert response.status_code == 422
    assert error_at(response, "id_feature_error")
    assert not error_at(response, "id_summary_error")
    full = problem_form(problem(product="exchange-online"), draft=str(guided.draft_id), summary="")
    response = guided.client.post(reverse("portal:request-new"), full)
    assert error_at(response, "id_summary_error")


def test_each_question_has_its_error_at_its_place(guided: Guided) -> None:
    answered = replace(problem(product="intune", category="devices"), answers={})
    wrong = {"answer-service-down": "perhaps", "answer-devices-affected": "many"}
    data = problem_form(answered, draft=str(guided.draft_id), **wrong)
    response = guided.client.post(reverse("portal:request-new"), data)
    assert response.status_code == 422
    down, users = "Is the service down?", "How many users are affected?"
    assert error_at(response, "id_answer-service-down_error").endswith(down)
    assert error_at(response, "id_answer-users-affected_error") == f"Answer this question: {users}"
    assert "whole number" in error_at(response, "id_answer-devices-affected_error")
    assert value_of(response, "answer-devices-affected") == "many"
    assert not Draft.objects.exists()


@pytest.mark.req("WIZ-5", "WIZ-6", "SEV-2")
def test_a_request_about_an_online_service_needs_no_plan_and_keeps_what_was_answered(guided: Guided) -> None:
    about = problem(product="exchange-online", category="online-mail")
    assert guided.begin(about).status_code == 302
    assert guided.answers["problem"]["answers"] == {"service-down": "no", "users-affected": "one"}
    page = texts(guided.get("support"))
    assert "You need no plan." in page
    # The promise of the channel, down to the critical severity, which free questions do not have.
    assert "Business is stopped" in page
    guided.up_to("verify")
    page = texts(guided.get("verify"))
    for told in ("Topic Mail", "Feature Sending and receiving", "Symptom Mail is not delivered"):
        assert told in page
    assert "Is the service down? No" in page
    assert "How many users are affected? One" in page
    assert guided.send("verify").status_code == 302
    assert guided.send("submit", {"terms_accepted": "on"}).status_code == 302
    case = guided.case
    assert case is not None
    assert case.answers == {"service-down": "no", "users-affected": "one"}
    assert case.agreement_id is None
    shown = texts(guided.client.get(reverse("portal:request", args=[f"PD-{case.pk}"])))
    assert "Symptom Mail is not delivered" in shown
    assert "Is the service down? No" in shown
    world.team("support", "ines")
    case.team = world.team("support")
    case.save()
    at_desk = texts(visitor("ines").get(reverse("desk:request", args=[f"PD-{case.pk}"])))
    assert "How many users are affected? One" in at_desk


@pytest.mark.parametrize("product", ["business-central", "finance", "azure-virtual-machines", "teams"])
def test_what_was_typed_comes_along_to_the_door_of_another_product(product: str, guided: Guided) -> None:
    guided.begin()
    typed = problem_form(product=product, action="choices")
    response = guided.send("problem", typed)
    assert value_of(response, "summary") == typed["summary"]
    assert value_of(response, "description") == typed["description"]
    channel = catalog.current().product(product).channel
    page = texts(response)
    assert text_in(channel.explanation, "en") in page
    assert ("You need no plan." in page) is not channel.needs_pair


def test_what_was_typed_is_kept_for_a_product_whose_door_is_elsewhere(
    guided: Guided, closed_channel: str
) -> None:
    guided.begin()
    typed = problem_form(product=elsewhere()[0].code)
    assert guided.send("problem", typed | {"action": "leave"}).status_code == 302
    kept = guided.answers["problem"]
    assert (kept["summary"], kept["description"]) == (typed["summary"], typed["description"])


@pytest.mark.parametrize(
    ("who", "product", "told"),
    [
        ("olaf", "exchange-online", "knows its people by their work accounts"),
        ("olaf", "business-central", "knows its people by their work accounts"),
        ("carla", "partner-membership", "is for partner organizations"),
    ],
)
def test_a_sign_in_that_does_not_fit_is_refused_at_step_1_with_a_way_out(
    who: str, product: str, told: str, db: None
) -> None:
    world.catalogue()
    guided = Guided(who)
    page = options(guided, product=product)
    assert told in plain(page)
    assert f'href="{reverse("account_logout")}"' in page
    about = problem(product=product) if product != "partner-membership" else MEMBERSHIP
    response = guided.begin(about)
    assert response.status_code == 422
    assert told in error_at(response, "id_product_error")
    assert value_of(response, "summary") == about.summary
    assert not Draft.objects.exists()


MEMBERSHIP = replace(
    PROBLEM,
    product="partner-membership",
    version="current",
    category="benefits",
    problem="membership",
    usage="",
)


@pytest.mark.req("RTE-2")
def test_a_partner_asks_the_partner_centre_without_a_plan(db: None) -> None:
    world.catalogue()
    guided = Guided("nora", visitor("nora", language="en"))
    assert guided.begin(replace(MEMBERSHIP, answers={"partner-id": "4711"})).status_code == 302
    guided.up_to("submit")
    assert guided.send("submit", {"terms_accepted": "on"}).status_code == 302
    case = guided.case
    assert case is not None
    assert (case.charged_units, case.answers) == (0, {"partner-id": "4711"})


def test_a_draft_of_somebody_whose_account_fits_no_longer_cannot_be_sent(guided: Guided) -> None:
    assert guided.begin(problem(product="exchange-online")).status_code == 302
    guided.up_to("verify")
    world.person("carla", kind="personal")
    assert "knows its people by their work accounts" in texts(guided.get("verify"))
    assert guided.send("verify").status_code == 422


NEW_DOOR = (
    (
        "\nfamilies:\n",
        """
  space-station:
    name: Space station
    explanation: It circles the earth, and is supported by whoever is up there.
    sign_in: any
    needs_pair: false
    front_door: {label: the airlock}
    open: true
    problem_label: Leak
\nfamilies:
""",
    ),
    (
        "\n# What can go wrong, or be asked.",
        """
  module:
    name: Module
    family: cloud
    channel: space-station
    versions:
      current: {name: Module}
\n# What can go wrong, or be asked.""",
    ),
    (
        "\n  online-service:\n",
        """
  hull:
    name: Hull
    products: [module]
    problems:
      air: {name: Air escapes, type: break-fix}
  online-service:
""",
    ),
    (
        "\nquestions:\n",
        """
questions:
  pressure:
    label: How many hectopascals are left?
    kind: number
    channels: [space-station]
""",
    ),
)


def test_a_new_channel_with_a_new_question_is_a_change_of_the_catalogue_alone(
    guided: Guided, tmp_path: Path
) -> None:
    text = world.CATALOGUE.read_text(encoding="utf-8")
    for old, new in NEW_DOOR:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    try:
        services.apply(written(tmp_path, text), actor_id=None, at=timezone.now())
        catalog.forget()
        page = options(guided, product="module", category="hull")
        assert "Leak" in plain(page)
        assert "How many hectopascals are left?" in page
        about = replace(
            PROBLEM, product="module", version="", category="hull", problem="air", usage="", answers={}
        )
        response = guided.begin(about)
        assert response.status_code == 422
        assert "hectopascals" in error_at(response, "id_answer-pressure_error")
        assert guided.begin(replace(about, answers={"pressure": "840"})).status_code == 302
        guided.up_to("submit")
        assert guided.send("submit", {"terms_accepted": "on"}).status_code == 302
        case = guided.case
        assert case is not None
        assert case.answers == {"pressure": "840"}
        shown = texts(guided.client.get(reverse("portal:request", args=[f"PD-{case.pk}"])))
        assert "How many hectopascals are left? 840" in shown
    finally:
        catalog.forget()


# Plans of one kind of door at the other (ELI-6, ELI-7, ELI-9).


def step_2_of(who: str, product: str) -> Guided:
    world.administrator(who)  # who administers a tenant administers the applications in it
    guided = Guided(who)
    about = problem() if product == PROBLEM.product else problem(product=product)
    assert guided.begin(about).status_code == 302
    return guided


@pytest.mark.req("ELI-6", "ELI-7", "ELI-9", "AGR-8")
@pytest.mark.parametrize(
    ("product", "programme", "told"),
    [
        ("windows-server", "signature-cloud-support", "It covers cloud products only"),
        ("windows-server", "advanced-support-for-partners", "It covers cloud products only"),
        ("business-central", "gold-partner-support-20", "on-premises products"),
        ("finance", "gold-partner-support-20", "on-premises products"),
    ],
)
def test_a_pair_of_the_other_kind_is_refused_on_entry_and_warned_of_where_it_was_linked_before(
    product: str, programme: str, told: str, db: None
) -> None:
    agreement = world.agreement(programme)
    guided = step_2_of("carla", product)
    typed = {"access_id": agreement.access_id, "contract_id": agreement.contract_id, "action": "add"}
    refused = guided.send("support", support_form(None) | typed)
    assert refused.status_code == 422
    assert told in texts(refused)
    assert not Registration.objects.filter(agreement_id=agreement.id).exists()

    # Linked ahead of need, it is kept, and the step says why it cannot be used.
    linked = world.agreement(programme, registered=["carla"])
    page = texts(guided.get("support"))
    assert "None of your plans can pay for this request" in page
    assert told in page
    sent = guided.send("support", support_form(linked))
    assert sent.status_code == 422


@pytest.mark.req("ELI-7", "AGR-6", "SEV-2")
@pytest.mark.parametrize("product", ["business-central", "finance"])
def test_a_cloud_pair_pays_for_a_cloud_product_from_the_first_step_to_the_last(
    product: str, guided: Guided
) -> None:
    cloud = world.agreement("signature-cloud-support", units=3)
    world.administrator("carla")  # who administers a tenant may ask about the applications in it
    guided = step_2_of("carla", product)
    typed = {"access_id": cloud.access_id, "contract_id": cloud.contract_id, "action": "add"}
    assert guided.send("support", support_form(None) | typed).status_code == 302
    guided.up_to("submit", cloud)
    assert guided.send("submit", {"terms_accepted": "on"}).status_code == 302
    case = guided.case
    assert case is not None
    assert (case.agreement_id, case.charged_units) == (cloud.id, 1)
    assert case.answers["environment"] == "an answer"
    assert Agreement.objects.get(pk=cloud.id).units_left == 2


@pytest.mark.req("ELI-7", "ELI-10")
def test_a_changed_product_of_the_other_kind_says_that_the_plan_cannot_be_used(guided: Guided) -> None:
    world.administrator("carla")
    gold = world.agreement(units=3, registered=["carla"])
    guided.up_to("submit", gold)
    about = problem_form(replace(problem(product="business-central"), summary="It came along"))
    assert guided.send("problem", about)["Location"] == guided.url("verify")
    page = texts(guided.get("verify"))
    assert "on-premises products" in page
    assert guided.send("verify").status_code == 422
