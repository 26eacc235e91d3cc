"""The questions that a channel or a product asks in step 1, and their answers (WIZ-1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from pactdesk.accounts.rules.text import read_text
from pactdesk.cases.rules.answers import Problem as ProblemAnswer
from pactdesk.catalog.rules import Problem, Product, Question
from pactdesk.kernel.decisions import Reason

# Characters; a number has as many digits as fit beside its question.
MOST_ANSWER: Final = 200
_NUMBER = re.compile(r"[0-9]{1,9}")

YES: Final = "yes"
NO: Final = "no"


def chosen_problem(answer: ProblemAnswer, product: Product) -> Problem | None:
    """The problem that step 1 names, while it is on offer for this product; None: none is chosen."""
    category = product.category(answer.category)
    if category is None or category.retired:
        return None
    return next((each for each in category.offered_problems if each.code == answer.problem), None)


def questions_in(answer: ProblemAnswer, product: Product) -> tuple[Question, ...]:
    """What is asked about the product and the problem that step 1 names; nothing where its channel is not open."""
    if not product.channel.open:
        return ()
    return product.questions_for(chosen_problem(answer, product))


def checked_answers(
    given: Mapping[str, str], questions: tuple[Question, ...]
) -> tuple[dict[str, str], dict[str, Reason]]:
    """The answers as they are kept, and what is wrong with others, both by the question's code.

    What was answered to other questions is left out, and so is an answer that is empty.
    """
    kept: dict[str, str] = {}
    refused: dict[str, Reason] = {}
    for question in questions:
        read = _checked(question, given.get(question.code, ""))
        if isinstance(read, Reason):
            refused[question.code] = read
        elif read:
            kept[question.code] = read
    return kept, refused


def answered(answers: Mapping[str, str], known: Mapping[str, Question]) -> Iterator[tuple[Question, str]]:
    """Questions with their answers, in the order of the catalogue; `known` is all that it has, retired ones, too."""
    return ((question, answers[code]) for code, question in known.items() if answers.get(code))


def _checked(question: Question, text: str) -> str | Reason:
    read = read_text(text, most=MOST_ANSWER)
    if isinstance(read, Reason):
        return read
    named = {"question": dict(question.name)}
    if not read:
        return Reason("intake.answer-missing", named) if question.required else ""
    if question.kind == "number" and not _NUMBER.fullmatch(read):
        return Reason("intake.answer-not-a-number", named)
    offered = {"choice": tuple(question.choices), "yes-no": (YES, NO)}.get(question.kind)
    if offered is not None and read not in offered:
        return Reason("intake.answer-unknown", named)
    return read
