"""What this room announces. The IDs of pairs never stand in a fact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pactdesk.journal.facts import Fact


@dataclass(frozen=True)
class ImportApplied(Fact):
    """An import made so many `agreements`, on which `units` are left in all. `imported` is its primary key."""

    code: ClassVar[str] = "import.applied"
    subject_type: ClassVar[str] = "import"

    imported: int
    agreements: int
    units: int

    @property
    def subject_id(self) -> int:
        return self.imported
