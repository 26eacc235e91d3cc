"""Which fact is which event, and how it is written down for programs: thin, in codes, without a word of anybody's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

# What an event about a balance says of it, out of its fact.
_OF_BALANCE = ("units_left", "units_granted", "ends_at")
# The event that a fact is to those who are told, and the fields of the fact that go with it.
_EVENTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "case.opened": ("request.opened", ()),
    "case.message-added": ("request.message", ("message", "side")),
    "case.file-added": ("request.file-added", ("file", "side")),
    "case.status-changed": ("request.status-changed", ("before", "after")),
    "case.assigned": ("request.assigned", ()),
    "case.contact-added": ("request.contact-added", ()),
    "case.contact-removed": ("request.contact-removed", ()),
    "case.closed": ("request.closed", ("outcome", "credited", "side")),
    "case.reopened": ("request.reopened", ("deducted", "side")),
    "case.merged": ("request.merged", ("into",)),
    "case.severity-changed": ("request.severity-changed", ("before", "after", "hours", "side")),
    "case.severity-lowered": ("request.severity-lowered", ("before", "after", "hours")),
    "case.severity-restored": ("request.severity-restored", ("before", "after", "hours")),
    "agreement.balance-low": ("agreement.balance-low", ("step", *_OF_BALANCE)),
    "agreement.ending-soon": ("agreement.ending-soon", ("step", *_OF_BALANCE)),
    "agreement.registered": ("agreement.registered", ()),
}
EVENT_TYPES: tuple[str, ...] = tuple(name for name, _fields in _EVENTS.values())
FACT_CODES: tuple[str, ...] = tuple(_EVENTS)
# Sent when somebody asks for it, to the endpoint that it is asked for.
TEST_EVENT = "endpoint.test"


@dataclass(frozen=True, slots=True)
class Subject:
    """The request that an event is about, as it is now. `url` is that of its page."""

    number: str
    status: str
    severity: str
    is_test: bool
    url: str


def event_of(code: str, payload: Mapping[str, Any]) -> str | None:
    """The type of the event that a fact is, or None where programs of contacts are not told: the desk's own matters."""
    event = _EVENTS.get(code)
    if event is None or payload.get("kind") == "internal" or payload.get("internal"):
        return None
    return event[0]


def data_of(code: str, payload: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    """What the event says about its request."""
    _type, fields = _EVENTS[code]
    return {
        "number": subject.number,
        "status": subject.status,
        "severity": subject.severity,
        **{name: _plain(name, payload[name]) for name in fields},
        "links": {"page": subject.url},
    }


def data_of_agreement(
    code: str, payload: Mapping[str, Any], *, agreement_id: int, unit: str, url: str
) -> dict[str, Any]:
    """What the event says about its agreement, which is never named by its pair. `url` is that of a page about it."""
    _type, fields = _EVENTS[code]
    return {
        "agreement": agreement_id,
        "unit": unit,
        "counted_in": "minutes" if unit == "advisory_hour" else "incidents",
        **{name: payload[name] for name in fields},
        "links": {"page": url},
    }


def _plain(name: str, value: Any) -> Any:
    return f"PD-{value}" if name == "into" else value


def body_of(
    type_: str, *, event_id: str, at: datetime, sequence: int, is_test: bool, data: Mapping[str, Any]
) -> str:
    """The event as it is sent: JSON on one line, the same for every attempt."""
    return json.dumps(
        {
            "id": event_id,
            "type": type_,
            "timestamp": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "sequence": sequence,
            "test": is_test,
            "data": dict(data),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
