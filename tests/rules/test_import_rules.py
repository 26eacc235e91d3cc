"""Files of agreements, as nasty as people bring them: read, judged, and never guessed at (AGR-1, AGR-11)."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pactdesk.agreements.rules import Pair
from pactdesk.catalog.rules import Coverage, Programme
from pactdesk.imports.rules import FORMS, GLPI, VTIGER, Known, Options, Unreadable, judge, read, shown
from pactdesk.imports.rules.digits import Digits, read_digits
from pactdesk.imports.rules.encodings import ENCODINGS
from pactdesk.imports.rules.forms import plain
from pactdesk.imports.rules.judgement import Held, Owner
from pactdesk.imports.rules.judging import pairs_of
from pactdesk.imports.rules.values import DAY_FIRST, MONTH_FIRST, read_day, read_units
from pactdesk.kernel.decisions import Reason
from tests import imported
from tests.imported import codes, table

GOLD = Programme(
    id=1, code="gold-partner-support-20", name={"en": "Gold Partner Support 20-pack"}, short_code="GPS20", draws={},
    held_as="agreement", unit="incident", quantity=20, length_months=12, extra_days=30, partner_network=True,
    policy_code="x", coverage=Coverage("incident", frozenset({"on-premises"})),
)  # fmt: skip
HOURS = replace(
    GOLD,
    id=2,
    code="advisory-10",
    name={"en": "Advisory hours"},
    unit="advisory_hour",
    quantity=10,
    coverage=Coverage("advisory_hour", frozenset()),
)
MEMBER = replace(GOLD, id=3, code="provider", name={"en": "Provider"}, held_as="membership", quantity=None)
KNOWN = Known(
    programmes={plain(each.code): each for each in (GOLD, HOURS, MEMBER)},
    programme_names=("advisory-10", "gold-partner-support-20", "provider"),
    organizations={
        "olive grove foods": frozenset({11}),
        "baltic sails": frozenset({12}),
        "4648141": frozenset({11}),
        "twins": frozenset({13, 14}),
        "żółta łódź": frozenset({15}),
        "ελιά α.ε.": frozenset({16}),
    },
    names=("Baltic Sails", "Olive Grove Foods"),
    owners={
        "carla@olive-grove-foods.example": Owner(21, 11),
        "olaf@mail.example": Owner(22, None),
    },
    time_zones=frozenset({"UTC", "Europe/Prague", "Europe/Athens"}),
)


def judged(text: str | bytes, known: Known = KNOWN, **options: Any) -> Any:
    content = text if isinstance(text, bytes) else text.encode()
    about = Options(**options)
    return judge(read(content, about), known, about)


def refused(text: str | bytes, **options: Any) -> tuple[str, ...]:
    with pytest.raises(Unreadable) as caught:
        read(text if isinstance(text, bytes) else text.encode(), Options(**options))
    return caught.value.decision.codes


@pytest.mark.req("AGR-2", "AGR-11")
def test_a_row_says_which_agreement_comes_about() -> None:
    about = {
        "organization": "4648141", "owner": "Carla@Olive-Grove-Foods.example", "time_zone": "Europe/Prague",
        "ends_on": "31.3.2027", "units_granted": "25", "units_left": "7", "seat_limit": "3",
    }  # fmt: skip
    [first, second] = judged(table({}, about)).taken
    assert first.pair == Pair("0000000000", "00000000000000000007")
    assert (first.starts_at, first.ends_at) == (
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2027, 1, 31, tzinfo=UTC),
    )
    assert (first.granted, first.left, first.seat_limit, first.owner_id) == (20, 20, None, None)
    assert (second.organization_id, second.owner_id, second.row) == (11, 21, 3)
    # The last day is one with benefits, counted where the agreement counts its days.
    assert second.ends_at == datetime(2027, 3, 31, 22, tzinfo=UTC)
    assert (second.granted, second.left, second.seat_limit) == (25, 7, 3)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_cells_are_separated_as_programs_do(separator: str, end: str) -> None:
    text = table({"organization": "Olive Grove Foods", "owner": ""}, {}, separator=separator, end=end)
    assert len(judged(text).taken) == 2
    if end != "\r":
        assert len(judged(f"sep={separator}{end}{text}").taken) == 2


@pytest.mark.parametrize(
    ("codec", "encoding", "name", "language"),
    [
        ("utf-8", "utf-8", "Żółta Łódź", "en"),
        ("utf-8-sig", "utf-8", "Ελιά Α.Ε.", "en"),
        ("utf-16", "utf-16", "Żółta Łódź", "en"),
        ("utf-16-le", "utf-16", "Olive Grove Foods", "en"),
        ("utf-16-be", "utf-16", "Olive Grove Foods", "en"),
        ("cp1250", "windows-1250", "Żółta Łódź", "pl"),
        ("cp1253", "windows-1253", "Ελιά Α.Ε.", "en"),
        ("cp1253", "windows-1253", "Ελιά Α.Ε.", "el"),
    ],
)
def test_a_file_is_read_in_the_encoding_in_which_it_was_written(
    codec: str, encoding: str, name: str, language: str
) -> None:
    content = table({"organization": name}).encode(codec)
    assert read(content, Options(language=language)).encoding == encoding
    assert len(judged(content, language=language).taken) == 1
    assert len(judged(content, encoding=encoding).taken) == 1


def test_rows_are_counted_as_a_spreadsheet_counts_them() -> None:
    """A cell of several lines is one row, an empty row is one, too, and the columns' names are the first."""
    text = table({"organization": "Olive\nGrove Foods"}, {"programme": "gold"}).replace(
        "\n0000000001", "\n\n0000000001"
    )
    [mistake] = judged(text).mistakes
    assert (mistake.row, mistake.column, mistake.reason.code) == (4, "programme", "import.programme-unknown")


@pytest.mark.req("AGR-1")
@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1.23E+19", "import.scientific-notation"),
        ("1,23457E+19", "import.scientific-notation"),
        ("230242323.0", "import.written-as-number"),
        ("230242323,00", "import.written-as-number"),
        ("=230242323", "import.written-as-number"),
        ("-230242323", "import.written-as-number"),
        ("+230242323", "import.written-as-number"),
        ("@SUM(1)", "import.written-as-number"),
        ("", "pair.access-id-missing"),
        ("23O242323", "pair.access-id-not-digits"),
        ("٠٢٣٠٢٤٢٣٢٣", "pair.access-id-not-digits"),
        ("9" * 41, "pair.access-id-too-long"),
    ],
)
def test_what_is_no_access_id_any_more_is_refused(cell: str, code: str) -> None:
    assert codes(judged(table({"access_id": cell})).mistakes) == [(2, "access_id", code)]


@pytest.mark.req("AGR-1")
def test_lost_zeros_are_seen_where_a_whole_column_has_none() -> None:
    eaten = [{"access_id": each} for each in ("1230242321", "2230242322", "3230242323", "230242324")]
    assert codes(judged(table(*eaten)).mistakes) == [(5, "access_id", "import.zeros-lost")]
    # One that begins with a zero shows that nobody took zeros away; and care that somebody took is believed.
    kept = [*eaten, {"access_id": "0230242325"}]
    assert judged(table(*kept)).mistakes == ()
    for care in ("'230242324", '="230242324"'):
        assert judged(table(*eaten[:3], {"access_id": care})).taken[3].pair.access_id == "230242324"
    # Where lengths are of all kinds, none of them is the usual one.
    assert judged(table(*({"access_id": "1" * length} for length in (7, 8, 9, 10)))).mistakes == ()


@pytest.mark.req("AGR-1")
def test_lost_last_digits_are_seen() -> None:
    rounded = {"contract_id": "12345678901234500000"}
    assert codes(judged(table(rounded)).mistakes) == [(2, "contract_id", "import.digits-rounded")]
    assert judged(table({"contract_id": "'12345678901234500000"})).mistakes == ()
    # Among others one may end so by chance; two do not.
    others = [{"contract_id": f"{number}2345678901234567891"} for number in range(5)]
    assert judged(table(rounded, *others)).mistakes == ()
    again = {"contract_id": "22345678901234500000"}
    assert [row for row, _column, _code in codes(judged(table(rounded, again, *others)).mistakes)] == [2, 3]


def test_pairs_twice_in_a_file_name_both_rows() -> None:
    twice = {"access_id": "0230-242323", "contract_id": "0123 4567 8901 2345 6789"}
    [mistake] = judged(table({**twice}, {}, {**twice, "access_id": "0230242323"})).mistakes
    assert (mistake.row, mistake.reason) == (4, Reason("import.pair-twice", {"row": 2}))


@pytest.mark.parametrize(
    ("about", "column", "code"),
    [
        ({"programme": ""}, "programme", "import.value-missing"),
        ({"programme": "gold-partner-support-2"}, "programme", "import.programme-nearly"),
        ({"programme": "xyz"}, "programme", "import.programme-unknown"),
        ({"programme": "provider"}, "programme", "import.programme-without-pair"),
        ({"organization": ""}, "organization", "import.value-missing"),
        ({"organization": "Olive Grove Food"}, "organization", "import.organization-nearly"),
        ({"organization": "=cmd|' /C calc'!A0"}, "organization", "import.organization-unknown"),
        ({"organization": "Twins"}, "organization", "import.organization-ambiguous"),
        ({"owner": "nobody@x.example"}, "owner", "import.owner-unknown"),
        ({"owner": "olaf@mail.example"}, "owner", "import.owner-elsewhere"),
        (
            {"owner": "carla@olive-grove-foods.example", "organization": "Baltic Sails"},
            "owner",
            "import.owner-elsewhere",
        ),
        ({"starts_on": ""}, "starts_on", "import.value-missing"),
        ({"starts_on": "1/2/2026"}, "starts_on", "import.date-order-unknown"),
        ({"starts_on": "46023"}, "starts_on", "import.date-as-number"),
        ({"starts_on": "2026-02-30"}, "starts_on", "import.date-unreadable"),
        ({"starts_on": "tomorrow"}, "starts_on", "import.date-unreadable"),
        ({"starts_on": "1026-01-01"}, "starts_on", "import.year-out-of-range"),
        ({"ends_on": "2025-12-31"}, "ends_on", "import.ends-before-start"),
        ({"time_zone": "Europe/Prag"}, "time_zone", "import.time-zone-nearly"),
        ({"time_zone": "CET"}, "time_zone", "import.time-zone-unknown"),
        ({"units_granted": "-1"}, "units_granted", "import.units-unreadable"),
        ({"units_granted": "12.5"}, "units_granted", "import.units-not-whole"),
        ({"units_granted": "100001"}, "units_granted", "import.units-out-of-range"),
        ({"units_granted": "3", "units_left": "4"}, "units_left", "import.more-left-than-granted"),
        ({"seat_limit": "0"}, "seat_limit", "agreement.seat-limit-out-of-range"),
        ({"programme": "x" * 501}, "programme", "import.cell-too-long"),
    ],
)
def test_each_mistake_names_row_and_column(about: dict[str, str], column: str, code: str) -> None:
    judgement = judged(table({}, about))
    assert codes(judgement.mistakes) == [(3, column, code)]
    assert judgement.rows == 2


@pytest.mark.req("AGR-9", "AGR-11")
def test_what_names_an_owner_alone_is_that_persons_and_it_is_said_whose_it_is_not() -> None:
    """As at the desk: an organization's people see the use of what is theirs, so nothing is guessed to be."""
    judgement = judged(
        table(
            {"organization": "", "owner": "carla@olive-grove-foods.example"},
            {"organization": "", "owner": "olaf@mail.example"},
            {"owner": "carla@olive-grove-foods.example"},
        )
    )
    assert [(each.organization_id, each.owner_id) for each in judgement.taken] == [
        (None, 21),
        (None, 22),
        (11, 21),
    ]
    assert codes(judgement.notices) == [(2, "organization", "import.owner-alone")]


def test_all_mistakes_of_all_rows_are_collected() -> None:
    many = {"programme": "?", "organization": "?", "owner": "?", "starts_on": "?", "units_granted": "?"}
    assert len(judged(table(many, many)).mistakes) == 10


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("2026-11-20", "", date(2026, 11, 20)),
        ("2026-11-20 00:00:00", "", date(2026, 11, 20)),
        ("2026-11-20 23:59:59", "", date(2026, 11, 20)),
        ("20. 11. 2026", "", date(2026, 11, 20)),
        ("11/10/2026", DAY_FIRST, date(2026, 10, 11)),
        ("11-10-2026", MONTH_FIRST, date(2026, 11, 10)),
    ],
)
def test_days_are_read_in_one_way_only(text: str, order: str, expected: date) -> None:
    assert read_day(text, order) == expected


def test_an_hour_in_the_middle_of_a_day_is_no_day() -> None:
    assert read_day("2026-11-20 12:30", "") == Reason("import.date-unreadable", {"value": "…:30"})
    assert read_units("20.00") == 20
    assert read_units("12.5", whole=60) == 750
    assert read_units("0,05", whole=60) == 3
    assert read_units("0.01", whole=60) == Reason("import.units-not-whole", {"value": "0.01"})
    assert read_units("1e3") == Reason("import.units-unreadable", {"value": "1e3"})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "import.file-empty"),
        (" \n \n", "import.file-empty"),
        (b"PK\x03\x04" + b"\0" * 99, "import.not-a-table"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 99, "import.not-a-table"),
        (b"\x1f\x8b\x08" + b"x" * 99, "import.not-a-table"),
        (b"%PDF-1.7", "import.not-a-table"),
        ("<html><table><tr><td>1", "import.not-a-table"),
        (b"a\0b\xff,c", "import.not-a-table"),
        (imported.HEAD, "import.no-rows"),
        ("a,b\n1,2\n", "import.columns-missing"),
        (imported.HEAD + ",Access ID\n" + "1," * 11, "import.column-twice"),
        (imported.HEAD + '\n"1,2,3\n', "import.quotes-open"),
        (imported.HEAD + '\n"1"2,3\n', "import.quotes-open"),
        (imported.HEAD + "\n" + "x" * 140_000 + "\n", "import.cell-too-long"),
        ("x," * 101 + "\n", "import.too-many-columns"),
        (b"x" * (8 * 1024 * 1024 + 1), "import.file-too-large"),
        (imported.HEAD + "\n" + "1\n" * 20_001, "import.too-many-rows"),
    ],
)
def test_of_what_is_no_table_nothing_is_read(text: str | bytes, code: str) -> None:
    assert refused(text) == (code,)


def test_a_file_is_not_forced_into_an_encoding_in_which_it_is_not() -> None:
    assert refused("ż".encode("cp1250"), encoding="utf-8") == ("import.encoding-differs",)
    assert refused(b"\x81\x83\x88", language="en") == ("import.encoding-differs",)


def test_a_row_with_more_cells_than_columns_is_not_pushed_into_them() -> None:
    text = table({}, {}) + "1,2,3,4,5,6,7,8,9,10,11,12\n"
    judgement = judged(text)
    assert (judgement.rows, codes(judgement.mistakes)) == (3, [(4, "", "import.row-too-long")])


def test_columns_are_known_in_six_languages_and_others_are_named() -> None:
    head = "Access-ID;CONTRACT ID;Πρόγραμμα;Công ty;Właściciel;Datum zahájení;Date de fin;Zbývá;Notiz"
    reading = read(f"{head}\n1;2;3;4;5;6;7;8;9\n".encode(), Options())
    assert reading.unread == ("Notiz",)
    [said] = reading.rows
    assert (said.programme, said.organization, said.owner, said.starts_on, said.ends_on, said.left) == tuple(
        "345678"
    )


HELD = Held(1, 11, datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 31, tzinfo=UTC))


def test_what_is_there_is_left_as_it_is_and_what_differs_is_a_mistake() -> None:
    """Balances and owners move by themselves; nothing else of an agreement may be said otherwise."""
    pair = {"access_id": "1", "contract_id": "2"}
    known = replace(KNOWN, pairs={Pair("1", "2"): HELD})
    judgement = judged(table(pair, {}), known)
    assert (judgement.already, len(judgement.taken), judgement.mistakes) == ((2,), 1, ())
    for owner in ("carla@olive-grove-foods.example", "olaf@mail.example"):
        moved = judged(table({**pair, "units_left": "1", "owner": owner}), known)
        assert (moved.already, moved.notices) == ((2,), ())
    [mistake] = judged(
        table({**pair, "starts_on": "2026-01-02", "organization": "Baltic Sails"}), known
    ).mistakes
    assert mistake.reason == Reason("import.there-and-differs", {"columns": "organization, starts_on"})


TYPES = {"Tickets": "gold-partner-support-20", "hours": "advisory-10", "Incidents": "gold-partner-support-20"}


def test_credit_vouchers_of_glpi_are_agreements_of_programmes_that_are_named() -> None:
    judgement = judged(imported.GLPI, form=GLPI, programmes=TYPES)
    assert judgement.mistakes == ()
    first, second = judgement.taken
    assert (first.pair, first.reference, first.organization_id) == (None, "7", 11)
    assert (first.granted, first.left, first.ends_at) == (20, 15, datetime(2027, 1, 1, tzinfo=UTC))
    assert (second.programme, second.granted, second.left) == ("advisory-10", 10 * HOURS.whole, 0)
    assert codes(judgement.notices) == [(3, "consumed", "import.more-used-than-granted")]
    assert codes(judgement.left_out) == [(4, "", "import.not-active")]
    nothing = judged(imported.GLPI, form=GLPI)
    assert codes(nothing.mistakes) == [
        (2, "type", "import.kind-not-mapped"),
        (3, "type", "import.kind-not-mapped"),
    ]
    unlimited = imported.GLPI.replace(";20;5", ";0;5")
    assert codes(judged(unlimited, form=GLPI, programmes=TYPES).mistakes) == [
        (2, "quantity", "import.unlimited")
    ]


def test_hours_are_counted_in_minutes_and_as_hours_where_somebody_has_to_confirm_them() -> None:
    hours = {"programme": "advisory-10", "units_granted": "10", "units_left": "7.5"}
    judgement = judged(table(hours, {"programme": "advisory-10"}))
    assert [(each.granted, each.left) for each in judgement.taken] == [(600, 450), (600, 600)]
    assert judgement.units == 18
    [mistake] = judged(table({**hours, "units_left": "10.5"})).mistakes
    assert mistake.reason == Reason("import.more-left-than-granted", {"left": "10.5", "granted": "10"})


def test_service_contracts_of_vtiger_are_agreements_too() -> None:
    judgement = judged(imported.VTIGER, form=VTIGER, programmes=TYPES, dates=DAY_FIRST)
    assert judgement.mistakes == ()
    first, second = judgement.taken
    assert (first.reference, first.organization_id, first.granted, first.left) == ("SERCON1", 11, 20, 15)
    assert first.starts_at == datetime(2026, 2, 1, tzinfo=UTC)
    assert (first.suspended, second.suspended) == (False, True)
    assert codes(judgement.left_out) == [(4, "", "import.not-in-force")]
    more_specific = {**TYPES, "Support/Incidents": "advisory-10"}
    wrong = judged(imported.VTIGER, form=VTIGER, programmes=more_specific, dates=DAY_FIRST)
    assert {code for _row, _column, code in codes(wrong.mistakes)} == {"import.unit-differs"}
    person = imported.VTIGER.replace("Accounts::::Olive Grove Foods", "Contacts::::Carla Papadaki")
    assert codes(judged(person, form=VTIGER, programmes=TYPES, dates=DAY_FIRST).mistakes) == [
        (2, "Related to", "import.value-missing")
    ]
    assert {
        code for *_place, code in codes(judged(imported.VTIGER, form=VTIGER, programmes=TYPES).mistakes)
    } == {"import.date-order-unknown"}


def test_a_reference_that_is_there_is_not_imported_again() -> None:
    held = replace(HELD, ends_at=datetime(2027, 1, 1, tzinfo=UTC))
    known = replace(KNOWN, references={"7": held})
    judgement = judged(imported.GLPI, known, form=GLPI, programmes=TYPES)
    assert (judgement.already, [each.reference for each in judgement.taken]) == ((2,), ["8"])
    twice = imported.GLPI.replace("\n8;", "\n7;")
    assert codes(judged(twice, form=GLPI, programmes=TYPES).mistakes) == [(3, "id", "import.reference-twice")]


@pytest.mark.parametrize("digits", ["01234567890123456789", "0123 4567 8901 2345 6789", "0230242323"])
def test_an_id_in_a_wrong_column_is_not_repeated(digits: str) -> None:
    """In no sentence stands what could be a Contract ID, whichever column it slipped into."""
    for column in (
        "programme",
        "organization",
        "owner",
        "starts_on",
        "units_granted",
        "time_zone",
        "seat_limit",
    ):
        for mistake in judged(table({column: digits})).mistakes:
            said = re.sub(r"\D", "", str(mistake.reason.params))
            assert re.sub(r"\D", "", digits) not in said, mistake
    assert shown("2026-11-20") == "2026-11-20"
    assert shown(f"No. {digits}\u202e!") == "No. …!"
    head = f"{digits},x\n1,2\n"
    with pytest.raises(Unreadable) as caught:
        read(head.encode(), Options())
    assert digits not in str([reason.params for reason in caught.value.decision])


_SIGNS = ("\n", ",", ";", '"', "\t", "\r", "\0", "sep=;", "0", "1.2E+19", "=", "'")
_PIECES = st.sampled_from((imported.HEAD, imported.GLPI, imported.VTIGER, *_SIGNS)) | st.text(max_size=8)
_TABLES = st.lists(_PIECES, max_size=12).map(lambda parts: "".join(parts).encode("utf-8", "ignore"))


@settings(max_examples=250, deadline=None)
@given(st.binary(max_size=200) | _TABLES, st.sampled_from(list(FORMS)), st.sampled_from(["", *ENCODINGS]))
@example(b"\xff\xfe", "pactdesk", "")
@example(b"\xff\xfe\0\0a\0\0\0", "pactdesk", "")
def test_whatever_the_file_holds_it_is_read_or_refused(content: bytes, form: str, encoding: str) -> None:
    about = Options(form=form, encoding=encoding, programmes=TYPES)
    try:
        reading = read(content, about)
    except Unreadable:
        return
    judgement = judge(reading, KNOWN, about)
    assert judgement.rows >= len(judgement.taken) + len(judgement.already) + len(judgement.left_out)


_CELL = st.text(alphabet="0123456789 .-,'=\"eE+", min_size=1, max_size=24)


@pytest.mark.req("AGR-1")
@settings(max_examples=250, deadline=None)
@given(st.lists(st.tuples(_CELL, _CELL), min_size=1, max_size=6))
def test_no_digit_is_ever_invented_lost_or_moved(cells: list[tuple[str, str]]) -> None:
    """What comes out is the digits of the cell in their order, or nothing."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(imported.ROW)
    for access_id, contract_id in cells:
        writer.writerow({**imported.ROW, "access_id": access_id, "contract_id": contract_id}.values())
    reading = read(text.getvalue().encode(), Options())
    for row, pair in pairs_of(reading).items():
        typed = cells[row - 2]
        assert (pair.access_id, pair.contract_id) == tuple(re.sub(r"\D", "", each) for each in typed)
    assert {each.pair for each in judge(reading, KNOWN, Options()).taken} <= set(pairs_of(reading).values())


@given(st.integers(0, 10**20), st.sampled_from(["{}.0", "{},00", "{:e}", "{:E}", "{:.2e}"]))
def test_a_number_never_passes_for_an_id(number: int, written: str) -> None:
    assert not isinstance(read_digits(written.format(number)), Digits)
