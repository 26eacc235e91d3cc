"""Drafts for the tests: complete ones, ready to be sent, and their parts."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.rules.answers import Person, Problem, Support
from pactdesk.cases.services import drafts
from pactdesk.catalog.rules import Question
from pactdesk.kernel.ids import new_key

# On-premises, in mainstream support for years, with break-fix problems: every incident plan can pay for it.
PROBLEM = Problem(
    product="windows-server",
    version="2022",
    usage="it-professional",
    summary="Domain controllers stop replicating",
    description="Since Tuesday the second controller reports error 1722.",
)


def problem(**changes: Any) -> Problem:
    """The answers of step 1, with the catalogue's first break-fix problem for the product unless said otherwise."""
    from pactdesk.catalog import queries as catalog

    answered = replace(PROBLEM, **changes)
    if answered.problem:
        return answered
    product = catalog.current().product(answered.product)
    for category in product.offered_categories:
        for each in category.offered_problems:
            if each.problem_type.break_fix and answered.category in {"", category.code}:
                version = product.only_version
                return replace(
                    answered,
                    version=version.code if version else answered.version,
                    category=category.code,
                    feature=each.feature.code if each.feature else "",
                    problem=each.code,
                    usage=answered.usage if product.asks_usage else "",
                    answers={
                        question.code: answer_to(question)
                        for question in product.questions_for(each)
                        if question.required
                    },
                )
    raise LookupError(f"nothing can break in {answered.product}")


def answer_to(question: Question) -> str:
    """An answer that the question takes: the first of those that it offers."""
    return {"choice": next(iter(question.choices), ""), "yes-no": "no", "number": "3"}.get(
        question.kind, "an answer"
    )


def contact(viewer: Viewer) -> Person:
    """The viewer as the primary contact."""
    return Person(viewer.name, viewer.email, viewer.phone, viewer.time_zone, viewer.language)


def ready(
    viewer: Viewer,
    agreement_id: int | None,
    *,
    at: datetime,
    severity: str = "B",
    problem_answer: Problem | None = None,
    support: Support | None = None,
    primary: Person | None = None,
    share: tuple[Person, ...] = (),
    customer_id: int | None = None,
) -> uuid.UUID:
    """A draft of `viewer` that only has to be sent, to be paid by the agreement; for a customer if one is given."""
    draft_id = new_key()
    drafts.start_draft(draft_id, problem_answer or problem(), customer_id=customer_id, actor=viewer, at=at)
    support = support or Support(
        agreement_id=agreement_id, severity=severity, country=viewer.country, time_zone=viewer.time_zone
    )
    for step, value in (
        ("support", support),
        ("contact", primary or contact(viewer)),
        ("share", share),
        ("verify", None),
    ):
        drafts.save_step(draft_id, step, value, actor=viewer, at=at)
    return draft_id
