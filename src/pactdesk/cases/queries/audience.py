"""Who may be told about a request. For the worker, which stands for nobody (REQ-1)."""

from __future__ import annotations

from dataclasses import dataclass

from pactdesk.cases.models import Case, Contact
from pactdesk.cases.rules.numbers import shown_number


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
    """A request as it is now, and its contacts, the primary one first.

    `accounts` are those whose programs are told: the contacts' or, of a test request, only its submitter's.
    """

    number: int
    shown_number: str
    summary: str
    status: str
    severity: str
    language: str
    time_zone: str
    is_test: bool
    submitter_id: int
    owner_id: int | None
    team_id: int | None
    contacts: tuple[Listener, ...]

    @property
    def accounts(self) -> frozenset[int]:
        if self.is_test:
            return frozenset({self.submitter_id})
        return frozenset(each.account_id for each in self.contacts if each.account_id is not None)


def audience(number: int) -> Audience:
    """The request with this number and who listens. Raises `Case.DoesNotExist`. Two queries."""
    case = Case.objects.get(pk=number)
    return Audience(
        number=case.pk,
        shown_number=shown_number(case.pk),
        summary=case.summary,
        status=case.status,
        severity=case.severity,
        language=case.language,
        time_zone=case.time_zone,
        is_test=case.is_test,
        submitter_id=case.submitter_id,
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
            for each in Contact.objects.filter(case=case).order_by("-role", "pk")
        ),
    )


def may_be_told(number: int, account_id: int) -> bool:
    """Whether programs of this account may be told about the request now. One query."""
    cases = Case.objects.filter(pk=number)
    return (
        cases.filter(is_test=False, contacts__account_id=account_id)
        | cases.filter(is_test=True, submitter_id=account_id)
    ).exists()
