"""Drafts: they outlive the browser, are listed, thrown away and taken back (WIZ-8)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from pactdesk.agreements.models import Agreement
from pactdesk.cases.models import Case, Draft
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.services import drafts
from pactdesk.kernel.ids import new_key
from tests import world
from tests.doors.guided import Guided, contact_form, problem_form, texts, value_of
from tests.doors.visitors import visitor
from tests.drafts import problem, ready

pytestmark = pytest.mark.req("WIZ-8")

LIST = "portal:draft-list"


@pytest.fixture
def plan(db: None) -> world.Agreement:
    return world.agreement(units=3, registered=["carla"])


@pytest.fixture
def guided(plan: world.Agreement) -> Guided:
    return Guided("carla").up_to("share", plan)


def discard(guided: Guided, **data: str) -> str:
    """Throw the draft away, or take it back; what the page that follows says."""
    response = guided.client.post(reverse("portal:draft-discard", args=[guided.draft_id]), data)
    assert response.status_code == 302
    return texts(guided.client.get(response["Location"]))


def test_a_draft_goes_on_in_another_browser(guided: Guided) -> None:
    elsewhere = Guided("carla", visitor("carla"))
    elsewhere.draft_id = guided.draft_id
    page = elsewhere.client.get(reverse(LIST))
    assert problem_form()["summary"] in texts(page)
    assert "Goes on at step 4 of 6: Share" in texts(page)
    assert f'href="{guided.url()}"' in page.content.decode()
    assert elsewhere.client.get(guided.url())["Location"] == guided.url("share")
    assert value_of(elsewhere.get("contact"), "name") == "Carla Papadaki"


def test_a_draft_that_was_left_before_anything_was_chosen_can_be_found_again(plan: world.Agreement) -> None:
    guided = Guided("carla")
    data = {"draft": str(guided.draft_id), "action": "leave", "description": "Half a sent"}
    response = guided.client.post(reverse("portal:request-new"), data)
    assert response["Location"] == reverse(LIST)
    page = texts(guided.client.get(reverse(LIST)))
    assert "Request without a summary" in page
    assert "Goes on at step 1 of 6" in page
    assert value_of(guided.get("problem"), "description") == "Half a sent"
    assert guided.answers["done"] == []
    assert guided.get("support")["Location"] == guided.url("problem")


def test_the_list_says_until_when_a_draft_is_kept(guided: Guided) -> None:
    page = texts(guided.client.get(reverse(LIST)))
    assert "Kept until" in page
    assert "(Athens)" in page
    draft = guided.draft
    assert draft is not None
    assert draft.expires_at - draft.saved_at == timedelta(days=30)


def test_an_empty_list_says_what_is_kept_there(plan: world.Agreement) -> None:
    page = texts(visitor("carla").get(reverse(LIST)))
    assert "No drafts" in page
    assert "kept here for 30 days" in page


def test_nobody_sees_the_drafts_of_others(guided: Guided) -> None:
    assert problem_form()["summary"] not in texts(visitor("cem").get(reverse(LIST)))


def test_a_draft_that_was_sent_is_no_draft_any_more(guided: Guided, plan: world.Agreement) -> None:
    guided.up_to("", plan)
    assert "No drafts" in texts(guided.client.get(reverse(LIST)))
    address = reverse("portal:draft-discard", args=[guided.draft_id])
    assert guided.client.get(address)["Location"] == guided.url()
    assert guided.client.post(address).status_code == 404
    assert guided.client.post(address, {"action": "restore"}).status_code == 404
    assert guided.case is not None


def test_discarding_asks_first_and_can_be_taken_back(guided: Guided, plan: world.Agreement) -> None:
    address = reverse("portal:draft-discard", args=[guided.draft_id])
    asked = texts(guided.client.get(address))
    assert "Discard this draft?" in asked
    assert problem_form()["summary"] in asked
    assert "Nothing was deducted" in asked
    before = guided.answers

    assert "The draft is discarded" in discard(guided)
    assert "No drafts" in texts(guided.client.get(reverse(LIST)))
    assert "The draft is back." in discard(guided, action="restore")
    assert guided.answers == before
    assert guided.get("share").status_code == 200
    assert Agreement.objects.get(pk=plan.id).units_left == 3


def test_a_discarded_draft_leads_to_the_list_whatever_is_clicked(
    guided: Guided, plan: world.Agreement
) -> None:
    guided.up_to("submit", plan)
    discard(guided)
    for response in (
        guided.client.get(guided.url()),
        guided.get("contact"),
        guided.send("contact", contact_form()),
        guided.send("submit", {"terms_accepted": "on"}),
        guided.begin(),
    ):
        assert response["Location"] == reverse(LIST)
    assert "This draft was discarded." in texts(guided.client.get(reverse(LIST)))
    asked_again = guided.client.get(reverse("portal:draft-discard", args=[guided.draft_id]))
    assert "The draft is discarded" in texts(asked_again)
    assert not Case.objects.exists()
    assert Agreement.objects.get(pk=plan.id).units_left == 3


def test_discarding_twice_does_not_frighten_anybody(guided: Guided) -> None:
    assert "The draft is discarded" in discard(guided)
    assert "The draft is discarded" in discard(guided)
    discard(guided, action="restore")
    assert "The draft is back." in discard(guided, action="restore")
    assert guided.get("share").status_code == 200


def test_what_arrives_late_does_not_undo_a_later_answer(plan: world.Agreement) -> None:
    """Keeping while one types and Next may overtake each other on the way."""
    carla, at = world.viewer("carla"), timezone.now()
    draft_id = ready(carla, plan.id, at=at)
    half = Person(name="Half a na")
    drafts.keep_unfinished(draft_id, "contact", half, actor=carla, at=at - timedelta(milliseconds=1))
    answers = Draft.objects.get(pk=draft_id).answers
    assert "contact" in answers["done"]
    assert answers["contact"]["name"] == carla.name
    drafts.keep_unfinished(draft_id, "contact", half, actor=carla, at=at + timedelta(milliseconds=1))
    answers = Draft.objects.get(pk=draft_id).answers
    assert "contact" not in answers["done"]
    assert answers["contact"]["name"] == "Half a na"


def test_expired_drafts_are_removed_and_sent_ones_stay(plan: world.Agreement) -> None:
    carla, at = world.viewer("carla"), timezone.now()
    old, young = new_key(), new_key()
    drafts.start_draft(old, problem(), actor=carla, at=at - timedelta(days=30))
    drafts.start_draft(young, problem(), actor=carla, at=at - timedelta(days=29))
    sent = Guided("carla").up_to("", plan)
    Draft.objects.filter(pk=sent.draft_id).update(expires_at=at)
    assert drafts.remove_expired(at=at) == 1
    assert set(Draft.objects.values_list("pk", flat=True)) == {young, sent.draft_id}
    assert visitor("carla").get(reverse("portal:intake", args=[old])).status_code == 404


@pytest.mark.parametrize("count", [1, 40])
def test_the_list_costs_the_same_however_long_it_is(
    count: int, plan: world.Agreement, statements: list[str]
) -> None:
    carla, at = world.viewer("carla"), timezone.now()
    for number in range(count):
        drafts.start_draft(new_key(), problem(summary=f"Draft {number}"), actor=carla, at=at)
    client = visitor("carla")
    client.get(reverse(LIST))
    statements.clear()
    page = client.get(reverse(LIST))
    assert len(statements) == 2, "\n".join(statements)  # session with account, drafts
    assert page.content.decode().count('/discard/"') == count
