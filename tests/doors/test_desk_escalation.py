"""What goes wrong, at the desk: it stands above the queue and on the request, is taken up or taken further, and goes to
the next free engineer; and why a request stands with its team (ESC-1, SEV-5, RTE-1)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from pactdesk.accounts.models import Team
from pactdesk.cases.models import Case, Escalation
from pactdesk.cases.services import work
from pactdesk.cases.services.escalation import ask_for_manager
from pactdesk.cases.services.sweeping import sweep
from pactdesk.routing.models import Engineer
from tests import queues, world
from tests.doors.guided import texts
from tests.doors.visitors import visitor

pytestmark = [pytest.mark.django_db, pytest.mark.req("ESC-1")]


@pytest.fixture
def case() -> Case:
    """A request that Ines owns and Carla is not content with; Marta manages the team of Ines and Olaf."""
    team = world.team("support", "ines", "olaf")
    Team.objects.filter(pk=team.pk).update(manager=world.person("marta"))
    case = queues.request()
    at = timezone.now()
    work.assign(case.pk, world.person("ines").pk, seen=None, actor=world.viewer("ines"), at=at)
    ask_for_manager(case.pk, reason="Nobody has called.", actor=world.viewer("carla"), at=at)
    return Case.objects.get(pk=case.pk)


def url(case: Case, page: str = "") -> str:
    return f"/desk/requests/PD-{case.pk}/{page}"


def told(client: Client, answer: HttpResponse) -> str:
    return texts(client.get(answer["Location"]))


def test_what_waits_stands_above_the_queue_and_is_taken_up_there_with_a_name(case: Case) -> None:
    ines, marta = visitor("ines"), visitor("marta")
    for client, mine in ((ines, True), (marta, False)):
        page = texts(client.get("/desk/?view=team"))
        assert "Waits to be taken up" in page
        assert "Carla Papadaki asked for help" in page
        assert "Told: Ines Moreau." in page
        assert ("You were told" in page) is mine
    answer = marta.post(url(case, "help/"), {"next": "/desk/?view=team"})
    assert answer["Location"] == "/desk/?view=team"
    assert f"You take care of PD-{case.pk}." in told(marta, answer)
    assert "Waits to be taken up" not in texts(ines.get("/desk/"))
    assert Escalation.objects.get().taken_up_by_id == world.person("marta").pk
    assert "Marta Nowak takes it up" in texts(ines.get(url(case)))


def test_the_request_says_what_goes_wrong_and_lets_one_take_it_further(case: Case) -> None:
    ines = visitor("ines")
    page = texts(ines.get(url(case)))
    assert "Carla Papadaki asked for help" in page
    assert "Nobody has called." in page
    assert "Tell Marta Nowak" in page
    asked = texts(ines.get(url(case, "manager/")))
    assert "Now an e-mail goes to Marta Nowak. The contacts see that, too." in asked
    assert ines.post(url(case, "manager/"), {"reason": ""}).status_code == 422
    answer = ines.post(url(case, "manager/"), {"reason": "They lose money."})
    assert "Marta Nowak is told by e-mail." in told(ines, answer)
    assert Escalation.objects.get(step="manager").told == [world.person("marta").pk]
    assert "Ines Moreau took it to the manager" in texts(ines.get(url(case)))
    assert "Brought to the attention of the engineers’ manager" in texts(
        visitor("carla").get(f"/requests/PD-{case.pk}/")
    ).replace("'", "’")
    assert "knows already, or nobody is named there" in texts(ines.get(url(case, "manager/")))
    assert ines.post(url(case, "manager/"), {"reason": "Again."}).status_code == 422


def test_a_promise_in_danger_can_be_taken_up_before_it_breaks(case: Case) -> None:
    quiet = queues.request()
    work.assign(quiet.pk, world.person("ines").pk, seen=None, actor=world.viewer("ines"), at=timezone.now())
    sweep(at=quiet.first_response_due_at - timedelta(minutes=1))
    ines = visitor("ines")
    assert "The first answer is in danger." in texts(ines.get(url(quiet)))
    ines.post(url(quiet, "help/"))
    page = texts(ines.get(url(quiet)))
    assert "The first answer is in danger." not in page
    assert "Ines Moreau takes care that what is owed is done" in page
    assert "takes care that what is owed" not in texts(visitor("carla").get(f"/requests/PD-{quiet.pk}/"))


@pytest.mark.req("SEV-5")
def test_the_next_free_engineer_is_named_with_the_reason_and_so_is_who_was_passed_over(case: Case) -> None:
    world.team("support", "nora", "cem", "rafael")
    Engineer.objects.create(account=world.person("nora"), away_from=timezone.now())
    Engineer.objects.create(account=world.person("cem"), products=["sql-server"])
    Engineer.objects.create(account=world.person("rafael"), languages=["fr"])
    ines = visitor("ines")
    page = texts(ines.get(url(case, "next/")))
    assert "Olaf Berg 0 of 8 in hand On shift, with the skills and the language for it" in page
    for line in (
        "Nora Dvořáková 0 of 8 in hand Away",
        "Cem Kowalski 0 of 8 in hand Does not work on this product or kind of question",
        "Rafael Lemaire 0 of 8 in hand Does not speak the language of the request",
    ):
        assert line in page
    assert "Ines Moreau 0" not in page, "it is hers already"
    answer = ines.post(url(case, "next/"), {"seen": str(case.revision)})
    assert "belongs to Olaf Berg now." in told(ines, answer)
    late = ines.post(url(case, "next/"), {"seen": str(case.revision)})
    assert late.status_code == 422
    assert "Somebody changed this request while you were working on it." in texts(late)


def test_where_nobody_is_free_the_page_says_so_and_nothing_changes(case: Case) -> None:
    Engineer.objects.create(account=world.person("olaf"), away_from=timezone.now())
    ines = visitor("ines")
    assert "Nobody of the team can take it now." in texts(ines.get(url(case, "next/")))
    assert ines.post(url(case, "next/"), {"seen": str(case.revision)}).status_code == 422
    assert Case.objects.get().owner_id == world.person("ines").pk


def test_a_call_about_a_critical_request_is_put_through_to_the_number_that_is_shown(case: Case) -> None:
    Case.objects.update(severity="A")
    ines, olaf = visitor("ines"), world.person("olaf")
    assert "Transfer the call" in texts(ines.get(url(case)))
    answer = ines.get(url(case, "next/"))
    assert f"{olaf.phone} · {olaf.contact_email}" in texts(answer)
    assert "Transfer the call and the request" in texts(answer)


@pytest.mark.req("RTE-1")
def test_both_sides_read_why_the_request_stands_with_its_team() -> None:
    world.team("support", "ines")
    world.team("hellas", "ines", takes={"country": ["GR"], "problem_type": ["break-fix"]})
    case = queues.request()
    ines = visitor("ines")
    for page in (texts(visitor("carla").get(f"/requests/PD-{case.pk}/")), texts(ines.get(url(case)))):
        assert "Team Hellas Why this team?" in page
        assert "because of what the request is about and where it comes from." in page
        assert "Kind of question Something does not work Country Greece" in page
    work.transfer(
        case.pk,
        world.team("support").pk,
        note="Theirs.",
        seen=None,
        actor=world.viewer("ines"),
        at=timezone.now(),
    )
    page = texts(visitor("carla").get(f"/requests/PD-{case.pk}/"))
    assert "Team Support Why this team? Another team had it first and handed it over." in page
    assert "Country Greece" not in page
    other = queues.request(who="cem")
    assert "answers everything for which no other team is named." in texts(ines.get(url(other)))
