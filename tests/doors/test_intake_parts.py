"""The guided request with htmx: only what changed comes back, and nothing typed is lost on the way."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from pactdesk.cases.models import Draft
from pactdesk.knowledge.services import load
from tests import world
from tests.doors.guided import (
    HTMX,
    Guided,
    contact_form,
    error_at,
    problem_form,
    support_form,
    texts,
    value_of,
)

OPTIONS = "portal:intake-options"


@pytest.fixture
def plan(db: None) -> world.Agreement:
    return world.agreement(units=3, registered=["carla"])


@pytest.fixture
def guided(plan: world.Agreement) -> Guided:
    return Guided("carla")


def is_a_part(response: HttpResponse) -> bool:
    """Whether the answer is a piece of a page: no frame, no top bar, no footer."""
    page = response.content.decode()
    return not any(tag in page for tag in ("<html", "<head", "<body", "<main", "<footer", "topbar"))


@pytest.mark.parametrize("step", ["problem", "support", "contact", "share", "verify", "submit"])
def test_every_step_comes_without_its_frame(step: str, guided: Guided, plan: world.Agreement) -> None:
    guided.up_to(step, plan)
    part = guided.get(step, **HTMX)
    whole = guided.get(step)
    assert is_a_part(part)
    assert not is_a_part(whole)
    # The part brings its title, and all that the page has to say.
    assert re.findall(r"<title>(.*?)</title>", part.content.decode()) == re.findall(
        r"<title>(.*?)</title>", whole.content.decode()
    )
    assert texts(whole).endswith(texts(part)[-200:])
    assert part.content.decode().count("<h1") == 1
    # Caches and the back button keep the two apart.
    assert "HX-Request" in part["Vary"]
    assert "HX-Request" in whole["Vary"]
    restored = guided.get(step, **HTMX, **{"HX-History-Restore-Request": "true"})
    assert not is_a_part(restored)


def test_a_changed_product_brings_its_choices_and_nothing_else(guided: Guided) -> None:
    asked = {"product": "windows-server", "draft": str(guided.draft_id), "summary": "slow"}
    response = guided.client.get(reverse(OPTIONS), asked, headers=HTMX)
    page = response.content.decode()
    assert is_a_part(response)
    assert page.count('id="choices"') == 1
    assert page.count('id="articles" hx-swap-oob="true"') == 1
    for field in ("version", "usage", "category"):
        assert f'name="{field}"' in page
    for field in ("product", "summary", "description"):
        assert f'name="{field}"' not in page
    assert not Draft.objects.exists()


def test_what_was_chosen_stays_chosen_while_it_is_still_on_offer(guided: Guided) -> None:
    known = problem_form()
    response = guided.client.get(reverse(OPTIONS), known, headers=HTMX)
    for field in ("version", "usage", "category", "problem"):
        assert value_of(response, field) == known[field]
    response = guided.client.get(reverse(OPTIONS), {**known, "product": "sql-server"}, headers=HTMX)
    assert value_of(response, "version") == "2022"  # both products have one
    response = guided.client.get(reverse(OPTIONS), {**known, "product": "windows-8"}, headers=HTMX)
    assert value_of(response, "version") == ""


@pytest.mark.req("WIZ-2")
def test_a_changed_choice_in_step_2_brings_what_depends_on_it(guided: Guided, plan: world.Agreement) -> None:
    guided.begin()
    chosen = support_form(plan, severity="A", hours="business", part="choices")
    response = guided.client.get(guided.url("support"), chosen, headers=HTMX)
    page = response.content.decode()
    assert response.status_code == 200
    assert is_a_part(response)
    assert page.count('id="support-choices"') == 1
    assert "rail" not in page
    assert "<h1" not in page
    assert value_of(response, "severity") == "A"
    assert "First answer by" in texts(response)
    # Looking at a choice keeps nothing.
    assert guided.answers["support"]["severity"] == ""


@pytest.mark.req("WIZ-2", "SEV-6")
def test_the_promise_follows_the_place_that_was_chosen(guided: Guided, plan: world.Agreement) -> None:
    guided.begin()

    def promised(country: str, zone: str) -> str:
        data = support_form(plan, severity="B", part="choices", country=country, time_zone=zone)
        return texts(guided.client.get(guided.url("support"), data, headers=HTMX))

    assert "(Athens)" in promised("GR", "Europe/Athens")
    assert "business hours of Athens" in promised("GR", "Europe/Athens")
    assert "business hours of Ho Chi Minh City" in promised("VN", "Asia/Ho_Chi_Minh")
    assert "(Ho Chi Minh)" in promised("VN", "Asia/Ho_Chi_Minh")


@pytest.mark.parametrize(
    ("step", "data", "error"),
    [
        ("problem", {"product": "windows-server", "description": "Typed"}, "id_summary_error"),
        ("support", {"severity": "", "country": "CZ", "time_zone": "Europe/Prague"}, "id_severity_error"),
        ("contact", {"name": "Carla", "email": "carla at olive", "phone": "1"}, "id_email_error"),
        ("share", {"name": "", "email": "cem@baltic-sails.example"}, "id_name_error"),
        ("submit", {}, "id_terms_accepted_error"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isalpha() else "",
)
def test_a_mistake_comes_back_in_place_with_what_was_typed(
    step: str, data: dict[str, str], error: str, guided: Guided, plan: world.Agreement
) -> None:
    guided.up_to(step, plan)
    before = guided.answers
    response = guided.send(step, data, **HTMX)
    assert response.status_code == 422
    assert is_a_part(response)
    assert error_at(response, error)
    assert "<title>Error: " in response.content.decode()
    for field in ("description", "country", "email"):
        if data.get(field):
            assert value_of(response, field) == data[field]
    assert guided.answers == before


def test_a_right_answer_leads_to_the_next_step(guided: Guided, plan: world.Agreement) -> None:
    guided.begin()
    response = guided.send("support", support_form(plan), **HTMX)
    assert (response.status_code, response["Location"]) == (302, guided.url("contact"))


@pytest.mark.req("WIZ-8")
def test_what_is_typed_is_kept_while_one_types(guided: Guided, plan: world.Agreement) -> None:
    guided.up_to("contact", plan)
    response = guided.send("contact", {"name": "Half a na", "email": "half@", "action": "autosave"}, **HTMX)
    assert response.status_code == 200
    assert re.fullmatch(r"Saved \d\d:\d\d \(Athens\)", response.content.decode())
    page = guided.get("contact")
    assert (value_of(page, "name"), value_of(page, "email")) == ("Half a na", "half@")
    assert "contact" not in guided.answers["done"]


@pytest.mark.req("WIZ-8")
@pytest.mark.parametrize("step", ["problem", "support", "contact"])
def test_a_late_keeping_of_what_was_answered_does_not_reopen_the_step(
    step: str, guided: Guided, plan: world.Agreement
) -> None:
    """Next was quicker than the keeping that was on its way."""
    answers = {
        "problem": problem_form(),
        "support": support_form(plan, hours="business"),
        "contact": contact_form(),
    }
    guided.up_to("share", plan)
    guided.send(step, answers[step])
    guided.send(step, {**answers[step], "action": "autosave"}, **HTMX)
    assert step in guided.answers["done"]


@pytest.mark.req("WIZ-8")
@pytest.mark.parametrize("step", ["problem", "support", "contact", "share", "verify"])
def test_every_step_can_be_left_and_the_whole_page_changes(
    step: str, guided: Guided, plan: world.Agreement
) -> None:
    guided.up_to(step, plan)
    response = guided.send(step, {**problem_form(), "action": "leave"}, **HTMX)
    assert response["HX-Redirect"] == reverse("portal:draft-list")
    response = guided.send(step, {**problem_form(), "action": "leave"})
    assert response["Location"] == reverse("portal:draft-list")
    assert "Your draft is kept" in texts(guided.client.get(response["Location"]))


def test_a_draft_that_was_sent_leads_to_its_confirmation_as_a_whole_page(
    guided: Guided, plan: world.Agreement
) -> None:
    guided.up_to("", plan)
    assert guided.case is not None
    there = f"/requests/PD-{guided.case.pk}/confirmation/"
    assert guided.get("contact", **HTMX)["HX-Redirect"] == there
    assert guided.send("submit", {"terms_accepted": "on"}, **HTMX)["HX-Redirect"] == there


# Articles that may help (WIZ-1, KNO-1)


@pytest.fixture
def articles(plan: world.Agreement, tmp_path: Path) -> None:
    """Five articles about the directory of Windows Server, and one about something else."""
    for number in range(100, 105):
        (tmp_path / f"{number}.md").write_text(
            f"---\nnumber: {number}\nrevision: 1\nlast_reviewed_on: 2026-10-01\ntitle: Help {number}\n"
            "summary: What it is about.\nproducts: [windows-server]\ncategories: [directory]\n---\nThree\n"
        )
    (tmp_path / "105.md").write_text(
        "---\nnumber: 105\nrevision: 1\nlast_reviewed_on: 2026-10-01\ntitle: Mail\nsummary: Mail.\n"
        "products: [exchange-server]\n---\nThree\n"
    )
    load(tmp_path, at=timezone.now())


@pytest.mark.req("WIZ-1", "KNO-1")
def test_articles_that_fit_are_shown_before_going_on_and_do_not_block(articles: None, guided: Guided) -> None:
    asked = problem_form(category="directory", problem="", summary="")
    page = texts(guided.client.get(reverse(OPTIONS), asked, headers=HTMX))
    assert page.count("Help 10") == 3
    assert "Mail" not in page
    assert "Show more" in page
    assert "If none of them helps, go on with the form." in page
    assert guided.begin().status_code == 302


@pytest.mark.req("WIZ-1")
@pytest.mark.parametrize("script", [False, True], ids=["form", "htmx"])
def test_showing_more_articles_keeps_what_was_typed(script: bool, articles: None, guided: Guided) -> None:
    typed = problem_form(category="directory", problem="", draft=str(guided.draft_id), summary="Typed before")
    page = guided.client.post(reverse("portal:request-new"), {**typed, "action": "choices"})
    more = re.search(r'<button[^>]*name="action" value="(\w+)"[^>]*>\s*Show more', page.content.decode())
    assert more is not None
    page = guided.client.post(
        reverse("portal:request-new"), {**typed, "action": more.group(1)}, headers=HTMX if script else {}
    )
    assert page.status_code == 200
    assert texts(page).count("Help 10") == 5
    assert value_of(page, "summary") == "Typed before"
    assert value_of(page, "description") == typed["description"]
    assert value_of(page, "draft") == str(guided.draft_id)
    assert not error_at(page, "id_problem_error")


def test_words_that_no_search_can_read_do_no_harm(articles: None, guided: Guided) -> None:
    for summary in (
        "a\x00b",
        "'\"; DROP TABLE",
        "& | ! <-> :*",
        "\u202e",
        "%s %(x)s",
        "x" * 5000,
        "日本語 ελληνικά",
    ):
        response = guided.client.get(reverse(OPTIONS), problem_form(summary=summary), headers=HTMX)
        assert response.status_code == 200, summary
        response = guided.client.post(
            reverse("portal:request-new"), problem_form(summary=summary, action="choices", draft="")
        )
        assert response.status_code == 200, summary
