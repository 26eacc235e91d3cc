"""The saved replies of an engineer's teams and of everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models.functions import Lower
from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.access import saved_replies_of
from pactdesk.cases.models import SavedReply


@dataclass(frozen=True, slots=True)
class SavedLine:
    """A saved reply. `texts` are by language; `team_id` is None where it is everybody's."""

    id: int
    name: str
    texts: Mapping[str, str]
    team_id: int | None
    revision: int

    def in_language(self, language: str) -> tuple[str, bool]:
        """Its text for a reader of `language`, and whether it is in that language; else it is English."""
        text = self.texts.get(language, "")
        return (text, True) if text else (self.texts["en"], language == "en")


def saved_replies(viewer: Viewer) -> tuple[SavedLine, ...]:
    """What the viewer may use, by name. One query."""
    return tuple(
        _line(row)
        for row in saved_replies_of(viewer).filter(deleted_at=None).order_by(Lower("name"), "pk")[:500]
    )


def saved_reply(viewer: Viewer, reply_id: int) -> SavedLine:
    """One of them. Raises Http404 where it is none of the viewer's, or deleted. One query."""
    row = saved_replies_of(viewer).filter(pk=reply_id, deleted_at=None).first()
    if row is None:
        raise Http404
    return _line(row)


def _line(row: SavedReply) -> SavedLine:
    return SavedLine(row.pk, row.name, row.texts, row.team_id, row.revision)
