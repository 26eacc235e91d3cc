"""Teams to choose from, with who of them works now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import ngettext

from pactdesk.accounts.queries import TeamLine
from pactdesk.desk.words import language
from pactdesk.kernel.worded import text_in
from pactdesk.routing.queries import on_shift


def team_choices(teams: Sequence[TeamLine], *, at: datetime) -> dict[int, str]:
    """The names of these teams by id, each with how many of it are on shift at `at`. One query."""
    working = on_shift(teams, at=at)
    return {
        team.id: ngettext(
            "%(team)s (%(count)s on shift now)", "%(team)s (%(count)s on shift now)", working[team.id]
        )
        % {"team": text_in(team.name, language()), "count": working[team.id]}
        for team in teams
    }
