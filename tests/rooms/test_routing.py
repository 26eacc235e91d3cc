"""Teams and engineers as they are set up: who gets a request, and why (RTE-1, SEV-5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.http import Http404
from procrastinate.contrib.django.models import ProcrastinateJob

from pactdesk.accounts.models import TeamMember
from pactdesk.cases import tasks
from pactdesk.cases.models import Case, Escalation
from pactdesk.cases.queries.assignment import choosing, in_hand
from pactdesk.cases.queries.routing import traits_of, why_this_team
from pactdesk.cases.rules.answers import AROUND_THE_CLOCK, Support
from pactdesk.cases.rules.status import Move
from pactdesk.cases.services import work
from pactdesk.cases.services.assignment import assign_critical, assign_next, hand_on
from pactdesk.cases.services.changing import CannotChange
from pactdesk.cases.services.conversation import answer
from pactdesk.cases.services.escalation import page_lead
from pactdesk.cases.services.submission import submit
from pactdesk.journal.models import FactRow
from pactdesk.kernel.ids import new_key
from pactdesk.routing import queries as routing
from pactdesk.routing.models import Engineer, Rule
from pactdesk.routing.rules import PassedOver, Traits
from tests import world
from tests.drafts import ready

NIGHT = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)  # a Saturday, half past two in Paris
OFFICE = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}

pytestmark = pytest.mark.django_db


def sent(severity: str = "B", *, at: datetime = NIGHT) -> int:
    carla = world.viewer("carla")
    plan = world.agreement(registered=["carla"], at=at)
    support = Support(plan.id, severity, country="GR", time_zone="Europe/Athens")
    if severity == "A":
        support = replace(support, hours=AROUND_THE_CLOCK, night_name="Eleni", night_phone="+30 21 0123 4567")
    return submit(
        ready(carla, plan.id, at=at, support=support), terms_accepted=True, actor=carla, at=at
    ).number


def case(number: int) -> Case:
    return Case.objects.get(pk=number)


def terms(who: str, **about: Any) -> None:
    Engineer.objects.create(account=world.person(who), **about)


@pytest.mark.req("RTE-1")
def test_the_team_is_chosen_by_rules_and_the_reason_is_kept() -> None:
    support = world.team("support")
    greeks = world.team("hellas", takes={"country": ["GR", "CY"], "problem_type": ["break-fix"]})
    request = case(sent())
    assert request.team_id == greeks.pk
    why = why_this_team(request)
    assert (why.rule, why.because) == ("hellas", (("problem_type", "break-fix"), ("country", "GR")))
    assert routing.route_for(traits_of(request)).team_id == greeks.pk
    assert routing.route_for(Traits(country="FR")).team_id == support.pk


def test_a_change_of_the_rules_is_noticed_by_everybody() -> None:
    support, other = world.team("support"), world.team("other")
    assert routing.route_for(Traits()).team_id == support.pk
    Rule.objects.create(code="all", position=1, team=other)
    routing.forget()
    assert routing.route_for(Traits()).team_id == other.pk


@pytest.mark.req("SEV-5")
def test_a_critical_request_at_night_goes_to_the_engineer_who_is_on_shift() -> None:
    world.team("support", "ines", "marta")
    terms("ines", weekly=OFFICE)
    terms("marta", languages=["en", "pl"])
    number = sent("A")
    assert assign_critical(number, at=NIGHT) == world.person("marta").pk
    assert assign_critical(number, at=NIGHT) == world.person("marta").pk
    assert case(number).status == "assigned"
    assert FactRow.objects.filter(code="case.assigned", actor=None).count() == 1


@pytest.mark.req("SEV-5")
def test_others_wait_in_the_queue_and_so_does_one_that_nobody_can_take() -> None:
    world.team("support", "ines")
    terms("ines", weekly=OFFICE)
    assert assign_critical(sent("B"), at=NIGHT) is None
    assert assign_critical(sent("A"), at=NIGHT) is None
    assert not Case.objects.filter(owner__isnull=False).exists()


@pytest.mark.req("SEV-5")
def test_a_critical_request_that_is_given_back_goes_to_somebody_else_or_its_lead_knows() -> None:
    world.team("support", "ines", "marta", "cem")
    terms("cem", weekly=OFFICE)
    TeamMember.objects.filter(account=world.person("cem")).update(is_lead=True)
    ines, marta = world.viewer("ines"), world.viewer("marta")
    number = sent("A")
    for before, after in ((ines, marta.account_id), (marta, None)):
        work.assign(number, before.account_id, seen=None, actor=before, at=NIGHT)
        if after is None:
            terms("ines", away_from=NIGHT - timedelta(days=1))
        work.release(number, seen=None, actor=before, at=NIGHT)
        tasks.queue_assignment(FactRow.objects.filter(code="case.released").latest("pk").pk)
        asked = ProcrastinateJob.objects.filter(task_name__endswith="assign_critical").latest("id").args
        assert asked == {"case": number, "account_id": before.account_id}
        assert assign_critical(number, at=NIGHT, without=before.account_id) == after
    assert page_lead(number, at=NIGHT) == "lead"
    assert page_lead(number, at=NIGHT) is None
    assert Escalation.objects.filter(case=number, step="lead").count() == 1
    Case.objects.filter(pk=number).update(status="waiting")
    Escalation.objects.all().delete()
    assert page_lead(number, at=NIGHT) is None


def test_the_next_free_engineer_is_the_one_with_less_in_hand() -> None:
    world.team("support", "ines", "marta")
    ines, marta = world.person("ines"), world.person("marta")
    numbers = [sent() for _each in range(3)]
    for number in numbers:
        assign_next(number, actor=world.viewer("ines"), at=NIGHT)
    first, second = sorted([ines.pk, marta.pk])
    assert [case(number).owner_id for number in numbers] == [first, second, first]
    owner = world.viewer("ines")
    answer(numbers[0], "And?", key=new_key(), seen=None, then=Move.ASK, actor=owner, at=NIGHT)
    counted = in_hand([ines.pk, marta.pk])
    assert sum(counted.values()) == 2, "what waits for the requester is not in hand"


def test_the_choice_says_who_was_passed_over_and_why() -> None:
    world.team("support", "ines", "marta")
    terms("ines", weekly=OFFICE)
    terms("marta", away_from=NIGHT - timedelta(days=1))
    number = sent()
    choice = assign_next(number, actor=world.viewer("ines"), at=NIGHT)
    assert choice.account_id is None
    assert choice.passed_over == {
        world.person("ines").pk: PassedOver.OFF_SHIFT,
        world.person("marta").pk: PassedOver.AWAY,
    }
    assert case(number).owner_id is None


@pytest.mark.req("ESC-1")
def test_a_call_about_a_critical_request_goes_to_the_next_free_engineer_beside_its_owner() -> None:
    world.team("support", "ines", "marta", "olaf")
    terms("olaf", weekly=OFFICE)
    number = sent("A")
    owner = assign_critical(number, at=NIGHT)
    names = {world.person(each).pk: each for each in ("ines", "marta")}
    first, second = names[owner or 0], next(each for pk, each in names.items() if pk != owner)
    found = choosing(world.viewer(first), number, at=NIGHT)
    assert found.chosen is not None
    assert found.reach is not None
    assert (found.chosen.name, found.reach.phone) == (
        world.viewer(second).name,
        world.person(second).phone,
    )
    assert [(each.name, each.passed_over) for each in found.others] == [("Olaf Berg", PassedOver.OFF_SHIFT)]
    assert found.is_critical
    choice = hand_on(number, seen=None, actor=world.viewer(first), at=NIGHT)
    assert case(number).owner_id == choice.account_id == world.person(second).pk
    fact = FactRow.objects.filter(code="case.assigned").latest("pk")
    assert (fact.payload["before"], fact.payload["owner"]) == (owner, choice.account_id)


def test_nobody_else_being_free_a_request_stays_with_its_owner() -> None:
    world.team("support", "ines", "marta")
    terms("marta", away_from=NIGHT - timedelta(days=1))
    number = sent()
    assign_next(number, actor=world.viewer("ines"), at=NIGHT)
    assert hand_on(number, seen=None, actor=world.viewer("ines"), at=NIGHT).account_id is None
    assert case(number).owner_id == world.person("ines").pk
    with pytest.raises(CannotChange, match=r"case\.changed-meanwhile"):
        hand_on(number, seen=0, actor=world.viewer("ines"), at=NIGHT)


def test_only_whoever_works_on_a_request_gives_it_away() -> None:
    world.team("support", "ines")
    number = sent()
    with pytest.raises(Http404):
        assign_next(number, actor=world.viewer("carla"), at=NIGHT)


@pytest.mark.parametrize(
    "conditions",
    [
        [],
        "billing",
        {"colour": ["red"]},
        {"country": []},
        {"country": "GR"},
        {"country": [""]},
        {"country": [1]},
    ],
)
def test_a_rule_that_could_mean_anything_is_refused(conditions: Any) -> None:
    rule = Rule(code="odd", position=1, team=world.team(), conditions=conditions)
    with pytest.raises(ValidationError):
        rule.full_clean()


@pytest.mark.parametrize(
    "weekly", [{}, {"mon": []}, {"someday": [["09:00", "17:00"]]}, {"mon": [["09:00"]]}, 7]
)
def test_hours_that_are_none_are_refused(weekly: Any) -> None:
    with pytest.raises(ValidationError):
        Engineer(account=world.person("ines"), weekly=weekly).full_clean()
