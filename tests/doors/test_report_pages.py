"""Reports over HTTP: what the plots say, that their numbers stand beside them, and whose they are."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from pactdesk.cases.models import Case
from tests import conversations, queues, world
from tests.doors.guided import texts
from tests.doors.visitors import visitor

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now() -> None:
    world.team("support", "ines", "marta")


def page(who: str = "ines", **asked: str) -> str:
    with time_machine.travel(NOW, tick=False):
        response = visitor(who).get("/desk/reports/", asked)
    assert response.status_code == 200
    return texts(response)


def rows(code: str, who: str = "ines") -> list[list[str]]:
    with time_machine.travel(NOW, tick=False):
        response = visitor(who).get(f"/desk/reports/{code}.csv")
    assert response.status_code == 200
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_a_desk_without_a_past_says_so() -> None:
    told = page()
    assert "Nothing is due within a day." in told
    assert "No promise was missed in these weeks." in told
    assert "No severity was lowered because nobody could be reached." in told
    assert "There is room for 16 more requests" in told


def test_few_are_counted_and_many_are_a_percentage() -> None:
    case = queues.request(at=NOW - 24 * HOUR)
    conversations.answers(case, at=NOW - 23 * HOUR)
    assert "First answers on time: 1 of 1" in page()
    assert rows("first-replies") == [["Severity", "On time", "Of", "Percent"], ["Severity B", "1", "1", "–"]]
    for _ in range(20):
        conversations.answers(queues.request(at=NOW - 24 * HOUR), at=NOW - 23 * HOUR)
    assert "First answers on time: 100 % of 21" in page()


def test_the_numbers_of_a_plot_stand_beside_it_and_in_a_file() -> None:
    queues.request(at=NOW - HOUR)
    told = page()
    assert "Due within a day: 1, at risk: 0, late already: 0" in told
    assert "1 open request waits for us" in told
    assert rows("waiting-on") == [
        ["Waiting on", "Requests"],
        ["Us", "1"],
        ["The requester", "0"],
        ["Their word that it is solved", "0"],
    ]
    assert (
        rows("load")
        == [
            ["Engineer", "In hand", "Due today", "Room"],
            ["Ines Moreau", "0", "0", "8"],
            ["Marta Keller", "0", "0", "8"],
        ]
        or len(rows("load")) == 3
    )
    with time_machine.travel(NOW, tick=False):
        assert visitor("ines").get("/desk/reports/secrets.csv").status_code == 404


def test_nobody_counts_what_is_another_teams() -> None:
    queues.request(at=NOW - HOUR)
    other = world.team("identity", "olaf")
    assert "0 open requests wait for us" in page("olaf")
    assert "1 open request waits for us" in page("ines", team=str(other.pk)), (
        "another's team is not asked for"
    )
    assert "1 open request waits for us" in page("ines", team="x", weeks="7")


def test_marks_lead_to_the_queue_that_they_count() -> None:
    queues.request(at=NOW - HOUR, severity="B")
    with time_machine.travel(NOW, tick=False):
        html = visitor("ines").get("/desk/reports/").content.decode()
    assert 'href="/desk/?view=team&amp;severity=B"' in html


def test_many_requests_cost_no_more_statements(statements: list[str]) -> None:
    first = queues.request(at=NOW - HOUR)
    client = visitor("ines")
    client.get("/desk/reports/")
    counted = []
    for _ in range(2):
        statements.clear()
        client.get("/desk/reports/")
        counted.append(len(statements))
        queues.copies(Case.objects.get(pk=first.pk), 30)
    assert counted[0] == counted[1] <= 20
