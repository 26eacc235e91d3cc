"""May somebody act for a customer, or on a subscription of their own? The one rule for it (OBO-3 to OBO-8, RTE-3).

docs/reference/who-may-act.md is what it answers, written out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from pactdesk.catalog.rules.entries import SignIn
from pactdesk.kernel.decisions import Decision, Reason

Purpose = Literal["submit", "read", "manage-contacts", "spend"]
PURPOSES: Final[tuple[Purpose, ...]] = ("submit", "read", "manage-contacts", "spend")

# How a partner stands to a customer. An indirect reseller stands between it and an indirect provider.
Tier = Literal["provider", "reseller", "direct"]
TIERS: Final[tuple[Tier, ...]] = ("provider", "reseller", "direct")

GLOBAL_ADMINISTRATOR: Final = "global-administrator"
HELPDESK_ADMINISTRATOR: Final = "helpdesk-administrator"
ROLES: Final = (GLOBAL_ADMINISTRATOR, HELPDESK_ADMINISTRATOR)

READER: Final = "reader"
# The roles on a subscription that may change something on it, strongest first (OBO-4).
WRITES: Final = ("owner", "administrator", "co-administrator", "contributor")
SUBSCRIPTION_ROLES: Final = (*WRITES, READER)


@dataclass(frozen=True, slots=True)
class Door:
    """What a channel wants to know of whoever comes in. `asks_subscription`: requests name the one they concern."""

    sign_in: SignIn
    asks_subscription: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How one account stands to whom a request is for, at one moment.

    `for_customer` False: it is for the account's own tenant, whether or not it has one. `tier` is the relationship of
    its organization to the customer, "" for none. `roles` are those in its organization (`ROLES`). `purposes` is what
    the customer has delegated to the organization and is in force; `from_provider` what the provider has passed on to
    it as its reseller. `lapsed` says of a customer's delegation that is in force no more how it ended: "ended",
    "revoked" or "". `subscription` is "open", "ended" or "" where none of theirs is named; `subscription_role` is the
    strongest role on it, held by the account itself or by one of its support groups, "" for none.
    """

    for_customer: bool = False
    tier: Tier | Literal[""] = ""
    roles: frozenset[str] = frozenset()
    purposes: frozenset[Purpose] = frozenset()
    from_provider: frozenset[Purpose] = frozenset()
    lapsed: Literal["ended", "revoked", ""] = ""
    subscription: Literal["open", "ended", ""] = ""
    subscription_role: str = ""

    @property
    def may_write(self) -> bool:
        """Whether a role lets the account change something on the subscription that is named."""
        return self.subscription == "open" and self.subscription_role in WRITES


OWN: Final = Standing()


def may_submit(standing: Standing, door: Door, *, break_fix: bool, best_effort: bool = False) -> Decision:
    """May a request be made at this door? Collects every reason that applies.

    Only work that restores something needs access to a subscription; whoever asks for `best_effort` help, which needs
    no access, is asked for none (RTE-3).
    """
    if standing.for_customer:
        return Decision(tuple(_for_a_customer(standing, door, needs_access=break_fix)))
    return Decision(tuple(_for_oneself(standing, door, needs_access=break_fix and not best_effort)))


def may_read(standing: Standing) -> Decision:
    """May the requests be seen that were made for the customer? Being one of their contacts is needed besides."""
    held = standing.purposes | standing.from_provider
    if not standing.for_customer or "read" in held or standing.subscription_role:
        return Decision()
    return Decision(tuple(_why_not_delegated(standing, "read")))


def may_manage_contacts(standing: Standing) -> Decision:
    """May contacts be added to and removed from requests that were made for the customer?"""
    held = standing.purposes | standing.from_provider
    if not standing.for_customer or "manage-contacts" in held or standing.may_write:
        return Decision()
    return Decision(tuple(_why_not_delegated(standing, "manage-contacts")))


def may_assign_roles(standing: Standing, *, to_group: bool) -> Decision:
    """May the account give roles on a customer's subscription, to a person or to a support group?

    A helpdesk administrator gives them to support groups only, which is how requests on subscriptions become possible
    for those people (OBO-3). An indirect reseller has to have the access itself first (OBO-4).
    """
    refusals: list[Reason] = []
    if not standing.for_customer:
        if GLOBAL_ADMINISTRATOR not in standing.roles:
            refusals.append(Reason("acting.administrator-needed"))
        return Decision(tuple(refusals))
    refusals.extend(_without_access(standing))
    if GLOBAL_ADMINISTRATOR not in standing.roles:
        if HELPDESK_ADMINISTRATOR not in standing.roles:
            refusals.append(Reason("acting.role-missing"))
        elif not to_group:
            refusals.append(Reason("acting.helpdesk-assigns-groups-only"))
    return Decision(tuple(refusals))


def _for_oneself(standing: Standing, door: Door, *, needs_access: bool) -> Iterator[Reason]:
    if not door.asks_subscription or not needs_access:
        return
    # Who administers a tenant administers the applications in it; a subscription has roles of its own (RTE-3).
    if door.sign_in == "tenant" and standing.roles:
        return
    if standing.subscription != "open":
        yield _subscription_reason(standing)
    elif not standing.may_write:
        yield Reason("acting.subscription-role-missing")


def _for_a_customer(standing: Standing, door: Door, *, needs_access: bool) -> Iterator[Reason]:
    if door.sign_in == "any":
        yield Reason("acting.in-own-name")
        return
    if door.asks_subscription and standing.subscription != "open":
        yield _subscription_reason(standing)
    # A role on the subscription is access that somebody gave to this account itself (OBO-4, OBO-5).
    if door.asks_subscription and standing.may_write:
        return
    if door.sign_in == "subscription":
        yield from _without_access(standing)
    elif "submit" not in standing.purposes:
        yield from _why_not_delegated(standing, "submit")
    if not standing.roles & frozenset(ROLES):
        yield Reason("acting.role-missing")
    elif door.sign_in == "subscription" and needs_access and GLOBAL_ADMINISTRATOR not in standing.roles:
        yield Reason("acting.helpdesk-not-on-subscriptions")


def _without_access(standing: Standing) -> Iterator[Reason]:
    """Why the organization has no access to the customer's subscription (OBO-4)."""
    if standing.tier == "reseller":
        if "submit" not in standing.from_provider:
            yield Reason("acting.provider-grant-missing")
    elif "submit" not in standing.purposes:
        yield from _why_not_delegated(standing, "submit")


def _why_not_delegated(standing: Standing, purpose: Purpose) -> Iterator[Reason]:
    if standing.purposes:
        yield Reason("acting.purpose-missing", {"purpose": purpose})
    elif standing.lapsed:
        yield Reason(f"acting.delegation-{standing.lapsed}")
    else:
        yield Reason("acting.delegation-missing")


def _subscription_reason(standing: Standing) -> Reason:
    return Reason(
        "acting.subscription-ended" if standing.subscription == "ended" else "acting.subscription-missing"
    )
