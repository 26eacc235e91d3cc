"""Rules of routing: the team by what a request is about (RTE-1), the engineer by who can take it (SEV-5). Pure."""

from pactdesk.routing.rules.engineers import Choice, Engineer, PassedOver, choose_engineer
from pactdesk.routing.rules.teams import Condition, Route, RoutingRule, Traits, choose_team

__all__ = [
    "Choice",
    "Condition",
    "Engineer",
    "PassedOver",
    "Route",
    "RoutingRule",
    "Traits",
    "choose_engineer",
    "choose_team",
]
