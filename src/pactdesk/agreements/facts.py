"""What this room announces. The IDs of a pair never stand in a fact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pactdesk.journal.facts import Fact


@dataclass(frozen=True)
class AgreementFact(Fact):
    """Something that its owner did with an agreement. `agreement` is its primary key."""

    subject_type: ClassVar[str] = "agreement"

    agreement: int

    @property
    def subject_id(self) -> int:
        return self.agreement


@dataclass(frozen=True)
class PairReplaced(AgreementFact):
    """A new pair names the agreement; the one before is no longer recognised. `reason` is that of the service centre,
    "" where its owner replaced it. `owner` is the primary key of who owned it then, None nobody; `was` is the Access ID
    of the one before, "" where that was not noted yet."""

    code: ClassVar[str] = "agreement.pair-replaced"

    reason: str = ""
    owner: int | None = None
    was: str = ""


@dataclass(frozen=True)
class SeatLimitChanged(AgreementFact):
    """Another number of accounts may register it; None is any number. `reason` is that of the service centre, "" where
    its owner changed it."""

    code: ClassVar[str] = "agreement.seat-limit-changed"

    before: int | None
    after: int | None
    reason: str = ""


@dataclass(frozen=True)
class UnitsSetAside(AgreementFact):
    """`units` of it stand aside from now on in `into`, which `organization` holds."""

    code: ClassVar[str] = "agreement.units-set-aside"

    into: int
    organization: int
    units: int


@dataclass(frozen=True)
class UnitsRecalled(AgreementFact):
    """`units` came back into it from `out_of`, which `organization` holds."""

    code: ClassVar[str] = "agreement.units-recalled"

    out_of: int
    organization: int
    units: int


@dataclass(frozen=True)
class SetAsideLimited(AgreementFact):
    """Another number may stand aside in `into` at most; None is any number."""

    code: ClassVar[str] = "agreement.set-aside-limited"

    into: int
    before: int | None
    after: int | None


@dataclass(frozen=True)
class ProgrammeJoined(AgreementFact):
    """`organization` holds a programme without a pair, as its member."""

    code: ClassVar[str] = "agreement.programme-joined"

    organization: int


@dataclass(frozen=True)
class RegistrationAdded(AgreementFact):
    """The account with the primary key `account` has added it, and may draw on it."""

    code: ClassVar[str] = "agreement.registered"

    account: int


@dataclass(frozen=True)
class RegistrationRevoked(AgreementFact):
    """The account with the primary key `account` may no longer draw on it. `reason` is that of the service centre, ""
    where its owner withdrew it."""

    code: ClassVar[str] = "agreement.registration-revoked"

    account: int
    reason: str = ""


@dataclass(frozen=True)
class RegistrationRestored(AgreementFact):
    """The account with the primary key `account` may draw on it again."""

    code: ClassVar[str] = "agreement.registration-restored"

    account: int


@dataclass(frozen=True)
class Activated(AgreementFact):
    """It was activated for a term in the partner network, for a location or (None) the headquarters. `reason` is that
    of the service centre, "" where it came by itself or the organization's own people asked for it."""

    code: ClassVar[str] = "agreement.activated"

    programme: str
    enrolment: int
    location: int | None
    reason: str = ""


@dataclass(frozen=True)
class PairMailed(AgreementFact):
    """Its pair is mailed to the account with the primary key `account`; `occasion` is "activated", "issued",
    "replaced", "sent-again" or "asked-for"."""

    code: ClassVar[str] = "agreement.pair-mailed"

    account: int
    occasion: str


@dataclass(frozen=True)
class BalanceLow(AgreementFact):
    """The balance came down to a step: `step` is a share of what was granted ("20%") or a number of units ("1").

    `units_left` and `units_granted` are how it stood then, `ends_at` is the end of the benefits as ISO text.
    """

    code: ClassVar[str] = "agreement.balance-low"

    step: str
    units_left: int
    units_granted: int
    ends_at: str


@dataclass(frozen=True)
class EndingSoon(AgreementFact):
    """The benefits end within the days of a `step` ("30d"). The other fields are those of `BalanceLow`."""

    code: ClassVar[str] = "agreement.ending-soon"

    step: str
    units_left: int
    units_granted: int
    ends_at: str


@dataclass(frozen=True)
class CarriedOver(AgreementFact):
    """`units` came to it from `former`, which it follows; below zero, it gave them for what was drawn in advance."""

    code: ClassVar[str] = "agreement.carried-over"

    former: int
    units: int


@dataclass(frozen=True)
class AgreementSuspended(AgreementFact):
    """The service centre lets nobody draw on it for the time being, for this `reason`."""

    code: ClassVar[str] = "agreement.suspended"

    reason: str


@dataclass(frozen=True)
class AgreementResumed(AgreementFact):
    """It can be drawn on again, for this `reason`."""

    code: ClassVar[str] = "agreement.resumed"

    reason: str


@dataclass(frozen=True)
class CorrectionAsked(AgreementFact):
    """The `correction` waits for a second person of the service centre."""

    code: ClassVar[str] = "agreement.correction-asked"

    correction: int


@dataclass(frozen=True)
class CorrectionDecided(AgreementFact):
    """The `correction` is "done", "refused" or "withdrawn"."""

    code: ClassVar[str] = "agreement.correction-decided"

    correction: int
    outcome: str


@dataclass(frozen=True)
class OwnerChanged(AgreementFact):
    """The service centre has made another account its owner, for this `reason`. Both are primary keys, None nobody."""

    code: ClassVar[str] = "agreement.owner-changed"

    before: int | None
    account: int | None
    reason: str


@dataclass(frozen=True)
class AgreementIssued(AgreementFact):
    """The service centre has issued it by hand, as was asked by the `issuance`, for this `reason`."""

    code: ClassVar[str] = "agreement.issued"

    issuance: int
    reason: str


@dataclass(frozen=True)
class IssuanceFact(Fact):
    """Something about an agreement that is not issued yet. `issuance` is the primary key of what was asked."""

    subject_type: ClassVar[str] = "issuance"

    issuance: int

    @property
    def subject_id(self) -> int:
        return self.issuance


@dataclass(frozen=True)
class IssuanceAsked(IssuanceFact):
    """It waits for a second person of the service centre."""

    code: ClassVar[str] = "issuance.asked"


@dataclass(frozen=True)
class IssuanceDecided(IssuanceFact):
    """It is "done", which has issued the `agreement`, "refused" or "withdrawn"."""

    code: ClassVar[str] = "issuance.decided"

    outcome: str
    agreement: int | None
