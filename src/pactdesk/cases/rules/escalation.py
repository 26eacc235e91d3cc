"""Who is told when a request goes wrong, step by step (ESC-1, ESC-2)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from pactdesk.servicelevels.rules import AROUND_THE_CLOCK, CalendarData, add

# How long whoever is told first has to take it up before their manager is told, in the hours of the request.
TIME_TO_TAKE_UP: Final = timedelta(hours=1)


class Step(StrEnum):
    """Whom an escalation reaches: the owning engineer and that engineer's backup, then their manager.

    Time alone can reach others, too: the lead of the team, where nobody can take a critical request, and the head of
    support, where a promise stays broken.
    """

    ENGINEERS = "engineers"
    LEAD = "lead"
    MANAGER = "manager"
    HEAD = "head"


# Those that asking for a manager takes, one after the other (ESC-1).
ASKED: Final = (Step.ENGINEERS, Step.MANAGER)
# Those that the desk takes by itself.
ABOVE: Final = (Step.MANAGER, Step.HEAD)
# What comes after a step that nobody took up.
_AFTER: Final = {Step.ENGINEERS: Step.MANAGER, Step.LEAD: Step.MANAGER}
# Whom the steps of a timer name (`servicelevels.rules.steps.AUDIENCES`), from below.
_AUDIENCES: Final = ("engineer", "team-lead", "manager", "head-of-support")
# Those who are told by an escalation, which somebody takes up, where a promise is broken. The others get a notice.
ESCALATED: Final = {"manager": Step.MANAGER, "head-of-support": Step.HEAD}


@dataclass(frozen=True, slots=True)
class Ladder:
    """Who stands on each step of a request, as account ids; None or () where nobody does.

    `leads` are those of the team's leads who are told now; `away` says that the owner is not on shift.
    """

    owner: int | None = None
    backup: int | None = None
    manager: int | None = None
    head: int | None = None
    leads: tuple[int, ...] = ()
    away: bool = False

    def on(self, step: Step) -> tuple[int, ...]:
        """Who is told at this step, each once."""
        people: tuple[int | None, ...] = {
            Step.ENGINEERS: (self.owner, self.backup),
            Step.LEAD: self.leads,
            Step.MANAGER: (self.manager,),
            Step.HEAD: (self.head,),
        }[step]
        return tuple(dict.fromkeys(person for person in people if person is not None))

    def for_audience(self, audience: str) -> tuple[int, ...]:
        """Who is told of a step of a timer: those whom it names or, where nobody is that, whoever comes above them.

        The engineer's backup is told with an engineer who is not on shift.
        """
        engineers = self.on(Step.ENGINEERS) if self.away else (self.owner,) if self.owner is not None else ()
        told = (engineers, self.leads, self.on(Step.MANAGER), self.on(Step.HEAD))
        return next((each for each in told[_AUDIENCES.index(audience) :] if each), ())


def next_step(ladder: Ladder, *, taken: Collection[Step], among: Collection[Step] = ASKED) -> Step | None:
    """The first step that was not taken yet and on which somebody stands; None: everybody has been told (ESC-1)."""
    return next((step for step in among if step not in taken and ladder.on(step)), None)


def goes_on_to(
    step: Step, *, told_at: datetime, taken_up: bool, at: datetime, calendar: CalendarData = AROUND_THE_CLOCK
) -> Step | None:
    """The next step that is due by time alone, because nobody took this one up in time; None: none is.

    The time is counted in `calendar`, so that nobody is woken for a request that is worked on in business hours.
    """
    after = _AFTER.get(step)
    if after is None or taken_up:
        return None
    due = add(calendar, told_at, int(TIME_TO_TAKE_UP.total_seconds()))
    return after if due is not None and at >= due else None
