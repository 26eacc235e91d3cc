"""What every announced fact has in common."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class Fact:
    """Something that happened. Children are frozen dataclasses with JSON-ready fields and a stable `code`."""

    code: ClassVar[str]
    subject_type: ClassVar[str]

    @property
    def subject_id(self) -> int:
        """The primary key of what the fact is about, in the table that `subject_type` stands for."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it is about")

    def payload(self) -> dict[str, Any]:
        """The fields as JSON-ready data."""
        return asdict(self)
