"""The rule about acting for others, written out: every role at every channel in every relation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from pactdesk.delegation.rules.acting import (
    GLOBAL_ADMINISTRATOR,
    HELPDESK_ADMINISTRATOR,
    WRITES,
    Door,
    Standing,
    may_submit,
)

DOORS: Final = {
    "on premises": Door("any"),
    "online services": Door("tenant"),
    "cloud subscriptions": Door("subscription", asks_subscription=True),
    "business applications": Door("tenant", asks_subscription=True),
    "partner centre": Door("partner"),
}
RELATIONS: Final = {
    "own tenant": Standing(subscription="open"),
    "direct partner, delegated": Standing(
        for_customer=True, tier="direct", purposes=frozenset({"submit"}), subscription="open"
    ),
    "indirect provider, delegated": Standing(
        for_customer=True, tier="provider", purposes=frozenset({"submit"}), subscription="open"
    ),
    "indirect reseller, delegated by the customer": Standing(
        for_customer=True, tier="reseller", purposes=frozenset({"submit"}), subscription="open"
    ),
    "indirect reseller, granted by the provider": Standing(
        for_customer=True, tier="reseller", from_provider=frozenset({"submit"}), subscription="open"
    ),
    "partner, nothing delegated": Standing(for_customer=True, tier="direct", subscription="open"),
    "partner, delegation taken back": Standing(
        for_customer=True, tier="direct", lapsed="revoked", subscription="open"
    ),
    "no relationship": Standing(for_customer=True, subscription="open"),
}
PEOPLE: Final = {
    "global administrator": (frozenset({GLOBAL_ADMINISTRATOR}), ""),
    "helpdesk administrator": (frozenset({HELPDESK_ADMINISTRATOR}), ""),
    "no role": (frozenset[str](), ""),
    "no role, reader on the subscription": (frozenset[str](), "reader"),
    f"no role, {' / '.join(WRITES)} on the subscription": (frozenset[str](), WRITES[-1]),
}
_YES: Final = "yes"


def as_markdown() -> str:
    """A section for each relation, in it a row for each role and a column for each channel: "yes", or the codes of the
    reasons why something that does not work cannot be reported there."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    for relation, standing in RELATIONS.items():
        yield from (
            f"## {relation.capitalize()}",
            "",
            f"| | {' | '.join(DOORS)} |",
            "| --- " * (len(DOORS) + 1) + "|",
        )
        for who, (roles, on_subscription) in PEOPLE.items():
            person = replace(standing, roles=roles, subscription_role=on_subscription)
            cells = (_cell(person, door) for door in DOORS.values())
            yield f"| {who} | {' | '.join(cells)} |"
        yield ""


def _cell(standing: Standing, door: Door) -> str:
    codes = may_submit(standing, door, break_fix=True).codes
    return ", ".join(code.partition(".")[2] for code in codes) or _YES
