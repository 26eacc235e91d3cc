"""The list of requests: searched, filtered, page by page, exported, and what is new in it (REQ-1)."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from pactdesk.cases.models import Case, Contact
from pactdesk.cases.queries import lists
from pactdesk.cases.rules.status import Move
from pactdesk.cases.services import ending
from pactdesk.cases.services.conversation import note
from pactdesk.cases.services.indexing import index_case
from pactdesk.kernel.ids import new_key
from tests import world
from tests.conversations import answers, closes, says, sent
from tests.doors.guided import texts
from tests.doors.test_requests_pages import many
from tests.doors.visitors import visitor

LIST = "portal:request-list"

pytestmark = [pytest.mark.django_db, pytest.mark.req("REQ-1")]


@pytest.fixture
def plan() -> world.Agreement:
    return world.agreement(units=20, registered=["carla"])


def found(who: str = "carla", **query: str) -> HttpResponse:
    response: HttpResponse = visitor(who).get(reverse(LIST), query)
    assert response.status_code == 200
    return response


def numbers(response: HttpResponse) -> list[int]:
    return [int(each) for each in re.findall(r'href="/requests/PD-(\d+)/"', response.content.decode())]


def older_url(response: HttpResponse) -> str:
    link = re.search(r'href="([^"]*older=[^"]*)"', response.content.decode())
    return link.group(1).replace("&amp;", "&") if link else ""


def test_what_changed_last_comes_first(plan: world.Agreement) -> None:
    one, two, three = (sent(plan).pk for _each in range(3))
    assert numbers(found()) == [three, two, one]
    answers(one)
    assert numbers(found()) == [one, three, two]
    note(two, "For the desk only", key=new_key(), actor=world.viewer("ines"), at=timezone.now())
    assert numbers(found()) == [one, three, two]


@pytest.mark.parametrize(
    "words",
    [
        "PD-{0}",
        "pd-{0}",
        "{0}",
        "  PD-{0} ",
        "replicating",
        "REPLICATING controllers",
        "1722",
        "replic",
        "carla",
    ],
)
def test_a_request_is_found_by_its_number_and_by_its_words(words: str, plan: world.Agreement) -> None:
    case = sent(plan)
    other = sent(plan, summary="Printing fails", description="Blank labels.")
    for each in (case, other):
        index_case(each.pk)
    names = [case.pk] if words != "carla" else [other.pk, case.pk]
    assert numbers(found(q=words.format(case.pk))) == names


def test_a_request_is_found_by_its_number_before_it_has_words(plan: world.Agreement) -> None:
    case = sent(plan)
    assert numbers(found(q=f"PD-{case.pk}")) == [case.pk]


@pytest.mark.parametrize("who", ["olaf", "ines", "cem"])
def test_nobody_finds_what_they_do_not_see(who: str, plan: world.Agreement) -> None:
    """A10: neither by number nor by words."""
    case = sent(plan)
    index_case(case.pk)
    for words in (f"PD-{case.pk}", str(case.pk), "replicating"):
        response = found(who, q=words)
        assert numbers(response) == []
        assert case.summary not in response.content.decode()
    assert str(case.pk) not in visitor(who).get(reverse("portal:request-list-csv")).content.decode()


def test_internal_notes_are_not_searched(plan: world.Agreement) -> None:
    case = sent(plan)
    note(case.pk, "Bug 4711", key=new_key(), actor=world.viewer("ines"), at=timezone.now())
    index_case(case.pk)
    assert numbers(found(q="4711")) == []


def test_the_filters_narrow_and_go_together(plan: world.Agreement) -> None:
    waiting = sent(plan, share=("cem",))
    answers(waiting, then=Move.ASK)
    solved = sent(plan, severity="C")
    answers(solved, then=Move.RESOLVE)
    new = sent(plan, product="sql-server", version="2025")
    cems = sent(plan, primary="cem", share=("carla",))
    for query, expected in (
        ({}, {waiting, solved, new, cems}),
        ({"status": "yours"}, {waiting}),
        ({"status": "ours"}, {new, cems}),
        ({"status": "solved"}, {solved}),
        ({"severity": "C"}, {solved}),
        ({"severity": "B", "status": "ours"}, {new, cems}),
        ({"product": "sql-server"}, {new}),
        ({"product": "windows-server", "role": "primary", "severity": "B"}, {waiting}),
        ({"role": "additional"}, {cems}),
        ({"severity": "A"}, set()),
    ):
        assert set(numbers(found(**query))) == {case.pk for case in expected}, query
    closes(waiting)
    assert numbers(found(show="closed")) == [waiting.pk]
    # A closed request has nobody's turn, so that filter does not apply there.
    assert numbers(found(show="closed", status="yours")) == [waiting.pk]
    assert numbers(found(show="closed", severity="C")) == []


ODD = (
    "%00",
    "' OR 1=1 --",
    "x" * 5000,
    "\u202e",
    "🙂",
    "-1",
    "<script>",
    "A&B",
    "&|!():*'",
    "null",
    "[]",
    "\x00",
)


@pytest.mark.parametrize("name", ["q", "status", "severity", "product", "role", "show", "older"])
def test_what_cannot_be_asked_for_is_no_error(name: str, plan: world.Agreement) -> None:
    case = sent(plan)
    index_case(case.pk)
    for value in ODD:
        response = found(**{name: value})
        # Nothing that narrows a list is ever a mistake.
        assert 'class="error' not in response.content.decode(), value
        assert "<script>" not in response.content.decode().replace('<script src="', ""), value
        if name not in {"q", "show"}:
            assert numbers(response) == [case.pk], value
        file = visitor("carla").get(reverse("portal:request-list-csv"), {name: value})
        assert file.status_code == 200, value


def test_repeated_fields_are_no_error(plan: world.Agreement) -> None:
    sent(plan)
    assert visitor("carla").get(f"{reverse(LIST)}?q=a&q=b&severity=A&severity=B").status_code == 200


def test_nothing_found_says_what_was_looked_for_and_how_to_see_all_again(plan: world.Agreement) -> None:
    sent(plan)
    told = found(q='vpn "<b>')
    assert 'No requests match “vpn "<b>”' in texts(told)
    assert "Only open requests were looked through." in texts(told)
    assert 'class="button button-secondary" href="/requests/"' in told.content.decode()
    told = found(severity="A", show="closed")
    assert "No requests match these filters" in texts(told)
    assert 'class="button button-secondary" href="/requests/?show=closed"' in told.content.decode()
    # What was chosen stays chosen, and unfolded.
    assert '<option value="A" selected>' in told.content.decode()
    assert re.search(r'<details class="unfold" open>', told.content.decode())


def test_the_tabs_keep_what_was_looked_for(plan: world.Agreement) -> None:
    case = sent(plan)
    index_case(case.pk)
    page = found(q="replicating", severity="B").content.decode()
    assert 'href="/requests/?q=replicating&amp;severity=B&amp;show=closed"' in page
    assert 'href="/requests/list.csv?q=replicating&amp;severity=B"' in page


@pytest.mark.parametrize("query", [{}, {"severity": "B"}, {"role": "primary", "product": "windows-server"}])
def test_pages_follow_each_other_without_gaps_or_repeats_and_keep_the_filters(
    query: dict[str, str], plan: world.Agreement
) -> None:
    many(plan, 120)
    # Many of them changed at the same instant.
    Contact.objects.filter(case_id__lte=Case.objects.order_by("pk")[60].pk).update(changed_at=timezone.now())
    carla, url, seen = visitor("carla"), reverse(LIST), []
    response = carla.get(url, query)
    for _page in range(5):
        seen += numbers(response)
        if not (url := older_url(response)):
            break
        assert {
            name: values[0] for name, values in parse_qs(urlsplit(url).query).items()
        }.items() >= query.items()
        response = carla.get(url)
    assert len(seen) == len(set(seen)) == 120
    order = dict(Contact.objects.values_list("case_id", "changed_at"))
    assert seen == sorted(seen, key=lambda number: (order[number], number), reverse=True)


def test_a_narrowed_list_looks_through_so_many_and_says_so(
    plan: world.Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "WINDOW", 20)
    many(plan, 50)
    rare = Case.objects.order_by("pk").first()
    assert rare is not None
    Case.objects.filter(pk=rare.pk).update(severity="A")
    response = found(severity="A")
    assert numbers(response) == []
    assert "Nothing found in the 20 requests that changed last" in texts(response)
    for _more in range(2):
        response = visitor("carla").get(older_url(response))
    assert numbers(response) == [rare.pk]
    assert older_url(response) == ""


@pytest.mark.parametrize("query", [{}, {"q": "copy"}, {"q": "PD-7"}, {"severity": "B", "role": "primary"}])
@pytest.mark.parametrize("count", [3, 60])
def test_a_list_costs_three_queries_whatever_is_asked(
    query: dict[str, str], count: int, plan: world.Agreement, statements: list[str]
) -> None:
    many(plan, count)
    for number in Case.objects.values_list("pk", flat=True)[:5]:
        index_case(number)
    carla = visitor("carla")
    carla.get(reverse(LIST), query)
    statements.clear()
    page = carla.get(reverse(LIST), query)
    # Now and then somebody looks whether the catalogue has changed.
    asked = [each for each in statements if "catalogrevision" not in each]
    assert len(asked) <= 3, "\n".join(asked)
    assert len(page.content) < 60_000


def test_the_export_has_what_the_list_has(plan: world.Agreement, monkeypatch: pytest.MonkeyPatch) -> None:
    one = sent(plan, summary='Mail; "waits", at night', severity="C")
    answers(one, then=Move.ASK)
    sent(plan)
    carla = visitor("carla")

    def rows(**query: str) -> list[dict[str, str]]:
        text = carla.get(reverse("portal:request-list-csv"), query).content.decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text)))

    assert [row["Number"] for row in rows()] == [f"PD-{number}" for number in numbers(found())]
    (row,) = rows(severity="C")
    assert (row["Summary"], row["Product"], row["Status"], row["Your role"]) == (
        'Mail; "waits", at night',
        "Windows Server",
        "Waiting for you",
        "Primary contact",
    )
    assert datetime.fromisoformat(row["Sent"]).utcoffset() == timedelta(hours=2)  # Athens
    assert row["First answer"]
    monkeypatch.setattr(lists, "WINDOW", 1)
    assert len(rows()) == 2
    monkeypatch.setattr(lists, "MOST_EXPORTED", 1)
    assert len(rows()) == 1


# ----- what is new


def marks(who: str = "carla") -> set[int]:
    """The requests that are marked as new in somebody's list. Without script the mark stays hidden."""
    page = found(who).content.decode()
    rows = re.findall(r'<tr role="row">\s*<td.*?</tr>', page, re.S)
    marked = [row for row in rows if "chip-accent" in row and "New" in row]
    assert all("data-needs-script hidden" in row for row in marked)
    return {int(re.search(r"PD-(\d+)", row).group(1)) for row in marked}  # type: ignore[union-attr]  # each has one


def looks(case: Case, who: str = "carla", until: str | None = None) -> int:
    """What the script does once the page is looked at."""
    address = reverse("portal:request", args=[f"PD-{case.pk}"])
    page = visitor(who).get(address).content.decode()
    shown = re.search(r'name="until" value="([^"]*)"', page)
    assert shown is not None
    data = {"until": shown.group(1) if until is None else until}
    return visitor(who).post(f"{address}seen/", data).status_code


def test_what_the_desk_says_is_new_until_it_was_looked_at(plan: world.Agreement) -> None:
    case = sent(plan, share=("cem",))
    assert marks() == set()
    answers(case)
    assert marks() == marks("cem") == {case.pk}
    # Opening the page alone changes nothing: programs open pages, too.
    visitor("carla").get(reverse("portal:request", args=[f"PD-{case.pk}"]))
    assert marks() == {case.pk}
    assert looks(case) == 204
    assert marks() == set()
    assert marks("cem") == {case.pk}
    says(case, who="cem")
    assert marks() == {case.pk}
    assert marks("cem") == set()


def test_what_comes_while_somebody_reads_stays_new(plan: world.Agreement) -> None:
    case = sent(plan)
    answers(case)
    address = reverse("portal:request", args=[f"PD-{case.pk}"])
    carla = visitor("carla")
    shown = re.search(r'name="until" value="([^"]*)"', carla.get(address).content.decode())
    assert shown is not None
    answers(case, "One more thing.")
    carla.post(f"{address}seen/", {"until": shown.group(1)})
    assert marks() == {case.pk}


@pytest.mark.parametrize(
    "until",
    ["", "x", "2026-11-20", "2026-11-20T10:00:00", "9999-12-31T00:00:00+00:00", "0001-01-01T00:00:00+14:00"],
)
def test_a_strange_instant_neither_fails_nor_hides_what_comes_later(
    until: str, plan: world.Agreement
) -> None:
    case = sent(plan)
    assert looks(case, until=until) == 204
    answers(case)
    assert marks() == {case.pk}


def test_looking_is_never_taken_back(plan: world.Agreement) -> None:
    case = sent(plan)
    answers(case)
    looks(case)
    looks(case, until="2020-01-01T00:00:00+00:00")
    assert marks() == set()


def test_home_shows_on_top_what_waits(plan: world.Agreement) -> None:
    waiting, other = sent(plan, share=("cem",)), sent(plan)
    answers(waiting, then=Move.ASK)
    page = visitor("carla").get("/")
    told = texts(page)
    assert told.index("Waiting for you") < told.index("Open requests")
    section = re.search(r'aria-labelledby="waiting".*?</section>', page.content.decode(), re.S)
    assert section is not None
    assert f"PD-{waiting.pk}" in section.group(0)
    assert f"PD-{other.pk}" not in section.group(0)
    assert f'href="/requests/PD-{waiting.pk}/#reply"' in section.group(0)
    says(waiting, who="cem")
    assert 'aria-labelledby="waiting"' not in visitor("carla").get("/").content.decode()


def test_home_costs_the_same_however_many_there_are(plan: world.Agreement, statements: list[str]) -> None:
    carla, counts = visitor("carla"), []
    for add in (sent, lambda plan: many(plan, 30)):
        add(plan)
        carla.get("/")
        statements.clear()
        carla.get("/")
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_a_closed_request_is_new_until_it_was_looked_at(plan: world.Agreement) -> None:
    case = sent(plan)
    ending.close(
        case.pk,
        outcome="decrement",
        cause="",
        reason="Done.",
        seen=None,
        actor=world.viewer("ines"),
        at=timezone.now(),
    )
    page = visitor("carla").get(reverse(LIST), {"show": "closed"}).content.decode()
    assert "chip-accent" in page
