"""Imports make what a file says, all of it or nothing, once; and keep no ID where it could be read (AGR-10, AGR-11)."""

from __future__ import annotations

import re
import tempfile
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.utils import Error as DatabaseError
from django.test.utils import CaptureQueriesContext

from pactdesk.agreements import ledger, sealing
from pactdesk.agreements.models import Agreement, LedgerEntry
from pactdesk.agreements.rules import Pair
from pactdesk.agreements.services import add_agreement
from pactdesk.catalog import queries as catalog
from pactdesk.catalog.models import Programme
from pactdesk.imports.models import Import, Line
from pactdesk.imports.rules import GLPI, VTIGER, Options
from pactdesk.imports.services import CannotImport, confirming, examine, import_at_once
from pactdesk.journal.models import FactRow
from pactdesk.kernel.database import constraint_of
from tests import imported, world
from tests.imported import codes, table
from tests.racing import at_once

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)
GOLD = "gold-partner-support-20"
MAPPED = {"Tickets": GOLD, "Hours": GOLD, "Incidents": "silver-partner-support-10"}


@pytest.fixture
def known() -> None:
    """The organizations of the examples, and a catalogue."""
    world.catalogue()
    world.person("carla")
    world.person("cem")


def bring_in(text: str, name: str = "agreements.csv", **options: Any) -> int:
    return import_at_once(text.encode(), name, Options(**options), actor_id=None, at=NOW)[0]


def counted() -> tuple[int, int, int, int, int]:
    tables = (Agreement, LedgerEntry, Import, Line, FactRow)
    return tuple(each.objects.count() for each in tables)  # type: ignore[return-value]


@pytest.mark.req("AGR-10", "AGR-11")
@pytest.mark.django_db
@pytest.mark.usefixtures("known")
def test_a_file_becomes_agreements_with_what_is_left_of_them() -> None:
    import_id = bring_in(imported.OURS)
    first, second, third = Agreement.objects.order_by("pk")
    assert (first.access_id, sealing.unseal(first.contract_id_sealed)) == (
        "0230242323",
        "01234567890123456789",
    )
    assert [each.units_left for each in (first, second, third)] == [7, 50, 10]
    assert (second.seat_limit, second.organization_id) == (5, world.organization_of("carla"))
    # The pair keeps the form it came with, and is registered like any other.
    carla = world.viewer("carla")
    assert (
        add_agreement("0077001234", "55501234567", subject=None, address="::1", actor=carla, at=NOW)
        == second.pk
    )
    entries = LedgerEntry.objects.order_by("agreement", "position")
    note = f"{ledger.IMPORTED}{import_id}"
    assert list(entries.values_list("agreement", "kind", "units", "note")) == [
        (first.pk, "grant", 20, note),
        (first.pk, "adjust", -13, note),
        (second.pk, "grant", 50, note),
        (third.pk, "grant", 10, note),
    ]
    assert list(Line.objects.order_by("row").values_list("row", "agreement")) == [
        (2, first.pk),
        (3, second.pk),
        (4, third.pk),
    ]
    made = Import.objects.get()
    assert (made.state, made.content_sealed, made.units) == ("applied", None, 67)
    assert made.by_programme["gold-partner-support-20"] == [1, 20, 7]
    assert FactRow.objects.get(code="import.applied").payload == {
        "imported": import_id,
        "agreements": 3,
        "units": 67,
    }
    # The same file again makes nothing, and neither does it with another row beside.
    before = counted()
    with pytest.raises(CannotImport) as caught:
        bring_in(imported.OURS)
    assert caught.value.decision.codes == ("import.nothing-to-do",)
    assert counted() == before
    bring_in(f"{imported.OURS}1,2,gold-partner-support-20,Baltic Sails,,2026-01-01,,,,,\n")
    assert Agreement.objects.count() == 4
    # No ID stands in the clear in any table of ours.
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(t::text, ' ') FROM imports_import t")
        [[text]] = cursor.fetchall()
        cursor.execute("SELECT string_agg(t::text, ' ') FROM journal_fact t")
        [[facts]] = cursor.fetchall()
    assert not re.search("01234567890123456789|55501234567|0230242323", text + facts)


@pytest.mark.django_db
@pytest.mark.usefixtures("known")
def test_other_ledgers_come_with_pairs_of_their_own_and_are_known_again() -> None:
    bring_in(imported.GLPI, form=GLPI, programmes=MAPPED)
    bring_in(imported.VTIGER, form=VTIGER, programmes=MAPPED, dates="day-first")
    made = Agreement.objects.order_by("pk")
    assert [(len(each.access_id), each.units_left) for each in made] == [
        (10, 15),
        (10, 0),
        (10, 15),
        (10, 10),
    ]
    assert [each.suspended_at for each in made] == [None, None, None, NOW]
    pairs = {Pair(each.access_id, sealing.unseal(each.contract_id_sealed or b"")) for each in made}
    assert {len(pair.contract_id) for pair in pairs} == {20}
    assert len(pairs) == 4
    with pytest.raises(CannotImport):
        bring_in(imported.GLPI, form=GLPI, programmes=MAPPED)
    grown = imported.GLPI.rstrip() + "\n10;New;Tickets;Baltic Sails;1;2026-11-01;NULL;5;0\n"
    bring_in(grown, form=GLPI, programmes=MAPPED)
    assert Agreement.objects.count() == 5


@pytest.mark.django_db
@pytest.mark.usefixtures("known")
def test_what_may_be_drawn_in_advance_is_what_the_programme_says_now() -> None:
    Programme.objects.filter(code=GOLD).update(overdraft=2)
    catalog.forget()
    bring_in(table({}))
    assert Agreement.objects.get().overdraft == 2


@pytest.mark.django_db
@pytest.mark.usefixtures("known")
def test_a_file_with_one_wrong_row_changes_nothing() -> None:
    before = counted()
    with pytest.raises(CannotImport) as caught:
        bring_in(table(*[{}] * 30, {"organization": "Olive Grove"}))
    assert caught.value.decision.codes == ("import.has-mistakes",)
    assert counted() == before
    _reading, judgement = examine(table({"organization": "Olive Grove Food"}).encode(), Options())
    assert codes(judgement.mistakes) == [(2, "organization", "import.organization-nearly")]
    assert judgement.mistakes[0].reason.params["closest"] == "Olive Grove Foods"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("known")
def test_a_connection_lost_in_the_middle_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """All agreements of the first five hundred rows are written, then the server ends the connection."""
    before, open_with, text = counted(), ledger.open_with, table(*[{}] * 501)

    def end_the_connection(*args: Any, **kwargs: Any) -> None:
        if Agreement.objects.count() > 500:
            with psycopg.connect(**connection.get_connection_params()) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
        open_with(*args, **kwargs)

    monkeypatch.setattr(ledger, "open_with", end_the_connection)
    with pytest.raises((psycopg.OperationalError, DatabaseError)):
        bring_in(text)
    connection.close()
    assert counted() == before
    monkeypatch.undo()
    bring_in(text)
    assert Agreement.objects.count() == LedgerEntry.objects.count() == 501


@pytest.mark.django_db
@pytest.mark.usefixtures("known")
def test_what_the_judgement_misses_the_database_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pair of which nobody knew that it is there: the last row fails, and so does every one before."""
    there = world.agreement(pair=Pair("0000000029", "00000000000000000036"), at=NOW)
    monkeypatch.setattr("pactdesk.imports.queries._pairs", lambda _pairs: {})
    before = counted()
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        bring_in(table(*[{}] * 30))
    assert constraint_of(caught.value) == "agreement_pair_once"
    assert counted() == before
    assert Agreement.objects.get().pk == there.id


@pytest.mark.django_db
@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("write", "guard"),
    [
        ("UPDATE imports_import SET units = 1", "imports_import_append_only"),
        ("DELETE FROM imports_import", "imports_import_append_only"),
        ("UPDATE imports_line SET row = 9", "imports_line_append_only"),
        ("DELETE FROM imports_line", "imports_line_append_only"),
    ],
)
def test_what_was_imported_stays_written_down(write: str, guard: str) -> None:
    bring_in(table({}))
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(write)
    assert constraint_of(caught.value) == guard


@pytest.mark.django_db
@pytest.mark.usefixtures("known")
def test_ten_times_as_many_rows_need_no_more_questions() -> None:
    def asked(rows: int) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            examine(table(*[{"organization": f"Nobody {each}"} for each in range(rows)]).encode(), Options())
        return len(queries)

    asked(2)  # reads the catalogue, once
    assert asked(20) <= 7
    assert asked(200) <= 7


@pytest.mark.req("AGR-10")
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("known")
def test_a_click_that_comes_many_times_and_a_file_that_comes_twice_import_once(
    settings: LazySettings,
) -> None:
    """A17: one import confirmed four times at once, beside another one of the same file."""
    settings.UNITS_ALONE = 500
    world.team("service-centre", "marta")
    marta, content = world.viewer("marta"), table({}, {}).encode()
    first, second = (confirming.bring(content, "same.csv", Options(), actor=marta, at=NOW) for _ in range(2))
    mark = bytes(Import.objects.get(pk=first).plan_digest or b"").hex()

    def confirm(import_id: int) -> Any:
        return lambda: confirming.apply(import_id, seen=mark, actor=marta, at=NOW)

    made = at_once([confirm(first), confirm(second)] * 4)
    assert sorted(each for each in made if isinstance(each, int)) == [0, 0, 0, 2]
    refusals = [each for each in made if not isinstance(each, int)]
    assert [each.decision.codes for each in refusals] == [("import.nothing-to-do",)] * 4
    assert (Agreement.objects.count(), Line.objects.count()) == (2, 2)


# The command


def command(text: str, *words: str) -> tuple[int, str]:
    """Exit status and all that was printed."""
    out = StringIO()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.csv"
        file.write_text(text)
        try:
            call_command("import_agreements", str(file), *words, stdout=out, stderr=out)
        except SystemExit as ended:
            return int(ended.code or 0), out.getvalue()
        except CommandError as error:
            return 1, out.getvalue() + str(error)
    return 0, out.getvalue()


@pytest.mark.django_db
@pytest.mark.usefixtures("known")
def test_the_command_says_what_would_be_done_and_does_it() -> None:
    before = counted()
    status, text = command(imported.OURS, "--dry-run")
    assert (status, counted()) == (0, before)
    assert "new      1 agreement of gold-partner-support-20: 7 of 20 units left" in text
    assert "This was a dry run. Nothing was imported." in text
    status, text = command(imported.OURS, "--by", "carla@olive-grove-foods.example")
    assert status == 0
    assert re.search(r"Import \d+: 3 agreements imported\.", text)
    assert Import.objects.get().brought_by_id == world.person("carla").pk
    status, text = command(imported.OURS)
    assert (status, "There is nothing to import." in text) == (0, True)
    assert "there    3 agreements already, left as they are" in text


@pytest.mark.django_db
@pytest.mark.usefixtures("known")
def test_the_command_names_each_wrong_row_and_no_id() -> None:
    wrong = table(
        {"contract_id": "1.23E+19"}, {"programme": "01234567890123456789"}, {"access_id": "0230242323x"}
    )
    before = counted()
    status, text = command(wrong)
    assert (status, counted()) == (2, before)
    assert "mistake  row 2, contract_id: A spreadsheet has turned this ID into a number" in text
    assert "mistake  row 3, programme: There is no programme “…”." in text
    assert "Nothing was imported: 3 mistakes." in text
    assert not re.search(r"0123456789|0230242323|\d{12}", text)
    assert command("a,b\n1,2\n") == (
        1,
        "These columns are missing: access_id, contract_id, programme, organization, starts_on. The first line of the "
        "file has: a, b.",
    )
    assert command(imported.GLPI, "--format", GLPI)[0] == 2
    assert command(imported.GLPI, "--format", GLPI, "--map", "Tickets")[0] == 1
    mapped = ("--map", f"Tickets={GOLD}", "--map", f"Hours={GOLD}")
    status, text = command(imported.GLPI, "--format", GLPI, *mapped)
    assert (status, "left out row 4: It is not active, so it is left out." in text) == (0, True)
