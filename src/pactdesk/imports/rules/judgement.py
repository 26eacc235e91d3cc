"""What the house knows of what a file names, and what the file comes to. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pactdesk.agreements.rules import Pair
from pactdesk.catalog.rules import Programme
from pactdesk.imports.rules.refusing import Mistake


@dataclass(frozen=True, slots=True)
class Held:
    """An agreement that there is already: what an import may not change."""

    programme_id: int
    organization_id: int | None
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Owner:
    """An account that is named as the owner, and of which organization it is."""

    account_id: int
    organization_id: int | None


@dataclass(frozen=True, slots=True)
class Known:
    """What the house knows of what a file names. `organizations` are ids by what was written, in lower case, where
    several may go by one name, `owners` are by address in lower case; `names` and `programme_names` are offered where
    something is unknown. `programmes` are all, by code and by name, written `plain`. `references` are those of the
    file's form."""

    programmes: Mapping[str, Programme] = field(default_factory=dict)
    programme_names: tuple[str, ...] = ()
    organizations: Mapping[str, frozenset[int]] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    owners: Mapping[str, Owner] = field(default_factory=dict)
    time_zones: frozenset[str] = frozenset()
    pairs: Mapping[Pair, Held] = field(default_factory=dict)
    references: Mapping[str, Held] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Taken:
    """An agreement that would come about. `pair` None: a new one is drawn. `ends_at` is the first instant after the
    benefits; of `granted` so much is `left`, as the ledger counts, of which `whole` is one unit."""

    row: int
    pair: Pair | None
    reference: str
    programme_id: int
    programme: str
    organization_id: int | None
    owner_id: int | None
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    granted: int
    left: int
    seat_limit: int | None
    suspended: bool
    whole: int = 1


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a file comes to. `already` are rows whose agreements there are, just as the file says; `left_out` are those
    that are not meant, each with why; `notices` say what is lost. With any of the `mistakes` nothing is done."""

    rows: int
    taken: tuple[Taken, ...]
    already: tuple[int, ...]
    left_out: tuple[Mistake, ...]
    notices: tuple[Mistake, ...]
    mistakes: tuple[Mistake, ...]

    @property
    def units(self) -> int:
        """How many units would be left in all: what the import creates."""
        return sum(-(-each.left // each.whole) for each in self.taken)

    def benefits(self, account_id: int, organization_id: int | None) -> bool:
        """Whether something of it would be this account's own: as its owner, or as one of the organization."""
        return any(
            each.owner_id == account_id
            or (each.organization_id is not None and each.organization_id == organization_id)
            for each in self.taken
        )

    def as_text(self) -> str:
        """What would be done, in a text that is the same where the same would be done. Holds the pairs."""
        return json.dumps(
            [
                [
                    [each.pair.access_id, each.pair.contract_id] if each.pair else None,
                    each.reference, each.programme_id, each.organization_id, each.owner_id,
                    each.starts_at.isoformat(), each.ends_at.isoformat(), each.time_zone,
                    each.granted, each.left, each.seat_limit, each.suspended,
                ]
                for each in self.taken
            ]
        )  # fmt: skip
