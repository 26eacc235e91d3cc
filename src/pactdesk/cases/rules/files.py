"""What files may come with a request, and what they are (WIZ-6, REQ-2). Nothing here unpacks or decodes a file."""

from __future__ import annotations

import codecs
import re
import uuid
from dataclasses import dataclass
from typing import Final

import puremagic

from pactdesk.kernel.decisions import Decision, Reason

MB: Final = 1024 * 1024
# A file up to WHOLE bytes is sent in one go, a larger one in pieces of PIECE bytes; the last piece may be shorter.
PIECE: Final = 5 * MB
WHOLE: Final = 10 * MB
# What is looked at to recognise a file: so many bytes at its beginning and at its end.
LOOKED_AT: Final = 4096

UNKNOWN: Final = "application/octet-stream"
# What is handed out under its own type, and the endings that it has to have. Everything else is UNKNOWN to browsers.
SERVED: Final = {
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "application/pdf": ("pdf",),
    "text/plain": ("txt", "log"),
}
# What would make it a second thing beside what it begins as: a page, a program, an archive, a document.
_SECOND_NATURE: Final = re.compile(
    rb"<(?:!doctype|html|script|svg|iframe|body|\?php)|%PDF-|PK\x05\x06|PK\x03\x04|Rar!\x1a", re.IGNORECASE
)
_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_OFTEN_SECRET: Final = re.compile(
    r"(?:.*\.)?(?:env|har|pem|key|pfx|p12|ppk|kdbx|keystore|jks)|\.?env\..+|id_(?:rsa|dsa|ecdsa|ed25519)"
    r"|.*\bcredentials?\b.*|\.?(?:netrc|pgpass|htpasswd)",
    re.IGNORECASE,
)
_SECRET_INSIDE: Final = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY|\"log\"\s*:\s*\{\s*\"version\"|^[A-Z_]*(?:SECRET|PASSWORD|TOKEN)[A-Z_]*=\S",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where files are: in a draft, or in a request as its contacts see it, or as the desk does (`at_desk`).

    What is sent to an `internal` place stays at the desk, from its first byte on.
    """

    draft_id: uuid.UUID | None = None
    number: int | None = None
    at_desk: bool = False
    internal: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be kept, in bytes: one file, all of a request, all requests of an agreement (0: any amount), and
    what one account may begin to send within a day. `request_files` counts."""

    file: int
    request: int
    request_files: int
    agreement: int
    day: int


@dataclass(frozen=True, slots=True)
class Taken:
    """How much of the limits is used. What is only being sent counts, too."""

    request: int = 0
    request_files: int = 0
    agreement: int = 0
    day: int = 0


def acceptable(name: str, size: int, taken: Taken, limits: Limits) -> Decision:
    """Whether a file of `size` bytes may be sent; every limit that it would pass is named."""
    refusals = []
    if size <= 0:
        refusals.append(Reason("file.empty", {"name": name}))
    if size > limits.file:
        refusals.append(Reason("file.too-large", {"name": name, "most": limits.file // MB}))
    if taken.request_files >= limits.request_files:
        refusals.append(Reason("file.too-many", {"name": name, "most": limits.request_files}))
    if taken.request + size > limits.request:
        refusals.append(Reason("file.request-full", {"name": name, "most": limits.request // MB}))
    if limits.agreement and taken.agreement + size > limits.agreement:
        refusals.append(Reason("file.agreement-full", {"name": name, "most": limits.agreement // MB}))
    if taken.day + size > limits.day:
        refusals.append(Reason("file.day-full", {"name": name, "most": limits.day // MB}))
    return Decision(tuple(refusals))


def next_piece(size: int, received: int) -> int:
    """How long the next piece of a file of `size` bytes has to be, once `received` of them are there."""
    return size - received if size <= WHOLE else min(PIECE, size - received)


def recognised(head: bytes, tail: bytes) -> str:
    """The type of a file that begins with `head` and ends with `tail` (`LOOKED_AT` bytes each, or all of it).

    It is a help for people and never trusted: what is two things at once, or pretends, is UNKNOWN.
    """
    try:
        found = puremagic.from_string(head, mime=True)
    except (puremagic.PureError, ValueError):
        found = ""
    is_text = _is_text(head) and _is_text(tail, from_the_start=False)
    if found in SERVED:
        # What it begins with is its first nature. The beginning of a short file is its end, too.
        second = _SECOND_NATURE.search(head, 4) or (tail != head and _SECOND_NATURE.search(tail))
        pretends = is_text and found != "application/pdf"
        return UNKNOWN if second or pretends else found
    if is_text:
        # Text that begins like a page, a drawing or a program is only text to people, not to browsers.
        return (
            UNKNOWN if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"#!", b"%")) else "text/plain"
        )
    return found[:100] or UNKNOWN


def served_as(content_type: str, name: str) -> str:
    """Under which type browsers get a file of a recognised type: that one only where its name says the same."""
    _stem, dot, ending = name.rpartition(".")
    return content_type if dot and ending.lower() in SERVED.get(content_type, ()) else UNKNOWN


def may_hold_secrets(name: str, head: bytes) -> bool:
    """Whether people should be asked if they meant to hand this out: keys, passwords, recordings of a browser."""
    return bool(_OFTEN_SECRET.fullmatch(name) or _SECRET_INSIDE.search(head))


def _is_text(block: bytes, *, from_the_start: bool = True) -> bool:
    """Whether bytes read as UTF-8, at most with the colours of a log; a character may be cut at the ends."""
    if not from_the_start:
        block = block.lstrip(bytes(range(0x80, 0xC0)))
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(block, final=False)
    except UnicodeDecodeError:
        return False
    return not _CONTROL.search(text)
