"""Answers of rules: a decision carries every reason that applies, as values and never as sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reason:
    """One refusal: a stable dotted code ("agreement.expired") and the values its sentence needs.

    `params` holds only JSON-ready values (text, numbers, ISO dates), so that a reason can be stored and sent.
    """

    code: str
    params: Params = field(default_factory=lambda: MappingProxyType({}))

    def as_data(self) -> dict[str, Any]:
        """The JSON form: {"code": …, "params": {…}}."""
        return {"code": self.code, "params": dict(self.params)}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Reason:
        """The reason that `as_data` wrote down."""
        return cls(code=str(data["code"]), params=dict(data.get("params", {})))


@dataclass(frozen=True, slots=True)
class Decision:
    """What a rule answers. Allowed when nothing refuses; all refusals that apply are collected (ELI-10)."""

    refusals: tuple[Reason, ...] = ()

    @property
    def allowed(self) -> bool:
        return not self.refusals

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the refusals, in the order in which the rule found them."""
        return tuple(reason.code for reason in self.refusals)

    def __iter__(self) -> Iterator[Reason]:
        return iter(self.refusals)

    def and_also(self, others: Iterable[Reason]) -> Decision:
        """This decision with more refusals behind its own."""
        return Decision((*self.refusals, *others))


ALLOWED = Decision()


class Refused(Exception):
    """A verb could not do what was asked. Rooms raise their own `Cannot…` children, which carry the decision."""

    def __init__(self, *reasons: Reason) -> None:
        self.decision = Decision(reasons)
        super().__init__(", ".join(reason.code for reason in reasons))
