"""The queue over HTTP: views, filters, pages, what is told of changes, doing the same to several, and the file."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from pactdesk.cases.models import Case
from pactdesk.cases.services import work
from tests import queues, world
from tests.doors.guided import HTMX, texts
from tests.doors.visitors import visitor

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)  # a Friday, 14:02 in Paris
QUEUE = "/desk/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def first() -> Case:
    world.team("support", "ines", "marta")
    return queues.request(at=NOW)


@pytest.fixture
def ines(first: Case) -> Client:
    return visitor("ines")


def change(case: Case | int, **state: Any) -> Case:
    number = case.pk if isinstance(case, Case) else case
    Case.objects.filter(pk=number).update(**state)
    return Case.objects.get(pk=number)


def numbers_on(response: HttpResponse) -> list[int]:
    return [int(number) for number in re.findall(r'<tr role="row" id="PD-(\d+)"', response.content.decode())]


def pick(*cases: Case) -> list[str]:
    return [f"{case.pk}:{case.revision}" for case in cases]


def followed(client: Client, response: HttpResponse) -> str:
    return texts(client.get(response["Location"]))


def test_only_people_at_the_desk_are_told_that_there_is_one(first: Case) -> None:
    assert f'href="{QUEUE}"' in visitor("ines").get("/").content.decode()
    assert QUEUE not in visitor("carla").get("/").content.decode()


def test_whoever_is_taken_out_of_the_team_has_no_desk_any_more(ines: Client) -> None:
    assert ines.get(QUEUE).status_code == 200
    world.team("support").members.remove(world.person("ines"))
    assert ines.get(QUEUE).status_code == 404
    assert QUEUE not in ines.get("/").content.decode()


def test_the_first_view_is_ones_own_with_the_way_to_what_nobody_owns(ines: Client, first: Case) -> None:
    with time_machine.travel(NOW, tick=False):
        told = texts(ines.get(QUEUE))
    assert "Nothing of yours waits" in told
    # Four hours of business from Friday 15:02 in Athens, seen from Paris.
    assert f"Next due: PD-{first.pk} at Mon 23 Nov 2026, 10:02 (Paris)." in told
    assert "See what nobody owns" in told
    assert numbers_on(ines.get(QUEUE, {"view": "unassigned"})) == [first.pk]


def test_each_row_tells_what_an_engineer_has_to_know(ines: Client, first: Case) -> None:
    change(first, due_at=NOW + timedelta(minutes=72))
    with time_machine.travel(NOW, tick=False):
        response = ines.get(QUEUE, {"view": "team"})
    told = texts(response)
    for words in (
        "in 1 h 12 min",
        f"PD-{first.pk} {first.summary}",
        "New · Windows Server",
        "Olive Grove Foods",
        "Gold Partner Support 20-pack",
        "Nobody",
        "14:02",
        "Times are those of Paris.",
    ):
        assert words in told, words
    body = response.content.decode()
    assert 'datetime="2026-11-20T14:14:00Z"' in body
    assert 'title="Fri 20 Nov 2026, 15:14 (Paris)"' in body


@pytest.mark.parametrize(
    ("minutes", "words", "kind"),
    [
        (-4, "late by 4 min", "chip-bad"),
        (9, "in 9 min", "chip-warn"),
        (72, "in 1 h 12 min", ""),
        (60 * 9 + 59, "in 9 h 59 min", ""),
        (60 * 17 + 25, "in 17 h<", ""),
        (60 * 92, "Tue 10:02", ""),
        (60 * 24 * 9, "29 Nov", ""),
    ],
)
def test_what_is_due_is_told_in_words_with_a_shape(
    minutes: int, words: str, kind: str, ines: Client, first: Case
) -> None:
    change(first, due_at=NOW + timedelta(minutes=minutes))
    with time_machine.travel(NOW, tick=False):
        body = ines.get(QUEUE, {"view": "team"}).content.decode()
    chip = re.search(r'<span class="chip([^"]*)"[^>]*data-clock>(.*?)</span>', body, re.DOTALL)
    assert chip is not None
    assert kind in chip.group(1)
    assert words in html.unescape(chip.group(2))
    assert "<use href=" in chip.group(2)


@pytest.mark.parametrize("count", [5, 60])
def test_the_queue_costs_the_same_however_long_it_is(
    count: int, ines: Client, first: Case, statements: list[str]
) -> None:
    world.team("second", "ines")
    queues.copies(first, count)
    ines.get(QUEUE, {"view": "team"})
    statements.clear()
    page = ines.get(QUEUE, {"view": "team"})
    # Session with account; places of the page; its rows; teams and their members; counts.
    assert len(statements) == 7, "\n".join(statements)
    assert len(numbers_on(page)) == min(count + 1, 40)
    assert len(page.content) < 60_000


def test_a_long_queue_goes_on_page_by_page_with_its_filters(ines: Client, first: Case) -> None:
    made = queues.copies(first, 119, severity="A")
    found: list[int] = []
    url = f"{QUEUE}?view=team&severity=A"
    for _page in range(3):
        response = ines.get(url)
        found += numbers_on(response)
        older = re.search(r'href="([^"]*after=[^"]*)"', response.content.decode())
        if older is None:
            break
        url = html.unescape(older.group(1))
        assert "severity=A" in url
    assert found == made


@pytest.mark.parametrize(
    "query",
    [
        "view=sideways",
        "team=1e3&owner=x&severity=Z&language=xx&programme=none&waiting_on=nobody",
        "after=x",
        "after=1_2_3",
        "after=99999999999.000000_1.000000_1",
        "after=_1.000000_999999999999999",
        "owner=999999999999999",
        "team=999999999999999",
        "q=%00",
        "q=" + "x" * 5000,
        "q=%F0%9F%98%80",
        "q='%20OR%201=1%20--",
        "view=team&view=mine",
    ],
)
def test_an_address_that_makes_no_sense_is_no_error(query: str, ines: Client) -> None:
    assert ines.get(f"{QUEUE}?{query}").status_code == 200
    assert ines.get(f"/desk/queue.csv?{query}").status_code == 200


def test_a_filter_that_lets_nothing_through_can_be_cleared(ines: Client) -> None:
    response = ines.get(QUEUE, {"view": "team", "severity": "A"})
    assert "No request goes with these filters" in texts(response)
    clear = re.search(r'<a class="button" href="([^"]+)">Clear the filters', response.content.decode())
    assert clear is not None
    assert len(numbers_on(ines.get(html.unescape(clear.group(1))))) == 1


def test_a_number_leads_to_its_request_and_words_to_a_list(ines: Client, first: Case) -> None:
    for typed in (f"PD-{first.pk}", f" pd-{first.pk} ", str(first.pk)):
        assert ines.get(QUEUE, {"q": typed})["Location"] == reverse("desk:request", args=[f"PD-{first.pk}"])
    assert "No request has all of these words" in texts(ines.get(QUEUE, {"q": "unheard"}))


def test_news_are_told_once_and_without_moving_rows(ines: Client, first: Case) -> None:
    with time_machine.travel(NOW, tick=False):
        page = ines.get(QUEUE, {"view": "team"}).content.decode()
    news = html.unescape(re.search(r'hx-get="(/desk/news/[^"]+)"', page).group(1))  # type: ignore[union-attr]
    assert ines.get(news, headers=HTMX).status_code == 204
    queues.copies(first, 4)
    told = ines.get(news, headers=HTMX)
    assert "4 new or changed – show" in texts(told)
    assert 'hx-swap-oob="true"' in told.content.decode()
    assert ines.get(news, {"known": "4"}, headers=HTMX).status_code == 200
    assert ines.get(f"{news}&known=4", headers=HTMX).status_code == 204


def test_the_navigation_stays_as_narrow_as_it_was_made(ines: Client) -> None:
    url = reverse("desk:width")
    answer = ines.post(url, {"width": "narrow", "next": "/desk/?view=team"})
    assert answer["Location"] == "/desk/?view=team"
    assert "desk-nav-narrow" in ines.get(QUEUE).content.decode()
    assert ines.post(url, {"width": "wide", "next": "//elsewhere.example/"})["Location"] == QUEUE
    assert "desk-nav-narrow" not in ines.get(QUEUE).content.decode()


# The same for several


def test_several_are_taken_at_once_and_given_back_by_undo(ines: Client, first: Case) -> None:
    second = Case.objects.get(pk=queues.copies(first, 1)[0])
    answer = ines.post("/desk/bulk/", {"pick": pick(first, second), "do": "take", "next": "/desk/?view=team"})
    assert answer["Location"] == "/desk/?view=team"
    shown = ines.get(answer["Location"])
    assert "2 requests are yours now." in texts(shown)
    assert {case.owner_id for case in Case.objects.all()} == {world.person("ines").pk}
    token = re.search(r'name="token" value="([^"]+)"', shown.content.decode())
    assert token is not None
    assert "token" not in texts(ines.get(QUEUE))
    undone = ines.post("/desk/undo/", {"token": token.group(1), "next": "/desk/?view=team"})
    assert "Undone." in followed(ines, undone)
    assert {(case.owner_id, case.status) for case in Case.objects.all()} == {(None, "new")}
    # Somebody takes it; undoing once more takes it away from nobody.
    marta = world.viewer("marta")
    work.assign(first.pk, marta.account_id, seen=None, actor=marta, at=NOW)
    ines.post("/desk/undo/", {"token": token.group(1)})
    assert Case.objects.get(pk=first.pk).owner_id == marta.account_id


def test_one_that_somebody_took_meanwhile_stays_theirs_and_is_named(ines: Client, first: Case) -> None:
    second = Case.objects.get(pk=queues.copies(first, 1)[0])
    marta = world.viewer("marta")
    work.assign(first.pk, marta.account_id, seen=None, actor=marta, at=NOW)
    told = followed(ines, ines.post("/desk/bulk/", {"pick": pick(first, second), "do": "take"}))
    assert "1 request is yours now." in told
    assert f"PD-{first.pk} was changed meanwhile. It belongs to Marta Nowak now." in told
    assert Case.objects.get(pk=first.pk).owner_id == marta.account_id


def test_several_are_moved_at_once_each_with_its_own_answer(ines: Client, first: Case) -> None:
    done = change(queues.copies(first, 1)[0], status="resolved", resolved_at=NOW)
    answer = ines.post("/desk/bulk/", {"pick": pick(first, done), "do": "status", "move": "resolve"})
    shown = ines.get(answer["Location"])
    assert "1 request is now “Resolved”." in texts(shown)
    assert f"PD-{done.pk}: This request is resolved already, or closed." in texts(shown)
    token = re.search(r'name="token" value="([^"]+)"', shown.content.decode()).group(1)  # type: ignore[union-attr]
    ines.post("/desk/undo/", {"token": token})
    assert Case.objects.get(pk=first.pk).status == "new"
    assert Case.objects.get(pk=done.pk).status == "resolved"


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"do": "take"}, "Select the requests first."),
        ({"do": "take", "pick": ["x", "1", "1:", ":1", "1:-1"]}, "Select the requests first."),
        ({"do": "assign", "pick": ["{0}"]}, "Choose the engineer"),
        ({"do": "assign", "pick": ["{0}"], "owner": "{carla}"}, "Choose the engineer"),
        ({"do": "assign", "pick": ["{0}"], "owner": "x"}, "Choose the engineer"),
        ({"do": "status", "pick": ["{0}"]}, "Choose the status"),
        ({"do": "status", "pick": ["{0}"], "move": "close"}, "Choose the status"),
        ({"do": "status", "pick": ["{0}"], "move": "hear"}, "Choose the status"),
    ],
)
def test_what_cannot_be_done_to_several_changes_nothing(
    sent: dict[str, Any], told: str, ines: Client, first: Case
) -> None:
    before = Case.objects.values().get(pk=first.pk)
    known = {"0": pick(first)[0], "carla": str(world.person("carla").pk)}

    def filled(value: Any) -> Any:
        if isinstance(value, list):
            return [filled(each) for each in value]
        return known.get(value.strip("{}"), value)

    data = {name: filled(value) for name, value in sent.items()}
    assert told in followed(ines, ines.post("/desk/bulk/", data))
    assert Case.objects.values().get(pk=first.pk) == before


def test_requests_of_another_team_are_not_touched_whoever_names_them(first: Case) -> None:
    world.team("second", "marta")
    world.team("support").members.remove(world.person("marta"))
    marta = visitor("marta")
    nobodys = f"{first.pk + 999}:0"
    told = followed(marta, marta.post("/desk/bulk/", {"pick": [*pick(first), nobodys], "do": "take"}))
    for number in (first.pk, first.pk + 999):
        assert f"PD-{number} does not stand with your teams any more." in told
    assert Case.objects.get(pk=first.pk).owner_id is None


def test_an_undo_of_somebody_else_undoes_nothing(ines: Client, first: Case) -> None:
    shown = ines.get(ines.post("/desk/bulk/", {"pick": pick(first), "do": "take"})["Location"])
    token = re.search(r'name="token" value="([^"]+)"', shown.content.decode()).group(1)  # type: ignore[union-attr]
    for stolen in (token, token[:-1], "x", ""):
        visitor("marta").post("/desk/undo/", {"token": stolen})
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=1)):
        assert "too long ago" in followed(ines, ines.post("/desk/undo/", {"token": token}))
    assert Case.objects.get(pk=first.pk).owner_id == world.person("ines").pk


# The file


def rows_of(response: HttpResponse) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.content.decode().removeprefix("\ufeff"))))


def test_the_filtered_queue_can_be_downloaded(ines: Client, first: Case) -> None:
    queues.copies(first, 3, severity="A")
    answer = ines.get("/desk/queue.csv", {"view": "team", "severity": "A"})
    assert answer["Content-Disposition"] == 'attachment; filename="pactdesk-team.csv"'
    head, *rows = rows_of(answer)
    assert head[:4] == ["Request", "Summary", "Status", "Severity"]
    assert [row[1] for row in rows] == ["Copy 0", "Copy 1", "Copy 2"]
    assert rows[0][3:7] == ["A", "2026-11-23T10:03:00+01:00", "Olive Grove Foods", "Windows Server"]


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t=", "＝", "'=", '"=', " ="])
def test_no_cell_of_the_file_can_run_as_a_formula(begin: str, ines: Client, first: Case) -> None:
    change(first, summary=f"{begin}cmd|'/c calc'!A1")
    row = rows_of(ines.get("/desk/queue.csv", {"view": "team"}))[1]
    # A tab may begin another cell, so what stands behind it is made safe, too.
    safe = begin.replace("\t=", "\t'=")
    assert row[1] == f"'{safe}cmd|'/c calc'!A1"
