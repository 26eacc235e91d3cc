"""Who may act for whom. Pure."""

from pactdesk.delegation.rules.acting import (
    OWN,
    PURPOSES,
    ROLES,
    SUBSCRIPTION_ROLES,
    TIERS,
    WRITES,
    Door,
    Purpose,
    Standing,
    Tier,
    may_assign_roles,
    may_manage_contacts,
    may_read,
    may_submit,
)
from pactdesk.delegation.rules.asking import Wish, may_answer, may_ask
from pactdesk.delegation.rules.granting import LONGEST_DAYS, MOST_UNITS, Terms, may_grant, may_pass_on

__all__ = [
    "LONGEST_DAYS",
    "MOST_UNITS",
    "OWN",
    "PURPOSES",
    "ROLES",
    "SUBSCRIPTION_ROLES",
    "TIERS",
    "WRITES",
    "Door",
    "Purpose",
    "Standing",
    "Terms",
    "Tier",
    "Wish",
    "may_answer",
    "may_ask",
    "may_assign_roles",
    "may_grant",
    "may_manage_contacts",
    "may_pass_on",
    "may_read",
    "may_submit",
]
