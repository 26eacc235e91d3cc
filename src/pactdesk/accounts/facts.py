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
class PrimaryContactChanged(Fact):
    """Benefits of `organization`, or of its `location`, are addressed to the account `after` from now on; None is
    nobody."""

    code: ClassVar[str] = "organization.contact-changed"
    subject_type: ClassVar[str] = "organization"

    organization: int
    location: int | None
    before: int | None
    after: int | None

    @property
    def subject_id(self) -> int:
        return self.organization
