"""Making a message of a received mail, or saying why not."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parseaddr

import structlog
from django.conf import settings
from django.db import transaction
from django.http import Http404
from django.utils import translation

from pactdesk.cases.queries import reply_addresses
from pactdesk.cases.queries.reply_addresses import AnswerPlace
from pactdesk.cases.rules.status import Side
from pactdesk.cases.services import conversation
from pactdesk.cases.services import files as case_files
from pactdesk.kernel.database import LOST
from pactdesk.kernel.decisions import Decision, Reason
from pactdesk.mailbox.models import ReceivedMail
from pactdesk.mailbox.rules.landing import AUTOMATIC, OVERRIDABLE, Place, may_land
from pactdesk.mailbox.rules.parsing import Attachment, Parsed, parse_mail, readable_header
from pactdesk.mailbox.rules.quoting import own_words
from pactdesk.mailbox.wording import sentence

log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 5
# A person writes less within an hour, and does not write the same three times.
MOST_AN_HOUR = 10
MOST_ALIKE = 2
HOUR = timedelta(hours=1)

_MOST_ADDRESSES = 50
_KEYED = re.compile(r"[a-z0-9._-]{1,30}\+[a-z0-9.]{10,70}@[a-z0-9.-]{3,253}", re.IGNORECASE)
# Where it was handed to says more than whom its writer named.
_ADDRESS_HEADERS = (("delivered-to", "x-original-to", "envelope-to"), ("to", "cc"))
_NAMESPACE = uuid.UUID("8f7a4e0e-64a5-5c5b-9c55-6a3f0f3a7b1d")


# Of a mail that is signed; they say nothing to people.
_SIGNATURES = {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
_TRY_AGAIN = {"file.storage-full", "file.storage-away"}


class NotNow(Exception):
    """Files cannot be kept at the moment; the mail is to be processed again."""


class _SomeRefused(Exception):
    """Files that cannot be kept, by their position, each with its reasons."""

    def __init__(self, refused: dict[int, Decision]) -> None:
        self.refused = refused
        super().__init__()


def process(mail_id: int, *, at: datetime) -> None:
    """Make of one received mail what is to be made of it. A mail that was processed before is left as it is.

    No mail stops those behind it: whatever goes wrong puts it into quarantine. Raises `NotNow` and errors of a lost
    database only; then it is to be tried again.
    """
    if not _begin(mail_id, at=at):
        return
    try:
        with transaction.atomic():
            mail = ReceivedMail.objects.select_for_update().filter(pk=mail_id, state="received").first()
            if mail is not None:
                take(mail, at=at)
    except (*LOST, NotNow):
        raise
    except Exception as error:
        log.exception("mail could not be processed", mail_id=mail_id)
        _give_up(mail_id, type(error).__name__, at=at)


def take(mail: ReceivedMail, *, overridden: Collection[str] = (), at: datetime) -> bool:
    """Decide about a locked mail and note it; answers whether it became a message. Joins the caller's transaction.

    `overridden` are the reasons that an operator sets aside.
    """
    parsed = parse_mail(bytes(mail.raw), most_bytes=max(settings.MAIL_MOST_BYTES, mail.size))
    if isinstance(parsed, Reason):
        _hold(mail, [parsed], at=at)
        return False
    _note_headers(mail, parsed)
    if not mail.is_whole:
        _hold(mail, [Reason("mail.too-large", {"megabytes": settings.MAIL_MOST_BYTES // 1_000_000})], at=at)
        return False
    addresses, places = _places(mail, parsed)
    words = own_words(parsed.text, subject=parsed.subject, ours={_our_own(), *addresses})
    decision = may_land(
        parsed,
        [Place(each.case, each.contact, each.email) if each.email else None for each in places],
        words=words,
        envelope_from=mail.envelope_from,
        authserv_id=settings.MAIL_AUTHSERV_ID,
    )
    place = places[0] if len(places) == 1 else None
    if place is not None and place.email:
        mail.case_number, mail.contact_id = place.case, place.contact
        mail.words_digest = hashlib.sha256(words.encode()).hexdigest()
        if decision.allowed or set(decision.codes) <= OVERRIDABLE:
            decision = decision.and_also(_too_many(mail, at=at))
    reasons = [reason for reason in decision if reason.code not in set(overridden) & OVERRIDABLE]
    if reasons or place is None:
        _hold(mail, reasons, at=at)
        return False
    return _land(mail, place, words, _files(parsed), at=at)


def _begin(mail_id: int, *, at: datetime) -> bool:
    """Count one more attempt, in a transaction of its own: a mail that kills its worker is put aside in the end."""
    with transaction.atomic():
        mail = (
            ReceivedMail.objects.select_for_update(skip_locked=True)
            .filter(pk=mail_id, state="received")
            .only("attempts", "state")
            .first()
        )
        if mail is None:
            return False
        mail.attempts += 1
        if mail.attempts <= MOST_ATTEMPTS:
            mail.save(update_fields=["attempts"])
            return True
    _give_up(mail_id, "worker", at=at)
    return False


def _give_up(mail_id: int, error: str, *, at: datetime) -> None:
    with transaction.atomic():
        mail = (
            ReceivedMail.objects.select_for_update().defer("raw").filter(pk=mail_id, state="received").first()
        )
        if mail is not None:
            _hold(mail, [Reason("mail.could-not-be-processed", {"error": error})], at=at)


def _hold(mail: ReceivedMail, reasons: Sequence[Reason], *, at: datetime) -> None:
    """The mail became no message, for these reasons."""
    automatic = bool(reasons) and all(reason.code in AUTOMATIC for reason in reasons)
    mail.state = ReceivedMail.State.IGNORED if automatic else ReceivedMail.State.QUARANTINED
    mail.reasons = [reason.as_data() for reason in reasons]
    mail.reason_code = reasons[0].code if reasons else ""
    mail.decided_at = at
    _save(mail)
    log.info("mail held", mail_id=mail.pk, state=str(mail.state), reasons=[reason.code for reason in reasons])


def _land(
    mail: ReceivedMail, place: AnswerPlace, words: str, files: Sequence[Attachment], *, at: datetime
) -> bool:
    """Say it in the request, with its files, under keys that the same mail to the same contact always has.

    A file that cannot be kept is named in the message, with the reason: the words are not to wait for it.
    """
    key = uuid.uuid5(_NAMESPACE, f"{hashlib.sha256(bytes(mail.raw)).hexdigest()}:{place.contact}")
    try:
        try:
            _say(place, words, files, {}, key=key, at=at)
        except _SomeRefused as some:
            _say(place, words, files, some.refused, key=key, at=at)
    except conversation.CannotReply as refused:
        _hold(mail, list(refused.decision), at=at)
        return False
    except Http404:
        _hold(mail, [Reason("mail.contact-gone")], at=at)
        return False
    mail.state = ReceivedMail.State.TAKEN
    mail.reasons, mail.reason_code, mail.decided_at = [], "", at
    _save(mail)
    return True


@transaction.atomic
def _say(
    place: AnswerPlace,
    words: str,
    files: Sequence[Attachment],
    refused: Mapping[int, Decision],
    *,
    key: uuid.UUID,
    at: datetime,
) -> None:
    """The message and all files that are not `refused`, or nothing. Raises `_SomeRefused` for those that are new."""
    with translation.override(place.language or settings.LANGUAGE_CODE):
        notes = [f"⚠ {sentence(reason)}" for decision in refused.values() for reason in decision]
    text = words or "\n".join(f"📎 {file.name}" for file in files)
    posted = conversation.reply_as_contact(
        place.contact, "\n\n".join(filter(None, [text, "\n".join(notes)])), key=key, at=at, via="mail"
    )
    more: dict[int, Decision] = {}
    for position, file in enumerate(files):
        if position not in refused:
            try:
                case_files.store_bytes(
                    place.case,
                    file.name,
                    file.content,
                    side=Side.REQUESTER,
                    uploader_id=place.account_id,
                    uploader_name=place.name,
                    message_id=posted.message_id,
                    key=uuid.uuid5(key, str(position)),
                    at=at,
                )
            except case_files.CannotStore as cannot:
                more[position] = cannot.decision
    if any(_TRY_AGAIN & set(decision.codes) for decision in more.values()):
        raise NotNow
    if more:
        raise _SomeRefused({**refused, **more})


def _files(parsed: Parsed) -> list[Attachment]:
    return [file for file in parsed.attachments if file.content and file.content_type not in _SIGNATURES]


def _save(mail: ReceivedMail) -> None:
    mail.save(
        update_fields=[
            "state",
            "reasons",
            "reason_code",
            "overridden",
            "from_address",
            "to_address",
            "subject",
            "case_number",
            "contact_id",
            "words_digest",
            "decided_at",
            "decided_by",
        ]
    )


def _note_headers(mail: ReceivedMail, parsed: Parsed) -> None:
    """What operators see in the list."""
    mail.from_address = readable_header(parsed.first("from"))
    mail.to_address = readable_header(", ".join(mail.envelope_to) or parsed.first("to"))
    mail.subject = parsed.subject


def _places(mail: ReceivedMail, parsed: Parsed) -> tuple[list[str], list[AnswerPlace]]:
    """The addresses that the mail was sent to, and whom those of them name that are ours."""
    sources = [list(mail.envelope_to)]
    sources += [[value for name in names for value in parsed.all(name)] for names in _ADDRESS_HEADERS]
    for source in sources:
        addresses = [address.lower() for text in source for address in _KEYED.findall(text[:20_000])]
        found = {}
        for address in dict.fromkeys(addresses[:_MOST_ADDRESSES]):
            place = reply_addresses.place_at(address)
            if place is not None:
                found[place.case, place.contact] = place
        if found:
            return addresses, list(found.values())
    return [], []


def _too_many(mail: ReceivedMail, *, at: datetime) -> list[Reason]:
    """Whether more came from this contact within the hour than a person writes, or the same again and again."""
    lately = ReceivedMail.objects.filter(
        contact_id=mail.contact_id, state__in=["taken", "released"], received_at__gt=at - HOUR
    ).exclude(pk=mail.pk)
    if lately.count() >= MOST_AN_HOUR or lately.filter(words_digest=mail.words_digest).count() >= MOST_ALIKE:
        return [Reason("mail.too-many", {"most": MOST_AN_HOUR})]
    return []


def _our_own() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].lower()
