"""The people and agreements of the tests. Everybody who tests with a database begins here.

Nora is an indirect provider, Rafael a reseller, Carla and Cem are two customers, Ines is an engineer, Marta works
at the service centre, and Olaf is a stranger who must never see anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.db import connection, transaction
from django.utils import timezone

from pactdesk.accounts.access import viewer_of
from pactdesk.accounts.models import Account, Organization, OrganizationRole, Team, TeamMember
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements import services as agreements
from pactdesk.agreements.rules import Pair
from pactdesk.catalog import queries as catalog_queries
from pactdesk.catalog import services as catalog
from pactdesk.catalog.models import CatalogRevision
from pactdesk.delegation.models import Relationship, RoleAssignment, Subscription, SupportGroup
from pactdesk.delegation.rules import Terms
from pactdesk.delegation.services import delegations
from pactdesk.routing import queries as routing
from pactdesk.routing.models import Rule

CATALOGUE = Path(__file__).parents[1] / "catalogs" / "partner-support.yaml"
PASSWORD = "correct-horse-battery"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)

_OF_THE_CATALOGUE: Sequence[str] = [
    *(
        table
        for migration in ("0002_changes_are_noticed", "0004_channels_as_data")
        for table in import_module(f"pactdesk.catalog.migrations.{migration}").TABLES
    ),
    "catalog_offer",
    "catalog_offerprice",
]

_VENDOR = ("Fabrikon", Organization.Kind.VENDOR)
_PEOPLE: dict[str, dict[str, Any]] = {
    "nora": {
        "names": ("Nora", "Dvořáková"),
        "organization": ("Northgate Distribution", Organization.Kind.PARTNER),
        "place": ("CZ", "Europe/Prague", "cs"),
        "phone": "+420 601 123 456",
    },
    "rafael": {
        "names": ("Rafael", "Lemaire"),
        "organization": ("Lemaire Conseil", Organization.Kind.PARTNER),
        "place": ("FR", "Europe/Paris", "fr"),
        "phone": "+33 1 99 00 12 34",
    },
    "carla": {
        "names": ("Carla", "Papadaki"),
        "organization": ("Olive Grove Foods", Organization.Kind.CUSTOMER),
        "place": ("GR", "Europe/Athens", "en"),
        "phone": "+30 21 0123 4567",
    },
    "cem": {
        "names": ("Cem", "Kowalski"),
        "organization": ("Baltic Sails", Organization.Kind.CUSTOMER),
        "place": ("PL", "Europe/Warsaw", "en"),
        "phone": "+48 22 123 45 67",
    },
    "ines": {
        "names": ("Ines", "Moreau"),
        "organization": _VENDOR,
        "place": ("FR", "Europe/Paris", "en"),
        "phone": "+33 1 99 00 43 21",
    },
    "marta": {
        "names": ("Marta", "Nowak"),
        "organization": _VENDOR,
        "place": ("PL", "Europe/Warsaw", "en"),
        "phone": "+48 22 765 43 21",
        "is_staff": True,
    },
    "olaf": {
        "names": ("Olaf", "Berg"),
        "kind": Account.Kind.PERSONAL,
        "place": ("NO", "Europe/Oslo", "en"),
        "phone": "+47 22 12 34 56",
    },
}
PEOPLE = tuple(_PEOPLE)


def person(name: str, *, with_profile: bool = True, **changes: Any) -> Account:
    """The account of one of the seven, made on first use; `changes` are fields that this test wants otherwise.

    The address is that of the name ("carla@olive-grove-foods.example") and verified, the password is `PASSWORD`.
    """
    about = _PEOPLE[name]
    account = Account.objects.filter(first_name=about["names"][0], email__startswith=f"{name}@").first()
    if account is None:
        account = _new_person(name, about, with_profile=with_profile)
    if changes:
        Account.objects.filter(pk=account.pk).update(**changes)
        account.refresh_from_db()
    return account


def viewer(who: str | Account) -> Viewer:
    """The viewer that stands for a person, by name or account."""
    return viewer_of(person(who) if isinstance(who, str) else who)


def administrator(who: str | Account, role: str = "global-administrator") -> Viewer:
    """The viewer that stands for a person who administers the own organization from now on."""
    account = person(who) if isinstance(who, str) else who
    OrganizationRole.objects.get_or_create(account=account, role=role)
    return viewer_of(account)


def organization_of(who: str | Account) -> int:
    """The id of somebody's organization."""
    found = (person(who) if isinstance(who, str) else who).organization_id
    assert found is not None, f"{who} is in no organization"
    return found


def relationship(
    partner: str | Account, customer: str | Account, tier: str = "direct", *, provider: str | None = None
) -> Relationship:
    """The organization of the one looks after that of the other."""
    account = person(customer) if isinstance(customer, str) else customer
    assert account.organization is not None
    found, _is_new = Relationship.objects.get_or_create(
        partner_id=organization_of(partner),
        customer=account.organization,
        ended_at=None,
        defaults={
            "tier": tier,
            "provider_id": organization_of(provider) if provider else None,
            "customer_name": account.organization.name.lower(),
            "since": LONG_AGO,
        },
    )
    return found


def delegation(
    partner: str | Account,
    customer: str,
    *purposes: str,
    tier: str = "direct",
    units: int = 0,
    days: int = 30,
    at: datetime | None = None,
    **about: Any,
) -> int:
    """What the organization of `customer`, by its administrator, lets that of `partner` do; answers its id."""
    at = at or timezone.now()
    return delegations.grant(
        organization_of(partner),
        Terms(frozenset(purposes), units, at + timedelta(days=days)),  # type: ignore[arg-type]
        tier=tier,
        actor=administrator(customer),
        at=at,
        **about,
    )


def subscription(of: str | Account, number: str = "sub-1001", **about: Any) -> Subscription:
    """A subscription of somebody's organization, made on first use."""
    found, _is_new = Subscription.objects.get_or_create(
        number=number,
        defaults={
            "organization_id": organization_of(of),
            "name": f"Subscription {number}",
            "created_at": LONG_AGO,
            **about,
        },
    )
    return found


def role_on(subscription: Subscription, who: str | Account | SupportGroup, role: str) -> RoleAssignment:
    """A person, or a support group, has this role on a subscription."""
    holder = {"group": who} if isinstance(who, SupportGroup) else {}
    if not isinstance(who, SupportGroup):
        holder = {"account": person(who) if isinstance(who, str) else who}
    return RoleAssignment.objects.create(subscription=subscription, role=role, assigned_at=LONG_AGO, **holder)


def team(
    code: str = "support", *members: str | Account, takes: Mapping[str, Sequence[str]] | None = None
) -> Team:
    """The team with this code, made on first use, with these people in it, too. "support" takes everything else,
    and "service-centre" is the service centre.

    `takes` are the conditions of a routing rule that leads to it: {"problem_type": ["billing"]}.
    """
    catalogue()  # first: a new team is a change of the catalogue, which would wait for this transaction
    found, _is_new = Team.objects.get_or_create(
        code=code,
        defaults={
            "name": {"en": code.replace("-", " ").capitalize()},
            "is_default": code == "support",
            "is_service_centre": code == "service-centre",
        },
    )
    if takes:
        Rule.objects.create(code=code, position=Rule.objects.count(), team=found, conditions=dict(takes))
    routing.forget()
    for who in members:
        account = person(who) if isinstance(who, str) else who
        TeamMember.objects.get_or_create(team=found, account=account)
    return found


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement of the tests, with the pair that its owner was told."""

    id: int
    access_id: str
    contract_id: str

    @property
    def pair(self) -> Pair:
        return Pair(self.access_id, self.contract_id)


def agreement(
    programme: str = "gold-partner-support-20",
    *,
    units: int | None = None,
    owner: str | Account | None = None,
    registered: Iterable[str | Account] = (),
    starts_on: date | None = None,
    time_zone: str = "UTC",
    pair: Pair | None = None,
    at: datetime | None = None,
) -> Agreement:
    """An agreement with `units` (those of its programme unless given), owned by nobody unless said otherwise.

    Its benefits began 30 days before `at` (now) unless `starts_on` says otherwise. Those in `registered` have added
    it to their accounts; its owner has not unless named there, too.
    """
    catalogue()
    at = at or timezone.now()
    owner_account = person(owner) if isinstance(owner, str) else owner
    new = agreements.issue_agreement(
        programme,
        starts_on=starts_on or (at - timedelta(days=30)).date(),
        time_zone=time_zone,
        organization_id=owner_account.organization_id if owner_account else None,
        owner_id=owner_account.pk if owner_account else None,
        actor_id=None,
        at=at,
        pair=pair,
        quantity=units,
    )
    for who in registered:
        agreements.add_agreement(
            new.pair.access_id,
            new.pair.contract_id,
            subject=None,
            address="192.0.2.1",
            actor=viewer(who),
            at=at,
        )
    return Agreement(new.agreement_id, new.pair.access_id, new.pair.contract_id)


def ended_agreement(programme: str = "gold-partner-support-20", **about: Any) -> Agreement:
    """An agreement whose benefits ended long ago."""
    return agreement(programme, starts_on=LONG_AGO.date(), **about)


def catalogue() -> None:
    """The example catalogue, there for all tests from now on.

    It is applied once, by a connection of its own that commits, so that no test's rollback takes it away. Tests that
    empty the tables get it again by asking again.
    """
    if not CatalogRevision.objects.filter(applied_at__isnull=False).exists():
        with ThreadPoolExecutor(1) as aside:
            aside.submit(_apply_catalogue).result()


def _apply_catalogue() -> None:
    """Apply the file the first time; from then on put the rows back that it wrote, which is ten times as fast."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regnamespace('kept')")
            if cursor.fetchone() == (None,):
                catalog.apply(CATALOGUE, actor_id=None, at=timezone.now())
                cursor.execute("CREATE SCHEMA kept")
                for table in _OF_THE_CATALOGUE:
                    cursor.execute(f"CREATE TABLE kept.{table} AS TABLE {table}")
                return
            with transaction.atomic():
                for table in _OF_THE_CATALOGUE:
                    cursor.execute(f"INSERT INTO {table} SELECT * FROM kept.{table}")
                CatalogRevision.objects.update(applied_at=timezone.now())
            catalog_queries.forget()
    finally:
        connection.close()


def _new_person(name: str, about: dict[str, Any], *, with_profile: bool) -> Account:
    organization = None
    host = "mail.example"
    if "organization" in about:
        called, kind = about["organization"]
        organization, _is_new = Organization.objects.get_or_create(name=called, defaults={"kind": kind})
        host = f"{called.lower().replace(' ', '-')}.example"
    email = f"{name}@{host}"
    country, time_zone, language = about["place"]
    profile = {
        "contact_email": email,
        "phone": about["phone"],
        "country": country,
        "time_zone": time_zone,
        "language": language,
        "profile_completed_at": LONG_AGO,
    }
    account = Account.objects.create_user(
        email,
        PASSWORD,
        first_name=about["names"][0],
        last_name=about["names"][1],
        kind=about.get("kind", Account.Kind.WORK),
        organization=organization,
        is_staff=about.get("is_staff", False),
        **(profile if with_profile else {}),
    )
    EmailAddress.objects.create(user=account, email=email, verified=True, primary=True)
    return account
