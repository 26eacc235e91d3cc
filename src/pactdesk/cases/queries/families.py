"""For which families of products somebody can make a request for a customer, and what is needed. In memory."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pactdesk.cases.queries.intake import door_of
from pactdesk.catalog import queries as catalog
from pactdesk.catalog.rules import Channel, Family, Product
from pactdesk.delegation.rules import Door, Standing, may_submit
from pactdesk.kernel.decisions import Decision


@dataclass(frozen=True, slots=True)
class FamilyOffer:
    """A family of products, at one channel. `decision` says whether a request can be made for the customer at all, and
    `repairs` whether one about something that does not work can (RTE-3)."""

    family: Family
    channel: Channel
    door: Door
    products: tuple[Product, ...]
    decision: Decision
    repairs: Decision


def families_for(standing: Standing, *, on_any_subscription: Standing, role: str) -> tuple[FamilyOffer, ...]:
    """The families of open channels in which somebody who stands so can act for a customer. Which subscription a
    request concerns is asked in its first step: until then `on_any_subscription` counts, and `role`, the strongest that
    the account has on any of them."""
    offers = []
    for family, products in catalog.current().offered_products():
        channels = {product.channel.code: product.channel for product in products}
        for channel in channels.values():
            if not is_for_customers(channel):
                continue
            door = door_of(channel)
            here = standing
            if door.asks_subscription:
                here = replace(on_any_subscription, subscription="open", subscription_role=role)
            offers.append(
                FamilyOffer(
                    family=family,
                    channel=channel,
                    door=door,
                    products=tuple(each for each in products if each.channel.code == channel.code),
                    decision=may_submit(here, door, break_fix=False),
                    repairs=may_submit(here, door, break_fix=True),
                )
            )
    return tuple(offers)


def is_for_customers(channel: Channel) -> bool:
    """Whether somebody can act for a customer there: products on somebody's own machines belong to no tenant."""
    return channel.open and not channel.retired and channel.sign_in != "any"
