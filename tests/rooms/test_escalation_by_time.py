"""What time alone does: who is told at which share of a target, that a broken promise is escalated, and that taking it
up stops what would only be noise (ESC-1, SEV-5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pactdesk.accounts.models import Team, TeamMember
from pactdesk.cases import tasks
from pactdesk.cases.models import Case, Escalation, Timer
from pactdesk.cases.queries.escalation import waiting_for
from pactdesk.cases.services import assignment, escalation, work
from pactdesk.cases.services.escalation import page_lead, take_up
from pactdesk.cases.services.sweeping import sweep
from pactdesk.journal.models import FactRow
from pactdesk.notifications.models import LetterChoice, OutgoingMail
from pactdesk.notifications.services import telling
from pactdesk.routing.models import Engineer
from tests import world
from tests.rooms.test_clock_sweep import DUE, HOUR, MINUTE
from tests.rooms.test_clocks import NOW, answered, plan, sent

__all__ = ["plan"]

OFFICE = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}

pytestmark = [pytest.mark.django_db, pytest.mark.req("ESC-1")]


@pytest.fixture
def number(plan: world.Agreement) -> int:
    """A request that Ines owns. Cem leads her team, Marta manages it, Olaf is the head of support."""
    team = world.team("support", "ines", "cem")
    TeamMember.objects.filter(account=world.person("cem")).update(is_lead=True)
    Team.objects.filter(pk=team.pk).update(manager=world.person("marta"), head=world.person("olaf"))
    number = sent(plan)
    work.assign(number, world.person("ines").pk, seen=None, actor=world.viewer("ines"), at=NOW)
    return number


def swept(at: datetime) -> None:
    """The sweep, and everything that follows from it, as the worker does it."""
    before = FactRow.objects.latest("pk").pk
    sweep(at=at)
    for fact in FactRow.objects.filter(pk__gt=before, code__startswith="case.promise-").order_by("pk"):
        telling.tell(fact.pk, at=at)
        if fact.code == "case.promise-broken":
            about: dict[str, Any] = fact.payload
            escalation.escalate(
                fact.subject_id, about["audience"], metric=about["metric"], timer=about["number"], at=at
            )
    for fact in FactRow.objects.filter(pk__gt=before, code="case.escalated").order_by("pk"):
        telling.tell(fact.pk, at=at)


def letters() -> list[str]:
    """Who was told by which kind of letter, in order."""
    return [
        f"{mail.kind} to {mail.to_address.partition('@')[0]}"
        for mail in OutgoingMail.objects.filter(
            kind__in=["desk-promise", "desk-escalated", "desk-paged"]
        ).order_by("pk")
    ]


def up(number: int, who: str, at: datetime) -> None:
    take_up(number, actor=world.viewer(who), at=at)


def test_each_share_of_the_target_reaches_the_next_one_and_each_is_told_once(number: int) -> None:
    expected = []
    for at, told in (
        (NOW + 2 * HOUR + MINUTE, "desk-promise to ines"),
        (DUE - MINUTE, "desk-promise to cem"),
        (DUE + MINUTE, "desk-escalated to marta"),
        (DUE + 3 * HOUR, "desk-escalated to olaf"),
    ):
        expected.append(told)
        swept(at)
        swept(at + timedelta(seconds=30))
        assert letters() == expected
    assert [each.step for each in Escalation.objects.order_by("pk")] == ["manager", "head"]


def test_taking_up_what_is_in_danger_stops_the_noise_and_not_the_clock(number: int) -> None:
    swept(NOW + 2 * HOUR + MINUTE)
    due = Timer.objects.get().due_at
    up(number, "ines", NOW + 2 * HOUR + 2 * MINUTE)
    assert FactRow.objects.filter(code="case.danger-taken-up").count() == 1
    swept(DUE - MINUTE)
    assert letters() == ["desk-promise to ines"], "the lead need not know"
    assert Timer.objects.get().due_at == due
    swept(DUE + MINUTE)
    assert letters() == ["desk-promise to ines", "desk-escalated to marta"], "that it broke is another matter"


def test_taking_up_a_broken_promise_keeps_it_from_the_head_of_support(number: int) -> None:
    swept(DUE + MINUTE)
    up(number, "marta", DUE + 2 * MINUTE)
    swept(DUE + 3 * HOUR)
    assert letters() == ["desk-escalated to marta"]
    assert Timer.objects.get().state == "breached-open"


def test_a_worker_that_was_down_for_an_hour_tells_the_manager_and_nobody_of_what_is_past(number: int) -> None:
    swept(DUE + HOUR)
    swept(DUE + HOUR + MINUTE)
    assert letters() == ["desk-escalated to marta"]
    assert Timer.objects.get().breached_at == DUE


def test_nobody_is_told_of_what_was_done_before_the_letter_was_written(number: int) -> None:
    sweep(at=DUE + MINUTE)
    broken = FactRow.objects.get(code="case.promise-broken")
    answered(number, DUE + 2 * MINUTE)
    telling.tell(broken.pk, at=DUE + 2 * MINUTE)
    about: dict[str, Any] = broken.payload
    assert (
        escalation.escalate(
            number, "manager", metric=about["metric"], timer=about["number"], at=DUE + 2 * MINUTE
        )
        is None
    )
    assert letters() == []


def test_the_backup_of_an_engineer_who_is_off_shift_is_told_too(number: int) -> None:
    world.team("support", "nora")
    night = {day: [["00:00", "01:00"]] for day in ("sat", "sun")}
    Engineer.objects.create(account=world.person("ines"), backup=world.person("nora"), weekly=night)
    swept(NOW + 2 * HOUR + MINUTE)
    assert letters() == ["desk-promise to ines", "desk-promise to nora"]


def test_each_letter_can_be_switched_off_but_for_the_page_of_a_lead(number: int) -> None:
    for who in ("ines", "cem", "marta"):
        for choice in ("promises", "escalations"):
            LetterChoice.objects.create(account=world.person(who), choice=choice, wanted=False)
    swept(NOW + 2 * HOUR + MINUTE)
    swept(DUE + MINUTE)
    assert letters() == []
    Case.objects.update(owner=None, severity="A")
    assert page_lead(number, at=DUE + 2 * MINUTE) == "lead"
    telling.tell(FactRow.objects.filter(code="case.escalated").latest("pk").pk, at=DUE + 2 * MINUTE)
    assert letters() == ["desk-paged to cem"]


# A critical request that nobody can take

NIGHT = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)  # a Saturday


def opened_at_night(plan: world.Agreement, severity: str = "A") -> int:
    number = sent(plan, severity, at=NIGHT)
    fact = FactRow.objects.get(code="case.opened", subject_id=number)
    tasks.queue_assignment(fact.pk)
    if assignment.assign_critical(number, at=NIGHT) is None:
        page_lead(number, at=NIGHT)
    return number


def told_leads(number: int) -> list[list[int]]:
    return list(Escalation.objects.filter(case=number, step="lead").values_list("told", flat=True))


@pytest.mark.req("SEV-5")
def test_an_unassigned_critical_request_pages_the_lead_on_shift_at_once_and_once(
    plan: world.Agreement,
) -> None:
    world.team("support", "ines", "cem", "nora")
    for who, weekly in (("ines", OFFICE), ("cem", OFFICE)):
        Engineer.objects.create(account=world.person(who), weekly=weekly)
    Engineer.objects.create(account=world.person("nora"), products=["sql-server"])
    TeamMember.objects.exclude(account=world.person("ines")).update(is_lead=True)
    number = opened_at_night(plan)
    assert told_leads(number) == [[world.person("nora").pk]], "Cem sleeps"
    assert page_lead(number, at=NIGHT + HOUR) is None
    [waits] = waiting_for(world.viewer("nora"))
    assert (waits.number, waits.is_mine) == (number, True)
    work.assign(number, world.person("nora").pk, seen=None, actor=world.viewer("nora"), at=NIGHT)
    assert waiting_for(world.viewer("nora")) == (), "it has an owner"
    assert escalation.go_on(at=NIGHT + 2 * HOUR) == 0


@pytest.mark.req("SEV-5")
def test_what_the_lead_leaves_lying_goes_to_the_manager(plan: world.Agreement) -> None:
    team = world.team("support", "ines")
    Engineer.objects.create(account=world.person("ines"), weekly=OFFICE)
    TeamMember.objects.update(is_lead=True)
    Team.objects.filter(pk=team.pk).update(manager=world.person("marta"))
    number = opened_at_night(plan)
    assert told_leads(number) == [[world.person("ines").pk]], (
        "nobody leads at night, so all who lead are told"
    )
    assert escalation.go_on(at=NIGHT + HOUR) == 1
    assert Escalation.objects.get(step="manager").told == [world.person("marta").pk]


@pytest.mark.parametrize("severity", ["B", "C"])
def test_the_lead_is_not_paged_for_others(severity: str, plan: world.Agreement) -> None:
    world.team("support", "ines")
    TeamMember.objects.update(is_lead=True)
    number = opened_at_night(plan, severity)
    assert told_leads(number) == []


def test_the_queue_shows_what_waits_to_the_teams_it_stands_with_and_to_nobody_else(number: int) -> None:
    swept(DUE + MINUTE)
    for who, mine in (("marta", True), ("ines", False)):
        [waits] = waiting_for(world.viewer(who))
        assert (waits.told, waits.is_mine) == (("Marta Nowak",), mine)
    world.team("billing", "nora")
    assert waiting_for(world.viewer("nora")) == waiting_for(world.viewer("carla")) == ()
    up(number, "ines", DUE + 2 * MINUTE)
    assert waiting_for(world.viewer("marta")) == ()


def test_what_the_manager_knows_already_does_not_go_on_to_them_and_holds_up_nobody_else(
    number: int, plan: world.Agreement
) -> None:
    swept(DUE + MINUTE)
    nora, ines = world.viewer("nora"), world.viewer("ines")
    escalation.ask_for_manager(number, reason="Nobody calls.", actor=nora, at=DUE + 2 * MINUTE)
    other = sent(plan, at=DUE + 2 * MINUTE)
    work.assign(other, world.person("ines").pk, seen=None, actor=ines, at=DUE + 2 * MINUTE)
    escalation.ask_for_manager(other, reason="Nor here.", actor=nora, at=DUE + 3 * MINUTE)
    assert escalation.go_on(at=DUE + 100 * HOUR) == 1
    taken = Escalation.objects.order_by("pk").values_list("case_id", "step")
    assert list(taken) == [
        (number, "manager"),
        (number, "engineers"),
        (other, "engineers"),
        (other, "manager"),
    ]


def test_a_broken_promise_escalates_once_however_often_its_job_runs(number: int) -> None:
    swept(DUE + MINUTE)
    broken = FactRow.objects.get(code="case.promise-broken")
    for _again in range(2):
        tasks.escalate_broken(broken.pk)
    assert [each.step for each in Escalation.objects.all()] == ["manager"]
    up(number, "marta", DUE + 2 * MINUTE)
    tasks.escalate_broken(broken.pk)
    assert [each.step for each in Escalation.objects.all()] == ["manager"]
