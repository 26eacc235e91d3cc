"""What was promised, why it is due when it is, and how it is changed: the pages of contacts and of the desk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from pactdesk.cases.models import Case
from pactdesk.cases.rules.answers import AROUND_THE_CLOCK, Support
from pactdesk.cases.rules.status import Move
from pactdesk.cases.services.submission import submit
from tests import world
from tests.conversations import answers, says
from tests.doors.guided import texts
from tests.doors.visitors import visitor
from tests.drafts import ready

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
# A Friday, 18:00 in Prague; Monday is the day of Czech statehood.
FRIDAY = datetime(2026, 9, 25, 16, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def sent(severity: str = "B", *, at: datetime = FRIDAY) -> Case:
    """A request of Carla's that a team in Prague's hours works on; severity A around the clock."""
    world.team("support", "ines", "marta")
    carla = world.viewer("carla")
    plan = world.agreement(units=5, registered=["carla"], at=at)
    night = ("Night desk", "+420 601 123 999") if severity == "A" else ("", "")
    hours = AROUND_THE_CLOCK if severity == "A" else ""
    support = Support(plan.id, severity, hours, *night, "CZ", "Europe/Prague")
    draft = ready(carla, plan.id, at=at, support=support)
    return Case.objects.get(pk=submit(draft, terms_accepted=True, actor=carla, at=at).number)


def url(case: Case, name: str, *more: object) -> str:
    return reverse(name, args=[f"PD-{case.pk}", *more])


def read(client: Client, case: Case, name: str, at: datetime) -> str:
    with time_machine.travel(at, tick=False):
        response = client.get(url(case, name))
    assert response.status_code == 200
    return texts(response)


# ----- the chip


@pytest.mark.req("SEV-6")
def test_contacts_see_what_is_owed_next_and_how_long_it_is_until_then() -> None:
    case, carla = sent(), visitor("carla")
    # Four hours of Tuesday morning.
    told = read(carla, case, "portal:request", FRIDAY)
    assert "First answer by Tue 29 Sept 2026, 14:00 (Athens) Tue 14:00 Why this time?" in told
    told = read(carla, case, "portal:request", datetime(2026, 9, 29, 9, 48, tzinfo=UTC))
    assert "First answer by Tue 29 Sept 2026, 14:00 (Athens) in 1 h 12 min" in told
    told = read(carla, case, "portal:request", datetime(2026, 9, 29, 11, 4, tzinfo=UTC))
    assert "First answer was due by Tue 29 Sept 2026, 14:00 (Athens) late by 4 min" in told
    answers(case, at=FRIDAY + HOUR, then=Move.ASK)
    told = read(carla, case, "portal:request", FRIDAY + 2 * HOUR)
    assert "Next news paused The clock stands still while it is your turn. Why this time?" in told
    says(case, at=FRIDAY + 3 * HOUR)
    # The next business day is Tuesday.
    told = read(carla, case, "portal:request", FRIDAY + 4 * HOUR)
    assert "News by Tue 29 Sept 2026, 18:00 (Athens)" in told


def test_the_list_shows_the_same_clock() -> None:
    case, carla = sent(), visitor("carla")
    with time_machine.travel(datetime(2026, 9, 29, 9, 48, tzinfo=UTC), tick=False):
        html = carla.get(reverse("portal:request-list")).content.decode()
    assert '<use href="#clock-due"/></svg><time datetime="2026-09-29T11:00:00Z">in 1 h 12 min</time>' in html
    assert 'id="clock-words"' in html
    assert f"PD-{case.pk}" in html


# ----- why this time


@pytest.mark.req("SEV-6")
@pytest.mark.parametrize(("who", "name"), [("carla", "portal:request-why"), ("ines", "desk:why")])
def test_everybody_can_see_how_a_time_was_counted_with_the_holiday_by_its_name(who: str, name: str) -> None:
    case = sent()
    told = read(visitor(who), case, name, FRIDAY + HOUR)
    for words in (
        "Promised 4 h of business time",
        "Business hours Prague, time of Prague",
        "Day in Prague",
        "Fri 25 Sept 2026 – Closed",
        "Sat 26 Sept 2026 – Closed",
        "Mon 28 Sept 2026 – Public holiday: Statehood Day",
        "Tue 29 Sept 2026 4 h 09:00–13:00",
    ):
        assert words in told, words


@pytest.mark.req("SEV-6")
def test_pauses_and_what_was_done_are_part_of_it() -> None:
    case, carla = sent(at=FRIDAY - 6 * HOUR), visitor("carla")
    answers(case, at=FRIDAY - 5 * HOUR, then=Move.ASK)
    told = read(carla, case, "portal:request-why", FRIDAY - 4 * HOUR)
    assert "It stands still while it is the requester's turn" in told
    assert "Since Fri 25 Sept 2026, 14:00 (Athens)" in told
    says(case, at=FRIDAY - 3 * HOUR)
    told = read(carla, case, "portal:request-why", FRIDAY - 2 * HOUR)
    assert "2 h paused" in told
    assert "From Fri 25 Sept 2026, 14:00 (Athens) until Fri 25 Sept 2026, 16:00 (Athens)" in told
    assert "First answer on time" in told


def test_nobody_else_sees_how_it_was_counted() -> None:
    case = sent()
    for who in ("olaf", "cem"):
        assert visitor(who).get(url(case, "portal:request-why")).status_code == 404
        assert visitor(who).get(url(case, "desk:why")).status_code == 404
