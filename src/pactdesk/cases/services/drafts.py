"""Keeping what was answered so far (WIZ-8)."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.access import open_drafts_of
from pactdesk.cases.models import Draft
from pactdesk.cases.rules.answers import Answers, Person, Problem, Support
from pactdesk.cases.rules.steps import PROBLEM, STEPS, SUBMIT, SUPPORT, VERIFY
from pactdesk.delegation.access import customer_for

KEPT_FOR = timedelta(days=30)

StepValue = Problem | Support | Person | tuple[Person, ...] | None


@transaction.atomic
def start_draft(
    draft_id: uuid.UUID,
    problem: Problem,
    *,
    complete: bool = True,
    customer_id: int | None = None,
    actor: Viewer,
    at: datetime,
) -> None:
    """Keep the first step, answered or only begun (`complete` False), of a request for a customer or the own tenant.

    The same key again changes the same draft, so that a repeated click starts one draft. Raises Http404 where the key
    belongs to somebody else, or the actor has nothing to do with the customer (IDN-4).
    """
    if customer_id is not None:
        customer_for(actor, customer_id)
    begun = Answers()
    draft, is_new = Draft.objects.get_or_create(
        pk=draft_id,
        defaults={
            "account_id": actor.account_id,
            "customer_id": customer_id,
            "answers": (begun.with_step if complete else begun.with_unfinished)("problem", problem).as_data(),
            "created_at": at,
            "saved_at": at,
            "expires_at": at + KEPT_FOR,
        },
    )
    if not is_new:
        (save_step if complete else keep_unfinished)(draft.pk, "problem", problem, actor=actor, at=at)


def begin_draft(
    draft_id: uuid.UUID,
    problem: Problem,
    *,
    customer_id: int | None = None,
    actor: Viewer,
    at: datetime,
) -> None:
    """Make a draft for what is about to be put into it, with what was typed so far; an open one stays as it is.

    Raises Http404 for a draft that is not open, or somebody else's.
    """
    if not open_drafts_of(actor).filter(pk=draft_id).exists():
        start_draft(draft_id, problem, complete=False, customer_id=customer_id, actor=actor, at=at)


def write_down(
    draft_id: uuid.UUID,
    answers: Answers,
    *,
    customer_id: int | None = None,
    actor: Viewer,
    at: datetime,
) -> None:
    """Keep all answers at once, ready to be sent, for a customer or the own tenant. The same key again changes nothing.

    They have been checked (`rules.checking`): nobody looks at them again but the judgement. Raises Http404 where the
    actor has nothing to do with the customer.
    """
    if customer_id is not None:
        customer_for(actor, customer_id)
    Draft.objects.bulk_create(
        [
            Draft(
                id=draft_id,
                account_id=actor.account_id,
                customer_id=customer_id,
                answers=replace(answers, done=frozenset(STEPS) - {SUBMIT}).as_data(),
                created_at=at,
                saved_at=at,
                expires_at=at + KEPT_FOR,
            )
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def save_step(draft_id: uuid.UUID, step: str, value: StepValue, *, actor: Viewer, at: datetime) -> Answers:
    """Answer one step anew and mark it as done; answers the new state. Raises Http404 for a draft that is not open."""
    draft = _open(draft_id, actor)
    answers = Answers.from_data(draft.answers).with_step(step, value)
    _keep(draft, answers, at)
    return answers


@transaction.atomic
def keep_unfinished(
    draft_id: uuid.UUID, step: str, value: StepValue, *, actor: Viewer, at: datetime, reopen: bool = True
) -> bool:
    """Keep what was typed in a step that is not complete yet; whether it was kept. Raises Http404 for a draft that is
    not open.

    What was on its way while a later answer arrived is let go: it would undo that answer. So is, without `reopen`, what
    was typed in a step that is answered already: nobody asked to answer it anew.
    """
    draft = _open(draft_id, actor)
    answers = Answers.from_data(draft.answers)
    if at < draft.saved_at or (step in answers.done and not reopen):
        return False
    _keep(draft, answers.with_unfinished(step, value), at)
    return True


@transaction.atomic
def turn_to_own_tenant(draft_id: uuid.UUID, *, best_effort: bool, actor: Viewer, at: datetime) -> Answers:
    """Go on with a draft in the actor's own name, keeping what was typed: the two ways that are in scope where access
    to a subscription is missing (RTE-3). With `best_effort` help is asked for that needs none; else the problem is to
    be reproduced on a subscription of one's own, which has yet to be named.

    The plan has to be chosen anew, since what pays for customers does not pay for the own tenant (OBO-6). Raises
    Http404 for a draft that is not open."""
    draft = _open(draft_id, actor)
    answers = Answers.from_data(draft.answers)
    problem = replace(answers.problem, subscription="", best_effort="on" if best_effort else "")
    support = replace(answers.support, agreement_id=None)
    answers = replace(
        answers, problem=problem, support=support, done=answers.done - {PROBLEM, SUPPORT, VERIFY}
    )
    draft.customer = None
    draft.save(update_fields=["customer"])
    _keep(draft, answers, at)
    return answers


def discard(draft_id: uuid.UUID, *, actor: Viewer, at: datetime) -> None:
    """Throw a draft away; once more changes nothing. It can be taken back until it expires.

    Raises Http404 for a draft that was sent or is not the actor's.
    """
    discarded = open_drafts_of(actor).filter(pk=draft_id).update(discarded_at=at)
    if not discarded and not _discarded_drafts_of(actor).filter(pk=draft_id).exists():
        raise Http404


def restore(draft_id: uuid.UUID, *, actor: Viewer) -> None:
    """Undo `discard`; once more changes nothing. Raises Http404 for a draft that was sent or is not the actor's."""
    restored = _discarded_drafts_of(actor).filter(pk=draft_id).update(discarded_at=None)
    if not restored and not open_drafts_of(actor).filter(pk=draft_id).exists():
        raise Http404


def remove_expired(*, at: datetime) -> int:
    """Delete the drafts that nobody went on with; answers how many. Sent drafts stay: they hold the key."""
    deleted, _by_model = Draft.objects.filter(case=None, expires_at__lte=at).delete()
    return deleted


def _open(draft_id: uuid.UUID, actor: Viewer) -> Draft:
    draft = open_drafts_of(actor).select_for_update().filter(pk=draft_id).first()
    if draft is None:
        raise Http404
    return draft


def _keep(draft: Draft, answers: Answers, at: datetime) -> None:
    draft.answers = answers.as_data()
    draft.saved_at = at
    draft.expires_at = at + KEPT_FOR
    draft.save(update_fields=["answers", "saved_at", "expires_at"])


def _discarded_drafts_of(actor: Viewer) -> QuerySet[Draft]:
    return Draft.objects.filter(account_id=actor.account_id, case=None, discarded_at__isnull=False)
