"""The clocks of requests are what happened to them (SEV-6): every timer is folded anew, and the sweep does its work."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pactdesk.cases.models import Case
from pactdesk.cases.services.clocks import differences
from pactdesk.project.verification.check import MOST_EXAMPLES, Check, Outcome

# Folded at once: few enough to keep in memory, enough not to wait for each.
BATCH: Final = 500

CHECKS = (
    Check(
        code="clocks-as-folded",
        claim="timers, pauses and due instants of each are what folding its events gives",
        of="requests",
    ),
    Check(
        code="timer-looked-at-in-time",
        claim="each was looked at when it became due",
        of="timers that run",
        counts="SELECT count(*) FROM cases_timer WHERE next_at IS NOT NULL",
        finds="""
            SELECT id AS place,
              'PD-' || case_id || ': ' || metric || ' ' || number || ' was to be looked at by ' || next_at AS what
            FROM cases_timer WHERE next_at < %(late)s
        """,
        only_late=True,
    ),
)


def look(*, at: datetime) -> Outcome:
    """Fold every request as of `at`, batch by batch, and compare; nothing is written."""
    check, looked_at, wrong = CHECKS[0], 0, 0
    examples: list[str] = []
    last = 0
    while cases := list(Case.objects.filter(pk__gt=last).order_by("pk")[:BATCH]):
        last, looked_at = cases[-1].pk, looked_at + len(cases)
        found = differences(cases, at=at)
        wrong += len({each.number for each in found})
        for each in found[: MOST_EXAMPLES - len(examples)]:
            examples.append(f"PD-{each.number}: {each.what} is {each.kept}, folding gives {each.folded}")
    return Outcome(check, looked_at, wrong, tuple(examples))
