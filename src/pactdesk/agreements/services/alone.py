"""How much one person of the service centre moves or makes alone within a day: corrected, issued and imported together.

Many small ones would do what one large one may not. Lock order: the account, before any agreement.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Sum

from pactdesk.accounts.models import Account
from pactdesk.agreements.models import UnitsAlone
from pactdesk.agreements.rules.corrections import is_much_for_one

_LATELY: Final = timedelta(days=1)


def most_units_alone() -> int:
    """How many whole incidents or hours one person moves alone within a day, as the operator has set it."""
    return int(settings.UNITS_ALONE)


def is_too_much_alone(account_id: int, units: int, *, at: datetime) -> bool:
    """Whether so many more are more than this person does alone. One query."""
    since = at - _LATELY
    done = UnitsAlone.objects.filter(account_id=account_id, at__gt=since).aggregate(units=Sum("units"))
    return is_much_for_one(units, done=done["units"] or 0, most=most_units_alone())


def wait_for_the_person(account_id: int) -> None:
    """Let nothing else be counted for this person until the caller's transaction ends."""
    Account.objects.select_for_update(no_key=True).get(pk=account_id)


def count_as_alone(account_id: int, units: int, *, at: datetime) -> None:
    """Keep that this person has moved so many alone. To be called after `wait_for_the_person`, in one transaction with
    what is done."""
    if units:
        UnitsAlone.objects.create(account_id=account_id, units=units, at=at)
