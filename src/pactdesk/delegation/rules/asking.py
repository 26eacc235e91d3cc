"""Asking for rights by a link: what may be asked, and what may be answered (OBO-3, OBO-4, A20). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pactdesk.delegation.rules.acting import Purpose, Tier
from pactdesk.delegation.rules.granting import LONGEST_DAYS, Terms, may_grant, purposes_that_cannot_be
from pactdesk.kernel.decisions import Decision, Reason

LIFETIME: Final = timedelta(hours=72)
# How many links of one organization may be open at a time.
MOST_OPEN: Final = 20
MOST_NOTE: Final = 500

TOKEN_BYTES: Final = 24  # 192 bits
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{32}")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a partner asks for. `days` counts from the answer; `most_units` as in `Terms`. `tier` is how the partner
    stands to the customer, whom a provider's answer makes it a reseller of."""

    purposes: frozenset[Purpose]
    most_units: int
    days: int
    tier: Tier
    note: str = ""

    def terms(self, at: datetime) -> Terms:
        """All of it, if it is granted at `at`."""
        return Terms(self.purposes, self.most_units, at + timedelta(days=self.days))


def is_token(text: str) -> bool:
    """Whether `text` has the form of a token. Whatever has not is looked up nowhere."""
    return _TOKEN.fullmatch(text) is not None


def may_ask(wish: Wish, *, of_provider: bool, still_open: int) -> Decision:
    """Can this be asked for, while so many links are open already? `of_provider`: a provider is to pass it on."""
    refusals = purposes_that_cannot_be(wish.purposes, wish.most_units)
    if "spend" in wish.purposes and of_provider:
        refusals.append(Reason("asking.provider-passes-no-incidents-on"))
    if not 1 <= wish.days <= LONGEST_DAYS:
        refusals.append(Reason("asking.days-out-of-range", {"most": LONGEST_DAYS}))
    if still_open >= MOST_OPEN:
        refusals.append(Reason("asking.too-many-open", {"most": MOST_OPEN}))
    return Decision(tuple(refusals))


def may_answer(terms: Terms, wish: Wish, *, at: datetime) -> Decision:
    """May `wish` be granted as `terms` at `at`? Whoever answers narrows, and never grants what nobody asked for."""
    refusals = list(may_grant(terms, at=at))
    asked = wish.terms(at)
    too_many = "spend" in terms.purposes & asked.purposes and terms.most_units > asked.most_units
    if not terms.purposes <= asked.purposes or too_many:
        refusals.append(Reason("asking.more-than-asked"))
    # The last day that a form can name ends up to a day after the instant that was asked for.
    if terms.ends_at > asked.ends_at + timedelta(days=1):
        refusals.append(Reason("asking.longer-than-asked", {"ends_at": asked.ends_at.isoformat()}))
    return Decision(tuple(refusals))
