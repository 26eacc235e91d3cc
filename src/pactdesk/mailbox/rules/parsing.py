"""From the bytes that came to what they say, within limits and whatever the bytes are (trust A15, R12).

The parser of the standard library is not safe to call bare: it raises on about one mutated mail in twenty-five, and its
time grows with depth times lines. It is kept to a bounded number of parts, levels and header lines, and what it still
raises ends in a reason.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from email import policy as policies
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesFeedParser
from email.utils import collapse_rfc2231_value
from functools import partial
from typing import Any, TypeAlias, TypeVar

from pactdesk.kernel.decisions import Reason
from pactdesk.kernel.filenames import clean_filename
from pactdesk.kernel.text import tidy, tidy_line, without_hidden
from pactdesk.mailbox.rules.plain_text import text_of_html

MOST_PARTS = 200
MOST_LEVELS = 20
MOST_HEADERS = 3000  # in all parts together
LONGEST_HEADER = 32 * 1024
MOST_LINES = 600_000
LONGEST_TEXT = 500_000  # of a body; what is longer is a file
LONGEST_HTML = 1_000_000
LONGEST_LINE = 400  # characters of a subject or a name

_Answer = TypeVar("_Answer")
_Mail: TypeAlias = "Message[Any, Any]"

# What a content type and a disposition need; the library takes square time for long ones.
_LONGEST_PARAMETERS = 2000
_WITH_PARAMETERS = {"content-type", "content-disposition"}
_HAS_LETTERS = re.compile(r"[^\W\d_]")
# Codecs of Python that are no charsets, or take square time, are not among them.
_CHARSET = re.compile(
    r"ascii|utf-(?:7|8|8-sig|16|16-[bl]e|32|32-[bl]e)|iso8859-\d+|cp\d{3,5}|koi8-[rtu]|kz1048|mac-\w+|ptcp154"
    r"|tis-620|big5(?:hkscs)?|gb2312|gbk|gb18030|hz|shift_jis(?:x0213|_2004)?|johab"
    r"|euc_(?:jp|jis_2004|jisx0213|kr)|iso2022_(?:jp(?:_1|_2|_2004|_3|_ext)?|kr)"
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a mail: a clean name, the type that the sender claims, and the bytes."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Parsed:
    """A mail that could be read. All text can be stored: no NUL, no halves of pairs, in NFC.

    `headers` are those of the mail itself: names in lower case, values unfolded and as they came. `text` is the whole
    body as plain text, quoted text included. `content_type` is that of the mail itself ("multipart/report").
    """

    headers: tuple[tuple[str, str], ...]
    subject: str
    text: str
    attachments: tuple[Attachment, ...]
    content_type: str

    def all(self, name: str) -> tuple[str, ...]:
        """The values of every header of this name, in the order in which they stand."""
        return tuple(value for each, value in self.headers if each == name)

    def first(self, name: str) -> str:
        """The value of the first header of this name, or ""."""
        return next((value for each, value in self.headers if each == name), "")


def parse_mail(raw: bytes, *, most_bytes: int) -> Parsed | Reason:
    """The mail in `raw`, or why it cannot be read. Raises nothing; time and memory grow with the size only."""
    if len(raw) > most_bytes:
        return Reason("mail.too-large", {"megabytes": most_bytes // 1_000_000})
    try:
        if raw.count(b"\n") + raw.count(b"\r") > MOST_LINES:
            return Reason("mail.too-complex")
        return _read(_structure(raw))
    except _TooComplex:
        return Reason("mail.too-complex")
    except Exception as error:  # the library raises whatever it happens to meet
        return Reason("mail.unreadable", {"error": type(error).__name__})


class _TooComplex(Exception):
    """A limit was reached while parsing."""


def _structure(raw: bytes) -> _Mail:
    """The tree of parts, with its bodies not yet decoded."""
    parts = headers = 0
    parser: Any = None

    def new_part(**settings: Any) -> _Mail:
        nonlocal parts
        parts += 1
        # The library offers no public count of levels; a test holds this one to what it is read for.
        if parts > MOST_PARTS or len(getattr(parser, "_msgstack", ())) > MOST_LEVELS:
            raise _TooComplex
        return Message(**settings)

    class Bounded(policies.Compat32):
        """Leaves headers as they came, and stops where there are too many or one is too long."""

        def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
            nonlocal headers
            headers += 1
            if headers > MOST_HEADERS or sum(map(len, sourcelines)) > LONGEST_HEADER:
                raise _TooComplex
            name, value = super().header_source_parse(sourcelines)
            return name, value[:_LONGEST_PARAMETERS] if name.lower() in _WITH_PARAMETERS else value

    parser = BytesFeedParser(new_part, policy=Bounded(max_line_length=None))
    parser.feed(raw)
    return parser.close()  # type: ignore[no-any-return]


def _read(mail: _Mail) -> Parsed:
    texts: list[str] = []
    files: list[Attachment] = []
    _collect(mail, texts, files)
    headers = tuple((name.lower(), _unfolded(value)) for name, value in mail.raw_items())
    subject = next((value for name, value in headers if name == "subject"), "")
    return Parsed(
        headers=headers,
        subject=readable_header(subject),
        text=tidy("\n\n".join(filter(None, texts))),
        attachments=tuple(files),
        content_type=_or(mail.get_content_type, "text/plain"),
    )


def readable_header(value: str) -> str:
    """The value of a header as a person reads it: encoded words decoded, on one line, at most `LONGEST_LINE` long."""
    value = value[: 4 * LONGEST_LINE]
    return tidy_line(without_hidden(_or(lambda: _decoded_words(value), value)))[:LONGEST_LINE]


def _decoded_words(value: str) -> str:
    try:
        pieces = decode_header(value)
    except HeaderParseError:
        return value
    return "".join(
        piece if isinstance(piece, str) else decoded(piece, charset or "") for piece, charset in pieces
    )


def _unfolded(value: Any) -> str:
    """A header as it came, on one line. Bytes that are no ASCII are read as UTF-8, else as what the West used.

    A hidden character leaves a mark, so that an address with one in it never becomes another address.
    """
    text = re.sub(r"[\r\n]+[ \t]*", " ", str(value)).strip()
    if not text.isascii():
        text = decoded(text.encode("utf-8", "surrogateescape"), "")
    return without_hidden(text, instead="\ufffd")


# --- bodies ---


def _collect(part: _Mail, texts: list[str], files: list[Attachment]) -> None:
    """Put what `part` says into `texts`, and what is a file into `files`, in the order of the mail."""
    kind = _or(part.get_content_type, "text/plain")
    if part.is_multipart():
        inner = [each for each in part.get_payload() if isinstance(each, Message)]
        if kind.startswith("message/"):
            files.append(_file(part, kind))
        elif kind == "multipart/alternative":
            _collect_best(inner, texts, files)
        else:
            for each in inner:
                _collect(each, texts, files)
        return
    is_text = kind in {"text/plain", "text/html"}
    if is_text and _or(part.get_content_disposition, None) != "attachment" and not _given_name(part):
        content = _payload(part)
        if len(content) <= (LONGEST_HTML if kind == "text/html" else LONGEST_TEXT):
            text = _text(part, kind, content)
            if sum(map(len, texts)) + len(text) <= LONGEST_TEXT:
                texts.append(text)
                return
    files.append(_file(part, kind))


def _collect_best(choices: list[_Mail], texts: list[str], files: list[Attachment]) -> None:
    """Of several forms of one text, the plain one unless it is empty; files of the others are kept."""
    read: list[tuple[list[str], list[Attachment]]] = []
    for each in choices:
        read.append(([], []))
        _collect(each, *read[-1])
    best = next((mine for mine, _ in read if _HAS_LETTERS.search("".join(mine))), read[0][0] if read else [])
    texts.extend(best)
    for _, theirs in read:
        files.extend(theirs)


def _text(part: _Mail, kind: str, content: bytes) -> str:
    text = decoded(content, _or(part.get_content_charset, None) or "")
    if kind == "text/html":
        return text_of_html(text)
    text = without_hidden(re.sub(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]", "\n", text))
    if _parameter(part, "format") == "flowed":
        return unflowed(text, delete_space=_parameter(part, "delsp") == "yes")
    return text


def _parameter(part: _Mail, name: str) -> str:
    """A parameter of the content type, in lower case, or ""."""
    return str(_or(lambda: str(part.get_param(name) or ""), "")).lower()


def _payload(part: _Mail) -> bytes:
    """The bytes of a part that has no parts, as far as its encoding lets us."""
    content = _or(lambda: part.get_payload(decode=True), None)
    if isinstance(content, bytes):
        return content
    text = part.get_payload()
    return text.encode("utf-8", "surrogateescape") if isinstance(text, str) else b""


def _file(part: _Mail, kind: str) -> Attachment:
    if part.is_multipart():  # a mail within the mail
        inner = [each for each in part.get_payload() if isinstance(each, Message)]
        subject = readable_header(_unfolded(dict(inner[0].raw_items()).get("Subject", ""))) if inner else ""
        as_it_came = policies.compat32.clone(max_line_length=None)
        content = b"\n".join(_or(partial(each.as_bytes, policy=as_it_came), b"") for each in inner)
        return Attachment(clean_filename(f"{subject or 'mail'}.eml"), kind[:100], content)
    otherwise = {"text/html": "text.html", "text/plain": "text.txt"}.get(kind, "file")
    name = clean_filename(_given_name(part), otherwise=otherwise)
    return Attachment(name, without_hidden(kind)[:100], _payload(part))


def _given_name(part: _Mail) -> str:
    """The name that the sender gave the part, in either place and in any of the encodings in use, or ""."""
    name = _or(part.get_filename, None) or ""
    if "=?" in name:  # not allowed within quotes, and usual
        name = _or(lambda: _decoded_words(name), name)
    if not name.isascii():
        name = decoded(name.encode("utf-8", "surrogateescape"), "")
    return str(_or(lambda: collapse_rfc2231_value(name), name))


def decoded(content: bytes, charset: str) -> str:
    """`content` as text: by its charset, else as UTF-8, else as what the West used. Something always comes out."""
    for name in (_known_charset(charset), "utf-8"):
        if name:
            try:
                return content.decode(name)
            except (UnicodeError, ValueError):
                continue
    return content.decode("cp1252", "replace")


def _known_charset(charset: str) -> str | None:
    """The codec for a charset as mails name it, or None where there is none that is safe to use."""
    try:
        name = codecs.lookup(charset.strip("\"' ")).name
    except (LookupError, ValueError, UnicodeError):
        return None
    if name == "iso8859-1":
        return (
            "cp1252"  # what is called Latin-1 has quotes and dashes in it more often than control characters
        )
    return name if _CHARSET.fullmatch(name) else None


def unflowed(text: str, *, delete_space: bool) -> str:
    """`text` with its soft line breaks taken out (RFC 3676): a line that ends in a space goes on in the next one."""
    return "\n".join(_paragraphs(text.split("\n"), delete_space))


def _paragraphs(lines: Sequence[str], delete_space: bool) -> Iterator[str]:
    pieces: list[str] = []
    marks = ""
    for line in lines:
        inner = line.lstrip(">")
        depth = line[: len(line) - len(inner)]
        inner = inner.removeprefix(" ")
        if pieces and (depth != marks or inner == "-- "):
            yield _marked(marks, "".join(pieces))
            pieces = []
        marks = depth
        goes_on = inner.endswith(" ") and inner != "-- "
        pieces.append(inner[:-1] if goes_on and delete_space else inner)
        if not goes_on:
            yield _marked(marks, "".join(pieces))
            pieces = []
    if pieces:
        yield _marked(marks, "".join(pieces))


def _marked(marks: str, text: str) -> str:
    return f"{marks} {text}" if marks else text


def _or(ask: Callable[[], _Answer], otherwise: _Answer) -> _Answer:
    """What the library answers, or `otherwise` where it raises."""
    try:
        return ask()
    except _TooComplex:
        raise
    except Exception:
        return otherwise
