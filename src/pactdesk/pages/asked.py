"""What was chosen and answered in step 1, under the names that the channel has for it."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from pactdesk.cases.rules.questions import NO, YES, answered
from pactdesk.catalog import queries as catalog
from pactdesk.catalog.rules import Channel, Question
from pactdesk.kernel.worded import Worded, text_in


def choices_in_words(
    channel: Channel, category: Worded, feature: Worded | None, problem: Worded, language: str
) -> list[tuple[str, str]]:
    """Category, feature and problem as (label, value); no feature where its category has none."""
    named = [
        (channel.category_label, _("Category"), category),
        (channel.feature_label, _("Feature"), feature),
        (channel.problem_label, _("Problem"), problem),
    ]
    return [
        (text_in(own, language) if own else label, text_in(value, language))
        for own, label, value in named
        if value is not None
    ]


def answers_in_words(answers: Mapping[str, str], language: str) -> list[tuple[str, str]]:
    """The questions that were answered, each with its answer, in the order of the catalogue."""
    return [
        (text_in(question.name, language), _answer(question, text, language))
        for question, text in answered(answers, catalog.current().questions)
    ]


def _answer(question: Question, text: str, language: str) -> str:
    if question.kind == "yes-no":
        return {YES: _("Yes"), NO: _("No")}.get(text, text)
    # An answer that the catalogue offers no more is shown by its code.
    return text_in(question.choices[text], language) if text in question.choices else text
