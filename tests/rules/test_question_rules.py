"""Questions that channels and products ask in step 1: which are asked, and which answers they take (WIZ-1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from pactdesk.cases.rules.answers import Answers, Problem
from pactdesk.cases.rules.checking import checked
from pactdesk.cases.rules.questions import MOST_ANSWER, answered, checked_answers, questions_in
from pactdesk.catalog import rules as catalog
from pactdesk.catalog.rules.entries import AnswerKind
from pactdesk.kernel.worded import Worded

pytestmark = pytest.mark.req("WIZ-1")

CHANNEL = catalog.Channel(
    id=1,
    code="online",
    name={"en": "Online"},
    explanation={"en": "It is there."},
    sign_in="tenant",
    needs_pair=False,
    instead_of_pair=None,
    front_door_label={"en": "there"},
    front_door_url="https://there.example",
    open=True,
)
FAULT = catalog.ProblemType(1, "break-fix", {"en": "Fault"}, {"en": "It fails"}, "incident", True)
BILLING = catalog.ProblemType(2, "billing", {"en": "Billing"}, {"en": "Money"}, "nothing", False)
SENDING = catalog.Feature(1, "mail", "sending", {"en": "Sending"})
GONE = catalog.Feature(2, "mail", "gone", {"en": "Gone"})
LOST = catalog.Problem(1, "mail", "lost", {"en": "It is lost"}, FAULT, feature=SENDING)
INVOICE = catalog.Problem(2, "mail", "invoice", {"en": "An invoice"}, BILLING)
MAIL = catalog.Category(1, "mail", {"en": "Mail"}, (LOST, INVOICE), features=(SENDING, GONE))


def question(
    code: str, kind: AnswerKind = "text", *, required: bool = True, when: str = ""
) -> catalog.Question:
    choices: Mapping[str, Worded] = {}
    if kind == "choice":
        choices = {"one": {"en": "One"}, "all": {"en": "All"}}
    return catalog.Question(
        id=1,
        code=code,
        name={"en": f"{code}?"},
        help=None,
        kind=kind,
        choices=choices,
        required=required,
        problem_types=frozenset({when} - {""}),
    )


DOWN = question("down", "yes-no", when="break-fix")
WHERE = question("where")
PRODUCT = catalog.Product(
    id=1,
    code="mail-online",
    name={"en": "Mail Online"},
    family=catalog.Family(1, "cloud", {"en": "Cloud"}),
    channel=CHANNEL,
    versions=(catalog.Version(1, "mail-online", "current", {"en": "Mail Online"}),),
    categories=(MAIL,),
    questions=(DOWN, WHERE, replace(WHERE, code="old", retired=True)),
)
ANSWER = Problem(product="mail-online", category="mail", problem="lost", summary="S", description="D")


@pytest.mark.parametrize(
    ("problem", "channel_open", "asked"),
    [
        ("lost", True, ["down", "where"]),
        ("invoice", True, ["where"]),
        ("", True, ["where"]),
        ("lost", False, []),
    ],
)
def test_what_is_asked_follows_the_problem(problem: str, channel_open: bool, asked: list[str]) -> None:
    product = replace(PRODUCT, channel=replace(CHANNEL, open=channel_open))
    assert [each.code for each in questions_in(replace(ANSWER, problem=problem), product)] == asked


@pytest.mark.parametrize(
    ("kind", "required", "given", "kept", "refused"),
    [
        ("yes-no", True, "yes", "yes", ""),
        ("yes-no", True, "no", "no", ""),
        ("yes-no", True, "maybe", "", "intake.answer-unknown"),
        ("yes-no", True, "", "", "intake.answer-missing"),
        ("yes-no", False, "", "", ""),
        ("choice", True, "all", "all", ""),
        ("choice", True, "All", "", "intake.answer-unknown"),
        ("number", True, " 12 ", "12", ""),
        ("number", True, "twelve", "", "intake.answer-not-a-number"),
        ("number", True, "-1", "", "intake.answer-not-a-number"),
        ("number", True, "1234567890", "", "intake.answer-not-a-number"),
        ("number", True, "١٢", "", "intake.answer-not-a-number"),
        ("text", True, " in  the  hall ", "in the hall", ""),
        ("text", True, "   ", "", "intake.answer-missing"),
        ("text", True, "x" * MOST_ANSWER, "x" * MOST_ANSWER, ""),
        ("text", False, "x" * (MOST_ANSWER + 1), "", "typed.too-long"),
    ],
)
def test_an_answer_is_kept_or_refused_with_a_reason(
    kind: AnswerKind, required: bool, given: str, kept: str, refused: str
) -> None:
    answers, reasons = checked_answers({"q": given}, (question("q", kind, required=required),))
    assert answers == ({"q": kept} if kept else {})
    assert [reason.code for reason in reasons.values()] == ([refused] if refused else [])


def test_answers_to_what_is_not_asked_are_left_out() -> None:
    assert checked_answers({"where": "there", "old": "x", "other": "y"}, (WHERE,)) == ({"where": "there"}, {})


def test_all_at_once_names_the_place_of_each_answer_and_fills_in_what_nobody_is_asked() -> None:
    found = checked(Answers(problem=replace(ANSWER, answers={"down": "perhaps"})), PRODUCT)
    places = {each.field: each.reason.code for each in found.findings if each.step == "problem"}
    assert places == {"answers/down": "intake.answer-unknown", "answers/where": "intake.answer-missing"}
    good = checked(Answers(problem=replace(ANSWER, answers={"down": "no", "where": "Hall"})), PRODUCT)
    assert [each.field for each in good.findings if each.step == "problem"] == []
    problem = good.answers.problem
    assert (problem.version, problem.feature) == ("current", "sending")
    assert problem.answers == {"down": "no", "where": "Hall"}


def test_only_features_with_a_problem_on_offer_can_be_chosen() -> None:
    assert MAIL.offered_features == (SENDING,)
    assert MAIL.problems_of("sending") == (LOST,)
    assert MAIL.problems_of("") == (INVOICE,)


def test_answers_are_read_back_in_the_order_of_the_catalogue() -> None:
    known = {each.code: each for each in (DOWN, WHERE)}
    found = list(answered({"where": "Hall", "down": "no", "unknown": "x"}, known))
    assert found == [(DOWN, "no"), (WHERE, "Hall")]


def test_answers_survive_the_drafts_row() -> None:
    answers = Answers(problem=replace(ANSWER, answers={"down": "no"}))
    assert Answers.from_data(answers.as_data()) == answers
