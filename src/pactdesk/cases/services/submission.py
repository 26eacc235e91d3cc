"""Submitting: from a draft to a number, with one incident deducted, exactly once (WIZ-6, AGR-6, AGR-10).

All rows are sent together and stand or fall together. Two guards of the database make it exactly once, whoever races:
`case_draft_once` (a draft makes one case) and the ledger's balance. The case takes its draft's key as the ledger's
idempotency key, too. The deduction is sent last, because it locks the agreement's row until the end.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg
from django.db import transaction
from django.http import Http404
from psycopg.types.json import Jsonb

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements import ledger
from pactdesk.agreements.rules import SERVICE_AGREEMENT
from pactdesk.cases.facts import CaseOpened
from pactdesk.cases.models import Contact
from pactdesk.cases.queries.intake import Outlook, outlook_of
from pactdesk.cases.rules.answers import Answers, Person
from pactdesk.cases.rules.call_backs import call_back_in
from pactdesk.cases.rules.steps import PROBLEM, SUBMIT, SUPPORT, VERIFY, current_step
from pactdesk.cases.services import clocks
from pactdesk.cases.services.contacts import hold_addresses
from pactdesk.delegation.queries import ActingFor
from pactdesk.delegation.services import delegations
from pactdesk.delegation.services.delegations import CannotGrant, CannotSpend
from pactdesk.journal import services as journal
from pactdesk.kernel.database import constraint_of, execute, sent_together
from pactdesk.kernel.decisions import Reason, Refused

DRAFT_GUARD = "case_draft_once"


class CannotSubmit(Refused):
    """The request was not submitted and nothing was deducted. `step` is where it can be mended."""

    def __init__(self, *reasons: Reason, step: str) -> None:
        super().__init__(*reasons)
        self.step = step


@dataclass(frozen=True, slots=True)
class Submitted:
    """The number of the case; `replayed` says that it was submitted before and nothing was done now."""

    number: int
    replayed: bool


_FETCH = """
SELECT answers, case_id, discarded_at, nextval('cases_case_id_seq'), customer_id
FROM cases_draft WHERE id = %s AND account_id = %s
"""

_OPEN = """
INSERT INTO cases_case (
  id, draft_key, submitter_id, organization_id, agreement_id, product_id, version_id, problem_id, usage, summary,
  description, severity, hours, night_name, night_phone, country, time_zone, language, status, opened_at, changed_at,
  first_response_due_at, due_at, calendar_id, terms, explanation, charged_units, charge_count, reserved_units, team_id,
  is_test,
  call_back, night_time_zone, customer_id, subscription_id, delegation_id, role_assignment_id, best_effort, answers
) VALUES (
  %(number)s, %(draft)s, %(submitter)s, %(organization)s, %(agreement)s, %(product)s, %(version)s, %(problem)s,
  %(usage)s, %(summary)s, %(description)s, %(severity)s, %(hours)s, %(night_name)s, %(night_phone)s, %(country)s,
  %(time_zone)s, %(language)s, 'new', %(at)s, %(at)s, %(due)s, %(due)s, %(calendar)s, %(terms)s, %(explanation)s,
  %(units)s, %(charges)s, %(reserved)s, %(team)s, %(test)s, %(call_back)s, %(night_time_zone)s, %(customer)s,
  %(subscription)s, %(delegation)s, %(role_assignment)s, %(best_effort)s, %(answers)s
)
"""

# Whoever has proved to own the address sees the request at once; others when they prove it. The submitter need not
# prove the address that the own profile names. Whoever is named by two addresses takes the first place.
_NAME_CONTACT = """
INSERT INTO cases_contact (
  case_id, role, name, email, phone, time_zone, language, customer_id, subscription_id, account_id, is_open, changed_at
) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, (
  SELECT found.id FROM (
    SELECT COALESCE((SELECT user_id FROM account_emailaddress WHERE email = %s AND verified LIMIT 1), %s) AS id
  ) found
  WHERE NOT EXISTS (SELECT FROM cases_contact WHERE case_id = %s AND account_id = found.id)
), true, %s)
"""

# Whoever else a test names is not reached by it: only the submitter sees it.
_NAME_CONTACT_OF_TEST = """
INSERT INTO cases_contact (
  case_id, role, name, email, phone, time_zone, language, customer_id, subscription_id, account_id, is_open, changed_at
) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, (
  SELECT own.id FROM (SELECT %s::bigint AS id) own
  WHERE (%s OR EXISTS (SELECT FROM account_emailaddress WHERE email = %s AND verified AND user_id = own.id))
    AND NOT EXISTS (SELECT FROM cases_contact WHERE case_id = %s AND account_id = own.id)
), true, %s)
"""

# After the draft's row, whose lock whoever still begins a file waits for.
_ADD_FILES = """
UPDATE cases_attachment SET case_id = %s, added_at = %s
WHERE draft_id = %s AND state IN ('uploading', 'held', 'ready')
"""

_SEND_DRAFT = "UPDATE cases_draft SET case_id = %s, saved_at = %s WHERE id = %s"


def submit(
    draft_id: uuid.UUID,
    *,
    terms_accepted: bool,
    for_customer: int | None = None,
    actor: Viewer,
    at: datetime,
    test: bool = False,
) -> Submitted:
    """Make a case of the draft and deduct one incident; the same draft again answers the same case.

    `for_customer` is whom the actor has confirmed it to be for, None for the own tenant (OBO-1). The right under which
    it is made is held until it is written: taking that back comes before, and refuses this, or after. A `test` goes the
    whole way, costs nothing and reaches nobody but the actor. Raises Http404 for a draft that is not the actor's, and
    `CannotSubmit` with every reason."""
    row = execute(_FETCH, (draft_id, actor.account_id)).fetchone()
    if row is None:
        raise Http404
    data, case_id, discarded_at, number, customer_id = row
    if case_id is not None:
        return Submitted(case_id, replayed=True)
    if discarded_at is not None:
        raise CannotSubmit(Reason("draft.discarded"), step=SUBMIT)
    answers = Answers.from_data(json.loads(data))  # Django keeps JSON as text on this connection
    if (step := current_step(answers)) != SUBMIT:
        raise CannotSubmit(Reason("intake.step-missing"), step=step)
    if not terms_accepted:
        raise CannotSubmit(Reason("intake.terms-not-accepted"), step=SUBMIT)

    outlook = outlook_of(answers, actor, at=at, customer_id=customer_id)
    if not outlook.judgement.decision.allowed:
        raise CannotSubmit(*outlook.judgement.decision, step=outlook.judgement.first_step or SUBMIT)
    if customer_id != for_customer:
        raise CannotSubmit(
            Reason("intake.customer-not-confirmed", {"customer": outlook.acting.customer_name}), step=VERIFY
        )
    try:
        with _held(outlook, test=test):
            _write(number, draft_id, answers, outlook, actor, at, test)
    except CannotGrant as refused:
        raise CannotSubmit(*refused.decision, step=PROBLEM) from refused
    except CannotSpend as refused:
        # The same draft, sent a moment before, may be what spent the last one.
        if (sent := _sent(draft_id)) is not None:
            return sent
        raise CannotSubmit(*refused.decision, step=SUPPORT) from refused
    except psycopg.Error as error:
        if constraint_of(error) in {DRAFT_GUARD, ledger.KEY_GUARD}:
            return _replay(draft_id)
        if (refusal := ledger.refusal_of(error)) is not None:
            raise CannotSubmit(refusal, step=SUPPORT) from error
        raise
    return Submitted(number, replayed=False)


@contextmanager
def _held(outlook: Outlook, *, test: bool) -> Iterator[None]:
    """Keep the right that a request rests on as it is until the request is written. Nothing to do where it is made in
    one's own name and touches no subscription."""
    acting = outlook.acting
    if acting.customer_id is None and acting.assignment_id is None:
        yield
        return
    with transaction.atomic():
        if acting.rests_on_role and acting.assignment_id is not None:
            delegations.hold_role(acting.assignment_id)
        # Whatever the request rests on, the customer's incidents are spent within what it allowed.
        spent = acting.delegation_id if outlook.spends_allowance else None
        for held in sorted({each for each in (spent, outlook.delegation_id) if each is not None}):
            delegations.hold(held, spend=held == spent and not test)
        yield


def _write(
    number: int,
    draft_id: uuid.UUID,
    answers: Answers,
    outlook: Outlook,
    actor: Viewer,
    at: datetime,
    test: bool,
) -> None:
    setting, judgement, acting = outlook.setting, outlook.judgement, outlook.acting
    problem, support, made = answers.problem, answers.support, judgement.promise
    assert made is not None  # judged before
    assert setting.chosen is not None
    agreement_id = support.agreement_id if setting.circumstances.needs_plan else None
    is_charged = bool(judgement.units) and not test
    route = setting.route(answers)
    wish = call_back_in(support) if setting.circumstances.calls_back else None
    with sent_together():
        execute(
            _OPEN,
            {
                "number": number,
                "draft": draft_id,
                "submitter": actor.account_id,
                "organization": actor.organization_id,
                "agreement": agreement_id,
                "product": setting.chosen.product.id,
                "version": setting.chosen.version.id,
                "problem": setting.chosen.problem.id,
                "usage": problem.usage,
                "summary": problem.summary,
                "description": problem.description,
                "severity": support.severity,
                "hours": made.hours,
                "night_name": support.night_name if made.needs_contact_around_the_clock else "",
                "night_phone": support.night_phone if made.needs_contact_around_the_clock else "",
                "night_time_zone": support.night_time_zone if made.needs_contact_around_the_clock else "",
                "country": support.country,
                "time_zone": support.time_zone,
                "language": answers.contact.language,
                "at": at,
                "due": made.first_response_due,
                "calendar": setting.calendar.version_id,
                "terms": Jsonb(
                    {
                        **setting.terms(support.severity, made.hours),
                        "service_agreement": SERVICE_AGREEMENT,
                    }
                ),
                "explanation": Jsonb(
                    {
                        "refusals": [reason.as_data() for reason in judgement.decision],
                        "units": judgement.units,
                        "units_left_before": setting.circumstances.plan.units_left
                        if setting.circumstances.plan
                        else 0,
                        "route": route.as_data(),
                    }
                ),
                "team": route.team_id,
                "units": judgement.units if is_charged else 0,
                "charges": 1 if is_charged else 0,
                "reserved": judgement.units if is_charged and judgement.units > 1 else 0,
                "test": test,
                "call_back": Jsonb(wish.as_data()) if wish else None,
                "customer": acting.customer_id,
                "subscription": acting.subscription_id,
                "delegation": acting.delegation_id if outlook.spends_allowance else outlook.delegation_id,
                "role_assignment": acting.assignment_id if acting.rests_on_role else None,
                "best_effort": bool(problem.best_effort),
                "answers": Jsonb(dict(problem.answers)),
            },
        )
        hold_addresses([person.email for person in (answers.contact, *answers.share)])
        _name_contact(number, Contact.Role.PRIMARY, answers.contact, acting, actor, at, test)
        for person in answers.share:
            _name_contact(number, Contact.Role.ADDITIONAL, person, acting, actor, at, test)
        # What is only tried reaches nobody.
        steps = () if test else setting.policy.steps
        clocks.start(number, made, steps, calendar_id=setting.calendar.version_id)
        execute(_SEND_DRAFT, (number, at, draft_id))
        execute(_ADD_FILES, (number, at, draft_id))
        journal.record(
            CaseOpened(case=number, severity=support.severity, hours=made.hours, agreement=agreement_id),
            actor_id=actor.account_id,
            at=at,
        )
        if agreement_id is not None and is_charged:
            ledger.deduct(
                agreement_id,
                case_number=number,
                key=f"case:{draft_id}",
                actor_id=actor.account_id,
                at=at,
                units=judgement.units,
            )


def _name_contact(
    number: int,
    role: Contact.Role,
    person: Person,
    acting: ActingFor,
    actor: Viewer,
    at: datetime,
    test: bool,
) -> None:
    named = (
        number,
        role.value,
        person.name,
        person.email,
        person.phone,
        person.time_zone,
        person.language,
        acting.customer_id,
        acting.subscription_id if acting.customer_id is not None else None,
    )
    is_own = person.email == actor.contact_email.lower()
    if test:
        execute(_NAME_CONTACT_OF_TEST, (*named, actor.account_id, is_own, person.email, number, at))
    else:
        own = actor.account_id if is_own else None
        execute(_NAME_CONTACT, (*named, person.email, own, number, at))


def _replay(draft_id: uuid.UUID) -> Submitted:
    """Somebody else's hand was quicker with the same draft: answer what it made."""
    sent = _sent(draft_id)
    if sent is None:
        raise Http404
    return sent


def _sent(draft_id: uuid.UUID) -> Submitted | None:
    row = execute("SELECT id FROM cases_case WHERE draft_key = %s", (draft_id,)).fetchone()
    return Submitted(row[0], replayed=True) if row else None
