"""The way to a request is open to everybody: by ear, by keyboard, in the dark, on a phone, in their language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.utils import timezone, translation
from django.utils.translation import gettext
from playwright.sync_api import Page, expect

from pactdesk.accounts.rules.tokens import SCOPES
from pactdesk.accounts.services.tokens import issue_client, issue_token
from pactdesk.agreements.models import Registration
from pactdesk.cases.models import Case
from pactdesk.notifications.models import OutgoingMail
from pactdesk.notifications.services.endpoints import add_endpoint
from tests import world
from tests.conversations import sent
from tests.doors.visitors import account
from tests.drafts import problem
from tests.journeys.conftest import Enter, run_jobs
from tests.journeys.steps import (
    MOVING,
    accept_terms,
    answer_problem,
    answer_support,
    choose_problem,
    choose_severity,
    describe_problem,
    expect_step,
    form,
    go_on,
    next_button,
    sign_in,
)

WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 360, "height": 780}

# The place of the focus has an outline, or the card around it.
OUTLINED = """() => {
    const focused = document.activeElement, card = focused.closest(".choice") || focused;
    return [focused, card].some((element) => getComputedStyle(element).outlineStyle !== "none");
}"""

Look = Callable[[str], None]


# Only what is wrong comes back: what is right is a megabyte a page.
WRONG = """async () => {
    const { violations } = await axe.run({ resultTypes: ["violations"] });
    return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id} at ${target}: ${failureSummary}`));
}"""


def broken_rules(page: Page) -> list[str]:
    """What axe finds wrong with the page, with the places."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE_SCRIPT)
    return list(page.evaluate(WRONG))


def looking_at(page: Page, wrong: list[str]) -> Look:
    """`look(name)` examines the page that is shown: on a desk by day, on a phone by night."""

    def look(name: str) -> None:
        for scheme, size in (("light", WIDE), ("dark", NARROW)):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two
            page.set_viewport_size(size)  # type: ignore[arg-type]  # width and height
            wrong.extend(f"{name}, {scheme}: {broken}" for broken in broken_rules(page))
            overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if overflow > 0:
                wrong.append(f"{name} is {overflow} px wider than {size['width']} px")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(WIDE)  # type: ignore[arg-type]  # width and height

    return look


@pytest.mark.req("WIZ-1", "WIZ-2", "WIZ-3", "WIZ-4", "WIZ-5", "WIZ-6")
def test_every_step_is_accessible_by_day_by_night_and_on_a_phone(enter: Enter) -> None:
    world.agreement(units=4, registered=["carla"])
    world.ended_agreement(registered=["carla"])
    page = enter("carla", reduced_motion="reduce")
    wrong: list[str] = []
    look = looking_at(page, wrong)

    page.goto("/requests/new/")
    look("step 1")
    choose_problem(page)
    next_button(page).click()
    expect(page.locator("#id_summary_error")).to_be_visible()
    look("step 1 with mistakes")
    describe_problem(page)
    go_on(page, "support")
    page.locator("#plans summary").first.click()
    page.locator("#add-agreement summary").click()
    page.locator("button[value=add]").click()
    expect(page.locator("#id_access_id_error")).to_be_visible()
    look("step 2 with mistakes")
    choose_severity(page, "A")
    look("step 2, critical")
    choose_severity(page, "B")
    look("step 2")
    go_on(page, "contact")
    look("step 3")
    go_on(page, "share")
    page.locator("[name=name]").fill("Cem Kowalski")
    page.locator("[name=email]").fill("cem@baltic-sails.example")
    page.locator("button[value=add]").click()
    expect(page.locator('button[value^="remove:"]')).to_be_visible()
    look("step 4")
    go_on(page, "verify")
    look("step 5")
    go_on(page, "submit")
    look("step 6")
    accept_terms(page)
    go_on(page, "confirmation")
    look("confirmation")
    assert not wrong, "\n".join(wrong)


def test_the_pages_around_it_are_accessible_by_day_by_night_and_on_a_phone(enter: Enter) -> None:
    agreement = world.agreement(units=4, owner="carla", registered=["carla", "cem"])
    world.ended_agreement(registered=["carla"])
    wrong: list[str] = []

    visitor = enter(reduced_motion="reduce")
    look = looking_at(visitor, wrong)
    for path in ("/", "/accounts/login/", "/accounts/signup/", "/help/", "/api/", "/api/requests/"):
        visitor.goto(path)
        look(path)
    sign_in(visitor, account("petra"))
    expect(visitor).to_have_url(re.compile("/profile/"))
    look("first profile")

    page = enter("carla", reduced_motion="reduce")
    look = looking_at(page, wrong)
    page.goto("/requests/")
    look("no requests")
    answer_problem(page)
    answer_support(page)
    for step in ("share", "verify", "submit"):
        go_on(page, step)
    accept_terms(page)
    go_on(page, "confirmation")
    page.get_by_role("link", name="Open the request").click()
    expect(page.get_by_role("heading", name="Contacts")).to_be_visible()
    look("request")
    answer_problem(page)
    carla, at = world.viewer("carla"), timezone.now()
    issue_token("Build server", scopes=SCOPES, days=90, actor=carla, at=at)
    issue_client("Build server", scopes=SCOPES, actor=carla, at=at)
    for path in (
        "/",
        "/requests/",
        "/requests/drafts/",
        "/benefits/",
        f"/benefits/{agreement.id}/",
        "/profile/programs/",
    ):
        page.goto(path)
        look(path)
    page.goto("/requests/drafts/")
    page.get_by_role("link", name="Discard").first.click()
    look("discarding")
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    look("discarded")
    wrong += in_the_menu_of_a_phone(page)
    assert not wrong, "\n".join(wrong)


def in_the_menu_of_a_phone(page: Page) -> list[str]:
    """What is wrong with the menu that holds the places of the top bar on a phone; goes to one of them by keyboard."""
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]  # width and height
    page.goto("/benefits/")
    assert page.evaluate("document.querySelector('.topbar').offsetHeight") < 70, "it is not one line"
    menu = page.get_by_role("navigation", name="Main")
    expect(menu).to_have_count(1)
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(menu.get_by_role("link", name="Benefits")).to_have_attribute("aria-current", "page")
    wrong = [f"menu: {broken}" for broken in broken_rules(page)]
    page.keyboard.press("Escape")
    expect(menu.get_by_role("link", name="Benefits")).to_be_hidden()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/requests/$"))
    return wrong


def on_a_phone_by_night(page: Page, paths: Iterable[str]) -> list[str]:
    """What is wrong with pages that are built of parts which other tests look at in every light."""
    wrong = []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]  # width and height
    for path in paths:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == (404 if path.endswith("/PD-1/") else 200), path
        wrong += [f"{path}: {broken}" for broken in broken_rules(page)]
        overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if overflow > 0:
            wrong.append(f"{path} is {overflow} px too wide")
    return wrong


def test_every_other_page_of_a_requester_is_accessible_on_a_phone_by_night(enter: Enter) -> None:
    plan = world.agreement(units=4, owner="carla", registered=["carla", "cem"])
    case = sent(plan, share=("cem",))
    carla, at = world.viewer("carla"), timezone.now()
    token = issue_token("Build server", scopes=SCOPES, days=90, actor=carla, at=at)
    client = issue_client("Build server", scopes=SCOPES, actor=carla, at=at)
    hook = add_endpoint(
        "https://hooks.example.com/" + "h" * 100,
        description="",
        events=["request.opened"],
        actor=carla,
        at=at,
    ).endpoint_id
    seat = Registration.objects.get(agreement=plan.id, account=world.person("cem")).pk
    page = enter("carla", reduced_motion="reduce")
    wrong = on_a_phone_by_night(
        page,
        (
            "/profile/",
            "/profile/programs/tokens/new/",
            "/profile/programs/clients/new/",
            f"/profile/programs/tokens/{token.token_id}/revoke/",
            f"/profile/programs/clients/{client.client_id}/revoke/",
            "/profile/webhooks/",
            f"/profile/webhooks/{hook}/edit/",
            f"/profile/webhooks/{hook}/secret/",
            f"/profile/webhooks/{hook}/remove/",
            "/benefits/add/",
            f"/benefits/{plan.id}/seats/{seat}/",
            f"/benefits/{plan.id}/seats/limit/",
            f"/benefits/{plan.id}/letters/",
            f"/benefits/{plan.id}/pair/",
            f"/requests/PD-{case.pk}/manager/",
            f"/requests/PD-{case.pk}/confirmation/",
            "/requests/PD-1/",
        ),
    )
    assert not wrong, "\n".join(wrong)


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there, as somebody without a mouse does."""
    for _press in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            assert page.evaluate(OUTLINED), f"nobody sees that the focus is on {selector}"
            return
    raise AssertionError(f"Tab does not lead to {selector}")


def choose_by_keys(page: Page, selector: str, value: str) -> None:
    """Go to a selection and down its list; the focus stays where it is when the page changes around it."""
    tab_to(page, selector)
    for _press in range(page.locator(f"{selector} option").count()):
        if page.locator(selector).input_value() == value:
            break
        page.keyboard.press("ArrowDown")
        expect(page.locator(MOVING)).to_have_count(0)
    expect(page.locator(selector)).to_have_value(value)
    expect(page.locator(selector)).to_be_focused()


@pytest.mark.req("WIZ-1", "WIZ-2")
def test_the_first_two_steps_are_answered_by_keyboard_alone(enter: Enter) -> None:
    world.agreement(units=4, registered=["carla"])
    answers = problem()
    page = enter("carla")
    page.goto("/requests/new/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()

    choose_by_keys(page, "[name=product]", answers.product)
    expect(page.locator("[name=version]")).to_be_visible()
    choose_by_keys(page, "[name=version]", answers.version)
    tab_to(page, "[name=usage]")
    page.keyboard.press("Space")
    expect(page.locator("[name=usage]").first).to_be_checked()
    choose_by_keys(page, "[name=category]", answers.category)
    expect(page.locator("[name=problem]")).to_be_visible()
    choose_by_keys(page, "[name=problem]", answers.problem)
    tab_to(page, "[name=summary]")
    page.keyboard.type(answers.summary)
    tab_to(page, "[name=description]")
    page.keyboard.type("Error 1722.")
    tab_to(page, ".actions > button:not([name])")
    page.keyboard.press("Enter")

    expect_step(page, "support")
    # The reader of the screen starts at the title of what has come.
    expect(page.locator("h1")).to_be_focused()
    tab_to(page, "[name=agreement_id]")
    tab_to(page, "[name=severity]")
    page.keyboard.press("ArrowDown")
    chosen = page.locator("[name=severity][value=B]")
    expect(chosen).to_be_checked()
    expect(page.locator(".promise")).to_be_visible()
    expect(chosen).to_be_focused()
    tab_to(page, ".actions > button:not([name])")
    page.keyboard.press("Enter")
    expect_step(page, "contact")


@pytest.mark.req("LOC-1", "WIZ-2", "WIZ-6")
def test_the_language_is_switched_and_the_mail_speaks_that_of_the_contact(enter: Enter) -> None:
    world.agreement(units=4, registered=["carla"])
    page = enter("carla")
    answer_problem(page)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.locator(".menu-display summary").click()
    page.get_by_role("button", name="Ελληνικά").click()

    # The same step of the same draft, in Greek.
    expect_step(page, "support")
    expect(page.locator("html")).to_have_attribute("lang", "el")
    with translation.override("el"):
        expect(page.locator("h1")).to_have_text(gettext("Tell us about the support you need"))
        expect(form(page)).to_contain_text(gettext("Which plan should pay?"))
        expect(form(page)).to_contain_text(gettext("How badly does this affect you?"))
    choose_severity(page, "B")
    expect(page.locator(".promise")).to_contain_text("(Αθήνα)")
    english = re.findall(r"\b(?:the|and|plan|your|answer|within|left|until|hours)\b", form(page).inner_text())
    assert not english

    go_on(page, "contact")
    page.locator("select[name=language]").select_option("el")
    for step in ("share", "verify", "submit"):
        go_on(page, step)
    accept_terms(page)
    go_on(page, "confirmation")
    with translation.override("el"):
        expect(page.locator("h1")).to_have_text(
            gettext("We have your request %(number)s") % {"number": f"PD-{Case.objects.get().pk}"}
        )

    run_jobs()
    letter = OutgoingMail.objects.get()
    assert letter.language == "el"
    assert "(Αθήνα)" in letter.text
    assert re.search("[α-ω]{4}", letter.subject)
    assert "First answer" not in letter.text
