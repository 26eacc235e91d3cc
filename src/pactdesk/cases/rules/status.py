"""How a request moves from status to status. The table below is all there is; the diagram in docs/reference is drawn
from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pactdesk.kernel.decisions import ALLOWED, Decision, Reason

NEW, ASSIGNED, IN_PROGRESS, WAITING, RESOLVED, CLOSED = STATUSES = (
    "new",
    "assigned",
    "in-progress",
    "waiting",
    "resolved",
    "closed",
)
OPEN: Final = frozenset(STATUSES) - {CLOSED}


class Side(StrEnum):
    """Who moves a request: a contact of it, an engineer, or time alone."""

    REQUESTER = "requester"
    VENDOR = "vendor"
    NOBODY = "nobody"


class Move(StrEnum):
    """What is done to a request."""

    ASSIGN = "assign"
    RELEASE = "release"
    START = "start"
    ASK = "ask"
    HEAR = "hear"
    RESOLVE = "resolve"
    CLOSE = "close"
    REOPEN = "reopen"
    WAKE = "wake"


@dataclass(frozen=True, slots=True)
class Transition:
    """A row of the table: from any status in `before`, `move` leads to `after`, if one of `sides` makes it.

    `unowned` is where it leads instead while no engineer owns the request.
    """

    move: Move
    before: frozenset[str]
    after: str
    sides: frozenset[Side]
    unowned: str = ""

    def leads_to(self, *, owned: bool) -> str:
        return self.after if owned or not self.unowned else self.unowned


_OURS = frozenset({Side.VENDOR})
_BOTH = frozenset({Side.REQUESTER, Side.VENDOR})

TRANSITIONS: Final = (
    Transition(Move.ASSIGN, frozenset({NEW}), ASSIGNED, _OURS),
    Transition(Move.RELEASE, frozenset({ASSIGNED, IN_PROGRESS}), NEW, _OURS),
    Transition(Move.START, frozenset({NEW, ASSIGNED, WAITING, RESOLVED}), IN_PROGRESS, _OURS),
    # A question makes the requester the one whose turn it is; an answer gives the turn back.
    Transition(Move.ASK, frozenset({NEW, ASSIGNED, IN_PROGRESS}), WAITING, _OURS),
    Transition(
        Move.HEAR, frozenset({WAITING, RESOLVED}), IN_PROGRESS, frozenset({Side.REQUESTER}), unowned=NEW
    ),
    # Waiting may end by itself at a chosen time.
    Transition(Move.WAKE, frozenset({WAITING}), IN_PROGRESS, frozenset({Side.NOBODY}), unowned=NEW),
    Transition(Move.RESOLVE, frozenset({NEW, ASSIGNED, IN_PROGRESS, WAITING}), RESOLVED, _OURS),
    Transition(Move.CLOSE, OPEN, CLOSED, _BOTH),
    # Time alone ends nothing that somebody still waits for.
    Transition(Move.CLOSE, frozenset({RESOLVED}), CLOSED, frozenset({Side.NOBODY})),
    Transition(Move.REOPEN, frozenset({RESOLVED, CLOSED}), IN_PROGRESS, _BOTH, unowned=NEW),
)


def transition(move: Move, *, status: str, side: Side) -> Transition | Decision:
    """The row for `move` out of `status`, or why that cannot be done: it is not for this side, or not from there."""
    for row in TRANSITIONS:
        if row.move == move and side in row.sides:
            if status in row.before:
                return row
            return Decision((Reason(f"case.cannot-{move}", {"status": status}),))
    return Decision((Reason("case.not-yours-to-do"),))


def may(move: Move, *, status: str, side: Side) -> Decision:
    """Whether this side may make this move now."""
    found = transition(move, status=status, side=side)
    return found if isinstance(found, Decision) else ALLOWED


def taken_back(*, after: str, before: str) -> bool:
    """Whether a move that an engineer has just made out of `before`, and that led to `after`, can be taken back.

    Only what `set_status` does; closing and reopening move incidents, and have each other for that.
    """
    return any(
        before in row.before and row.after == after and before != after
        for row in TRANSITIONS
        if row.move in {Move.START, Move.ASK, Move.RESOLVE}
    )


def as_mermaid() -> str:
    """The table as a Mermaid state diagram, one line for each arrow."""
    lines = ["stateDiagram-v2", "    [*] --> new: submitted"]
    for row in TRANSITIONS:
        who = " or ".join(sorted("time" if side is Side.NOBODY else side.value for side in row.sides))
        for before in sorted(row.before, key=STATUSES.index):
            for after in dict.fromkeys((row.after, row.unowned or row.after)):
                if after != before:
                    unowned = " (unowned)" if after != row.after else ""
                    lines.append(f"    {_name(before)} --> {_name(after)}: {row.move} by {who}{unowned}")
    return "\n".join(lines) + "\n"


def _name(status: str) -> str:
    return status.replace("-", "_")
