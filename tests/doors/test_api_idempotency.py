"""The same request with the same key is done once, and answered the same way, whoever races and whatever crashes."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import psycopg
import pytest
import time_machine
from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone

from pactdesk.agreements import ledger
from pactdesk.agreements.models import Agreement, LedgerEntry
from pactdesk.api import idempotency
from pactdesk.api.idempotency import Attempt
from pactdesk.api.models import IdempotencyKey, RequestCount
from pactdesk.api.tasks import forget_old_keys_and_counts
from pactdesk.cases.models import Case, Draft, Message
from pactdesk.kernel.ids import new_key as random_key
from tests import world
from tests.doors.programs import Program, codes, kind, new_key, program, request_body

pytestmark = pytest.mark.django_db

RACERS = 50


@pytest.fixture
def plan() -> world.Agreement:
    return world.agreement(units=5, registered=["carla", "cem"])


def left(plan: world.Agreement) -> int:
    return Agreement.objects.get(pk=plan.id).units_left


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        '""',
        '"',
        '"abc',
        'abc"',
        '"a"b"',
        "a b",
        "a,b",
        '"\\x"',
        "é",
        '"' + "x" * 256 + '"',
        "8e03978e-40d5-43e8-bc93-6894a57f9324",
        ":;",
    ],
)
def test_without_a_key_that_can_be_read_nothing_is_made(plan: world.Agreement, header: str | None) -> None:
    carla = program("carla")
    response = carla.post("/requests", request_body(plan.id), key=header)
    assert (response.status_code, kind(response)) == (400, "key-missing")
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    "header",
    ['"8e03978e-40d5-43e8-bc93-6894a57f9324"', '"a \\" b \\\\ c"', '"' + "x" * 255 + '"'],
)
def test_keys_are_strings_of_structured_fields(plan: world.Agreement, header: str) -> None:
    carla = program("carla")
    first = carla.post("/requests", request_body(plan.id), key=header)
    assert first.status_code == 201, first.content
    assert carla.post("/requests", request_body(plan.id), key=f" {header} ").content == first.content


@pytest.mark.req("AGR-10")
def test_the_first_answer_is_given_again_byte_for_byte(plan: world.Agreement) -> None:
    key = new_key()
    first = program("carla").post("/requests", request_body(plan.id), key=key)
    assert first.status_code == 201
    assert "Idempotency-Replayed" not in first
    # By another token, in another language, spaced and sorted otherwise.
    body = json.dumps(dict(reversed(request_body(plan.id).items())), indent=3).encode()
    again = program("carla", language="cs").ask("POST", "/requests", raw=body, key=key)
    assert again.content == first.content
    assert again.status_code == first.status_code
    for name in ("Content-Type", "Content-Language", "Location"):
        assert again[name] == first[name]
    assert again["Idempotency-Replayed"] == "true"
    assert (Case.objects.count(), left(plan)) == (1, 4)


def test_a_key_that_comes_with_something_else_is_refused(plan: world.Agreement) -> None:
    carla, key = program("carla"), new_key()
    assert carla.post("/requests", request_body(plan.id), key=key).status_code == 201
    for changes in ({"problem__summary": "Another"}, {"test": True}, {"share": []}):
        other = carla.post("/requests", request_body(plan.id, **changes), key=key)
        assert (other.status_code, kind(other)) == (422, "key-reused"), changes
    assert Case.objects.count() == 1


def test_keys_are_each_accounts_own_and_each_operations_own(plan: world.Agreement) -> None:
    key = new_key()
    numbers = [
        program(who).post("/requests", request_body(plan.id), key=key).json()["number"]
        for who in ("carla", "cem")
    ]
    assert len(set(numbers)) == 2
    carla = program("carla")
    for text in ("One", "Two"):
        said = carla.post(f"/requests/{numbers[0]}/messages", {"text": text}, key=key)
        assert said.status_code == (201 if text == "One" else 422)
    assert Message.objects.count() == 1


@pytest.mark.req("ELI-10")
def test_what_was_refused_stays_refused_under_its_key_and_can_be_asked_anew(plan: world.Agreement) -> None:
    used_up = world.agreement(units=1, registered=["carla"])
    carla, key = program("carla"), new_key()
    assert carla.post("/requests", request_body(used_up.id), key=new_key()).status_code == 201
    refused = carla.post("/requests", request_body(used_up.id), key=key)
    assert (refused.status_code, codes(refused)) == (422, ["agreement.no-incidents-left"])
    ledger.adjust(used_up.id, units=1, key="more", actor_id=None, at=timezone.now(), note="More")
    assert carla.post("/requests", request_body(used_up.id), key=key).content == refused.content
    assert carla.post("/requests", request_body(used_up.id), key=new_key()).status_code == 201
    assert not Draft.objects.filter(case=None).exists()


def test_what_could_not_be_read_does_not_use_the_key_up(plan: world.Agreement) -> None:
    carla, key = program("carla"), new_key()
    for changes, status in (({"problem__summary": ""}, 422), ({"nonsense": 1}, 422), ({}, 201)):
        assert carla.post("/requests", request_body(plan.id, **changes), key=key).status_code == status


def test_a_key_is_known_for_a_day_and_what_it_made_for_good(plan: world.Agreement) -> None:
    key, now = new_key(), timezone.now()
    with time_machine.travel(now, tick=False):
        first = program("carla").post("/requests", request_body(plan.id), key=key)
    with time_machine.travel(now + timedelta(hours=23, minutes=59), tick=False):
        forget_old_keys_and_counts(0)
        other = program("carla").post("/requests", request_body(plan.id, problem__summary="Another"), key=key)
        assert kind(other) == "key-reused"
    with time_machine.travel(now + timedelta(hours=24), tick=False):
        # Not cleared away yet, but over: the very same request still makes nothing new.
        again = program("carla").post("/requests", request_body(plan.id), key=key)
        assert (again.json()["number"], "Idempotency-Replayed" in again) == (first.json()["number"], False)
        assert (Case.objects.count(), left(plan)) == (1, 4)
    with time_machine.travel(now + timedelta(days=3), tick=False):
        forget_old_keys_and_counts(0)
        assert not IdempotencyKey.objects.exists()
        assert not RequestCount.objects.exists()
        other = program("carla").post("/requests", request_body(plan.id, problem__summary="Another"), key=key)
        assert other.status_code == 201


def test_the_key_of_what_is_made_cannot_be_guessed() -> None:
    attempt = Attempt(1, "create-request", "k", b"x" * 32)
    assert attempt.derived == Attempt(1, "create-request", "k", b"x" * 32).derived
    others = [
        Attempt(2, "create-request", "k", b"x" * 32),
        Attempt(1, "add-message", "k", b"x" * 32),
        Attempt(1, "create-request", "l", b"x" * 32),
        Attempt(1, "create-request", "k", b"y" * 32),
    ]
    assert len({attempt.derived, *(other.derived for other in others)}) == 5


# The races need connections of their own, so these tests commit.

COMMITS = pytest.mark.django_db(transaction=True)


def race(act: Callable[[Program], Any], asking: list[Program]) -> list[Any]:
    """Everybody acts at the same moment, each on a connection of its own."""
    barrier = threading.Barrier(len(asking))

    def run(program: Program) -> Any:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=60)
            return act(program)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(asking)) as racers:
        return list(racers.map(run, asking))


def racers() -> list[Program]:
    one = program("carla")
    return [Program(one.token) for _ in range(RACERS)]


@COMMITS
@pytest.mark.req("AGR-10")
@override_settings(API_RATE_OF_TOKEN=10_000, API_RATE_OF_ACCOUNT=10_000)
def test_50_times_the_same_request_at_once_makes_one(plan: world.Agreement) -> None:
    body, key = request_body(plan.id), new_key()
    answers = race(lambda asking: asking.post("/requests", body, key=key), racers())
    told = Counter(answer.status_code for answer in answers)
    assert set(told) <= {201, 409}
    assert told[201] >= 1
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert sum("Idempotency-Replayed" not in answer for answer in answers if answer.status_code == 201) == 1
    for answer in answers:
        if answer.status_code == 409:
            assert (kind(answer), answer["Retry-After"]) == ("key-in-use", "1")
    assert (Case.objects.count(), left(plan)) == (1, 4)
    assert LedgerEntry.objects.filter(kind="deduct").count() == 1
    assert IdempotencyKey.objects.count() == 1


@COMMITS
@override_settings(API_RATE_OF_TOKEN=10_000, API_RATE_OF_ACCOUNT=10_000)
def test_without_the_turns_the_derived_key_still_makes_one(
    plan: world.Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A twin: nobody waits for a turn, and no first answer is found."""
    monkeypatch.setattr(idempotency, "_take_turn", lambda attempt: None)
    monkeypatch.setattr(idempotency, "_known", lambda attempt, at: None)
    monkeypatch.setattr(idempotency, "_keep", lambda attempt, response, at: None)
    body, key = request_body(plan.id), new_key()
    answers = race(lambda asking: asking.post("/requests", body, key=key), racers())
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["number"] for answer in answers}) == 1
    assert (Case.objects.count(), left(plan)) == (1, 4)


@COMMITS
@override_settings(API_RATE_OF_TOKEN=10_000, API_RATE_OF_ACCOUNT=10_000)
def test_without_any_guard_the_same_race_makes_many(
    plan: world.Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin without both guards sees the loss that they prevent."""
    monkeypatch.setattr(idempotency, "_take_turn", lambda attempt: None)
    monkeypatch.setattr(idempotency, "_known", lambda attempt, at: None)
    monkeypatch.setattr(idempotency, "_keep", lambda attempt, response, at: None)
    own = threading.local()
    monkeypatch.setattr(
        Attempt, "derived", property(lambda attempt: own.__dict__.setdefault("key", random_key()))
    )
    body, key = request_body(plan.id), new_key()
    answers = race(lambda asking: asking.post("/requests", body, key=key), racers())
    assert sum(answer.status_code == 201 for answer in answers) == 5
    assert (Case.objects.count(), left(plan)) == (5, 0)


@COMMITS
def test_while_the_first_is_being_worked_on_the_second_is_told_to_wait(
    plan: world.Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    keep = idempotency._keep

    def slowly(*args: Any, **kwargs: Any) -> None:
        begun.set()
        assert go_on.wait(timeout=30)
        keep(*args, **kwargs)

    monkeypatch.setattr(idempotency, "_keep", slowly)
    carla, key = program("carla"), new_key()
    body = request_body(plan.id)

    def first() -> Any:
        try:
            return Program(carla.token).post("/requests", body, key=key)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as aside:
        asked = aside.submit(first)
        assert begun.wait(timeout=30)
        # Nothing of it is there for others, and another key of the same account need not wait for it.
        assert not Case.objects.exists()
        waiting = carla.post("/requests", body, key=key)
        assert (waiting.status_code, kind(waiting)) == (409, "key-in-use")
        go_on.set()
        answer = asked.result(timeout=30)
    assert answer.status_code == 201
    assert carla.post("/requests", body, key=key).content == answer.content
    assert Case.objects.count() == 1


@COMMITS
@pytest.mark.req("AGR-10")
def test_a_crash_before_the_answer_was_kept_leaves_nothing_and_repeating_works(
    plan: world.Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server ends the connection when all is written but the answer: nothing of it stays."""

    def end_the_connection(*args: object, **kwargs: object) -> None:
        with psycopg.connect(**connection.get_connection_params()) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
        keep(*args, **kwargs)

    keep = idempotency._keep
    carla, key = program("carla"), new_key()
    carla.client.raise_request_exception = False
    monkeypatch.setattr(idempotency, "_keep", end_the_connection)
    away = carla.post("/requests", request_body(plan.id), key=key)
    assert (away.status_code, kind(away)) == (503, "away")
    assert away["Retry-After"]
    connection.close()
    assert (Case.objects.count(), left(plan), Draft.objects.count()) == (0, 5, 0)

    monkeypatch.undo()
    assert carla.post("/requests", request_body(plan.id), key=key).status_code == 201
    assert (Case.objects.count(), left(plan)) == (1, 4)


@COMMITS
def test_a_crash_after_everything_was_written_is_answered_from_what_was_kept(plan: world.Agreement) -> None:
    """The answer never arrived: whoever asks again gets that very answer."""
    carla, key = program("carla"), new_key()
    carla.client.raise_request_exception = False
    commit = connection.connection.__class__.commit

    def commit_and_die(self: Any) -> None:
        commit(self)
        raise psycopg.OperationalError("the connection was lost")

    body = request_body(plan.id)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection.connection.__class__, "commit", commit_and_die)
        lost = carla.post("/requests", body, key=key)
    assert lost.status_code == 503
    connection.close()
    assert (Case.objects.count(), left(plan)) == (1, 4)
    again = carla.post("/requests", body, key=key)
    assert (again.status_code, again["Idempotency-Replayed"]) == (201, "true")
    assert again.json()["number"] == f"PD-{Case.objects.get().pk}"
    assert (Case.objects.count(), left(plan)) == (1, 4)


@COMMITS
@override_settings(API_RATE_OF_TOKEN=10_000, API_RATE_OF_ACCOUNT=10_000)
def test_50_different_requests_at_once_for_the_last_incident_make_one() -> None:
    last = world.agreement(units=1, registered=["carla"])
    body = request_body(last.id)
    answers = race(lambda asking: asking.post("/requests", body, key=new_key()), racers())
    told = Counter(answer.status_code for answer in answers)
    assert told == {201: 1, 422: RACERS - 1}
    assert {code for answer in answers if answer.status_code == 422 for code in codes(answer)} == {
        "agreement.no-incidents-left"
    }
    assert (Case.objects.count(), left(last)) == (1, 0)
    assert not Draft.objects.filter(case=None).exists()


@COMMITS
@override_settings(API_RATE_OF_TOKEN=10_000, API_RATE_OF_ACCOUNT=10_000)
def test_50_times_the_same_message_at_once_is_said_once(plan: world.Agreement) -> None:
    carla = program("carla")
    number = carla.post("/requests", request_body(plan.id), key=new_key()).json()["number"]
    key = new_key()
    answers = race(
        lambda asking: asking.post(f"/requests/{number}/messages", {"text": "Hello"}, key=key), racers()
    )
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert Message.objects.count() == 1


@COMMITS
@override_settings(API_RATE_OF_TOKEN=20, API_RATE_OF_ACCOUNT=20)
def test_the_limit_holds_when_everybody_asks_at_once(plan: world.Agreement) -> None:
    """A17: a counter that is read and written in two steps would let more through."""
    with time_machine.travel("2026-11-20T13:02:30Z", tick=False):
        answers = race(lambda asking: asking.get("/severities"), racers())
    assert Counter(answer.status_code for answer in answers) == {200: 20, 429: RACERS - 20}


def test_nothing_is_kept_when_the_transaction_of_the_answer_fails(
    plan: world.Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("no room left")

    monkeypatch.setattr(idempotency, "_keep", fail)
    carla = program("carla")
    carla.client.raise_request_exception = False
    with transaction.atomic():
        failed = carla.post("/requests", request_body(plan.id), key=new_key())
    assert (failed.status_code, kind(failed)) == (500, "fault")
    assert b"no room left" not in failed.content
    assert (Case.objects.count(), left(plan)) == (0, 5)
