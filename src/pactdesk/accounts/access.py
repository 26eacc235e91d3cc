"""From a signed-in account to the Viewer that the rooms know."""

from __future__ import annotations

from pactdesk.accounts.models import AT_SERVICE_CENTRE, ROLES_OF_ACCOUNT, TEAMS_OF_ACCOUNT, Account
from pactdesk.accounts.viewer import Viewer
from pactdesk.kernel.database import execute

_POWERS = f"""
SELECT ARRAY({TEAMS_OF_ACCOUNT}), {AT_SERVICE_CENTRE}, ARRAY({ROLES_OF_ACCOUNT})
FROM accounts_account account WHERE account.id = %s
"""  # noqa: S608 - our own constants


def viewer_of(account: Account) -> Viewer:
    """The viewer that stands for `account`. Loads organization, teams and roles where they did not come with it."""
    organization = account.organization
    powers = getattr(account, "loaded_powers", None)
    if powers is None:
        powers = execute(_POWERS, [account.pk]).fetchone() or ((), False, ())
    teams, at_service_centre, roles = powers
    return Viewer(
        account_id=account.pk,
        email=account.email,
        first_name=account.first_name,
        last_name=account.last_name,
        kind=account.kind,
        organization_id=account.organization_id,
        organization_name=organization.name if organization else "",
        contact_email=account.contact_email or account.email,
        phone=account.phone,
        country=account.country,
        time_zone=account.time_zone,
        language=account.language,
        profile_complete=account.profile_completed_at is not None,
        is_operator=account.is_staff,
        teams=frozenset(teams),
        single_keys=account.single_keys,
        organization_kind=organization.kind if organization else "",
        at_service_centre=at_service_centre,
        roles=frozenset(roles) if organization else frozenset(),
    )
