"""Who lives in the demo world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from pactdesk.accounts.models import (
    Account,
    Location,
    Organization,
    OrganizationDomain,
    OrganizationRole,
    Team,
    TeamMember,
)
from pactdesk.routing.models import Engineer, Rule

# One for all of them, because nobody wants to look up a password while trying something out.
PASSWORD = "try-pactdesk-today"  # noqa: S105 - meant to be known, and printed


@dataclass(frozen=True, slots=True)
class Company:
    """An organization with its headquarters."""

    name: str
    kind: Organization.Kind
    city: str
    country: str
    partner_number: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can sign in. `tries` says what to try as this person. Without a company the account is personal.

    `team` is the code of the team for which somebody of the vendor answers, `role` what somebody may do in the name of
    the company (OBO-3).
    """

    first_name: str
    last_name: str
    email: str
    tries: str
    country: str
    time_zone: str
    language: str
    phone: str
    company: Company | None = None
    profile_complete: bool = True
    runs_the_desk: bool = False
    team: str = ""
    role: str = ""


_GLOBAL, _HELPDESK = "global-administrator", "helpdesk-administrator"

VLTAVA = Company("Vltava Systems", Organization.Kind.PARTNER, "České Budějovice", "CZ", "4700001")
OLIVE_GROVE = Company("Olive Grove Foods", Organization.Kind.CUSTOMER, "Kalamata", "GR")
BALTIC_SAILS = Company("Baltic Sails", Organization.Kind.CUSTOMER, "Gdynia", "PL")
NORTHGATE = Company("Northgate Distribution", Organization.Kind.PARTNER, "Praha", "CZ", "4700002")
LEMAIRE = Company("Lemaire Conseil", Organization.Kind.PARTNER, "Lyon", "FR", "4700003")
MEKONG = Company("Mekong Digital", Organization.Kind.PARTNER, "Cần Thơ", "VN", "4700004")
FABRIKON = Company("Fabrikon", Organization.Kind.VENDOR, "Paris", "FR")

# The first one is there from the beginning (migration `a_team_to_begin_with`).
SUPPORT, SERVICE_CENTRE = "support", "service-centre"
_SERVICE_CENTRE_NAME = {
    "en": "Service centre",
    "el": "Κέντρο εξυπηρέτησης",
    "vi": "Trung tâm dịch vụ",
    "pl": "Centrum usług",
    "cs": "Servisní centrum",
    "fr": "Centre de service",
}
_SERVICE_CENTRE_TAKES = {"problem_type": ["billing", "programme"]}

# What the engineers know. Nobody knows Project Server, so what is asked about that finds nobody by itself.
_KNOWN_BY = {
    "ines": (
        "exchange-server",
        "sql-server",
        "sharepoint-server",
        "windows-server",
        "skype-for-business-server",
    ),
    "linh": ("windows-server", "windows-11", "sql-server", "system-center", "office-ltsc"),
}

PEOPLE: Mapping[str, Person] = {
    "petra": Person(
        "Petra",
        "Svobodová",
        "petra@vltava-systems.example",
        "A first request from the very beginning: complete the profile, add the agreement below, go through the "
        "six steps and read the confirmation.",
        "CZ",
        "Europe/Prague",
        "en",
        "+420 387 123 456",
        VLTAVA,
        profile_complete=False,
        role=_GLOBAL,
    ),
    "carla": Person(
        "Carla",
        "Papadaki",
        "carla@olive-grove-foods.example",
        "Agreements in every standing, with the reason where one cannot pay; open requests; two drafts to go on "
        "with. She owns an agreement, and may withdraw Cem's access to it. Under Rights and roles she sees who may act "
        "for her organization, and can take it back.",
        "GR",
        "Europe/Athens",
        "en",
        "+30 2721 012345",
        OLIVE_GROVE,
        role=_GLOBAL,
    ),
    "cem": Person(
        "Cem",
        "Kowalski",
        "cem@baltic-sails.example",
        "Draws on Carla's agreement, too. Sees his own requests and those of Carla that she shared with him, and "
        "no others.",
        "PL",
        "Europe/Warsaw",
        "en",
        "+48 58 123 45 67",
        BALTIC_SAILS,
        role=_GLOBAL,
    ),
    "olaf": Person(
        "Olaf",
        "Berg",
        "olaf@fjordpost.example",
        "A stranger with a personal account. Whatever address of the others he tries, there is no such page. "
        "Buys an incident in step 2 of a request, with a test card that works, is declined or asks first.",
        "NO",
        "Europe/Oslo",
        "en",
        "+47 22 12 34 56",
    ),
    "nora": Person(
        "Nora",
        "Dvořáková",
        "nora@northgate-distribution.example",
        "An indirect provider, to whom the pages speak Czech. She may act for Olive Grove Foods and for Baltic Sails, "
        "and has passed a part of that on to Rafael's company.",
        "CZ",
        "Europe/Prague",
        "cs",
        "+420 601 123 456",
        NORTHGATE,
        role=_GLOBAL,
    ),
    "jana": Person(
        "Jana",
        "Malá",
        "jana@northgate-distribution.example",
        "Nora's colleague at the helpdesk. She is in the support group that has a role on a subscription of Olive "
        "Grove Foods, and can make requests there only because of that. She never saw the IDs that were e-mailed to "
        "Nora: under Benefits she has them e-mailed to herself, as her region allows.",
        "CZ",
        "Europe/Prague",
        "en",
        "+420 601 123 457",
        NORTHGATE,
        role=_HELPDESK,
    ),
    "rafael": Person(
        "Rafael",
        "Lemaire",
        "rafael@lemaire-conseil.example",
        "A reseller, to whom the pages speak French. He withdrew Carla's access to his agreement, and can give it "
        "back. What Baltic Sails lets him do ends soon. His renewal brings an action pack, which he has activated "
        "under Benefits.",
        "FR",
        "Europe/Paris",
        "fr",
        "+33 4 72 00 12 34",
        LEMAIRE,
        role=_GLOBAL,
    ),
    "minh": Person(
        "Minh",
        "Phạm",
        "minh@mekong-digital.example",
        "Programme contact of a partner in Vietnam. Among the mails is the one with the IDs that the renewal brought; "
        "adds the agreement with them, and asks for help.",
        "VN",
        "Asia/Ho_Chi_Minh",
        "en",
        "+84 292 3888 123",
        MEKONG,
        role=_GLOBAL,
    ),
    "lan": Person(
        "Lan",
        "Võ",
        "lan@mekong-digital.example",
        "Minh's colleague, without the IDs. In her region they go to Minh only, so she has them sent there, or asks "
        "the service centre.",
        "VN",
        "Asia/Ho_Chi_Minh",
        "en",
        "+84 292 3888 124",
        MEKONG,
    ),
    "ines": Person(
        "Ines",
        "Moreau",
        "ines@fabrikon.example",
        "An engineer of the vendor. Her desk (/desk/) has what is due: take the critical request that nobody owns, "
        "answer, leave a note, close one so that its incident comes back.",
        "FR",
        "Europe/Paris",
        "en",
        "+33 1 99 00 43 21",
        FABRIKON,
        team=SUPPORT,
    ),
    "linh": Person(
        "Linh",
        "Trần",
        "linh@fabrikon.example",
        "Her colleague, to whom the desk speaks Vietnamese. What one of them changes while the other one writes, "
        "the page says.",
        "VN",
        "Asia/Ho_Chi_Minh",
        "vi",
        "+84 24 3999 1234",
        FABRIKON,
        team=SUPPORT,
    ),
    "marta": Person(
        "Marta",
        "Nowak",
        "marta@fabrikon.example",
        "The service centre: questions about money and programmes come to her team, and what the engineers do not "
        "take up in time. The catalogue, programmes and calendars are hers, too, in the administration (/admin/).",
        "PL",
        "Europe/Warsaw",
        "en",
        "+48 22 765 43 21",
        FABRIKON,
        runs_the_desk=True,
        team=SERVICE_CENTRE,
    ),
}


def make(*, at: datetime) -> dict[str, Account]:
    """The accounts of all of them, by the names used here, each with a verified address."""
    places = {company: _settle(company) for company in {p.company for p in PEOPLE.values()} if company}
    # Hashing is slow on purpose; all share one hash, as they share the password.
    password = make_password(PASSWORD)
    accounts = {}
    for name, person in PEOPLE.items():
        place = places[person.company] if person.company else None
        accounts[name] = Account(
            email=person.email,
            password=password,
            kind=Account.Kind.WORK if place else Account.Kind.PERSONAL,
            first_name=person.first_name,
            last_name=person.last_name,
            organization=place.organization if place else None,
            location=place,
            is_staff=person.runs_the_desk,
            is_superuser=person.runs_the_desk,
            date_joined=at - timedelta(days=500),
        )
        if person.profile_complete:
            _complete_profile(accounts[name], person)
    Account.objects.bulk_create(accounts.values())
    EmailAddress.objects.bulk_create(
        EmailAddress(user=account, email=account.email, verified=True, primary=True)
        for account in accounts.values()
    )
    OrganizationRole.objects.bulk_create(
        OrganizationRole(account=account, role=PEOPLE[name].role)
        for name, account in accounts.items()
        if PEOPLE[name].role
    )
    _staff(accounts)
    return accounts


def _staff(accounts: Mapping[str, Account]) -> None:
    """Who answers for which team and on which terms (RTE-2), and who is told of what they do not take up."""
    service_centre, _is_new = Team.objects.get_or_create(
        code=SERVICE_CENTRE, defaults={"name": _SERVICE_CENTRE_NAME, "is_service_centre": True}
    )
    Rule.objects.get_or_create(
        code=SERVICE_CENTRE,
        defaults={"position": 1, "team": service_centre, "conditions": _SERVICE_CENTRE_TAKES},
    )
    Team.objects.get_or_create(
        code=SUPPORT,
        defaults={"name": {"en": "Support"}, "is_default": not Team.objects.filter(is_default=True)},
    )
    teams = {team.code: team for team in Team.objects.all()}
    TeamMember.objects.bulk_create(
        TeamMember(team=teams[PEOPLE[name].team], account=account)
        for name, account in accounts.items()
        if PEOPLE[name].team
    )
    Engineer.objects.bulk_create(
        Engineer(
            account=accounts[name], languages=sorted({"en", PEOPLE[name].language}), products=list(known)
        )
        for name, known in _KNOWN_BY.items()
    )
    Team.objects.update(manager=accounts["marta"])


def _settle(company: Company) -> Location:
    organization = Organization.objects.create(
        name=company.name, kind=company.kind, partner_number=company.partner_number
    )
    domain = company.name.lower().replace(" ", "-")
    OrganizationDomain.objects.create(organization=organization, name=f"{domain}.example")
    return Location.objects.create(
        organization=organization,
        name=company.city,
        city=company.city,
        country=company.country,
        is_headquarters=True,
    )


def _complete_profile(account: Account, person: Person) -> None:
    account.contact_email = person.email
    account.phone = person.phone
    account.country = person.country
    account.time_zone = person.time_zone
    account.language = person.language
    account.profile_completed_at = account.date_joined
