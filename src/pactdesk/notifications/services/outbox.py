"""Owing a mail and handing it over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend
from django.db import transaction

from pactdesk.accounts import queries as accounts
from pactdesk.agreements.queries.mailing import pair_told_by
from pactdesk.agreements.queries.ownership import owns
from pactdesk.agreements.rules import Pair
from pactdesk.cases.queries.audience import is_still_contact
from pactdesk.journal import queries as journal
from pactdesk.kernel.sealing import keyed_hash
from pactdesk.notifications.models import OutgoingMail, ToldFact
from pactdesk.notifications.rules import approvals, ownership
from pactdesk.notifications.rules.pairs import filled
from pactdesk.notifications.rules.telling import INVITATION

log = structlog.get_logger(__name__)

# The kind of mails that sign-in and recovery send.
ACCOUNT = "account"

# Sixteen tries, further and further apart, make about two days.
MOST_ATTEMPTS = 16


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail in one language, ready to be owed. `key` names its reason ("case.opened:17:4711:c23").

    The ids say of what it tells and by what right its reader may know (`OutgoingMail`).
    """

    key: str
    kind: str
    to_address: str
    language: str
    subject: str
    text: str
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    fact_id: int | None = None
    contact_id: int | None = None
    account_id: int | None = None
    agreement_id: int | None = None


class CouldNotHandOver(Exception):
    """The mail server did not take the mail; it is still owed."""


def post(letter: Letter, *, at: datetime) -> int | None:
    """Owe `letter` and answer its id, or None where the same key is owed already. Joins the caller's transaction.

    Whoever calls queues the sending (`tasks.queue_sending`).
    """
    mail, is_new = _kept(letter, OutgoingMail.State.QUEUED, at)
    return mail.pk if is_new else None


def withhold(letter: Letter, *, at: datetime) -> None:
    """Note that `letter` is not sent, without what it says."""
    _kept(letter, OutgoingMail.State.WITHHELD, at)


def hand_over(mail_id: int, *, at: datetime) -> None:
    """Give one owed mail to the mail server; without a server it is kept to be read in the demo.

    At least once: a crash between the server's yes and our note sends it again under the same Message-ID. The attempt
    is counted before it is made, so that a mail that kills the worker does not do so for ever. Raises
    `CouldNotHandOver` while another try is due; parks the mail after `MOST_ATTEMPTS`.
    """
    if not _count_attempt(mail_id):
        return
    with transaction.atomic():
        mail = (
            OutgoingMail.objects.select_for_update(skip_locked=True)
            .filter(pk=mail_id, state="queued")
            .first()
        )
        if mail is None:
            return
        pair = _pair_for(mail)
        if not _may_still_know(mail, pair):
            mail.state = OutgoingMail.State.WITHHELD
            mail.text = mail.html = ""
        elif (error := _deliver(mail, pair)) is None:
            mail.state = OutgoingMail.State.SENT if settings.SMTP else OutgoingMail.State.KEPT
            mail.sent_at = at
            mail.last_error = ""
            if mail.state == OutgoingMail.State.SENT and mail.kind in {ACCOUNT, INVITATION}:
                mail.text = mail.html = ""  # codes and links that open an account are not kept
        else:
            mail.last_error = error
            if mail.attempts >= MOST_ATTEMPTS:
                _park(mail)
        mail.save(update_fields=["state", "sent_at", "last_error", "text", "html"])
    if mail.state == OutgoingMail.State.QUEUED:
        raise CouldNotHandOver(mail.last_error)


@dataclass(frozen=True, slots=True)
class TakenUp:
    """What is tried again: mails to be handed over, and facts whose letters are to be written, by their ids."""

    mails: frozenset[int]
    facts: frozenset[int]


@transaction.atomic
def take_up_parked(mail_ids: Iterable[int]) -> TakenUp:
    """Let parked mails be tried from the beginning. Whoever calls queues the work, in the same transaction.

    A letter that could not be written is forgotten, and so is that its fact was told: it is written anew, and those
    that are there already stay.
    """
    mails, facts = set(), set()
    parked = OutgoingMail.objects.select_for_update().filter(pk__in=set(mail_ids), state="parked")
    for mail in parked.order_by("pk"):
        if mail.text:
            mail.state, mail.attempts = OutgoingMail.State.QUEUED, 0
            mail.save(update_fields=["state", "attempts"])
            mails.add(mail.pk)
        elif mail.fact_id is not None:
            ToldFact.objects.filter(pk=mail.fact_id).delete()
            facts.add(mail.fact_id)
            mail.delete()
    return TakenUp(frozenset(mails), frozenset(facts))


def in_words(error: BaseException) -> str:
    """An error as it is kept: one line that fits, and nothing that a database cannot hold."""
    return f"{type(error).__name__}: {error}".replace("\x00", "\ufffd")[:500]


def _kept(letter: Letter, state: OutgoingMail.State, at: datetime) -> tuple[OutgoingMail, bool]:
    is_withheld = state == OutgoingMail.State.WITHHELD
    return OutgoingMail.objects.get_or_create(
        key=letter.key[:120],
        defaults={
            "kind": letter.kind,
            "to_address": letter.to_address,
            "language": letter.language,
            "subject": " ".join(letter.subject.split())[:300],
            "text": "" if is_withheld else letter.text,
            "html": "" if is_withheld else letter.html,
            "headers": dict(letter.headers),
            "message_id": _message_id(letter.key),
            "fact_id": letter.fact_id,
            "contact_id": letter.contact_id,
            "account_id": letter.account_id,
            "agreement_id": letter.agreement_id,
            "state": state,
            "created_at": at,
        },
    )


def _count_attempt(mail_id: int) -> bool:
    """Note that the mail is about to be handed over; False where it is not to be, or somebody else is at it."""
    with transaction.atomic():
        mail = (
            OutgoingMail.objects.select_for_update(skip_locked=True)
            .filter(pk=mail_id, state="queued")
            .first()
        )
        if mail is None:
            return False
        if mail.attempts >= MOST_ATTEMPTS:
            mail.last_error = mail.last_error or "The worker has ended each time."
            _park(mail)
        else:
            mail.attempts += 1
        mail.save(update_fields=["attempts", "state", "last_error"])
    return mail.state == OutgoingMail.State.QUEUED


def _park(mail: OutgoingMail) -> None:
    mail.state = OutgoingMail.State.PARKED
    log.error("mail parked", mail_id=mail.pk, kind=mail.kind, attempts=mail.attempts)


def _pair_for(mail: OutgoingMail) -> Pair | None:
    """The pair that the mail may tell its reader now (BEN-4)."""
    if mail.agreement_id is None:
        return None
    return pair_told_by(mail.fact_id, mail.agreement_id, mail.account_id)


def _may_still_know(mail: OutgoingMail, pair: Pair | None) -> bool:
    """False for a contact that was removed since, for an account that was switched off, for a letter about a pair that
    its reader may not have now, for what is told the owner of an agreement to whoever owns it no more, and for what
    only the service centre may know, whoever has left it (A21)."""
    if mail.contact_id is not None and not is_still_contact(mail.contact_id):
        return False
    if mail.agreement_id is not None and pair is None:
        return False
    if mail.kind in approvals.KINDS and mail.account_id not in accounts.service_centre():
        return False
    if mail.kind in ownership.ONLY_FOR_THE_OWNER and not _is_for_the_owner(mail):
        return False
    return mail.account_id is None or bool(accounts.addressees([mail.account_id]))


def _is_for_the_owner(mail: OutgoingMail) -> bool:
    return mail.fact_id is not None and owns(journal.fact(mail.fact_id).subject_id, mail.account_id)


def _deliver(mail: OutgoingMail, pair: Pair | None) -> str | None:
    """Hand the mail to the server; what went wrong, or None."""
    server: dict[str, Any] | None = settings.SMTP
    if not server:
        return None
    try:
        message = EmailMultiAlternatives(
            subject=mail.subject,
            body=_with_pair(mail.text, pair),
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[mail.to_address],
            headers={**mail.headers, "Message-ID": mail.message_id, **_against_loops()},
            connection=SmtpBackend(**server),
        )
        if mail.html:
            message.attach_alternative(_with_pair(mail.html, pair), "text/html")
        message.send()
    except Exception as error:  # One mail that cannot be sent, for whatever reason, must not stop the others.
        log.warning(
            "mail not handed over", mail_id=mail.pk, attempt=mail.attempts, error=type(error).__name__
        )
        # What a server says may repeat what it was sent.
        return in_words(error) if mail.agreement_id is None else type(error).__name__
    return None


def _with_pair(text: str, pair: Pair | None) -> str:
    """The text as it leaves the house: with the pair, where the letter tells one (BEN-1)."""
    return text if pair is None else filled(text, pair)


def _message_id(key: str) -> str:
    """Always the same for a key, and nobody else can tell which."""
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    return f"<{keyed_hash(b'message-id', key).hex()[:40]}@{host}>"


def _against_loops() -> dict[str, str]:
    """What keeps machines from answering (RFC 3834), and another desk, or this one, from taking it for an answer."""
    return {
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "X-Pactdesk-Loop": urlsplit(settings.BASE_URL).hostname or "localhost",
    }
