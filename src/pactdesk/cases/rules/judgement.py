"""May this request be submitted, and what is promised if it is? The one rule behind step 5, step 6 and a preview."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pactdesk.agreements import rules as agreements
from pactdesk.cases.rules.answers import AROUND_THE_CLOCK, Answers
from pactdesk.cases.rules.call_backs import call_back_refusals
from pactdesk.cases.rules.contacts import not_of_the_customer
from pactdesk.cases.rules.steps import CONTACT, PROBLEM, SHARE, SUPPORT
from pactdesk.kernel.decisions import ALLOWED, Decision, Reason
from pactdesk.servicelevels.rules import CalendarData, Promise, Target, promise


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the answers mean in the catalogue of the moment, looked up by whoever asks.

    `subject` is None where the product is gone; `redirect` refuses a product of another channel (WIZ-1); `plan` is None
    where none was chosen or it is not the account's; `targets` are those of the plan's programme, in the language of
    the request; `needs_plan` is False for problems that draw nothing, and `calls_back` is
    True for those about which a consultant calls (RTE-2). `acting` says whether the requester may act there, for a
    customer or on a subscription (OBO-3); `theirs` are the customer's addresses among those that were named (OBO-2).
    `sign_in` says whether the account fits the channel (IDN-2).
    """

    subject: agreements.Subject | None
    redirect: Decision
    needs_plan: bool
    break_fix: bool
    plan: agreements.Plan | None
    targets: tuple[Target, ...]
    calendar: CalendarData
    calls_back: bool = False
    acting: Decision = ALLOWED
    theirs: frozenset[str] = frozenset()
    sign_in: Decision = ALLOWED


@dataclass(frozen=True, slots=True)
class Judgement:
    """`decision` collects every refusal; `steps` says for each code at which step it can be mended.

    `promise` is what would be promised at `at`; None where the severity is not chosen or not offered.
    """

    decision: Decision
    steps: Mapping[str, str] = field(default_factory=dict)
    promise: Promise | None = None
    units: int = 0

    @property
    def first_step(self) -> str | None:
        """The earliest step at which something has to be mended, None where nothing has to be."""
        order = [self.steps[reason.code] for reason in self.decision]
        return order[0] if order else None


def judge(answers: Answers, circumstances: Circumstances, *, account: str, at: datetime) -> Judgement:
    """Judge the answers at `at`. `account` is the address that is signed in."""
    refusals: list[Reason] = []
    steps: dict[str, str] = {}

    def refuse(step: str, *reasons: Reason) -> None:
        for reason in reasons:
            refusals.append(reason)
            steps.setdefault(reason.code, step)

    refuse(PROBLEM, *circumstances.redirect)
    if circumstances.subject is None and circumstances.redirect.allowed:
        refuse(PROBLEM, Reason("intake.product-gone"))
    refuse(PROBLEM, *circumstances.sign_in)
    refuse(PROBLEM, *circumstances.acting)

    if circumstances.needs_plan:
        if answers.support.agreement_id is None:
            refuse(SUPPORT, Reason("intake.plan-missing"))
        elif circumstances.plan is None:
            refuse(SUPPORT, Reason("agreement.gone"))
        elif circumstances.subject is not None:
            refuse(
                SUPPORT,
                *agreements.usable_for(circumstances.plan, circumstances.subject, account=account, at=at),
            )

    made: Promise | None = None
    target = next((each for each in circumstances.targets if each.severity == answers.support.severity), None)
    if not answers.support.severity:
        refuse(SUPPORT, Reason("intake.severity-missing"))
    elif target is None:
        refuse(SUPPORT, Reason("severity.not-in-plan", {"severity": answers.support.severity}))
    else:
        kept = hours_kept(target, answers.support.hours)
        made = promise(kept, circumstances.calendar, at, break_fix=circumstances.break_fix)
        if answers.support.hours == AROUND_THE_CLOCK and not target.around_the_clock:
            refuse(SUPPORT, Reason("intake.only-critical-around-the-clock"))
        if kept.needs_contact_around_the_clock and not (
            answers.support.night_name and answers.support.night_phone
        ):
            refuse(SUPPORT, Reason("intake.night-contact-missing"))
    if circumstances.calls_back:
        # Days pass while a draft lies.
        refuse(SUPPORT, *call_back_refusals(answers.support, at=at).values())
    # The primary contact may have been changed after the others were named.
    if any(person.email == answers.contact.email for person in answers.share):
        refuse(SHARE, Reason("contact.shared-with-primary", {"address": answers.contact.email}))
    refuse(CONTACT, *not_of_the_customer(answers.contact, theirs=circumstances.theirs))
    for person in answers.share:
        refuse(SHARE, *not_of_the_customer(person, theirs=circumstances.theirs))
    return Judgement(
        decision=Decision(tuple(refusals)),
        steps=steps,
        promise=made,
        units=_drawn(circumstances),
    )


def _drawn(circumstances: Circumstances) -> int:
    """What is taken when it is sent, as the ledger counts: one incident, or one advisory hour, in minutes (RTE-2)."""
    plan = circumstances.plan
    if not circumstances.needs_plan or (plan is not None and not plan.counted):
        return 0
    return plan.coverage.whole if plan is not None else 1


def hours_kept(target: Target, chosen: str) -> Target:
    """The target in the hours that the requester chose: an around-the-clock one may be kept in business hours."""
    if target.around_the_clock and chosen != AROUND_THE_CLOCK:
        return target.in_business_hours()
    return target
