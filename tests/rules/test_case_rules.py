"""How a request moves, how it ends for its plan, who reads what of it, and what may become one."""

from __future__ import annotations

import inspect
import itertools
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactdesk.cases import facts
from pactdesk.cases.rules import messages, outcomes, status
from pactdesk.cases.rules.messages import MOST_CHARACTERS, MOST_REASON, sayable
from pactdesk.cases.rules.outcomes import CAUSES, outcome_fits
from pactdesk.cases.rules.relations import mergeable
from pactdesk.cases.rules.status import STATUSES, TRANSITIONS, Move, Side, may, transition
from pactdesk.cases.rules.timeline import FOR_CONTACTS, FOR_THE_DESK, FOR_THE_DESK_ALONE, readable
from pactdesk.cases.wording import SENTENCES
from pactdesk.kernel.decisions import Decision, Reason
from pactdesk.kernel.text import tidy

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "case-status.md"

# What each move leads to, from each status, for whoever may make it; "-" where it cannot be made. Where two are named,
# the first is for a request that an engineer owns and the second for one that nobody owns. This is the whole table, and
# it is written down here a second time on purpose.
LEADS_TO = """
                     new          assigned     in-progress  waiting          resolved         closed
assign  vendor       assigned     -            -            -                -                -
release vendor       -            new          new          -                -                -
start   vendor       in-progress  in-progress  -            in-progress      in-progress      -
ask     vendor       waiting      waiting      waiting      -                -                -
hear    requester    -            -            -            in-progress/new  in-progress/new  -
wake    nobody       -            -            -            in-progress/new  -                -
resolve vendor       resolved     resolved     resolved     resolved         -                -
close   vendor       closed       closed       closed       closed           closed           -
close   requester    closed       closed       closed       closed           closed           -
close   nobody       -            -            -            -                closed           -
reopen  vendor       -            -            -            -                in-progress/new  in-progress/new
reopen  requester    -            -            -            -                in-progress/new  in-progress/new
"""


def _table() -> dict[tuple[Move, Side], dict[str, str]]:
    head, *rows = (line.split() for line in LEADS_TO.strip().splitlines())
    assert tuple(head) == STATUSES
    return {(Move(move), Side(side)): dict(zip(STATUSES, cells, strict=True)) for move, side, *cells in rows}


TABLE = _table()


@pytest.mark.parametrize("owned", [True, False], ids=["owned", "unowned"])
@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("before", STATUSES)
@pytest.mark.parametrize("move", Move)
def test_a_request_moves_as_the_table_says_and_in_no_other_way(
    move: Move, before: str, side: Side, owned: bool
) -> None:
    found = transition(move, status=before, side=side)
    cells = TABLE.get((move, side))
    allowed = may(move, status=before, side=side)
    if cells is None:
        assert found == allowed == Decision((Reason("case.not-yours-to-do"),))
    elif cells[before] == "-":
        assert found == allowed == Decision((Reason(f"case.cannot-{move}", {"status": before}),))
    else:
        assert not isinstance(found, Decision)
        assert allowed.allowed
        of_owned, _or, of_unowned = cells[before].partition("/")
        assert found.leads_to(owned=owned) == (of_owned if owned else of_unowned or of_owned)


def test_every_row_of_the_table_can_be_reached() -> None:
    """A side that is named in two rows of one move would only ever find the first."""
    named = [(row.move, side) for row in TRANSITIONS for side in row.sides]
    assert len(named) == len(set(named))
    assert set(named) == set(TABLE)


def test_every_status_can_be_reached_and_left() -> None:
    arrows = {
        (before, row.leads_to(owned=owned))
        for row in TRANSITIONS
        for before in row.before
        for owned in (True, False)
    }
    assert {after for _before, after in arrows} == set(STATUSES)
    assert {before for before, after in arrows if before != after} == set(STATUSES)


def test_every_refusal_to_move_has_a_sentence() -> None:
    assert {f"case.cannot-{move}" for move in Move} | {"case.not-yours-to-do"} <= set(SENTENCES)


def test_the_diagram_in_the_documents_is_the_table() -> None:
    drawn = [
        (before.replace("_", "-"), after.replace("_", "-"), move, side, bool(unowned))
        for before, after, move, sides, unowned in re.findall(
            r"^    (\w+) --> (\w+): (\w+) by ([a-z ]+?)( \(unowned\))?$",
            PAGE.read_text(encoding="utf-8"),
            flags=re.MULTILINE,
        )
        for side in sides.split(" or ")
    ]
    expected = set()
    for (move, side), cells in TABLE.items():
        for before, cell in cells.items():
            of_owned, _or, of_unowned = cell.partition("/")
            for after in {of_owned, of_unowned} - {"", "-", before}:
                who = "time" if side is Side.NOBODY else side.value
                expected.add((before, after, move.value, who, after != of_owned))
    assert len(drawn) == len(set(drawn))
    assert set(drawn) == expected


# How it ends for its plan


@pytest.mark.req("AGR-6")
@pytest.mark.parametrize(
    ("outcome", "cause"),
    list(
        itertools.product(
            ("decrement", "non-decrement", "", "Decrement", "both"), (*CAUSES, "", "because", "Duplicate")
        )
    ),
)
def test_a_cause_is_named_exactly_where_a_request_does_not_count(outcome: str, cause: str) -> None:
    if outcome not in {"decrement", "non-decrement"}:
        expected = ("case.outcome-missing",)
    elif outcome == "decrement":
        expected = ("case.cause-unwanted",) if cause else ()
    else:
        expected = () if cause in CAUSES else ("case.cause-missing",)
    assert outcome_fits(outcome, cause).codes == expected


def test_the_list_of_causes_is_closed_and_each_of_its_names_stands_in_it() -> None:
    named = {
        value
        for name, value in vars(outcomes).items()
        if name.isupper() and isinstance(value, str) and name not in {"DECREMENT", "NON_DECREMENT", "CLOSED"}
    }
    assert set(CAUSES) == named
    assert len(CAUSES) == len(set(CAUSES))
    assert max(map(len, CAUSES)) <= 40


# Who reads what


CODES = sorted(
    each.code
    for _name, each in inspect.getmembers(facts, inspect.isclass)
    if issubclass(each, facts.CaseFact) and "code" in vars(each)
)
# Messages are facts, too, but stand in the timeline themselves.
SAID_ITSELF = {"case.message-added"}


@pytest.mark.parametrize("code", CODES)
def test_of_every_fact_it_is_decided_who_reads_it(code: str) -> None:
    """A new fact fails here until somebody has put it into one of the lists."""
    places = [code in FOR_CONTACTS, code in FOR_THE_DESK_ALONE, code in SAID_ITSELF]
    assert sum(places) == 1, f"{code}: say in rules/timeline.py whether contacts read it or the desk alone"


def test_no_list_of_the_timeline_names_a_fact_that_is_not_there() -> None:
    assert set(CODES) >= FOR_THE_DESK
    assert FOR_THE_DESK == FOR_CONTACTS | FOR_THE_DESK_ALONE


@pytest.mark.req("REQ-1")
@pytest.mark.parametrize("internal", [None, False, True])
@pytest.mark.parametrize("code", [*CODES, "case.invented", "agreement.pair-replaced", ""])
def test_contacts_read_what_is_for_them_and_is_not_internal(code: str, internal: bool | None) -> None:
    payload = {} if internal is None else {"internal": internal}
    assert readable(code, payload, at_desk=True) == (code in FOR_CONTACTS | FOR_THE_DESK_ALONE)
    assert readable(code, payload, at_desk=False) == (code in FOR_CONTACTS and internal is not True)


@pytest.mark.req("REQ-1")
@given(code=st.sampled_from([*CODES, "case.invented"]), payload=st.dictionaries(st.text(), st.booleans()))
def test_contacts_never_read_what_the_desk_does_not(code: str, payload: dict[str, bool]) -> None:
    assert readable(code, payload, at_desk=True) or not readable(code, payload, at_desk=False)


def test_the_timeline_hides_by_the_name_under_which_facts_say_that_they_are_internal() -> None:
    """Every field that could say so is named as the rule expects; another name would show what is not for contacts."""
    for _name, each in inspect.getmembers(facts, inspect.isclass):
        fields = set(getattr(each, "__dataclass_fields__", ()))
        assert not {field for field in fields if "intern" in field or "hidden" in field} - {"internal"}


# What can be said


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Here is the log.", ()),
        ("x", ()),
        ("Two\nlines\tand a tab", ()),
        ("Ο διακομιστής 🙂", ()),
        ("", ("message.empty",)),
        (" \n\t ", ("message.empty",)),
        ("\u200b", ("message.empty",)),
        ("x" * MOST_CHARACTERS, ()),
        ("x" * (MOST_CHARACTERS + 1), ("message.too-long",)),
        ("a\u202eb", ("message.hidden-characters",)),
        ("a\x00b", ("message.hidden-characters",)),
        ("a\x1b[2Jb", ("message.hidden-characters",)),
        ("a\ud800b", ("message.hidden-characters",)),
        ("\x00" * (MOST_CHARACTERS + 1), ("message.too-long", "message.hidden-characters")),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_message_says_something_and_nothing_hidden(text: str, codes: tuple[str, ...]) -> None:
    assert sayable(tidy(text)).codes == codes


@pytest.mark.parametrize("length", [MOST_REASON, MOST_REASON + 1])
def test_a_reason_is_short(length: int) -> None:
    decision = sayable("x" * length, most=MOST_REASON)
    assert decision.codes == (() if length == MOST_REASON else ("message.too-long",))
    assert all(dict(reason.params) == {"length": length, "most": MOST_REASON} for reason in decision)


@given(st.text())
def test_what_can_be_said_can_be_stored_and_is_tidy_already(text: str) -> None:
    text = tidy(text)
    assert tidy(text) == text
    if sayable(text).allowed:
        text.encode("utf-8")
        assert "\x00" not in text


def test_a_reason_is_shorter_than_a_message() -> None:
    assert 0 < messages.MOST_REASON < messages.MOST_CHARACTERS


# What may become one


@pytest.mark.parametrize("test", [False, True])
@pytest.mark.parametrize("statuses", list(itertools.product(STATUSES, STATUSES)))
@pytest.mark.parametrize("same_customer", [False, True])
@pytest.mark.parametrize("same", [False, True])
def test_open_requests_of_one_customer_may_become_one(
    same: bool, same_customer: bool, statuses: tuple[str, str], test: bool
) -> None:
    expected = [
        code
        for code, applies in (
            ("case.same-request", same),
            ("case.other-customer", not same_customer),
            ("case.is-closed", status.CLOSED in statuses),
            ("case.only-one-is-a-test", test),
        )
        if applies
    ]
    assert (
        list(mergeable(same=same, same_customer=same_customer, statuses=statuses, test=test).codes)
        == expected
    )
