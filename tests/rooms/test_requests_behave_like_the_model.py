"""Whatever people do to requests in whatever order, they are what a few pages of plain Python say.

The model below knows nothing of the code: it is written after what is promised.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from django.db import transaction
from django.http import Http404
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pactdesk.accounts.models import Team
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.models import Agreement, LedgerEntry
from pactdesk.cases import access
from pactdesk.cases.models import Case, CaseLink, Contact
from pactdesk.cases.queries.lists import Sought, request_list
from pactdesk.cases.queries.timeline import timeline_of
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.rules.status import Move
from pactdesk.cases.services import contacts, ending, relations, work
from pactdesk.cases.services.conversation import answer, note, reply
from pactdesk.cases.services.submission import submit
from pactdesk.kernel.decisions import Refused
from pactdesk.kernel.ids import new_key
from pactdesk.project.verification import prove
from tests import world
from tests.drafts import ready
from tests.effort import tries

START = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)
CLOSES_AFTER = timedelta(days=10)
CUSTOMERS = ("carla", "cem", "olaf")
ENGINEERS = {"ines": "support", "marta": "support", "nora": "billing"}
GONE = "404"
FOR_THE_DESK_ALONE = {"case.released", "case.transferred", "case.linked", "case.unlinked"}


@dataclass
class Request:
    """What a request is in the model. `charged`: whether an incident is taken for it at the moment."""

    submitter: str
    seen_by: list[str]
    opened: datetime
    status: str = "new"
    team: str = "support"
    owner: str | None = None
    charged: bool = True
    deductions: int = 1
    outcome: str = ""
    cause: str = ""
    goes_on_as: int | None = None
    resolved: datetime | None = None
    answered: datetime | None = None
    revision: int = 0
    public: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    keys: list[tuple[uuid.UUID, str]] = field(default_factory=list)
    links: set[int] = field(default_factory=set)

    @property
    def is_closed(self) -> bool:
        return self.status == "closed"

    def works_for(self, engineer: str) -> bool:
        """Whether this engineer sees it at the desk."""
        return ENGINEERS.get(engineer) == self.team or self.owner == engineer

    def to(self, status: str, at: datetime) -> None:
        self.status = status
        self.resolved = at if status == "resolved" else None

    def taken_up(self, at: datetime) -> None:
        """It is somebody's turn at the desk: its owner's, or that of whoever takes it from the queue."""
        self.to("in-progress" if self.owner else "new", at)


FIELDS = (
    "pk",
    "team__code",
    "owner_id",
    "closed_at",
    "due_at",
    "status",
    "charged_units",
    "charge_count",
    "outcome",
    "outcome_cause",
    "merged_into_id",
    "resolved_at",
    "first_response_at",
    "revision",
)


@cache
def viewer_of(who: str) -> Viewer:
    """The viewer, looked up once: accounts and teams stay as they are throughout."""
    return world.viewer(who)


which = st.integers(0, 5)
customer = st.sampled_from(CUSTOMERS)
engineer = st.sampled_from(sorted(ENGINEERS))
# Somebody by number: mostly one who may, see `Desk.one_of`.
somebody = st.integers(0, 7)
# Engineers mostly have before their eyes what there is.
stale = st.sampled_from([False, False, False, False, False, True])
outcomes = st.sampled_from(
    [
        ("decrement", ""),
        ("non-decrement", "product-fault"),
        ("non-decrement", "goodwill"),
        ("non-decrement", "duplicate"),
    ]
)


class Desk(RuleBasedStateMachine):
    """Does things at random, mostly sensible ones, and compares."""

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.now = START
        self.requests: dict[int, Request] = {}
        self.balance = 0
        self.suspended = False
        self.touched: int | None = None
        self.said = self.turn = 0

    @initialize(units=st.integers(2, 5))
    def begin(self, units: int) -> None:
        self.plan = world.agreement(units=units, registered=CUSTOMERS, at=START)
        self.balance = self.granted = units
        self.teams = dict(Team.objects.values_list("code", "pk"))

    # What people do

    @rule(who=customer, share=st.sets(customer, max_size=2))
    def submits(self, who: str, share: set[str]) -> None:
        others = sorted(share - {who})
        viewer = viewer_of(who)
        people = tuple(Person(viewer_of(each).name, viewer_of(each).email) for each in others)
        draft = ready(viewer, self.plan.id, at=self.now, share=people)
        expected = (
            "agreement.suspended" if self.suspended else "" if self.balance else "agreement.no-incidents-left"
        )
        sent = self.expect(expected, lambda: submit(draft, terms_accepted=True, actor=viewer, at=self.now))
        if not expected:
            self.balance -= 1
            self.requests[sent.number] = Request(who, [who, *others], self.now)
            self.touched = sent.number
            again = submit(draft, terms_accepted=True, actor=viewer, at=self.now)
            assert (again.number, again.replayed) == (sent.number, True)

    @precondition(lambda self: self.requests)
    @rule(which=which, somebody=somebody)
    def replies(self, which: int, somebody: int) -> None:
        number, request = self.pick(which)
        who = self.one_of_the_customers(request, somebody)
        key, text = new_key(), self.words("reply")
        expected = GONE if who not in request.seen_by else "case.is-closed" if request.is_closed else ""
        viewer = viewer_of(who)
        self.expect(expected, lambda: reply(number, text, key=key, actor=viewer, at=self.now))
        if not expected:
            request.public.append(text)
            request.keys.append((key, who))
            if request.status in {"waiting", "resolved"}:
                request.taken_up(self.now)
            request.revision += 1

    @precondition(lambda self: any(request.keys for request in self.requests.values()))
    @rule(which=which, somebody=somebody)
    def sends_the_same_again(self, which: int, somebody: int) -> None:
        talked = [(number, request) for number, request in self.requests.items() if request.keys]
        number, request = talked[which % len(talked)]
        who = self.one_of_the_customers(request, somebody)
        key, author = request.keys[-1]
        expected = GONE if who not in request.seen_by else "" if who == author else "message.key-taken"
        viewer = viewer_of(who)
        posted = self.expect(expected, lambda: reply(number, "Again", key=key, actor=viewer, at=self.now))
        assert expected or posted.replayed

    @precondition(lambda self: self.requests)
    @rule(which=which, somebody=somebody, then=st.sampled_from([None, Move.ASK, Move.RESOLVE]), stale=stale)
    def answers(self, which: int, somebody: int, then: Move | None, stale: bool) -> None:
        number, request = self.pick(which)
        who = self.one_of_the_engineers(request, somebody)
        text = self.words("answer")
        expected = self.refusal_at_desk(request, who, stale)
        if not expected and request.is_closed:
            expected = "case.is-closed"
        if not expected and then == Move.RESOLVE and request.status == "resolved":
            expected = "case.cannot-resolve"
        if not expected and then == Move.ASK and request.status == "resolved":
            expected = "case.cannot-ask"
        self.expect(
            expected,
            lambda: answer(
                number,
                text,
                key=new_key(),
                seen=self.seen(request, stale),
                then=then,
                actor=viewer_of(who),
                at=self.now,
            ),
        )
        if not expected:
            request.public.append(text)
            request.owner = request.owner or who
            request.answered = request.answered or self.now
            if then is not None:
                request.to("waiting" if then == Move.ASK else "resolved", self.now)
            elif request.status in {"new", "assigned"}:
                request.to("in-progress", self.now)
            request.revision += 1

    @precondition(lambda self: self.requests)
    @rule(which=which, somebody=somebody)
    def notes_down(self, which: int, somebody: int) -> None:
        number, request = self.pick(which)
        who = self.one_of_the_engineers(request, somebody)
        text = self.words("note")
        expected = self.refusal_at_desk(request, who, False)
        viewer = viewer_of(who)
        self.expect(expected, lambda: note(number, text, key=new_key(), actor=viewer, at=self.now))
        if not expected:
            request.notes.append(text)
            request.revision += 1

    @precondition(lambda self: self.requests)
    @rule(
        which=which,
        somebody=somebody,
        step=st.sampled_from([Move.START, Move.ASK, Move.RESOLVE]),
        stale=stale,
    )
    def sets_the_status(self, which: int, somebody: int, step: Move, stale: bool) -> None:
        number, request = self.pick(which)
        who = self.one_of_the_engineers(request, somebody)
        expected = self.refusal_at_desk(request, who, stale)
        possible = {
            Move.START: {"new", "assigned", "waiting", "resolved"},
            Move.ASK: {"new", "assigned", "in-progress"},
            Move.RESOLVE: {"new", "assigned", "in-progress", "waiting"},
        }
        if not expected and request.status not in possible[step]:
            expected = f"case.cannot-{step}"
        self.expect(
            expected,
            lambda: work.set_status(
                number, step, seen=self.seen(request, stale), actor=viewer_of(who), at=self.now
            ),
        )
        if not expected:
            if step == Move.START:
                request.owner = request.owner or who
            request.to(
                {Move.START: "in-progress", Move.ASK: "waiting", Move.RESOLVE: "resolved"}[step], self.now
            )
            request.revision += 1

    @precondition(lambda self: self.requests)
    @rule(which=which, somebody=somebody, outcome=outcomes, stale=stale)
    def closes(self, which: int, somebody: int, outcome: tuple[str, str], stale: bool) -> None:
        number, request = self.pick(which)
        who = self.one_of_the_engineers(request, somebody)
        expected = self.refusal_at_desk(request, who, stale)
        if not expected and request.is_closed:
            expected = "case.cannot-close"
        back = self.expect(
            expected,
            lambda: ending.close(
                number,
                outcome=outcome[0],
                cause=outcome[1],
                reason="It is over.",
                seen=self.seen(request, stale),
                actor=viewer_of(who),
                at=self.now,
            ),
        )
        if not expected:
            assert back == (1 if outcome[0] == "non-decrement" and request.charged else 0)
            request.answered = request.answered or self.now  # what is said on closing is an answer
            self.end(request, *outcome)

    @precondition(lambda self: self.requests)
    @rule(which=which, somebody=somebody)
    def closes_as_a_contact(self, which: int, somebody: int) -> None:
        number, request = self.pick(which)
        who = self.one_of_the_customers(request, somebody)
        expected = GONE if who not in request.seen_by else ""
        viewer = viewer_of(who)
        self.expect(
            expected,
            lambda: ending.close_by_contact(number, reason="We found it.", actor=viewer, at=self.now),
        )
        if not expected and not request.is_closed:
            self.end(request, "decrement", "")

    @precondition(lambda self: self.requests)
    @rule(which=which, somebody=somebody)
    def reopens(self, which: int, somebody: int) -> None:
        number, request = self.pick(which)
        who = self.one_of_all(request, somebody)
        given_back = request.is_closed and request.outcome == "non-decrement"
        expected = self.refusal(request, who)
        if not expected and given_back and self.suspended:
            expected = "agreement.suspended"
        if not expected and given_back and not self.balance:
            expected = "agreement.no-incidents-left"
        if not expected and request.status not in {"resolved", "closed"}:
            expected = "case.cannot-reopen"
        viewer = viewer_of(who)

        def verb() -> int:
            if who in CUSTOMERS:
                return ending.reopen_by_contact(number, reason="It is back.", actor=viewer, at=self.now)
            return ending.reopen(number, reason="It is back.", seen=None, actor=viewer, at=self.now)

        again = self.expect(expected, verb)
        if not expected:
            assert again == (1 if given_back else 0)
            if given_back:
                self.balance -= 1
                request.charged = True
                request.deductions += 1
            request.outcome = request.cause = ""
            request.goes_on_as = None
            request.taken_up(self.now)
            request.revision += 1

    @precondition(lambda self: self.requests)
    @rule(which=which, somebody=somebody, owner=engineer, stale=stale)
    def assigns(self, which: int, somebody: int, owner: str, stale: bool) -> None:
        number, request = self.pick(which)
        who = self.one_of_the_engineers(request, somebody)
        same = request.works_for(who) and request.owner == owner
        expected = "" if same else self.refusal_at_desk(request, who, stale)
        if not expected and not same and request.is_closed:
            expected = "case.is-closed"
        if not expected and not same and ENGINEERS[owner] != request.team:
            expected = "case.owner-not-in-team"
        self.expect(
            expected,
            lambda: work.assign(
                number,
                viewer_of(owner).account_id,
                seen=self.seen(request, stale),
                actor=viewer_of(who),
                at=self.now,
            ),
        )
        if not expected and not same:
            request.owner = owner
            if request.status == "new":
                request.to("assigned", self.now)
            request.revision += 1

    @precondition(lambda self: self.requests)
    @rule(which=which, somebody=somebody, stale=stale)
    def releases(self, which: int, somebody: int, stale: bool) -> None:
        number, request = self.pick(which)
        who = self.one_of_the_engineers(request, somebody)
        same = request.works_for(who) and request.owner is None
        expected = "" if same else self.refusal_at_desk(request, who, stale)
        if not expected and not same and request.is_closed:
            expected = "case.is-closed"
        self.expect(
            expected,
            lambda: work.release(number, seen=self.seen(request, stale), actor=viewer_of(who), at=self.now),
        )
        if not expected and not same:
            self.back_to_the_queue(request)

    @precondition(lambda self: self.requests)
    @rule(which=which, somebody=somebody, team=st.sampled_from(["support", "billing"]), stale=stale)
    def transfers(self, which: int, somebody: int, team: str, stale: bool) -> None:
        number, request = self.pick(which)
        who = self.one_of_the_engineers(request, somebody)
        same = request.works_for(who) and request.team == team
        expected = "" if same else self.refusal_at_desk(request, who, stale)
        if not expected and not same and request.is_closed:
            expected = "case.is-closed"
        self.expect(
            expected,
            lambda: work.transfer(
                number,
                self.teams[team],
                note=self.words("note"),
                seen=self.seen(request, stale),
                actor=viewer_of(who),
                at=self.now,
            ),
        )
        if not expected and not same:
            request.team = team
            self.back_to_the_queue(request)

    @precondition(lambda self: self.requests)
    @rule(which=which, somebody=somebody, added=customer)
    def adds_a_contact(self, which: int, somebody: int, added: str) -> None:
        number, request = self.pick(which)
        who = self.one_of_all(request, somebody)
        person = Person(viewer_of(added).name, viewer_of(added).email.upper())
        at_desk = who in ENGINEERS
        expected = self.refusal(request, who)
        if not expected and added == request.submitter:
            expected = "contact.is-primary"
        if not expected and added in request.seen_by:
            expected = "contact.named-twice"
        if not expected and request.is_closed:
            expected = "case.is-closed"
        verb = contacts.add_contact_from_desk if at_desk else contacts.add_contact
        viewer = viewer_of(who)
        self.expect(expected, lambda: verb(number, person, actor=viewer, at=self.now))
        if not expected:
            request.seen_by.append(added)
            request.revision += 1

    @precondition(lambda self: self.requests)
    @rule(which=which, somebody=somebody, removed=customer)
    def removes_a_contact(self, which: int, somebody: int, removed: str) -> None:
        number, request = self.pick(which)
        who = self.one_of_all(request, somebody)
        place = Contact.objects.filter(case_id=number, account_id=viewer_of(removed).account_id).first()
        at_desk = who in ENGINEERS
        expected = self.refusal(request, who)
        there = removed in request.seen_by
        assert there == (place is not None)
        if not expected and there and not at_desk and who not in {removed, request.submitter}:
            expected = "contact.not-yours-to-remove"
        if not expected and removed == request.submitter:
            expected = "contact.primary-stays"
        verb = contacts.remove_contact_from_desk if at_desk else contacts.remove_contact
        viewer = viewer_of(who)
        self.expect(expected, lambda: verb(number, place.pk if place else 0, actor=viewer, at=self.now))
        if not expected and there:
            request.seen_by.remove(removed)
            request.revision += 1

    @precondition(lambda self: self.requests)
    @rule(which=which, into=st.integers(0, 4), somebody=somebody, stale=stale)
    def merges(self, which: int, into: int, somebody: int, stale: bool) -> None:
        number, request = self.pick(which)
        who = self.one_of_the_engineers(request, somebody)
        onto, other = self.pick(which + into + 1)
        expected = self.refusal_at_desk(request, who, False) or self.refusal_at_desk(other, who, False)
        expected = expected or self.refusal_at_desk(request, who, stale)
        if not expected:
            if number == onto:
                expected = "case.same-request"
            elif (
                viewer_of(request.submitter).organization_id != world.person(other.submitter).organization_id
            ):
                expected = "case.other-customer"
            elif request.is_closed or other.is_closed:
                expected = "case.is-closed"
        back = self.expect(
            expected,
            lambda: relations.merge(
                number, onto, seen=self.seen(request, stale), actor=viewer_of(who), at=self.now
            ),
        )
        if not expected:
            assert back == (1 if request.charged else 0)
            other.seen_by += [each for each in request.seen_by if each not in other.seen_by]
            other.revision += 1
            request.goes_on_as = onto
            request.links.add(onto)
            other.links.add(number)
            self.end(request, "non-decrement", "duplicate")

    @precondition(lambda self: self.requests)
    @rule(which=which, into=st.integers(0, 4), somebody=somebody, undo=st.booleans())
    def links(self, which: int, into: int, somebody: int, undo: bool) -> None:
        number, request = self.pick(which)
        who = self.one_of_the_engineers(request, somebody)
        onto, other = self.pick(which + into + 1)
        expected = self.refusal_at_desk(request, who, False) or self.refusal_at_desk(other, who, False)
        if not expected and number == onto and not undo:
            expected = "case.same-request"
        verb = relations.unlink if undo else relations.link
        self.expect(expected, lambda: verb(number, onto, actor=viewer_of(who), at=self.now))
        if not expected and (onto in request.links) == undo:
            for one, two in ((request, onto), (other, number)):
                (one.links.discard if undo else one.links.add)(two)
                one.revision += 1

    @rule(hours=st.sampled_from([1, 24, 24 * 4, 24 * 11]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        due = [
            request
            for request in self.requests.values()
            if request.resolved is not None and request.resolved <= self.now - CLOSES_AFTER
        ]
        assert ending.close_resolved(after=CLOSES_AFTER, at=self.now) == len(due)
        for request in due:
            self.end(request, "decrement", "")

    @rule(suspended=st.sampled_from([False, False, True]))
    def the_plan_is_suspended_or_set_free(self, suspended: bool) -> None:
        self.suspended = suspended
        Agreement.objects.filter(pk=self.plan.id).update(
            suspended_at=timezone.now() if self.suspended else None
        )

    # How the model does it

    def end(self, request: Request, outcome: str, cause: str) -> None:
        if outcome == "non-decrement" and request.charged:
            request.charged = False
            self.balance += 1
        request.outcome, request.cause = outcome, cause
        request.to("closed", self.now)
        request.revision += 1

    def back_to_the_queue(self, request: Request) -> None:
        request.owner = None
        if request.status in {"assigned", "in-progress"}:
            request.to("new", self.now)
        request.revision += 1

    def one_of_the_customers(self, request: Request, somebody: int) -> str:
        may = request.seen_by if somebody < 6 else CUSTOMERS
        return may[somebody % len(may)]

    def one_of_the_engineers(self, request: Request, somebody: int) -> str:
        may = [each for each in ENGINEERS if somebody >= 6 or request.works_for(each)]
        return may[somebody % len(may)]

    def one_of_all(self, request: Request, somebody: int) -> str:
        one_of = self.one_of_the_engineers if somebody % 2 else self.one_of_the_customers
        return one_of(request, somebody)

    def refusal_at_desk(self, request: Request, who: str, stale: bool) -> str:
        if not request.works_for(who):
            return GONE
        return "case.changed-meanwhile" if stale else ""

    def refusal(self, request: Request, who: str) -> str:
        if who in CUSTOMERS:
            return "" if who in request.seen_by else GONE
        return self.refusal_at_desk(request, who, False)

    def seen(self, request: Request, stale: bool) -> int:
        return request.revision + 1 if stale else request.revision

    def words(self, kind: str) -> str:
        self.said += 1
        return f"{kind} number {self.said}"

    def pick(self, which: int) -> tuple[int, Request]:
        number = list(self.requests)[which % len(self.requests)]
        self.touched = number
        return number, self.requests[number]

    def expect(self, expected: str, verb: Callable[[], Any]) -> Any:
        """Do it and see that it ended as the model says: "" for done, a reason's code, or `GONE`."""
        try:
            with transaction.atomic():
                answered = verb()
        except Http404:
            found = GONE
        except Refused as refused:
            found = refused.decision.codes[0]
        else:
            assert expected == ""
            return answered
        assert found == expected
        return None

    # What has to be so after each of them

    @invariant()
    def requests_are_what_the_model_says(self) -> None:
        rows = {row[0]: row[1:] for row in Case.objects.values_list(*FIELDS)}
        assert set(rows) == set(self.requests)
        ids = {None: None, **{viewer_of(who).account_id: who for who in ENGINEERS}}
        for number, request in self.requests.items():
            team, owner, closed_at, due_at, *found = rows[number]
            assert (team, ids[owner]) == (request.team, request.owner)
            assert found == [
                request.status,
                int(request.charged),
                request.deductions,
                request.outcome,
                request.cause,
                request.goes_on_as,
                request.resolved,
                request.answered,
                request.revision,
            ]
            assert (closed_at is not None) == request.is_closed
            assert due_at is None or not request.is_closed
            assert request.owner is not None or request.status not in {"assigned", "in-progress"}

    @invariant()
    def the_balance_is_what_the_model_says(self) -> None:
        if not self.granted_something():
            return
        plan = Agreement.objects.get(pk=self.plan.id)
        assert plan.units_left == self.balance >= 0
        assert self.balance == self.granted - sum(request.charged for request in self.requests.values())
        kinds: dict[int, list[str]] = {}
        for number, kind in (
            LedgerEntry.objects.filter(agreement_id=self.plan.id, case_number__isnull=False)
            .order_by("pk")
            .values_list("case_number", "kind")
        ):
            assert number is not None
            kinds.setdefault(number, []).append(kind)
        for number, request in self.requests.items():
            expected = ["deduct", "credit"] * request.deductions
            assert kinds[number] == (expected[:-1] if request.charged else expected)

    @invariant()
    def places_are_what_the_model_says(self) -> None:
        """Both what the place is and what it repeats of the request."""
        found = Contact.objects.values_list(
            "case_id", "account_id", "is_open", "changed_at", "case__changed_at"
        )
        assert sorted(row[:3] for row in found) == sorted(
            (number, viewer_of(who).account_id, not request.is_closed)
            for number, request in self.requests.items()
            for who in request.seen_by
        )
        assert all(changed <= case_changed for *_place, changed, case_changed in found)

    @invariant()
    def everybody_sees_what_is_theirs(self) -> None:
        """One person after the other, because lists are dear."""
        self.turn += 1
        everybody = (*CUSTOMERS, *ENGINEERS)
        who = everybody[self.turn % len(everybody)]
        viewer = viewer_of(who)
        for open_ones in (True, False):
            lines = request_list(viewer, Sought(closed=not open_ones)).lines
            assert {line.number for line in lines} == {
                number
                for number, request in self.requests.items()
                if who in request.seen_by and request.is_closed != open_ones
            }
            order = [(line.changed_at, line.number) for line in lines]
            assert order == sorted(order, reverse=True)
        assert set(access.desk_cases(viewer).values_list("pk", flat=True)) == {
            number for number, request in self.requests.items() if who in ENGINEERS and request.works_for(who)
        }

    @invariant()
    def nobody_reads_what_is_not_for_them(self) -> None:
        """REQ-1: of the request that was just touched."""
        if self.touched is None:
            return
        case, request = Case.objects.get(pk=self.touched), self.requests[self.touched]
        for_contacts = timeline_of(case, at_desk=False).entries
        at_desk = timeline_of(case, at_desk=True).entries
        assert [each.text for each in for_contacts if each.kind == "message"] == request.public
        assert not [each for each in for_contacts if each.kind == "note"]
        assert not {each.code for each in for_contacts} & FOR_THE_DESK_ALONE
        assert "note number" not in repr(for_contacts)
        assert [each.text for each in at_desk if each.kind == "note"] == request.notes
        assert [each.text for each in at_desk if each.kind == "message"] == request.public
        assert [each for each in at_desk if each in for_contacts] == list(for_contacts)
        links = CaseLink.objects.filter(first=case).values_list("second_id", flat=True)
        turned = CaseLink.objects.filter(second=case).values_list("first_id", flat=True)
        assert {*links, *turned} == request.links

    def granted_something(self) -> bool:
        return hasattr(self, "plan")

    def teardown(self) -> None:
        try:
            if self.requests:
                broken = {
                    outcome.check.code: outcome.examples
                    for _group, outcome in prove(at=self.now)
                    if outcome.is_broken
                }
                assert broken == {}
        finally:
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)


@pytest.mark.req("REQ-1", "REQ-2", "AGR-6", "AGR-10")
@pytest.mark.django_db
def test_requests_behave_like_the_model_whatever_is_done_to_them() -> None:
    world.catalogue()
    world.team("support", "ines", "marta")
    world.team("billing", "nora")
    viewer_of.cache_clear()
    for who in (*CUSTOMERS, *ENGINEERS):
        viewer_of(who)
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=tries(12, 400),
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
