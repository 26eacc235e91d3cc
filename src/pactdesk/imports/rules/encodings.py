"""The text in a file, whatever wrote it. Pure."""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import Final

from pactdesk.imports.rules.refusing import Unreadable
from pactdesk.kernel.decisions import Reason

UTF_8: Final = "utf-8"
UTF_16: Final = "utf-16"
# What spreadsheets write where nobody asks them for Unicode, by the name under which people know it.
CODE_PAGES: Final = {
    "windows-1250": "cp1250",
    "windows-1252": "cp1252",
    "windows-1253": "cp1253",
    "windows-1258": "cp1258",
}
ENCODINGS: Final = (UTF_8, UTF_16, *CODE_PAGES)
_OF_LANGUAGE: Final = {"el": "windows-1253", "fr": "windows-1252", "vi": "windows-1258"}

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig", UTF_8),
    (codecs.BOM_UTF16_LE, "utf-16", UTF_16),
    (codecs.BOM_UTF16_BE, "utf-16", UTF_16),
)
# Workbooks, archives, documents: what people take for a table of text.
_NO_TEXT: Final = (
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"%PDF",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
    b"Rar!",
    b"{\\rtf",
)
_MARKUP: Final = re.compile(rb"\s*<(!doctype|html|\?xml|table|workbook)", re.IGNORECASE)
_WORD: Final = re.compile(rb"[A-Za-z\x80-\xff]+")
_LOOKED_AT: Final = 20_000
_MOSTLY: Final = 0.7
# In code pages letters beyond ASCII begin here.
_FIRST_LETTER: Final = 0xC0


def text_of(content: bytes, *, encoding: str = "", language: str = "en") -> tuple[str, str]:
    """The text in `content` and the name of its encoding (one of `ENCODINGS`).

    Without `encoding` it is found out: by its mark, by what can only be UTF-8 or UTF-16, and else it is a code page:
    the Greek one where words are Greek throughout, or what spreadsheets write in `language`. Raises `Unreadable`.
    """
    if not content.strip():
        raise Unreadable(Reason("import.file-empty"))
    if content.startswith(_NO_TEXT) or _MARKUP.match(content):
        raise Unreadable(Reason("import.not-a-table"))
    for mark, codec, name in _MARKS:
        if content.startswith(mark):
            return _decoded(content, codec, name)
    if encoding == UTF_16:
        return _decoded(content, _wide(content) or "utf-16-le", UTF_16)
    if encoding:
        return _decoded(content, CODE_PAGES.get(encoding, encoding), encoding)
    if (wide := _wide(content)) is not None:
        return _decoded(content, wide, UTF_16)
    if 0 in content[:_LOOKED_AT]:
        raise Unreadable(Reason("import.not-a-table"))
    try:
        return _clean(content.decode(UTF_8)), UTF_8
    except UnicodeDecodeError:
        page = "windows-1253" if _looks_greek(content) else _OF_LANGUAGE.get(language, "windows-1250")
        return _decoded(content, CODE_PAGES[page], page)


def _decoded(content: bytes, codec: str, name: str) -> tuple[str, str]:
    try:
        return _clean(content.decode(codec)), name
    except (UnicodeDecodeError, LookupError):
        raise Unreadable(Reason("import.encoding-differs", {"encoding": name})) from None


def _clean(text: str) -> str:
    return unicodedata.normalize("NFC", text.removeprefix("\ufeff"))


def _wide(content: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of plain text is nothing."""
    head = content[:_LOOKED_AT]
    if len(content) % 2 or len(head) < 4:
        return None
    pairs = len(head) // 2
    if head[1::2].count(0) > pairs * _MOSTLY and 0 not in head[::2]:
        return "utf-16-le"
    if head[::2].count(0) > pairs * _MOSTLY and 0 not in head[1::2]:
        return "utf-16-be"
    return None


def _looks_greek(content: bytes) -> bool:
    """In Greek, words are beyond ASCII from end to end; in Polish, Czech or French only some of their letters are."""
    words = [word for word in _WORD.findall(content[:_LOOKED_AT]) if max(word) >= _FIRST_LETTER]
    letters = sum(map(len, words))
    beyond = sum(byte >= 0x80 for word in words for byte in word)
    return letters > 0 and beyond > letters * _MOSTLY
