"""The front doors of the catalogue: what each asks, and doors that are elsewhere (WIZ-1, IDN-2, IDN-3)."""

from __future__ import annotations

import html

import pytest
from django.urls import reverse

from pactdesk.cases.models import Draft
from pactdesk.catalog import queries as catalog
from pactdesk.catalog.rules import Product
from pactdesk.kernel.worded import text_in
from tests import world
from tests.doors.guided import HTMX, Guided, error_at, problem_form, support_form, texts, value_of

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
        assert 'name="version"' in page
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
