"""The benefits of somebody who holds many agreements: found by words, a page at a time, with one file of all
statements; and a statement narrowed to what one looks for (REQ-3, AGR-7, AGR-10)."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pactdesk.agreements import ledger
from pactdesk.agreements.models import Agreement, LedgerEntry, Registration
from pactdesk.agreements.queries import statements
from pactdesk.agreements.services import revoke_registration
from tests import world
from tests.doors.guided import texts
from tests.doors.visitors import visitor

OVERVIEW, ALL = "/benefits/", "/benefits/statements.csv"

pytestmark = [pytest.mark.django_db, pytest.mark.req("REQ-3")]


def table(client: Client, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def labels(client: Client, address: str = OVERVIEW) -> list[str]:
    """The Access IDs on a page of agreements, in order."""
    return re.findall(r">(\d{10}) – ", client.get(address).content.decode())


def many(count: int, who: str = "carla") -> list[str]:
    """So many agreements registered by somebody, each ending an hour after the one before; their Access IDs."""
    first = Agreement.objects.get(pk=world.agreement(registered=["olaf"]).id)
    made = []
    for number in range(count):
        access_id = f"{7_000_000_000 + number}"
        made.append(
            Agreement(
                programme_id=first.programme_id,
                access_id=access_id,
                contract_id_sealed=b"sealed",
                pair_digest=access_id.encode().rjust(32, b"0"),
                starts_at=first.starts_at,
                ends_at=first.ends_at + timedelta(hours=1 + number),
                created_at=first.created_at,
            )
        )
    made = Agreement.objects.bulk_create(made)
    account = world.person(who)
    Registration.objects.bulk_create(
        Registration(agreement=each, account=account, registered_at=first.created_at) for each in made
    )
    ledger.open_with([(each.pk, 1, 1) for each in made], actor_id=None, at=first.created_at, note="gold")
    return [each.access_id for each in made]


@pytest.mark.req("AGR-7", "ELI-10")
def test_a_distributor_with_many_agreements_finds_one_and_goes_from_page_to_page() -> None:
    ids = many(60)
    hours = world.agreement("partner-advisory-hours-20", registered=["carla"])
    Agreement.objects.filter(access_id__in=ids[50:]).update(suspended_at=timezone.now())
    carla = visitor("carla")
    page = carla.get(OVERVIEW)
    assert "Page 1 of 3" in texts(page)
    assert "Left on 51 agreements that can pay: 50 incidents, 20 h of advice" in texts(page)

    seen: list[str] = []
    address: str | None = OVERVIEW
    while address:
        html = carla.get(address).content.decode()
        seen += re.findall(r'<h2><a href="/benefits/\d+/">(\d{10}) – ', html)
        found = re.search(
            r'<a class="[^"]*" href="([^"]+)" rel="next">', html.partition('id="unavailable"')[0]
        )
        address = found[1].replace("&amp;", "&") if found else None
    assert set(seen) == {*ids[:50], hours.access_id}
    assert [each for each in seen if each != hours.access_id] == ids[:50], "what ends soonest first"
    assert len(seen) == 51

    assert labels(carla, f"{OVERVIEW}?q={ids[7]}") == [ids[7]]
    assert labels(carla, f"{OVERVIEW}?q=7000000007+gold") == [ids[7]]
    assert labels(carla, f"{OVERVIEW}?programme=partner-advisory-hours-20") == [hours.access_id]
    assert set(labels(carla, f"{OVERVIEW}?q=gold&page=3")) >= {ids[49]}
    for nonsense in ("page=0", "page=99999", "page=x", "unavailable=-1", "programme=x", "q=%00"):
        assert carla.get(f"{OVERVIEW}?{nonsense}").status_code == 200
    nothing = carla.get(f"{OVERVIEW}?q=kestrel")
    assert "No agreements match" in texts(nothing)
    assert "You have not added an agreement yet" not in texts(nothing)


def test_nobody_with_a_handful_is_asked_to_search() -> None:
    for _each in range(3):
        world.agreement(registered=["carla"])
    html = visitor("carla").get(OVERVIEW).content.decode()
    assert 'role="search"' not in html
    assert "Page 1 of" not in html


@pytest.mark.req("AGR-10", "AGR-11")
def test_one_file_has_the_statements_of_all_agreements_that_one_may_open() -> None:
    """Not those from which one was cut off, and narrowed as the page is."""
    at = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
    gold = world.agreement(registered=["carla"], units=9, at=at)
    hours = world.agreement("partner-advisory-hours-20", registered=["carla"], at=at)
    lost = world.agreement(owner="cem", registered=["carla"], at=at)
    seat = Registration.objects.get(agreement_id=lost.id)
    revoke_registration(lost.id, seat.pk, actor=world.viewer("cem"), at=at)
    world.agreement(registered=["olaf"], at=at)
    ledger.deduct(
        gold.id, case_number=100123, key="d", actor_id=world.person("cem").pk, at=at + timedelta(days=3)
    )
    carla = visitor("carla")
    rows = table(carla, ALL)
    assert {row["Access ID"] for row in rows} == {gold.access_id, hours.access_id}
    assert [row["Change"] for row in rows if row["Access ID"] == gold.access_id] == ["9", "-1"]
    assert {row["Agreement"].split(" – ")[0] for row in rows} == {gold.access_id, hours.access_id}

    def changes(query: str) -> list[str]:
        return [row["Change"] for row in table(carla, f"{ALL}?{query}") if row["Access ID"] == gold.access_id]

    assert changes("kind=deduct") == changes("since=2026-11-03") == ["-1"]
    assert changes("kind=deduct&until=2026-11-04") == []
    assert changes("since=2026-11-05&until=2026-11-05") == ["-1"], "the last day counts"
    assert changes("kind=nothing&since=yesterday&until=0001-01-01&person=1") == ["9", "-1"], "nonsense"
    assert {row["Access ID"] for row in table(carla, f"{ALL}?q={hours.access_id}")} == {hours.access_id}
    assert table(visitor("nora"), ALL) == []
    viewer = world.viewer("carla")
    cut = statements.statements(viewer, [gold.id, hours.id, lost.id], most=2)
    assert (len(cut.lines), cut.is_cut) == (2, True)


@pytest.mark.req("AGR-10")
def test_a_statement_is_narrowed_to_kind_days_and_person_here_and_in_its_file() -> None:
    at = datetime(2026, 11, 2, 22, 30, tzinfo=UTC)
    gold = world.agreement(registered=["carla"], units=99, at=at)
    for number in range(60):
        ledger.deduct(
            gold.id,
            case_number=100200 + number,
            key=f"d{number}",
            actor_id=world.person("cem" if number % 2 else "carla").pk,
            at=at + timedelta(hours=number),
        )
    carla, page = visitor("carla"), reverse("portal:benefit", args=[gold.id])
    cem = world.person("cem").pk

    def told(query: str) -> list[str]:
        answer = carla.get(f"{page}?{query}")
        shown = re.findall(r'<td role="cell" class="cell-main">(.*?)</td>', answer.content.decode())
        file = re.search(rf'href="({page}statement\.csv[^"]*)"', answer.content.decode())
        if file:
            parts = urlsplit(file[1].replace("&amp;", "&"))
            rows = [row["What"] for row in table(carla, f"{parts.path}?{parts.query}")]
            assert rows[::-1][: len(shown)] == shown
        return shown

    assert told("kind=grant") == told("person=0") == ["Granted with the programme"]
    assert len(told(f"person={cem}")) == 30
    assert set(told("since=2026-11-03&until=2026-11-03")) >= {
        "Granted with the programme",
        "Request PD-100200",
    }
    assert "Request PD-100230" not in told("until=2026-11-03"), "half past midnight in Athens is the next day"
    assert told("kind=credit") == []
    assert "No lines match these filters." in texts(carla.get(f"{page}?kind=credit"))

    first = carla.get(f"{page}?kind=deduct").content.decode()
    older = re.search(r'href="([^"]*older=\d+#statement)"', first)
    assert older is not None
    second = carla.get(older[1].replace("&amp;", "&")).content.decode()
    assert "Request PD-100200" in second
    assert "Granted with the programme" not in second.partition('id="statement"')[2]
    assert f'<option value="{cem}"' in first or f"<option value={cem}>" in first
    assert f"={world.person('olaf').pk}>" not in first, "only whom the statement names"


@pytest.mark.usefixtures("statements")
def test_pages_and_files_cost_as_many_queries_for_one_agreement_as_for_three_hundred() -> None:
    carla = visitor("carla")
    plan = world.agreement(registered=["carla"], owner="carla")
    addresses = (OVERVIEW, f"{OVERVIEW}?q=gold", ALL, reverse("portal:benefit", args=[plan.id]))
    counts = []
    for _round in range(2):
        for address in addresses:
            carla.get(address)
        found = []
        for address in addresses:
            with CaptureQueriesContext(connection) as asked:
                assert carla.get(address).status_code == 200
            found.append(len(asked))
        counts.append(found)
        if len(counts) == 1:
            many(300)
            for number in range(80):
                ledger.adjust(
                    plan.id, units=1, key=f"a{number}", actor_id=None, at=timezone.now(), note="counted"
                )
    assert counts[0] == counts[1]
    assert LedgerEntry.objects.count() > 300
