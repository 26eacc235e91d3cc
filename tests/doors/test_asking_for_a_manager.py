"""Whom to reach about a request, and asking for a manager: on its page, and by a program (ESC-1)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import override_settings
from django.utils import timezone

from pactdesk.accounts.models import Team
from pactdesk.cases.models import Case, Escalation
from pactdesk.cases.services import ending, work
from pactdesk.cases.services.escalation import go_on, take_up
from pactdesk.routing.models import Engineer
from tests import world
from tests.conversations import sent
from tests.doors.guided import texts
from tests.doors.programs import codes, kind, new_key, program
from tests.doors.visitors import visitor

# A question of money, about which no plan is asked.
BILLING = {
    "product": "office-ltsc",
    "version": "2024",
    "usage": "",
    "category": "licences",
    "problem": "licences-missing",
}

pytestmark = [pytest.mark.django_db, pytest.mark.req("ESC-1")]


@pytest.fixture
def case() -> Case:
    """A request that Ines owns; Marta manages her team, and Olaf stands in for her."""
    case = sent(world.agreement(registered=["carla"]), share=("cem",))
    world.team("support", "olaf")
    Team.objects.update(manager=world.person("marta"))
    Engineer.objects.create(account=world.person("ines"), backup=world.person("olaf"))
    work.assign(case.pk, world.person("ines").pk, seen=None, actor=world.viewer("ines"), at=timezone.now())
    return case


def url(case: Case, page: str = "") -> str:
    return f"/requests/PD-{case.pk}/{page}"


def ask(case: Case, who: str = "carla", reason: str = "Nobody has called.") -> HttpResponse:
    return visitor(who).post(url(case, "manager/"), {"reason": reason})


def steps(case: Case) -> list[str]:
    return list(Escalation.objects.filter(case=case).order_by("pk").values_list("step", flat=True))


def test_the_page_names_the_engineer_the_backup_and_the_manager_and_how_to_reach_them(case: Case) -> None:
    answer = visitor("cem").get(url(case))
    page = texts(answer)
    for name, role in (("ines", "Your engineer"), ("olaf", "Stands in"), ("marta", "Manager")):
        person = world.person(name)
        assert f"{person.get_full_name()} {role} {person.contact_email} {person.phone}" in page
        assert f'href="tel:{person.phone.replace(" ", "")}"' in answer.content.decode()
    assert "Ask for a manager" in page


def test_asking_tells_before_who_will_know_and_takes_each_step_once(case: Case) -> None:
    page = texts(visitor("carla").get(url(case, "manager/")))
    assert "Ines Moreau and Olaf Berg get an e-mail with what you write here." in page
    assert "If nobody takes it up within an hour, it goes to Marta Nowak." in page
    assert ask(case)["Location"] == url(case)
    shown = texts(visitor("carla").get(url(case)))
    assert "you asked for help, and Ines Moreau and Olaf Berg were told." in shown
    assert "Nobody has taken it up yet." in shown
    assert "Carla Papadaki asked for help" in texts(visitor("cem").get(url(case)))

    assert "Marta Nowak gets an e-mail" in texts(visitor("cem").get(url(case, "manager/")))
    assert ask(case, "cem").status_code == 302
    page = texts(visitor("carla").get(url(case, "manager/")))
    assert "Everybody who could help has been told already" in page
    assert "Ask for a manager" not in texts(visitor("carla").get(url(case)))
    assert ask(case).status_code == 422
    assert steps(case) == ["engineers", "manager"]


def test_the_requester_reads_who_took_it_up(case: Case) -> None:
    ask(case)
    take_up(case.pk, actor=world.viewer("ines"), at=timezone.now())
    page = texts(visitor("carla").get(url(case)))
    assert "Ines Moreau takes care of it." in page
    assert "Ines Moreau takes care that it goes on" in page
    assert "Ines Moreau and Olaf Berg get an e-mail" in texts(visitor("carla").get(url(case, "manager/")))


def test_what_time_alone_did_is_told_as_such(case: Case) -> None:
    ask(case)
    go_on(at=timezone.now() + timedelta(days=4))
    assert "Marta Nowak was told because of the time that had passed." in texts(
        visitor("carla").get(url(case))
    )


def test_a_reason_is_asked_for_and_kept_when_nobody_is_left_to_tell(case: Case) -> None:
    answer = ask(case, reason=" ")
    assert answer.status_code == 422
    assert "Say why, in a few words." in texts(answer)
    assert steps(case) == []


def test_where_nobody_stands_behind_a_request_the_page_says_so(case: Case) -> None:
    Team.objects.update(manager=None)
    Case.objects.update(owner=None)
    assert "no manager is named for its team" in texts(visitor("carla").get(url(case, "manager/")))
    assert ask(case).status_code == 422
    assert "Who helps you Nobody yet" in texts(visitor("carla").get(url(case)))


def test_nobody_whose_account_is_switched_off_is_named_or_told(case: Case) -> None:
    olaf = world.person("olaf", is_active=False)
    assert "Olaf" not in texts(visitor("carla").get(url(case)))
    ask(case)
    assert olaf.pk not in Escalation.objects.get().told


def test_a_closed_request_leads_to_reopening_it(case: Case) -> None:
    ending.close_by_contact(case.pk, reason="Solved.", actor=world.viewer("carla"), at=timezone.now())
    answer = visitor("carla").get(url(case, "manager/"))
    assert "This request is closed. Reopen it first." in texts(answer)
    assert f'href="{url(case, "reopen/")}"' in answer.content.decode()
    assert ask(case).status_code == 422


@override_settings(SERVICE_CENTRE_ADDRESS="centre@vendor.example", FEEDBACK_ADDRESS="feedback@vendor.example")
def test_a_question_of_billing_names_the_service_centre_and_where_it_goes_when_unresolved(case: Case) -> None:
    assert "feedback@vendor.example" not in texts(visitor("carla").get(url(case)))
    billing = sent(None, **BILLING)
    page = texts(visitor("carla").get(url(billing)))
    assert "The service centre answers questions about billing: centre@vendor.example" in page
    assert "If it stays unresolved, write to feedback@vendor.example" in page


def test_a_program_asks_once_for_each_key_and_is_told_who_knows(case: Case) -> None:
    carla, path = program("carla"), f"/requests/PD-{case.pk}/escalations"
    first, key = carla.get(path).json(), new_key()
    assert (first["engineer"]["name"], first["backup"]["name"]) == ("Ines Moreau", "Olaf Berg")
    assert (first["steps"], first["next_step"], first["may_ask"]) == ([], "engineers", True)
    for _again in range(2):
        made = carla.post(path, {"reason": "Nobody has called."}, key=key)
        assert made.status_code == 201
    assert steps(case) == ["engineers"]
    [step] = made.json()["steps"]
    assert (step["told"], step["asked_by"], step["taken_up_by"]) == (
        ["Ines Moreau", "Olaf Berg"],
        "Carla Papadaki",
        None,
    )
    assert carla.post(path, {"reason": "Still nobody."}, key=new_key()).json()["next_step"] is None
    refused = carla.post(path, {"reason": "Hello?"}, key=new_key())
    assert (refused.status_code, kind(refused), codes(refused)) == (
        409,
        "conflict",
        ["escalation.everybody-told"],
    )
    for who in ("ines", "olaf"):
        assert program(who).get(path).status_code == 404
        assert program(who).post(path, {"reason": "x"}, key=new_key()).status_code == 404


def test_a_test_of_a_program_reaches_nobody(case: Case) -> None:
    Case.objects.update(is_test=True)
    assert ask(case).status_code == 422
    assert "only a test: nobody is told" in texts(visitor("carla").get(url(case, "manager/")))
    assert steps(case) == []
