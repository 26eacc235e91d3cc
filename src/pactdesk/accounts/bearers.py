"""Whoever shows a token, found together with the account that it acts for.

Every request of a program begins here, so one prepared statement answers: the token as it is now, its account as it is
now. A token has no rights of its own (A21): the Viewer is that of the account, which has to be active.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from pactdesk.accounts.access import viewer_of
from pactdesk.accounts.loading import COMES_ALONG, account_from
from pactdesk.accounts.rules.tokens import SCOPES, TOKEN, digest_of, is_token
from pactdesk.accounts.viewer import Viewer
from pactdesk.kernel.database import execute

# How often it is noted that a token was used.
_NOTED_EVERY = timedelta(minutes=1)

_BY_TOKEN = f"""
SELECT token.id::text, token.name, array(SELECT jsonb_array_elements_text(token.scopes)), token.last_used_at,
  {COMES_ALONG}
FROM accounts_apitoken token
JOIN accounts_account account ON account.id = token.account_id AND account.is_active
LEFT JOIN accounts_organization organization ON organization.id = account.organization_id
WHERE token.digest = %s AND token.revoked_at IS NULL AND token.expires_at > %s
"""  # noqa: S608 - the names of our own columns
# What an access token was fetched for and what its client may do have both to allow it.
_BY_ACCESS_TOKEN = f"""
SELECT client.id, client.name, array(
    SELECT unnest(string_to_array(token.scopes, chr(10)))
    INTERSECT SELECT unnest(string_to_array(client.scopes, chr(10)))
  ), (client.data->>'last_used_at')::timestamptz, {COMES_ALONG}
FROM allauth_idp_oidc_token token
JOIN allauth_idp_oidc_client client ON client.id = token.client_id
JOIN accounts_account account ON account.id = client.owner_id AND account.is_active
LEFT JOIN accounts_organization organization ON organization.id = account.organization_id
WHERE token.type = 'at' AND token.hash = %s AND token.expires_at > %s
"""  # noqa: S608 - likewise

_NOTE_USE = """
UPDATE accounts_apitoken SET last_used_at = %s
WHERE id = %s::bigint AND (last_used_at IS NULL OR last_used_at <= %s)
"""
_NOTE_USE_OF_CLIENT = """
UPDATE allauth_idp_oidc_client
SET data = COALESCE(data, '{}') || jsonb_build_object('last_used_at', %s::timestamptz)
WHERE id = %s AND (data->>'last_used_at' IS NULL OR (data->>'last_used_at')::timestamptz <= %s)
"""


@dataclass(frozen=True, slots=True)
class Bearer:
    """A program, and for whom it acts. `key` names what it showed, for counting; it is no secret. `name` is what its
    owner calls it."""

    viewer: Viewer
    scopes: frozenset[str]
    key: str
    name: str


def bearer_of(token: str, *, at: datetime) -> Bearer | None:
    """Who shows `token` at `at`; None where it opens nothing: unknown, ended, revoked, or of an account that is not
    active. One query, and another one once a minute."""
    ours = token.startswith(TOKEN)
    if ours and not is_token(token):
        return None
    digest = digest_of(token) if ours else hashlib.sha256(token.encode()).hexdigest()
    row = execute(_BY_TOKEN if ours else _BY_ACCESS_TOKEN, (digest, at)).fetchone()
    if row is None:
        return None
    key, name, scopes, last_used_at, *values = row
    account = account_from(values)
    assert account is not None  # the statement joins it
    if last_used_at is None or last_used_at <= at - _NOTED_EVERY:
        execute(_NOTE_USE if ours else _NOTE_USE_OF_CLIENT, (at, key, at - _NOTED_EVERY))
    return Bearer(
        viewer=viewer_of(account),
        scopes=frozenset(scopes) & frozenset(SCOPES),
        key=f"{'token' if ours else 'client'}:{key}",
        name=name,
    )
