"""The front door of a product in words: why it is supported there, and what one needs to come in (IDN-2, IDN-3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pactdesk.accounts.viewer import Viewer
from pactdesk.catalog.rules import Channel, Product, sign_in_fits
from pactdesk.kernel.worded import text_in
from pactdesk.pages.reasons import WordedReason, worded

_SIGN_IN: Final[Mapping[str, str | Promise]] = {
    "tenant": gettext_lazy("You sign in with a work account of the tenant."),
    "subscription": gettext_lazy("You need a role on the subscription."),
    "partner": gettext_lazy("You sign in with a work account of a partner organization."),
}


@dataclass(frozen=True, slots=True)
class FrontDoor:
    """`url` is "" where requests are made here. `refusals` say why the reader cannot come in, each with a way out."""

    product: str
    channel: str
    why: str
    label: str
    url: str
    needs: tuple[str, ...]
    refusals: tuple[WordedReason, ...] = ()


def front_door_of(product: Product, reader: Viewer, language: str) -> FrontDoor | None:
    """The front door of a product; None where it is open here to everybody, so that there is nothing to say."""
    channel = product.channel
    if channel.open and channel.sign_in == "any":
        return None
    decision = sign_in_fits(channel, reader.kind, reader.organization_kind)
    return FrontDoor(
        product=text_in(product.name, language),
        channel=text_in(channel.name, language),
        why=text_in(channel.explanation, language),
        label=text_in(channel.front_door_label, language),
        url="" if channel.open else channel.front_door_url,
        needs=_needs(channel, language),
        refusals=tuple(worded(reason, zone=reader.time_zone) for reason in decision) if channel.open else (),
    )


def _needs(channel: Channel, language: str) -> tuple[str, ...]:
    needs = [str(_SIGN_IN[channel.sign_in])] if channel.sign_in in _SIGN_IN else []
    if not channel.needs_pair:
        needs.append(_("You need no plan."))
    elif channel.instead_of_pair:
        needs.append(
            _(
                "Technical work is paid by a plan with its Access ID and Contract ID. Instead of them: %(what)s"
            )
            % {"what": text_in(channel.instead_of_pair, language)}
        )
    else:
        needs.append(_("Technical work is paid by a plan with its Access ID and Contract ID."))
    return tuple(needs)
