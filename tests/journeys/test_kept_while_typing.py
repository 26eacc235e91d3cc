"""What is kept while one types must not undo what was answered meanwhile."""

from __future__ import annotations

import pytest
from playwright.sync_api import Request, Route

from tests import world
from tests.journeys.conftest import Enter
from tests.journeys.steps import PATIENCE, answer_problem, choose_severity, go_on


def keeps(request: Request) -> bool:
    """Whether the page asks to keep what was typed so far."""
    return "autosave" in (request.post_data or "")


@pytest.mark.req("WIZ-1", "WIZ-8")
def test_keeping_that_is_on_its_way_is_given_up_for_next(enter: Enter) -> None:
    """Arriving after Next it would open the answered step again."""
    world.agreement(units=2, registered=["carla"])
    page = enter("carla")
    answer_problem(page)

    def hold(route: Route) -> None:
        if not keeps(route.request):
            route.continue_()

    page.route("**/support/", hold)
    with page.expect_request(keeps, timeout=PATIENCE):
        choose_severity(page, "C")
    with page.expect_event("requestfailed", keeps, timeout=PATIENCE):
        go_on(page, "contact")
