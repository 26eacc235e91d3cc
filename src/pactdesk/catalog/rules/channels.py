"""At which front door a request is made, and who may come in (IDN-2, IDN-3, WIZ-1)."""

from __future__ import annotations

from typing import Final

from pactdesk.catalog.rules.entries import Channel, Product, Version
from pactdesk.kernel.decisions import Decision, Reason

OTHER_FRONT_DOOR: Final = "channel.other-front-door"
NEEDS_WORK_ACCOUNT: Final = "channel.needs-work-account"
NEEDS_PARTNER: Final = "channel.needs-partner"
PRODUCT_RETIRED: Final = "product.retired"
VERSION_RETIRED: Final = "product.version-retired"

REASON_CODES: Final = (OTHER_FRONT_DOOR, NEEDS_WORK_ACCOUNT, NEEDS_PARTNER, PRODUCT_RETIRED, VERSION_RETIRED)

# Tenants and partner organizations know their people by work accounts; anybody may be given a role on a subscription.
_WORK_ACCOUNT_ONLY: Final = frozenset({"tenant", "partner"})


def made_here(product: Product) -> Decision:
    """Is a request about `product` made in this installation? If not, the reason names the front door and says why.

    Worded parameters ("product", "channel", "why", "front_door") are mappings of language to text.
    """
    channel = product.channel
    if channel.open:
        return Decision()
    return Decision(
        (
            Reason(
                OTHER_FRONT_DOOR,
                {
                    "product": dict(product.name),
                    "channel": dict(channel.name),
                    "channel_code": channel.code,
                    "why": dict(channel.explanation),
                    "front_door": dict(channel.front_door_label),
                    "url": channel.front_door_url,
                },
            ),
        )
    )


def sign_in_fits(channel: Channel, account_kind: str, organization_kind: str) -> Decision:
    """May an account of this kind ("personal" or "work") make requests at this front door (IDN-2)?

    `organization_kind` is that of its organization, "" where it is in none: the partner centre is for partners.
    """
    if channel.sign_in in _WORK_ACCOUNT_ONLY and account_kind != "work":
        return Decision(
            (Reason(NEEDS_WORK_ACCOUNT, {"channel": dict(channel.name), "sign_in": channel.sign_in}),)
        )
    if channel.sign_in == "partner" and organization_kind != "partner":
        return Decision((Reason(NEEDS_PARTNER, {"channel": dict(channel.name)}),))
    return Decision()


def offered(product: Product, version: Version | None) -> Decision:
    """Can this product, in this version, still be chosen? A draft may have been left lying since."""
    refusals: list[Reason] = []
    if product.retired:
        refusals.append(Reason(PRODUCT_RETIRED, {"product": dict(product.name)}))
    if version is not None and version.retired:
        refusals.append(Reason(VERSION_RETIRED, {"version": dict(version.name)}))
    return Decision(tuple(refusals))
