"""Who is told when a request goes wrong, step by step (ESC-1, ESC-2)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

# How long the engineer and the backup have to take it up before their manager is told.
TIME_TO_TAKE_UP: Final = timedelta(hours=1)


class Step(StrEnum):
    """Whom an escalation reaches: the owning engineer and that engineer's backup, then their manager."""

    ENGINEERS = "engineers"
    MANAGER = "manager"


@dataclass(frozen=True, slots=True)
class Ladder:
    """Who stands on each step of a request, as account ids; None where nobody does."""

    owner: int | None = None
    backup: int | None = None
    manager: int | None = None

    def on(self, step: Step) -> tuple[int, ...]:
        """Who is told at this step, each once."""
        people = (self.owner, self.backup) if step == Step.ENGINEERS else (self.manager,)
        return tuple(dict.fromkeys(person for person in people if person is not None))


def next_step(ladder: Ladder, *, taken: Collection[Step]) -> Step | None:
    """The first step that was not taken yet and on which somebody stands; None: everybody has been told (ESC-1)."""
    return next((step for step in Step if step not in taken and ladder.on(step)), None)


def goes_on(step: Step, *, told_at: datetime, taken_up: bool, at: datetime) -> bool:
    """Whether the next step is due by time alone: nobody took this one up in time."""
    return step == Step.ENGINEERS and not taken_up and at >= told_at + TIME_TO_TAKE_UP
