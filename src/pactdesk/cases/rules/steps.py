"""The six steps and the order in which they may be visited (WIZ-1 to WIZ-6)."""

from __future__ import annotations

from pactdesk.cases.rules.answers import Answers

PROBLEM, SUPPORT, CONTACT, SHARE, VERIFY, SUBMIT = STEPS = (
    "problem",
    "support",
    "contact",
    "share",
    "verify",
    "submit",
)


def current_step(answers: Answers) -> str:
    """The first step that is not done: where a returning requester goes on."""
    return next((step for step in STEPS if step not in answers.done), SUBMIT)


def may_visit(answers: Answers, step: str) -> bool:
    """Any step that is done may be edited, and the first that is not done may be answered; no step may be skipped."""
    return STEPS.index(step) <= STEPS.index(current_step(answers))
