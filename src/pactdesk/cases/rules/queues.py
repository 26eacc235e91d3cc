"""The views of a team's queue: which requests stand in each, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pactdesk.cases.rules.status import ASSIGNED, CLOSED, IN_PROGRESS, NEW, RESOLVED, STATUSES, WAITING

# Somebody still has to do something about these. In this order, because indexes name them so.
ACTIVE: Final = (NEW, ASSIGNED, IN_PROGRESS, WAITING)
# The desk has nothing to do here before somebody else has: these are read by what changed last.
AT_REST: Final = (WAITING, RESOLVED, CLOSED)


class Whose(StrEnum):
    """Whose requests a view shows: the viewer's own, those that nobody owns, the whole team's, or all that the viewer
    may see."""

    MINE = "mine"
    NOBODYS = "nobodys"
    TEAMS = "teams"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class View:
    """A view of the queue. What is due first stands first where `by_due`, else what changed last."""

    code: str
    statuses: tuple[str, ...]
    whose: Whose
    by_due: bool


MINE, UNASSIGNED, TEAM, WAITS, SOLVED, OVER = (
    View("mine", ACTIVE, Whose.MINE, by_due=True),
    View("unassigned", ACTIVE, Whose.NOBODYS, by_due=True),
    View("team", ACTIVE, Whose.TEAMS, by_due=True),
    View("waiting", (WAITING,), Whose.TEAMS, by_due=False),
    View("resolved", (RESOLVED,), Whose.TEAMS, by_due=False),
    View("closed", (CLOSED,), Whose.TEAMS, by_due=False),
)
VIEWS: Final = {view.code: view for view in (MINE, UNASSIGNED, TEAM, WAITS, SOLVED, OVER)}
# What a search by words goes through.
FOUND: Final = View("found", STATUSES, Whose.ALL, by_due=False)

# Whose turn it is, as a filter.
WAITING_ON: Final = {"us": (NEW, ASSIGNED, IN_PROGRESS), "requester": (WAITING,)}
