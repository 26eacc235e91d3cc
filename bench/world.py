"""People with sessions, agreements with units, drafts that are complete, and as many earlier requests as asked for.

Django has to be set up on the database of the place before anything here is called.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils.crypto import get_random_string

from bench.place import FILLED, CannotMeasure, Place
from bench.report import say
from pactdesk.accounts.models import Account, Organization, OrganizationRole, Team, TeamMember
from pactdesk.accounts.sessions import SessionStore
from pactdesk.agreements import services as agreements
from pactdesk.agreements.models import Registration
from pactdesk.cases.rules.answers import Answers, Person, Problem, Support
from pactdesk.cases.rules.steps import STEPS
from pactdesk.catalog import queries as catalog

PROGRAMME = "gold-partner-support-20"
PEOPLE = 500
# People whom `bench.benefits` gives something to look through: at the service centre, who manages an organization, who
# has many agreements, who has bought much.
ASIDE = ("centre", "manager", "holder", "buyer")
UNITS = 10_000_000
HISTORY = Path(__file__).with_name("history.sql")
CONVERSATION = Path(__file__).with_name("conversation.sql")
DESCRIPTION = (
    "After the update of last night the service does not start any more. The event log shows an access violation "
    "in the first second; starting it by hand gives the same. We have restarted the server and removed the update "
    "without success. Two hundred people cannot work with their files."
)


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in: the cookies of the browser and the token of its forms."""

    account_id: int
    cookies: str
    token: str

    @property
    def acceptance(self) -> str:
        """The form of the last step, filled in."""
        return urlencode({"csrfmiddlewaretoken": self.token, "terms_accepted": "on"})


@dataclass(frozen=True, slots=True)
class World:
    """Who and what there is. People and their agreements are numbered without gaps from the first ones on.

    `sizes` are the numbers of earlier requests for which a database was kept; the main one has the last of them.
    `engineer` answers for the team that has them all; who stands `aside` has nothing
    to do with any of them. Each of them has so many `messages`.
    """

    first_account: int
    first_agreement: int
    hot_agreement: int
    busy: int
    engineer: int
    few: dict[str, int]
    aside: dict[str, int]
    sessions: list[dict[str, Any]]
    sizes: list[int]
    model_case: int
    messages: int = 0

    @classmethod
    def known(cls) -> Self | None:
        """The world that an earlier run has kept."""
        return cls(**json.loads(FILLED.read_text())["world"]) if FILLED.exists() else None

    def keep(self, made_from: str) -> None:
        FILLED.write_text(json.dumps({"made_from": made_from, "world": asdict(self)}))

    def session_of(self, account_id: int) -> Session:
        return Session(**next(each for each in self.sessions if each["account_id"] == account_id))

    def people(self) -> list[Session]:
        return [Session(**each) for each in self.sessions[:PEOPLE]]


def database_of(size: int) -> str:
    """The name of the database that was kept with so many requests."""
    return f"requests_{size}"


def make(place: Place, sizes: Sequence[int]) -> World:
    """Make everything: people, agreements, sessions, and the requests of the past, one size after the other."""
    accounts = _people(PEOPLE + 2 + len(sizes) + len(ASIDE))
    engineer = accounts[-1]
    aside = dict(zip(ASIDE, (each.pk for each in accounts[PEOPLE + 1 + len(sizes) : -1]), strict=True))
    _stand_aside(aside)
    TeamMember.objects.create(team=Team.objects.get(is_default=True), account=engineer)
    world = World(
        first_account=accounts[0].pk,
        first_agreement=0,
        hot_agreement=0,
        busy=accounts[PEOPLE].pk,
        engineer=engineer.pk,
        few={str(size): accounts[PEOPLE + 1 + place].pk for place, size in enumerate(sizes)},
        aside=aside,
        sessions=[asdict(session) for session in _sessions(accounts)],
        sizes=list(sizes),
        model_case=0,
    )
    first_agreement, hot_agreement = _agreements(accounts[:PEOPLE])
    world = replace(world, first_agreement=first_agreement, hot_agreement=hot_agreement)
    world = replace(world, model_case=_model_case(world, accounts[0]))
    done = 0
    for size in sizes:
        say(f"{size:,} requests")
        _fill(place, world, done, size)
        done = size
        connection.close()
        if size != sizes[-1]:
            place.copy_database(database_of(size))
    check(world)
    return world


def _stand_aside(aside: dict[str, int]) -> None:
    centre = Team.objects.create(code="bench-centre", name={"en": "Service centre"}, is_service_centre=True)
    TeamMember.objects.create(team=centre, account_id=aside["centre"])
    managed = Organization.objects.create(name="Managed", kind=Organization.Kind.PARTNER)
    Account.objects.filter(pk=aside["manager"]).update(organization=managed)
    OrganizationRole.objects.create(account_id=aside["manager"], role="global-administrator")
    Account.objects.filter(pk=aside["buyer"]).update(kind=Account.Kind.PERSONAL)


def new_people(count: int) -> list[Session]:
    """So many more people, each signed in."""
    return _sessions(_people(count))


def _people(count: int) -> list[Account]:
    now = datetime.now(UTC)
    password = make_password(None)
    first = (Account.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
    accounts = Account.objects.bulk_create(
        Account(
            email=f"person{pk}@bench.example",
            password=password,
            first_name="Person",
            last_name=str(pk),
            kind=Account.Kind.WORK,
            contact_email=f"person{pk}@bench.example",
            phone="+420 601 123 456",
            country="CZ",
            time_zone="Europe/Prague",
            language="en",
            profile_completed_at=now,
        )
        for pk in range(first, first + count)
    )
    if [account.pk for account in accounts] != list(range(first, first + count)):
        raise CannotMeasure("The accounts did not get the numbers that their addresses were made for.")
    EmailAddress.objects.bulk_create(
        EmailAddress(user=account, email=account.email, verified=True, primary=True) for account in accounts
    )
    return accounts


def _sessions(accounts: Sequence[Account]) -> list[Session]:
    """Sign everybody in, as Django would."""
    store = SessionStore()
    rows, sessions = [], []
    for account in accounts:
        key = get_random_string(32)
        data = {
            SESSION_KEY: str(account.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: account.get_session_auth_hash(),
        }
        until = datetime.now(UTC) + timedelta(seconds=settings.SESSION_COOKIE_AGE)
        model = SessionStore.get_model_class()
        rows.append(model(key, store.encode(data), until, account_id=account.pk))
        form = HttpRequest()
        token = get_token(form)
        cookies = (
            f"{settings.CSRF_COOKIE_NAME}={form.META['CSRF_COOKIE']}; {settings.SESSION_COOKIE_NAME}={key}"
        )
        sessions.append(Session(account.pk, cookies, token))
    SessionStore.get_model_class().objects.bulk_create(rows)
    return sessions


@transaction.atomic
def _agreements(accounts: Sequence[Account]) -> tuple[int, int]:
    """One agreement for each person, and one that all of them draw on."""
    now = datetime.now(UTC)

    def issue() -> int:
        return agreements.issue_agreement(
            PROGRAMME,
            starts_on=(now - timedelta(days=30)).date(),
            time_zone="UTC",
            organization_id=None,
            owner_id=None,
            actor_id=None,
            at=now,
            quantity=UNITS,
        ).agreement_id

    ids = [issue() for _ in range(len(accounts) + 1)]
    if ids != list(range(ids[0], ids[0] + len(ids))):
        raise CannotMeasure("The agreements did not get consecutive numbers.")
    Registration.objects.bulk_create(
        Registration(account=account, agreement_id=agreement, registered_at=now)
        for account, own in zip(accounts, ids, strict=False)
        for agreement in (own, ids[-1])
    )
    return ids[0], ids[-1]


def complete_answers(agreement_id: int, owner: int, other: int) -> Answers:
    """The answers of somebody who has come to the last step: an incident of an on-premises product, shared with one."""
    product = catalog.current().product("windows-server")
    category = product.categories[0]
    return Answers(
        problem=Problem(
            product=product.code,
            version=next(version.code for version in product.versions if version.code == "2022"),
            usage="it-professional" if product.asks_usage else "",
            category=category.code,
            problem=next(each.code for each in category.problems if each.problem_type.draws == "incident"),
            summary="The service does not start after the update",
            description=DESCRIPTION,
        ),
        support=Support(agreement_id=agreement_id, severity="C", country="CZ", time_zone="Europe/Prague"),
        contact=_person(owner),
        share=(_person(other),),
        done=frozenset(STEPS[:-1]),
    )


def _person(account_id: int) -> Person:
    return Person(
        name=f"Person {account_id}",
        email=f"person{account_id}@bench.example",
        phone="+420 601 123 456",
        time_zone="Europe/Prague",
        language="en",
    )


def drafts(world: World, count: int, *, hot: bool) -> list[tuple[str, int]]:
    """Put complete drafts into the table; their keys, each with the place of its owner among the people."""
    now = datetime.now(UTC)
    # All texts first: while rows are copied, the connection cannot be asked for the catalogue.
    texts = [json.dumps(_answers_of(world, owner, hot=hot).as_data()) for owner in range(min(count, PEOPLE))]
    keys = [(str(uuid.uuid4()), number % PEOPLE) for number in range(count)]
    columns = "id, account_id, answers, created_at, saved_at, expires_at"
    with connection.cursor() as cursor, cursor.copy(f"COPY cases_draft ({columns}) FROM STDIN") as copy:
        for key, owner in keys:
            copy.write_row(
                (key, world.first_account + owner, texts[owner], now, now, now + timedelta(days=30))
            )
    return keys


def _answers_of(world: World, owner: int, *, hot: bool) -> Answers:
    account, other = world.first_account + owner, world.first_account + (owner + 7) % PEOPLE
    return complete_answers(world.hot_agreement if hot else world.first_agreement + owner, account, other)


def _model_case(world: World, account: Account) -> int:
    """Submit one request as its requester would: all other rows are made in its likeness."""
    from pactdesk.accounts.access import viewer_of
    from pactdesk.cases.services.submission import submit

    [(key, _)] = drafts(world, 1, hot=True)
    done = submit(uuid.UUID(key), terms_accepted=True, actor=viewer_of(account), at=datetime.now(UTC))
    return done.number


def _fill(place: Place, world: World, done: int, size: int) -> None:
    """Add requests until there are `size`. Two connections, because there are two processors at least."""
    values = {
        "first": done + 1,
        "last": size,
        "people": PEOPLE,
        "units": UNITS,
        "account": world.first_account,
        "agreement": world.first_agreement,
        "busy": world.busy,
        "few": world.few[str(size)],
        "model": world.model_case,
        "number": world.model_case,
        "contact": 1_000,
        "entry": 100_000,
    }
    parts = HISTORY.read_text().split("-- part:")[1:]
    with ThreadPoolExecutor(len(parts)) as hands:
        list(hands.map(lambda part: run_asleep(place, part.split("\n", 1)[1], values), parts))
    with place.superuser() as own:
        for table in ("cases_case", "cases_contact", "agreements_ledgerentry"):
            own.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")
        own.execute("VACUUM (ANALYZE)")
        own.execute("CHECKPOINT")


def talk(place: Place, world: World, messages: int) -> World:
    """Let both sides of every earlier request say so much, in all databases. The world as it is then."""
    parts = CONVERSATION.read_text().split("-- part:")[1:]
    connection.close()
    for size in world.sizes:
        say(f"{size:,} requests, {messages} messages each")
        database = None if size == world.sizes[-1] else database_of(size)
        values = {
            "last": size,
            "messages": messages,
            "people": PEOPLE,
            "account": world.first_account,
            "engineer": world.engineer,
            "number": world.model_case,
            "text": DESCRIPTION,
        }
        with ThreadPoolExecutor(len(parts)) as hands:
            running = [
                hands.submit(run_asleep, place, part.split("\n", 1)[1], values, database) for part in parts
            ]
            for each in running:
                each.result()
        with place.superuser(database) as own:
            own.execute("SELECT setval('cases_message_id_seq', (SELECT max(id) FROM cases_message))")
            own.execute("VACUUM (ANALYZE)")
            own.execute("CHECKPOINT")
    return replace(world, messages=messages)


def run_asleep(place: Place, text: str, values: dict[str, Any], database: str | None = None) -> None:
    """Run statements as the superuser, with triggers and foreign keys asleep."""
    from psycopg import ClientCursor

    with place.superuser(database) as own:
        own.execute("SET session_replication_role = replica")
        own.execute("SET synchronous_commit = off")
        cursor = ClientCursor(own)
        for statement in filter(str.strip, text.split(";\n")):
            cursor.execute(statement, values)


CHECKS = {
    "agreements whose balance is not the sum of their entries": """
        SELECT count(*) FROM agreements_agreement a LEFT JOIN (
          SELECT agreement_id, sum(units) units, count(*) entries, max(position) last
          FROM agreements_ledgerentry GROUP BY agreement_id
        ) e ON e.agreement_id = a.id
        WHERE (a.units_left, a.entry_count, a.entry_count)
          IS DISTINCT FROM (coalesce(e.units, 0), coalesce(e.entries, 0), coalesce(e.last, 0))
    """,
    "paid requests without exactly one deduction": """
        SELECT count(*) FROM cases_case c FULL JOIN (
          SELECT case_number, count(*) n FROM agreements_ledgerentry WHERE kind = 'deduct' GROUP BY case_number
        ) e ON e.case_number = c.id
        WHERE c.agreement_id IS NOT NULL AND e.n IS DISTINCT FROM 1 OR c.id IS NULL
    """,
    "requests without a primary contact": """
        SELECT (SELECT count(*) FROM cases_case) - (SELECT count(*) FROM cases_contact WHERE role = 'primary')
    """,
    "requests without their fact": """
        SELECT (SELECT count(*) FROM cases_case)
          - (SELECT count(DISTINCT subject_id) FROM journal_fact WHERE code = 'case.opened')
    """,
    "requests whose draft does not know them": """
        SELECT count(*) FROM cases_case c LEFT JOIN cases_draft d ON d.id = c.draft_key AND d.case_id = c.id
        WHERE d.id IS NULL
    """,
}


def check(world: World) -> None:
    """Prove that all rows agree with each other. Raises `CannotMeasure`."""
    with connection.cursor() as cursor:
        for what, statement in CHECKS.items():
            cursor.execute(statement)
            [count] = cursor.fetchone()
            if count:
                raise CannotMeasure(f"The data are wrong: {count} {what}.")
