"""How many requests a program may make: counted for each token and for each account, in minutes.

The counts stand in a table that is not logged: after a crash of the database everybody begins anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from pactdesk.api.models import RequestCount
from pactdesk.api.problems import Refusal
from pactdesk.kernel.addresses import caller_of
from pactdesk.kernel.database import execute

WINDOW = 60  # seconds

# In this order everywhere, so that no two requests wait for each other.
_COUNT = """
INSERT INTO api_requestcount AS counted (key, "window", count)
SELECT key, %s, 1 FROM unnest(%s::text[]) WITH ORDINALITY AS asked (key, place) ORDER BY place
ON CONFLICT (key) DO UPDATE SET
  count = CASE WHEN counted."window" = EXCLUDED."window" THEN counted.count + 1 ELSE 1 END,
  "window" = EXCLUDED."window"
RETURNING key, count
"""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of the two limits in this window, which ends in `seconds`."""

    of_token: int
    of_account: int
    seconds: int

    def headers(self) -> dict[str, str]:
        """As draft-ietf-httpapi-ratelimit-headers names them."""
        return {
            "RateLimit-Policy": (
                f'"token";q={settings.API_RATE_OF_TOKEN};w={WINDOW}, '
                f'"account";q={settings.API_RATE_OF_ACCOUNT};w={WINDOW}'
            ),
            "RateLimit": (
                f'"token";r={max(self.of_token, 0)};t={self.seconds}, '
                f'"account";r={max(self.of_account, 0)};t={self.seconds}'
            ),
        }


def count(account_id: int, token: str, *, at: datetime) -> Allowance:
    """Count one more request of this account by this token. One statement."""
    window, elapsed = divmod(int(at.timestamp()), WINDOW)
    account = f"account:{account_id}"
    counts: dict[str, int] = dict(execute(_COUNT, (window, [account, token])).fetchall())
    return Allowance(
        of_token=settings.API_RATE_OF_TOKEN - counts[token],
        of_account=settings.API_RATE_OF_ACCOUNT - counts[account],
        seconds=WINDOW - elapsed,
    )


def require(allowance: Allowance) -> None:
    """Raises `Refusal` where a limit is passed."""
    if min(allowance.of_token, allowance.of_account) < 0:
        raise Refusal("too-many", headers={"Retry-After": str(allowance.seconds)})


def may_fetch_tokens(address: str, *, at: datetime) -> int:
    """Seconds until somebody at this network address may try client credentials again; 0: now. Counts the try."""
    window, elapsed = divmod(int(at.timestamp()), WINDOW)
    ((_key, tries),) = execute(_COUNT, (window, [f"fetch:{caller_of(address)}"])).fetchall()
    return WINDOW - elapsed if tries > settings.API_RATE_OF_FETCHING else 0


def forget_old(*, at: datetime) -> None:
    """Delete the counts of windows that are over."""
    RequestCount.objects.filter(window__lt=int(at.timestamp()) // WINDOW - 1).delete()
