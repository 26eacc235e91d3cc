"""The addresses to which contacts answer letters by mail, out and back."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from pactdesk.cases.models import Contact
from pactdesk.cases.rules.reply_address import Addressed, keyed_address, read_address, reply_key


@dataclass(frozen=True, slots=True)
class AnswerPlace:
    """Whom a reply address names: a contact of a case, and who that is; `email` is "" once the contact was removed.

    `account_id` is None for somebody who has no account.
    """

    case: int
    contact: int
    email: str = ""
    name: str = ""
    language: str = ""
    account_id: int | None = None


def reply_address_of(*, case: int, contact: int) -> str:
    """Where this contact may answer about this case by mail, or "" where answers by mail are not set up."""
    if not settings.MAIL_REPLY_ADDRESS:
        return ""
    key = reply_key(settings.SECRET_KEY)
    return keyed_address(settings.MAIL_REPLY_ADDRESS, Addressed(case, contact), key=key)


def place_at(address: str) -> AnswerPlace | None:
    """Whom `address` names, or None where it is no reply address of ours. At most one query."""
    if not settings.MAIL_REPLY_ADDRESS:
        return None
    keys = [reply_key(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    addressed = read_address(address, base=settings.MAIL_REPLY_ADDRESS, keys=keys)
    if addressed is None:
        return None
    contact = Contact.objects.filter(pk=addressed.contact, case=addressed.case).first()
    if contact is None:
        return AnswerPlace(addressed.case, addressed.contact)
    return AnswerPlace(
        addressed.case,
        addressed.contact,
        email=contact.email,
        name=contact.name,
        language=contact.language,
        account_id=contact.account_id,
    )
