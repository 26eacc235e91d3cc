"""No page of a request or of a list reads a whole table of those that grow, whatever stands beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.db import connection

from pactdesk.accounts.models import Organization
from pactdesk.cases.models import Case
from tests import database, queues, world
from tests.doors.visitors import visitor

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)
GROWING = {
    "agreements_ledgerentry",
    "cases_attachment",
    "cases_case",
    "cases_casewords",
    "cases_clockevent",
    "cases_contact",
    "cases_draft",
    "cases_message",
    "cases_timer",
    "delegation_delegation",
    "delegation_relationship",
    "delegation_roleassignment",
    "journal_fact",
    "notifications_outgoingmail",
    "notifications_webhookdelivery",
    "purchases_purchase",
}
# Conditions that few rows fulfil, however many there are.
_ONE_OR_A_FEW = re.compile(
    r"\b(id|case_id|subject_id|draft_key|draft_id|message_id|agreement_id|account_email)\b|@@"
)
# Of what partners and customers have with each other: what is between these two.
_BETWEEN_TWO = re.compile(r"\b(customer_id|subscription_id|account_id)\b")
_THESE = re.compile(r"\bid = ANY \('")
PAGES = {
    "carla": (
        "/requests/",
        "/requests/?q=vpn",
        "/requests/?severity=B",
        "/requests/list.csv",
        "/requests/{}/",
        "/requests/{}/sharing/",
        "/activity/",
        "/activity/?q=carla",
        "/activity/?show=closed",
        "/activity/list.csv",
        "/activity/use/",
        "/benefits/",
        "/benefits/?q=gold",
        "/benefits/statements.csv",
        "/benefits/{agreement}/?kind=deduct",
        "/benefits/lost-ids/",
        "/benefits/activate/",
        "/customers/",
        "/customers/?q=sails",
        "/customers/{customer}/",
        "/customers/{customer}/?q=mail",
        "/opened-for-us/",
    ),
    "ines": (
        *(f"/desk/?view={view}" for view in ("mine", "unassigned", "team", "waiting", "resolved", "closed")),
        "/desk/?view=team&severity=B&language=en",
        "/desk/queue.csv?view=team",
        "/desk/requests/{}/",
        "/desk/requests/{}/preview/",
        "/desk/requests/{}/merge/",
        "/desk/requests/{}/links/",
    ),
    "marta": (
        "/desk/agreements/?q=olive",
        "/desk/agreements/{agreement}/send/?q=car",
        "/desk/approvals/",
        *(f"/desk/purchases/?q={q}" for q in ("", "P-100001", "PD-100001", "olaf%40mail.example", "ol")),
        *(
            f"/desk/purchases/?state={state}"
            for state in ("paid", "refunded", "disputed", "failed", "waiting")
        ),
        "/desk/organizations/?q=sails",
        "/desk/mail/",
        "/desk/pairs/",
    ),
    "olaf": ("/purchases/", "/purchases/cards/"),
}

pytestmark = pytest.mark.django_db


def of_a_partner(case: Case) -> None:
    """All requests were made by Carla's organization for Cem's, and Nora's does so for hers."""
    world.administrator("carla")
    world.administrator("cem")
    Organization.objects.filter(pk=world.organization_of("carla")).update(kind="partner")
    under = world.delegation("carla", "cem", "submit", "read")
    world.delegation("nora", "carla", "submit", "read")
    Case.objects.update(customer=world.organization_of("cem"), delegation=under)


@pytest.fixture
def read_whole(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str]]]:
    """The growing tables that a statement read without looking anything up, each with the statement.

    In a table of a few rows that is the quickest way, and so is sorting it, so both are forbidden to the planner here:
    they remain where there is no other way.
    """
    found: list[tuple[str, str]] = []
    execute = psycopg.Cursor.execute

    def explained(self: psycopg.Cursor[Any], query: Any, params: Any = None, **options: Any) -> Any:
        text = str(query)
        if text.lstrip().upper().startswith(("SELECT", "WITH", "(SELECT")):
            aside, ways = self.connection.cursor(), []
            for sort in ("on", "off"):
                execute(aside, f"SET LOCAL enable_sort = {sort}")
                execute(aside, f"EXPLAIN (FORMAT JSON) {text}", params)
                [plan] = aside.fetchone() or ()
                plan = json.loads(plan) if isinstance(plan, str) else plan
                ways.append(list(whole_tables(plan[0]["Plan"])))
            execute(aside, "SET LOCAL enable_sort = on")
            if all(ways):
                found.extend((table, text) for table in ways[0])
        return execute(self, query, params, **options)

    database.forget_counts()
    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        if connection.pg_version >= 180000:  # type: ignore[attr-defined]  # PostgreSQL's connection has it
            # Of these it is to believe that there are many.
            cursor.execute(
                "SELECT pg_restore_relation_stats("
                "'schemaname', 'public', 'relname', 'cases_case', 'relpages', 1::int, 'reltuples', 100000::real)"
            )
    monkeypatch.setattr(psycopg.Cursor, "execute", explained)
    yield found
    monkeypatch.undo()


def whole_tables(plan: dict[str, Any], bounded: bool = False) -> Iterator[str]:
    """The growing tables of which a plan reads everything, or everything of a team or a person, without a limit."""
    kind = plan["Node Type"]
    # Whatever has to see all rows first is not stopped by a limit above it.
    bounded = kind == "Limit" or (bounded and kind not in {"Aggregate", "Sort", "Hash"})
    if plan.get("Relation Name") in GROWING and not bounded:
        told = plan.get("Index Cond", "") + plan.get("Recheck Cond", "")
        # Of a small table the planner may read all all the same, to keep the rows with these numbers.
        between = plan["Relation Name"].startswith("delegation_") and _BETWEEN_TWO.search(told)
        if not between and not _ONE_OR_A_FEW.search(told) and not _THESE.search(plan.get("Filter", "")):
            yield plan["Relation Name"]
    for part in plan.get("Plans", ()):
        yield from whole_tables(part, bounded)


@pytest.mark.parametrize(("who", "path"), [(who, path) for who, paths in PAGES.items() for path in paths])
def test_no_page_reads_everything(who: str, path: str, read_whole: list[tuple[str, str]]) -> None:
    world.team("support", "ines", "marta")
    world.team("service-centre", "marta")
    case = queues.request(at=NOW)
    queues.copies(case, 60)
    if "activity" in path:
        world.administrator("carla")
    if "customer" in path or "opened" in path:
        of_a_partner(case)
    read_whole.clear()
    assert (
        visitor(who)
        .get(path.format(f"PD-{case.pk}", customer=world.organization_of("cem"), agreement=case.agreement_id))
        .status_code
        == 200
    )
    assert read_whole == []
