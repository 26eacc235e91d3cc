"""Whom to reach about a request, who was told that it goes wrong, and who took it up (ESC-1, ESC-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pactdesk.accounts import queries as accounts
from pactdesk.accounts.queries import Colleague
from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.access import case_for
from pactdesk.cases.models import Case, Escalation
from pactdesk.cases.rules.escalation import Ladder, Step, next_step
from pactdesk.cases.rules.status import CLOSED
from pactdesk.catalog import queries as catalog
from pactdesk.kernel.decisions import ALLOWED, Decision, Reason
from pactdesk.routing import queries as routing

# Questions about money have a way of their own (ESC-1).
BILLING: Final = "billing"


@dataclass(frozen=True, slots=True)
class TakenStep:
    """A step that was taken: who asked ("" where time alone did), who was told, and who took it up ("" nobody yet).

    Instants are UTC.
    """

    step: Step
    at: datetime
    by: str
    by_id: int | None
    reason: str
    told: tuple[str, ...]
    taken_up_by: str
    taken_up_at: datetime | None


@dataclass(frozen=True, slots=True)
class Help:
    """Who stands behind a request, and how far it was escalated in the round that is not over, or was over last.

    `engineer`, `backup` and `manager` are None where nobody is. `next_told` are the names of whom asking now would
    reach; `decision` says whether one may ask, or why not. `is_billing`: the service centre answers, and has an address
    for what stays unresolved.
    """

    engineer: Colleague | None
    backup: Colleague | None
    manager: Colleague | None
    is_billing: bool
    steps: tuple[TakenStep, ...]
    next_step: Step | None
    next_told: tuple[str, ...]
    decision: Decision

    @property
    def waits(self) -> bool:
        """Whether somebody was told and nobody has taken it up."""
        return bool(self.steps) and self.steps[-1].taken_up_at is None


def ladder_of(case: Case) -> Ladder:
    """Who stands on which step of a request; nobody whose account is switched off. Three queries."""
    team = case.team
    return _ladder(
        case.owner_id,
        routing.backup_of(case.owner_id) if case.owner_id else None,
        team.manager_id if team else None,
    )[0]


def help_for(viewer: Viewer, number: int | None) -> Help:
    """Whom one of its contacts reaches about a request. Raises Http404. Four queries."""
    return help_of(case_for(viewer, number, along=("team",)))


def help_of(case: Case) -> Help:
    """Whom to reach about a request that the caller has been allowed to see. Three queries beside its team."""
    taken = list(Escalation.objects.filter(case=case).order_by("pk"))
    current = [each for each in taken if each.round == taken[-1].round]
    is_over = bool(current) and current[-1].taken_up_at is not None
    team = case.team
    ladder, known = _ladder(
        case.owner_id,
        routing.backup_of(case.owner_id) if case.owner_id else None,
        team.manager_id if team else None,
        *(person for each in current for person in (*each.told, each.asked_by_id, each.taken_up_by_id)),
    )
    step = next_step(ladder, taken=set() if is_over else {Step(each.step) for each in current})
    reached = tuple(known[person].name for person in ladder.on(step)) if step else ()
    names = {person: each.name for person, each in known.items()}
    return Help(
        engineer=known.get(ladder.owner or 0),
        backup=known.get(ladder.backup or 0) if ladder.backup != ladder.owner else None,
        manager=known.get(ladder.manager or 0),
        is_billing=_is_billing(case),
        steps=tuple(
            TakenStep(
                step=Step(each.step),
                at=each.at,
                by=names.get(each.asked_by_id or 0, ""),
                by_id=each.asked_by_id,
                reason=each.reason,
                told=tuple(names[person] for person in each.told if person in names),
                taken_up_by=names.get(each.taken_up_by_id or 0, ""),
                taken_up_at=each.taken_up_at,
            )
            for each in current
        ),
        next_step=step,
        next_told=reached,
        decision=may_ask(case, step, was_told=bool(current) and not is_over),
    )


def may_ask(case: Case, step: Step | None, *, was_told: bool) -> Decision:
    """Whether a contact may ask for a manager, or why not. `step` is the one that asking would take, None for none;
    `was_told`: somebody knows already and has not taken it up."""
    if case.status == CLOSED:
        return Decision((Reason("case.is-closed"),))
    if case.is_test:
        return Decision((Reason("escalation.only-a-test"),))
    if step is None:
        return Decision((Reason("escalation.everybody-told" if was_told else "escalation.nobody-there"),))
    return ALLOWED


def _ladder(
    owner: int | None, backup: int | None, manager: int | None, *others: int | None
) -> tuple[Ladder, dict[int, Colleague]]:
    """The ladder of those who can be reached, and how; with it how to name `others`. One query."""
    known = accounts.colleagues((owner, backup, manager, *others))
    return (
        Ladder(*(person if person in known else None for person in (owner, backup, manager))),
        known,
    )


def _is_billing(case: Case) -> bool:
    return catalog.current().problem_by_id(case.problem_id).problem_type.code == BILLING
