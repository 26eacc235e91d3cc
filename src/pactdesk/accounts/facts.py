"""What this room announces. No secret and no digest of one stands in a fact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pactdesk.journal.facts import Fact


@dataclass(frozen=True)
class AccountFact(Fact):
    """Something that was done with an account. `account` is its primary key."""

    subject_type: ClassVar[str] = "account"

    account: int

    @property
    def subject_id(self) -> int:
        return self.account


@dataclass(frozen=True)
class TokenIssued(AccountFact):
    """A program may act for the account within `scopes`. `shown` is how the token begins."""

    code: ClassVar[str] = "account.token-issued"

    token: int
    shown: str
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class TokenRevoked(AccountFact):
    """The token opens nothing any more."""

    code: ClassVar[str] = "account.token-revoked"

    token: int
    shown: str


@dataclass(frozen=True)
class ClientIssued(AccountFact):
    """An OAuth client may act for the account within `scopes`."""

    code: ClassVar[str] = "account.client-issued"

    client: str
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class ClientRevoked(AccountFact):
    """The client is gone, and with it every access token that it had fetched."""

    code: ClassVar[str] = "account.client-revoked"

    client: str


@dataclass(frozen=True)
class RoleGiven(AccountFact):
    """The account has one more role in its organization (OBO-3)."""

    code: ClassVar[str] = "account.role-given"

    organization: int
    role: str


@dataclass(frozen=True)
class RoleTaken(AccountFact):
    """The account has it no more, at once."""

    code: ClassVar[str] = "account.role-taken"

    organization: int
    role: str


@dataclass(frozen=True)
class AccountMoved(AccountFact):
    """An operator has put it into another organization, or to another location of it, which says whose pairs it may be
    mailed (BEN-4). Each is a primary key or None; pairs are (before, after)."""

    code: ClassVar[str] = "account.moved"

    organization: tuple[int | None, int | None]
    location: tuple[int | None, int | None]


@dataclass(frozen=True)
class OrganizationFact(Fact):
    """Something that the service centre did with an organization. `organization` is its primary key."""

    subject_type: ClassVar[str] = "organization"

    organization: int

    @property
    def subject_id(self) -> int:
        return self.organization


@dataclass(frozen=True)
class PrimaryContactChanged(OrganizationFact):
    """Benefits of it, or of its `location`, are addressed to the account `after` from now on; None is nobody."""

    code: ClassVar[str] = "organization.contact-changed"

    location: int | None
    before: int | None
    after: int | None


@dataclass(frozen=True)
class EnrolmentAdded(OrganizationFact):
    """It is enrolled in the partner network for a term. Days are ISO text."""

    code: ClassVar[str] = "organization.enrolled"

    enrolment: int
    level: str
    renewed_on: str
    ends_on: str
    reason: str


@dataclass(frozen=True)
class EnrolmentEnded(OrganizationFact):
    """A term ends earlier: its last day was `before` and is `after`, as ISO text."""

    code: ClassVar[str] = "organization.enrolment-ended"

    enrolment: int
    before: str
    after: str
    reason: str


@dataclass(frozen=True)
class LocationChanged(OrganizationFact):
    """An operator has added a `location` of it, put it into another country, or made it the headquarters or not: that
    says to whom pairs may be mailed (BEN-4). Pairs are (before, after); before it was added, "" and False."""

    code: ClassVar[str] = "organization.location-changed"

    location: int
    country: tuple[str, str]
    headquarters: tuple[bool, bool]


@dataclass(frozen=True)
class CompetencyEarned(OrganizationFact):
    """A `location` of it has earned the competency called `name`."""

    code: ClassVar[str] = "organization.competency-earned"

    location: int
    name: str


@dataclass(frozen=True)
class CompetencyTaken(OrganizationFact):
    """A `location` of it has the competency called `name` no more."""

    code: ClassVar[str] = "organization.competency-taken"

    location: int
    name: str
    reason: str
