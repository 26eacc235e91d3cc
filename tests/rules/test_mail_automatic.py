"""What a machine wrote is told from what a person wrote (RFC 3834)."""

from __future__ import annotations

import pytest

from pactdesk.mailbox.rules.automatic import automatic
from pactdesk.mailbox.rules.parsing import Parsed, parse_mail
from tests.mails import mail


def code(raw: bytes, *, envelope_from: str | None = "carla@olive.example") -> str | None:
    read = parse_mail(raw, most_bytes=1_000_000)
    assert isinstance(read, Parsed)
    reason = automatic(read, envelope_from=envelope_from)
    return reason.code if reason else None


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        'Auto-Submitted: auto-generated; owner-email="x"',
        "auto-submitted: AUTO-REPLIED (vacation)",
        "Precedence: bulk",
        "Precedence: Junk",
        "Precedence: list",
        "Precedence: auto_reply",
        "X-Auto-Response-Suppress: All",
        "X-Auto-Response-Suppress: DR, OOF, AutoReply",
        "List-Id: <announce.olive.example>",
        "X-Autoreply: yes",
        "X-Autorespond: yes",
        "X-Failed-Recipients: x@y.example",
    ],
)
def test_a_header_gives_a_machine_away(header: str) -> None:
    assert code(mail(extra=f"{header}\n")) == "mail.automatic"


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: PD-100123",
        "Out of Office: PD-100123",
        "Αυτόματη απάντηση: PD-100123",
        "Trả lời tự động: PD-100123",
        "Odpowiedź automatyczna: PD-100123",
        "Automatická odpověď: PD-100123",
        "Réponse automatique : PD-100123",
        "=?utf-8?Q?R=C3=A9ponse_automatique=C2=A0=3A?= PD-100123",
    ],
)
def test_so_does_the_subject_in_six_languages(subject: str) -> None:
    assert code(mail(subject=subject)) == "mail.automatic"


def test_what_comes_from_a_desk_is_known_by_its_mark() -> None:
    assert code(mail(extra="X-Pactdesk-Loop: support.vendor.example\n")) == "mail.from-a-desk"


@pytest.mark.parametrize(
    ("raw", "envelope_from"),
    [
        (mail(), ""),
        (mail(extra="Return-Path: <>\n"), None),
        (mail(extra="Return-Path: < >\n"), "carla@olive.example"),
        (mail(kind="multipart/report; boundary=b; report-type=delivery-status"), "mx@olive.example"),
        (mail(kind="message/delivery-status"), "mx@olive.example"),
        (mail(sender="Mail Delivery System <MAILER-DAEMON@mx.olive.example>"), "x@olive.example"),
        (mail(sender="mailer-daemon@mx.olive.example"), "x@olive.example"),
    ],
)
def test_a_report_about_a_mail_is_no_answer(raw: bytes, envelope_from: str | None) -> None:
    assert code(raw, envelope_from=envelope_from) == "mail.delivery-report"


@pytest.mark.parametrize(
    "extra",
    [
        "",
        "Auto-Submitted: no\n",
        "Auto-Submitted: No (really)\n",
        "Precedence: first-class\n",
        "X-Auto-Response-Suppress: DR, RN, NRN\n",
        "Return-Path: <carla@olive.example>\n",
        "List-Unsubscribe: <https://olive.example/x>\n",
    ],
)
def test_what_a_person_wrote_is_none_of_these(extra: str) -> None:
    assert code(mail(extra=extra)) is None
    assert code(mail(extra=extra), envelope_from=None) is None
    assert code(mail(subject="An automatic reply: how do I set one?")) is None
