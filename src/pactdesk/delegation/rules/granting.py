"""What may be granted to a partner, and what a partner may pass on. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pactdesk.delegation.rules.acting import Purpose
from pactdesk.kernel.decisions import Decision, Reason

# Nobody hands out rights for ever.
LONGEST_DAYS: Final = 730
MOST_UNITS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Terms:
    """What a delegation is for. `most_units` are how many of the customer's own incidents may be spent under it in
    all; `ends_at` is the first UTC instant at which it no longer holds."""

    purposes: frozenset[Purpose]
    most_units: int
    ends_at: datetime


def purposes_that_cannot_be(purposes: frozenset[Purpose], most_units: int) -> list[Reason]:
    """What is wrong with `purposes` and the incidents that may be spent, whether granted or asked for."""
    refusals: list[Reason] = []
    if not purposes:
        refusals.append(Reason("delegation.purpose-missing"))
    if "spend" in purposes and not 1 <= most_units <= MOST_UNITS:
        refusals.append(Reason("delegation.units-out-of-range", {"most": MOST_UNITS}))
    if "spend" in purposes and "submit" not in purposes:
        refusals.append(Reason("delegation.spending-needs-submitting"))
    return refusals


def may_grant(terms: Terms, *, at: datetime) -> Decision:
    """Is this something that can be granted at `at`? The codes name the field that is wrong."""
    refusals = purposes_that_cannot_be(terms.purposes, terms.most_units)
    if terms.ends_at <= at:
        refusals.append(Reason("delegation.ends-in-the-past"))
    elif terms.ends_at > at + timedelta(days=LONGEST_DAYS):
        refusals.append(Reason("delegation.too-long", {"days": LONGEST_DAYS}))
    return Decision(tuple(refusals))


def may_pass_on(terms: Terms, held: Terms) -> Decision:
    """May a provider that holds `held` pass `terms` on? Nobody passes on more than is held, nor for longer (OBO-4).

    Incidents of the customer are never passed on.
    """
    refusals: list[Reason] = []
    if "spend" in terms.purposes or not terms.purposes <= held.purposes:
        refusals.append(Reason("delegation.more-than-held"))
    if terms.ends_at > held.ends_at:
        refusals.append(Reason("delegation.longer-than-held", {"ends_at": held.ends_at.isoformat()}))
    return Decision(tuple(refusals))
