"""A claim about the whole database, and what came of looking."""

from __future__ import annotations

from dataclasses import dataclass

MOST_EXAMPLES = 10


@dataclass(frozen=True, slots=True)
class Check:
    """A claim, how many things it is about, and which of them it is not true of.

    `of` says what is counted, `counts` is the query for their number. `finds` is the query for the offenders: `place`
    to sort them by, and `what` to say about each, its id included. Both may use the parameters of `proof.prove`; a
    claim about the shelf has neither.
    `only_late`: an offender is no damage but something that ought to have happened by now.
    """

    code: str
    claim: str
    of: str
    counts: str = ""
    finds: str = ""
    only_late: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one check found: `looked_at` things, `wrong` of them, and at most `MOST_EXAMPLES` of those in words."""

    check: Check
    looked_at: int
    wrong: int
    examples: tuple[str, ...]

    @property
    def is_broken(self) -> bool:
        return self.wrong > 0 and not self.check.only_late

    @property
    def is_late(self) -> bool:
        return self.wrong > 0 and self.check.only_late
