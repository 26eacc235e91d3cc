"""Who gets which letter, told once for each step, and never to whoever did it; what people may choose."""

from __future__ import annotations

from typing import Any

import pytest

from pactdesk.notifications.rules import approvals, balances, rights, sharing, telling
from pactdesk.notifications.rules.choices import CHOICES, CODES, choice_of, is_wanted
from pactdesk.notifications.rules.telling import Happened, Reader, letters_owed

# Carla (account 1) is the primary contact, Cem (2) an additional one, and so is somebody without an account. Ines (5)
# and Jan (6) answer for the queue.
CARLA, CEM, INES, JAN = 1, 2, 5, 6
READERS = (Reader(11, CARLA, is_primary=True), Reader(12, CEM), Reader(13, None))
TEAM = (INES, JAN)


def owed(
    code: str,
    actor: int | None,
    *together: Happened,
    owner: int | None = None,
    **payload: Any,
) -> list[str]:
    """The letters as "kind to reader", sorted."""
    found = letters_owed(
        Happened(code, payload, actor), together=together, readers=READERS, owner=owner, team=TEAM
    )
    names = {11: "Carla", 12: "Cem", 13: "nobody", INES: "Ines", JAN: "Jan"}
    return sorted(
        f"{each.kind} to {names.get(each.contact or each.account or 0, 'removed')}" for each in found
    )


def said(side: str, kind: str = "public") -> Happened:
    return Happened("case.message-added", {"kind": kind, "side": side, "message": 1}, INES)


@pytest.mark.req("WIZ-6")
def test_of_an_opening_the_primary_contact_and_the_team_are_told() -> None:
    assert owed("case.opened", CARLA) == ["desk-new to Ines", "desk-new to Jan", "request-opened to Carla"]
    assert owed("case.opened", CEM, owner=INES) == ["request-opened to Carla"]


def test_an_answer_goes_to_all_contacts_and_a_note_to_nobody() -> None:
    answer = {"kind": "public", "side": "vendor", "message": 1}
    assert owed("case.message-added", INES, **answer) == [
        "answer to Carla",
        "answer to Cem",
        "answer to nobody",
    ]
    assert owed("case.message-added", INES, kind="internal", side="vendor", message=1) == []


def test_a_contacts_reply_goes_to_the_engineer_who_owns_the_request() -> None:
    reply = {"kind": "public", "side": "requester", "message": 1}
    assert owed("case.message-added", CARLA, owner=INES, **reply) == ["desk-reply to Ines"]
    assert owed("case.message-added", CARLA, **reply) == []


@pytest.mark.parametrize(("after", "kind"), [("waiting", "waiting"), ("resolved", "resolved")])
def test_a_status_that_asks_for_something_is_told_unless_an_answer_says_it(after: str, kind: str) -> None:
    change = {"before": "new", "after": after, "side": "vendor"}
    assert owed("case.status-changed", INES, **change) == [
        f"{kind} to Carla",
        f"{kind} to Cem",
        f"{kind} to nobody",
    ]
    assert owed("case.status-changed", INES, said("vendor"), **change) == []
    assert len(owed("case.status-changed", INES, said("vendor", "internal"), **change)) == 3


@pytest.mark.req("ESC-1")
def test_an_escalation_goes_to_those_whom_it_names_and_its_taking_up_to_the_contacts() -> None:
    told = {"step": "engineers", "told": [INES, JAN], "reason": "x", "side": "requester"}
    assert owed("case.escalated", CARLA, **told) == ["desk-escalated to Ines", "desk-escalated to Jan"]
    assert owed("case.escalated", INES, **{**told, "side": "vendor"}) == ["desk-escalated to Jan"]
    assert owed("case.escalated", None, **{**told, "step": "lead"}) == [
        "desk-paged to Ines",
        "desk-paged to Jan",
    ]
    assert owed("case.escalation-taken-up", INES, name="Ines", step="engineers") == [
        "taken-up to Carla",
        "taken-up to Cem",
        "taken-up to nobody",
    ]


@pytest.mark.req("ESC-1")
def test_of_a_promise_those_are_told_whom_the_step_of_its_timer_reaches() -> None:
    for code in telling.NOTICES:
        fact = Happened(code, {"metric": "update"}, None)
        found = letters_owed(fact, together=(), readers=READERS, owner=INES, team=TEAM, noticed=(JAN,))
        assert [(each.kind, each.account) for each in found] == [("desk-promise", JAN)]
        assert letters_owed(fact, together=(), readers=READERS, owner=INES, team=TEAM) == []


@pytest.mark.parametrize("after", ["assigned", "in-progress", "new"])
def test_any_other_status_is_no_letter(after: str) -> None:
    assert owed("case.status-changed", INES, before="waiting", after=after, side="vendor") == []
    assert owed("case.status-changed", CARLA, before="waiting", after="in-progress", side="requester") == []


@pytest.mark.parametrize(
    ("actor", "now", "expected"),
    [
        (JAN, INES, ["desk-assigned to Ines"]),
        (INES, INES, []),
        (JAN, JAN, []),
        (None, INES, ["desk-assigned to Ines"]),
    ],
)
def test_an_assignment_is_told_to_its_engineer(actor: int | None, now: int, expected: list[str]) -> None:
    fact = Happened("case.assigned", {"owner": INES, "owner_name": "Ines", "before": None}, actor)
    found = letters_owed(fact, together=(), readers=READERS, owner=now, team=TEAM)
    assert [f"{each.kind} to Ines" for each in found] == expected
    assert all(each.account == INES for each in found)


def test_a_transferred_request_is_news_for_the_team_that_gets_it() -> None:
    assert owed("case.transferred", INES, team=3, team_code="x", before=1, note="") == ["desk-new to Jan"]


def test_whoever_was_added_is_told_or_invited_and_nobody_else() -> None:
    assert owed("case.contact-added", CARLA, contact=12, name="", email="", side="requester") == [
        "contact-added to Cem"
    ]
    assert owed("case.contact-added", CARLA, contact=13, name="", email="", side="requester") == []
    invited = {"invitation": 1, "name": "", "email": "", "side": "requester"}
    assert owed("case.contact-invited", CARLA, contact=13, **invited) == ["invitation to nobody"]
    assert owed("case.contact-invited", CARLA, contact=12, **invited) == []
    assert owed("case.contact-added", CEM, contact=12, name="", email="", side="requester") == []
    with_a_duplicate = Happened("case.linked", {"other": 9}, INES)
    assert (
        owed("case.contact-added", INES, with_a_duplicate, contact=12, name="", email="", side="vendor") == []
    )


def test_whoever_was_removed_is_told_unless_they_left_themselves() -> None:
    gone = {"name": "", "email": "x@example.org", "language": "", "time_zone": "", "side": "requester"}
    assert owed("case.contact-removed", CARLA, account=CEM, **gone) == ["contact-removed to removed"]
    assert owed("case.contact-removed", CARLA, account=None, **gone) == ["contact-removed to removed"]
    assert owed("case.contact-removed", CEM, account=CEM, **gone) == []
    assert owed("case.contact-removed", None, account=None, **gone) == ["contact-removed to removed"]


@pytest.mark.req("AGR-6")
def test_closing_is_told_to_all_but_whoever_closed_and_merging_once() -> None:
    closed = {"outcome": "decrement", "cause": "", "credited": 0, "reason": ""}
    assert owed("case.closed", INES, side="vendor", **closed) == [
        "closed to Carla",
        "closed to Cem",
        "closed to nobody",
    ]
    assert owed("case.closed", CARLA, side="requester", **closed) == ["closed to Cem", "closed to nobody"]
    assert len(owed("case.closed", None, side="nobody", **closed)) == 3
    assert (
        owed("case.closed", INES, Happened("case.merged", {"into": 9}, INES), side="vendor", **closed) == []
    )
    assert owed("case.merged", INES, into=9) == ["merged to Carla", "merged to Cem", "merged to nobody"]


@pytest.mark.req("AGR-6")
def test_reopening_is_told_to_the_others_and_to_the_engineer_where_a_contact_did_it() -> None:
    again = {"deducted": 1, "reason": ""}
    assert owed("case.reopened", CARLA, owner=INES, side="requester", **again) == [
        "desk-reopened to Ines",
        "reopened to Cem",
        "reopened to nobody",
    ]
    assert len(owed("case.reopened", INES, owner=INES, side="vendor", **again)) == 3


def test_files_are_told_unless_they_came_with_a_message_or_are_the_desks() -> None:
    file = {"file": "x", "name": "log.txt", "size": 1}
    assert len(owed("case.file-added", INES, internal=False, side="vendor", **file)) == 3
    assert owed("case.file-added", INES, said("vendor"), internal=False, side="vendor", **file) == []
    assert owed("case.file-added", INES, internal=True, side="vendor", **file) == []
    assert owed("case.file-added", CARLA, owner=INES, internal=False, side="requester", **file) == [
        "desk-reply to Ines"
    ]


@pytest.mark.parametrize("code", ["case.released", "case.linked", "case.unlinked", "agreement.pair-replaced"])
def test_of_anything_else_nobody_is_told(code: str) -> None:
    assert owed(code, INES, before=1, other=2) == []


def test_every_kind_of_letter_is_covered_by_a_choice_or_always_comes() -> None:
    always = {kind for kind in telling.KINDS if choice_of(kind) is None}
    assert always == {telling.OPENED, telling.INVITATION, telling.SEVERITY_LOWERED, telling.DESK_PAGED}
    covered = [kind for each in CHOICES for kind in each.kinds]
    assert len(set(covered)) == len(covered)
    assert set(covered) | always == {
        *telling.KINDS,
        *balances.KINDS,
        *rights.KINDS,
        *sharing.KINDS,
        *approvals.KINDS,
    }
    assert len(set(CODES)) == len(CODES)


@pytest.mark.parametrize(
    ("kind", "chosen", "wanted"),
    [
        ("answer", {}, True),
        ("answer", {"answers": False}, False),
        ("waiting", {"answers": False}, False),
        ("closed", {"answers": False}, True),
        ("desk-new", {}, False),
        ("desk-new", {"team": True}, True),
        ("request-opened", {"answers": False, "places": False}, True),
        ("endpoint-disabled", {}, True),
        ("account", {}, True),
    ],
)
def test_what_was_chosen_counts_and_some_letters_always_come(
    kind: str, chosen: dict[str, bool], wanted: bool
) -> None:
    assert is_wanted(kind, chosen) is wanted


ADMIN, COLLEAGUE, ASKER, OTHER = 31, 32, 33, 34


@pytest.mark.req("OBO-3", "OBO-4")
@pytest.mark.parametrize(
    ("kind", "concerned", "actor", "fell", "told"),
    [
        pytest.param(
            rights.GRANTED,
            rights.Concerned(ASKER, (ASKER, OTHER), (ADMIN, COLLEAGUE)),
            ADMIN,
            False,
            {ASKER: "partner", COLLEAGUE: "customer"},
            id="who asked, and the colleagues of who granted",
        ),
        pytest.param(
            rights.CHANGED,
            rights.Concerned(None, (ASKER, OTHER), (ADMIN,)),
            ADMIN,
            False,
            {ASKER: "partner", OTHER: "partner"},
            id="who asked is gone: all who decide for the partner",
        ),
        pytest.param(
            rights.ENDED,
            rights.Concerned(None, (OTHER,), (ADMIN,), (ASKER,)),
            OTHER,
            False,
            {ADMIN: "customer", ASKER: "provider"},
            id="given up: customer and provider",
        ),
        pytest.param(
            rights.ENDED,
            rights.Concerned(None, (OTHER,), (ADMIN,), (ASKER,)),
            ADMIN,
            True,
            {OTHER: "partner"},
            id="fell with what it came from: the others know that already",
        ),
        pytest.param(rights.REFUSED, rights.Concerned(ASKER), ADMIN, False, {ASKER: "partner"}, id="refused"),
        pytest.param(rights.REFUSED, rights.Concerned(None, (OTHER,)), ADMIN, False, {}, id="nobody asked"),
        pytest.param(
            rights.ENDING,
            rights.Concerned(ASKER, (ASKER,), (ADMIN,)),
            None,
            False,
            {ASKER: "partner", ADMIN: "customer"},
            id="time alone tells both",
        ),
    ],
)
def test_who_is_told_about_a_right(
    kind: str, concerned: rights.Concerned, actor: int | None, fell: bool, told: dict[int, str]
) -> None:
    assert rights.readers_of(kind, concerned, actor=actor, fell=fell) == told
