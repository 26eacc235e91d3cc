"""A question of advice takes advisory hours and says when a consultant may call; money, programmes and access take
nothing, and each comes to its own team (RTE-2)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from pactdesk.agreements.models import Agreement
from pactdesk.cases.models import Case
from pactdesk.cases.rules.numbers import shown_number
from tests import world
from tests.conversations import sent
from tests.doors.guided import Guided, error_at, problem_form, support_form, texts
from tests.doors.programs import kind, new_key, program, request_body
from tests.doors.visitors import visitor
from tests.drafts import problem

pytestmark = [pytest.mark.django_db, pytest.mark.req("RTE-2")]

HOW_TO: dict[str, str] = {"category": "advice", "problem": "how-to", "usage": ""}


@pytest.fixture
def plan() -> world.Agreement:
    world.team("support", "ines")
    return world.agreement("partner-advisory-hours-20", registered=["carla"])


def in_days(days: int) -> str:
    return (timezone.now() + timedelta(days=days)).date().isoformat()


def asked(**changes: str) -> dict[str, str]:
    usage = problem().usage
    return problem_form(**{**HOW_TO, "usage": usage, **changes})


def test_advice_asks_when_to_call_and_the_desk_reads_it_by_both_clocks(plan: world.Agreement) -> None:
    carla = Guided("carla")
    carla.client.post("/requests/new/", {**asked(), "draft": str(carla.draft_id)})
    page = texts(carla.get("support"))
    assert "When may we call you?" in page
    past = carla.send("support", support_form(plan, call_day=in_days(-3), call_window="morning"))
    assert past.status_code == 422
    assert error_at(past, "id_call_day_error") == "Choose a day for the call that is still to come."
    first, second = in_days(7), in_days(8)
    chosen = support_form(plan, call_day=second, call_other_day=first, call_window="morning")
    assert carla.send("support", chosen).status_code == 302
    carla.up_to("verify", plan, call_day=second, call_other_day=first, call_window="morning")
    verify = texts(carla.get("verify"))
    assert "We may call" in verify
    assert "9:00" in verify
    assert "One advisory hour is set aside" in verify
    assert "Who answers Support" in verify
    carla.send("verify")
    carla.send("submit", {"terms_accepted": "on"})
    case = carla.case
    assert case is not None
    assert case.call_back == {"days": [first, second], "window": "morning", "zone": "Europe/Athens"}
    assert Agreement.objects.get(pk=plan.id).units_left == 19 * 60
    desk = texts(visitor("ines").get(f"/desk/requests/PD-{case.pk}/"))
    assert (
        "(Athens), which is 8:00\u202fAM to 11:00\u202fAM (Paris)" in desk
        or "which is 08:00 to 11:00 (Paris)" in desk
    )
    assert "We may call" in texts(carla.client.get(f"/requests/PD-{case.pk}/"))


def test_what_breaks_asks_nothing_about_a_call_and_keeps_none(plan: world.Agreement) -> None:
    incidents = world.agreement(registered=["carla"])
    carla = Guided("carla").up_to("support", incidents)
    assert "When may we call you?" not in texts(carla.get("support"))
    carla.up_to("", incidents, call_day=in_days(3), call_window="morning")
    assert carla.case is not None
    assert carla.case.call_back is None


def test_a_day_that_has_passed_while_the_draft_lay_is_asked_for_again(plan: world.Agreement) -> None:
    carla = Guided("carla")
    carla.client.post("/requests/new/", {**asked(), "draft": str(carla.draft_id)})
    carla.up_to("submit", plan, call_day=in_days(2))
    draft = carla.draft
    assert draft is not None
    draft.answers["support"]["call_day"] = in_days(-2)
    draft.save()
    answer = carla.send("submit", {"terms_accepted": "on"})
    assert answer["Location"] == carla.url("support")
    assert carla.case is None


def test_a_program_says_when_to_call_too(plan: world.Agreement) -> None:
    carla = program("carla")

    def body(**wish: Any) -> dict[str, Any]:
        return request_body(
            plan.id,
            problem__category="advice",
            problem__problem="how-to",
            support__call_back=wish,
        )

    made = carla.post("/requests", body(days=[in_days(4)], window="evening"), key=new_key())
    assert made.status_code == 201, made.content
    found = carla.get(f"/requests/{made.json()['number']}").json()["call_back"]
    assert found == {"days": [in_days(4)], "window": "evening", "time_zone": "Europe/Athens"}
    refused = carla.post("/requests", body(days=[in_days(-4)]), key=new_key())
    assert (refused.status_code, kind(refused)) == (422, "refused")
    [reason] = refused.json()["reasons"]
    assert (reason["code"], reason["pointer"]) == ("intake.call-back-past", "#/support")


@pytest.mark.parametrize(
    ("about", "team"),
    [
        (
            {
                "product": "office-ltsc",
                "version": "2024",
                "category": "licences",
                "problem": "licences-missing",
            },
            "centre",
        ),
        (
            {"product": "office-ltsc", "version": "2024", "category": "advice", "problem": "how-to"},
            "consultants",
        ),
    ],
)
def test_each_kind_of_question_comes_to_its_team_and_only_advice_needs_a_plan(
    about: dict[str, str], team: str, plan: world.Agreement
) -> None:
    world.team("centre", takes={"problem_type": ["billing", "programme"]})
    world.team("consultants", takes={"problem_type": ["advisory"]})
    case = sent(plan if team == "consultants" else None, usage="", **about)
    assert Case.objects.select_related("team").get(pk=case.pk).team.code == team  # type: ignore[union-attr]
    assert case.charged_units == (60 if team == "consultants" else 0)
    asked = texts(visitor("carla").get(reverse("portal:request-close", args=[shown_number(case.pk)])))
    assert ("One hour is then set aside again" in asked) == (team == "consultants")
