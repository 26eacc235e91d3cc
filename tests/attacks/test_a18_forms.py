"""A18: whatever else is sent with a form about benefits comes to nothing. Each form does with the names of all our
columns, and what attackers try, exactly what it does without them, row by row."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import time_machine
from django.conf import LazySettings
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests import world
from tests.attacks import benefits_house
from tests.attacks.benefits_house import Sent, data_of
from tests.attacks.test_a18_mass_assignment import ATTEMPTS, field_names
from tests.doors.test_who_may_open_what import patterns
from tests.doors.visitors import visitor

pytestmark = pytest.mark.django_db

# Where something about benefits is done, and which of that only shows.
_ABOUT_BENEFITS = re.compile(
    r"portal:(purchase|buy|card|benefit)|desk:(agreement|approval|issuance|organization|location|mail|import|enrolment|competency|kit|waiting|purchase)"
)
_ONLY_SHOWN = {
    "portal:purchases",
    "portal:buy",
    "portal:card-added",
    "portal:purchase-receipt",
    "portal:benefits",
    "portal:benefit",
    "portal:benefit-statement",
    "portal:benefit-statements",
    "desk:agreements",
    "desk:agreements-csv",
    "desk:agreement",
    "desk:approvals",
    "desk:organizations",
    "desk:organizations-csv",
    "desk:organization",
    "desk:mail-log",
    "desk:import",
    "desk:import-mistakes-csv",
    "desk:purchases",
    "desk:waiting-pairs",
    "desk:waiting-pairs-csv",
    "desk:waiting-pair-mail",  # of which nothing is read but its address
}
# The payment is looked at anew, and there is no news.
_DO_NOTHING = {"portal:purchase"}
# What a sign-in remembers between two pages, and how often somebody knocked.
_ASIDE = {"accounts_session", "cache", "django_session", "django_migrations"}


def begin_to_write() -> int:
    """The number by which rows are known that are written in this savepoint or in one within it."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE IF NOT EXISTS mark (set boolean)")
        cursor.execute("INSERT INTO mark VALUES (true) RETURNING xmin::text::bigint")
        number: int = cursor.fetchone()[0]
    return number


def all_tables() -> list[str]:
    """All tables of the house, without those of the catalogue, which are only written by a file."""
    with connection.cursor() as cursor:
        names = set(connection.introspection.table_names(cursor)) - _ASIDE
    return sorted(
        name for name in names if not name.startswith(("catalog_", "servicelevels_", "auth_", "django_"))
    )


def written(tables: list[str], since: int) -> list[tuple[str, int, list[dict[str, Any]]]]:
    """For each table how many rows it has, and those that were written since then. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT '{table}', count(*),"
                f' json_agg(to_json(t)) FILTER (WHERE t.xmin::text::bigint >= {since}) FROM "{table}" t'
                for table in tables
            )
        )
        return [
            (table, count, sorted(json.loads(rows) if isinstance(rows, str) else rows or [], key=_in_order))
            for table, count, rows in cursor.fetchall()
        ]


def _in_order(row: dict[str, Any]) -> tuple[int, str]:
    key = row.get("id", "")
    return (key, "") if isinstance(key, int) else (0, str(key or row))


def counted(tables: list[str]) -> dict[str, int]:
    """How many rows each table has."""
    return {table: count for table, count, _rows in written(tables, 2**62)}


def changes(tables: list[str], since: int, counts: dict[str, int]) -> dict[str, list[dict[str, Any]]]:
    """The rows that were written since then, by table; a table that has lost rows says so."""
    found = {}
    for table, count, rows in written(tables, since):
        lost = [{"lost": counts[table] - count}] if count < counts[table] else []
        if rows or lost:
            found[table] = rows + lost
    return found


def done_by(
    client: Client, sent: Sent, more: dict[str, Any], tables: list[str], counts: dict[str, int]
) -> tuple[int, Any]:
    """The status, and what the form changes; the house is as it was afterwards."""
    point = transaction.savepoint()
    since = begin_to_write()
    try:
        answer = client.post(sent.address, data_of(sent, **more))
        return answer.status_code, changes(tables, since, counts)
    finally:
        transaction.savepoint_rollback(point)


def differing(one: Any, other: Any) -> set[tuple[str, str]]:
    """Tables and columns in which two lists of changes differ; a table whole where one has more rows."""
    found = set()
    for table in set(one) | set(other):
        rows, others = one.get(table, []), other.get(table, [])
        if len(rows) != len(others):
            found.add((table, "*"))
            continue
        for row, twin in zip(rows, others, strict=True):
            found |= {(table, column) for column in row if row[column] != twin[column]}
    return found


def test_nothing_that_a_form_does_not_offer_does_anything(settings: LazySettings) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = (
        None  # else all of them together are refused, and nothing is tried
    )
    house = benefits_house.house(settings)
    forms = benefits_house.forms(house)
    there = {name for name, _address, _parameters in patterns() if _ABOUT_BENEFITS.match(name)}
    assert there - _ONLY_SHOWN == set(forms), "every form about benefits is tried"
    names = field_names() | set(ATTEMPTS)
    stranger = str(world.person("nora").pk)
    clients = {who: visitor(who) for who in {sent.who for sent in forms.values()}}
    # Cards are opened to programs by whoever has just said the password.
    clients["olaf"].post(reverse("account_reauthenticate"), {"password": world.PASSWORD})
    tables, wrong = all_tables(), []
    counts = counted(tables)
    with time_machine.travel(timezone.now(), tick=False):
        for name, sent in forms.items():
            more = dict.fromkeys(sorted(names - set(sent.data) - sent.more), stranger)
            plain, tampered = (
                done_by(clients[sent.who], sent, extra, tables, counts) for extra in ({}, more)
            )
            if plain[0] not in {200, 302} or not (plain[1] or name in _DO_NOTHING):
                wrong.append((name, plain[0], "it does nothing, so nothing is tried"))
            if tampered == plain:
                continue
            # What differs from time to time by itself: numbers of rows, random digits and tokens.
            again = done_by(clients[sent.who], sent, {}, tables, counts)
            if tampered[0] != plain[0] or differing(plain[1], tampered[1]) - differing(plain[1], again[1]):
                wrong.append((name, tampered[0], differing(plain[1], tampered[1])))
    assert not wrong, "\n".join(map(str, wrong))
