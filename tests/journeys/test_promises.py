"""What was promised, as people see it: at night, on a holiday, while the ball is with them, and in the queue."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from pactdesk.cases.models import Case
from pactdesk.cases.rules.status import Move
from pactdesk.cases.services import severity
from pactdesk.kernel.ids import new_key
from pactdesk.notifications.models import OutgoingMail
from tests import queues, world
from tests.conversations import answers
from tests.doors.test_promise_pages import sent
from tests.journeys.conftest import Enter, run_jobs

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.mark.req("SEV-4")
def test_nobody_is_reached_at_night_so_it_is_lowered_and_a_contact_restores_it(enter: Enter) -> None:
    now = timezone.now()
    case = sent("A", at=now - 50 * MINUTE)
    severity.log_attempt(
        case.pk,
        channel="phone",
        outcome="no-answer",
        made_at=now - 40 * MINUTE,
        key=new_key(),
        actor=world.viewer("ines"),
        at=now - 40 * MINUTE,
    )
    ines = enter("ines")
    ines.goto(f"/desk/requests/PD-{case.pk}/")
    expect(ines.locator(".request-head .chip[data-clock]")).to_contain_text(re.compile(r"in 1 h \d+ min"))
    ines.get_by_role("link", name="Attempts to reach somebody").click()
    expect(ines.locator("main")).to_contain_text("Attempts so far: 1.")
    expect(ines.get_by_role("link", name="Lower to B")).to_have_count(0)
    ines.get_by_label("A message was left").check()
    ines.get_by_role("button", name="Write it down").click()
    ines.get_by_role("link", name="Lower to B").click()
    expect(ines.locator("#outlook")).to_contain_text("First answer")
    ines.get_by_role("button", name="Lower it, because nobody can be reached").click()
    expect(ines.locator(".timeline")).to_contain_text(
        "Lowered from severity A to B, because Night desk could not be reached"
    )
    run_jobs()

    letter = OutgoingMail.objects.get(kind="severity-lowered")
    link = re.search(r"/requests/PD-\d+/restore/", letter.text)
    assert link is not None
    carla = enter("carla")
    carla.goto(link.group())
    expect(carla.locator("main")).to_contain_text("We call Night desk at +420 601 123 999, day and night.")
    carla.get_by_role("button", name="Make it severity A again").click()
    expect(carla.locator(".timeline")).to_contain_text("Severity A restored by you")
    expect(carla.locator("#standing .chip[data-clock]")).to_contain_text(re.compile(r"in (2 h 0|1 h 59) min"))
    assert Case.objects.get(pk=case.pk).hours == "24x7"


@pytest.mark.req("SEV-1", "SEV-6")
def test_a_holiday_moves_an_answer_and_raising_the_severity_brings_it_forward(enter: Enter) -> None:
    case = sent()  # on a Friday evening in Prague, before a holiday
    carla = enter("carla")
    carla.goto(f"/requests/PD-{case.pk}/")
    carla.get_by_role("link", name="Why this time?").click()
    expect(carla.get_by_role("row", name="Mon 28 Sept 2026")).to_contain_text("Public holiday: Statehood Day")
    expect(carla.get_by_role("row", name="Tue 29 Sept 2026")).to_contain_text("09:00–13:00")
    case = sent(at=timezone.now())
    carla.goto(f"/requests/PD-{case.pk}/")
    carla.get_by_role("link", name="Change the severity").click()
    carla.locator("[name=severity][value=A]").check()
    carla.locator("[name=night_name]").fill("Night desk")
    carla.locator("[name=night_phone]").fill("+420 601 123 999")
    carla.locator("[name=night_agreed]").check()
    carla.locator("[name=reason]").fill("Nobody can work.")
    carla.get_by_role("button", name="Show what would happen").click()
    expect(carla.locator("#outlook")).to_contain_text("News from us at least every 4 hours")
    assert Case.objects.get(pk=case.pk).severity == "B"
    carla.get_by_role("button", name="Change it to A").click()
    expect(carla.locator(".timeline")).to_contain_text("Severity changed from B to A by you")
    expect(carla.locator("#standing")).to_contain_text(
        "Reachable day and night: Night desk, +420 601 123 999"
    )


@pytest.mark.req("SEV-6")
def test_the_clock_stands_still_until_the_requester_answers(enter: Enter) -> None:
    now = timezone.now()
    case = sent(at=now - 3 * HOUR)
    answers(case, at=now - 2 * HOUR, then=Move.ASK)
    carla = enter("carla")
    carla.goto(f"/requests/PD-{case.pk}/")
    expect(carla.locator("#standing")).to_contain_text("The clock stands still while it is your turn.")
    carla.locator("[name=text]").fill("Here is the log.")
    carla.get_by_role("button", name="Send reply").click()
    expect(carla.locator("#standing")).to_contain_text("News by")
    expect(carla.locator("#standing .chip[data-clock]")).to_be_visible()
    carla.locator("#standing").get_by_role("link", name="Why this time?").click()
    expect(carla.get_by_role("heading", name="The clock stood still")).to_be_visible()


@pytest.mark.req("SEV-6")
def test_the_queue_is_sorted_by_what_is_due_and_its_clocks_count_on(enter: Enter) -> None:
    world.team("support", "ines")
    now = timezone.now()
    last, first, late = (
        queues.request(summary=words, due_at=now + away)
        for words, away in (
            ("Due last", 5 * HOUR),
            ("Due first", HOUR + 12 * MINUTE + timedelta(seconds=30)),
            ("Late already", -4 * MINUTE),
        )
    )
    ines = enter("ines")
    ines.clock.install()
    ines.goto("/desk/?view=team")
    rows = ines.locator(".queue tbody tr")
    assert [row.split()[0] for row in rows.locator("th a").all_inner_texts()] == [
        f"PD-{case.pk}" for case in (late, first, last)
    ]
    clock = rows.nth(1).locator("[data-clock] time")
    expect(clock).to_have_text("in 1 h 12 min")
    ines.clock.fast_forward("05:00")
    expect(clock).to_have_text("in 1 h 7 min")
    ines.clock.fast_forward("01:00:00")
    expect(clock).to_have_text("in 7 min")
    expect(rows.nth(1).locator("use")).to_have_attribute("href", "#clock-soon")
    ines.clock.fast_forward("10:00")
    expect(clock).to_have_text("late by 2 min")
    expect(rows.nth(1).locator(".chip")).to_have_class(re.compile("chip-bad"))
