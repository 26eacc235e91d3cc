"""Mails of the tests, as bytes: what a person's program would send, with anything in it that a test wants otherwise."""

from __future__ import annotations

AUTHSERV = "mx.vendor.example"
REPLY_ADDRESS = "support@reply.vendor.example"


def mail(
    *,
    sender: str = "Carla Papadaki <carla@olive-grove-foods.example>",
    to: str = REPLY_ADDRESS,
    subject: str = "Re: PD-100123",
    text: str = "It works now.",
    proven: str | None = "",
    extra: str = "",
    kind: str = "text/plain; charset=utf-8",
) -> bytes:
    """One mail with CRLF. `proven` is the domain for which our server found DMARC to pass: "" that of the sender, None
    nothing at all. `extra` are more header lines, each with its line break."""
    domain = sender.rpartition("@")[2].strip("> ") if proven == "" else proven
    found = f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from={domain}\n" if domain else ""
    head = f"{found}{extra}From: {sender}\nTo: {to}\nSubject: {subject}\nMessage-ID: <1@olive.example>\n"
    body = f"MIME-Version: 1.0\nContent-Type: {kind}\nContent-Transfer-Encoding: 8bit\n\n{text}\n"
    return (head + body).replace("\n", "\r\n").encode()
