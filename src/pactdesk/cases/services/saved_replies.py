"""Keeping texts ready for replies. Whoever answers for a team may change its texts and those of everybody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.access import saved_replies_of
from pactdesk.cases.models import SavedReply
from pactdesk.cases.rules.saved_replies import keepable
from pactdesk.kernel.decisions import Reason, Refused
from pactdesk.kernel.text import tidy, tidy_line


class CannotKeep(Refused):
    """The saved reply stays as it was."""


@transaction.atomic
def keep_reply(
    reply_id: int | None,
    *,
    name: str,
    texts: Mapping[str, str],
    team_id: int | None,
    seen: int | None,
    actor: Viewer,
    at: datetime,
) -> int:
    """Keep a new saved reply (`reply_id` None) or change one; answers its id.

    Raises Http404 where it, or the team, is none of the actor's, and `CannotKeep`, also where somebody changed it since
    revision `seen`.
    """
    if not actor.works_at_desk or (team_id is not None and team_id not in actor.teams):
        raise Http404
    name = tidy_line(name)
    kept = {language: text for language, text in ((each, tidy(texts[each])) for each in texts) if text}
    decision = keepable(name, kept)
    if not decision.allowed:
        raise CannotKeep(*decision)
    row = SavedReply() if reply_id is None else _locked(reply_id, actor)
    if reply_id is not None and seen != row.revision:
        raise CannotKeep(Reason("reply.changed-meanwhile"))
    row.name, row.texts, row.team_id = name, kept, team_id
    row.revision += 1
    row.changed_at, row.changed_by_id = at, actor.account_id
    row.save()
    return row.pk


@transaction.atomic
def delete_reply(reply_id: int, *, actor: Viewer, at: datetime) -> None:
    """Take a saved reply away; again changes nothing. Raises Http404."""
    row = _locked(reply_id, actor)
    if row.deleted_at is None:
        row.deleted_at = at
        row.save(update_fields=["deleted_at"])


@transaction.atomic
def bring_back_reply(reply_id: int, *, actor: Viewer) -> None:
    """Undo `delete_reply`. Raises Http404."""
    row = _locked(reply_id, actor)
    row.deleted_at = None
    row.save(update_fields=["deleted_at"])


def remove_deleted(*, after: timedelta, at: datetime) -> int:
    """Remove for good what was deleted `after` ago or earlier; answers how many. Safe to repeat."""
    gone, _by_model = SavedReply.objects.filter(deleted_at__lte=at - after).delete()
    return gone


def _locked(reply_id: int, actor: Viewer) -> SavedReply:
    row = saved_replies_of(actor).select_for_update(of=("self",)).filter(pk=reply_id).first()
    if row is None:
        raise Http404
    return row
