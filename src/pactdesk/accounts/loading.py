"""An account found together with all that its Viewer needs, by one statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pactdesk.accounts.models import (
    AT_SERVICE_CENTRE,
    ROLES_OF_ACCOUNT,
    TEAMS_OF_ACCOUNT,
    Account,
    Organization,
)

_COLUMNS: Final = tuple(field.attname for field in Account._meta.concrete_fields)
# What a statement that finds an `account` with its `organization` selects last, for `account_from`.
COMES_ALONG: Final = f"""
  organization.name, organization.kind, ARRAY({TEAMS_OF_ACCOUNT}), {AT_SERVICE_CENTRE}, ARRAY({ROLES_OF_ACCOUNT}),
  {", ".join(f"account.{name}" for name in _COLUMNS)}
"""


def account_from(values: Sequence[Any]) -> Account | None:
    """The account in what a statement selected as `COMES_ALONG`, ready for `access.viewer_of`; None for none."""
    organization_name, organization_kind, teams, at_service_centre, roles, *fields = values
    if fields[0] is None:
        return None
    account = Account.from_db("default", _COLUMNS, fields)
    account.loaded_powers = (teams, at_service_centre, roles)  # type: ignore[attr-defined]  # for viewer_of
    if account.organization_id is not None:
        named = (account.organization_id, organization_name, organization_kind)
        account.organization = Organization.from_db("default", ("id", "name", "kind"), named)
    return account
