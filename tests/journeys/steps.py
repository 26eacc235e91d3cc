"""What a requester does in the guided request, in any language, at any width, with or without script."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from pactdesk.accounts.models import Account
from tests import world
from tests.drafts import problem

STEPS = ("problem", "support", "contact", "share", "verify", "submit")
PATIENCE = 20_000

# What is being fetched or exchanged.
MOVING = ".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added"

# Every wait of these stories; a busy machine is slow, not wrong.
expect.set_options(timeout=PATIENCE)


def sign_in(page: Page, account: Account) -> None:
    """By the form, with e-mail and password."""
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill(account.email)
    page.locator("[name=password]").fill(world.PASSWORD)
    page.locator("[name=password]").press("Enter")
    expect(page).not_to_have_url(re.compile("/accounts/login/"))


def form(page: Page) -> Locator:
    """The form of the step that is shown."""
    return page.locator('main form[action*="/requests/new/"]').filter(has=page.locator(".actions"))


def next_button(page: Page) -> Locator:
    """The one that ends a step: "Next", and "Send request" in the last."""
    return form(page).locator("> .actions > button:not([name])")


def expect_step(page: Page, step: str) -> None:
    """The step is shown, or the confirmation after the last one."""
    if step in STEPS:
        expect(page.locator(f'main form[action$="/{step}/"]').first).to_be_visible()
    else:
        expect(page).to_have_url(re.compile(r"/requests/PD-\d+/confirmation/$"))
    expect(page.locator("h1")).to_be_visible()


def go_on(page: Page, to: str) -> None:
    """Press Next; it leads `to` that step."""
    next_button(page).click()
    expect_step(page, to)


def show_choices(page: Page) -> None:
    """Where script is off, a button shows what a choice leads to; elsewhere it shows by itself."""
    button = page.locator("noscript button[value=choices]").last
    if button.is_visible():
        button.click()


def choose_problem(page: Page, **changes: str) -> None:
    """The choices of step 1."""
    answers = problem(**changes)
    page.locator("[name=product]").select_option(answers.product)
    show_choices(page)
    page.locator("[name=version]").select_option(answers.version)
    page.locator(f"[name=usage][value={answers.usage}]").check()
    page.locator("[name=category]").select_option(answers.category)
    show_choices(page)
    page.locator("[name=problem]").select_option(answers.problem)


def describe_problem(page: Page, **changes: str) -> None:
    """The texts of step 1."""
    answers = problem(**changes)
    page.locator("[name=summary]").fill(answers.summary)
    page.locator("[name=description]").fill(answers.description)


def answer_problem(page: Page, **changes: str) -> None:
    """All of step 1 of a new request, and on."""
    page.goto("/requests/new/")
    choose_problem(page, **changes)
    describe_problem(page, **changes)
    go_on(page, "support")


def choose_severity(page: Page, severity: str) -> None:
    """With script, what follows from it is told at once."""
    page.locator(f"[name=severity][value={severity}]").check()
    refresh = page.locator("noscript button[value=refresh]")
    if refresh.is_visible():
        refresh.click()
    expect(page.locator(MOVING)).to_have_count(0)
    expect(page.locator("#support-choices .promise")).to_be_visible()
    expect(page.locator(f"[name=severity][value={severity}]")).to_be_checked()


def add_agreement(page: Page, access_id: str, contract_id: str) -> None:
    """Inside step 2, unfolding the place for it where it is folded."""
    place = page.locator("#add-agreement")
    if place.get_attribute("open") is None:
        place.locator("summary").click()
    page.locator("[name=access_id]").fill(access_id)
    page.locator("[name=contract_id]").fill(contract_id)
    page.locator("button[value=add]").click()


def answer_support(page: Page, severity: str = "B") -> None:
    """Step 2 with the plan that is offered first, and on."""
    choose_severity(page, severity)
    go_on(page, "contact")


def answer_the_rest(page: Page) -> None:
    """Steps 3 to 5 as they are filled in already: only Next."""
    for step in ("share", "verify", "submit"):
        go_on(page, step)


def accept_terms(page: Page) -> None:
    page.locator("[name=terms_accepted]").check()


def send(page: Page) -> None:
    """Step 6, to the confirmation."""
    accept_terms(page)
    go_on(page, "confirmation")


def up_to_sending(page: Page) -> None:
    """Steps 1 to 5; step 6 is shown and the terms are accepted."""
    answer_problem(page)
    answer_support(page)
    answer_the_rest(page)
    accept_terms(page)


def number_on(page: Page) -> int:
    """The number that the confirmation tells."""
    found = re.search(r"PD-(\d+)", page.locator("h1").inner_text())
    assert found is not None
    return int(found.group(1))
