"""The demo world in the partner network: terms, a location with a competency, and what renewals brought (BEN-2).

One renewal has brought its agreement, and the letter with the pair stands among the mails. An action pack waits to be
asked for, a kit may be asked for, and one pair waits because nobody is noted to whom it could be mailed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from pactdesk.accounts.models import Account, Competency, Enrolment, Location, Organization
from pactdesk.agreements.facts import PairMailed
from pactdesk.agreements.services import activation
from pactdesk.journal.models import FactRow
from pactdesk.notifications import tasks
from pactdesk.notifications.services import outbox, telling_pairs
from pactdesk.project.demo.people import LEMAIRE, MEKONG, NORTHGATE, VLTAVA, Company

_A_YEAR: Final = timedelta(days=364)


@dataclass(frozen=True, slots=True)
class Member:
    """A company in the partner network, renewed so many days ago. `contact` is who its benefits are addressed to, ""
    where nobody is noted; `earned_at` names another location of it that has a competency."""

    company: Company
    level: str
    renewed: int
    contact: str
    earned_at: str = ""


MEMBERS: tuple[Member, ...] = (
    Member(NORTHGATE, "gold", 26, "nora", earned_at="Brno"),
    Member(MEKONG, "silver", 19, "minh"),
    Member(VLTAVA, "gold", 6, ""),
    Member(LEMAIRE, "action-pack", 3, "rafael"),
)


def make(accounts: Mapping[str, Account], *, at: datetime) -> None:
    """Enrol them, each on its day; what that brings is activated the day after, and its letter owed then."""
    for member in MEMBERS:
        renewed = at - timedelta(days=member.renewed)
        organization = Organization.objects.get(name=member.company.name)
        if member.contact:
            organization.primary_contact = accounts[member.contact]
            organization.save(update_fields=["primary_contact"])
        if member.earned_at:
            place = Location.objects.create(
                organization=organization,
                name=member.earned_at,
                city=member.earned_at,
                country=member.company.country,
            )
            Competency.objects.create(location=place, name="Cloud platform", earned_on=renewed.date())
        Enrolment.objects.create(
            organization=organization,
            level=member.level,
            renewed_on=renewed.date(),
            ends_on=renewed.date() + _A_YEAR,
        )
        activation.activate_due(at=renewed + timedelta(days=1))
    for fact in FactRow.objects.filter(code=PairMailed.code).order_by("pk"):
        for mail_id in telling_pairs.tell(fact.pk, at=fact.at):
            if settings.SMTP:
                tasks.queue_sending(mail_id)
            else:
                outbox.hand_over(mail_id, at=fact.at)
