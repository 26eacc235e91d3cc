"""`verify` names what does not fit what was done to requests: each check is broken here, and exactly it sees it."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command

from pactdesk.cases.facts import MessageAdded
from pactdesk.cases.models import Message
from pactdesk.cases.services import ending, relations
from pactdesk.cases.services.conversation import answer, note, reply
from pactdesk.cases.services.submission import submit
from pactdesk.journal import services as journal
from pactdesk.kernel.ids import new_key
from pactdesk.project.verification import prove
from tests import world
from tests.drafts import ready
from tests.project.test_verify import NOW, broken, sql, without


@dataclass(frozen=True, slots=True)
class Worked:
    """A database in which people worked: in one request they talked, a duplicate goes on as it."""

    plan: int
    number: int
    duplicate: int


@pytest.fixture
def worked(db: None) -> Worked:
    world.team("support", "ines")
    carla, ines = world.viewer("carla"), world.viewer("ines")
    plan = world.agreement(units=4, registered=["carla"], at=NOW)
    number, duplicate = (
        submit(ready(carla, plan.id, at=NOW), terms_accepted=True, actor=carla, at=NOW).number
        for _each in range(2)
    )
    reply(number, "Here is the log.", key=new_key(), actor=carla, at=NOW)
    answer(number, "Try this.", key=new_key(), seen=None, actor=ines, at=NOW)
    note(number, "Known bug", key=new_key(), actor=ines, at=NOW)
    relations.merge(duplicate, number, seen=None, actor=ines, at=NOW)
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    return Worked(plan.id, number, duplicate)


def constraint_gone(table: str, *names: str) -> None:
    for name in names:
        sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


def a_charge_that_nobody_posted(worked: Worked) -> None:
    sql("UPDATE cases_case SET charged_units = 2 WHERE id = %s", worked.number)


def a_deduction_that_was_not_counted(worked: Worked) -> None:
    sql("UPDATE cases_case SET charge_count = 0 WHERE id = %s", worked.number)


def a_charge_for_what_does_not_count(worked: Worked) -> None:
    constraint_gone("cases_case", "case_not_charged_where_it_does_not_count")
    sql("UPDATE cases_case SET charged_units = 1 WHERE id = %s", worked.duplicate)


def a_request_that_does_not_count_for_no_reason(worked: Worked) -> None:
    constraint_gone("cases_case", "case_cause_where_it_does_not_count")
    sql("UPDATE cases_case SET outcome_cause = '', merged_into_id = NULL WHERE id = %s", worked.duplicate)


def a_closed_request_without_instant(worked: Worked) -> None:
    constraint_gone("cases_case", "case_closed_with_an_instant")
    sql("UPDATE cases_case SET closed_at = NULL WHERE id = %s", worked.duplicate)


def an_open_request_with_an_outcome(worked: Worked) -> None:
    constraint_gone("cases_case", "case_closed_with_an_instant")
    sql("UPDATE cases_case SET outcome = 'decrement' WHERE id = %s", worked.number)


def work_in_progress_by_nobody(worked: Worked) -> None:
    sql("UPDATE cases_case SET owner_id = NULL WHERE id = %s", worked.number)


def a_resolved_request_without_instant(worked: Worked) -> None:
    sql("UPDATE cases_case SET status = 'resolved' WHERE id = %s", worked.number)


def a_closed_request_that_is_due(worked: Worked) -> None:
    sql("UPDATE cases_case SET due_at = opened_at WHERE id = %s", worked.duplicate)


def a_request_that_changed_before_it_was_closed(worked: Worked) -> None:
    sql("UPDATE cases_contact SET changed_at = changed_at - interval '1 day'")
    sql("UPDATE cases_case SET changed_at = changed_at - interval '1 hour' WHERE id = %s", worked.duplicate)


def a_closing_that_nobody_told(worked: Worked) -> None:
    with without("journal_fact", "journal_fact_append_only"):
        sql("DELETE FROM journal_fact WHERE code = 'case.closed'")


def an_owner_from_nowhere(worked: Worked) -> None:
    sql("UPDATE cases_case SET owner_id = %s WHERE id = %s", world.person("olaf").pk, worked.number)


def a_merged_request_that_goes_on(worked: Worked) -> None:
    sql("UPDATE cases_case SET merged_into_id = %s WHERE id = %s", worked.duplicate, worked.number)


def a_request_merged_into_itself(worked: Worked) -> None:
    sql("UPDATE cases_case SET merged_into_id = id WHERE id = %s", worked.duplicate)


def a_link_the_wrong_way_round(worked: Worked) -> None:
    constraint_gone("cases_caselink", "case_link_in_order")
    sql("UPDATE cases_caselink SET first_id = second_id, second_id = first_id")


def a_link_of_a_request_with_itself(worked: Worked) -> None:
    constraint_gone("cases_caselink", "case_link_in_order")
    sql("UPDATE cases_caselink SET second_id = first_id")


def a_link_twice(worked: Worked) -> None:
    constraint_gone("cases_caselink", "case_link_once")
    sql("INSERT INTO cases_caselink (first_id, second_id) SELECT first_id, second_id FROM cases_caselink")


def a_note_by_the_requester(worked: Worked) -> None:
    constraint_gone("cases_message", "message_notes_are_ours")
    sql("UPDATE cases_message SET side = 'requester', via = 'mail' WHERE kind = 'internal'")


def a_word_of_the_desk_from_the_portal(worked: Worked) -> None:
    sql("UPDATE cases_message SET via = 'portal' WHERE kind = 'internal'")


def a_word_of_the_requester_from_the_desk(worked: Worked) -> None:
    sql("UPDATE cases_message SET via = 'desk' WHERE side = 'requester'")


def a_message_before_its_request(worked: Worked) -> None:
    sql("UPDATE cases_message SET at = at - interval '1 day' WHERE side = 'requester'")


def a_message_after_the_last_change(worked: Worked) -> None:
    sql("UPDATE cases_message SET at = at + interval '1 day' WHERE side = 'requester'")


def a_message_that_nobody_told(worked: Worked) -> None:
    with without("journal_fact", "journal_fact_append_only"):
        sql("DELETE FROM journal_fact WHERE code = 'case.message-added' AND payload ->> 'side' = 'requester'")


def a_message_told_twice(worked: Worked) -> None:
    said = Message.objects.get(side="requester")
    told = MessageAdded(worked.number, message=said.pk, kind="public", side="requester")
    journal.record(told, actor_id=None, at=NOW)


def a_note_told_as_a_message(worked: Worked) -> None:
    with without("journal_fact", "journal_fact_append_only"):
        sql(
            "UPDATE journal_fact SET payload = jsonb_set(payload, '{kind}', '\"public\"')"
            " WHERE payload ->> 'kind' = 'internal'"
        )


def a_note_that_became_a_message(worked: Worked) -> None:
    sql("UPDATE cases_message SET kind = 'public' WHERE kind = 'internal'")


def a_contact_ahead_of_the_request(worked: Worked) -> None:
    sql(
        "UPDATE cases_contact SET changed_at = changed_at + interval '1 day' WHERE case_id = %s",
        worked.number,
    )


def a_place_that_its_owner_did_not_get(worked: Worked) -> None:
    sql("UPDATE cases_contact SET account_id = NULL WHERE case_id = %s", worked.number)


def a_due_instant_that_nobody_gave(worked: Worked) -> None:
    sql("UPDATE cases_case SET due_at = due_at + interval '1 hour' WHERE id = %s", worked.number)


def a_timer_that_runs_longer(worked: Worked) -> None:
    sql(
        "UPDATE cases_timer SET due_at = due_at + interval '1 hour' WHERE case_id = %s AND met_at IS NULL",
        worked.number,
    )


def a_timer_that_is_gone(worked: Worked) -> None:
    sql("DELETE FROM cases_timer WHERE case_id = %s AND met_at IS NOT NULL", worked.number)


WORK_BREAKS: dict[Callable[[Worked], None], set[str]] = {
    a_charge_that_nobody_posted: {"charged-as-posted"},
    a_deduction_that_was_not_counted: {"charged-as-posted"},
    a_charge_for_what_does_not_count: {"charged-as-posted", "free-where-not-counted", "constraints-at-work"},
    a_request_that_does_not_count_for_no_reason: {"free-where-not-counted", "constraints-at-work"},
    a_closed_request_without_instant: {"state-fits", "closing-told", "constraints-at-work"},
    an_open_request_with_an_outcome: {"state-fits", "constraints-at-work"},
    work_in_progress_by_nobody: {"state-fits"},
    a_resolved_request_without_instant: {"state-fits"},
    a_closed_request_that_is_due: {"state-fits", "clocks-as-folded"},
    a_request_that_changed_before_it_was_closed: {"state-fits"},
    a_closing_that_nobody_told: {"closing-told"},
    an_owner_from_nowhere: {"owner-was-assigned"},
    a_merged_request_that_goes_on: {"merged-is-over"},
    a_request_merged_into_itself: {"merged-is-over"},
    a_link_the_wrong_way_round: {"links-in-order", "constraints-at-work"},
    a_link_of_a_request_with_itself: {"links-in-order", "constraints-at-work"},
    a_link_twice: {"links-in-order", "constraints-at-work"},
    a_note_by_the_requester: {"message-fits", "constraints-at-work"},
    a_word_of_the_desk_from_the_portal: {"message-fits"},
    a_word_of_the_requester_from_the_desk: {"message-fits"},
    a_message_before_its_request: {"message-fits"},
    a_message_after_the_last_change: {"message-fits"},
    a_message_that_nobody_told: {"message-told-once"},
    a_message_told_twice: {"message-told-once"},
    a_note_told_as_a_message: {"message-told-once"},
    a_note_that_became_a_message: {"message-told-once"},
    a_contact_ahead_of_the_request: {"contact-not-ahead"},
    a_place_that_its_owner_did_not_get: {"place-is-taken"},
    a_due_instant_that_nobody_gave: {"clocks-as-folded"},
    a_timer_that_runs_longer: {"clocks-as-folded"},
    a_timer_that_is_gone: {"clocks-as-folded"},
}


def test_nothing_is_wrong_after_work_on_requests(worked: Worked) -> None:
    assert broken() == {}
    looked_at = {outcome.check.code: outcome.looked_at for _, outcome in prove(at=NOW)}
    assert (
        looked_at["free-where-not-counted"] == looked_at["merged-is-over"] == looked_at["links-in-order"] == 1
    )
    assert looked_at["message-told-once"] == 3
    assert looked_at["charged-as-posted"] == 2
    assert looked_at["owner-was-assigned"] == 1


@pytest.mark.parametrize("damage", WORK_BREAKS, ids=lambda damage: damage.__name__)
def test_damage_to_work_is_seen_by_its_check_and_by_no_other(
    worked: Worked, damage: Callable[[Worked], None]
) -> None:
    damage(worked)
    assert set(broken()) == WORK_BREAKS[damage]


def test_three_requests_in_a_circle_are_named_each(worked: Worked) -> None:
    """Each of them is closed as a duplicate, as it should be; that they lead nowhere is seen all the same."""
    carla = world.viewer("carla")
    third = submit(ready(carla, worked.plan, at=NOW), terms_accepted=True, actor=carla, at=NOW).number
    circle = [worked.number, worked.duplicate, third]
    for number, onto in zip(circle, circle[1:] + circle[:1], strict=True):
        sql(
            "UPDATE cases_case SET status = 'closed', closed_at = %s, outcome = 'non-decrement', due_at = NULL,"
            " outcome_cause = 'duplicate', charged_units = 0, merged_into_id = %s WHERE id = %s",
            NOW,
            onto,
            number,
        )
    assert broken()["merged-is-over"] == tuple(
        f"PD-{number}: goes on as PD-{onto}, which leads back to it"
        for number, onto in sorted(zip(circle, circle[1:] + circle[:1], strict=True))
    )


def test_clocks_are_folded_anew_where_they_were_written_by_hand(worked: Worked) -> None:
    a_due_instant_that_nobody_gave(worked)
    [said] = broken()["clocks-as-folded"]
    assert said.startswith(f"PD-{worked.number}: due_at is ")
    printed = io.StringIO()
    with time_machine.travel(NOW, tick=False):
        call_command("recompute_clocks", f"PD-{worked.number}", stdout=printed)
    assert f"PD-{worked.number}: due_at was " in printed.getvalue()
    assert broken() == {}
    with time_machine.travel(NOW, tick=False):
        call_command("recompute_clocks", f"PD-{worked.number}", stdout=printed)
    assert printed.getvalue().endswith("nothing was otherwise\n")
    with pytest.raises(CommandError, match=r"There is no request PD-1\."):
        call_command("recompute_clocks", "PD-1")


def test_a_sweep_that_does_not_come_is_late(worked: Worked) -> None:
    found = [
        outcome
        for _, outcome in prove(at=NOW + timedelta(days=9))
        if outcome.check.code == "timer-looked-at-in-time"
    ]
    assert [outcome.is_late for outcome in found] == [True]


def test_an_owner_who_left_the_team_is_in_order(worked: Worked) -> None:
    sql("DELETE FROM accounts_teammember")
    assert broken() == {}


@pytest.mark.req("AGR-6")
def test_a_request_that_was_credited_and_deducted_anew_is_in_order(worked: Worked) -> None:
    ines = world.viewer("ines")
    for _again in range(2):
        ending.reopen(worked.duplicate, reason="It is back.", seen=None, actor=ines, at=NOW)
        assert broken() == {}
        ending.close(
            worked.duplicate,
            outcome="non-decrement",
            cause="goodwill",
            reason="Over",
            seen=None,
            actor=ines,
            at=NOW,
        )
        assert broken() == {}
