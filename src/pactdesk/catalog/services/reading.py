"""Reading YAML so that every value still knows the line and column it came from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

Trail = tuple[str | int, ...]
Spot = tuple[int, int]

# Anchors let a few lines stand for millions of values; no honest catalogue comes near this.
MOST_VALUES: Final = 200_000

# The same reader in C where PyYAML was built with it: several times as fast.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """Something in a catalogue file that cannot be meant. `line` and `column` count from 1."""

    file: str
    line: int
    column: int
    path: str
    expected: str
    got: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.path}: expected {self.expected}, got {self.got}"


class CatalogMistakes(Exception):
    """A catalogue file was refused. `mistakes` holds every mistake that was found, in the order of the file."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes))
        super().__init__("\n".join(map(str, self.mistakes)))


@dataclass(slots=True)
class Document:
    """A YAML file as plain data: dicts, lists, strings and None. Dates and numbers are still text.

    `values` and `keys` say where the value and the key at a trail stand: ("products", "exchange-server", "name").
    """

    file: str
    data: Any = None
    values: dict[Trail, Spot] = field(default_factory=dict)
    keys: dict[Trail, Spot] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def report(self, trail: Trail, expected: str, got: str, *, at_key: bool = False) -> None:
        """Note a mistake at `trail`, or at the nearest place around it that stands in the file."""
        line, column = self._spot(trail, at_key)
        self.mistakes.append(Mistake(self.file, line, column, written(trail), expected, got))

    def at(self, trail: Trail) -> Any:
        """The plain value at `trail`, or None where there is none."""
        value = self.data
        for step in trail:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def _spot(self, trail: Trail, at_key: bool) -> Spot:
        while trail:
            places = (self.keys, self.values) if at_key else (self.values, self.keys)
            for place in places:
                if trail in place:
                    return place[trail]
            trail, at_key = trail[:-1], True
        return self.values.get((), (1, 1))


def written(trail: Trail) -> str:
    """A trail as people write it: "policies.partner.targets.A"; list items count from 1."""
    text = ""
    for step in trail:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".") or "the file"


def described(value: Any) -> str:
    """What was got, in a few words."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "keys with values"
    if isinstance(value, list):
        return "a list"
    text = str(value)
    return repr(text if len(text) <= 60 else text[:57] + "…")


def read(path: Path, *, shown_as: str | None = None) -> Document:
    """The document in the file at `path`. Raises `CatalogMistakes` where it is not YAML, or cannot be read."""
    file = shown_as or str(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CatalogMistakes(
            [Mistake(file, 1, 1, "the file", "a readable file", error.strerror or "an error")]
        ) from error
    return read_bytes(content, file)


def read_bytes(content: bytes, file: str) -> Document:
    """The document in `content`. Raises `CatalogMistakes` where it is not YAML."""
    document = Document(file)
    try:
        node = yaml.compose(content, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        got = error.problem or error.context or "something else"
        raise CatalogMistakes([Mistake(file, line, column, "the file", "YAML", got)]) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CatalogMistakes(
            [Mistake(file, 1, 1, "the file", "YAML in UTF-8", " ".join(str(error).split())[:200])]
        ) from error
    if node is not None:
        document.data = _Builder(document).build(node, ())
    return document


class _Builder:
    """Turns YAML nodes into plain data and notes where each came from."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._count = 0
        self._open: set[int] = set()

    def build(self, node: yaml.Node, trail: Trail) -> Any:
        self._count += 1
        spot = (node.start_mark.line + 1, node.start_mark.column + 1)
        self._document.values[trail] = spot
        if self._count > MOST_VALUES or id(node) in self._open:
            self._document.report(trail, "a value that ends", "an anchor that contains itself")
            raise CatalogMistakes(self._document.mistakes)
        if isinstance(node, yaml.ScalarNode):
            return None if node.tag == "tag:yaml.org,2002:null" else node.value
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.build(item, (*trail, index)) for index, item in enumerate(node.value)]
            return dict(self._entries(node, trail))
        finally:
            self._open.discard(id(node))

    def _entries(self, node: yaml.Node, trail: Trail) -> Iterator[tuple[str, Any]]:
        seen: dict[str, Spot] = {}
        for key_node, value_node in node.value:
            spot = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if not isinstance(key_node, yaml.ScalarNode):
                self._document.mistakes.append(
                    Mistake(
                        self._document.file,
                        *spot,
                        written(trail),
                        "a plain key",
                        "a list or keys with values",
                    )
                )
                continue
            key = str(key_node.value)
            if key in seen:
                self._document.mistakes.append(
                    Mistake(
                        self._document.file,
                        *spot,
                        written((*trail, key)),
                        f"each key once (it also stands in line {seen[key][0]})",
                        "it again",
                    )
                )
                continue
            seen[key] = spot
            self._document.keys[(*trail, key)] = spot
            yield key, self.build(value_node, (*trail, key))
