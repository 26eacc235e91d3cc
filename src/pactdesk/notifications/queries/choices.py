"""What people have chosen to be told by letter."""

from __future__ import annotations

from pactdesk.accounts.viewer import Viewer
from pactdesk.notifications.models import LetterChoice
from pactdesk.notifications.rules.choices import CHOICES


def choices(viewer: Viewer) -> dict[str, bool]:
    """Whether the viewer is told, by the code of each choice that is the viewer's to make. One query."""
    rows = LetterChoice.objects.filter(account_id=viewer.account_id).values_list("choice", "wanted")
    chosen = dict(rows)
    return {
        each.code: chosen.get(each.code, each.default)
        for each in CHOICES
        if not each.at_desk or viewer.works_at_desk
    }
