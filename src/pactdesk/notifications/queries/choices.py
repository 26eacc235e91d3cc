"""What people have chosen to be told by letter."""

from __future__ import annotations

from collections.abc import Iterable

from pactdesk.accounts.viewer import Viewer
from pactdesk.notifications.models import LetterChoice
from pactdesk.notifications.rules.choices import CHOICES, is_asked


def choices(viewer: Viewer) -> dict[str, bool]:
    """Whether the viewer is told, by the code of each choice that is the viewer's to make. One query."""
    rows = LetterChoice.objects.filter(account_id=viewer.account_id).values_list("choice", "wanted")
    chosen = dict(rows)
    return {
        each.code: chosen.get(each.code, each.default)
        for each in CHOICES
        if is_asked(each, works_at_desk=viewer.works_at_desk, administers=bool(viewer.roles))
    }


def chosen_by(account_ids: Iterable[int]) -> dict[int, dict[str, bool]]:
    """What each of these accounts has chosen, by the code of the choice, without what was never chosen. One query."""
    chosen: dict[int, dict[str, bool]] = {}
    for row in LetterChoice.objects.filter(account_id__in=set(account_ids)):
        chosen.setdefault(row.account_id, {})[row.choice] = row.wanted
    return chosen
