"""Writing the letters that a fact owes, each for its reader, all or none of them, once.

A letter that cannot be written is parked with the reason; the others go out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import translation

from pactdesk.accounts import queries as accounts
from pactdesk.cases.queries.audience import Audience, audience, said
from pactdesk.cases.queries.escalation import noticed_by
from pactdesk.cases.queries.invitations import InvitationLetter, invitation_letter
from pactdesk.cases.queries.reply_addresses import reply_address_of
from pactdesk.cases.rules.numbers import shown_number
from pactdesk.journal import queries as journal
from pactdesk.journal.queries import RecordedFact
from pactdesk.kernel.sealing import keyed_hash
from pactdesk.notifications.letters import desk, requests
from pactdesk.notifications.letters.layout import drawn, headers_of, stop_url_of
from pactdesk.notifications.letters.requests import Telling
from pactdesk.notifications.models import OutgoingMail, ToldFact
from pactdesk.notifications.queries.choices import chosen_by
from pactdesk.notifications.rules.choices import is_wanted
from pactdesk.notifications.rules.telling import (
    ARRIVALS,
    INVITATION,
    NOTICES,
    Happened,
    Owed,
    Reader,
    letters_owed,
)
from pactdesk.notifications.services import outbox
from pactdesk.notifications.services.outbox import Letter

log = structlog.get_logger(__name__)

ONE_ARRIVAL_IN = timedelta(hours=24)  # to an address that nobody has proved to own (A6)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Whom a letter is written to. `proved`: somebody owns the address."""

    name: str
    email: str
    language: str
    time_zone: str
    proved: bool
    contact_id: int | None = None
    account_id: int | None = None


def tell(fact_id: int, *, at: datetime) -> list[int]:
    """Owe the letters about a fact; answers the ids of those to be handed over. The same fact again owes nothing.

    Joins the caller's transaction, who queues the sending. Raises what fetching raises; nothing is owed then.
    """
    with transaction.atomic():
        told, is_new = ToldFact.objects.get_or_create(fact_id=fact_id, defaults={"letters": 0, "at": at})
        if not is_new:
            return []
        fact = journal.fact(fact_id)
        about = audience(fact.subject_id)
        owed = [] if about.is_test else _owed(fact, about, at)
        ids = [_write_or_park(each, fact, about, at) for each in owed]
        told.letters = OutgoingMail.objects.filter(fact_id=fact_id).count()
        told.save(update_fields=["letters"])
    return [mail_id for mail_id in ids if mail_id is not None]


def _owed(fact: RecordedFact, about: Audience, at: datetime) -> list[Owed]:
    """What is owed and wanted. Three queries, and those that a step of a timer asks."""
    together = [_happened(each) for each in journal.facts_of_the_same_step(fact)]
    team = next(iter(accounts.teams(only=[about.team_id])), None) if about.team_id else None
    owed = letters_owed(
        _happened(fact),
        together=together,
        readers=[
            Reader(each.contact_id, each.account_id, is_primary=each.role == "primary")
            for each in about.contacts
        ],
        owner=about.owner_id,
        team=[account_id for account_id, _name in team.members] if team else [],
        noticed=_noticed(fact, at) if fact.code in NOTICES else (),
    )
    account_of = {each.contact_id: each.account_id for each in about.contacts}
    removed = fact.payload.get("account") if fact.code == "case.contact-removed" else None
    reader_of = {each: each.account or account_of.get(each.contact or 0) or removed for each in owed}
    chosen = chosen_by({account for account in reader_of.values() if account is not None})
    return [each for each in owed if is_wanted(each.kind, chosen.get(reader_of[each] or 0, {}))]


def _noticed(fact: RecordedFact, at: datetime) -> tuple[int, ...]:
    payload = fact.payload
    return noticed_by(
        fact.subject_id,
        payload["audience"],
        metric=payload["metric"],
        timer=payload["number"],
        is_breach=fact.code == "case.promise-broken",
        at=at,
    )


def _write_or_park(owed: Owed, fact: RecordedFact, about: Audience, at: datetime) -> int | None:
    try:
        with transaction.atomic():
            return _write(owed, fact, about, at)
    except (
        Exception
    ) as error:  # One letter that cannot be written, for whatever reason, must not stop the others.
        log.exception("letter parked", fact_id=fact.id, kind=owed.kind)
        OutgoingMail.objects.create(
            key=_key(owed, fact),
            kind=owed.kind,
            to_address="",
            language="",
            subject=f"[{about.shown_number}]",
            message_id="",
            fact_id=fact.id,
            contact_id=owed.contact,
            account_id=owed.account,
            state=OutgoingMail.State.PARKED,
            last_error=outbox.in_words(error),
            created_at=at,
        )
        return None


def _write(owed: Owed, fact: RecordedFact, about: Audience, at: datetime) -> int | None:
    reader = _reader(owed, fact, about)
    if reader is None:
        return None
    invitation = None
    if owed.kind == INVITATION:
        invitation = invitation_letter(fact.payload["contact"])
        if invitation is None or invitation.invitation_id != fact.payload["invitation"]:
            return None  # answered meanwhile, or another one is on its way
    letter = _letter(owed, fact, about, reader, invitation)
    if not reader.proved and owed.kind in ARRIVALS and _has_had_one(reader.email, at=at):
        outbox.withhold(letter, at=at)
        return None
    return outbox.post(letter, at=at)


def _reader(owed: Owed, fact: RecordedFact, about: Audience) -> _Reader | None:
    """Who gets the letter; None where the account was switched off meanwhile."""
    if owed.account is not None:
        person = accounts.addressees([owed.account]).get(owed.account)
        if person is None:
            return None
        return _Reader(
            name=person.name,
            email=person.email,
            language=person.language or settings.LANGUAGE_CODE,
            time_zone=person.time_zone or "UTC",
            proved=True,
            account_id=person.account_id,
        )
    if owed.contact is None:
        email = str(fact.payload["email"])
        return _Reader(
            name=fact.payload["name"],
            email=email,
            language=fact.payload["language"] or about.language or settings.LANGUAGE_CODE,
            time_zone=fact.payload["time_zone"] or about.time_zone,
            proved=_is_proved(email),
            account_id=fact.payload["account"],
        )
    place = next(each for each in about.contacts if each.contact_id == owed.contact)
    return _Reader(
        name=place.name,
        email=place.email,
        language=place.language or settings.LANGUAGE_CODE,
        time_zone=place.time_zone,
        proved=_is_proved(place.email),
        contact_id=place.contact_id,
        account_id=place.account_id,
    )


def _letter(
    owed: Owed, fact: RecordedFact, about: Audience, reader: _Reader, invitation: InvitationLetter | None
) -> Letter:
    answer_to = reply_address_of(case=about.number, contact=reader.contact_id) if reader.contact_id else ""
    stop_url = stop_url_of(owed.kind) if reader.account_id is not None else ""
    with translation.override(reader.language):
        it = _telling(fact, about, reader, invitation, may_answer_by_mail=bool(answer_to))
        if owed.account is not None:
            draft = desk.draft(owed.kind, it)
        else:
            draft = requests.draft(owed.kind, it, proved=reader.proved)
        text, html = drawn(draft, language=reader.language, stop_url=stop_url)
    return Letter(
        key=_key(owed, fact),
        kind=owed.kind,
        to_address=reader.email,
        language=reader.language,
        subject=draft.subject,
        text=text,
        html=html,
        headers=headers_of(about.number, reply_address=answer_to, stop_url=stop_url),
        fact_id=fact.id,
        contact_id=reader.contact_id,
        account_id=reader.account_id,
    )


def _telling(
    fact: RecordedFact,
    about: Audience,
    reader: _Reader,
    invitation: InvitationLetter | None,
    *,
    may_answer_by_mail: bool,
) -> Telling:
    together = journal.facts_of_the_same_step(fact)
    payload: Mapping[str, object] = fact.payload
    message = said(fact.payload["message"]) if fact.code == "case.message-added" else None
    closed = next(
        (each.payload for each in together if each.code == "case.closed" and fact.code == "case.merged"), {}
    )
    steps = [each.payload["after"] for each in together if each.code == "case.status-changed"]
    files = [
        str(each.payload["name"])
        for each in (fact, *together)
        if each.code == "case.file-added" and not each.payload["internal"]
    ]
    names = accounts.names_of([fact.actor_id]) if fact.actor_id is not None else {}
    return Telling(
        about=about,
        name=reader.name,
        time_zone=reader.time_zone,
        language=reader.language,
        who=message.who if message else names.get(fact.actor_id or 0, ""),
        side=str(payload.get("side", "")),
        said=message,
        reason=str(payload.get("reason", "")),
        files=tuple(files),
        then=steps[-1] if steps else "",
        before=str(payload.get("before", "")),
        after=str(payload.get("after", "")),
        around_the_clock=payload.get("hours") == "24x7",
        unreached=str(payload.get("name", "")) if fact.code == "case.severity-lowered" else "",
        step=str(payload.get("step", "")) if fact.code == "case.escalated" else "",
        taken_up_by=str(payload.get("name", "")) if fact.code == "case.escalation-taken-up" else "",
        owed=str(payload.get("metric", "")),
        owed_by=datetime.fromisoformat(fact.payload["due_at"]) if fact.code in NOTICES else None,
        is_late=fact.code == "case.promise-broken",
        attempts=tuple(map(datetime.fromisoformat, fact.payload.get("attempts", ()))),
        outcome=str(payload.get("outcome") or closed.get("outcome", "")),
        credited=int(str(payload.get("credited") or closed.get("credited") or 0)),
        deducted=int(str(payload.get("deducted") or 0)),
        into=shown_number(fact.payload["into"]) if fact.code == "case.merged" else "",
        invitation=invitation,
        may_answer_by_mail=may_answer_by_mail,
    )


def _is_proved(email: str) -> bool:
    return bool(accounts.people_by_address([email]))


def _has_had_one(email: str, *, at: datetime) -> bool:
    """Whether something of this sort went to the address within a day. Asked one after the other for each address."""
    with connection.cursor() as cursor:
        lock = int.from_bytes(keyed_hash(b"arrival", email)[:8], signed=True)
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
    recent = OutgoingMail.objects.filter(
        to_address=email, kind__in=ARRIVALS, created_at__gt=at - ONE_ARRIVAL_IN
    )
    return recent.exclude(state=OutgoingMail.State.WITHHELD).exists()


def _key(owed: Owed, fact: RecordedFact) -> str:
    """Unique for a fact and a reader, and short however long an address is."""
    reader = f"c{owed.contact}" if owed.contact is not None else f"a{owed.account}"
    if owed.contact is None and owed.account is None:
        reader = "r" + hashlib.sha256(str(fact.payload["email"]).encode()).hexdigest()[:16]
    return f"{fact.code}:{fact.subject_id}:{fact.id}:{reader}"


def _happened(fact: RecordedFact) -> Happened:
    return Happened(fact.code, fact.payload, fact.actor_id)
