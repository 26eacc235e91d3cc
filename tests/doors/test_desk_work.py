"""Working on a request: owner, status, team, its end, merging, links and contacts, each on a page without script."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from pactdesk.agreements.models import Agreement
from pactdesk.cases.models import Case, CaseLink, Contact
from pactdesk.cases.services import work
from tests import queues, world
from tests.doors.guided import texts
from tests.doors.visitors import visitor

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(db: None) -> world.Agreement:
    world.team("support", "ines", "marta")
    return world.agreement(units=3, owner="carla", registered=["carla"], at=NOW)


@pytest.fixture
def first(plan: world.Agreement) -> Case:
    return queues.request(plan=plan, at=NOW)


@pytest.fixture
def ines(first: Case) -> Client:
    return visitor("ines")


def url(case: Case, name: str = "request", *more: Any) -> str:
    return reverse(f"desk:{name}", args=[f"PD-{case.pk}", *more])


def now(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def do(client: Client, case: Case, page: str, /, *more: Any, **sent: str) -> HttpResponse:
    return client.post(url(case, page, *more), {"seen": str(now(case).revision), **sent})


def told(client: Client, answer: HttpResponse) -> str:
    return texts(client.get(answer["Location"]))


def left(plan: world.Agreement) -> int:
    return Agreement.objects.get(pk=plan.id).units_left


def test_a_request_is_taken_given_away_and_given_back(ines: Client, first: Case) -> None:
    marta = world.person("marta")
    assert f"PD-{first.pk} is yours now." in told(ines, do(ines, first, "owner", do="take"))
    assert now(first).owner_id == world.person("ines").pk
    assert "belongs to Marta Nowak now." in told(ines, do(ines, first, "owner", owner=str(marta.pk)))
    assert now(first).owner_id == marta.pk
    assert "stands in the queue again." in told(ines, do(ines, first, "owner", do="release"))
    assert (now(first).owner_id, now(first).status) == (None, "new")


def test_of_two_who_take_it_one_is_told_that_the_other_was_quicker(ines: Client, first: Case) -> None:
    seen = str(first.revision)
    visitor("marta").post(url(first, "owner"), {"do": "take", "seen": seen})
    answer = ines.post(url(first, "owner"), {"do": "take", "seen": seen})
    assert answer.status_code == 422
    assert "Somebody changed this request while you were working on it." in texts(answer)
    assert "Marta Nowak" in texts(answer)
    assert now(first).owner_id == world.person("marta").pk


@pytest.mark.parametrize("owner", ["", "0", "-1", "x", "999999", "{carla}"])
def test_nobody_outside_the_team_can_own_it(owner: str, ines: Client, first: Case) -> None:
    owner = owner.replace("{carla}", str(world.person("carla").pk))
    answer = do(ines, first, "owner", owner=owner)
    assert answer.status_code == 422
    assert now(first).owner_id is None


def test_the_status_is_set_told_and_undone(ines: Client, first: Case) -> None:
    do(ines, first, "owner", do="take")
    answer = do(ines, first, "status", move="resolve")
    shown = ines.get(answer["Location"])
    assert f"PD-{first.pk} is now “Resolved”." in texts(shown)
    token = re.search(r'name="token" value="([^"]+)"', shown.content.decode()).group(1)  # type: ignore[union-attr]
    ines.post("/desk/undo/", {"token": token})
    assert (now(first).status, now(first).resolved_at) == ("assigned", None)


@pytest.mark.parametrize("move", ["", "close", "reopen", "hear", "assign", "x"])
def test_only_moves_that_are_a_status_can_be_set(move: str, ines: Client, first: Case) -> None:
    assert do(ines, first, "status", move=move).status_code == 422
    assert now(first).status == "new"


def test_what_was_set_is_not_undone_once_somebody_else_went_on(ines: Client, first: Case) -> None:
    shown = ines.get(do(ines, first, "status", move="resolve")["Location"])
    token = re.search(r'name="token" value="([^"]+)"', shown.content.decode()).group(1)  # type: ignore[union-attr]
    work.assign(first.pk, world.person("marta").pk, seen=None, actor=world.viewer("marta"), at=NOW)
    assert "Nothing was undone." in told(ines, ines.post("/desk/undo/", {"token": token}))
    assert now(first).status == "resolved"


def test_a_request_goes_to_another_team_with_a_note_and_is_gone_from_here(ines: Client, first: Case) -> None:
    second = world.team("second", "marta")
    assert do(ines, first, "transfer", team=str(second.pk), note=" ").status_code == 422
    answer = do(ines, first, "transfer", team=str(second.pk), note="About money")
    assert answer["Location"] == "/desk/"
    assert "stands with the team Second now." in told(ines, answer)
    assert ines.get(url(first)).status_code == 404
    at_marta = texts(visitor("marta").get(url(first)))
    assert "Ines Moreau moved it to the team Second" in at_marta
    assert "About money" in at_marta
    assert "About money" not in texts(visitor("carla").get(f"/requests/PD-{first.pk}/"))


@pytest.mark.req("AGR-6")
def test_closing_says_before_what_becomes_of_the_incident_and_does_it(
    ines: Client, first: Case, plan: world.Agreement
) -> None:
    page = texts(ines.get(url(first, "close")))
    assert "What was deducted stays deducted: 2 of 3 incidents left." in page
    assert "What was deducted is given back at once: 3 of 3 incidents left." in page
    answer = do(ines, first, "close", outcome="non-decrement", cause="product-fault", reason="It was ours.")
    shown = told(ines, answer)
    assert f"PD-{first.pk} is closed. 1 incident was given back." in shown
    assert "It does not count: A fault of the product." in shown
    assert (left(plan), now(first).outcome_cause) == (3, "product-fault")
    statement = texts(visitor("carla").get(f"/benefits/{plan.id}/"))
    assert f"PD-{first.pk}" in statement


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"outcome": "non-decrement", "reason": "x"},
        {"outcome": "non-decrement", "cause": "bribe", "reason": "x"},
        {"outcome": "decrement", "reason": "  "},
        {"outcome": "both", "reason": "x"},
    ],
)
def test_closing_needs_an_outcome_a_known_cause_and_a_reason(
    sent: dict[str, str], ines: Client, first: Case, plan: world.Agreement
) -> None:
    assert do(ines, first, "close", **sent).status_code == 422
    assert (now(first).status, left(plan)) == ("new", 2)


def test_a_cause_that_was_chosen_before_it_was_hidden_does_no_harm(ines: Client, first: Case) -> None:
    do(ines, first, "close", outcome="decrement", cause="goodwill", reason="Done.")
    assert (now(first).outcome, now(first).outcome_cause) == ("decrement", "")


@pytest.mark.req("AGR-6")
def test_reopening_says_before_whether_the_incident_is_deducted_again(
    ines: Client, first: Case, plan: world.Agreement
) -> None:
    do(ines, first, "close", outcome="decrement", reason="Done.")
    assert "It counted when it was closed, so nothing is deducted again." in texts(
        ines.get(url(first, "reopen"))
    )
    do(ines, first, "reopen", reason="It is back.")
    assert (now(first).status, left(plan)) == ("new", 2)
    do(ines, first, "close", outcome="non-decrement", cause="goodwill", reason="Done.")
    assert "is deducted again: 2 of 3 incidents left." in texts(ines.get(url(first, "reopen")))
    do(ines, first, "reopen", reason="It is back again.")
    assert left(plan) == 2
    assert "This request is open already." in told(ines, ines.get(url(first, "reopen")))


@pytest.mark.req("AGR-6")
def test_reopening_without_an_incident_left_is_refused_with_its_reason(
    ines: Client, first: Case, plan: world.Agreement
) -> None:
    do(ines, first, "close", outcome="non-decrement", cause="goodwill", reason="Done.")
    for _each in range(3):
        queues.request(plan=plan)
    answer = do(ines, first, "reopen", reason="It is back.")
    assert answer.status_code == 422
    assert "No incidents are left" in texts(answer)
    assert "It is back.</textarea>" in answer.content.decode()
    assert now(first).status == "closed"


def test_merging_shows_both_before_anything_happens(ines: Client, first: Case, plan: world.Agreement) -> None:
    other = queues.request(plan=plan, summary="The same once more", at=NOW)
    shown = texts(ines.get(url(other, "merge"), {"other": str(first.pk)}))
    for words in (first.summary, other.summary, "What was said stays where it was said.", "1 is given back"):
        assert words in shown
    assert now(other).status == "new"
    answer = do(ines, other, "merge", other=f"PD-{first.pk}")
    assert f"PD-{other.pk} goes on as PD-{first.pk}." in told(ines, answer)
    assert (now(other).merged_into_id, left(plan)) == (first.pk, 2)


@pytest.mark.parametrize("name", ["merge", "links"])
def test_a_number_that_is_not_at_this_desk_is_answered_like_one_that_nobody_has(
    name: str, ines: Client, first: Case
) -> None:
    theirs = Case.objects.get(pk=queues.copies(first, 1)[0])
    Case.objects.filter(pk=theirs.pk).update(team=world.team("second"))
    answers = {}
    for number in (theirs.pk, theirs.pk + 1, "x", "0", "-1", "PD-", "9" * 30):
        sent = do(ines, first, name, other=str(number))
        assert sent.status_code == 422
        assert "with your teams" in texts(sent) or "Shorten it" in texts(sent)
        answers[number] = re.sub(r"\d+|csrfmiddlewaretoken.*?>", "", texts(sent))
    assert answers[theirs.pk] == answers[theirs.pk + 1]
    assert not CaseLink.objects.exists()
    shown = [texts(ines.get(url(first, "merge"), {"other": str(n)})) for n in (theirs.pk, theirs.pk + 1)]
    assert shown[0].replace(str(theirs.pk), "") == shown[1].replace(str(theirs.pk + 1), "")


def test_requests_of_two_customers_are_not_merged_and_the_page_says_so_before(
    ines: Client, first: Case
) -> None:
    theirs = queues.request(who="cem", at=NOW)
    assert "of different customers" in texts(ines.get(url(first, "merge"), {"other": str(theirs.pk)}))
    answer = do(ines, first, "merge", other=str(theirs.pk))
    assert answer.status_code == 422
    assert "of different customers" in texts(answer)
    assert now(first).status == "new"


def test_links_are_made_seen_at_both_ends_and_taken_away(
    ines: Client, first: Case, plan: world.Agreement
) -> None:
    other = queues.request(plan=plan, summary="Something alike", at=NOW)
    assert "Something alike" in told(ines, do(ines, first, "links", other=f"PD-{other.pk}"))
    assert first.summary in texts(ines.get(url(other)))
    assert do(ines, first, "links", other=str(first.pk)).status_code == 422
    do(ines, first, "links", other=str(other.pk), do="unlink")
    assert not CaseLink.objects.exists()


def test_a_link_to_what_went_to_another_team_is_not_shown(ines: Client, first: Case) -> None:
    other = Case.objects.get(pk=queues.copies(first, 1)[0])
    do(ines, first, "links", other=str(other.pk))
    Case.objects.filter(pk=other.pk).update(team=world.team("second"))
    assert other.summary not in texts(ines.get(url(first)))


@pytest.mark.req("REQ-2")
def test_the_engineer_adds_and_removes_contacts(ines: Client, first: Case) -> None:
    cem = world.person("cem")
    assert do(ines, first, "contacts", name="", email="x").status_code == 422
    shown = told(ines, do(ines, first, "contacts", name="Cem Kowalski", email=cem.email.upper()))
    assert "Cem Kowalski sees the request now." in shown
    again = do(ines, first, "contacts", name="Cem", email=cem.email)
    assert "This person is already on the list." in texts(again)
    place = Contact.objects.get(case=first, account=cem)
    assert "will not see this request any more" in texts(ines.get(url(first, "contact", place.pk)))
    assert "no longer sees the request" in told(ines, do(ines, first, "contact", place.pk))
    assert not Contact.objects.filter(pk=place.pk).exists()
    assert do(ines, first, "contact", place.pk).status_code == 302
    primary = Contact.objects.get(case=first)
    refused = do(ines, first, "contact", primary.pk)
    assert refused.status_code == 422
    assert Contact.objects.filter(pk=primary.pk).exists()


def test_a_contact_of_another_request_cannot_be_removed_through_this_one(ines: Client, first: Case) -> None:
    other = queues.request(who="cem", at=NOW)
    place = Contact.objects.get(case=other)
    assert ines.get(url(first, "contact", place.pk)).status_code == 404
    do(ines, first, "contact", place.pk)
    assert Contact.objects.filter(pk=place.pk).exists()


def test_fields_that_no_form_has_are_not_read(ines: Client, first: Case) -> None:
    """A18: everything that a request, a contact or a message has, in every form of the desk."""
    columns = {field.attname for model in (Case, Contact) for field in model._meta.concrete_fields}
    stolen = dict.fromkeys(columns - {"team", "name", "email"}, "1") | {
        "severity": "A",
        "status": "closed",
        "is_test": "on",
        "team_id": str(world.team("second").pk),
        "charged_units": "0",
        "author_id": "1",
        "kind": "public",
        "side": "requester",
        "at": "2001-01-01",
    }
    stolen.pop("summary", None)
    before = Case.objects.values().get(pk=first.pk)
    may_change = {
        "revision",
        "changed_at",
        "due_at",
        "first_response_at",
        "status",
        "owner_id",
        "resolved_at",
    }
    for name, sent in (
        ("request", {"do": "note", "text": "x"}),
        ("request", {"do": "reply", "text": "x"}),
        ("owner", {"do": "take"}),
        ("status", {"move": "resolve"}),
        ("links", {"other": str(first.pk)}),
        ("contacts", {"name": "Cem", "email": "cem@baltic-sails.example"}),
    ):
        do(ines, first, name, **{**stolen, **sent, "seen": str(now(first).revision)})
        after = Case.objects.values().get(pk=first.pk)
        assert {key for key in before if before[key] != after[key]} <= may_change, name
    assert set(Contact.objects.filter(case=first).values_list("role", flat=True)) == {"primary", "additional"}
