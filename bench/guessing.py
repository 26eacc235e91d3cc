"""How long each kind of wrong pair takes (A16): nobody is to learn by the clock that one half of a pair exists.

Kinds take turns, so that whatever disturbs the machine disturbs all of them, and every answer is the same refusal. Two
kinds that cannot be told apart differ by the test of Mann and Whitney with p > 0.01.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from time import perf_counter

from bench.place import CannotMeasure
from bench.report import Table, in_ms, median, say
from bench.world import PROGRAMME, new_people
from pactdesk.accounts.access import viewer_of
from pactdesk.accounts.models import Account
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements import ledger, services
from pactdesk.agreements.models import Agreement, WrongPair
from pactdesk.kernel.ids import random_digits

SAMPLES = 400  # of each kind
WARM_UP = 40
GOAL = 0.01
BOTH = "both halves wrong"


def measure(table: Table, *, rounds: int) -> None:
    """Wrong pairs of each kind, beside those of which both halves are wrong."""
    say("pairs of IDs, wrong in every way")
    [session] = new_people(1)
    viewer = viewer_of(Account.objects.get(pk=session.account_id))
    now = datetime.now(UTC)
    halves = _agreements(now)
    taken: dict[str, list[float]] = {kind: [] for kind in (BOTH, "Access ID wrong", *halves)}
    for number in range((SAMPLES + WARM_UP) * max(rounds, 1)):
        kinds = list(taken)
        random.shuffle(kinds)
        for kind in kinds:
            access_id, contract_id = halves.get(kind, (random_digits(10), random_digits(20)))
            if kind == "Access ID wrong":
                contract_id = halves["Contract ID wrong"][1]
            elif kind in halves:
                contract_id = random_digits(20)
            elapsed = _tried(access_id, contract_id, viewer, now)
            if number >= WARM_UP:
                taken[kind].append(elapsed)
    table.heading(f"Wrong pairs (goal: none can be told from another by time, p > {GOAL})")
    table.row("pair", "median", "p beside the first")
    for kind, times in taken.items():
        told = "" if kind == BOTH else f"{p_value(taken[BOTH], times):.3f}"
        table.row(kind, in_ms(median(times)), told)


def _agreements(now: datetime) -> dict[str, tuple[str, str]]:
    """The pair of an agreement of each kind, of which the Access ID is tried."""
    found = {}
    for kind in (
        "Contract ID wrong",
        "of one that has ended",
        "of one that is used up",
        "of one that is suspended",
    ):
        new = services.issue_agreement(
            PROGRAMME,
            starts_on=now.date(),
            time_zone="UTC",
            organization_id=None,
            owner_id=None,
            actor_id=None,
            at=now,
        )
        about = Agreement.objects.filter(pk=new.agreement_id)
        if "ended" in kind:
            about.update(starts_at=now - timedelta(days=500), ends_at=now - timedelta(days=100))
        elif "suspended" in kind:
            about.update(suspended_at=now)
        elif "used up" in kind:
            left = about.get().units_left
            ledger.adjust(
                new.agreement_id,
                units=-left,
                key=f"guess:{new.agreement_id}",
                actor_id=None,
                at=now,
                note="-",
            )
        found[kind] = (new.pair.access_id, new.pair.contract_id)
    return found


def _tried(access_id: str, contract_id: str, viewer: Viewer, now: datetime) -> float:
    """Seconds until a wrong pair is refused; what is counted of it is forgotten afterwards."""
    began = perf_counter()
    try:
        services.add_agreement(
            access_id, contract_id, subject=None, address="198.51.100.7", actor=viewer, at=now
        )
    except services.CannotAddAgreement as refused:
        elapsed = perf_counter() - began
        if refused.decision.codes != ("pair.not-recognised",):
            raise CannotMeasure(f"a wrong pair is answered by {refused.decision.codes}") from refused
    else:
        raise CannotMeasure("a pair that was made up is one")
    WrongPair.objects.all().delete()
    return elapsed


def p_value(one: Sequence[float], other: Sequence[float]) -> float:
    """How probable it is that two samples of one kind differ as much: Mann and Whitney, by the normal distribution."""
    ranked = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    ranks = sum(place + 1 for place, (_value, which) in enumerate(ranked) if which == 0)
    n, m = len(one), len(other)
    u = ranks - n * (n + 1) / 2
    z = abs(u - n * m / 2) / math.sqrt(n * m * (n + m + 1) / 12)
    return math.erfc(z / math.sqrt(2))
