"""Questions about accounts that other rooms ask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from allauth.account.models import EmailAddress

from pactdesk.accounts.models import Account


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """An account found by an address that it has proved to own."""

    account_id: int
    name: str
    language: str
    time_zone: str


def people_by_address(addresses: Iterable[str]) -> dict[str, KnownPerson]:
    """The accounts behind verified addresses, by lower-case address. One query; unknown ones are missing."""
    wanted = {address.strip().lower() for address in addresses if address}
    rows = EmailAddress.objects.filter(email__in=wanted, verified=True).select_related("user")
    return {
        row.email.lower(): KnownPerson(
            account_id=row.user.pk,
            name=row.user.get_full_name(),
            language=row.user.language,
            time_zone=row.user.time_zone,
        )
        for row in rows
    }


def language_of(account_id: int | None) -> str:
    """The language that an account chose, or "" where it did not, or is unknown."""
    if account_id is None:
        return ""
    return Account.objects.filter(pk=account_id).values_list("language", flat=True).first() or ""


def names_of(account_ids: Iterable[int]) -> dict[int, str]:
    """Names for showing who acted, by account id. One query."""
    return {
        account.pk: account.get_full_name() or account.email
        for account in Account.objects.filter(pk__in=set(account_ids))
    }
