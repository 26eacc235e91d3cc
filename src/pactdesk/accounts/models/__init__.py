"""Tables of organizations, of the people in them, of teams, and of what opens an account."""

from pactdesk.accounts.models.keys import ApiToken, Session
from pactdesk.accounts.models.network import Competency, Enrolment
from pactdesk.accounts.models.organizations import Location, Organization, OrganizationDomain
from pactdesk.accounts.models.people import ROLES_OF_ACCOUNT, Account, AccountManager, OrganizationRole
from pactdesk.accounts.models.teams import AT_SERVICE_CENTRE, TEAMS_OF_ACCOUNT, Team, TeamMember

__all__ = [
    "AT_SERVICE_CENTRE",
    "ROLES_OF_ACCOUNT",
    "TEAMS_OF_ACCOUNT",
    "Account",
    "AccountManager",
    "ApiToken",
    "Competency",
    "Enrolment",
    "Location",
    "Organization",
    "OrganizationDomain",
    "OrganizationRole",
    "Session",
    "Team",
    "TeamMember",
]
