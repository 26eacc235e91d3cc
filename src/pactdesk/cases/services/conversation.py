"""Saying something in a request (REQ-2): contacts and engineers to each other, engineers among themselves.

Every verb is idempotent by `key`: sending again, for whatever reason, says nothing twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.access import case_for, desk_case
from pactdesk.cases.facts import MessageAdded
from pactdesk.cases.models import Case, Contact, Message
from pactdesk.cases.queries.audience import is_still_contact
from pactdesk.cases.rules.messages import may_be_said, sayable
from pactdesk.cases.rules.status import ASSIGNED, NEW, RESOLVED, WAITING, Move, Side
from pactdesk.cases.services import clocks
from pactdesk.cases.services.changing import (
    keep,
    move,
    own_if_unowned,
    require_still_to_come,
    require_unchanged,
)
from pactdesk.cases.services.files import CannotStore, attach
from pactdesk.journal import services as journal
from pactdesk.kernel.database import constraint_of
from pactdesk.kernel.decisions import Reason, Refused
from pactdesk.kernel.text import tidy
from pactdesk.servicelevels.rules import Kind

KEY_GUARD = "message_key_once"


class CannotReply(Refused):
    """Nothing was said."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A message and its case; `replayed` says that it was said before and nothing was done now."""

    message_id: int
    case_number: int
    replayed: bool


@transaction.atomic
def reply(
    number: int | None,
    text: str,
    *,
    key: uuid.UUID,
    files: Iterable[uuid.UUID] = (),
    actor: Viewer,
    at: datetime,
    via: str = "portal",
) -> Posted:
    """A contact says something to everybody. A request that waited for it, or was resolved, is in progress again.

    `files` are those that the actor has sent to the request (`services.files`) and that go with the message.
    Raises Http404 where the actor is no contact, and `CannotReply` with every reason.
    """
    case = case_for(actor, number, lock=True)
    place = Contact.objects.get(case=case, account_id=actor.account_id)
    posted = _heard(case, place, text, key=key, author_id=actor.account_id, name=actor.name, at=at, via=via)
    _add_files(case, posted, files, Side.REQUESTER, actor, at)
    return posted


@transaction.atomic
def reply_as_contact(
    contact_id: int, text: str, *, key: uuid.UUID, at: datetime, via: str = "mail"
) -> Posted:
    """Like `reply`, for somebody who has proved to be this contact otherwise than by signing in.

    Raises Http404 where the contact was removed meanwhile, and `CannotReply`.
    """
    number = Contact.objects.filter(pk=contact_id).values_list("case_id", flat=True).first()
    case = Case.objects.select_for_update().filter(pk=number).first() if number else None
    place = Contact.objects.filter(pk=contact_id, case=case).first() if case else None
    if case is None or place is None or not is_still_contact(place.pk):
        raise Http404
    return _heard(case, place, text, key=key, author_id=place.account_id, name=place.name, at=at, via=via)


@transaction.atomic
def answer(
    number: int | None,
    text: str,
    *,
    key: uuid.UUID,
    seen: int | None,
    then: Move | None = None,
    until: datetime | None = None,
    files: Iterable[uuid.UUID] = (),
    actor: Viewer,
    at: datetime,
    via: str = "desk",
) -> Posted:
    """An engineer says something to everybody and, with `then`, waits for the requester (ASK) or resolves the request.

    Whoever answers a request that nobody owns owns it. The first answer keeps the first promise, each one starts the
    next (SEV-6). `until`: waiting ends by itself then. `seen` is the revision that the engineer had before the eyes.
    Raises Http404, `CannotReply`, `CannotChange` where the request was changed meanwhile or cannot be moved so, and
    `ValueError` for a move that another verb makes.
    """
    if then not in {None, Move.ASK, Move.RESOLVE}:
        raise ValueError(f"{then} does not follow from an answer")
    case = desk_case(actor, number, lock=True)
    if (said := _said_before(case, key, actor.account_id)) is not None:
        return said
    text = _sayable(text)
    require_unchanged(case, seen)
    require_still_to_come(until, at=at)
    if refusals := may_be_said(case.status).refusals:
        raise CannotReply(*refusals)
    own_if_unowned(case, actor=actor, at=at)
    case.first_response_at = case.first_response_at or at
    clocks.happened(case, Kind.ANSWERED, at=at, actor_id=actor.account_id)
    posted = _post(
        case, text, "public", Side.VENDOR, key, actor.account_id, actor.name, actor.language, via, at
    )
    if then == Move.ASK and case.status == WAITING:
        case.waiting_until = until
        clocks.happened(case, Kind.PAUSED, at=at, actor_id=actor.account_id, until=until)
    elif then is not None:
        move(case, then, side=Side.VENDOR, actor_id=actor.account_id, at=at, until=until)
    elif case.status in {NEW, ASSIGNED}:
        move(case, Move.START, side=Side.VENDOR, actor_id=actor.account_id, at=at)
    _add_files(case, posted, files, Side.VENDOR, actor, at)
    keep(case, at=at)
    return posted


@transaction.atomic
def note(
    number: int | None,
    text: str,
    *,
    key: uuid.UUID,
    files: Iterable[uuid.UUID] = (),
    actor: Viewer,
    at: datetime,
) -> Posted:
    """An engineer leaves a note that only the desk reads, also in a closed request; so are its files.

    Raises Http404, `CannotReply`.
    """
    case = desk_case(actor, number, lock=True)
    if (said := _said_before(case, key, actor.account_id)) is not None:
        return said
    text = _sayable(text)
    posted = _post(
        case, text, "internal", Side.VENDOR, key, actor.account_id, actor.name, actor.language, "desk", at
    )
    _add_files(case, posted, files, Side.VENDOR, actor, at, internal=True)
    keep(case, at=at, publicly=False)
    return posted


def _heard(
    case: Case,
    place: Contact,
    text: str,
    *,
    key: uuid.UUID,
    author_id: int | None,
    name: str,
    at: datetime,
    via: str,
) -> Posted:
    if (said := _said_before(case, key, author_id)) is not None:
        return said
    text = _sayable(text)
    if refusals := may_be_said(case.status).refusals:
        raise CannotReply(*refusals)
    language = place.language or case.language
    posted = _post(case, text, "public", Side.REQUESTER, key, author_id, name, language, via, at)
    if case.status in {WAITING, RESOLVED}:
        move(case, Move.HEAR, side=Side.REQUESTER, actor_id=author_id, at=at)
    keep(case, at=at)
    Contact.objects.filter(pk=place.pk).update(seen_at=at)  # one's own words are no news
    return posted


def _add_files(
    case: Case,
    posted: Posted,
    files: Iterable[uuid.UUID],
    side: Side,
    actor: Viewer,
    at: datetime,
    *,
    internal: bool = False,
) -> None:
    """The files go with the message, unless it was said before: then so were they."""
    wanted = set(files)
    if posted.replayed or not wanted:
        return
    message = Message.objects.get(pk=posted.message_id)
    try:
        attach(
            case,
            wanted,
            message=message,
            internal=internal,
            side=side,
            actor_id=actor.account_id,
            at=at,
        )
    except CannotStore as refused:
        raise CannotReply(*refused.decision) from refused


def _said_before(case: Case, key: uuid.UUID, author_id: int | None) -> Posted | None:
    """What was said under this key; a key that somebody else has used, or in another request, is refused."""
    message = Message.objects.filter(key=key).first()
    if message is None:
        return None
    if message.case_id != case.pk or message.author_id != author_id:
        raise CannotReply(Reason("message.key-taken"))
    return Posted(message.pk, case.pk, replayed=True)


def _sayable(text: str) -> str:
    text = tidy(text)
    if refusals := sayable(text).refusals:
        raise CannotReply(*refusals)
    return text


def _post(
    case: Case,
    text: str,
    kind: str,
    side: Side,
    key: uuid.UUID,
    author_id: int | None,
    author_name: str,
    language: str,
    via: str,
    at: datetime,
) -> Posted:
    try:
        message = Message.objects.create(
            case=case,
            kind=kind,
            side=side.value,
            author_id=author_id,
            author_name=author_name,
            text=text,
            language=language,
            via=via,
            at=at,
            key=key,
        )
    except IntegrityError as error:
        # The same key in another request at the same moment: the lock of this one did not hold that up.
        if constraint_of(error) != KEY_GUARD:
            raise
        raise CannotReply(Reason("message.key-taken")) from error
    fact = MessageAdded(case.pk, message=message.pk, kind=kind, side=side.value)
    journal.record(fact, actor_id=author_id, at=at)
    return Posted(message.pk, case.pk, replayed=False)
