"""Which fact is which event, what it says, when a call is tried again, and what an endpoint may be."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from pactdesk.kernel.outbound import Borders
from pactdesk.notifications.rules.endpoints import endpoint_fits, may_add_another, may_be_tested
from pactdesk.notifications.rules.events import EVENT_TYPES, Subject, body_of, data_of, event_of
from pactdesk.notifications.rules.retries import (
    GIVE_UP_AFTER,
    WAITS,
    asked_to_wait,
    failed_too_long,
    next_attempt,
    resume_after,
)

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)
SUBJECT = Subject("PD-100123", "in-progress", "B", False, "https://support.example/requests/PD-100123/")
OPEN = Borders(frozenset({443}))


@pytest.mark.parametrize(
    ("code", "payload", "event"),
    [
        ("case.opened", {}, "request.opened"),
        ("case.message-added", {"kind": "public"}, "request.message"),
        ("case.message-added", {"kind": "internal"}, None),
        ("case.file-added", {"internal": False}, "request.file-added"),
        ("case.file-added", {"internal": True}, None),
        ("case.transferred", {}, None),
        ("case.released", {}, None),
        ("case.linked", {}, None),
        ("agreement.pair-replaced", {}, None),
    ],
)
def test_the_desks_own_matters_are_no_events(
    code: str, payload: dict[str, object], event: str | None
) -> None:
    assert event_of(code, payload) == event


def test_an_event_says_codes_and_links_and_nobodys_words() -> None:
    payload = {"case": 100123, "message": 7, "kind": "public", "side": "vendor", "text": "secret words"}
    data = data_of("case.message-added", payload, SUBJECT)
    assert data == {
        "number": "PD-100123",
        "status": "in-progress",
        "severity": "B",
        "message": 7,
        "side": "vendor",
        "links": {"page": "https://support.example/requests/PD-100123/"},
    }


def test_who_was_added_is_not_told_to_programs() -> None:
    payload = {"case": 1, "contact": 2, "name": "Cem", "email": "cem@example.org", "side": "requester"}
    assert set(data_of("case.contact-added", payload, SUBJECT)) == {"number", "status", "severity", "links"}
    payload = {"case": 1, "owner": 5, "owner_name": "Ines", "before": None}
    assert "Ines" not in json.dumps(data_of("case.assigned", payload, SUBJECT))
    payload = {
        "case": 1,
        "outcome": "non-decrement",
        "cause": "product-fault",
        "credited": 1,
        "side": "vendor",
    }
    assert "cause" not in data_of("case.closed", payload, SUBJECT)


def test_the_body_is_one_line_of_json_with_the_fields_in_order() -> None:
    body = body_of("request.opened", event_id="evt_x", at=NOW, sequence=3, is_test=True, data={"a": "ä"})
    assert body == (
        '{"id":"evt_x","type":"request.opened","timestamp":"2026-11-20T13:02:00.000Z","sequence":3,"test":true,'
        '"data":{"a":"ä"}}'
    )


@pytest.mark.parametrize("failures", range(1, 14))
def test_a_delivery_waits_longer_after_each_failure_but_never_past_three_days(failures: int) -> None:
    give_up = NOW + GIVE_UP_AFTER
    soonest = next_attempt(failures, give_up_at=give_up, at=NOW, jitter=0.0)
    latest = next_attempt(failures, give_up_at=give_up, at=NOW, jitter=1.0)
    wait = WAITS[min(failures, len(WAITS)) - 1]
    assert soonest == NOW + timedelta(seconds=wait * 0.8)
    assert latest == NOW + timedelta(seconds=wait * 1.2)


@pytest.mark.parametrize("jitter", [0.0, 0.5, 1.0])
def test_about_fifteen_attempts_are_spread_over_three_days_and_then_none_is_left(jitter: float) -> None:
    at, give_up, attempts = NOW, NOW + GIVE_UP_AFTER, 0
    while True:
        attempts += 1
        again = next_attempt(attempts, give_up_at=give_up, at=at, jitter=jitter)
        if again is None:
            break
        assert at < again <= give_up
        at = again
    assert at == give_up
    assert 13 <= attempts <= 17


@pytest.mark.parametrize(
    ("consecutive", "seconds"), [(1, 0), (2, 0), (3, 30), (4, 60), (5, 120), (9, 3600), (500, 3600)]
)
def test_an_endpoint_that_only_fails_is_tried_ever_more_seldom(consecutive: int, seconds: int) -> None:
    expected = NOW + timedelta(seconds=seconds) if seconds else None
    assert resume_after(consecutive, at=NOW, jitter=0.5) == expected


@pytest.mark.parametrize(
    ("status", "header", "wait"),
    [
        (429, "120", 120),
        (503, "0", 0),
        (500, "120", None),
        (429, "soon", None),
        (429, "-5", None),
        (429, "²", None),
    ],
)
def test_an_endpoint_that_asks_for_patience_gets_it(status: int, header: str, wait: int | None) -> None:
    assert asked_to_wait(status, header) == (None if wait is None else timedelta(seconds=wait))


def test_nobody_asks_for_more_than_six_hours() -> None:
    asked = asked_to_wait(429, "9999999")
    assert resume_after(1, at=NOW, jitter=0.5, asked_for=asked) == NOW + timedelta(hours=6)


def test_five_days_of_failures_are_too_many() -> None:
    assert not failed_too_long(NOW, at=NOW + timedelta(days=5) - timedelta(seconds=1))
    assert failed_too_long(NOW, at=NOW + timedelta(days=5))


@pytest.mark.parametrize(
    ("url", "description", "events", "codes"),
    [
        ("https://hooks.example.com/", "CI", ["request.opened"], ()),
        ("http://hooks.example.com/", "", [], ("url.not-https", "webhook.no-events")),
        ("https://10.0.0.1/", "", ["request.opened"], ("url.host-is-address",)),
        (
            "https://hooks.example.com/",
            "x" * 201,
            ["a"],
            ("webhook.description-too-long", "webhook.unknown-event"),
        ),
        (
            "https://hooks.example.com/",
            "a\u202eb",
            ["request.opened"],
            ("webhook.description-hidden-characters",),
        ),
    ],
)
def test_an_endpoint_is_refused_with_every_reason(
    url: str, description: str, events: list[str], codes: tuple[str, ...]
) -> None:
    assert endpoint_fits(url, description, events, OPEN).codes == codes


def test_there_is_a_limit_to_endpoints_and_to_tests() -> None:
    assert may_add_another(9).allowed
    assert may_add_another(10).codes == ("webhook.too-many-endpoints",)
    assert may_be_tested(19).allowed
    assert may_be_tested(20).codes == ("webhook.too-many-tests",)


def test_every_event_has_a_name_of_its_own() -> None:
    assert len(set(EVENT_TYPES)) == len(EVENT_TYPES)
    assert all(each.startswith(("request.", "agreement.")) for each in EVENT_TYPES)
