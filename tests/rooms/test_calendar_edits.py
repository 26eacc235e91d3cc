"""A calendar is edited: open requests follow where somebody says so, and what has ended never changes (SEV-6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from pactdesk.cases.models import Case, ClockEvent, Timer
from pactdesk.cases.queries.calendars import calendar_preview
from pactdesk.cases.rules.calendars import Follow
from pactdesk.cases.services.calendars import apply_calendar
from pactdesk.cases.services.sweeping import sweep
from pactdesk.catalog import queries as catalog
from pactdesk.journal.models import FactRow
from pactdesk.servicelevels.models import Calendar, CalendarVersion
from pactdesk.servicelevels.services import CalendarTerms, Years, issue_calendar_version
from tests import world
from tests.rooms.test_clocks import HOUR, NOW, answered, case, closed, is_kept_as_folded, plan, sent, shown

__all__ = ["plan"]

pytestmark = [pytest.mark.django_db, pytest.mark.req("SEV-6")]

# Four hours of B from Friday 14:02 in Prague: Monday 10:02. From eight in the morning on: Monday 09:02.
DUE = datetime(2026, 11, 23, 9, 2, tzinfo=UTC)
EARLIER = DUE - HOUR


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    yield
    catalog.forget()


def edited() -> CalendarVersion:
    """The next version of Prague's hours: from eight to five."""
    week = {day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    return issue_calendar_version(
        Calendar.objects.get(code="prague").pk,
        CalendarTerms("Europe/Prague", week, "CZ"),
        years=Years.around(NOW),
        at=NOW,
    )


def test_it_is_shown_before_which_requests_use_another_version_and_what_would_change(
    plan: world.Agreement,
) -> None:
    number, late, over = sent(plan), sent(plan, at=NOW - timedelta(days=9)), sent(plan)
    closed(over, NOW + HOUR)
    version = edited()
    found = calendar_preview(version.pk, at=NOW + HOUR)
    assert (found.version, found.open, found.not_yet_due) == (version.number, 2, 1)
    assert [use.version for use in found.uses] == [version.number - 1]
    samples = {sample.number: (sample.before, sample.after) for sample in found.samples}
    assert samples[f"PD-{number}"] == (DUE, EARLIER)
    assert set(samples) == {f"PD-{number}", f"PD-{late}"}
    assert case(number).due_at == DUE


@pytest.mark.parametrize(("which", "follow"), [(Follow.NONE, 0), (Follow.NOT_YET_DUE, 1), (Follow.ALL, 2)])
def test_requests_follow_as_was_chosen_and_each_change_is_an_event(
    plan: world.Agreement, which: Follow, follow: int
) -> None:
    number, late = sent(plan), sent(plan, at=NOW - timedelta(days=9))
    sweep(at=NOW)
    before = case(late).due_at
    version, marta = edited(), world.viewer("marta")
    for _again in range(2):
        changed = apply_calendar(version.pk, which, actor_id=marta.account_id, at=NOW + HOUR)
        assert changed == (0 if _again else follow)
    assert case(number).due_at == (EARLIER if which is not Follow.NONE else DUE)
    assert (case(late).due_at == before) is (which is not Follow.ALL)
    assert ClockEvent.objects.filter(kind="calendar-changed").count() == follow
    assert FactRow.objects.filter(code="case.calendar-changed").count() == follow
    assert is_kept_as_folded(number, NOW + HOUR)
    assert is_kept_as_folded(late, NOW + HOUR)


def test_what_has_ended_never_changes(plan: world.Agreement) -> None:
    number = sent(plan)
    answered(number, NOW + HOUR)
    before = Timer.objects.filter(case_id=number, metric="initial-response").values().get()
    apply_calendar(edited().pk, Follow.ALL, actor_id=None, at=NOW + 2 * HOUR)
    assert Timer.objects.filter(case_id=number, metric="initial-response").values().get() == before
    assert shown(number) == ["initial-response 1 met", "update 1 running"]


def test_an_operator_makes_a_version_and_is_asked_which_requests_follow(plan: world.Agreement) -> None:
    number, version = sent(plan), edited()
    operator = Client()
    operator.force_login(world.person("marta", is_staff=True, is_superuser=True))
    address = reverse("admin:servicelevels_calendarversion_apply_to_open", args=[version.pk])
    with time_machine.travel(NOW + HOUR, tick=False):
        page = operator.get(address).content.decode()
        assert "1 open request uses version" in page
        assert "2026-11-23 09:02" in page
        assert "2026-11-23 08:02" in page
        assert operator.post(address, {"which": "some"}).status_code == 302
        assert case(number).due_at == DUE
        assert operator.post(address, {"which": "all"}).status_code == 302
        assert "No open request" in operator.get(address).content.decode()
    assert case(number).due_at == EARLIER
    assert Case.objects.get(pk=number).calendar_id == version.pk
    assert operator.get(address.replace(str(version.pk), "999999")).status_code == 404
