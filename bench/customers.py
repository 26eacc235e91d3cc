"""The list of customers of a partner that has a hundred of them and of one that has ten thousand, in one database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import transaction

from bench.place import Place
from bench.reader import Reader
from bench.report import Table, median, say
from bench.world import Session, new_people
from pactdesk.accounts.models import Account, Organization, OrganizationDomain
from pactdesk.delegation.models import Delegation, Relationship

SIZES = (100, 10_000)
OTHERS = 20_000  # customers of somebody else
PAGE = 50
SAMPLES = 40
ROW = 'href="/customers/[0-9]+/"'
GOAL_MS, GOAL_RATIO = 50.0, 1.5

# A word that a quarter of the names have, and one that the last customer of each partner has alone.
COMMON, RARE = "foods", "quicksilver"
_TRADES = ("Foods", "Sails", "Timber", "Optics")


def measure(place: Place, table: Table, *, rounds: int) -> None:
    """Server time of the first and the last page, and of searches, at both sizes."""
    say(f"partners with {SIZES[0]:,} and {SIZES[1]:,} customers")
    sessions = {size: _partner(size) for size in SIZES}
    _partner(OTHERS)
    inside: dict[tuple[int, str], list[dict[str, float]]] = {}
    with Reader(place, None) as read:
        for turn in range(rounds + 1):
            for size in SIZES:
                for kind, (path, rows) in _pages(size).items():
                    answer = read([path] * SAMPLES, sessions[size].cookies, mark=ROW, marks=rows)
                    if turn:  # the first one only warms up
                        inside.setdefault((size, kind), []).append(answer)
    goals = f"goals: largest / smallest ≤ {GOAL_RATIO}, server < {GOAL_MS:.0f} ms"
    table.heading(f"Customers of a partner, {PAGE} rows ({goals})")
    table.row("customers", *(f"{size:,}" for size in SIZES), "largest / smallest", "queries")
    for kind in _pages(SIZES[0]):
        server = {size: median([each["server"] for each in inside[size, kind]]) for size in SIZES}
        queries = {f"{each['queries']:.0f}" for size in SIZES for each in inside[size, kind]}
        table.row(
            kind,
            *(f"{server[size] * 1000:.2f} ms" for size in SIZES),
            f"{server[SIZES[1]] / server[SIZES[0]]:.2f}",
            " / ".join(sorted(queries)),
        )


def _pages(size: int) -> dict[str, tuple[str, int]]:
    """What is read: its address, and how many rows it has to show."""
    last = sorted((_name(number, size).lower(), number) for number in range(size))[size - PAGE - 1][0]
    return {
        "first page": ("/customers/", PAGE),
        "last page": (f"/customers/?after=999999999999-{last.replace(' ', '+')}", PAGE),
        "a word that many have": (f"/customers/?q={COMMON}", min(PAGE, size // len(_TRADES))),
        "a word that one has": (f"/customers/?q={RARE}", 1),
        "rights that end soon": ("/customers/?rights=ending", min(PAGE, size // 10)),
    }


def _name(number: int, size: int) -> str:
    trade = _TRADES[number % len(_TRADES)]
    return f"{trade} of place {number:05}" + (f" {RARE}" if number == size - 1 else "")


@transaction.atomic
def _partner(size: int) -> Session:
    """A partner with so many customers, half of which have granted it something; somebody of it, signed in."""
    now = datetime.now(UTC)
    partner = Organization.objects.create(name=f"Partner of {size}", kind=Organization.Kind.PARTNER)
    [session] = new_people(1)
    Account.objects.filter(pk=session.account_id).update(organization=partner)
    customers = Organization.objects.bulk_create(
        Organization(name=_name(number, size), kind=Organization.Kind.CUSTOMER) for number in range(size)
    )
    OrganizationDomain.objects.bulk_create(
        OrganizationDomain(organization=each, name=f"c{each.pk}.example") for each in customers
    )
    Relationship.objects.bulk_create(
        Relationship(
            partner=partner, customer=each, tier="direct", customer_name=each.name.lower(), since=now
        )
        for each in customers
    )
    Delegation.objects.bulk_create(
        Delegation(
            partner=partner,
            customer=each,
            grantor=each,
            may_submit=True,
            may_read=True,
            granted_at=now,
            ends_at=now + timedelta(days=10 if place % 5 == 0 else 300),
        )
        for place, each in enumerate(customers[::2])
    )
    return session
