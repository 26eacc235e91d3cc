"""Questions about accounts that other rooms ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from allauth.account.models import EmailAddress
from allauth.idp.oidc.models import Client
from django.db.models import Exists, OuterRef, Q
from django.http import Http404

from pactdesk.accounts.models import Account, ApiToken, OrganizationRole, Team, TeamMember
from pactdesk.accounts.viewer import Viewer
from pactdesk.kernel.database import execute


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """An account found by an address that it has proved to own."""

    account_id: int
    name: str
    language: str
    time_zone: str
    organization_id: int | None


def people_by_address(addresses: Iterable[str]) -> dict[str, KnownPerson]:
    """The accounts behind verified addresses, by lower-case address. One query; unknown ones are missing."""
    wanted = {address.strip().lower() for address in addresses if address}
    rows = EmailAddress.objects.filter(email__in=wanted, verified=True).select_related("user")
    return {
        row.email.lower(): KnownPerson(
            account_id=row.user.pk,
            name=row.user.get_full_name(),
            language=row.user.language,
            time_zone=row.user.time_zone,
            organization_id=row.user.organization_id,
        )
        for row in rows
    }


def addresses_of(account_id: int) -> tuple[str, ...]:
    """The addresses that an account has proved to own, in lower case. One query."""
    rows = EmailAddress.objects.filter(user=account_id, verified=True).values_list("email", flat=True)
    return tuple(address.lower() for address in rows)


def language_of(account_id: int | None) -> str:
    """The language that an account chose, or "" where it did not, or is unknown."""
    if account_id is None:
        return ""
    return Account.objects.filter(pk=account_id).values_list("language", flat=True).first() or ""


_BELONGING = """
SELECT reached.email FROM unnest(%(emails)s::text[]) WITH ORDINALITY reached (email, place)
WHERE EXISTS (
  SELECT FROM accounts_organizationdomain domain
  WHERE domain.organization_id = %(organization)s AND (
    split_part(reached.email, '@', 2) = domain.name
    OR right(reached.email, length(domain.name) + 1) = '.' || domain.name
  )
) OR EXISTS (
  SELECT FROM accounts_account account
  WHERE account.organization_id = %(organization)s AND (
    lower(account.contact_email) = reached.email
    OR (account.phone <> '' AND account.phone = (%(phones)s::text[])[reached.place])
    OR account.id IN (SELECT user_id FROM account_emailaddress WHERE email = reached.email)
  )
)
"""


def belonging_to(organization_id: int, people: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Which of these people, named by e-mail address and phone number ("" for none), are that organization's: by one of
    its domains, or by how somebody of it can be reached (OBO-2). Answers their addresses in lower case. One query."""
    named = [(email.strip().lower(), phone) for email, phone in people]
    params = {
        "organization": organization_id,
        "emails": [email for email, _phone in named],
        "phones": [phone for _email, phone in named],
    }
    return frozenset(row[0] for row in execute(_BELONGING, params).fetchall())


@dataclass(frozen=True, slots=True)
class Addressee:
    """An account that is written to, at the address with which it signs in. Language and time zone may be ""."""

    account_id: int
    name: str
    email: str
    language: str
    time_zone: str


def addressees(account_ids: Iterable[int]) -> dict[int, Addressee]:
    """How to write to accounts, by account id; those that were switched off are missing. One query."""
    return {
        account.pk: Addressee(
            account_id=account.pk,
            name=account.get_full_name() or account.email,
            email=account.email,
            language=account.language,
            time_zone=account.time_zone,
        )
        for account in Account.objects.filter(pk__in=set(account_ids), is_active=True)
    }


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of ours, and how to reach them: what the profile names as contact data. `phone` may be ""."""

    account_id: int
    name: str
    email: str
    phone: str


def colleagues(account_ids: Iterable[int | None]) -> dict[int, Colleague]:
    """How to reach people of ours, by account id; those that were switched off are missing. One query."""
    wanted = {account_id for account_id in account_ids if account_id is not None}
    if not wanted:
        return {}
    return {
        account.pk: Colleague(
            account_id=account.pk,
            name=account.get_full_name() or account.email,
            email=account.contact_email or account.email,
            phone=account.phone,
        )
        for account in Account.objects.filter(pk__in=wanted, is_active=True)
    }


@dataclass(frozen=True, slots=True)
class RolesLine:
    """Somebody of the own organization, and the roles in it (OBO-3)."""

    account_id: int
    name: str
    email: str
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class RolesList:
    """A page of colleagues, those with roles first, then by name. `after` is where the next page begins, else None."""

    lines: tuple[RolesLine, ...]
    after: int | None


COLLEAGUES_PAGE: Final = 50


def colleagues_with_roles(viewer: Viewer, *, words: str = "", offset: int = 0) -> RolesList:
    """The people of the viewer's organization, narrowed to those in whose name or address all `words` stand.

    Two queries. For administrators of either kind: raises Http404 for everybody else.
    """
    if viewer.organization_id is None or not viewer.roles:
        raise Http404
    rows = Account.objects.filter(organization_id=viewer.organization_id, is_active=True)
    for word in words.split():
        rows = rows.filter(
            Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(email__icontains=word)
        )
    has_role = Exists(OrganizationRole.objects.filter(account=OuterRef("pk")))
    rows = rows.annotate(has_role=has_role).order_by("-has_role", "last_name", "first_name", "pk")
    found = list(rows.prefetch_related("organization_roles")[offset : offset + COLLEAGUES_PAGE + 1])
    lines = tuple(_roles_line(row) for row in found[:COLLEAGUES_PAGE])
    return RolesList(lines, offset + COLLEAGUES_PAGE if len(found) > COLLEAGUES_PAGE else None)


def colleague_with_roles(viewer: Viewer, account_id: int) -> RolesLine:
    """One of them. Raises Http404 for whoever is none, and for whoever is no global administrator. Two queries."""
    if viewer.organization_id is None or not viewer.administers:
        raise Http404
    rows = Account.objects.filter(organization_id=viewer.organization_id, is_active=True)
    row = rows.prefetch_related("organization_roles").filter(pk=account_id).first()
    if row is None:
        raise Http404
    return _roles_line(row)


def _roles_line(row: Account) -> RolesLine:
    roles = frozenset(each.role for each in row.organization_roles.all())
    return RolesLine(row.pk, row.get_full_name() or row.email, row.email, roles)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of an organization, with the id and the name of the location, None and "" where there is none."""

    account_id: int
    name: str
    location_id: int | None
    location: str


MOST_MEMBERS: Final = 500


def members(viewer: Viewer) -> tuple[Member, ...]:
    """The people of the viewer's organization by name, at most `MOST_MEMBERS`; none for whoever is not its global
    administrator. One query."""
    if viewer.organization_id is None or not viewer.administers:
        return ()
    rows = Account.objects.filter(organization_id=viewer.organization_id).select_related("location")
    return tuple(
        Member(
            account_id=row.pk,
            name=row.get_full_name() or row.email,
            location_id=row.location_id,
            location=row.location.name if row.location else "",
        )
        for row in rows.order_by("last_name", "first_name", "pk")[:MOST_MEMBERS]
    )


@dataclass(frozen=True, slots=True)
class TeamLine:
    """A team and who answers for it, as (account id, name), by name. `name` is worded; `manager_id`, `head_id` (of
    support) and `leads`, who are members, are accounts."""

    id: int
    code: str
    name: Mapping[str, str]
    members: tuple[tuple[int, str], ...]
    manager_id: int | None = None
    head_id: int | None = None
    leads: tuple[int, ...] = ()


def teams(*, only: Iterable[int] | None = None) -> tuple[TeamLine, ...]:
    """All teams, or those with the ids in `only`, by code. Two queries."""
    rows = Team.objects.all() if only is None else Team.objects.filter(pk__in=set(only))
    found = list(rows)
    members: dict[int, list[tuple[int, str]]] = {}
    leads: dict[int, list[int]] = {}
    for member in (
        TeamMember.objects.filter(team__in=found, account__is_active=True)
        .select_related("account")
        .order_by("account__first_name", "account__last_name", "account_id")
    ):
        name = member.account.get_full_name() or member.account.email
        members.setdefault(member.team_id, []).append((member.account_id, name))
        if member.is_lead:
            leads.setdefault(member.team_id, []).append(member.account_id)
    return tuple(
        TeamLine(
            id=team.pk,
            code=team.code,
            name=team.name,
            members=tuple(members.get(team.pk, ())),
            manager_id=team.manager_id,
            head_id=team.head_id,
            leads=tuple(leads.get(team.pk, ())),
        )
        for team in found
    )


def answers_for(account_id: int, team_id: int) -> bool:
    """Whether this account, being active, is a member of this team. One query."""
    return TeamMember.objects.filter(account_id=account_id, team_id=team_id, account__is_active=True).exists()


def service_centre() -> frozenset[int]:
    """The active accounts that work at the service centre, or are above it. One query."""
    mine = Team.objects.filter(is_service_centre=True)
    is_member = Exists(TeamMember.objects.filter(team__in=mine, account=OuterRef("pk")))
    is_above = Exists(mine.filter(Q(manager=OuterRef("pk")) | Q(head=OuterRef("pk"))))
    return frozenset(
        Account.objects.filter(is_member | is_above, is_active=True).values_list("pk", flat=True)
    )


def names_of(account_ids: Iterable[int]) -> dict[int, str]:
    """Names for showing who acted, by account id. One query."""
    return {
        account.pk: account.get_full_name() or account.email
        for account in Account.objects.filter(pk__in=set(account_ids))
    }


@dataclass(frozen=True, slots=True)
class TokenLine:
    """A token in its owner's list. Instants are UTC; `usable` says whether it opens anything at the moment asked."""

    id: int
    name: str
    shown: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    usable: bool


@dataclass(frozen=True, slots=True)
class ClientLine:
    """An OAuth client in its owner's list."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None


def tokens_of(viewer: Viewer, *, at: datetime) -> tuple[TokenLine, ...]:
    """The tokens of the viewer's account, the newest first. One query."""
    return tuple(
        TokenLine(
            id=row.pk,
            name=row.name,
            shown=row.shown,
            scopes=tuple(row.scopes),
            created_at=row.created_at,
            expires_at=row.expires_at,
            last_used_at=row.last_used_at,
            revoked_at=row.revoked_at,
            usable=row.revoked_at is None and row.expires_at > at,
        )
        for row in ApiToken.objects.filter(account_id=viewer.account_id).order_by("-created_at", "-pk")
    )


def clients_of(viewer: Viewer) -> tuple[ClientLine, ...]:
    """The OAuth clients of the viewer's account, the newest first. One query."""
    return tuple(
        ClientLine(
            id=row.pk,
            name=row.name,
            scopes=tuple(row.get_scopes()),
            created_at=row.created_at,
            last_used_at=_instant((row.data or {}).get("last_used_at")),
        )
        for row in Client.objects.filter(owner_id=viewer.account_id).order_by("-created_at", "pk")
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
