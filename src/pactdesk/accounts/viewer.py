"""Who is asking."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Viewer:
    """The account behind a request, as plain data. Rooms take it in place of the account's row.

    `kind` is "personal" or "work"; `country` is an ISO 3166 code, `time_zone` an IANA name, `language` one of our six.
    The profile fields are "" until the profile was completed (IDN-1). `teams` holds the ids of the teams for which it
    answers, as one of their members or above them; `single_keys`: letters alone act at the desk. `organization_kind` is
    "vendor", "partner", "customer", "publisher" or "" where there is none; `roles` are "global-administrator" and
    "helpdesk-administrator", as far as the account has them in its organization (OBO-3).
    `at_service_centre`: one of its teams is the service centre.
    """

    account_id: int
    email: str
    first_name: str
    last_name: str
    kind: str
    organization_id: int | None
    organization_name: str
    contact_email: str
    phone: str
    country: str
    time_zone: str
    language: str
    profile_complete: bool
    is_operator: bool
    teams: frozenset[int] = frozenset()
    single_keys: bool = True
    organization_kind: str = ""
    roles: frozenset[str] = frozenset()
    at_service_centre: bool = False

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email

    @property
    def works_at_desk(self) -> bool:
        """Whether this account answers for a team."""
        return bool(self.teams)

    @property
    def administers(self) -> bool:
        """Whether this account decides for its organization: who else may act for it, and for which purposes."""
        return "global-administrator" in self.roles

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which times are shown to this viewer; UTC until the profile names one."""
        return ZoneInfo(self.time_zone or "UTC")
