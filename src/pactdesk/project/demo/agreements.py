"""What the people of the demo world have: one agreement in each standing that an agreement can have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pactdesk.accounts.access import viewer_of
from pactdesk.accounts.models import Account
from pactdesk.agreements import ledger, services
from pactdesk.agreements.access import programme_of
from pactdesk.agreements.models import Agreement, Registration
from pactdesk.agreements.rules import Pair
from pactdesk.project.demo.people import PEOPLE

# The pair that Petra was given, with the zero that people forget.
PETRAS_PAIR = Pair("0230242323", "71904483265500218736")
PETRAS_PROGRAMME = "gold-partner-support-20"

# A year and the 30 days that programmes of the partner network last longer (AGR-2).
_A_YEAR = 365
_PARTNER_TERM = _A_YEAR + 30

_USED_BEFORE = "Used before requests were kept here"


@dataclass(frozen=True, slots=True)
class Granted:
    """An agreement: its benefits began `began` days ago (below zero: they are yet to begin).

    `holder` is somebody of the organization that has it, and its owner if `owned`. `used_before` units are taken off
    with a note. `seats` limits how many accounts may register it; the owner withdrew the access of `withdrawn_from`.
    """

    programme: str
    holder: str
    began: int
    registered: tuple[str, ...] = ()
    owned: bool = True
    used_before: int = 0
    seats: int | None = None
    pair: Pair | None = None
    suspended: bool = False
    withdrawn_from: str = ""


AGREEMENTS: Mapping[str, Granted] = {
    # Registered by nobody yet: this is the one to begin with.
    "petras": Granted(PETRAS_PROGRAMME, "petra", began=9, owned=False, pair=PETRAS_PAIR),
    "shared": Granted(
        "gold-partner-support-20", "carla", began=140, registered=("carla", "cem"), used_before=6, seats=5
    ),
    "ending soon": Granted(
        "silver-partner-support-10", "carla", began=_PARTNER_TERM - 12, registered=("carla",), used_before=7
    ),
    "not begun": Granted("silver-partner-support-10", "carla", began=-12, registered=("carla",)),
    "expired": Granted(
        "action-pack-support-10",
        "carla",
        began=_PARTNER_TERM + 20,
        registered=("carla",),
        owned=False,
        used_before=4,
    ),
    "used up": Granted("software-assurance-5", "carla", began=200, registered=("carla",), used_before=3),
    "cloud only": Granted("signature-cloud-support", "carla", began=60, registered=("carla",), owned=False),
    "for developers": Granted(
        "visual-studio-subscription-4", "carla", began=90, registered=("carla",), owned=False
    ),
    "advice": Granted("partner-advisory-hours-20", "carla", began=75, registered=("carla",), used_before=5),
    "suspended": Granted(
        "software-assurance-5", "carla", began=30, registered=("carla",), owned=False, suspended=True
    ),
    "withdrawn": Granted(
        "silver-partner-support-10",
        "rafael",
        began=100,
        registered=("rafael", "carla"),
        withdrawn_from="carla",
    ),
    "cems": Granted("software-assurance-5", "cem", began=45, registered=("cem",)),
    "noras": Granted("advanced-support-for-partners", "nora", began=50, registered=("nora",)),
    "noras own": Granted("gold-partner-support-20", "nora", began=50, registered=("nora",)),
}


def make(accounts: Mapping[str, Account], *, at: datetime) -> dict[str, int]:
    """Issue, register and use them as their data says; answers their ids by the names used here."""
    return {name: _make(granted, accounts, at) for name, granted in AGREEMENTS.items()}


def _make(granted: Granted, accounts: Mapping[str, Account], at: datetime) -> int:
    holder, marta = accounts[granted.holder], accounts["marta"]
    zone = ZoneInfo(PEOPLE[granted.holder].time_zone)
    starts_on = (at - timedelta(days=granted.began)).astimezone(zone).date()
    issued_at = at - timedelta(days=max(granted.began, 0) + 3)
    new = services.issue_agreement(
        granted.programme,
        starts_on=starts_on,
        time_zone=str(zone),
        organization_id=holder.organization_id,
        owner_id=holder.pk if granted.owned else None,
        actor_id=marta.pk,
        at=issued_at,
        pair=granted.pair,
    )
    agreement = Agreement.objects.filter(pk=new.agreement_id)
    if granted.seats:
        agreement.update(seat_limit=granted.seats)
    if granted.used_before:
        ledger.adjust(
            new.agreement_id,
            units=-granted.used_before * programme_of(agreement.get().programme_id).whole,
            key=f"used-before:{new.agreement_id}",
            actor_id=marta.pk,
            at=issued_at + timedelta(days=4),
            note=_USED_BEFORE,
        )
    for hours, name in enumerate(granted.registered, start=1):
        services.add_agreement(
            new.pair.access_id,
            new.pair.contract_id,
            subject=None,
            address="127.0.0.1",
            actor=viewer_of(accounts[name]),
            at=issued_at + timedelta(hours=hours),
        )
    if granted.withdrawn_from:
        services.revoke_registration(
            new.agreement_id,
            Registration.objects.get(agreement=new.agreement_id, account=accounts[granted.withdrawn_from]).pk,
            actor=viewer_of(holder),
            at=at - timedelta(days=8),
        )
    if granted.suspended:
        agreement.update(suspended_at=at - timedelta(days=2))
    if (ended_at := agreement.get().ends_at) <= at:
        services.expire_ended(at=ended_at + timedelta(minutes=10))
    return new.agreement_id
