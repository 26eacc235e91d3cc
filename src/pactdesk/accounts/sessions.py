"""Sessions in the database, found together with the account that they belong to.

Every request of somebody who is signed in begins here. Asked through the ORM, in three questions, this costs more than
the rest of a submission; one prepared statement answers the same.
"""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from pactdesk.accounts.loading import COMES_ALONG, account_from
from pactdesk.accounts.models import Account, Session
from pactdesk.kernel.database import execute

_LOAD = f"""
SELECT session.session_data, {COMES_ALONG}
FROM accounts_session session
LEFT JOIN accounts_account account ON account.id = session.account_id AND account.is_active
LEFT JOIN accounts_organization organization ON organization.id = account.organization_id
WHERE session.session_key = %s AND session.expire_date > %s
"""  # noqa: S608 - the names of our own columns

# The keys of forms that must not be sent twice, and of how many the newest are remembered.
_USED: Final = "used"
_MOST_USED: Final = 50


class SessionStore(DatabaseStore):
    """Django's database sessions. `account` is the active account of the session that was loaded, or None."""

    account: Account | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session: Session = super().create_model_instance(data)  # type: ignore[assignment]  # of the class above
        session.account_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        return session

    def load(self) -> dict[str, Any]:
        row = execute(_LOAD, (self.session_key, timezone.now())).fetchone()
        if row is None:
            self._session_key = None
            return {}
        session_data, *values = row
        self.account = account_from(values)
        data: dict[str, Any] = self.decode(session_data)
        return data


def account_of(request: HttpRequest) -> Account | AnonymousUser:
    """Who is signed in. Django's own `get_user` decides wherever the account that came with the session is not, beyond
    doubt, the one that signed in with the present password."""
    session = request.session
    signed_in = session.get(SESSION_KEY)
    account = getattr(session, "account", None)
    if account is not None and signed_in == str(account.pk):
        proof, backend = session.get(HASH_SESSION_KEY, ""), session.get(BACKEND_SESSION_KEY)
        same_password = constant_time_compare(proof, account.get_session_auth_hash())
        if same_password and backend in settings.AUTHENTICATION_BACKENDS:
            return account  # type: ignore[no-any-return]  # set by the store above
    return get_user(request)


def first_use(session: SessionBase, key: str) -> bool:
    """Whether this session uses `key` for the first time; from now on it has. Of two at once one is the first."""
    with transaction.atomic():
        row = Session.objects.select_for_update().filter(session_key=session.session_key).first()
        if row is None:
            return False
        data = session.decode(row.session_data)
        used = data.get(_USED, [])
        if key in used:
            return False
        session[_USED] = data[_USED] = [*used[1 - _MOST_USED :], key]
        row.session_data = session.encode(data)
        row.save(update_fields=["session_data"])
    return True
