"""Verbs on accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pactdesk.accounts.models import Account
from pactdesk.accounts.viewer import Viewer


@dataclass(frozen=True, slots=True)
class ProfileDetails:
    """What a person may change about themself. Names are not among it: they come from the sign-in (IDN-1).

    `single_keys`: letters alone act at the desk.
    """

    contact_email: str
    phone: str
    country: str
    time_zone: str
    language: str
    single_keys: bool = True


def save_profile(details: ProfileDetails, *, actor: Viewer, at: datetime) -> None:
    """Store the profile; the first time also marks it as completed at `at` (IDN-1)."""
    account = Account.objects.get(pk=actor.account_id)
    account.contact_email = details.contact_email
    account.phone = details.phone
    account.country = details.country
    account.time_zone = details.time_zone
    account.language = details.language
    account.single_keys = details.single_keys
    account.profile_completed_at = account.profile_completed_at or at
    account.save(
        update_fields=[
            "contact_email",
            "phone",
            "country",
            "time_zone",
            "language",
            "single_keys",
            "profile_completed_at",
        ]
    )
