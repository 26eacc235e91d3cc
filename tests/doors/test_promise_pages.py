"""What was promised, why it is due when it is, and how it is changed: the pages of contacts and of the desk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from pactdesk.accounts.models import Team
from pactdesk.cases.models import Case
from pactdesk.cases.rules.answers import AROUND_THE_CLOCK, Support
from pactdesk.cases.rules.status import Move
from pactdesk.cases.services.submission import submit
from pactdesk.kernel.ids import new_key
from tests import world
from tests.conversations import answers, says
from tests.doors.guided import texts
from tests.doors.visitors import visitor
from tests.drafts import problem, ready

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


# ----- another severity

NIGHT = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)  # a Friday, 23:00 in Prague and midnight in Athens
REACHABLE = {
    "severity": "A",
    "hours": "24x7",
    "night_name": "Night desk",
    "night_phone": "+420 601 123 999",
    "night_zone": "Europe/Prague",
    "night_agreed": "on",
    "reason": "Nobody can work.",
}


def send(client: Client, case: Case, name: str, at: datetime, **data: str) -> HttpResponse:
    with time_machine.travel(at, tick=False):
        return client.post(url(case, name), data)


def now(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


@pytest.mark.req("SEV-1")
@pytest.mark.req("SEV-6")
@pytest.mark.parametrize(
    ("who", "name", "place"),
    [("carla", "portal:request-severity", "Athens"), ("ines", "desk:severity", "Paris")],
)
def test_before_a_severity_is_changed_it_is_shown_what_that_would_do(who: str, name: str, place: str) -> None:
    case, client = sent(), visitor(who)
    asked = {**REACHABLE, "seen": str(case.revision)}
    at = FRIDAY + HOUR
    # Nothing is changed before it was shown, whatever button is pressed.
    shown = send(client, case, name, at, **asked, do="change")
    assert shown.status_code == 200
    told = texts(shown)
    before, after = {"Athens": ("14:00", "22:00"), "Paris": ("13:00", "21:00")}[place]
    assert f"First answer Tue 29 Sept 2026, {before} ({place}) Fri 25 Sept 2026, {after} ({place})" in told
    assert "News from us at least every 4 hours" in told
    assert now(case).severity == "B"
    # Nor is anything else than what was shown.
    other = {**asked, "severity": "C", "shown": "A:24x7"}
    assert send(client, case, name, at, **other, do="change").status_code == 200
    assert now(case).severity == "B"
    changed = send(client, case, name, at, **asked, shown="A:24x7", do="change")
    assert changed.status_code == 302
    subject = now(case)
    assert (subject.severity, subject.hours, subject.due_at) == ("A", "24x7", at + 2 * HOUR)
    assert (subject.night_phone, subject.night_time_zone) == ("+420 601 123 999", "Europe/Prague")
    page = texts(client.get(changed["Location"]))
    assert "Nobody can work." in page


@pytest.mark.req("SEV-4")
def test_day_and_night_needs_somebody_who_agreed_to_it() -> None:
    case, carla = sent(), visitor("carla")
    for missing, words in (
        ("night_name", "Support around the clock needs somebody we can call day and night."),
        ("night_phone", "Enter a phone number."),
        ("night_agreed", "Severity A needs somebody who answers day and night."),
        ("reason", "Say why, in a few words."),
    ):
        response = send(carla, case, "portal:request-severity", FRIDAY, **{**REACHABLE, missing: ""})
        assert response.status_code == 422
        assert words in texts(response), missing
    assert now(case).severity == "B"


def test_what_a_plan_does_not_offer_stands_there_with_why() -> None:
    world.team("support", "ines")
    carla = world.viewer("carla")
    advice = world.agreement("partner-advisory-hours-20", registered=["carla"], at=FRIDAY)
    asked = problem(category="advice", problem="deployment-planning")
    draft = ready(carla, advice.id, at=FRIDAY, problem_answer=asked)
    case = Case.objects.get(pk=submit(draft, terms_accepted=True, actor=carla, at=FRIDAY).number)
    client = visitor("carla")
    assert "The plan you chose does not offer severity A." in texts(
        client.get(url(case, "portal:request-severity"))
    )
    response = send(client, case, "portal:request-severity", FRIDAY, severity="A", reason="Worse.")
    assert response.status_code == 422


def test_an_engineer_who_was_too_slow_is_told_so() -> None:
    case, ines = sent(), visitor("ines")
    says(case, at=FRIDAY + MINUTE)
    slow = {"severity": "C", "reason": "Small.", "shown": "C:business", "seen": str(case.revision)}
    response = send(ines, case, "desk:severity", FRIDAY + HOUR, **slow, do="change")
    assert response.status_code == 422
    assert "Somebody changed this request while you were working on it." in texts(response)


# ----- nobody can be reached


def tries(client: Client, case: Case, at: datetime, outcome: str = "no-answer", **about: str) -> HttpResponse:
    local = at.astimezone(ZoneInfo("Europe/Paris"))
    return send(
        client,
        case,
        "desk:reaching",
        at,
        channel="phone",
        outcome=outcome,
        made_at=f"{local:%Y-%m-%dT%H:%M}",
        key=str(new_key()),
        **about,
    )


@pytest.mark.req("SEV-4")
def test_the_desk_tries_twice_lowers_it_and_a_contact_restores_it_with_one_press() -> None:
    case, ines, carla = sent("A", at=NIGHT), visitor("ines"), visitor("carla")
    told = read(ines, case, "desk:reaching", NIGHT)
    assert "Night desk +420 601 123 999 23:00 there (Prague)" in told
    assert "Call the contact first: after 2 attempts, 30 minutes apart" in told
    assert tries(ines, case, NIGHT + 10 * MINUTE, note="Rang for long").status_code == 302
    told = read(ines, case, "desk:reaching", NIGHT + 11 * MINUTE)
    assert "One more attempt counts from Fri 20 Nov 2026, 23:40 (Paris) on." in told
    assert "Fri 20 Nov 2026, 23:10 (Paris) phone Ines Moreau Rang for long Nobody answered" in told
    # Not yet: whoever asks for it is led to where it says why.
    assert (
        send(ines, case, "desk:lower", NIGHT + 12 * MINUTE, seen=str(now(case).revision)).status_code == 422
    )
    tries(ines, case, NIGHT + 40 * MINUTE)
    assert "It was tried often enough." in read(ines, case, "desk:reaching", NIGHT + 41 * MINUTE)
    told = read(ines, case, "desk:lower", NIGHT + 41 * MINUTE)
    assert "First answer Sat 21 Nov 2026, 01:00 (Paris) Mon 23 Nov 2026, 13:00 (Paris)" in told
    lowered = send(ines, case, "desk:lower", NIGHT + 41 * MINUTE, seen=str(now(case).revision))
    assert lowered.status_code == 302
    assert now(case).severity == "B"
    with time_machine.travel(NIGHT + HOUR, tick=False):
        page = carla.get(url(case, "portal:request"))
    assert "Lowered from severity A to B, because Night desk could not be reached" in texts(page)
    assert "Rang for long" not in page.content.decode()
    told = read(carla, case, "portal:request-restore", NIGHT + HOUR)
    assert "We call Night desk at +420 601 123 999, day and night." in told
    assert "Mon 23 Nov 2026, 14:00 (Athens) Sat 21 Nov 2026, 03:00 (Athens)" in told
    assert send(carla, case, "portal:request-restore", NIGHT + HOUR).status_code == 302
    assert (now(case).severity, now(case).due_at) == ("A", NIGHT + 3 * HOUR)
    again = send(carla, case, "portal:request-restore", NIGHT + HOUR)
    assert again.status_code == 422
    assert "There is nothing to restore" in texts(again)
    assert "restored by you" in texts(carla.get(url(case, "portal:request")))


@pytest.mark.req("SEV-4")
def test_an_attempt_needs_a_time_and_an_outcome() -> None:
    case, ines = sent("A", at=NIGHT), visitor("ines")
    for changes in ({"made_at": "soon"}, {"made_at": ""}, {"outcome": ""}, {"made_at": "2030-01-01T00:00"}):
        data = {"channel": "phone", "outcome": "reached", "made_at": "2026-11-20T23:05", **changes}
        assert send(ines, case, "desk:reaching", NIGHT + HOUR, **data).status_code == 422
    assert now(case).first_response_at is None
    assert tries(ines, case, NIGHT + 10 * MINUTE, "reached").status_code == 302
    assert now(case).first_response_at == NIGHT + 10 * MINUTE
    assert "Ines Moreau has spoken with Night desk (phone)" in texts(
        visitor("carla").get(url(case, "portal:request"))
    )


# ----- an earlier start


@pytest.mark.req("SEV-6")
def test_only_the_manager_sets_the_clock_back_and_sees_before_what_that_does() -> None:
    case, marta, ines = sent(at=FRIDAY - 6 * HOUR), visitor("marta"), visitor("ines")
    Team.objects.update(manager=world.person("marta"))
    at = FRIDAY - 5 * HOUR
    asked = {"start": "2026-09-25T11:00", "reason": "Called before.", "seen": str(case.revision)}
    refused = send(ines, case, "desk:start", at, **asked)
    assert refused.status_code == 422
    assert "Only the manager of the request's team can do this." in texts(refused)
    assert url(case, "desk:start") not in ines.get(url(case, "desk:request")).content.decode()
    assert url(case, "desk:start") in marta.get(url(case, "desk:request")).content.decode()
    shown = send(marta, case, "desk:start", at, **asked)
    assert shown.status_code == 200
    assert "First answer Fri 25 Sept 2026, 16:00 (Warsaw) Fri 25 Sept 2026, 15:00 (Warsaw)" in texts(shown)
    assert now(case).due_at == case.due_at
    start = "2026-09-25T09:00:00+00:00"
    assert send(marta, case, "desk:start", at, **asked, shown=start).status_code == 302
    assert now(case).due_at == case.due_at - HOUR
    assert "Marta Nowak set the clock of the first answer back" in texts(ines.get(url(case, "desk:request")))
