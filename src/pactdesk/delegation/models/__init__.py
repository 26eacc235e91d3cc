"""Tables of relationships, of delegations and how they are asked for, of subscriptions and the roles on them."""

from pactdesk.delegation.models.delegations import Delegation, DelegationRequest
from pactdesk.delegation.models.relationships import Relationship
from pactdesk.delegation.models.subscriptions import (
    RoleAssignment,
    Subscription,
    SupportGroup,
    SupportGroupMember,
)

__all__ = [
    "Delegation",
    "DelegationRequest",
    "Relationship",
    "RoleAssignment",
    "Subscription",
    "SupportGroup",
    "SupportGroupMember",
]
