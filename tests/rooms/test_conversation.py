"""Working a request: saying something, owning, moving, closing with what it does to the plan (REQ-2, AGR-6)."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.http import Http404

from pactdesk.agreements.models import Agreement, LedgerEntry
from pactdesk.cases.models import Case, CaseLink, Contact, Message
from pactdesk.cases.queries.timeline import timeline_of
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.rules.status import Move
from pactdesk.cases.services import contacts, ending, relations, work
from pactdesk.cases.services.changing import CannotChange
from pactdesk.cases.services.conversation import CannotReply, answer, note, reply, reply_as_contact
from pactdesk.cases.services.submission import submit
from pactdesk.journal.models import FactRow
from pactdesk.kernel.ids import new_key
from tests import world
from tests.drafts import ready

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan() -> world.Agreement:
    world.team("support", "ines")
    return world.agreement(units=3, registered=["carla"], at=NOW)


@pytest.fixture
def number(plan: world.Agreement) -> int:
    return sent(plan)


def sent(plan: world.Agreement, *, who: str = "carla", share: tuple[Person, ...] = ()) -> int:
    viewer = world.viewer(who)
    draft = ready(viewer, plan.id, at=NOW, share=share)
    return submit(draft, terms_accepted=True, actor=viewer, at=NOW).number


def case(number: int) -> Case:
    return Case.objects.get(pk=number)


def left(plan: world.Agreement) -> int:
    return Agreement.objects.get(pk=plan.id).units_left


def said(number: int, text: str = "Here is the log.", *, key: uuid.UUID | None = None) -> int:
    posted = reply(number, text, key=key or new_key(), actor=world.viewer("carla"), at=LATER)
    return posted.message_id


def answered(number: int, *, then: Move | None = None, seen: int | None = None) -> int:
    ines = world.viewer("ines")
    return answer(number, "Try this.", key=new_key(), seen=seen, then=then, actor=ines, at=LATER).message_id


def close(number: int, outcome: str = "non-decrement", cause: str = "product-fault") -> int:
    ines = world.viewer("ines")
    return ending.close(
        number, outcome=outcome, cause=cause, reason="It was ours.", seen=None, actor=ines, at=LATER
    )


def test_a_new_request_stands_in_the_queue_of_the_team_that_takes_its_problem(plan: world.Agreement) -> None:
    assert case(sent(plan)).team_id == world.team("support").pk
    world.team("billing", takes={"problem_type": ["billing"]})
    repairs = world.team("repairs", takes={"problem_type": ["break-fix"], "country": ["GR", "CY"]})
    assert case(sent(plan)).team_id == repairs.pk


@pytest.mark.req("REQ-2")
def test_contact_and_engineer_talk_in_one_timeline(number: int) -> None:
    answered(number, then=Move.ASK)
    assert case(number).status == "waiting"
    said(number)
    assert case(number).status == "in-progress"
    entries = timeline_of(case(number), at_desk=False).entries
    assert [(entry.kind, entry.who) for entry in entries if entry.kind == "message"] == [
        ("message", "Ines Moreau"),
        ("message", "Carla Papadaki"),
    ]


def test_the_first_answer_keeps_the_promise_and_makes_its_author_the_owner(number: int) -> None:
    assert case(number).due_at == case(number).first_response_due_at
    answered(number)
    request = case(number)
    assert (request.first_response_at, request.status) == (LATER, "in-progress")
    assert request.owner_id == world.person("ines").pk


def test_nothing_is_in_progress_that_nobody_owns(number: int) -> None:
    ines = world.viewer("ines")
    work.set_status(number, Move.START, seen=None, actor=ines, at=LATER)
    assert (case(number).status, case(number).owner_id) == ("in-progress", ines.account_id)
    assert FactRow.objects.get(code="case.assigned").payload["owner"] == ines.account_id
    work.release(number, seen=None, actor=ines, at=LATER)
    assert case(number).status == "new"


@pytest.mark.parametrize("then", [Move.CLOSE, Move.REOPEN, Move.ASSIGN, Move.HEAR, Move.START])
def test_an_answer_makes_no_move_that_is_a_verb_of_its_own(number: int, then: Move) -> None:
    with pytest.raises(ValueError, match=then):
        answered(number, then=then)
    with pytest.raises(ValueError, match=Move.CLOSE):
        work.set_status(number, Move.CLOSE, seen=None, actor=world.viewer("ines"), at=LATER)
    assert not Message.objects.exists()


@pytest.mark.req("REQ-2")
def test_a_note_is_read_at_the_desk_only_and_moves_nothing_that_contacts_see(number: int) -> None:
    before = Contact.objects.get(case_id=number).changed_at
    note(number, "Known bug 4711", key=new_key(), actor=world.viewer("ines"), at=LATER)
    assert Contact.objects.get(case_id=number).changed_at == before
    assert not [each for each in timeline_of(case(number), at_desk=False).entries if "4711" in each.text]
    assert [each.kind for each in timeline_of(case(number), at_desk=True).entries if "4711" in each.text] == [
        "note"
    ]


def test_sending_the_same_message_again_says_it_once(number: int) -> None:
    key = new_key()
    assert said(number, key=key) == said(number, key=key)
    assert Message.objects.filter(case_id=number).count() == 1
    assert FactRow.objects.filter(code="case.message-added").count() == 1


def test_a_key_of_somebody_else_is_refused_and_says_nothing_about_theirs(plan: world.Agreement) -> None:
    cem = Person("Cem Kowalski", world.person("cem").email)
    one, other = sent(plan, share=(cem,)), sent(plan)
    key = new_key()
    said(one, key=key)
    for number, who in ((one, "cem"), (other, "carla")):
        with pytest.raises(CannotReply, match=r"message\.key-taken"):
            reply(number, "Mine", key=key, actor=world.viewer(who), at=LATER)


@pytest.mark.req("REQ-1")
@pytest.mark.parametrize("who", ["ines", "marta", "olaf", "cem"])
def test_nobody_but_a_contact_replies(number: int, who: str) -> None:
    with pytest.raises(Http404):
        reply(number, "Let me in", key=new_key(), actor=world.viewer(who), at=LATER)


@pytest.mark.parametrize("who", ["carla", "marta", "olaf"])
def test_nobody_but_an_engineer_of_the_team_works_on_it(number: int, who: str) -> None:
    actor = world.viewer(who)
    with pytest.raises(Http404):
        answer(number, "Psst", key=new_key(), seen=None, actor=actor, at=LATER)
    with pytest.raises(Http404):
        note(number, "Psst", key=new_key(), actor=actor, at=LATER)
    with pytest.raises(Http404):
        work.assign(number, actor.account_id, seen=None, actor=actor, at=LATER)
    with pytest.raises(Http404):
        ending.close(
            number, outcome="non-decrement", cause="goodwill", reason="x", seen=None, actor=actor, at=LATER
        )


def test_an_engineer_of_another_team_sees_it_only_once_it_was_transferred(number: int) -> None:
    other = world.team("billing", "marta")
    with pytest.raises(Http404):
        note(number, "Mine?", key=new_key(), actor=world.viewer("marta"), at=LATER)
    work.transfer(number, other.pk, note="About money", seen=None, actor=world.viewer("ines"), at=LATER)
    note(number, "Mine.", key=new_key(), actor=world.viewer("marta"), at=LATER)
    with pytest.raises(Http404):
        note(number, "Still?", key=new_key(), actor=world.viewer("ines"), at=LATER)


def test_when_a_request_changed_last_never_goes_back(number: int) -> None:
    """Moments are taken before anybody waits for anybody, so the later one may come first."""
    note(number, "First", key=new_key(), actor=world.viewer("ines"), at=LATER + timedelta(seconds=1))
    said(number)
    assert case(number).changed_at == LATER + timedelta(seconds=1)
    assert Contact.objects.get(case_id=number).changed_at == LATER + timedelta(seconds=1)


def test_what_was_changed_meanwhile_is_not_overwritten(number: int) -> None:
    seen = case(number).revision
    said(number)
    for change in (
        lambda: answered(number, seen=seen),
        lambda: work.set_status(number, Move.RESOLVE, seen=seen, actor=world.viewer("ines"), at=LATER),
        lambda: work.assign(number, world.person("ines").pk, seen=seen, actor=world.viewer("ines"), at=LATER),
    ):
        with pytest.raises(CannotChange, match=r"case\.changed-meanwhile"):
            change()
    answered(number, seen=case(number).revision)


@pytest.mark.req("AGR-6")
def test_closing_as_non_decrement_gives_the_incident_back_at_once_and_only_once(
    plan: world.Agreement, number: int
) -> None:
    assert left(plan) == 2
    assert close(number) == 1
    assert left(plan) == 3
    with pytest.raises(CannotChange, match=r"case\.cannot-close"):
        close(number)
    assert left(plan) == 3
    entry = LedgerEntry.objects.get(kind="credit")
    assert (entry.case_number, entry.units, entry.note) == (number, 1, "product-fault")
    assert Contact.objects.get(case_id=number).is_open is False


@pytest.mark.req("AGR-6")
def test_reopening_deducts_again_only_what_was_given_back(plan: world.Agreement, number: int) -> None:
    carla = world.viewer("carla")
    close(number, "decrement", "")
    assert ending.reopen_by_contact(number, reason="It is back.", actor=carla, at=LATER) == 0
    assert left(plan) == 2
    for _again in range(2):
        close(number)
        assert left(plan) == 3
        assert ending.reopen_by_contact(number, reason="It is back.", actor=carla, at=LATER) == 1
        assert left(plan) == 2
    assert case(number).charged_units == 1


@pytest.mark.req("AGR-6")
def test_reopening_what_was_given_back_needs_an_incident(plan: world.Agreement, number: int) -> None:
    close(number)
    for _each in range(3):
        sent(plan)
    with pytest.raises(CannotChange, match=r"agreement\.no-incidents-left"):
        ending.reopen_by_contact(number, reason="It is back.", actor=world.viewer("carla"), at=LATER)
    assert case(number).status == "closed"


def test_a_contact_closes_and_it_counts(plan: world.Agreement, number: int) -> None:
    ending.close_by_contact(number, reason="We found it.", actor=world.viewer("carla"), at=LATER)
    ending.close_by_contact(number, reason="We found it.", actor=world.viewer("carla"), at=LATER)
    assert (case(number).status, case(number).outcome, left(plan)) == ("closed", "decrement", 2)
    assert FactRow.objects.filter(code="case.closed").count() == 1
    with pytest.raises(CannotReply, match=r"case\.is-closed"):
        said(number)


def test_what_was_resolved_long_ago_is_closed_by_time_alone(number: int) -> None:
    work.set_status(number, Move.RESOLVE, seen=None, actor=world.viewer("ines"), at=NOW)
    days = timedelta(days=10)
    assert ending.close_resolved(after=days, at=NOW + days - timedelta(seconds=1)) == 0
    assert ending.close_resolved(after=days, at=NOW + days) == 1
    assert ending.close_resolved(after=days, at=NOW + days) == 0
    assert case(number).status == "closed"


@pytest.mark.req("REQ-2")
def test_contacts_are_added_and_removed_by_whom_it_is_given(number: int) -> None:
    carla, ines, cem = world.viewer("carla"), world.viewer("ines"), world.viewer("cem")
    added = contacts.add_contact(number, Person("Cem Kowalski", cem.email.upper()), actor=carla, at=LATER)
    assert added.is_known
    said_by_cem = reply(number, "Me too", key=new_key(), actor=cem, at=LATER)
    assert not said_by_cem.replayed
    primary = Contact.objects.get(case_id=number, role="primary")
    with pytest.raises(contacts.CannotChangeContacts, match=r"contact\.not-yours-to-remove"):
        contacts.remove_contact(number, primary.pk, actor=cem, at=LATER)
    with pytest.raises(contacts.CannotChangeContacts, match=r"contact\.primary-stays"):
        contacts.remove_contact_from_desk(number, primary.pk, actor=ines, at=LATER)
    contacts.remove_contact_from_desk(number, added.contact_id, actor=ines, at=LATER)
    with pytest.raises(Http404):
        reply(number, "Still here?", key=new_key(), actor=cem, at=LATER)
    with pytest.raises(Http404):
        reply_as_contact(added.contact_id, "Still here?", key=new_key(), at=LATER)


@pytest.mark.req("AGR-6")
def test_a_duplicate_goes_on_as_the_other_one_with_its_contacts_and_gives_its_incident_back(
    plan: world.Agreement,
) -> None:
    cem = Person("Cem Kowalski", world.person("cem").email)
    duplicate, original = sent(plan, share=(cem,)), sent(plan)
    assert left(plan) == 1
    assert relations.merge(duplicate, original, seen=None, actor=world.viewer("ines"), at=LATER) == 1
    assert left(plan) == 2
    assert (case(duplicate).merged_into_id, case(duplicate).outcome_cause) == (original, "duplicate")
    assert Contact.objects.filter(case_id=original, email=cem.email).exists()
    assert CaseLink.objects.count() == 1


def test_requests_of_two_customers_are_never_merged(plan: world.Agreement) -> None:
    world.agreement(units=3, registered=["cem"], at=NOW)
    theirs = world.agreement(units=3, registered=["cem"], at=NOW)
    one, other = sent(plan), sent(theirs, who="cem")
    with pytest.raises(CannotChange, match=r"case\.other-customer"):
        relations.merge(one, other, seen=None, actor=world.viewer("ines"), at=LATER)


def test_links_stand_at_both_ends_once(plan: world.Agreement) -> None:
    one, other = sent(plan), sent(plan)
    ines = world.viewer("ines")
    relations.link(other, one, actor=ines, at=LATER)
    relations.link(one, other, actor=ines, at=LATER)
    assert CaseLink.objects.count() == 1
    assert FactRow.objects.filter(code="case.linked").count() == 2
    relations.unlink(one, other, actor=ines, at=LATER)
    assert not CaseLink.objects.exists()


def test_what_only_the_desk_reads_lifts_nothing_in_the_lists_of_contacts(number: int) -> None:
    ines, other = world.viewer("ines"), world.team("billing", "ines")
    work.assign(number, ines.account_id, seen=None, actor=ines, at=NOW)
    before = list(Contact.objects.filter(case_id=number).values_list("pk", "changed_at"))
    work.release(number, seen=None, actor=ines, at=LATER)
    work.transfer(number, other.pk, note="About money", seen=None, actor=ines, at=LATER)
    assert list(Contact.objects.filter(case_id=number).values_list("pk", "changed_at")) == before
