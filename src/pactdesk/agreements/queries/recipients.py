"""Who may be mailed the pair of an agreement, and why others may not, for the service centre (BEN-4).

Http404 for everybody else; no ID is in any answer but the Access ID, which its lists show anyway.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import Exists, OuterRef, Q
from django.http import Http404

from pactdesk.accounts.models import Account
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.access import any_agreement
from pactdesk.agreements.models import Registration
from pactdesk.agreements.queries import named
from pactdesk.agreements.queries.mailing import addressed, any_contact_in, as_recipient, place_of
from pactdesk.agreements.rules import PlanName
from pactdesk.agreements.rules.mailing import may_have
from pactdesk.kernel.decisions import Decision

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who might be mailed the pair. `place` is the location at which the service centre knows this person, ""
    where it does not; `is_contact`: the benefits are addressed to this person."""

    account_id: int
    name: str
    email: str
    place: str
    is_contact: bool
    decision: Decision


@dataclass(frozen=True, slots=True)
class Recipients:
    """The people of the organization whose agreement it is, the contact first; `more` were not fetched.

    `contact` is None where nobody is there to whom the benefits are addressed. `any_contact`: the policy of the region
    lets others have the pair, too.
    """

    agreement_id: int
    named: PlanName
    organization_id: int | None
    suspended: bool
    any_contact: bool
    contact: Candidate | None
    people: tuple[Candidate, ...]
    more: bool


def recipients(viewer: Viewer, agreement_id: int, *, words: str = "", also: int | None = None) -> Recipients:
    """Those whose name or address begins with `words`, a page of them; the contact, and the account `also`, in any
    case. Seven queries at most. Raises Http404, also where the agreement has no pair."""
    agreement = any_agreement(viewer, agreement_id)
    if agreement.pair_digest is None:
        raise Http404
    about = addressed(agreement)
    any_contact = bool(about.country) and any_contact_in(about.country)
    its_people = (
        Account.objects.filter(organization_id=agreement.organization_id)
        if agreement.organization_id is not None
        else Account.objects.filter(pk=agreement.owner_id or 0)
    ).filter(is_active=True)
    withdrawn = Registration.objects.filter(
        agreement=agreement, account=OuterRef("pk"), revoked_at__isnull=False
    )
    rows = (
        its_people.select_related("location")
        .annotate(was_withdrawn=Exists(withdrawn))
        .order_by("last_name", "first_name", "pk")
    )
    found = rows
    for word in words.split()[:5]:
        found = found.filter(
            Q(first_name__istartswith=word) | Q(last_name__istartswith=word) | Q(email__istartswith=word)
        )
    page = list(found[: PAGE + 1])
    first = list(rows.filter(pk__in=[each for each in (about.contact, also) if each is not None]))
    kept = {account.pk: account for account in (*first, *page[:PAGE])}

    def candidate(account: Account) -> Candidate:
        place = place_of(account)
        return Candidate(
            account.pk,
            account.get_full_name(),
            account.email,
            place.name if place else "",
            is_contact=account.pk == about.contact,
            decision=may_have(
                as_recipient(account),
                about,
                any_contact=any_contact,
                was_withdrawn=account.was_withdrawn,  # type: ignore[attr-defined]  # annotated above
            ),
        )

    people = sorted(map(candidate, kept.values()), key=lambda each: not each.is_contact)
    return Recipients(
        agreement_id=agreement.pk,
        named=named(agreement),
        organization_id=agreement.organization_id,
        suspended=agreement.suspended_at is not None,
        any_contact=any_contact,
        contact=next((each for each in people if each.is_contact), None),
        people=tuple(people),
        more=len(page) > PAGE,
    )
