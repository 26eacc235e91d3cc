"""Whom to reach about a request, who was told that it goes wrong, and who took it up (ESC-1, ESC-2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from pactdesk.accounts import queries as accounts
from pactdesk.accounts.queries import Colleague
from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.access import case_for, desk_cases
from pactdesk.cases.models import Case, Escalation, Timer, ToldStep
from pactdesk.cases.rules.escalation import ABOVE, ESCALATED, Ladder, Step, next_step
from pactdesk.cases.rules.numbers import shown_number
from pactdesk.cases.rules.status import CLOSED
from pactdesk.catalog import queries as catalog
from pactdesk.kernel.decisions import ALLOWED, Decision, Reason
from pactdesk.routing import queries as routing
from pactdesk.servicelevels.rules.timers import State

_RUNS: Final = (State.RUNNING.value, State.BREACHED_OPEN.value)
MOST_WAITING: Final = 10
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
    reach; `decision` says whether one may ask, or why not. `above` are the names of whom the desk can tell beside the
    engineers. `is_billing`: the service centre answers, and has an address
    for what stays unresolved.
    """

    engineer: Colleague | None
    backup: Colleague | None
    manager: Colleague | None
    is_billing: bool
    steps: tuple[TakenStep, ...]
    next_step: Step | None
    next_told: tuple[str, ...]
    above: tuple[str, ...]
    decision: Decision

    @property
    def waits(self) -> bool:
        """Whether somebody was told and nobody has taken it up. Of a lead nothing is wanted once it has an owner."""
        if not self.steps or self.steps[-1].taken_up_at is not None:
            return False
        return self.engineer is None or any(each.step is not Step.LEAD for each in self.steps)


def ladder_of(case: Case, *, at: datetime | None = None) -> Ladder:
    """Who stands on which step of a request; nobody whose account is switched off. Three queries.

    With `at` also who leads its team at that time (all of its leads where none is on shift), and whether its owner is
    away then. Two queries more.
    """
    team = case.team
    leads: tuple[int, ...] = ()
    away = False
    if at is not None and team is not None:
        line = accounts.teams(only=[team.pk])[0]
        terms = {engineer.account_id: engineer for engineer in routing.engineers_of(team.pk)}
        leads = tuple(lead for lead in line.leads if terms[lead].on_shift(at)) or line.leads
        away = case.owner_id in terms and not terms[case.owner_id].on_shift(at)
    ladder = _ladder(case)[0]
    return replace(ladder, leads=leads, away=away)


def help_for(viewer: Viewer, number: int | None) -> Help:
    """Whom one of its contacts reaches about a request. Raises Http404. Four queries."""
    return help_of(case_for(viewer, number, along=("team",)))


def help_of(case: Case) -> Help:
    """Whom to reach about a request that the caller has been allowed to see. Three queries beside its team."""
    taken = list(Escalation.objects.filter(case=case).order_by("pk"))
    current = [each for each in taken if each.round == taken[-1].round]
    is_over = bool(current) and current[-1].taken_up_at is not None
    ladder, known = _ladder(
        case, *(person for each in current for person in (*each.told, each.asked_by_id, each.taken_up_by_id))
    )
    done = set() if is_over else {Step(each.step) for each in current}
    step, above = next_step(ladder, taken=done), next_step(ladder, taken=done, among=ABOVE)

    def reached(step: Step | None) -> tuple[str, ...]:
        return tuple(known[person].name for person in ladder.on(step)) if step else ()

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
        next_told=reached(step),
        above=reached(above),
        decision=may_ask(case, step, was_told=bool(current) and not is_over),
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that was escalated and that nobody has taken up yet. `told` are names; `is_mine`: the viewer is one of
    them. `by` is who asked, "" where time alone did. `at` is when that was, in UTC."""

    number: int
    shown_number: str
    summary: str
    severity: str
    step: Step
    reason: str
    by: str
    told: tuple[str, ...]
    is_mine: bool
    at: datetime


def waiting_for(viewer: Viewer, *, most: int = MOST_WAITING) -> tuple[Waiting, ...]:
    """What waits to be taken up by the viewer's teams, what the viewer was told of first, then the oldest first.

    One query, and one more where something waits.
    """
    if not viewer.works_at_desk:
        return ()
    rows = (
        Escalation.objects.filter(taken_up_at=None, case__in=desk_cases(viewer).exclude(status=CLOSED))
        .exclude(step=Step.LEAD, case__owner__isnull=False)
        .select_related("case")
        .order_by("at", "pk")[: most * 3]
    )
    # A request whose manager was told, too, waits once.
    newest = {row.case_id: row for row in rows}
    if not newest:
        return ()
    names = {
        person: each.name
        for person, each in accounts.colleagues(
            person for row in newest.values() for person in (*row.told, row.asked_by_id)
        ).items()
    }
    found = [
        Waiting(
            number=row.case_id,
            shown_number=shown_number(row.case_id),
            summary=row.case.summary,
            severity=row.case.severity,
            step=Step(row.step),
            reason=row.reason,
            by=names.get(row.asked_by_id or 0, ""),
            told=tuple(names[person] for person in row.told if person in names),
            is_mine=viewer.account_id in row.told,
            at=row.at,
        )
        for row in newest.values()
    ]
    return tuple(sorted(found, key=lambda each: (not each.is_mine, each.at)))[:most]


@dataclass(frozen=True, slots=True)
class Danger:
    """A promise that is about to break, or broken, of which somebody was told and that nobody has taken up."""

    metric: str
    is_broken: bool


def danger_of(case: Case) -> Danger | None:
    """What somebody was told of the clock that runs, and nobody has taken up. One query."""
    told = (
        ToldStep.objects.filter(timer__case=case, timer__state__in=_RUNS)
        .order_by("-at")
        .values_list("timer__metric", "timer__state", "taken_up_at")
        .first()
    )
    if told is None or told[2] is not None:
        return None
    return Danger(told[0], told[1] == State.BREACHED_OPEN)


def noticed_by(
    number: int, audience: str, *, metric: str, timer: int, is_breach: bool, at: datetime
) -> tuple[int, ...]:
    """The accounts to which a notice about a step of a timer goes at `at`, as the request stands then (ESC-1).

    Nobody where the timer has ended since, where somebody took the same danger up already, or where an escalation tells
    them. Six queries.
    """
    if is_breach and audience in ESCALATED:
        return ()
    row = Timer.objects.filter(case=number, metric=metric, number=timer, state__in=_RUNS).first()
    if row is None:
        return ()
    if _is_taken_up(row, is_breach=is_breach):
        return ()
    case = Case.objects.select_related("team").get(pk=number)
    return ladder_of(case, at=at).for_audience(audience)


def _is_taken_up(row: Timer, *, is_breach: bool) -> bool:
    """Whether somebody takes care of a timer already: since it was missed, where that is what is told."""
    taken = ToldStep.objects.filter(timer=row, taken_up_at__isnull=False)
    return (taken.filter(at__gte=row.breached_at) if is_breach and row.breached_at else taken).exists()


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


def _ladder(case: Case, *others: int | None) -> tuple[Ladder, dict[int, Colleague]]:
    """The ladder of those who can be reached, and how; with it how to name `others`. Two queries beside the team."""
    owner, team = case.owner_id, case.team
    backup = routing.backup_of(owner, team.pk) if owner is not None and team is not None else None
    manager, head = (team.manager_id, team.head_id) if team is not None else (None, None)
    known = accounts.colleagues((owner, backup, manager, head, *others))
    owner, backup, manager, head = (
        each if each in known else None for each in (owner, backup, manager, head)
    )
    return Ladder(owner=owner, backup=backup, manager=manager, head=head), known


def _is_billing(case: Case) -> bool:
    return catalog.current().problem_by_id(case.problem_id).problem_type.code == BILLING
