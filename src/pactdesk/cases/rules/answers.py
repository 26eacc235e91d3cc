"""What has been answered so far in a guided request, as it is kept in a draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Self, TypeVar

AROUND_THE_CLOCK = "24x7"
BUSINESS_HOURS = "business"

USAGES = ("it-professional", "developer", "partner")


@dataclass(frozen=True, slots=True)
class Problem:
    """Step 1. Codes of the catalogue, and the requester's own words.

    `subscription` is the number of the one that it concerns, "" where none is named; `best_effort` is "on" where help
    is asked for that needs no access to it (RTE-3). `answers` are those to the questions that are asked besides, by the
    question's code.
    """

    product: str = ""
    version: str = ""
    usage: str = ""
    category: str = ""
    problem: str = ""
    summary: str = ""
    description: str = ""
    subscription: str = ""
    best_effort: str = ""
    feature: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Support:
    """Step 2. `hours` is "24x7" or "business", "" until it was chosen; the day-and-night contact belongs to the former
    (SEV-4): `night_time_zone` "" is the zone of the request, `night_agreed` "on" where it was confirmed. The wish for a
    call back has up to two days, as in "2026-11-20", and a part of the day (RTE-2)."""

    agreement_id: int | None = None
    severity: str = ""
    hours: str = ""
    night_name: str = ""
    night_phone: str = ""
    country: str = ""
    time_zone: str = ""
    call_day: str = ""
    call_other_day: str = ""
    call_window: str = ""
    night_time_zone: str = ""
    night_agreed: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Steps 3 and 4: somebody who will see the request. `email` is kept in lower case."""

    name: str = ""
    email: str = ""
    phone: str = ""
    time_zone: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """All steps together. `done` names the steps that were completed and not reopened since."""

    problem: Problem = Problem()
    support: Support = Support()
    contact: Person = Person()
    share: tuple[Person, ...] = ()
    done: frozenset[str] = field(default_factory=frozenset)

    def with_step(self, step: str, value: Problem | Support | Person | tuple[Person, ...] | None) -> Self:
        """These answers with one step answered anew. What was verified before has to be verified again (WIZ-1)."""
        done = (self.done | {step}) - ({"verify"} if step != "verify" else set())
        changed: dict[str, Any] = {} if value is None else {step: value}
        return replace(self, **changed, done=frozenset(done))

    def with_unfinished(
        self, step: str, value: Problem | Support | Person | tuple[Person, ...] | None
    ) -> Self:
        """These answers with what was typed in a step that is not complete.

        Where it is what stands there already, nothing is reopened: it was kept once more.
        """
        if value is not None and value == getattr(self, step):
            return self
        done = self.done - {step, "verify"}
        changed: dict[str, Any] = {} if value is None else {step: value}
        return replace(self, **changed, done=frozenset(done))

    def as_data(self) -> dict[str, Any]:
        """JSON-ready data, for the draft's row."""
        data = asdict(self)
        data["share"] = list(data["share"])
        data["done"] = sorted(self.done)
        return data

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """The answers in a draft's row. Fields that a newer version added are empty."""
        return cls(
            problem=_read(Problem, data.get("problem")),
            support=_read(Support, data.get("support")),
            contact=_read(Person, data.get("contact")),
            share=tuple(_read(Person, person) for person in data.get("share", ())),
            done=frozenset(data.get("done", ())),
        )


Answered = TypeVar("Answered", Problem, Support, Person)


def _read(kind: type[Answered], data: Mapping[str, Any] | None) -> Answered:
    known = {field.name for field in fields(kind)}
    return kind(**{name: value for name, value in (data or {}).items() if name in known})
