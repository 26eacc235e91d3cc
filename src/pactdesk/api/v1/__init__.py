"""Version 1 of the API. What is added here stays as it is: names, types and codes do not change within a version."""

from __future__ import annotations

from pactdesk.api.frame import Api
from pactdesk.api.v1 import (
    agreements,
    catalogue,
    customers,
    delegations,
    draw_order,
    escalations,
    files,
    purchases,
    requests,
    set_asides,
    severity,
    webhooks,
)

DESCRIPTION = """\
Support requests, agreements, paid incidents and the catalogue for programs. Sign in with a bearer token; cookies are
not read. Everything that goes wrong is answered as problem details (RFC 9457) with stable reason codes, in the language
of `Accept-Language`. Instants are UTC.
"""

api = Api(title="Pactdesk API", version="1", description=DESCRIPTION, urls_namespace="api:v1")
api.add_router("", catalogue.router)
api.add_router("", agreements.router)
api.add_router("", requests.router)
api.add_router("", severity.router)
api.add_router("", escalations.router)
api.add_router("", files.router)
api.add_router("", set_asides.router)
api.add_router("", draw_order.router)
api.add_router("", customers.router)
api.add_router("", delegations.router)
api.add_router("", purchases.router)
api.add_router("", webhooks.router)
