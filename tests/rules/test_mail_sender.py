"""Whom a mail is from is read as the mail server reads it, and believed only where our own one has proved it."""

from __future__ import annotations

import pytest

from pactdesk.kernel.decisions import Reason
from pactdesk.mailbox.rules.parsing import Parsed, parse_mail
from pactdesk.mailbox.rules.sender import sender_of, unproven
from tests.mails import AUTHSERV, mail

CARLA = "carla@olive-grove-foods.example"


def parsed(raw: bytes) -> Parsed:
    read = parse_mail(raw, most_bytes=1_000_000)
    assert isinstance(read, Parsed)
    return read


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("carla@x.example", "carla@x.example"),
        ("<carla@x.example>", "carla@x.example"),
        ("Carla Papadaki <Carla@X.example>", "carla@x.example"),
        ('"Papadaki, Carla" <carla@x.example>', "carla@x.example"),
        ('"carla@y.example" <carla@x.example>', "carla@x.example"),
        ("carla@x.example <carla@x.example>", "carla@x.example"),
        ('"say \\"hi\\"" <carla@x.example>', "carla@x.example"),
        ("=?utf-8?B?zprOrM+BzrvOsQ==?= <carla@x.example>", "carla@x.example"),
        ("Κάρλα <carla@x.example>", "carla@x.example"),
        ("O'Neil-Żak <o'neil+support@sub.x-y.example>", "o'neil+support@sub.x-y.example"),
    ],
)
def test_the_address_in_from_is_the_sender(written: str, address: str) -> None:
    assert sender_of(parsed(mail(sender=written))) == address


@pytest.mark.parametrize(
    "written",
    [
        "",
        "carla",
        "carla@x",
        "carla@x.example, eve@y.example",
        "Eve <eve@y.example>, carla@x.example",
        "carla@x.example <eve@y.example>",
        "<carla@x.example> <eve@y.example>",
        "Carla <carla@x.example> eve@y.example",
        "carla@x.example (Carla)",
        "(carla@x.example) eve@y.example",
        "Friends: carla@x.example;",
        "undisclosed-recipients:;",
        '"carla"@x.example',
        "carla@x.example\\@y.example",
        "carla@[192.0.2.1]",
        "carla@x.example>",
        "carla@x.exa\0mple",
        "car\u202ela@x.example",
        "=?utf-8?q?carla=40x=2Eexample?=",
        "carla@x.example\n eve@y.example",
        "carla@x..example",
        ".carla@x.example",
        "carla@-x.example",
        "x" * 2000 + "@x.example",
    ],
)
def test_what_programs_read_differently_names_no_sender(written: str) -> None:
    assert sender_of(parsed(mail(sender=written))) == Reason("mail.from-unclear")


def test_several_senders_are_none() -> None:
    read = parsed(mail(extra="From: eve@y.example\n"))
    assert sender_of(read) == Reason("mail.from-unclear")


def test_reply_to_and_sender_say_nothing() -> None:
    read = parsed(
        mail(sender="eve@y.example", extra=f"Reply-To: {CARLA}\nSender: {CARLA}\nX-Original-From: {CARLA}\n")
    )
    assert sender_of(read) == "eve@y.example"


OURS = f"Authentication-Results: {AUTHSERV}; "
PASSED = f"{OURS}dmarc=pass header.from=olive-grove-foods.example\n"


@pytest.mark.parametrize(
    "found",
    [
        PASSED,
        f"{OURS}dmarc=pass (p=none dis=none) header.from=Olive-Grove-Foods.example\n",
        f"Authentication-Results: {AUTHSERV.upper()}; DMARC=PASS header.from=olive-grove-foods.example\n",
        f"Authentication-Results: {AUTHSERV} 1;\n\tdkim=pass header.d=olive-grove-foods.example;\n"
        "\tspf=pass smtp.mailfrom=x@y.example;\n\tdmarc=pass header.from=olive-grove-foods.example\n",
        f"{OURS}dkim=pass (2048-bit key) header.d=olive-grove-foods.example header.s=mail header.b=abc\n",
        f"{OURS}dkim=fail header.d=list.example; dkim=pass header.i=@olive-grove-foods.example\n",
        f"{OURS}dmarc=none header.from=olive-grove-foods.example; dkim=pass header.d=olive-grove-foods.example\n",
        f"{OURS}dkim=pass header.d=olive-grove-foods.example\n{OURS}dmarc=pass header.from=olive-grove-foods.example\n",
        "Authentication-Results: mx.other.example; dmarc=fail header.from=olive-grove-foods.example\n"
        f"{OURS}dmarc=pass header.from=olive-grove-foods.example\n",
    ],
)
def test_our_own_mail_server_proves_a_sender(found: str) -> None:
    read = parsed(mail(proven=None, extra=found))
    assert unproven(read, CARLA, authserv_id=AUTHSERV) is None


def test_a_domain_vouches_for_those_below_it_and_not_for_those_above() -> None:
    read = parsed(mail(proven=None, extra=f"{OURS}dkim=pass header.d=olive.example\n"))
    assert unproven(read, "c@mail.olive.example", authserv_id=AUTHSERV) is None
    assert unproven(read, "c@example", authserv_id=AUTHSERV) is not None
    assert unproven(read, "c@notolive.example", authserv_id=AUTHSERV) is not None


@pytest.mark.parametrize(
    "found",
    [
        "",
        # Somebody else's word, or one that only looks like ours
        "Authentication-Results: mx.evil.example; dmarc=pass header.from=olive-grove-foods.example\n",
        f"Authentication-Results: {AUTHSERV}.evil.example; dmarc=pass header.from=olive-grove-foods.example\n",
        f"Authentication-Results: evil.example ({AUTHSERV}); dmarc=pass header.from=olive-grove-foods.example\n",
        f"Authentication-Results: x{AUTHSERV}; dmarc=pass header.from=olive-grove-foods.example\n",
        f"X-Authentication-Results: {AUTHSERV}; dmarc=pass header.from=olive-grove-foods.example\n",
        f"ARC-Authentication-Results: i=1; {AUTHSERV}; dmarc=pass header.from=olive-grove-foods.example\n",
        # Proof of something else
        f"{OURS}dmarc=pass header.from=evil.example\n",
        f"{OURS}dmarc=pass\n",
        f"{OURS}dmarc=fail header.from=olive-grove-foods.example; dkim=pass header.d=olive-grove-foods.example\n",
        f"{OURS}dmarc=temperror header.from=olive-grove-foods.example\n",
        f"{OURS}dmarc=bestguesspass header.from=olive-grove-foods.example\n",
        f"{OURS}spf=pass smtp.mailfrom={CARLA}\n",
        f"{OURS}dkim=pass header.d=evil.example\n",
        f"{OURS}dkim=pass header.d=mail.olive-grove-foods.example\n",
        f"{OURS}dkim=pass\n",
        f"{OURS}dkim=fail header.d=olive-grove-foods.example\n",
        f'{OURS}dkim=fail reason="dmarc=pass header.from=olive-grove-foods.example"\n',
        f"{OURS}dkim=fail (; dmarc=pass header.from=olive-grove-foods.example) header.d=x.example\n",
        f"{OURS}none\n",
        # Two words of ours against each other: one is forged
        f"{OURS}dmarc=fail header.from=olive-grove-foods.example\n{PASSED}",
        f"{PASSED}{OURS}dmarc=fail header.from=olive-grove-foods.example\n",
        f"{OURS}dmarc=pass header.from=evil.example\n{PASSED}",
        f"{OURS}dkim=none\n{OURS}dkim=pass header.d=olive-grove-foods.example\n",
        # One that may be ours and cannot be read
        f"Authentication-Results: {AUTHSERV}; =\n{PASSED}",
        f"{OURS}{'x=y ' * 3000}\n{PASSED}",
        PASSED * 30,
        f"Authentication-Results: {'(' * 4000} {AUTHSERV}; dmarc=pass\n",
    ],
)
def test_nothing_else_proves_a_sender(found: str) -> None:
    read = parsed(mail(proven=None, extra=found))
    assert unproven(read, CARLA, authserv_id=AUTHSERV) == Reason("mail.sender-unproven", {"address": CARLA})


def test_without_the_name_of_our_mail_server_nothing_is_ever_proven() -> None:
    read = parsed(
        mail(
            proven=None, extra="Authentication-Results: ; dmarc=pass header.from=olive-grove-foods.example\n"
        )
    )
    assert unproven(read, CARLA, authserv_id="") == Reason("mail.replies-off")
