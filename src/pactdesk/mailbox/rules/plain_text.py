"""HTML of a mail as plain text, in time that grows with its length only.

Nothing of the HTML is ever shown: what comes out is text, which pages escape like any other. A tree of it is not made,
because that takes square time for deep nesting, and the length of a mail is the sender's choice.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from pactdesk.kernel.text import without_hidden

MOST_QUOTE_MARKS = 20
_SKIPPED = re.compile("head|style|script|title|template|noscript|svg|math|object|textarea|select")
_WITH_SPACE_AROUND = re.compile("p|table|ul|ol|dl|pre|blockquote|h[1-6]")
_BLOCK = re.compile("div|br|tr|li|dt|dd|hr|section|article|header|footer|center|form|fieldset|address")
_TAG = re.compile(r"(/?)([a-zA-Z][a-zA-Z0-9:]{0,30})")
_SPACE = re.compile(r"[ \t\r\n\f\v]+")


def text_of_html(source: str) -> str:
    """What a reader would see of `source`: blocks on lines of their own, lists with dashes, quotes marked with ">"."""
    writer = _Writer()
    for is_tag, piece in _pieces(source):
        if not is_tag:
            writer.say(piece)
        elif match := _TAG.match(piece):
            writer.tag(match.group(2).lower(), is_end=bool(match.group(1)))
    return writer.text()


def _pieces(source: str) -> Iterator[tuple[bool, str]]:
    """Text and the insides of tags, in turn. Comments are left out; every character is looked at a bounded number of
    times, also where nothing is ever closed."""
    place, length = 0, len(source)
    no_more_comments = False
    while place < length:
        opening = source.find("<", place)
        if opening < 0:
            yield False, source[place:]
            return
        if opening > place:
            yield False, source[place:opening]
        follower = source[opening + 1 : opening + 2]
        if source.startswith("<!--", opening) and not no_more_comments:
            end = source.find("-->", opening + 4)
            if end < 0:
                no_more_comments = True  # it is not looked for again, or time would be square
                end = opening + 1
            place = end + 3
        elif follower.isascii() and (follower.isalpha() or follower in {"/", "!", "?"}) and follower:
            end = source.find(">", opening)
            if end < 0:
                return
            yield True, source[opening + 1 : end]
            place = end + 1
        else:
            place = opening
            while source.startswith("<<", place):
                place += 1
            place = max(place, opening + 1)
            yield False, source[opening:place]


class _Writer:
    """Puts lines together from the pieces of the source."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.words: list[str] = []
        self.quotes = 0
        self.preformatted = 0
        self.skipping = ""

    def tag(self, name: str, *, is_end: bool) -> None:
        if self.skipping:
            if (is_end and name == self.skipping) or (self.skipping == "head" and name == "body"):
                self.skipping = ""
            return
        if _SKIPPED.fullmatch(name) and not is_end:
            self.skipping = name
        elif name in {"td", "th"}:
            self.words.append(" ")
        elif _BLOCK.fullmatch(name) or _WITH_SPACE_AROUND.fullmatch(name):
            self._block(name, is_end)

    def _block(self, name: str, is_end: bool) -> None:
        if name == "br":
            self.end_line(keep_empty=True)
            return
        self.end_line()
        if _WITH_SPACE_AROUND.fullmatch(name):
            self.blank_line()
        if name == "blockquote":
            self.quotes = min(MOST_QUOTE_MARKS, max(0, self.quotes + (-1 if is_end else 1)))
        elif name == "pre":
            self.preformatted = max(0, self.preformatted + (-1 if is_end else 1))
        elif name == "li" and not is_end:
            self.words.append("- ")
        elif name == "hr":
            self.words.append("_" * 32)
            self.end_line()

    def say(self, text: str) -> None:
        if self.skipping:
            return
        text = without_hidden(html.unescape(text))
        if not self.preformatted:
            self.words.append(_SPACE.sub(" ", text))
            return
        first, *others = text.split("\n")
        self.words.append(first)
        for line in others:
            self.end_line(keep_empty=True)
            self.words.append(line)

    def end_line(self, *, keep_empty: bool = False) -> None:
        line = "".join(self.words)
        line = line.rstrip() if self.preformatted else _SPACE.sub(" ", line).strip()
        self.words = []
        if line or keep_empty:
            self.lines.append(f"{'>' * self.quotes} {line}".rstrip() if self.quotes else line)

    def blank_line(self) -> None:
        if self.lines and self.lines[-1].strip("> "):
            self.lines.append(">" * self.quotes)

    def text(self) -> str:
        self.end_line()
        return "\n".join(self.lines).replace("\xa0", " ").strip("\n")
