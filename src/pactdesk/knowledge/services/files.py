"""Articles as files: a head in YAML between two lines of dashes, and below it the text in Markdown."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from pactdesk.catalog.services.reading import CatalogMistakes, Document, Mistake, Trail, described, read_bytes
from pactdesk.kernel.text import hidden_characters, tidy, tidy_line
from pactdesk.kernel.worded import FALLBACK, LANGUAGES
from pactdesk.knowledge.body import complaints
from pactdesk.knowledge.rules import WORDS_VERSION

MOST_IN_TITLE: Final = 200
MOST_IN_SUMMARY: Final = 400
MOST_BYTES: Final = 200_000
_DASHES: Final = "---"
_OF_ALL: Final = ("number", "title", "summary")
_OF_ORIGINALS: Final = (
    *_OF_ALL, "revision", "last_reviewed_on", "products", "categories", "problem_types", "roles", "language",
)  # fmt: skip
_OF_TRANSLATIONS: Final = (*_OF_ALL, "language", "of_revision", "machine_translated")


class ArticleMistakes(Exception):
    """Article files were refused. `mistakes` holds every mistake that was found, by file and line."""

    def __init__(self, mistakes: Collection[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes))
        super().__init__("\n".join(map(str, self.mistakes)))


@dataclass(frozen=True, slots=True)
class Known:
    """The codes that a file may name."""

    products: frozenset[str]
    categories: frozenset[str]
    problem_types: frozenset[str]
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class ArticleFile:
    """A file in which everything can be meant.

    `revision` is that of the article, or, in a translation, the revision that it renders. What the article applies to
    stands in the original only.
    """

    source: str
    digest: str
    number: int
    language: str
    revision: int
    title: str
    summary: str
    body: str
    machine_translated: bool
    last_reviewed_on: date
    products: tuple[str, ...]
    categories: tuple[str, ...]
    problem_types: tuple[str, ...]
    roles: tuple[str, ...]
    head: Document = field(compare=False, repr=False)

    def mistake(self, key: str, expected: str, got: str) -> Mistake:
        """A mistake at `key` of this file's head, found when it was held against something else."""
        place = Document(self.source, values=self.head.values, keys=self.head.keys)
        place.report((key,), expected, got)
        return place.mistakes[0]


def read_folder(folder: Path, known: Known) -> list[ArticleFile]:
    """Every article file (*.md) in `folder`, in the order of their names.

    Raises `ArticleMistakes` with the mistakes of all files together.
    """
    paths = sorted(folder.glob("*.md"))
    if not paths:
        raise ArticleMistakes([Mistake(str(folder), 1, 1, "the folder", "article files (*.md)", "none")])
    files: list[ArticleFile] = []
    mistakes: list[Mistake] = []
    for path in paths:
        try:
            files.append(_read(path, known))
        except ArticleMistakes as error:
            mistakes += error.mistakes
    mistakes += _contradictions(files, complete=not mistakes)
    if mistakes:
        raise ArticleMistakes(mistakes)
    return files


def _contradictions(files: list[ArticleFile], *, complete: bool) -> list[Mistake]:
    """What the files say against each other. Originals are missed only where every file could be read."""
    mistakes = []
    first: dict[tuple[int, str], ArticleFile] = {}
    for file in files:
        other = first.setdefault((file.number, file.language), file)
        if other is not file:
            wanted = f"a number and language that only one file has ({other.source} has them too)"
            mistakes.append(file.mistake("number", wanted, f"{file.number} in {file.language}"))
    for file in files:
        original = first.get((file.number, FALLBACK))
        if original is None:
            if complete:
                mistakes.append(
                    file.mistake("number", "the number of an article in English", str(file.number))
                )
        elif file.revision > original.revision:
            wanted = f"a revision that {original.source} has reached, at most {original.revision}"
            mistakes.append(file.mistake("of_revision", wanted, str(file.revision)))
    return mistakes


def _read(path: Path, known: Known) -> ArticleFile:
    source = path.name
    content = path.read_bytes()
    if len(content) > MOST_BYTES:
        raise _refused(source, 1, "the file", f"at most {MOST_BYTES} bytes", f"{len(content)}")
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _refused(
            source, line, "the file", "text in UTF-8", f"the byte {content[error.start]:#04x}"
        ) from None
    lines = text.split("\n")
    if lines[0].rstrip() != _DASHES:
        raise _refused(source, 1, "the head", f"a line {_DASHES}", repr(lines[0][:40]))
    end = next((number for number, line in enumerate(lines) if number and line.rstrip() == _DASHES), 0)
    if not end:
        raise _refused(source, len(lines), "the head", f"a line {_DASHES} at its end", "none")
    try:
        # The first dashes are kept, so that YAML counts lines as the file does.
        document = read_bytes("\n".join(lines[:end]).encode(), source)
    except CatalogMistakes as error:
        raise ArticleMistakes(error.mistakes) from None
    head = _Head(document, known)
    file = head.file(source, _digest(content), "\n".join(lines[end + 1 :]))
    mistakes = document.mistakes + _mistakes_in_body(source, lines[end + 1 :], end + 2)
    if mistakes or file is None:
        raise ArticleMistakes(mistakes)
    return file


def _digest(content: bytes) -> str:
    return hashlib.sha256(f"{WORDS_VERSION}\n".encode() + content).hexdigest()


def _refused(file: str, line: int, place: str, expected: str, got: str) -> ArticleMistakes:
    return ArticleMistakes([Mistake(file, line, 1, place, expected, got)])


def _mistakes_in_body(file: str, lines: list[str], first: int) -> list[Mistake]:
    if not any(line.strip() for line in lines):
        return [Mistake(file, first, 1, "the text", "text below the head", "nothing")]
    mistakes = [
        Mistake(file, first + number, 1, "the text", "text without control characters", ", ".join(hidden))
        for number, line in enumerate(lines)
        if (hidden := hidden_characters(line))
    ]
    mistakes += [
        Mistake(file, first + line, 1, "the text", expected, got)
        for line, expected, got in complaints("\n".join(lines))
    ]
    return mistakes


class _Head:
    """The head of a file, read key by key; what cannot be meant is reported to the document."""

    def __init__(self, document: Document, known: Known) -> None:
        self._document = document
        self._known = known
        self._data: dict[str, Any] = document.data if isinstance(document.data, dict) else {}

    def file(self, source: str, digest: str, body: str) -> ArticleFile | None:
        """The file with this head, or None where a mistake was reported."""
        if not isinstance(self._document.data, dict):
            self._document.report((), "keys with values", described(self._document.data))
            return None
        language = self._data.get("language", FALLBACK)
        if language not in LANGUAGES:
            self._document.report(("language",), f"one of {', '.join(LANGUAGES)}", described(language))
            return None  # which keys are wanted depends on it
        original = language == FALLBACK
        self._refuse_unknown_keys(_OF_ORIGINALS if original else _OF_TRANSLATIONS)
        file = ArticleFile(
            source=source,
            digest=digest,
            number=self._whole("number"),
            language=language,
            revision=self._whole("revision" if original else "of_revision"),
            title=self._line("title", MOST_IN_TITLE),
            summary=self._line("summary", MOST_IN_SUMMARY),
            body=tidy(body),
            machine_translated=not original and self._flag("machine_translated"),
            last_reviewed_on=self._day("last_reviewed_on") if original else date.min,
            products=self._codes("products", "product", self._known.products) if original else (),
            categories=self._codes("categories", "category", self._known.categories) if original else (),
            problem_types=(
                self._codes("problem_types", "problem type", self._known.problem_types) if original else ()
            ),
            roles=self._codes("roles", "role", self._known.roles) if original else (),
            head=self._document,
        )
        return None if self._document.mistakes else file

    def _refuse_unknown_keys(self, keys: Collection[str]) -> None:
        for key in self._data:
            if key not in keys:
                expected = f"one of the keys {', '.join(keys)}{_closest(key, keys)}"
                self._document.report((key,), expected, repr(key), at_key=True)

    def _line(self, key: str, most: int) -> str:
        value = self._data.get(key)
        line = tidy_line(value) if isinstance(value, str) else ""
        if not line or len(line) > most:
            got = f"{len(line)} characters" if line else described(value)
            self._report((key,), f"text of at most {most} characters", got)
        elif hidden := hidden_characters(line):
            self._report((key,), "text without control characters", ", ".join(hidden))
        return line

    def _whole(self, key: str) -> int:
        value = self._data.get(key)
        if not isinstance(value, str) or not re.fullmatch(r"[1-9][0-9]{0,8}", value):
            self._report((key,), "a whole number of at least 1", described(value))
            return 0
        return int(value)

    def _flag(self, key: str) -> bool:
        value = self._data.get(key, "false")
        if value not in ("true", "false"):
            self._report((key,), "true or false", described(value))
        return bool(value == "true")

    def _day(self, key: str) -> date:
        value = self._data.get(key)
        try:
            if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
                raise ValueError
            return date.fromisoformat(value)
        except ValueError:
            self._report((key,), "a day written as 2026-11-20", described(value))
            return date.min

    def _codes(self, key: str, noun: str, known: Collection[str]) -> tuple[str, ...]:
        value = self._data.get(key)
        if key not in self._data:
            return ()
        if not isinstance(value, list):
            self._report((key,), f"a list of codes, each of a {noun}", described(value))
            return ()
        for index, code in enumerate(value):
            if not isinstance(code, str) or code not in known:
                expected = f"the code of a {noun}{_closest(str(code), known)}"
                self._report((key, index), expected, described(code))
            elif code in value[:index]:
                self._report((key, index), "each code once", repr(code))
        return tuple(map(str, value))

    def _report(self, trail: Trail, expected: str, got: str) -> None:
        self._document.report(trail, expected, got, at_key=trail[0] not in self._data)


def _closest(given: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(given, sorted(known), n=1, cutoff=0.6)
    return f' (did you mean "{close[0]}"?)' if close else ""
