"""Who may be mailed the pair of an agreement (BEN-1, BEN-3, BEN-4). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from pactdesk.kernel.decisions import Decision, Reason

# How often the pair of one agreement is sent again, and how many pairs one person sends, within a day.
WINDOW: Final = timedelta(days=1)
MOST_OF_AGREEMENT: Final = 3
MOST_OF_SENDER: Final = 20


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who might be mailed a pair. `country` (ISO 3166) is that of the location to which the service centre has
    assigned the account, "" where it has not: what people say of themselves in a profile does not count here.
    `location_id` is that location."""

    account_id: int
    organization_id: int | None
    country: str
    location_id: int | None = None


@dataclass(frozen=True, slots=True)
class Addressed:
    """To whom the benefits of an agreement are addressed: an organization, or a location of it, in a country. `contact`
    is the account of its primary programme contact, None where there is none that can be written to."""

    organization_id: int | None
    country: str
    contact: int | None


def may_be_mailed(recipient: Recipient, addressed: Addressed, *, any_contact: bool) -> Decision:
    """Whether the service centre may mail the pair to somebody (BEN-4).

    The primary programme contact always. Where the region's policy allows `any_contact`, any contact of the partner in
    the country of the benefits, too; nobody else, anywhere.
    """
    reasons: list[Reason] = []
    if addressed.contact is not None and recipient.account_id == addressed.contact:
        return Decision()
    if addressed.organization_id is None or recipient.organization_id != addressed.organization_id:
        reasons.append(Reason("pair-mail.not-of-organization"))
    if not any_contact:
        reasons.append(Reason("pair-mail.primary-contact-only"))
    elif not recipient.country:
        reasons.append(Reason("pair-mail.location-unknown"))
    elif recipient.country != addressed.country:
        reasons.append(Reason("pair-mail.other-country"))
    return Decision(tuple(reasons))


def may_have(
    recipient: Recipient, addressed: Addressed, *, any_contact: bool, was_withdrawn: bool
) -> Decision:
    """Whether somebody may have the pair of an agreement: as `may_be_mailed`, unless what this person had registered
    was withdrawn (`was_withdrawn`, AGR-11). It is asked when the pair is to be mailed, and once more when the letter
    leaves the house."""
    decision = may_be_mailed(recipient, addressed, any_contact=any_contact)
    if not was_withdrawn:
        return decision
    return Decision((*decision, Reason("pair-mail.withdrawn")))


def may_send_again(*, of_agreement: int, of_sender: int) -> Decision:
    """Whether one more pair may be sent, after so many within `WINDOW`."""
    reasons: list[Reason] = []
    if of_agreement >= MOST_OF_AGREEMENT:
        reasons.append(Reason("pair-mail.too-often", {"most": MOST_OF_AGREEMENT}))
    if of_sender >= MOST_OF_SENDER:
        reasons.append(Reason("pair-mail.too-many", {"most": MOST_OF_SENDER}))
    return Decision(tuple(reasons))
