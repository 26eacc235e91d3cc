"""Making the demo world, all or nothing."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pactdesk.accounts.models import Account
from pactdesk.project.demo import agreements, network, people, requests, rights


def is_made() -> bool:
    """Whether the demo world is in this database. One query."""
    return Account.objects.filter(email=people.PEOPLE["petra"].email).exists()


@transaction.atomic
def make(*, at: datetime) -> None:
    """Make the people, then what they have, then what they did, as if all of it had happened in the months up to `at`.

    The catalogue has to be there. Raises `LookupError` where it lacks an entry that the story needs.
    """
    accounts = people.make(at=at)
    agreement_ids = agreements.make(accounts, at=at)
    network.make(accounts, at=at)
    rights.make(accounts, at=at)
    requests.make(accounts, agreement_ids, at=at)
