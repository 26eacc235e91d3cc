"""The service centre imports a file: a wrong row, the mended file, a colleague who confirms, and what came about."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from pactdesk.agreements.models import Agreement
from tests import imported, world
from tests.journeys.conftest import Enter
from tests.journeys.test_everybody_can_use_it import looking_at


def bring(page: Page, text: str) -> None:
    page.get_by_role("link", name="Imports").first.click()
    file = {"name": "ledger.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.get_by_label("File", exact=True).set_input_files(file)  # type: ignore[arg-type]  # of these three
    page.get_by_role("button", name="Look at it").click()


@pytest.mark.req("AGR-2", "AGR-11")
def test_a_wrong_row_is_mended_and_the_file_imported(enter: Enter) -> None:
    world.catalogue()
    world.person("cem")
    world.team("service-centre", "marta", "ines")
    wrong: list[str] = []
    page = enter("marta", reduced_motion="reduce")
    look = looking_at(page, wrong)
    page.goto("/desk/")
    bring(page, imported.OURS.replace("Baltic Sails", "Baltic Sail"))
    expect(page.get_by_text("Written most like it is “Baltic Sails”.")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Import"))).to_have_count(0)
    look("with a mistake")
    # Carla's organization is not there either, so everything else is named, too.
    expect(page.get_by_text("Row 2, organization")).to_be_visible()
    world.person("carla")
    bring(page, imported.OURS)
    expect(page.get_by_text("Somebody else has to confirm this import")).to_be_visible()
    look("waiting for somebody else")
    colleague = enter("ines", reduced_motion="reduce")
    colleague.goto(page.url)
    looking_at(colleague, wrong)("to be confirmed")
    colleague.get_by_role("button", name="Import 3 agreements").click()
    expect(colleague.get_by_text("The agreements are imported.")).to_be_visible()
    assert sorted(Agreement.objects.values_list("units_left", flat=True)) == [7, 10, 50]
    page.get_by_role("link", name="Imports").first.click()
    expect(page.get_by_role("link", name="ledger.csv")).to_have_count(2)
    look("former imports")
    assert not wrong, "\n".join(wrong)
