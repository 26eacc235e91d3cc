"""Who may be told about a request, and what of it. For the worker, which stands for nobody (REQ-1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from pactdesk.agreements.access import programme_of
from pactdesk.cases.models import Case, Contact, Message
from pactdesk.cases.rules.numbers import shown_number
from pactdesk.catalog import queries as catalog
from pactdesk.delegation.queries import who_may_read


@dataclass(frozen=True, slots=True)
class Listener:
    """A contact of a request. `account_id` is None until the address is proved to be somebody's."""

    contact_id: int
    role: str
    name: str
    email: str
    language: str
    time_zone: str
    account_id: int | None


@dataclass(frozen=True, slots=True)
class Audience:
    """A request as it is now, and those of its contacts who may be told of it, the primary one first. `product` is
    worded; `unit` is what it draws.

    `accounts` are those whose programs are told: the contacts' or, of a test request, only its submitter's.
    """

    number: int
    shown_number: str
    summary: str
    status: str
    severity: str
    hours: str
    opened_at: datetime
    first_response_due_at: datetime
    due_at: datetime | None
    product: Mapping[str, str]
    unit: str
    language: str
    time_zone: str
    is_test: bool
    submitter_id: int
    submitter_name: str
    owner_id: int | None
    team_id: int | None
    contacts: tuple[Listener, ...]

    @property
    def accounts(self) -> frozenset[int]:
        if self.is_test:
            return frozenset({self.submitter_id})
        return frozenset(each.account_id for each in self.contacts if each.account_id is not None)


@dataclass(frozen=True, slots=True)
class Said:
    """A message that everybody in its request may read."""

    who: str
    text: str
    language: str


def audience(number: int) -> Audience:
    """The request with this number and who listens at this moment. Raises `Case.DoesNotExist`. Three queries at
    most."""
    case = Case.objects.select_related("submitter", "agreement").get(pk=number)
    return Audience(
        number=case.pk,
        shown_number=shown_number(case.pk),
        summary=case.summary,
        status=case.status,
        severity=case.severity,
        hours=case.hours,
        opened_at=case.opened_at,
        first_response_due_at=case.first_response_due_at,
        due_at=case.due_at,
        product=catalog.current().product_by_id(case.product_id).name,
        unit=programme_of(case.agreement.programme_id).counted_unit if case.agreement else "",
        language=case.language,
        time_zone=case.time_zone,
        is_test=case.is_test,
        submitter_id=case.submitter_id,
        submitter_name=case.submitter.get_full_name() or case.submitter.email,
        owner_id=case.owner_id,
        team_id=case.team_id,
        contacts=tuple(
            Listener(
                contact_id=each.pk,
                role=each.role,
                name=each.name,
                email=each.email,
                language=each.language or case.language,
                time_zone=each.time_zone or case.time_zone,
                account_id=each.account_id,
            )
            for each in _in_reach(case, Contact.objects.filter(case=case).order_by("-role", "pk"))
        ),
    )


def _in_reach(case: Case, contacts: Iterable[Contact]) -> Iterator[Contact]:
    """Those who may be told at this moment. What belongs to a customer is told to nobody whose right has ended:
    somebody without an account is told as long as whoever submitted it may be."""
    if case.customer_id is None:
        yield from contacts
        return
    listening = list(contacts)
    asked = {case.submitter_id, *(each.account_id for each in listening if each.account_id is not None)}
    may_read = who_may_read(asked, customer_id=case.customer_id, subscription_id=case.subscription_id)
    yield from (
        each
        for each in listening
        if (case.submitter_id if each.account_id is None else each.account_id) in may_read
    )


def said(message_id: int) -> Said | None:
    """A message to everybody; None for a note of the desk, and for one that is gone. One query."""
    message = Message.objects.filter(pk=message_id, kind=Message.Kind.PUBLIC).first()
    return Said(message.author_name, message.text, message.language) if message else None


def is_still_contact(contact_id: int) -> bool:
    """Whether this place in a request is still there and may be written to. Two queries at most."""
    contact = Contact.objects.select_related("case").filter(pk=contact_id).first()
    return contact is not None and any(_in_reach(contact.case, [contact]))


def may_be_told(number: int, account_id: int) -> bool:
    """Whether programs of this account may be told about the request now. Two queries at most."""
    cases = Case.objects.filter(pk=number)
    case = (
        cases.filter(is_test=False, contacts__account_id=account_id)
        | cases.filter(is_test=True, submitter_id=account_id)
    ).first()
    if case is None or case.customer_id is None:
        return case is not None
    return account_id in who_may_read(
        [account_id], customer_id=case.customer_id, subscription_id=case.subscription_id
    )
