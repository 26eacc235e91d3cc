"""A15: a mail that is built to cost time or memory is read within bounds, or refused; none ever raises."""

from __future__ import annotations

import base64
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pactdesk.kernel.decisions import Reason
from pactdesk.mailbox.rules.landing import Place, may_land
from pactdesk.mailbox.rules.parsing import Parsed, parse_mail
from pactdesk.mailbox.rules.quoting import own_words
from tests.effort import tries
from tests.mails import AUTHSERV, mail

SEED = 15
MUTANTS = 5000
MOST_SECONDS = 2.0
MOST_MEGABYTES = 256
LARGEST = 25_000_000


def read(raw: bytes) -> Parsed | Reason:
    """Everything that the rules do with a mail. Whatever comes out can be written into the database."""
    parsed = parse_mail(raw, most_bytes=LARGEST)
    if isinstance(parsed, Parsed):
        words = own_words(parsed.text, subject=parsed.subject)
        place = Place(1, 2, "carla@olive-grove-foods.example")
        may_land(parsed, [place], words=words, envelope_from=None, authserv_id=AUTHSERV)
        texts = [words, parsed.text, parsed.subject, *(file.name for file in parsed.attachments)]
        texts += [value for _, value in parsed.headers]
        assert not any("\0" in text for text in texts)
        for text in texts:
            text.encode("utf-8")
    return parsed


def levels(count: int, body: bytes) -> bytes:
    return (
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(count))
        + b"\n"
        + body
    )


MIXED = b"Content-Type: multipart/mixed; boundary=b\n\n"
HTML = b"Content-Type: text/html\n\n"
BOMBS = {
    "levels": levels(5000, b"x"),
    "levels within the limit, and many lines": levels(19, b"x\n" * 599_000),
    "mails within mails": b"Content-Type: message/rfc822\n\n" * 20_000,
    "parts": MIXED + b"--b\n\nx\n" * 500_000,
    "headers": b"X: y\n" * 3_000_000,
    "a huge header": b"Subject: " + b"x" * 20_000_000,
    "a header of many lines": b"Subject: x\n" + b" y\n" * 500_000,
    "parameters": b"Content-Type: text/plain; " + b';"' * 15_000 + b"\n\nx",
    "encoded words": b"Subject: " + b"=?a?q?" * 5_000 + b"\n\nx",
    "addresses": b"From: " + b"<" * 30_000 + b"\nTo: " + b'"(' * 15_000 + b"\n\nx",
    "what our server found": f"Authentication-Results: {AUTHSERV}; ".encode() + b"(" * 30_000 + b"\n\nx",
    "one long line": b"\n" + b"x" * 24_000_000,
    "nested tags": HTML + b"<div>" * 190_000,
    "nested quotes": HTML + b"<blockquote>" * 80_000,
    "comments without end": HTML + b"<!--" * 240_000,
    "tags without end": HTML + b"<a " * 330_000,
    "brackets": HTML + b"<" * 990_000,
    "entities": HTML + b"&amp" * 240_000,
    "large HTML": HTML + b"<p>x" * 6_000_000,
    "introductions": b"\n" + (b"On 2026 14:32 " + b"a@b.c " * 60 + b":\n") * 1_300,
    "text in many parts": MIXED + (b"--b\n\n" + b"x y " * 120_000 + b"\n") * 50,
    "a charset that takes square time": b"Content-Type: text/plain; charset=idna\n\n" + b"\xff" * 400_000,
    "a large file": MIXED
    + b"--b\nContent-Type: application/zip\nContent-Transfer-Encoding: base64\n\n"
    + base64.encodebytes(bytes(18_000_000)),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_read_or_refused_in_time(name: str) -> None:
    started = time.process_time()
    read(BOMBS[name][:LARGEST])
    assert time.process_time() - started < 2 * MOST_SECONDS  # twice, for machines that do other things, too


def test_the_largest_mails_are_read_within_the_memory_that_they_may_take() -> None:
    """In a process of its own, whose peak is measured."""
    program = (
        "import resource\n"
        "from tests.attacks.test_a15_mail_bombs import BOMBS, read\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for name in ('a large file', 'one long line', 'text in many parts', 'large HTML'):\n"
        "    read(BOMBS[name][:25_000_000])\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env={"PYTHONPATH": "src:."},
    )
    assert int(done.stdout) < MOST_MEGABYTES


SEEDS = [
    mail(),
    mail(
        extra="Received: from a by b; Fri, 20 Nov 2026 14:32:00 +0100\nReferences: <a@b> <c@d>\nCc: F: a@x, b@y;\n"
    ),
    mail(
        sender='"Papadaki, Carla" <carla@olive-grove-foods.example>',
        subject="=?utf-8?q?=C5=BElut=C3=BD_k=C5=AF=C5=88?=",
    ),
    mail(kind="text/html; charset=windows-1253", text="<p>a<blockquote>b</blockquote>&#0;<b>c"),
    mail(kind="text/plain; charset=no-such; format=flowed; delsp=yes", text="one \ntwo\n> three \n-- \nAna"),
    mail(
        kind='multipart/mixed; boundary="=_b"',
        text="--=_b\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n=C5=BE=\nx\n"
        "--=_b\nContent-Type: application/pdf; name*0*=utf-8''a%20; name*1=b.pdf\n"
        "Content-Transfer-Encoding: base64\n\nJVBERg==\n"
        "--=_b\nContent-Type: message/rfc822\n\nSubject: inner\n"
        "Content-Type: multipart/digest; boundary=c\n\n--c\n\nx\n--c--\n"
        "--=_b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nAction: failed\n\n--=_b--",
    ),
    b"From a@b Fri Nov 20 14:32:00 2026\nFrom : x\n: y\n\tz\nSubject\n\nbegin 644 x\n#86)C\n`\nend\n",
]
TOKENS = [
    *(
        b"\0",
        b"\r",
        b"\n",
        b"\r\n",
        b"\n\n",
        b" ",
        b"\t",
        b"\xff",
        b"\xed\xa0\x80",
        b"\xe2\x80\xae",
        b"=?",
        b"?=",
        b"=?utf-8?b?",
    ),
    *(
        b"<",
        b">",
        b"(",
        b")",
        b'"',
        b"\\",
        b";",
        b":",
        b"@",
        b",",
        b"[",
        b"]",
        b"--=_b",
        b"--",
        b"%",
        b"*0*=",
        b"=",
        b"''",
    ),
    *(
        b"Content-Type: multipart/mixed; boundary=",
        b"Content-Type: message/partial",
        b"charset=utf-7",
        b"charset=idna",
    ),
    *(
        b"Content-Transfer-Encoding: x-uuencode",
        b"Date: Fri, 99 Nov 99999999999 99:99:99 +9999",
        b"From: a@b, c: d;",
        b"From: ;",
    ),
]


def mutants() -> Iterator[bytes]:
    """Mails with bytes taken out, put in, doubled, swapped: always the same ones."""
    chance = random.Random(SEED)
    for _ in range(MUTANTS):
        raw = bytearray(chance.choice(SEEDS))
        for _ in range(chance.randint(1, 12)):
            at = chance.randint(0, len(raw))
            to = min(len(raw), at + chance.choice([1, 1, 2, 8, 40]))
            kind = chance.randint(0, 4)
            if kind == 0:
                del raw[at:to]
            elif kind == 1:
                raw[at:at] = chance.choice(TOKENS)
            elif kind == 2:
                raw[at:at] = raw[at:to] * chance.randint(1, 30)
            elif kind == 3:
                raw[at:to] = chance.randbytes(to - at)
            else:
                other = chance.choice(SEEDS)
                raw[at:to] = other[chance.randint(0, len(other)) :][: chance.randint(1, 80)]
        yield bytes(raw)


def test_5000_mutated_mails_raise_nothing_and_are_quick() -> None:
    slowest, refused = 0.0, 0
    for raw in mutants():
        started = time.process_time()
        refused += isinstance(read(raw), Reason)
        slowest = max(slowest, time.process_time() - started)
    assert slowest < MOST_SECONDS
    assert refused < MUTANTS / 20, "most of them can be read"


def test_the_parser_of_the_library_alone_would_raise() -> None:
    """What the limits and the catching are for: without them the same mails end in exceptions of many kinds."""
    kinds = set()
    for raw in islice(mutants(), 1000):
        try:
            for name, value in message_from_bytes(raw, policy=policy.default).items():
                str(name), str(value)
        except Exception as error:
            kinds.add(type(error))
    assert len(kinds) >= 2


@settings(max_examples=tries(200, 5_000), deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from(TOKENS + SEEDS), st.binary(max_size=60)), max_size=12).map(b"".join)
)
def test_any_bytes_at_all_are_read_or_refused(raw: bytes) -> None:
    read(raw)
