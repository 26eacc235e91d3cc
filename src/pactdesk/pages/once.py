"""Forms whose answer shows something once: going back in the browser must not make another one."""

from __future__ import annotations

import uuid

from pactdesk.accounts.sessions import first_use
from pactdesk.pages.requests import PageRequest

FIELD = "once"


def sent_before(request: PageRequest) -> bool:
    """Whether this very form was sent already. One that lost its key (`{% once_key %}`) counts as new."""
    try:
        key = uuid.UUID(request.POST.get(FIELD, ""))
    except ValueError:
        return False
    return not first_use(request.session, str(key))
