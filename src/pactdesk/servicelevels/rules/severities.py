"""Which severities a plan offers, and why the others are not offered (SEV-1, WIZ-2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pactdesk.kernel.decisions import Decision, Reason
from pactdesk.servicelevels.rules.promises import Target

NOT_IN_PLAN = "severity.not-in-plan"
AROUND_THE_CLOCK_NOT_CRITICAL = "severity.around-the-clock-not-critical"

REASON_CODES = (NOT_IN_PLAN, AROUND_THE_CLOCK_NOT_CRITICAL)


@dataclass(frozen=True, slots=True)
class SeverityOffer:
    """One severity as a choice: what it would promise, and whether it may be chosen.

    `target` is None where the plan has none for it.
    """

    severity: str
    target: Target | None
    decision: Decision

    @property
    def offered(self) -> bool:
        return self.decision.allowed


def rule_offered_severities(
    severities: Sequence[str], targets: Iterable[Target]
) -> tuple[SeverityOffer, ...]:
    """Each of `severities`, the most severe first: the plan's target for it, or why it is not offered.

    The first severity is the critical one; only that may be handled around the clock (WIZ-2). Raises
    ValueError for severities or targets named twice and for a target whose severity is not in the list: such
    a plan is a mistake of whoever wrote it, never of the requester.
    """
    by_severity: dict[str, Target] = {}
    for target in targets:
        if target.severity in by_severity:
            raise ValueError(f"severity {target.severity} has two targets")
        if target.severity not in severities:
            raise ValueError(f"there is a target for severity {target.severity}, which is not known")
        by_severity[target.severity] = target
    if len(set(severities)) != len(severities):
        raise ValueError("a severity is named twice")
    return tuple(
        SeverityOffer(
            severity=severity,
            target=by_severity.get(severity),
            decision=_offer(severity, by_severity.get(severity), critical=severities[0]),
        )
        for severity in severities
    )


def _offer(severity: str, target: Target | None, *, critical: str) -> Decision:
    if target is None:
        return Decision((Reason(NOT_IN_PLAN, {"severity": severity}),))
    if target.around_the_clock and severity != critical:
        params = {"severity": severity, "critical": critical}
        return Decision((Reason(AROUND_THE_CLOCK_NOT_CRITICAL, params),))
    return Decision()
