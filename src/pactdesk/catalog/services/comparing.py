"""What a catalogue file would change: two pictures of the catalogue are compared, without touching either."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Entry:
    """One row as plain data: numbers, text, dates, and lists and dicts of them. References are codes.

    `edited_at` says when an operator changed it in the admin, if that has not been overwritten since.
    """

    fields: Mapping[str, Any]
    retired: bool = False
    edited_at: datetime | None = None


# Entries by noun ("product version"), then by code ("exchange-server/2019").
Picture = Mapping[str, Mapping[str, Entry]]

POSITION: Final = "position"


class Kind(StrEnum):
    ADD = "add"
    CHANGE = "change"
    RETIRE = "retire"
    BRING_BACK = "bring back"


_SIGNS: Final = {Kind.ADD: "+", Kind.CHANGE: "~", Kind.RETIRE: "-", Kind.BRING_BACK: "^"}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value that becomes another. `name` is dotted where it lies within a field: "name.cs"."""

    name: str
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.name}: {_shown(self.before)} -> {_shown(self.after)}"


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one entry. `fields` tells every value that changes; for an entry that is added, what it gets."""

    kind: Kind
    noun: str
    code: str
    fields: tuple[FieldChange, ...] = ()
    overwrites_edit_of: datetime | None = None

    @property
    def only_order(self) -> bool:
        return self.kind is Kind.CHANGE and all(changed.name == POSITION for changed in self.fields)

    def lines(self) -> Iterator[str]:
        """The change as people read it in a terminal, its values indented below it."""
        verb = {
            Kind.ADD: "is added",
            Kind.CHANGE: "changes",
            Kind.RETIRE: "is retired",
            Kind.BRING_BACK: "comes back",
        }[self.kind]
        edit = ""
        if self.overwrites_edit_of is not None:
            edit = f" (this overwrites an edit made in the admin on {self.overwrites_edit_of:%Y-%m-%d %H:%M} UTC)"
        yield f"{_SIGNS[self.kind]} {self.noun} {self.code} {verb}{edit}"
        if self.kind is not Kind.ADD:
            yield from (f"    {changed}" for changed in self.fields if changed.name != POSITION)


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """Everything that applying a file would do, in the order in which it would be done."""

    changes: tuple[Change, ...] = ()
    desired: Picture = field(default_factory=dict, repr=False, compare=False)
    digest: str = ""

    @property
    def empty(self) -> bool:
        return not self.changes

    def of(self, kind: Kind) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.kind is kind)

    def lines(self) -> Iterator[str]:
        """The plan as people read it in a terminal."""
        if self.empty:
            yield "Nothing to change: the catalogue is as the file says."
            return
        for change in self.changes:
            if not change.only_order:
                yield from change.lines()
        moved = sum(change.only_order for change in self.changes)
        if moved:
            yield f"~ the order of {moved} {'entry' if moved == 1 else 'entries'} changes"
        counts = [f"{len(self.of(kind))} to {kind.value}" for kind in Kind if self.of(kind)]
        yield f"{', '.join(counts)}."


def compare(current: Picture, desired: Picture, *, digest: str = "") -> ChangePlan:
    """What makes `current` into `desired`. Entries that `desired` does not name are retired, never removed.

    Retirements come first, from the last noun to the first, so that nothing in use is retired under what uses it; then
    the rest in the order of the nouns.
    """
    retired = [
        Change(Kind.RETIRE, noun, code, overwrites_edit_of=entry.edited_at)
        for noun in reversed(tuple(current))
        for code, entry in current[noun].items()
        if not entry.retired and code not in desired.get(noun, {})
    ]
    kept = [
        change
        for noun, entries in desired.items()
        for code, wanted in entries.items()
        if (change := _change(noun, code, current.get(noun, {}).get(code), wanted)) is not None
    ]
    return ChangePlan((*retired, *kept), desired, digest)


def _change(noun: str, code: str, present: Entry | None, wanted: Entry) -> Change | None:
    if present is None:
        return Change(Kind.ADD, noun, code, tuple(_differences({}, wanted.fields)))
    fields = tuple(_differences(present.fields, wanted.fields))
    if present.retired:
        return Change(Kind.BRING_BACK, noun, code, fields, present.edited_at)
    return Change(Kind.CHANGE, noun, code, fields, present.edited_at) if fields else None


def _differences(
    before: Mapping[str, Any], after: Mapping[str, Any], within: str = ""
) -> Iterator[FieldChange]:
    # In the order of the file; the database keeps the keys of a worded value in an order of its own.
    for name in dict.fromkeys((*after, *before)):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _differences(old, new, f"{within}{name}.")
        else:
            yield FieldChange(f"{within}{name}", old, new)


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_shown(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return str(value)
