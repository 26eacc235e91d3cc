"""Working a request while others do the same: each guard holds, and is seen to be what holds (REQ-2, AGR-6, AGR-10).

Beside each race stands its twin, the same race without the guard, in which the loss that it prevents happens. The twins
let everybody read before anybody writes, so that they lose every time and not only when the machine feels like it.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.models import Agreement, LedgerEntry
from pactdesk.cases import access
from pactdesk.cases.models import Case, CaseLink, Contact, Message
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.rules.status import Move
from pactdesk.cases.services import contacts, conversation, ending, relations, work
from pactdesk.cases.services.changing import CannotChange
from pactdesk.cases.services.conversation import CannotReply, Posted
from pactdesk.cases.services.submission import CannotSubmit, submit
from pactdesk.journal.models import FactRow
from pactdesk.kernel.decisions import Refused
from pactdesk.kernel.ids import new_key
from tests import world
from tests.drafts import ready
from tests.racing import SECONDS, at_once, behind, outcome

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def plan() -> world.Agreement:
    world.team("support", "ines", "marta")
    return world.agreement(units=3, registered=["carla"], at=NOW)


@pytest.fixture
def number(plan: world.Agreement) -> int:
    return sent(plan)


def sent(plan: world.Agreement, *share: str) -> int:
    carla = world.viewer("carla")
    people = tuple(Person(world.viewer(who).name, world.viewer(who).email) for who in share)
    return submit(
        ready(carla, plan.id, at=NOW, share=people), terms_accepted=True, actor=carla, at=NOW
    ).number


def case(number: int) -> Case:
    return Case.objects.get(pk=number)


def left(plan: world.Agreement) -> int:
    return Agreement.objects.get(pk=plan.id).units_left


def postings(number: int) -> list[str]:
    """What the ledger says about a request, in order."""
    return list(LedgerEntry.objects.filter(case_number=number).order_by("pk").values_list("kind", flat=True))


def close(number: int, *, seen: int | None = None) -> Callable[[], int]:
    ines = world.viewer("ines")
    return lambda: ending.close(
        number,
        outcome="non-decrement",
        cause="product-fault",
        reason="It was ours.",
        seen=seen,
        actor=ines,
        at=LATER,
    )


def reopen(number: int) -> Callable[[], int]:
    carla = world.viewer("carla")
    return lambda: ending.reopen_by_contact(number, reason="It is back.", actor=carla, at=LATER)


def how(outcomes: list[Any]) -> Counter[str]:
    """How it ended, counted: reason codes for refusals, names for other exceptions, "done" for the rest."""
    return Counter(
        each.decision.codes[0]
        if isinstance(each, Refused)
        else type(each).__name__
        if isinstance(each, Exception)
        else "done"
        for each in outcomes
    )


def unlocked(monkeypatch: pytest.MonkeyPatch, *modules: Any, racers: int) -> None:
    """Take the lock away: everybody reads the request as it was before anybody changed it."""
    together = threading.Barrier(racers)

    def read_together(fetch: Callable[..., Case]) -> Callable[..., Case]:
        def fetched(viewer: Viewer, number: int | None, *, lock: bool = False) -> Case:
            found = fetch(viewer, number)
            together.wait(timeout=SECONDS)
            return found

        return fetched

    for module in modules:
        for name in ("case_for", "desk_case"):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, read_together(getattr(access, name)))


@contextmanager
def without_constraint(table: str, name: str) -> Iterator[None]:
    """The table without one of its guards. What was written meanwhile has to go, or the guard could not come back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name])
        definition = cursor.fetchone()[0]
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        try:
            yield
        finally:
            cursor.execute(f"TRUNCATE {table} CASCADE")
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


# Closing and what it gives back


@pytest.mark.req("AGR-6")
def test_closed_50_times_at_once_gives_one_incident_back(plan: world.Agreement, number: int) -> None:
    assert how(at_once([close(number)] * 50)) == {"done": 1, "case.cannot-close": 49}
    assert left(plan) == 3
    assert postings(number) == ["deduct", "credit"]
    assert FactRow.objects.filter(code="case.closed").count() == 1


@pytest.mark.req("AGR-6")
def test_without_the_lock_only_the_ledgers_key_saves_the_incident(
    plan: world.Agreement, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlocked(monkeypatch, ending, racers=8)
    assert how(at_once([close(number)] * 8)) == {"done": 1, "UniqueViolation": 7}
    assert postings(number) == ["deduct", "credit"]


@pytest.mark.req("AGR-6")
def test_without_the_lock_and_without_the_key_it_is_given_back_many_times(
    plan: world.Agreement, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlocked(monkeypatch, ending, racers=8)
    with without_constraint("agreements_ledgerentry", "ledger_key_once"):
        assert how(at_once([close(number)] * 8)) == {"done": 8}
        assert left(plan) == 2 + 8


@pytest.mark.req("AGR-6", "AGR-10")
def test_hammered_with_closing_and_reopening_the_ledger_stays_what_happened(
    plan: world.Agreement, number: int
) -> None:
    """Eight people close and reopen two requests of one plan as fast as they can."""
    other = sent(plan)
    chance = random.Random(20261120)

    def hammer(deeds: list[Callable[[], int]]) -> Callable[[], Counter[str]]:
        def run() -> Counter[str]:
            ended: Counter[str] = Counter()
            for deed in deeds:
                try:
                    deed()
                except CannotChange as refused:
                    ended[refused.decision.codes[0]] += 1
                else:
                    ended["done"] += 1
            return ended

        return run

    choices = [close(number), reopen(number), close(other), reopen(other)]
    ended = at_once([hammer(chance.choices(choices, k=15)) for _each in range(8)])
    assert all(isinstance(each, Counter) for each in ended), ended
    assert set().union(*ended) <= {"done", "case.cannot-close", "case.cannot-reopen"}

    deducted = 0
    for each in (number, other):
        kinds = postings(each)
        assert kinds == ["deduct" if place % 2 == 0 else "credit" for place in range(len(kinds))]
        told = FactRow.objects.filter(subject_id=each, code__in=["case.closed", "case.reopened"])
        assert len(kinds) == 1 + told.count()
        assert case(each).charged_units == len(kinds) % 2
        assert (case(each).status == "closed") == (len(kinds) % 2 == 0)
        deducted += len(kinds) % 2
    assert left(plan) == 3 - deducted
    rows = LedgerEntry.objects.filter(agreement_id=plan.id)
    assert sum(rows.values_list("units", flat=True)) == left(plan)
    assert min(rows.values_list("balance_after", flat=True)) >= 0
    assert sum((each["done"] for each in ended), 0) == rows.count() - 3  # beside grant and two deductions


@pytest.mark.req("AGR-6", "AGR-10")
@pytest.mark.parametrize("first", ["reopen", "submit"])
def test_the_last_incident_goes_to_a_reopened_request_or_to_a_new_one(
    plan: world.Agreement, number: int, first: str
) -> None:
    sent(plan)
    close(number)()
    sent(plan)
    carla = world.viewer("carla")
    draft = ready(carla, plan.id, at=NOW)

    def submitted() -> int:
        return submit(draft, terms_accepted=True, actor=carla, at=LATER).number

    assert left(plan) == 1
    deeds = {"reopen": reopen(number), "submit": submitted}
    other = "submit" if first == "reopen" else "reopen"
    with behind(deeds[first], deeds[other]) as (waiting,):
        assert not waiting.done()
    refused = outcome(waiting)
    assert isinstance(refused, CannotSubmit | CannotChange)
    assert refused.decision.codes == ("agreement.no-incidents-left",)
    assert left(plan) == 0
    assert (case(number).status == "closed") == (first == "submit")
    assert Case.objects.count() == (3 if first == "reopen" else 4)


@pytest.mark.req("AGR-6", "AGR-10")
def test_50_requests_that_race_for_the_last_incident_do_not_overspend(
    plan: world.Agreement, number: int
) -> None:
    close(number)()
    carla = world.viewer("carla")
    drafts = [ready(carla, plan.id, at=NOW) for _each in range(24)]
    for _each in range(2):
        sent(plan)
    assert left(plan) == 1
    new = [lambda draft=draft: submit(draft, terms_accepted=True, actor=carla, at=LATER) for draft in drafts]
    ended = how(at_once([*new, *[reopen(number)] * 26]))
    assert ended["done"] == 1
    assert sum(ended.values()) == 50
    assert set(ended) <= {"done", "agreement.no-incidents-left", "case.cannot-reopen"}
    assert left(plan) == 0


# Saying something


def said(number: int, key: Any, who: str = "carla") -> Callable[[], Posted]:
    actor = world.viewer(who)
    return lambda: conversation.reply(number, "Here is the log.", key=key, actor=actor, at=LATER)


@pytest.mark.req("REQ-2")
def test_the_same_message_sent_20_times_at_once_is_said_once(number: int) -> None:
    key = new_key()
    posted = at_once([said(number, key)] * 20)
    assert all(isinstance(each, Posted) for each in posted), posted
    assert Counter(each.replayed for each in posted) == {True: 19, False: 1}
    assert len({each.message_id for each in posted}) == 1
    assert Message.objects.filter(case_id=number).count() == 1
    assert FactRow.objects.filter(code="case.message-added").count() == 1


@pytest.mark.req("REQ-2")
def test_without_lock_and_key_the_same_message_is_said_many_times(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlocked(monkeypatch, conversation, racers=6)
    key = new_key()
    with without_constraint("cases_message", "message_key_once"):
        assert how(at_once([said(number, key)] * 6)) == {"done": 6}
        assert Message.objects.filter(case_id=number).count() > 1


@pytest.mark.req("REQ-2")
def test_one_key_in_two_requests_at_once_says_it_in_one_and_refuses_the_other(plan: world.Agreement) -> None:
    """Two requests have two locks; here the key alone decides."""
    one, other, key = sent(plan), sent(plan), new_key()
    with behind(said(one, key), said(other, key)) as (waiting,):
        assert not waiting.done()
    refused = outcome(waiting)
    assert isinstance(refused, CannotReply), refused
    assert refused.decision.codes == ("message.key-taken",)
    assert list(Message.objects.values_list("case_id", flat=True)) == [one]
    assert case(other).revision == 0


@pytest.mark.req("REQ-2")
def test_of_two_answers_to_what_was_seen_one_is_sent(number: int) -> None:
    seen = case(number).revision
    deeds = [
        lambda who=who: conversation.answer(
            number, "Try this.", key=new_key(), seen=seen, actor=world.viewer(who), at=LATER
        )
        for who in ("ines", "marta") * 6
    ]
    assert how(at_once(deeds)) == {"done": 1, "case.changed-meanwhile": 11}
    assert Message.objects.filter(case_id=number).count() == 1
    assert case(number).revision == 1


@pytest.mark.req("REQ-2")
def test_without_the_lock_both_answers_are_sent(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = case(number).revision
    deeds = [
        lambda who=who: conversation.answer(
            number, "Try this.", key=new_key(), seen=seen, actor=world.viewer(who), at=LATER
        )
        for who in ("ines", "marta")
    ]
    unlocked(monkeypatch, conversation, racers=2)
    # Nobody is told that the other one was quicker: the clock's own guard stops the second, with an error.
    assert how(at_once(deeds)) in ({"done": 2}, {"done": 1, "IntegrityError": 1})


def test_an_answer_waits_for_the_reply_before_it_and_is_then_refused(number: int) -> None:
    seen = case(number).revision
    ines = world.viewer("ines")

    def answered() -> Posted:
        return conversation.answer(number, "Try this.", key=new_key(), seen=seen, actor=ines, at=LATER)

    with behind(said(number, new_key()), answered) as (waiting,):
        assert not waiting.done()
    assert how([outcome(waiting)]) == {"case.changed-meanwhile": 1}


# Who may still say it


@pytest.mark.req("REQ-1")
@pytest.mark.parametrize("verb", ["reply", "close", "reopen", "add", "remove"])
def test_whoever_is_removed_first_does_nothing_any_more(plan: world.Agreement, verb: str) -> None:
    number = sent(plan, "cem")
    cem, ines = world.viewer("cem"), world.viewer("ines")
    place = Contact.objects.get(case_id=number, email=cem.email)
    work.set_status(number, Move.RESOLVE, seen=None, actor=ines, at=NOW)
    deeds: dict[str, Callable[[], object]] = {
        "reply": said(number, new_key(), "cem"),
        "close": lambda: ending.close_by_contact(number, reason="Done.", actor=cem, at=LATER),
        "reopen": lambda: ending.reopen_by_contact(number, reason="Again.", actor=cem, at=LATER),
        "add": lambda: contacts.add_contact(number, Person("Olaf", "olaf@mail.example"), actor=cem, at=LATER),
        "remove": lambda: contacts.remove_contact(number, place.pk, actor=cem, at=LATER),
    }
    removed = lambda: contacts.remove_contact_from_desk(number, place.pk, actor=ines, at=LATER)  # noqa: E731
    with behind(removed, deeds[verb]) as (waiting,):
        assert not waiting.done()
    assert isinstance(outcome(waiting), Http404), outcome(waiting)
    assert case(number).status == "resolved"
    assert not Message.objects.filter(case_id=number).exists()
    assert Contact.objects.filter(case_id=number).count() == 1


@pytest.mark.req("REQ-1")
def test_what_was_said_before_the_removal_was_said(plan: world.Agreement) -> None:
    number = sent(plan, "cem")
    place = Contact.objects.get(case_id=number, email=world.viewer("cem").email)
    ines = world.viewer("ines")
    with behind(
        said(number, new_key(), "cem"),
        lambda: contacts.remove_contact_from_desk(number, place.pk, actor=ines, at=LATER),
    ) as (waiting,):
        assert not waiting.done()
    assert outcome(waiting) is None
    assert Message.objects.filter(case_id=number).count() == 1
    assert [row.code for row in FactRow.objects.filter(subject_id=number).order_by("pk")][-2:] == [
        "case.message-added",
        "case.contact-removed",
    ]


@pytest.mark.req("REQ-1")
def test_replying_and_being_removed_at_once_is_one_or_the_other(plan: world.Agreement) -> None:
    for _each in range(3):
        number = sent(plan, "cem")
        place = Contact.objects.get(case_id=number, email=world.viewer("cem").email)
        ines = world.viewer("ines")
        ended = at_once(
            [
                *[said(number, new_key(), "cem") for _each in range(5)],
                lambda number=number, place=place, ines=ines: contacts.remove_contact_from_desk(
                    number, place.pk, actor=ines, at=LATER
                ),
            ]
        )
        assert ended[-1] is None
        assert set(how(ended)) <= {"done", "Http404"}
        assert Message.objects.filter(case_id=number).count() == sum(
            isinstance(each, Posted) for each in ended
        )


@pytest.mark.req("REQ-1")
def test_an_engineer_whose_request_went_to_another_team_meanwhile_leaves_no_note(number: int) -> None:
    other = world.team("billing", "nora")
    ines, marta = world.viewer("ines"), world.viewer("marta")
    with behind(
        lambda: work.transfer(number, other.pk, note="About money", seen=None, actor=ines, at=LATER),
        lambda: conversation.note(number, "Known bug", key=new_key(), actor=marta, at=LATER),
    ) as (waiting,):
        assert not waiting.done()
    assert isinstance(outcome(waiting), Http404)
    assert not Message.objects.filter(case_id=number).exists()


# Owning


def assign(number: int, who: str, *, seen: int | None) -> Callable[[], None]:
    actor = world.viewer(who)
    return lambda: work.assign(number, actor.account_id, seen=seen, actor=actor, at=LATER)


def test_of_two_engineers_who_take_a_request_at_once_one_has_it(number: int) -> None:
    seen = case(number).revision
    ended = at_once([assign(number, who, seen=seen) for who in ("ines", "marta") * 8])
    assert how(ended)["case.changed-meanwhile"] == 8  # all takes of the other one
    assert how(ended)["done"] == 8  # the first, and the same again
    assert FactRow.objects.filter(code="case.assigned").count() == 1
    winner = FactRow.objects.get(code="case.assigned").payload["owner"]
    assert (case(number).owner_id, case(number).status) == (winner, "assigned")


def test_without_the_lock_both_believe_that_they_have_it(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = case(number).revision
    deeds = [assign(number, who, seen=seen) for who in ("ines", "marta")]
    unlocked(monkeypatch, work, racers=2)
    assert how(at_once(deeds)) == {"done": 2}
    assert FactRow.objects.filter(code="case.assigned").count() == 2


def test_time_does_not_close_what_was_taken_up_again_meanwhile(number: int) -> None:
    work.set_status(number, Move.RESOLVE, seen=None, actor=world.viewer("ines"), at=NOW)
    late = NOW + timedelta(days=30)

    def closes() -> int:
        return ending.close_resolved(after=timedelta(days=10), at=late)

    with behind(said(number, new_key()), closes) as (waiting,):
        assert outcome(waiting) == 0  # what somebody works on is left for the next time
    assert closes() == 0
    assert case(number).status == "new"


def test_time_closes_what_is_due_once_however_many_workers_do_it(plan: world.Agreement) -> None:
    for _each in range(3):
        work.set_status(sent(plan), Move.RESOLVE, seen=None, actor=world.viewer("ines"), at=NOW)
    late = NOW + timedelta(days=30)
    ended = at_once([lambda: ending.close_resolved(after=timedelta(days=10), at=late)] * 6)
    assert sum(ended) == 3
    assert FactRow.objects.filter(code="case.closed").count() == 3


# Two requests


def merge(number: int, into: int) -> Callable[[], int]:
    ines = world.viewer("ines")
    return lambda: relations.merge(number, into, seen=None, actor=ines, at=LATER)


@pytest.mark.req("AGR-6")
def test_merging_both_ways_at_once_merges_one_way_and_says_why_not_the_other(plan: world.Agreement) -> None:
    one, other = sent(plan), sent(plan)
    ended = at_once([merge(one, other), merge(other, one)] * 8)
    assert how(ended) == {"done": 1, "case.is-closed": 15}
    assert Case.objects.filter(status="closed").count() == 1
    assert Case.objects.exclude(merged_into=None).count() == 1
    assert left(plan) == 2
    assert LedgerEntry.objects.filter(kind="credit").count() == 1


def test_in_another_order_the_same_merges_would_lock_each_other_out(
    plan: world.Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: locked as they are named, each of the two holds what the other one waits for."""
    one, other = sent(plan), sent(plan)
    together = threading.Barrier(2)

    def both(number: int, into: int, actor: Viewer) -> dict[int, Case]:
        first = access.desk_case(actor, number, lock=True)
        together.wait(timeout=SECONDS)
        return {number: first, into: access.desk_case(actor, into, lock=True)}

    monkeypatch.setattr(relations, "_both", both)
    ended = how(at_once([merge(one, other), merge(other, one)]))
    assert ended == {"done": 1, "OperationalError": 1}


def test_linking_both_ways_at_once_makes_one_link(plan: world.Agreement) -> None:
    one, other = sent(plan), sent(plan)
    ines = world.viewer("ines")
    ended = at_once(
        [
            lambda pair=pair: relations.link(*pair, actor=ines, at=LATER)
            for pair in [(one, other), (other, one)] * 8
        ]
    )
    assert ended == [None] * 16
    assert CaseLink.objects.count() == 1
    assert FactRow.objects.filter(code="case.linked").count() == 2


# The order in which everybody locks


def is_free(query: str, *params: Any) -> bool:
    """Whether another session can lock the rows of `query` at once."""
    with psycopg.connect(**connection.get_connection_params()) as other:
        try:
            other.execute(f"{query} FOR UPDATE NOWAIT", params)
        except psycopg.errors.LockNotAvailable:
            return False
        finally:
            other.rollback()
    return True


def free_case(number: int) -> bool:
    return is_free("SELECT 1 FROM cases_case WHERE id = %s", number)


def free_agreement(plan: world.Agreement) -> bool:
    return is_free("SELECT 1 FROM agreements_agreement WHERE id = %s", plan.id)


def hold(table: str, row: int) -> Callable[[], None]:
    def held() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR UPDATE", [row])

    return held


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("verb", ["merge", "link", "unlink"])
def test_requests_are_locked_by_their_numbers_however_they_are_named(
    plan: world.Agreement, verb: str, turned: bool
) -> None:
    lower, higher = sent(plan), sent(plan)
    pair = (higher, lower) if turned else (lower, higher)
    ines = world.viewer("ines")
    deeds: dict[str, Callable[[], object]] = {
        "merge": merge(*pair),
        "link": lambda: relations.link(*pair, actor=ines, at=LATER),
        "unlink": lambda: relations.unlink(*pair, actor=ines, at=LATER),
    }
    with behind(hold("cases_case", lower), deeds[verb]) as (waiting,):
        assert not waiting.done()
        assert free_case(higher)
        assert free_agreement(plan)
    assert not isinstance(outcome(waiting), Exception)


@pytest.mark.parametrize("verb", ["close", "reopen", "merge"])
def test_the_agreement_is_locked_after_the_requests_and_last(plan: world.Agreement, verb: str) -> None:
    number, other = sent(plan), sent(plan)
    if verb == "reopen":
        close(number)()
    deeds = {"close": close(number), "reopen": reopen(number), "merge": merge(number, other)}
    with behind(hold("cases_case", number), deeds[verb]) as (waiting,):
        assert not waiting.done()
        assert free_agreement(plan)
    assert outcome(waiting) == 1

    if verb != "reopen":
        reopen(number)()
    else:
        close(number)()
    with behind(hold("agreements_agreement", plan.id), deeds[verb]) as (waiting,):
        assert not waiting.done()
        assert not free_case(number)
        assert free_case(other) == (verb != "merge")
        # All that is written about the request is written by now: nothing else is held up for long.
        with psycopg.connect(**connection.get_connection_params()) as watcher:
            [[query]] = watcher.execute(
                "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ).fetchall()
        assert "INSERT INTO agreements_ledgerentry" in query
    assert outcome(waiting) == 1


@pytest.mark.req("REQ-1")
def test_whoever_proves_an_address_while_requests_are_merged_gets_the_places_in_both(
    plan: world.Agreement,
) -> None:
    """Both write to places of two requests: in different orders, each would hold what the other one waits for."""
    olaf, address, carla = world.person("olaf"), "olaf@home.example", world.viewer("carla")

    def shared() -> int:
        people = (Person("Olaf", address), Person("Cem", world.viewer("cem").email))
        draft = ready(carla, plan.id, at=NOW, share=people[: 2 - Case.objects.count()])
        return submit(draft, terms_accepted=True, actor=carla, at=NOW).number

    one, other = shared(), shared()
    place = Contact.objects.get(case_id=other, email=address).pk
    with behind(
        hold("cases_contact", place),
        merge(one, other),  # brings Cem along, so that the places in both are written to: first the other's
        lambda: contacts.claim_places(address, account_id=olaf.pk),  # and the older ones first
    ) as (merging, claiming):
        assert not merging.done()
        assert not claiming.done()
    assert outcome(merging) == 1
    assert outcome(claiming) == 2
    assert Contact.objects.filter(account=olaf).count() == 2


@pytest.mark.req("REQ-1", "WIZ-4")
@pytest.mark.parametrize("named", ["while sending", "afterwards", "by a merge"])
def test_whoever_proves_an_address_while_it_is_being_named_gets_the_place(
    plan: world.Agreement, named: str
) -> None:
    address, carla, ines, olaf = (
        "olaf@home.example",
        world.viewer("carla"),
        world.viewer("ines"),
        world.person("olaf"),
    )
    person = Person("Olaf", address)
    number = sent(plan)
    draft = ready(carla, plan.id, at=NOW, share=(person,))
    duplicate = submit(draft, terms_accepted=True, actor=carla, at=NOW).number if named == "by a merge" else 0
    Contact.objects.filter(case_id=duplicate, email=address).update(account=world.person("nora"))

    def proves() -> int:
        EmailAddress.objects.create(user=olaf, email=address, verified=True)
        return contacts.claim_places(address, account_id=olaf.pk)

    deeds: dict[str, Callable[[], object]] = {
        "while sending": lambda: submit(draft, terms_accepted=True, actor=carla, at=NOW),
        "afterwards": lambda: contacts.add_contact(number, person, actor=carla, at=LATER),
        "by a merge": lambda: relations.merge(duplicate, number, seen=None, actor=ines, at=LATER),
    }
    with behind(deeds[named], proves) as (waiting,):
        assert not waiting.done()
    assert outcome(waiting) == 1
    assert Contact.objects.filter(email=address, account=olaf).count() == 1


@pytest.mark.req("REQ-1", "WIZ-4")
def test_without_waiting_the_place_would_belong_to_nobody(
    plan: world.Agreement, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, carla, olaf = "olaf@home.example", world.viewer("carla"), world.person("olaf")
    monkeypatch.setattr(contacts, "hold_addresses", lambda addresses: None)

    def proves() -> int:
        EmailAddress.objects.create(user=olaf, email=address, verified=True)
        return contacts.claim_places(address, account_id=olaf.pk)

    with behind(
        lambda: contacts.add_contact(number, Person("Olaf", address), actor=carla, at=LATER), proves
    ) as (claiming,):
        assert outcome(claiming) == 0
    assert Contact.objects.get(email=address).account_id is None
