"""What this room announces: every right that is asked for, granted, changed and taken, for whoever asks later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pactdesk.journal.facts import Fact


@dataclass(frozen=True)
class DelegationFact(Fact):
    """Something that was done with a delegation. `customer` and `partner` are organizations."""

    subject_type: ClassVar[str] = "delegation"

    delegation: int
    customer: int
    partner: int

    @property
    def subject_id(self) -> int:
        return self.delegation


@dataclass(frozen=True)
class DelegationGranted(DelegationFact):
    """It holds from now on, for these purposes. `ends_at` is an ISO instant."""

    code: ClassVar[str] = "delegation.granted"

    purposes: tuple[str, ...]
    most_units: int
    ends_at: str


@dataclass(frozen=True)
class DelegationChanged(DelegationFact):
    """It holds on, for these purposes."""

    code: ClassVar[str] = "delegation.changed"

    purposes: tuple[str, ...]
    most_units: int
    ends_at: str


@dataclass(frozen=True)
class DelegationRevoked(DelegationFact):
    """It holds no more, and neither does what was passed on from it. `by` is whose administrator took it back:
    "grantor", "customer" or "partner"."""

    code: ClassVar[str] = "delegation.revoked"

    by: str


@dataclass(frozen=True)
class RequestFact(Fact):
    """Something that was done with a request for a delegation. `partner` is the organization that asks."""

    subject_type: ClassVar[str] = "delegation-request"

    request: int
    partner: int

    @property
    def subject_id(self) -> int:
        return self.request


@dataclass(frozen=True)
class DelegationAsked(RequestFact):
    """A link is open by which it can be granted. `customer` is named where the provider is asked, else None."""

    code: ClassVar[str] = "delegation.asked"

    customer: int | None


@dataclass(frozen=True)
class DelegationWithdrawn(RequestFact):
    """The partner asks no more."""

    code: ClassVar[str] = "delegation.withdrawn"


@dataclass(frozen=True)
class DelegationRefused(RequestFact):
    """`by` is the organization whose administrator refused it."""

    code: ClassVar[str] = "delegation.refused"

    by: int


@dataclass(frozen=True)
class SubscriptionFact(Fact):
    """Something that was done with a subscription of `organization`."""

    subject_type: ClassVar[str] = "subscription"

    subscription: int
    organization: int

    @property
    def subject_id(self) -> int:
        return self.subscription


@dataclass(frozen=True)
class SubscriptionAdded(SubscriptionFact):
    """It is known from now on."""

    code: ClassVar[str] = "subscription.added"

    number: str
    name: str


@dataclass(frozen=True)
class SubscriptionEnded(SubscriptionFact):
    """It takes no requests any more."""

    code: ClassVar[str] = "subscription.ended"


@dataclass(frozen=True)
class AssignmentFact(SubscriptionFact):
    """`role` on the subscription, of an account or of a support group. `under` is the delegation by which a partner
    gave it, None where the subscription's own organization did."""

    assignment: int
    role: str
    account: int | None
    group: int | None
    under: int | None


@dataclass(frozen=True)
class AssignmentGiven(AssignmentFact):
    """It holds from now on."""

    code: ClassVar[str] = "subscription.role-given"


@dataclass(frozen=True)
class AssignmentTaken(AssignmentFact):
    """It holds no more."""

    code: ClassVar[str] = "subscription.role-taken"


@dataclass(frozen=True)
class GroupFact(Fact):
    """Something that was done with a support group of `organization`."""

    subject_type: ClassVar[str] = "support-group"

    group: int
    organization: int

    @property
    def subject_id(self) -> int:
        return self.group


@dataclass(frozen=True)
class GroupCreated(GroupFact):
    """There is one more."""

    code: ClassVar[str] = "support-group.created"

    name: str


@dataclass(frozen=True)
class GroupRenamed(GroupFact):
    """It is called otherwise."""

    code: ClassVar[str] = "support-group.renamed"

    before: str
    name: str


@dataclass(frozen=True)
class GroupDeleted(GroupFact):
    """It is gone, and the roles that it had are with it."""

    code: ClassVar[str] = "support-group.deleted"

    name: str


@dataclass(frozen=True)
class GroupMembersChanged(GroupFact):
    """Accounts that came into it or left it."""

    code: ClassVar[str] = "support-group.members-changed"

    added: tuple[int, ...]
    removed: tuple[int, ...]
