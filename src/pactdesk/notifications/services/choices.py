"""What people choose to be told by letter."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from pactdesk.accounts.viewer import Viewer
from pactdesk.notifications.models import LetterChoice
from pactdesk.notifications.rules.choices import CHOICES, CODES, is_asked


@transaction.atomic
def choose(wanted: Collection[str], *, actor: Viewer) -> None:
    """Be told what stands in `wanted`, codes of choices, and nothing else of what can be chosen.

    What somebody is not asked stays as it is.
    """
    for choice in CHOICES:
        if is_asked(choice, works_at_desk=actor.works_at_desk, administers=bool(actor.roles)):
            _set(choice.code, choice.code in wanted, actor)


@transaction.atomic
def switch_off(code: str, *, actor: Viewer) -> None:
    """No letters of this choice any more. Raises KeyError for a code that is none."""
    if code not in CODES:
        raise KeyError(code)
    _set(code, False, actor)


def _set(code: str, wanted: bool, actor: Viewer) -> None:
    LetterChoice.objects.update_or_create(
        account_id=actor.account_id, choice=code, defaults={"wanted": wanted}
    )
