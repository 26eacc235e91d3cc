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
    in_vain = _in_vain(attempts, since)
    if not in_vain and any(each.reached and each.at >= since for each in attempts):
        return Decision((Reason(REACHED_MEANWHILE),))
    params = {"attempts": patience.attempts, "minutes": patience.minutes_apart, "made": len(in_vain)}
    if len(in_vain) < patience.attempts:
        return Decision((Reason(TOO_FEW_ATTEMPTS, params),))
    if len(_counted(in_vain, timedelta(minutes=patience.minutes_apart))) < patience.attempts:
        return Decision((Reason(ATTEMPTS_TOO_CLOSE, params),))
    return Decision()


def next_attempt_counts_from(
    attempts: Sequence[Attempt], patience: Patience, *, since: datetime
) -> datetime | None:
    """From when on one more attempt in vain would count; None where it would count at once, or none is needed."""
    in_vain = _in_vain(attempts, since)
    apart = timedelta(minutes=patience.minutes_apart)
    counted = _counted(in_vain, apart)
    if not counted or len(counted) >= patience.attempts:
        return None
    return counted[-1] + apart


def _in_vain(attempts: Sequence[Attempt], since: datetime) -> Sequence[datetime]:
    """When somebody was called in vain since the severity began and since anybody was reached."""
    made = sorted((each for each in attempts if each.at >= since), key=lambda each: each.at)
    last_reached = max((n for n, each in enumerate(made) if each.reached), default=-1)
    return [each.at for each in made[last_reached + 1 :]]


def _counted(instants: Sequence[datetime], apart: timedelta) -> Sequence[datetime]:
    """Those of `instants` that count: each lies so far from the one counted before it."""
    found: list[datetime] = []
    for at in instants:
        if not found or at - found[-1] >= apart:
            found.append(at)
    return found
