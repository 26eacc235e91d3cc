"""Imports at the desk: what is confirmed is what was shown, by somebody else where it is much (AGR-10)."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.db.utils import Error as DatabaseError
from django.http import Http404
from django.test import Client
from django.utils import timezone

from pactdesk.accounts.models import Account
from pactdesk.agreements.models import Agreement
from pactdesk.imports.models import Import
from pactdesk.imports.rules import Options
from pactdesk.imports.services import CannotImport, confirming
from pactdesk.kernel.database import constraint_of
from tests import imported, world
from tests.doors.visitors import visitor
from tests.imported import table

pytestmark = pytest.mark.django_db
GOLD = "gold-partner-support-20"


@pytest.fixture
def marta(settings: LazySettings) -> Client:
    settings.UNITS_ALONE = 500
    world.catalogue()
    world.person("carla")
    world.person("cem")
    world.team("service-centre", "marta")
    return visitor("marta")


def send(browser: Client, text: str, form: str = "pactdesk", name: str = "ledger.csv", **more: Any) -> Any:
    file = SimpleUploadedFile(name, text.encode(), content_type="text/csv")
    return browser.post("/desk/imports/", {"file": file, "form": form, **more})


def seen(response: Any) -> str:
    [mark] = re.findall(r'name="seen" value="(\w+)"', response.content.decode())
    return str(mark)


def plain(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_a_wrong_row_is_named_mended_and_imported(marta: Client) -> None:
    wrong = imported.OURS.replace("Baltic Sails", "Baltic Sail")
    found = marta.get(send(marta, wrong)["Location"])
    assert "Row 4, organization No organization has the name" in plain(found)
    assert "Written most like it is “Baltic Sails”." in plain(found)
    assert "confirm/" not in found.content.decode()
    address = str(found.wsgi_request.path)
    listed = marta.get(f"{address}mistakes.csv").content.decode("utf-8-sig")
    head, row = csv.reader(io.StringIO(listed))
    assert (head, row[:2]) == (["Row", "Column", "Mistake"], ["4", "organization"])
    assert marta.post(f"{address}confirm/", {"seen": "x"}).status_code == 422
    polish = send(marta, wrong.replace("Baltic Sail", "Łódź Sails"))["Location"]
    otherwise = {"encoding": "windows-1250", "time_zone": "Europe/Warsaw"}
    assert 'href="#id_encoding">The file cannot be read as' in marta.post(f"{polish}again/", otherwise).text

    found = marta.get(send(marta, imported.OURS)["Location"])
    address = str(found.wsgi_request.path)
    assert "Gold Partner Support 20-pack 1 agreement 7 of 20 incidents left" in plain(found)
    assert "An import cannot be undone." in plain(found)
    done = marta.post(f"{address}confirm/", {"seen": seen(found)}, follow=True)
    assert "The agreements are imported." in plain(done)
    assert Agreement.objects.count() == 3
    # A click that comes twice, and the same file again.
    marta.post(f"{address}confirm/", {"seen": seen(found)})
    again = marta.get(send(marta, imported.OURS)["Location"])
    assert "Rows whose agreements are there already and stay as they are: 3." in plain(again)
    assert "confirm/" not in again.content.decode()
    assert Agreement.objects.count() == 3
    assert "2 imports" not in plain(again)
    assert not re.search(
        "01234567890123456789|55501234567", found.content.decode() + again.content.decode() + listed
    )
    assert Import.objects.filter(state="applied", content_sealed=None).count() == 1


def test_types_of_another_system_are_mapped_on_the_page(marta: Client) -> None:
    found = marta.get(send(marta, imported.GLPI, "glpi-credit")["Location"])
    assert "Say which programme stands for “Tickets”." in plain(found)
    address = str(found.wsgi_request.path)
    chosen = {"kind_0": GOLD, "kind_1": GOLD, "time_zone": "Europe/Warsaw"}
    mapped = marta.post(f"{address}again/", chosen, follow=True)
    assert "Import 2 agreements" in plain(mapped)
    assert "Row 4 It is not active, so it is left out." in plain(mapped)
    marta.post(f"{address}confirm/", {"seen": seen(mapped)})
    assert set(Agreement.objects.values_list("time_zone", flat=True)) == {"Europe/Warsaw"}
    assert marta.post(f"{address}again/", {**chosen, "time_zone": "UTC"}).status_code == 422


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "The file is empty."),
        ("a,b\n1,2\n", "These columns are missing"),
        ("PK\x03\x04x", "This file is no table of text."),
        ("x" * (9 * 1024 * 1024), "larger than"),
    ],
)
def test_of_what_is_no_table_the_page_says_why(marta: Client, text: str, says: str) -> None:
    response = send(marta, text)
    assert response.status_code == 422
    assert says in plain(response)
    assert re.search(f'href="#id_file">[^<]*{says}', response.text)
    assert Import.objects.count() == 0


def test_nothing_is_imported_that_was_not_shown(marta: Client) -> None:
    """Somebody else made one of the agreements in between; and a mark that no page showed confirms nothing."""
    found = marta.get(send(marta, table({}, {}))["Location"])
    address = str(found.wsgi_request.path)
    assert marta.post(f"{address}confirm/", {"seen": "0" * 64}).status_code == 422
    actor, at = world.viewer("marta"), timezone.now()
    options = Options(time_zone="Europe/Warsaw")
    other = confirming.bring(table({}).encode(), "other.csv", options, actor=actor, at=at)
    shown = visitor("marta").get(f"/desk/imports/{other}/")
    confirming.apply(other, seen=seen(shown), actor=actor, at=at)
    refused = marta.post(f"{address}confirm/", {"seen": seen(found)})
    assert refused.status_code == 422
    assert "no longer what was shown" in plain(refused)
    assert "there already and stay as they are: 1." in plain(refused)
    assert "Import 1 agreement" in plain(refused)
    assert Agreement.objects.count() == 1
    assert marta.post(f"{address}discard/").status_code == 302
    assert Import.objects.get(pk=int(address.split("/")[-2])).content_sealed is None


def brought(actor: Any, units: str, at: Any, first: int = 0) -> int:
    pair = {"access_id": f"7{first}", "contract_id": f"9{first}"}
    row = {**pair, "units_granted": units, "units_left": units}
    return confirming.bring(table(row).encode(), "many.csv", Options(), actor=actor, at=at)


def mark_of(import_id: int) -> str:
    return bytes(Import.objects.get(pk=import_id).plan_digest or b"").hex()


@pytest.mark.req("AGR-10")
def test_much_is_confirmed_by_somebody_else(marta: Client) -> None:
    at, actor = timezone.now(), world.viewer("marta")
    world.team("service-centre", "ines")
    ines = world.viewer("ines")
    import_id = brought(actor, str(confirming.most_units_alone() + 1), at)
    page = marta.get(f"/desk/imports/{import_id}/")
    assert "Somebody else has to confirm this import" in plain(page)
    with pytest.raises(CannotImport) as caught:
        confirming.apply(import_id, seen=mark_of(import_id), actor=actor, at=at)
    assert caught.value.decision.codes == ("import.second-person",)
    # Who reads it otherwise has brought it, and needs somebody else in turn.
    anew = confirming.read_again(import_id, Options(time_zone="Europe/Athens"), actor=ines, at=at)
    with pytest.raises(CannotImport):
        confirming.apply(anew, seen=mark_of(anew), actor=ines, at=at)
    assert confirming.apply(anew, seen=mark_of(anew), actor=actor, at=at) == 1
    assert Agreement.objects.count() == 1


@pytest.mark.req("AGR-10")
def test_many_small_files_are_one_large_one(marta: Client) -> None:
    at, actor = timezone.now(), world.viewer("marta")
    half = str(confirming.most_units_alone() // 2 + 1)
    first, second = brought(actor, half, at, 1), brought(actor, half, at, 2)
    confirming.apply(first, seen=mark_of(first), actor=actor, at=at)
    with pytest.raises(CannotImport):
        confirming.apply(second, seen=mark_of(second), actor=actor, at=at)
    assert confirming.apply(second, seen=mark_of(second), actor=actor, at=at + timedelta(days=2)) == 1


@pytest.mark.parametrize(
    ("write", "guard"),
    [
        ("UPDATE imports_import SET state = 'applied', decided_at = now(), content_sealed = NULL,"
         " decided_by_id = brought_by_id", "import_confirmed_by_another"),
        ("UPDATE imports_import SET state = 'applied', decided_at = now(), content_sealed = NULL",
         "import_confirmed_by_another"),
        ("UPDATE imports_import SET brought_by_id = NULL", "imports_import_append_only"),
        ("UPDATE imports_import SET state = 'discarded', decided_at = now()", "import_decided_keeps_no_file"),
    ],
)  # fmt: skip
def test_the_database_holds_to_the_second_person(marta: Client, write: str, guard: str) -> None:
    brought(world.viewer("marta"), "501", timezone.now())
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(write)
    assert constraint_of(caught.value) == guard


def test_files_that_nobody_confirms_are_forgotten(marta: Client) -> None:
    at, actor = timezone.now(), world.viewer("marta")
    import_id = brought(actor, "5", at)
    sealed = bytes(Import.objects.get(pk=import_id).content_sealed or b"")
    assert b"access_id" not in sealed
    assert confirming.forget_old_files(at=at + timedelta(days=13)) == 0
    assert confirming.forget_old_files(at=at + timedelta(days=15)) == 1
    with pytest.raises(CannotImport) as caught:
        confirming.apply(import_id, seen=mark_of(import_id), actor=actor, at=at)
    assert caught.value.decision.codes == ("import.discarded-already",)


@pytest.mark.parametrize("who", ["carla", "ines", "olaf"])
def test_for_everybody_else_there_are_no_imports(marta: Client, who: str) -> None:
    at = timezone.now()
    import_id = brought(world.viewer("marta"), "5", at)
    stranger = world.viewer(who)
    for deed in (
        lambda: confirming.bring(b"x", "x", Options(), actor=stranger, at=at),
        lambda: confirming.apply(import_id, seen=mark_of(import_id), actor=stranger, at=at),
        lambda: confirming.read_again(import_id, Options(), actor=stranger, at=at),
        lambda: confirming.discard(import_id, actor=stranger, at=at),
    ):
        with pytest.raises(Http404):
            deed()
    assert Agreement.objects.count() == 0


def test_nothing_comes_in_that_the_form_does_not_offer(marta: Client) -> None:
    """A18: names of columns and what attackers try change nothing of what an import does, who brings it or confirms."""
    names = {field.attname for model in (Import, Agreement, Account) for field in model._meta.concrete_fields}
    more = dict.fromkeys(sorted(names - {"form", "file_name"}), "1") | {"form": "pactdesk"}
    found = marta.get(send(marta, table({}), **{**more, "form": "pactdesk"})["Location"])
    made = Import.objects.get()
    assert (made.state, made.brought_by_id, made.needs_second) == ("ready", world.person("marta").pk, False)
    address = str(found.wsgi_request.path)
    marta.post(f"{address}confirm/", {**more, "seen": seen(found)})
    agreement = Agreement.objects.get()
    assert (agreement.units_left, agreement.owner_id, agreement.suspended_at) == (20, None, None)
