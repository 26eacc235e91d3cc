"""When a request may be lowered because nobody could be reached day and night (SEV-4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pactdesk.kernel.decisions import Decision, Reason

NOT_AROUND_THE_CLOCK = "severity.not-around-the-clock"
NOWHERE_TO_LOWER = "severity.nowhere-to-lower"
TOO_FEW_ATTEMPTS = "severity.too-few-attempts"
ATTEMPTS_TOO_CLOSE = "severity.attempts-too-close"
REACHED_MEANWHILE = "severity.reached-meanwhile"
REACHING_CODES = (
    NOT_AROUND_THE_CLOCK,
    NOWHERE_TO_LOWER,
    TOO_FEW_ATTEMPTS,
    ATTEMPTS_TOO_CLOSE,
    REACHED_MEANWHILE,
)


@dataclass(frozen=True, slots=True)
class Patience:
    """How often, and how far apart, somebody has to be called before a request is lowered. Raises ValueError."""

    attempts: int = 2
    minutes_apart: int = 30

    def __post_init__(self) -> None:
        if self.attempts < 1 or self.minutes_apart < 0:
            raise ValueError("at least one attempt is made, and attempts are not less than no time apart")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to reach the contact who ought to be reachable; `reached`: somebody answered."""

    at: datetime
    reached: bool = False


def rule_lowered_as_unreachable(
    attempts: Sequence[Attempt],
    patience: Patience,
    *,
    around_the_clock: bool,
    lowered_to: str,
    since: datetime,
) -> Decision:
    """Whether the request may be lowered to `lowered_to` ("" where its policy names no severity).

    Attempts count from the last time that somebody was reached, and from `since`, when the severity began. They are
    enough where so many of them lie so far apart, each from the one counted before it.
    """
    refusals = []
    if not around_the_clock:
        refusals.append(Reason(NOT_AROUND_THE_CLOCK))
    if not lowered_to:
        refusals.append(Reason(NOWHERE_TO_LOWER))
    if refusals:
        return Decision(tuple(refusals))
    made = sorted((each for each in attempts if each.at >= since), key=lambda each: each.at)
    if made and made[-1].reached:
        return Decision((Reason(REACHED_MEANWHILE),))
    last_reached = max((n for n, each in enumerate(made) if each.reached), default=-1)
    in_vain = [each.at for each in made[last_reached + 1 :]]
    params = {"attempts": patience.attempts, "minutes": patience.minutes_apart, "made": len(in_vain)}
    if len(in_vain) < patience.attempts:
        return Decision((Reason(TOO_FEW_ATTEMPTS, params),))
    if _far_apart(in_vain, timedelta(minutes=patience.minutes_apart)) < patience.attempts:
        return Decision((Reason(ATTEMPTS_TOO_CLOSE, params),))
    return Decision()


def _far_apart(instants: Sequence[datetime], apart: timedelta) -> int:
    count, last = 0, None
    for at in instants:
        if last is None or at - last >= apart:
            count, last = count + 1, at
    return count
