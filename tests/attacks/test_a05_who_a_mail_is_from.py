"""A5: who a mail is from is what our own mail server proved of From, and one mail is one mail."""

from __future__ import annotations

import pytest

from pactdesk.cases.models import Message
from pactdesk.mailbox.rules.smuggling import may_smuggle
from tests.attacks.posting import came, reply_address, victim
from tests.mails import AUTHSERV, mail

__all__ = ["victim"]
CARLA = "carla@olive-grove-foods.example"
PASS = "dmarc=pass header.from=olive-grove-foods.example"


@pytest.mark.parametrize(
    "header",
    [
        "Reply-To",
        "Sender",
        "Resent-From",
        "Return-Path",
        "X-Original-From",
        "X-Sender",
        "Errors-To",
        "Original-From",
    ],
)
@pytest.mark.parametrize("written", [CARLA, f"Carla <{CARLA}>"])
def test_no_other_header_says_who_it_is_from(victim: int, header: str, written: str) -> None:
    raw = mail(
        sender="Eve <eve@evil.example>", to=reply_address(victim, "carla"), extra=f"{header}: {written}\n"
    )
    row = came(raw, envelope_from=CARLA)
    assert (row.state, row.reason_code) == ("quarantined", "mail.sender-other")
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "sender",
    [
        f"{CARLA}, eve@evil.example",
        f"eve@evil.example, {CARLA}",
        f'"{CARLA}" <eve@evil.example>',
        f"{CARLA} <eve@evil.example>",
        f"<{CARLA}> <eve@evil.example>",
        f"eve@evil.example ({CARLA})",
        f"({CARLA}) eve@evil.example",
        f"eve@evil.example\n {CARLA}",
        f"Group: {CARLA};",
        f"=?utf-8?q?{CARLA.replace('@', '=40')}?= <eve@evil.example>",
        f"{CARLA}\0@evil.example",
        f"@evil.example:{CARLA}",
        f"{CARLA}@evil.example",
        f"eve@evil.example\\{CARLA}",
    ],
)
def test_an_address_that_programs_read_differently_is_nobodys(victim: int, sender: str) -> None:
    """The mail server has proved evil.example, whose mail it is."""
    row = came(mail(sender=sender, to=reply_address(victim, "carla"), proven="evil.example"))
    assert row.state == "quarantined"
    assert not Message.objects.exists()


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_senders_neither_counts(victim: int, order: int) -> None:
    two = [f"From: {CARLA}\r\n", "From: eve@evil.example\r\n"][::order]
    raw = mail(to=reply_address(victim, "carla"), proven="evil.example")
    head, _, rest = raw.partition(b"From: ")
    row = came(head + "".join(two).encode() + rest.partition(b"\r\n")[2])
    assert (row.state, row.reason_code) == ("quarantined", "mail.from-unclear")


@pytest.mark.parametrize(
    "claimed",
    [
        f"Authentication-Results: mx.evil.example; {PASS}\n",
        f"Authentication-Results: {AUTHSERV}.evil.example; {PASS}\n",
        f"Authentication-Results: evil.example ({AUTHSERV}); {PASS}\n",
        f"ARC-Authentication-Results: i=1; {AUTHSERV}; {PASS}\n",
        f"X-Authentication-Results: {AUTHSERV}; {PASS}\n",
        f"Authentication-Results-Original: {AUTHSERV}; {PASS}\n",
        f"Received-SPF: pass ({AUTHSERV}: domain of {CARLA})\n",
        f"DKIM-Signature: v=1; a=rsa-sha256; d=olive-grove-foods.example; s=x; h=from; b={AUTHSERV}\n",
        # A forged word of ours under the true one, which a mail server ought to have taken out
        f"Authentication-Results: {AUTHSERV}; dmarc=fail header.from=olive-grove-foods.example\n"
        f"Authentication-Results: {AUTHSERV}; {PASS}\n",
        f"Authentication-Results: {AUTHSERV}; dkim=none; dmarc=none\n"
        f"Authentication-Results: {AUTHSERV}; dkim=pass header.d=olive-grove-foods.example\n",
    ],
)
def test_nobody_elses_word_about_a_sender_counts(victim: int, claimed: str) -> None:
    row = came(mail(to=reply_address(victim, "carla"), proven=None, extra=claimed), envelope_from=CARLA)
    assert (row.state, row.reason_code) == ("quarantined", "mail.sender-unproven")
    assert not Message.objects.exists()


@pytest.mark.parametrize("before", [b"\n", b"\r", b"\r\n", b"\n\n", b"\r\r"], ids=repr)
@pytest.mark.parametrize("after", [b"\n", b"\r", b"\r\n", b"\n\n"], ids=repr)
def test_line_ends_behind_which_a_mail_could_hide_are_refused(before: bytes, after: bytes) -> None:
    """As the bytes reach us: of a line that begins with a dot the server has taken the dot away."""
    dot = b"" if before.endswith(b"\r\n") else b"."
    hidden = b"text" + before + dot + after + b"MAIL FROM:<carla@olive-grove-foods.example>\r\n"
    if before == b"\r\n" and after == b"\r\n":
        assert not may_smuggle(hidden), "that is where the mail ends"
    else:
        assert may_smuggle(hidden)


def test_ordinary_line_ends_are_taken() -> None:
    assert not may_smuggle(mail(text="one\n.\n..\n\n\ntwo"))
    assert not may_smuggle(b"")
