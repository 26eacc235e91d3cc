"""When a request goes wrong: a promise that breaks reaches the manager, and a requester asks for one; both are taken up
with a name that the requester reads (ESC-1)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from pactdesk.accounts.models import Team
from pactdesk.cases.models import Case
from pactdesk.cases.services import work
from pactdesk.cases.services.sweeping import sweep
from pactdesk.notifications.models import OutgoingMail
from tests import queues, world
from tests.journeys.conftest import Enter, run_jobs

pytestmark = pytest.mark.req("ESC-1", "ESC-2")


@pytest.fixture
def case(town: str) -> Case:
    """A request of nine days ago that Ines owns and has not answered; Marta manages her team."""
    world.team("support", "ines")
    Team.objects.update(manager=world.person("marta"))
    case = queues.request(at=timezone.now() - timedelta(days=9))
    at = case.opened_at
    work.assign(case.pk, world.person("ines").pk, seen=None, actor=world.viewer("ines"), at=at)
    return case


def written_to(kind: str) -> list[str]:
    mails = OutgoingMail.objects.filter(kind=kind).order_by("pk")
    return [mail.to_address.partition("@")[0] for mail in mails]


def test_a_broken_promise_reaches_the_manager_who_takes_it_up_with_a_name(enter: Enter, case: Case) -> None:
    sweep(at=case.first_response_due_at + timedelta(minutes=1))
    run_jobs()
    assert written_to("desk-escalated") == ["marta"]
    marta = enter("marta", viewport={"width": 1400, "height": 900})
    marta.goto("/desk/")
    waiting = marta.get_by_role("region", name="Waits to be taken up")
    expect(waiting).to_contain_text(f"PD-{case.pk}")
    expect(waiting).to_contain_text("You were told")
    waiting.get_by_role("link", name=f"PD-{case.pk}").click()
    marta.get_by_role("button", name="Take it up").click()
    expect(marta.get_by_text(f"You take care of PD-{case.pk}.")).to_be_visible()
    expect(marta.get_by_role("button", name="Take it up")).to_have_count(0)
    run_jobs()
    assert written_to("taken-up") == ["carla"]
    carla = enter("carla")
    carla.goto(f"/requests/PD-{case.pk}/")
    expect(carla.locator("#standing")).to_contain_text("Marta Nowak takes care of it.")
    expect(carla.get_by_text("Marta Nowak takes care that it goes on")).to_be_visible()
    # The clock runs on: late it is, whoever takes care of it.
    expect(carla.locator("#standing")).to_contain_text("late", ignore_case=True)


def test_who_is_not_content_asks_for_a_manager_and_is_heard_at_the_desk(enter: Enter, case: Case) -> None:
    carla = enter("carla")
    carla.goto(f"/requests/PD-{case.pk}/")
    carla.get_by_role("link", name="Ask for a manager").click()
    expect(carla.get_by_text("Ines Moreau gets an e-mail with what you write here.")).to_be_visible()
    expect(carla.get_by_text("If nobody takes it up within an hour, it goes to Marta Nowak.")).to_be_visible()
    carla.get_by_label("What goes wrong?").fill("Nobody has called since Monday.")
    carla.get_by_role("button", name="Ask for a manager").click()
    expect(carla.locator("#standing")).to_contain_text("Nobody has taken it up yet.")
    run_jobs()
    assert written_to("desk-escalated") == ["ines"]

    # By keys alone: over the page, to the request, and back out of the sheet of keys.
    ines = enter("ines", viewport={"width": 1400, "height": 900})
    ines.goto("/desk/?view=closed")
    ines.keyboard.press("?")
    sheet = ines.get_by_role("dialog", name="Keys")
    expect(sheet).to_contain_text("Go to a page, a request or a person")
    ines.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    ines.keyboard.press("Control+k")
    ines.keyboard.type(str(case.pk))
    expect(ines.get_by_role("dialog", name="Go to").get_by_role("link")).to_have_count(1)
    ines.keyboard.press("Enter")
    expect(ines).to_have_url(re.compile(f"/desk/requests/PD-{case.pk}/"))
    expect(ines.get_by_text("Nobody has called since Monday.").first).to_be_visible()
    ines.get_by_role("link", name="Tell Marta Nowak").click()
    ines.get_by_label("What they have to know").fill("They lose orders.")
    ines.get_by_role("button", name="Tell the manager").click()
    expect(ines.get_by_text("Marta Nowak is told by e-mail.")).to_be_visible()
    ines.get_by_role("button", name="Take it up").click()
    expect(ines.get_by_text(f"You take care of PD-{case.pk}.")).to_be_visible()

    carla.reload()
    expect(carla.locator("#standing")).to_contain_text("Ines Moreau takes care of it.")
