"""Reading a received mail for operators: text only, however it is dressed."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from pactdesk.kernel.decisions import Reason
from pactdesk.mailbox.models import ReceivedMail
from pactdesk.mailbox.rules.landing import releasable, vouches
from pactdesk.mailbox.rules.parsing import parse_mail

MOST_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class SafeMail:
    """What a mail says, as plain text. `files` are clean names with sizes in bytes; `is_cut`: there is more text."""

    text: str
    is_cut: bool
    files: tuple[tuple[str, int], ...]
    reasons: tuple[Reason, ...]
    may_be_released: bool
    needs_a_word: bool


def safe_mail(mail: ReceivedMail) -> SafeMail:
    """`mail` for the eyes of an operator. Raises nothing, whatever the mail is."""
    parsed = parse_mail(bytes(mail.raw), most_bytes=max(settings.MAIL_MOST_BYTES, mail.size))
    text, files = ("", ()) if isinstance(parsed, Reason) else (parsed.text, parsed.attachments)
    reasons = tuple(Reason.from_data(each) for each in mail.reasons)
    codes = [reason.code for reason in reasons]
    is_held = mail.state in {"quarantined", "ignored"}
    return SafeMail(
        text=text[:MOST_CHARACTERS],
        is_cut=len(text) > MOST_CHARACTERS,
        files=tuple((file.name, len(file.content)) for file in files),
        reasons=reasons,
        may_be_released=is_held and releasable(codes),
        needs_a_word=vouches(codes),
    )
